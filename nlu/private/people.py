"""People by name: with a title, introduced, or beside a door; and the doors.

Which word is a name nobody can say for certain: a surname and a title are (王大爷), a surname and two characters are
only where somebody is introduced or lives (3-2-501 李秀英), never where they begin a word (3-2-501 马桶堵了).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from nlu.location import read_place
from nlu.private.skeleton import Skeleton, Span

SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏苏潘葛范彭郎鲁韦"
    "马苗方俞任袁柳唐薛雷贺倪汤罗毕郝安常于时傅齐康伍余顾孟黄萧尹姚邵汪毛狄戴宋庞熊纪舒屈项祝董"
    "梁杜阮蓝季贾江郭梅林钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫丁邓洪崔程邢裴陆翁段侯宁仇祖武刘龙"
    "叶白蒲卓池乔谭廖聂曾关肖"
)
_DOUBLE = "欧阳|司马|上官|诸葛|司徒|夏侯|皇甫|尉迟|公孙|慕容|端木|东方|令狐"
_SURNAME = f"(?:{_DOUBLE}|[{SURNAMES}])"
_TITLES = (
    "先生|女士|阿姨|奶奶|爷爷|大爷|大妈|大娘|大叔|大哥|大姐|叔叔|婆婆"
    "|爷|姨|叔|婶|嫂|姐|哥|老师|师傅|同学|老太太|老太|老先生|女士"
)
_HAN = "[\u4e00-\u9fff]"
_TITLED = re.compile(f"(?:老|小)?{_SURNAME}(?:{_HAN}{{1,2}})?(?=(?:{_TITLES})(?!{_HAN}?[院校]))")
_INTRODUCED = re.compile(
    f"(?:我是|我叫|本人|姓名[:：]?|名叫|联系人[:：]?)\\s{{0,3}}{_SURNAME}{_HAN}{{1,2}}(?=[\\s,，。.!！:：;；的住在电]|$)"
)
_TALK = re.compile(  # begins with a surname's character and is no name
    "马[桶路上桩达]|高[空压层温低度处]|安[装全静排]|常[年常]|方[便向面]|夏[天季]|金属|白[天色]|黄[色金]|江边|林木|毛[病坯巾]"
    "|雷[雨电]|时[间候不常]|洪水|路|张[贴开]|周[围边末一二三四五六日]|何[时况]|许[多可]|任[何务]|于是|顾客|康复|齐全"
    "|万一|管[道理子]|关[于门闭]|严[重格]|施工|谢谢|范围|毕竟|舒服|项目|季[度节]|凌[晨乱]|陆续|龙头|曾经|宁愿|武[器警]|程序"
    "|安|和|水|钟[头点]|段时|池[子塘]|梅雨|孔[洞]|华为|喻|包|费|于|汤|程|余[下热]|柏油|葛|祝[大福您你]"
)
_ENDS = (
    f"(?=[\\s,，。.!！?？、:：;；()（）\\]~]|$|家|住|说|的(?!{_HAN})|老(?!{_HAN}?人)|不|总|又|电话|手机|丢|摔|没|被|在|和|那|她|他"
    f"|{_TITLES})"
)
_FULL_NAME = re.compile(f"(?:[老小]{_SURNAME}|{_SURNAME}{_HAN}{{1,2}}?){_ENDS}")
_BEHIND_DOOR = re.compile(r"(?:室|号房|房间?|号|户)?[\s,，:：、\-–—的是为住着那家()（）]{0,4}")
_BEFORE_DOOR = re.compile(
    f"(?P<name>(?:[老小]{_SURNAME}|{_SURNAME}{_HAN}{{1,2}}))(?P<title>{_TITLES})?(?:家?住在?|家在|就?在|家|的家[在是]?|是|[\\s,，:：(（])"
    f"{{1,3}}(?:{_HAN}{{0,8}})?$"
)
_NEAR = 24
"""Characters before an address in which a name may stand."""

_ROOM_WORD = re.compile(r"\s*(?:室|房间|房|户)?")
_DASHES = "-－—"
_NUMBERED = re.compile("[\\d一二三四五六七八九十零〇壹贰叁肆伍陆柒捌玖幺]")


_CALLED = re.compile(f"{_TITLED.pattern}(?:{_TITLES})|(?:老|小)[{SURNAMES}](?!{_HAN}?[区院校])")
_WITH_PHONE = re.compile(f"(?<!{_HAN})[{SURNAMES}]{_HAN}{{1,2}}(?=[\\s,，:：]*(?:1\\d{{10}}|电话|来电))")


def called(text: str) -> str | None:
    """The first person whom a text names, as it calls him (李大爷, 老王), or None."""
    found = _CALLED.search(text) or _WITH_PHONE.search(text)
    return found.group() if found else None


def named(bones: Skeleton) -> Iterator[Span]:
    """People introduced, and the names before titles; the titles stay."""
    for pattern in (_INTRODUCED, _TITLED):
        yield from (bones.span(*found.span(), "name") for found in pattern.finditer(bones.plain))


def doors(text: str) -> Iterator[Span]:
    """Door numbers, with the word 室 and the dash before them."""
    for field, start, end in _addresses(text):
        if field == "room":
            word = _ROOM_WORD.match(text, end)
            before = start - (text[start - 1 : start] in tuple(_DASHES))
            yield Span(before, word.end() if word else end, "door")


def beside_doors(text: str) -> Iterator[Span]:
    """Door numbers beside somebody's name, and the name."""
    begin = last = 0
    for field, start, end in _addresses(text):
        begin = begin if start - last <= 2 and last else start  # the levels of an address stand together
        last = end
        if field == "room":
            name = _name_behind(text, end) or _name_before(text, begin)
            last = 0
            if name is not None:
                yield Span(start, end, "door")
                yield name


@lru_cache(maxsize=8)
def _addresses(text: str) -> tuple[tuple[str, int, int], ...]:
    """The levels of addresses that a text names; asked several times of the same text."""
    return read_place(text).spans if _NUMBERED.search(text) else ()


def _name_behind(text: str, end: int) -> Span | None:
    gap = _BEHIND_DOOR.match(text, end)
    at = gap.end() if gap else end
    found = _TITLED.match(text, at) or _FULL_NAME.match(text, at)
    if found is None or _TALK.match(text, at):
        return None
    return Span(*found.span(), "name")


def _name_before(text: str, begin: int) -> Span | None:
    floor = max(0, begin - _NEAR)
    found = _BEFORE_DOOR.search(text[floor:begin])
    if found is None or _TALK.match(found["name"]):
        return None
    return Span(floor + found.start("name"), floor + found.end("name"), "name")
