"""A message in one line without name, phone and door number.

summarise   what anybody may read of a matter, at a glance
mask        the same, longer: what the pipeline may learn from
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlu.location import read_place
from nlu.text import clean

LONGEST = 120
"""Characters of a summary; a ledger's cell should be readable at a glance."""

LONGEST_MASKED = 300
"""Characters of masked words; by then a message has said what it wants."""

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏苏潘葛范彭郎鲁韦"
    "马苗方俞任袁柳唐薛雷贺倪汤罗毕郝安常于时傅齐康伍余顾孟黄萧尹姚邵汪毛狄戴宋庞熊纪舒屈项祝董"
    "梁杜阮蓝季贾江郭梅林钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫丁邓洪崔程邢裴陆翁段侯宁仇祖武刘龙"
    "叶白蒲卓池乔谭廖聂曾关肖"
)
_TITLES = (
    "先生|女士|阿姨|奶奶|爷爷|大爷|大妈|大娘|大叔|大哥|大姐|叔叔|婆婆"
    "|爷|姨|叔|婶|嫂|姐|哥|老师|师傅|同学|老太太|老太|老先生|女士"
)
_TITLED = re.compile(f"(?:老|小)?[{_SURNAMES}](?:[\u4e00-\u9fff]{{1,2}})?(?=(?:{_TITLES})(?![\u4e00-\u9fff]?[院校]))")
_INTRODUCED = re.compile(
    f"(?:我是|我叫|本人|姓名[:：]?|名叫|联系人[:：]?)\\s*(?:[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})(?=[\\s,，。.!！:：;；的住在电]|$)"
)
_DIGIT = "[0-9０-９零〇一二三四五六七八九幺]"
_BETWEEN = "[\\s.·\\-－–—\u200b-\u200f\u2060\ufeff]{0,2}"
_NUMBERS = re.compile(f"(?!20\\d\\d[-./年])(?<![0-9.])(?:\\+?86{_BETWEEN})?{_DIGIT}(?:{_BETWEEN}{_DIGIT}){{6,}}[Xx]?")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_MENTION = re.compile(r"[@＠][^\s@,，。]{1,32}\s?")
_SPACE = re.compile(r"\s+")
_NAME_PART = re.compile("[\u4e00-\u9fff]{2,4}")
HIDDEN = "***"

READ_AT_MOST = 2_400
"""Characters that are looked at: twenty times a summary, so that what is hidden does not empty it."""


def summarise(text: str, names: Iterable[str] = ()) -> str:
    """The text without door numbers, phones, ids and names, on one line of at most `LONGEST` characters.

    Args:
        text: as written.
        names: display names; what of them is a name must not appear.
    """
    return _cut(_hidden(text, names), LONGEST)


def mask(text: str, names: Iterable[str] = (), people: Iterable[str] = ()) -> str:
    """As `summarise`, of at most `LONGEST_MASKED` characters; `people` are names for certain (a register's)."""
    return _cut(_hidden(text, names, people), LONGEST_MASKED)


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _hidden(text: str, names: Iterable[str], people: Iterable[str] = ()) -> str:
    hidden = _without_rooms(clean(text)[:READ_AT_MOST])
    hidden = _MAIL.sub(HIDDEN, hidden)
    hidden = _MENTION.sub(" ", hidden)
    hidden = _NUMBERS.sub(HIDDEN, hidden)
    hidden = _INTRODUCED.sub("", hidden)
    certain = {name for name in people if len(name) > 1}
    for name in sorted(certain.union(*map(_parts, names)), key=len, reverse=True):
        hidden = hidden.replace(name, "")
    hidden = _TITLED.sub("", hidden)
    return _SPACE.sub(" ", hidden).strip(" ,，、；;")


def _parts(name: str) -> list[str]:
    """The parts of a display name that name somebody: of "3-2-501 李姐" the 李姐."""
    return [part for part in _NAME_PART.findall(name) if part[0] in _SURNAMES or part[0] in "老小阿"]


_SOMEBODY = re.compile(f"{_TITLED.pattern}(?:{_TITLES})|(?:老|小)[{_SURNAMES}](?![\u4e00-\u9fff]?[区院校])")
_FULL_NAME = re.compile(
    f"(?<![\u4e00-\u9fff])[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?=[\\s,，:：]*(?:1\\d{{10}}|电话|来电))"
)


def person_in(text: str) -> str | None:
    """The first person whom a text names, as it calls him (李大爷, 老王), or None."""
    found = _SOMEBODY.search(text[:READ_AT_MOST]) or _FULL_NAME.search(text[:READ_AT_MOST])
    return found.group() if found else None


def _without_rooms(text: str) -> str:
    kept, at = [], 0
    for field, start, end in sorted(read_place(text).spans, key=lambda span: span[1]):
        if field == "room" and start >= at:
            kept.append(text[at:start].rstrip("-－—") if text[start - 1 : start] in "-－—" else text[at:start])
            at = end + len(_ROOM_WORD.match(text, end).group())  # type: ignore[union-attr]
    return "".join([*kept, text[at:]])


_ROOM_WORD = re.compile(r"\s*(?:室|房间|房|户)?")
