"""Numbers of talk: folds the characters of a text, reads numbers said in Chinese, knows those of an address.

fold("３號樓")  →  "3号楼", nothing moved          read_number("二十一") → "21"     read_number("三零一") → "301"
"""

from __future__ import annotations

import re
import string
from typing import NamedTuple

_DIGIT = "[零一二三四五六七八九幺]"
"""One digit said in Chinese, after folding."""

_NUMERAL = (
    "(?<![零一二三四五六七八九十百千万两几数幺廿卅])"
    "(?:一百[零一二三四五六七八九十]{0,3}|[一二三四五六七八九]?十[一二三四五六七八九]?|[廿卅][一二三四五六七八九]?|[一二三四五六七八九])"
)
"""A counted number said in Chinese, after folding; 两 counts things and names none."""

_UNMEASURED = (
    r"(?![ ]?(?:[个日月年点分秒岁名次遍斤克吨元块角万千百十米层栋幢座件份根箱瓶盒倍]"
    r"|[折期届集题线寸码毫票颗粒种类组队比余左赢胜趟成桶处例步级档度]"
    r"|天(?![然天台花井])|时(?!不|常)|人(?!家)|位(?![置于])|回(?![家来])|公[斤里]|平(?![台时安常房])|楼(?![下上道梯门顶里内])"
    r"|号?单(?!元)|条|只(?![有能是])|辆|户(?!主)|周(?![围边姐阿先女])|家(?![里的中门急漏着])|路(?![灯面边口])|台(?!阶)|起(?![火来])"
    r"|本(?![来单户人])|张(?=[票纸表床桌椅照卡图])|负(?!责)|输(?![水液])|之间|不等|小时|大胜|领先|逆转|落后|险胜|惜败|获胜|战"
    r"|儿童节|劳动节|国庆|放假|假期|长假|节|等于|℃|°|胶|报警|急救|救护|多[个人户块元平]|来[个人户]))"
)
"""No count, measure, score or holiday follows; what only looks so is spared: 3-2楼道, 3-2天然气, 3-2家里."""

_VALUES = {said: value for value, said in enumerate("零一二三四五六七八九")} | {"幺": 1}

_TRADITIONAL = str.maketrans(
    "樓棟單號層門車庫廣場園區灣莊兒樂電間綠裡裏東這們還個請問進買賣對邊業戶鄰遊遞櫃樁處員會負頂廳臺國際點時贏輸勝級樣嗎裝建設後側萬與"
    "戰從來過給讓沒說為綠紅莊華廟橋館藥銀學醫衛飯幼圍牆壩亞陽麼趕線條張楝擋攔邨",
    "楼栋单号层门车库广场园区湾庄儿乐电间绿里里东这们还个请问进买卖对边业户邻游递柜桩处员会负顶厅台国际点时赢输胜级样吗装建设后侧万与"
    "战从来过给让没说为绿红庄华庙桥馆药银学医卫饭幼围墙坝亚阳么赶线条张栋挡拦村",
)
_FORMAL = str.maketrans("〇○壹贰貳叁參肆伍陆陸柒捌玖拾佰", "零零一二二三三四五六六七八九十百")
_FULL_WIDTH = {code: chr(code - 0xFEE0).upper() for code in range(0xFF01, 0xFF5F)}
_CIRCLED = str.maketrans("①②③④⑤⑥⑦⑧⑨", "123456789")
_MARKS = str.maketrans(
    "—–‐‑−﹣～〜，。：（）￥\u3000\u00a0\t" + string.ascii_lowercase, "------~~,.:()¥   " + string.ascii_uppercase
)
_FOLDING = _FULL_WIDTH | _TRADITIONAL | _FORMAL | _CIRCLED | _MARKS | {ord("－"): "-", ord("～"): "~"}

_DASHED_ALOUD = re.compile(
    r"(?<![十百])[0-9零一二三四五六七八九幺]{1,4}(?:杠[0-9零一二三四五六七八九幺]{1,4}){1,2}(?![十百千])"
)
_DASH_ALOUD = re.compile("(?<=[0-9A-Z十零一二三四五六七八九幺])杠(?=[0-9十零一二三四五六七八九幺])")
_AS_DIGITS = str.maketrans("零一二三四五六七八九幺杠", "01234567891-")
_SIGNS = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")
"""Emoji, which people put between the parts of an address."""

_UNSEEN = re.compile("[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\u20e3]")


class Folded(NamedTuple):
    """A text in one script and width, and for each of its characters the place in the original."""

    text: str
    places: list[int] | None
    """None when nothing was taken out: the places are the same."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that a non-empty span of the folded text stands for."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def fold(text: str) -> Folded:
    """Half width, capitals, Simplified where a place is named with it, no unseen characters."""
    if not _UNSEEN.search(text):
        return Folded(_said_plainly(text), None)
    places = [place for place, char in enumerate(text) if not _UNSEEN.match(char)]
    return Folded(_said_plainly("".join(text[place] for place in places)), places)


def _said_plainly(text: str) -> str:
    """Character for character: 三杠二 is 3-2."""
    folded = _SIGNS.sub(" ", text).translate(_FOLDING)
    if "杠" in folded:
        folded = _DASHED_ALOUD.sub(lambda said: said[0].translate(_AS_DIGITS), folded)
        folded = _DASH_ALOUD.sub("-", folded)
    return folded


def without_unseen(text: str) -> str:
    """The text as a reader sees it."""
    return _UNSEEN.sub("", text)


def read_number(said: str) -> str:
    """The number as digits, from folded text; what has digits or letters keeps them, without leading zeros."""
    if said[0] not in _VALUES and said[0] not in "十廿卅":
        return said.lstrip("0") or said
    if not set(said) & set("十百廿卅"):
        return "".join(str(_VALUES[char]) for char in said).lstrip("0") or "0"
    hundreds, _, rest = said.rpartition("百")
    tens, ten, ones = rest.replace("廿", "二十").replace("卅", "三十").rpartition("十")
    value = 100 * _VALUES[hundreds] if hundreds else 0
    value += 10 * _VALUES[tens.lstrip("零") or "一"] if ten else 0
    return str(value + (_VALUES[ones[-1]] if ones else 0))


def in_digits(text: str, before: str) -> str:
    """Normalised text in which the numbers that stand right before the pattern `before` are digits."""
    return re.sub(rf"(?:{_DIGIT}{{3,4}}|{_NUMERAL})(?={before})", lambda said: read_number(said[0]), text)


# --- numbers of each level, in folded text -------------------------------------------------------------------------
# Buildings may carry a letter or be one.
BLOCK_NO = rf"(?:\d{{1,3}}[A-H]?(?![A-Z])|[A-Z]\d{{0,2}}|[甲乙丙丁]|{_NUMERAL})"
_UNIT_NO = rf"(?:\d{{1,2}}|[A-H]|{_NUMERAL})"
_SIDE = "(?<![市城镇山江河湖区华])(?:[甲乙丙丁]|(?<![房股关])东|(?<![其当之房集])中|[西南北])"
"""A unit that is called by its side or by a stem: 东单元, 甲单元; 房东 and 其中 are none."""
_FLOOR_NO = rf"(?:\d{{1,2}}|{_NUMERAL})"
# a door ends in 01 to 59: 3号楼100 is a hundred of something.
_ROOM_NO = rf"(?:\d{{1,2}}(?:0[1-9]|[1-5]\d)[A-H]?(?![0-9A-Z])|{_DIGIT}{{3,4}}(?![零一二三四五六七八九十百千万]))"
_LIST = r"[、,和及与到至~/-]"
# 3、5号楼 and 一二号楼 begin with the first of them; 周一 is a day
_MORE = rf"(?:(?:{_LIST}{BLOCK_NO}){{1,4}}|(?<![周期拜][一二三四五六七八九])[一二三四五六七八九])?"
_LEFT = r"(?<![0-9A-Z_¥$块])(?<![0-9A-Z]-)(?<!\d[.:/])"
_END = r"(?![0-9A-Z%=+*/~]|:[ ]?[0-9]|-[0-9]|\.[0-9])"
_SEP = r"(?:[ ]{0,2}[-/·的]?[ ]{0,2}|[ ,]{0,2}[嗯呃额]{1,2}[ ,]?)"

_UNIT_WORD = r"[ ]?单元(?![测考试作课练复听格])"
_HOUSE = r"号[ ]?(?:居民|住宅|公寓)?楼(?!盘)|号[栋幢座](?![位机椅])"
_HOUSE += (
    r"|#[ ]?[楼栋幢座]|(?<!(?<![0-9])[A-Z])(?<!9[258])#(?!电池|汽油|柴油|油|线|球|[螺钢砂图色桌机])"  # never C#, no 95#
)
_BELOW = (
    rf"(?:(?:负|地下){_FLOOR_NO}|(?<!-[0-9]单元)-[1-4])(?:[层楼]|(?=车库|停车|地库|车位))|B[1-4](?:[层楼]|(?=车库|停车|地库|车位))"
    r"|(?<=[车地]库)B[1-4](?![0-9A-Z栋幢座])|(?<=停车场)B[1-4](?![0-9A-Z栋幢座])"
)
_STOREY = r"[ ]?楼(?!及?以|之[上下]|[往朝][上下]|[盘市房]|起)|F(?![A-Z0-9])|层(?!及?以|之[上下]|[往朝][上下]"
_FLOOR = (
    rf"{_FLOOR_NO}(?:{_STOREY}|[灰土油皮纸布膜漆冰雪泥沙玻楼别次级高薄厚关意小蛋饼口]|水(?![管表压电])"
    r"|的(?![灯窗门楼走声感地墙电水管住邻过])))"
)
_FLOOR_BEHIND = rf"{_FLOOR_NO}(?:{_STOREY}|[楼别级高口]))"
"""A floor behind its building or unit, where 层 counts nothing else."""
_TELLING_DOOR = r"住在?|楼上|楼下|隔壁|对门|我家|房号|门牌号?"

# --- addresses: where one may begin, by what it is ------------------------------------------------------------------
_TOWER = r"(?:[栋幢]|座(?![位谈椅机标垫套驾席次右]))"
_DASHED_ON = rf"{_UNIT_NO}(?:{_UNIT_WORD}|[ ]?-[ ]?{_ROOM_NO}{_END})"
_DASHED_ON += rf"|{_ROOM_NO}{_END}{_UNMEASURED}|[1-9]{_END}{_UNMEASURED}(?!号)"
_HEADS = (
    rf"(?P<building>{BLOCK_NO}){_MORE}[ ]?(?:{_HOUSE})",
    rf"(?P<spoken>{_NUMERAL}){_MORE}[ ]?{_TOWER}",
    rf"(?P<block>{BLOCK_NO}){_MORE}[ ]?{_TOWER}",
    r"(?P<wing>[A-H])楼",
    # 3楼2单元 and 3号2单元501: a unit follows a building, never a floor or a day
    rf"(?P<north>{BLOCK_NO})(?:楼(?=[ ]?{_UNIT_NO}单元)|号-?(?={_UNIT_NO}(?:单元|-)-?{_ROOM_NO}))",
    rf"(?P<dashed>\d{{1,2}}[A-H]?|[A-H]\d{{0,2}}|{_NUMERAL})[ ]?-[ ]?(?={_DASHED_ON})",
    rf"(?P<unit>{_UNIT_NO})(?:{_LIST}{_UNIT_NO}){{0,3}}{_UNIT_WORD}",
    rf"(?P<side>{_SIDE}){_UNIT_WORD}",
    rf"(?P<entry>{_UNIT_NO})门(?=[ -]?{_ROOM_NO})",
    rf"(?P<below>{_BELOW})",
    rf"(?<![0-9零一二三四五六七八九十][、和到至~-])(?P<floor>{_FLOOR})",
    rf"(?P<room>{_ROOM_NO})[ ]?(?:室(?![内外友])|号房|房(?![价产贷租东子间屋型管主源改]))",
    rf"(?P<owner>{_ROOM_NO})(?=业主|住户|邻居|那[家户])",
)
HEAD = re.compile(
    rf"(?=[0-9A-Z零一二三四五六七八九十幺廿卅甲乙丙丁东西南北中负地-])(?:{_LEFT}(?:{'|'.join(_HEADS)}))"
    rf"|(?:{_TELLING_DOOR})[ :是的]?(?P<door>{_ROOM_NO}){_END}{_UNMEASURED}"
)
FIELD = (
    dict.fromkeys(("building", "spoken", "block", "wing", "north", "dashed"), "building")
    | dict.fromkeys(("unit", "side", "entry"), "unit")
    | dict.fromkeys(("below", "floor"), "floor")
    | dict.fromkeys(("room", "owner", "door"), "room")
)

# What may follow, outer before inner; after a building 2门, 2梯 and 2# are units too.
LEVELS = (
    (
        "unit",
        re.compile(
            rf"(?:[ ]?,|{_SEP})(?:(?P<side>{_SIDE}){_UNIT_WORD}"
            rf"|第?(?P<unit>{_UNIT_NO})(?:(?:{_LIST}{_UNIT_NO}){{0,3}}{_UNIT_WORD}"
            rf"|(?:单|梯|门|#)(?=[ -]?{_ROOM_NO})|门(?![禁面诊课心之票店市])"
            rf"|[ ]?-[ ]?(?={_ROOM_NO}{_END})|(?<=-[1-9]){_END}{_UNMEASURED}(?!号)))"
        ),
    ),
    ("floor", re.compile(rf"(?:[ ,的]?(?P<below>{_BELOW})|(?:[ ]?,|{_SEP})(?P<floor>{_FLOOR_BEHIND}))")),
    (
        "room",
        re.compile(
            rf"(?:{_SEP}|(?<=单元)[ ]?,[ ]?)(?P<room>\d{{1,4}}[A-H]?(?=室(?![内外友])|号?房(?!间))"
            rf"|[A-H]?{_ROOM_NO}(?:[、,和-]{_ROOM_NO}){{0,3}}{_END}{_UNMEASURED})(?:室|号?房|号)?"
        ),
    ),
)
ORDER = ("building", "unit", "floor", "room")

_COUNTED_BEFORE = re.compile(
    r"(?:[盖建拆买卖剩这那哪每同另整共几各着约爬加多]|[盖建拆买卖爬加多]了|(?<![还没])有|其他|其余|全部|高)$"
)
_COUNTED_AFTER = re.compile(
    r"[小大老旧新破高]?(?:别墅|房子|高层|住宅|洋房|建筑|厂房|写字楼|居民楼|楼房|大楼|小楼|老楼|多层|[桥山塔庙坟岛车]|雕|城|商务|SUV"
    r"|的车|楼(?:都|全|之间|中间|一起|共用|同时))"
)
_COUNTED_ALOUD_AFTER = re.compile(_COUNTED_AFTER.pattern + r"|楼(?![下上道顶梯前后里内门长口边旁外])")
_NEVER = re.compile(r"(?!)")
# An address that goes no deeper than this is doubted: (what stands before, what stands after).
DOUBTS = {
    "building": (re.compile(r"[月]$"), _NEVER),
    "spoken": (_COUNTED_BEFORE, _COUNTED_ALOUD_AFTER),
    "block": (_COUNTED_BEFORE, _COUNTED_AFTER),
    "dashed": (
        re.compile(
            r"(?:比分?|[以赢输胜负早周第每约踢打]|[踢打]了|[踢打战]成|晚上?|[上下]午|星期|大概|版本?)[ :是为]?$"
        ),
        _NEVER,
    ),
    "unit": (
        re.compile(r"(?:[第共]|语文|数学|英语|物理|化学|科学|[上下]册|课本|课文|复习|预习|年级)$"),
        re.compile(r"[学讲课教]|的[课题字词]|要?(?:听写|默写|背诵|单词|课文|词语|生字|试卷|卷子|练习)"),
    ),
    "floor": (
        re.compile(_COUNTED_BEFORE.pattern + r"|(?:箱|柜|架|屉|蒸笼)第?$|[订做摞叠铺垫裹穿刷贴][了过]?$"),
        re.compile(r"[高小]?楼|高|的(?:高度|房|楼)|别墅|洋房"),
    ),
}

_NUMBER = re.compile(rf"[A-Z]?\d+[A-H]?|[A-Z甲乙丙丁东西南北中]|{_DIGIT}{{3,4}}|{_NUMERAL}|{_DIGIT}+")


def number_of(kind: str, said: str) -> str:
    """The number in what was said, a floor below the ground with a minus."""
    found = _NUMBER.search(said)
    number = read_number(found[0] if found else said)
    if kind == "below":
        return f"-{number.removeprefix('B')}"
    return number.removesuffix("F") if kind == "floor" else number
