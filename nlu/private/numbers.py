"""Long numbers: phones, identity numbers, cards, and any other seven digits that are not known to be harmless.

Digits are taken together over spaces, dashes and dots; over commas, brackets and lines only where the groups have the
shape of a phone or a card. A phone and an identity number are hidden whatever stands beside them; other numbers are
left where the words around say that they are a price, a date, a register's number, a reading or a hotline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlu.private.skeleton import Skeleton, Span

SHORTEST = 7
"""Digits from which a number may be somebody's."""

_DIGIT, _GROUP = re.compile("[0-9]"), re.compile("[0-9]+")
_NARROW = re.compile(r"(?:[\s.·•・\-~]{1,3}|\s{1,8})")
_WIDE = re.compile(r"[\s.·•・\-~,，、。/;；:()（）_*#]{1,4}")

_MOBILE = re.compile(r"(?:0{0,2}86)?0?1[3-9]\d{9}")
_MOBILE_GROUPS = frozenset({(3, 4, 4), (3, 8), (7, 4), (4, 4, 3), (5, 6), (3, 3, 5), (11,), (1,) * 11})
_WIDE_GROUPS = frozenset(
    {(6, 8, 4), (6, 4, 4, 4), (1,) * 18, (4, 4, 4, 4), (4, 4, 4, 4, 3), (3, 8), (4, 7), (4, 8), (3, 7)}
)
_SURE_DIGITS = 6
"""Real digits that a number with letters among it must have: O and l are letters first."""

_TAIL = re.compile(r"[\s\-]{0,2}[Xx×✕✖Ⅹ叉]")
_HEAD = re.compile(r"(?:(?<![A-Z0-9])[A-Z]{1,3}[\s\-]?)?[+(（]{0,2}$")
_NEAR = 14
"""Characters looked at before a number."""

_REGISTERED = re.compile(
    r"(?:注册代码|设备代码|设备编号|设备号|电梯(?:编号|号码?|代码)?|登记(?:编号|号码?|证号)|信用代码|批准文号|文号|批号|型号"
    r"|读数|示数|表数|表底|表字|底数|工单(?:编?号)?|单号为?)[号码是为:\s0-9A-Z\-]{0,6}$"
)
_PARCEL = re.compile(r"(?:快递|运|物流|订|取件|包裹)单?号?(?:为|是|[:\s])*[A-Z]*$")
_MONEY = re.compile(r"[¥￥$]\s?$")
_MEASURED = re.compile(
    r"[\s]{0,2}(?:[余多])?(?:元|块|万|亿|平|米|㎡|度|方|吨|公里|斤|人次|户|角|分钱|号?(?:工单|心愿)|号单|%)"
)
_DATE = re.compile(r"20\d\d([-./])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?![0-9])")
_SHORT_DATES = re.compile(
    r"(?:0?[1-9]|1[0-2])\.(?:0?[1-9]|[12]\d|3[01])\s?[-~]{1,2}\s?(?:0?[1-9]|1[0-2])\.(?:0?[1-9]|[12]\d|3[01])"
)
_COMPACT_DATE = re.compile(r"20[12]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_DOOR = re.compile(r"[1-9]\d{0,2}-(?:[1-9]|1\d)-[1-9]\d?(?:0[1-9]|[1-5]\d)")
"""12-1-1001: building, unit, floor and door. Whether a name stands beside it is looked at elsewhere."""

_CALLED = re.compile(r"(?:电话|手机|座机|号码?|致电|拨打|联系|打|TEL)[是为:\s]{0,3}$")
_HOTLINES = re.compile("110|119|120|122|114|123(?:45|15|19|28|33|48|55|69|88|50|20|06)|95598|96110|100(?:86|10|00)")


@dataclass(frozen=True)
class _Run:
    """Digits that belong together, in the skeleton; `groups` are the lengths between separators."""

    start: int
    end: int
    digits: str
    groups: tuple[int, ...]


def find(bones: Skeleton) -> Iterator[Span]:
    """The private numbers of a text, some of them twice."""
    if len(_DIGIT.findall(bones.guessed)) < SHORTEST:
        return
    for run in _runs(bones.digits, _NARROW):
        if len(run.digits) >= SHORTEST and (_is_mobile(run) or not _is_harmless(bones, run)):
            yield _whole(bones, run)
    for run in _runs(bones.digits, _WIDE):
        yield from (_whole(bones, part) for part in _shaped(run))
    yield from (_whole(bones, run) for run in _runs(bones.guessed, _NARROW) if _is_guessed(bones, run))


def _runs(digits: str, between: re.Pattern[str]) -> Iterator[_Run]:
    """Groups of digits with nothing but separators between them."""
    groups: list[tuple[int, int]] = []
    for found in _GROUP.finditer(digits):
        if groups and not between.fullmatch(digits, groups[-1][1], found.start()):
            yield _run(digits, groups)
            groups = []
        groups.append(found.span())
    if groups:
        yield _run(digits, groups)


def _run(digits: str, groups: list[tuple[int, int]]) -> _Run:
    said = "".join(digits[start:end] for start, end in groups)
    return _Run(groups[0][0], groups[-1][1], said, tuple(end - start for start, end in groups))


def _is_mobile(run: _Run) -> bool:
    return _MOBILE.fullmatch(run.digits) is not None


def _shaped(run: _Run) -> Iterator[_Run]:
    """A run over commas and brackets, where its groups are those of a phone or a card."""
    if len(run.groups) < 2 or len(run.groups) > 20:
        return
    groups = run.groups[1:] if run.digits.startswith("86") and run.groups[0] == 2 else run.groups
    digits = run.digits[len(run.digits) - sum(groups) :]
    mobile = groups in _MOBILE_GROUPS and _MOBILE.fullmatch(digits)
    if mobile or (groups in _WIDE_GROUPS and (len(digits) > 12 or digits.startswith("0"))):
        yield run


def _is_guessed(bones: Skeleton, run: _Run) -> bool:
    sure = sum(map(str.isdigit, bones.digits[run.start : run.end]))
    return sure >= _SURE_DIGITS and sure < len(run.digits) and _is_mobile(run)


def _whole(bones: Skeleton, run: _Run) -> Span:
    """With what belongs to the number: a sign of the country, a letter before it, the X at its end."""
    head = _HEAD.search(bones.plain[max(0, run.start - 8) : run.start])
    tail = _TAIL.match(bones.plain, run.end) if len(run.digits) == 17 else None
    return bones.span(run.start - len(head[0] if head else ""), tail.end() if tail else run.end, "number")


def _is_harmless(bones: Skeleton, run: _Run) -> bool:
    before = bones.plain[max(0, run.start - _NEAR) : run.start]
    if _registered(before) or _MONEY.search(before) or _is_hotline(bones, run):
        return True
    return _is_measured(bones, run) or _is_dated(bones, run, before) or _is_door(bones, run, before)


def _registered(before: str) -> bool:
    return _REGISTERED.search(before) is not None and _PARCEL.search(before) is None


def _is_measured(bones: Skeleton, run: _Run) -> bool:
    """One number, or a list of short ones, before a unit."""
    simple = len(run.groups) == 1 or (len(run.groups) == 2 and "." in bones.plain[run.start : run.end])
    return bool((simple or max(run.groups) <= 4) and _MEASURED.match(bones.plain, run.end))


def _is_hotline(bones: Skeleton, run: _Run) -> bool:
    groups = _GROUP.findall(bones.digits, run.start, run.end)
    area = len(groups) == 2 and re.fullmatch(r"0\d{2,3}", groups[0])
    return all(_HOTLINES.fullmatch(group) for group in (groups[1:] if area else groups))


def _is_door(bones: Skeleton, run: _Run, before: str) -> bool:
    return _DOOR.fullmatch(bones.plain[run.start : run.end]) is not None and _CALLED.search(before) is None


def _is_dated(bones: Skeleton, run: _Run, before: str) -> bool:
    said = bones.plain[run.start : run.end]
    if _SHORT_DATES.fullmatch(said):
        return True
    if _COMPACT_DATE.fullmatch(said):
        return _CALLED.search(before) is None
    rest = _DATE.sub(" ", said)
    return rest != said and sum(map(str.isdigit, rest)) < SHORTEST
