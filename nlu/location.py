"""Place from talk: what a text says about estate, building, unit, floor, room and landmark.

    text ─ fold ─┬─ a register's name, a name by its suffix ─────────── estate     阳光花园二期
                 ├─ a head, then each deeper level beside it, doubts ── address    3号楼 → 2单元 → 501
                 └─ nouns of places, streets ────────────────────────── landmark   南门

Works on the text as it was sent, on names of senders and titles of rooms alike. Repeats are bounded, so time is
linear in the text. Precision goes before recall: an estate nobody named sends a ticket astray, a missing one is
asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from nlu.numerals import BLOCK_NO, DOUBTS, FIELD, HEAD, LEVELS, ORDER, Folded, fold, number_of, without_unseen

# --- estates --------------------------------------------------------------------------------------------------------
_NAMING = (
    "小区|花园|家园|新村|公寓|嘉园|佳园|花苑|名苑|雅苑|新苑|华庭|豪庭|雅庭|名邸|府邸|官邸|山庄|公馆|华府|家属院|苑"
)
_PHASE = (
    r"(?:[ ]?[(]?(?:(?:\d{1,2}|[一二三四五六七八九十])期"
    r"|(?:[A-H东西南北中一二三四五六七八九]|\d)区(?![别域间块分]))[)]?)"
)
_BUILDING_AHEAD = rf"[ -]?的?{BLOCK_NO}[ ]?(?:号[ ]?楼|号[栋幢座]|[栋幢座#])|[ -]?(?:\d{{1,2}}[A-H]?|[A-H]\d?)-\d"
_SUFFIX = re.compile(
    # a name that says so itself; the letters of any other suffix need a building, a phase or a room title behind them
    rf"(?P<naming>{_NAMING})(?:小区)?{_PHASE}{{0,2}}"
    rf"|(?:[里苑府城湾庭园居郡轩阁邸坊村院台墅庄寓舍]|[名新丽]都|新城)"
    rf"(?:小区{_PHASE}{{0,2}}|{_PHASE}{{1,2}}|(?=业主|住户群|居民群|邻居群|交流群|物业群|{_BUILDING_AHEAD}))"
    rf"|{_PHASE}{{1,2}}(?={_BUILDING_AHEAD}|业主群)"
)
_COMMON = frozenset(("小区", "花园", "家园", "新村", "公寓", "公馆", "山庄"))  # words of talk: 1 + 2 make no name
_PHASES = re.compile(rf"{_PHASE}{{1,2}}")
_SURE_AHEAD = re.compile(rf"业主|{_BUILDING_AHEAD}")
_STOP = re.compile(  # no name reaches over one of these
    "[^\u4e00-\u9fff]|[我你他她它们这那哪的了着过是在有很没不也还就把被给让请问吗吧呢啊住咱您某跟从到去往于市县镇乡街路号由向但却又再先]"
    "|区|(?:今|昨|明|前|每)[天晚早]|最近|目前|现在|[早晚]上|[上中下]午|凌晨|大家|各位|邻居|业主|怎么|什么|关于|投诉|举报|反映|建议"
    "|希望|感谢|附近|对面|旁边|隔壁|楼[下上]|门口|物业|社区|本人|居民|人员|领导|您好|你好|尊敬|地址|由于|因为|整个|全部|一下|一个"
    "|和(?![谐平顺美睦泰兴风])|与|及|师傅|来(?![福])|都(?![市])|进入|打扫|修剪|整理|参观|建设|装修|购买|出租|入住|爱护|守护|喜欢"
)
_STEM_NOT = re.compile(  # what stands before the suffix and makes no name
    ".*(?:[进出回逛扫修建改看全整各每该同小老旧好多个开关绕买卖租本外内]|封闭|住宅|其他|别|周边|高档|创建|中心|空中|街心|屋顶"
    "|人才|学生|老年|青年|单身|酒店|商务|养老|合租|美丽|美好|红色|绿色|共建|共同|重建|精神|智慧|文明|平安小|门禁|老年|农家|度假)|[新大最]+"
)
_SUFFIX_NOT = re.compile(
    ".*(?:[这那哪家城楼群院夜屋车水手心园区村店校厅库站房室箱桶池河公年月邻社局场道门包袋缸管井梯柜墙海湖眼嘴脑肚话棚沟坑电]里"
    "|[医法学病影剧戏寺庭]院|[阳平前后电窗吧站讲露天]台|政府|[家法开]庭|[商县长同全省]城|[邻同定]居|[农乡全本]村|[公校菜果]园|幼儿园|乐园|物园)"
)

# --- landmarks ------------------------------------------------------------------------------------------------------
_PLACES = (
    "停车场|停车库|车库|地库|车棚|儿童乐园|儿童游乐[场区]|游乐[场园区]|健身[区点角场]|健身广场|(?<!跳)广场(?!舞)"
    "|小花园|(?<=小区)花园|(?<=小区的)花园|花园(?=里)|中心花园|后花园|街心花园|空中花园"
    "|垃圾分类[点亭房站]|垃圾投放点|垃圾中转站|垃圾[房站点池屋亭]|凉亭|亭子|快递柜|丰巢柜?|菜鸟驿站|驿站|快递[点站]|充电[桩棚站区]|配电[房室]|水?泵房|锅炉房|换热站"
    "|电梯[间厅]|地下通道|绿化带|草坪|花坛|水池|喷泉|池塘|人工湖|[湖河]边|景观[湖池河]|[篮足网排]球场|羽毛球场|乒乓球台|操场|游泳池|会所|长廊|廊架|假山|中庭"
    "|保安[亭室]|岗亭|门卫室?|传达室|收发室|宣传栏|公告栏|信报箱|[十丁]字路口|路口|人行道|过街天桥|天桥|立交桥|高架桥|围墙|公共?厕所?|晾[衣晒]区|遛狗区"
    "|休[息闲]区|主干道|坡道|出入口|菜市场|农贸市场|早市|夜市|公交车?站|地铁站|公园|居委会|活动室|活动中心|党群服务中心|服务中心|物业办公室"
)
_SHOPS = (
    "超市|便利店|小卖部|菜店|水果店|药店|药房|饭店|饭馆|餐馆|早餐店|面馆|烧烤[店摊]|理发店|洗车店|棋牌室|幼儿园|小学|中学|学校|医院|卫生[院站]|诊所|银行|派出所"
    "|菜市场|农贸市场|公园|食堂|网吧|酒店|宾馆|工地"
)
_GATE = (
    r"(?:[东西南北]{1,2}[侧边]?|正|侧|前|(?<!走)后|(?<![单元家])[大小]|\d{1,2}号|[一二三四五六七八九十]{1,2}号)[大小侧]?门"
    r"(?:岗亭|卫室|口|岗|卫)?(?![子诊店票面庆类户生])"
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
    r"(?!小学|中学|幼儿园|派出所|社区|街道|店|支行)(?:\d{1,4}号)?口?"
)
_STREET_NOT = re.compile(
    ".*[马道一走公铁网线电水思出半迷修堵让带小大土套探顺绕挡拦铺领开上下回岔歧末销车气头管断短通条字之家学班行板泥油石子边满沿逛扫老跳化休乐闲心央]"
)

_TRIGGER = re.compile(  # a text without any of these names no place by itself
    "[0-9０-９①-⑨#＃楼樓栋棟楝幢座单單层層室房门門库庫场場园園苑村寓庭庄莊邸府馆館区區期口站柜櫃桩樁亭池坛壇泉塘湖边邊台臺坪带帶廊山栏欄箱桥橋墙牆厕廁道"
    "路街同市会會所心栅棚巢群湾灣店铺面吧梯地负負里裡裏都城壁]"
)
_EDGE = 8
"""Characters looked back for the beginning of a name, or for a reason to doubt."""
_LONGEST_STEM, _LONGEST_STREET = 6, 4

Span = tuple[str, int, int]


@dataclass(frozen=True)
class Place:
    """The levels of a place that a text names; None is what it does not say."""

    estate: str | None = None
    building: str | None = None
    unit: str | None = None
    floor: str | None = None
    room: str | None = None
    landmark: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        """The six levels, outer before inner, the landmark last."""
        return dict(vars(self))

    @property
    def is_empty(self) -> bool:
        """Does the text name no place at all?"""
        return self == _NOWHERE


@dataclass(frozen=True)
class Reading:
    """A place and where the text says it, in the characters of the text as given.

    `spans` holds every address mentioned, also one that the place leaves out: whoever hides door numbers hides all.
    """

    place: Place
    spans: tuple[Span, ...]


class _Link(NamedTuple):
    """One level of an address, in folded text."""

    field: str
    value: str
    start: int
    end: int


_NOWHERE = Place()
_SILENCE = Reading(_NOWHERE, ())


def read_place(text: str, estates: Collection[str] = ()) -> Reading:
    """The place a text names. `estates` are names known from a register; pass a frozenset, its index is kept."""
    if not estates and not _TRIGGER.search(text):
        return _SILENCE
    folded = fold(text)
    addresses = list(_addresses(folded.text))
    named = _registered_estate(folded.text, estates) or _named_estate(folded.text)
    taken = [link for address in addresses for link in address]
    if named:
        taken.append(_Link("estate", _as_said(text, folded, named), *named))
    landmark = _landmark(folded.text, taken)
    if landmark:
        taken.append(_Link("landmark", _as_said(text, folded, landmark), *landmark))
    if not taken:
        return _SILENCE
    levels = _merged(addresses) | {link.field: link.value for link in taken if link.field in ("estate", "landmark")}
    spans = sorted((folded.span(link.start, link.end), link.field) for link in taken)
    return Reading(Place(**levels), tuple((field, start, end) for (start, end), field in spans))


def _as_said(text: str, folded: Folded, span: tuple[int, int]) -> str:
    start, end = folded.span(*span)
    return without_unseen(text[start:end])


def _addresses(text: str) -> Iterator[list[_Link]]:
    """Every address in the text that nothing speaks against, in order."""
    at = 0
    while head := HEAD.search(text, at):
        at = head.end()
        links = _links(text, head)
        if not _is_doubtful(text, head, links):
            at = max(at, links[-1].end)
            yield links


def _links(text: str, head: re.Match[str]) -> list[_Link]:
    """The head of an address and the deeper levels that follow it without a gap."""
    field, at = FIELD[str(head.lastgroup)], head.end()
    links = [_read_link(field, head)]
    for level, pattern in LEVELS[ORDER.index(field) :]:
        if found := pattern.match(text, at):
            links.append(_read_link(level, found))
            at = found.end()
    return links


def _read_link(field: str, found: re.Match[str]) -> _Link:
    """One level with the word that names it: 3号楼, 2单元; of 3-2-501 the number alone."""
    kind = str(found.lastgroup)
    start = found.start(kind)
    said = found.string[start : found.end()].rstrip("- ")
    return _Link(field, number_of(kind, found[kind]), start, start + len(said))


def _is_doubtful(text: str, head: re.Match[str], links: list[_Link]) -> bool:
    """Is this a count, a score, a date, rather than an address? A room says that it is an address."""
    kind = str(head.lastgroup)
    if kind not in DOUBTS or links[-1].field == "room" or (kind != "dashed" and len(links) > 1):
        return False
    before, after = DOUBTS[kind]
    start, end = head.start(kind), links[-1].end
    return bool(before.search(text[max(0, start - _EDGE) : start]) or after.match(text, end))


def _merged(addresses: Iterable[list[_Link]]) -> dict[str, str]:
    """The first address with what later ones add to it, up to one that contradicts."""
    levels: dict[str, str] = {}
    for address in addresses:
        if any(levels.get(link.field, link.value) != link.value for link in address):
            break
        levels |= {link.field: link.value for link in address}
    return levels


class _Register(NamedTuple):
    """Names of estates as folded text, to be looked up by their length."""

    names: frozenset[str]
    first: frozenset[str]
    lengths: tuple[int, ...]


@lru_cache(maxsize=8)
def _register(estates: frozenset[str]) -> _Register:
    names = frozenset(fold(name.strip()).text for name in estates if name.strip())
    lengths = sorted({len(name) for name in names}, reverse=True)
    return _Register(names, frozenset(name[0] for name in names), tuple(lengths))


def _registered_estate(text: str, estates: Collection[str]) -> tuple[int, int] | None:
    """The first exact mention of a registered estate, the longest name there, with its phase."""
    if not estates:
        return None
    names, first, lengths = _register(frozenset(estates))
    for start, char in enumerate(text):
        if char in first:
            for length in lengths:
                if text[start : start + length] in names:
                    return start, _with_phase(text, start + length)
    return None


def _with_phase(text: str, end: int) -> int:
    phase = _PHASES.match(text, end)
    return phase.end() if phase else end


def _named_estate(text: str) -> tuple[int, int] | None:
    """The first estate that is one by the look of its name."""
    for suffix in _SUFFIX.finditer(text):
        stem = _stem(text, suffix.start())
        sure = not suffix["naming"] or bool(_SURE_AHEAD.match(text, suffix.end()))
        if _makes_estate(stem, suffix[0], sure):
            start = suffix.start() - len(stem)
            return start, suffix.end()
    return None


def _makes_estate(stem: str, suffix: str, sure: bool) -> bool:
    if not stem or len(stem) > _LONGEST_STEM:
        return not stem and _PHASES.fullmatch(suffix) is not None
    said = stem + suffix[0]
    if _SUFFIX_NOT.fullmatch(said) or _STEM_NOT.fullmatch(stem):
        return False
    return sure or len(stem) > 1 or (suffix[:2] not in _COMMON and len(stem + suffix) > 2)


def _stem(text: str, end: int) -> str:
    """What stands before a suffix back to a word that no name holds."""
    window = text[max(0, end - _EDGE) : end]
    return _STOP.split(window)[-1]


def _landmark(text: str, taken: Iterable[_Link]) -> tuple[int, int] | None:
    """The first landmark outside what was read already."""
    used = [(link.start, link.end) for link in taken if link.field == "estate"]
    found = [_first(_wished_off(text), used), _first(_streets(text), used), _attached(text, taken)]
    return min((span for span in found if span), default=None)


def _first(spans: Iterable[tuple[int, int]], used: list[tuple[int, int]]) -> tuple[int, int] | None:
    return next((span for span in spans if all(span[1] <= start or end <= span[0] for start, end in used)), None)


def _wished_off(text: str) -> Iterator[tuple[int, int]]:
    """Nouns of places, but for those that somebody wants to be built or sold."""
    for noun in _LANDMARK.finditer(text):
        if not _WISHED.search(text[max(0, noun.start() - _EDGE) : noun.start()]):
            yield noun.span()


def _streets(text: str) -> Iterator[tuple[int, int]]:
    for street in _STREET.finditer(text):
        stem = _stem(text, street.start())
        if 2 <= len(stem) <= _LONGEST_STREET and not _STREET_NOT.fullmatch(stem):
            yield street.start() - len(stem), street.end()


def _attached(text: str, taken: Iterable[_Link]) -> tuple[int, int] | None:
    """A part of a building, which is a place only behind its building, unit or floor."""
    ends = (link.end for link in taken if link.field in ("building", "unit", "floor"))
    return next((part.span("n") for end in ends if (part := _ATTACHED.match(text, end))), None)
