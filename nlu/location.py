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

from nlu.landmarks import landmark_in
from nlu.numerals import BLOCK_NO, DOUBTS, FIELD, HEAD, LEVELS, ORDER, Folded, fold, number_of, without_unseen
from nlu.stems import EDGE, stem_before

# --- estates --------------------------------------------------------------------------------------------------------
_NAMING = (
    "小区|花园|家园|新村|公寓|嘉园|佳园|花苑|名苑|雅苑|新苑|华庭|豪庭|雅庭|名邸|府邸|官邸|山庄|公馆|华府|家属院|小筑|苑"
    "|(?<=幸福|平安|和平|和谐|吉祥|如意|康乐|康宁|安乐|永安|长安|安居|惠民|锦绣|富强|团结|友谊|友爱)里"
    r"(?=(?:[今明昨]天)?又?(?:停[水电气暖]|没[水电气暖])|[东西南北]{1,2}门|,[ ]?\d{1,3}[号栋幢])"
)
_PHASE = (
    r"(?:[ ]?[(]?(?:(?:\d{1,2}|[一二三四五六七八九十])期"
    r"|(?:[A-H]|[东西南北]?(?:[东西南北中一二三四五六七八九]|\d))区(?![别域间块分]))[)]?)"
)
_BUILDING_AHEAD = rf"[ -]?的?{BLOCK_NO}[ ]?(?:号[ ]?楼|号[栋幢座]|[栋幢座#]|单元)|[ -]?(?:\d{{1,2}}[A-H]?|[A-H]\d?)-\d"
_SUFFIX = re.compile(
    # a name that says so itself; the letters of any other suffix need a building, a phase or a room title behind them
    rf"(?P<naming>{_NAMING})(?!艺)(?:小区)?{_PHASE}{{0,2}}"
    rf"|(?:宿舍|[里苑府城湾庭园居郡轩阁邸坊村院台墅庄寓舍]|[名新丽华]都|[新花]城|雅居|名居|水岸|半岛|绿洲|世家|年华|印象|国际)"
    rf"(?:小区{_PHASE}{{0,2}}|{_PHASE}{{1,2}}|(?=业主|住户群|居民群|邻居群|交流群|物业群|{_BUILDING_AHEAD}))"
    rf"|{_PHASE}{{1,2}}(?={_BUILDING_AHEAD}|业主群)"
)
_COMMON = frozenset(("小区", "花园", "家园", "新村", "公寓", "公馆", "山庄"))  # words of talk: 1 + 2 make no name
_PHASES = re.compile(rf"{_PHASE}{{1,2}}")
_SURE_AHEAD = re.compile(rf"业主|{_BUILDING_AHEAD}")
_STEM_NOT = re.compile(  # what stands before the suffix and makes no name
    ".*(?:[进出回逛扫修建改看全整各每该同小老旧好多个开关绕买卖租本外内]|封闭|住宅|其他|别|周边|高档|创建|中心|空中|街心|屋顶"
    "|人才|学生|老年|青年|单身|酒店|商务|养老|合租|美丽|美好|红色|绿色|共建|共同|重建|精神|智慧|文明|平安小|门禁|老年|农家|度假)|[新大最]+"
)
_SUFFIX_NOT = re.compile(
    ".*(?:[这那哪家城楼群院夜屋车水手心园区村店校厅库站房室箱桶池河公年月邻社局场道门包袋缸管井梯柜墙海湖眼嘴脑肚话棚沟坑电]里"
    "|[医法学病影剧戏寺庭]院|[阳平前后电窗吧站讲露天]台|政府|[家法开]庭|[商县长同全省]城|[邻同定]居|[农乡全本]村|[公校菜果]园|幼儿园|乐园|物园)"
)

# --- what only looks like an address ------------------------------------------------------------------------------
_CODE = re.compile(
    r"(?:取[件货餐]码|提货码|快递码|验证码|密码|口令|货架号?|[单编货型型批]号|运单|订单)[ :是为的]{0,2}$"
)
_SEAT = re.compile(r"(?:\d|[一二三四五六七八九十])(?:排|号?车厢?|厢)$|排$")

_TRIGGER = re.compile(  # a text without any of these names no place by itself
    "[0-9０-９①-⑨#＃楼樓栋棟楝幢座单單层層室房门門库庫场場园園苑村寓庭庄莊邸府馆館区區期口站柜櫃桩樁亭池坛壇泉塘湖边邊台臺坪带帶廊山栏欄箱桥橋墙牆厕廁道"
    "路街同市会會所心栅棚巢群湾灣店铺面吧梯地负負里裡裏都城壁杠学]"
)
_LONGEST_STEM = 6

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
    storeys = [link.end for link in taken if link.field in ("building", "unit", "floor")]
    landmark = landmark_in(folded.text, named, storeys)
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
    """Is this a count, a score, a date, a code, a seat, rather than an address? A room says that it is an address."""
    kind = str(head.lastgroup)
    ahead = text[max(0, head.start(kind) - EDGE) : head.start(kind)]
    if _CODE.search(ahead) or (text[links[0].end - 1] == "座" and _SEAT.search(ahead)):
        return True
    if kind not in DOUBTS or links[-1].field == "room" or (kind != "dashed" and len(links) > 1):
        return False
    before, after = DOUBTS[kind]
    return bool(before.search(ahead) or after.match(text, links[-1].end))


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
        stem = stem_before(text, suffix.start())
        phased = suffix["naming"] is not None and _PHASES.search(suffix[0]) is not None
        sure = not suffix["naming"] or phased or bool(_SURE_AHEAD.match(text, suffix.end()))
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
