"""Landmarks: a place in a text that is neither estate nor address, as it is said.

nouns of places (垃圾房, 南门) ─┐
names before shops and stops ──┼─ the first of them ─► landmark
streets ───────────────────────┤
parts of a building behind it ─┘
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from nlu.stems import EDGE, stem_before

Bounds = tuple[int, int]

_LONGEST_NAME = 4

_PLACES = (
    "停车场|停车库|车库|地库|(?:自行|非机动|电动|电瓶|摩托)车棚|单?车棚|儿童乐园|儿童游乐[场区]|游乐[场园区]|健身[区点角场]|健身广场|(?<!跳)广场(?!舞)"
    "|小花园|(?<=小区)花园|(?<=小区的)花园|花园(?=里)|中心花园|后花园|街心花园|空中花园"
    "|垃圾分类[点亭房站]|垃圾投放点|垃圾中转站|垃圾[房站点池屋亭]|凉亭|亭子|(?:丰巢)?快递柜|丰巢柜?|菜鸟驿站|驿站|快递[点站]|充电[桩棚站区]|配电[房室]|水?泵房|锅炉房|换热站"
    "|电梯[间厅]|地下通道|绿化带|草坪|花坛|喷?水池|喷泉广场|喷泉|池塘|人工湖|[湖河]边|景观[湖池河]|[篮足网排]球场|羽毛球[场馆]|体育馆|游泳馆|宠物乐园|乒乓球台|操场|游泳池|会所|长廊|廊架|假山|中庭"
    "|保安[亭室]|岗亭|门卫室?|传达室|收发室|宣传栏|公告栏|信报箱|[十丁]字路口|路口|人行道|过街天桥|天桥|立交桥|高架桥|围墙|公共?厕所?|晾[衣晒]区|遛狗区"
    "|休[息闲]区|主干道|坡道|出入口|菜市场|农贸市场|早市|夜市|公交车?站|地铁站|公园|居委会"
    "|(?:社区|街道)(?:活动室|活动中心|服务大厅|服务中心|医院|食堂)|(?:社区)?卫生服务[站中]心?|日间照料中心|消防控制室|监控室|活动室|图书[室角]|阅览室|书屋|警务室|老年食堂|活动中心|党群服务中心|服务中心|物业办公室"
)
_SHOPS = (
    "超市|便利店|小卖部|菜店|水果店|药店|药房|饭店|饭馆|餐馆|早餐店|面馆|烧烤[店摊]|理发店|洗车店|棋牌室|幼儿园|小学|中学|学校|医院|卫生[院站]|诊所|银行|派出所"
    "|菜市场|农贸市场|公园|食堂|网吧|酒店|宾馆|工地"
)
_NAMED = re.compile(
    "(?:小学|中学|幼儿园|超市|便利店|大?药房|药店|菜市场|农贸市场|公交站|地铁站|烧烤店|小吃店?|储蓄所)(?!生)"
)
_NAMED_NOT = re.compile(  # what stands before such a noun and is no name of one
    ".*(?:[上读念去进逛开办转考送接离等找选做小大好每各多哪几某所栋楼号边头门口前后内里外旁近]|公立|公办|配套|初级|地下|天猫|京东|要求|民办|私立|普惠|双语|重点|对口|学区|农村|乡镇"
    "|附属|连锁|网上|线上|生鲜|水果|社区|商业|国有|周边|定点|指定|子女|孩子|小孩|儿子|女儿|高级|职业|寄宿|一贯|平价|便民|本地|城里|全市|什么|正规|普通|义务|(?<!全)家)|.*[和跟与]"
)
_GATE = (
    r"(?:[东西南北]{1,2}[侧边]?|正|侧|前|(?<!走)后|(?<![单元家])[大小]|\d{1,2}号|[一二三四五六七八九十]{1,2}号)[大小侧]?门"
    r"(?:岗亭|卫室|口|岗|卫)?(?![子诊店票面庆类户生牙])"
)
_WHERE = (
    r"(?:(?:地下|地面|地上|露天|立体|机械|临时|中心|中央|文化|休闲|小|大|市民|人民|音乐|老年|自行车|电动车"
    r"|[东西南北][侧边区]|[A-H]区|\d号|B\d)的?)"
)
_LANDMARK = re.compile(
    rf"{_GATE}|(?<!的)(?:门口|楼下|对面|旁边|路边|隔壁|外面)的?(?:{_SHOPS})(?!里的)"
    rf"|(?:{_SHOPS})(?:门口|门前|旁边?|对面|附近|后面|前面|路口|边上|那边|那里)|小区门口"
    rf"|{_WHERE}{{0,2}}(?:{_PLACES})(?:出?入口|出口)?(?![费价]|出[售租]|转让|公司)"
)
# Somebody wants it, or trades in it: it is not there.
_WISHED = re.compile(r"(?:装|建|设|增加|添置?|配置?|修|弄|缺|缺少|要|租|卖|买)(?:上|了)?(?:[一几两]?[个些台处座])?$")
_ATTACHED = re.compile(r"[ ]?的?(?P<n>楼顶平台|楼顶|天台|屋顶|平台|露台|大厅|大堂|门厅|走廊|连廊|地下室|架空层)")
_STREET = re.compile(
    r"(?:大道|大街|胡同|广场(?!舞)|路(?![灯面过人况由费段子障程演线])|街(?![道坊舞景区头]))"
    r"(?!小学|中学|幼儿园|派出所|社区|街道|店|支行)(?:公交站|地铁站|(?:\d{1,4}号)?口?)"
)
_STREET_NOT = re.compile(
    ".*[马道一走公铁网线电水思出半迷修堵让带小大土套探顺绕挡拦铺领开上下回岔歧末销车气头管断短通条字之家学班行板泥油石子边满沿逛扫老跳化休乐闲心央]"
)


def landmark_in(text: str, estate: Bounds | None, storeys: Iterable[int]) -> Bounds | None:
    """Where folded text names a landmark outside of its estate; `storeys`: where buildings, units and floors end."""
    used = [estate] if estate else []
    nouns = (_named(text), _wished_off(text, used), _streets(text, estate))
    found = [*(_first(spans, used) for spans in nouns), _attached(text, storeys)]
    return min((span for span in found if span), key=lambda span: span[0], default=None)


def _first(spans: Iterable[Bounds], used: Sequence[Bounds]) -> Bounds | None:
    return next((span for span in spans if all(span[1] <= start or end <= span[0] for start, end in used)), None)


def _wished_off(text: str, used: Sequence[Bounds]) -> Iterator[Bounds]:
    """Nouns of places outside of what is used, but for those that somebody wants to be built or sold."""
    begins = [0, *(end for _start, end in used)]
    ends = [*(start for start, _end in used), len(text)]
    for begin, end in zip(begins, ends, strict=True):
        for noun in _LANDMARK.finditer(text, begin, end):
            if not _WISHED.search(text[max(0, noun.start() - EDGE) : noun.start()]):
                yield noun.span()


def _named(text: str) -> Iterator[Bounds]:
    """Shops, schools and stops that are called by a name."""
    for noun in _NAMED.finditer(text):
        stem = stem_before(text, noun.start())
        if 2 <= len(stem) <= _LONGEST_NAME and not _NAMED_NOT.fullmatch(stem):
            yield noun.start() - len(stem), noun.end()


def _streets(text: str, estate: Bounds | None) -> Iterator[Bounds]:
    """Streets, but for the one whose number leads to the estate: 友谊路12号阳光花园 is the estate's postal address."""
    for street in _STREET.finditer(text):
        stem = stem_before(text, street.start())
        if estate is not None and street.end() == estate[0] and street[0].endswith("号"):
            continue
        if 2 <= len(stem) <= _LONGEST_NAME and not _STREET_NOT.fullmatch(stem):
            yield street.start() - len(stem), street.end()


def _attached(text: str, storeys: Iterable[int]) -> Bounds | None:
    """A part of a building, which is a place only behind its building, unit or floor."""
    return next((part.span("n") for end in storeys if (part := _ATTACHED.match(text, end))), None)
