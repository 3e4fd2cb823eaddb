"""A community's register as its file says it, and how its values are read.

A reader gives Raw, `desk.services.register.checked` reads it entry by entry and gathers what is wrong in Problems.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from desk.domain.errors import RegisterInvalid
from desk.domain.manners import MOST_BUDGET
from desk.domain.words import Listening, Purpose, Role

MOST_PROBLEMS = 200  # that are listed; the rest is counted
MOST_BUILDINGS = 1000  # that one range or one cover may name
MOST_IN_ALL = 100_000  # buildings that a whole file may name
DEFAULT_TIMEZONE = "Asia/Shanghai"

KEYS: dict[str, tuple[str, ...]] = {
    "file": ("community", "members", "grids", "rooms", "aliases"),
    "community": ("code", "name", "timezone"),
    "members": ("id", "name", "role", "roles", "identities"),
    "identities": ("channel", "user"),
    "grids": ("code", "name", "officer", "helpers", "covers", "leaders"),
    "covers": ("estate", "buildings"),
    "rooms": ("channel", "id", "purpose", "grid", "listening", "budget", "quiet", "speak"),
    "aliases": ("name", "estate", "building", "unit"),
}

_LONGEST = {"channel": 32, "timezone": 64, "buildings": 4000}
CODE = re.compile(r"[0-9]{1,32}")
_HOUSE = re.compile(r"[0-9]{1,4}[A-Z]{0,3}|[A-Z]{1,3}[0-9]{0,4}|[^\W\d_]{1,8}")
_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})|([A-Z])-([A-Z])")
_DASH = re.compile(r"\s*[-\u2010-\u2015~]\s*")
_COMMA = re.compile(r"[,;\u3001\n]")
Cover = tuple[str, "str | None"]
_Id = TypeVar("_Id", bound=Enum)


@dataclass(frozen=True)
class Raw:
    """A value of the file: None, text, a list or a mapping of Raw."""

    where: str
    value: Any

    @property
    def is_blank(self) -> bool:
        """Nothing is there, or only white space."""
        return self.value is None or (isinstance(self.value, str) and not self.value.strip())


@dataclass(frozen=True)
class MemberEntry:
    """Somebody the register names, with (channel, user) accounts."""

    code: str
    name: str
    roles: tuple[Role, ...]
    identities: tuple[tuple[str, str], ...]
    where: str = field(compare=False)


@dataclass(frozen=True)
class GridEntry:
    """A grid; covers are (estate, building or None), leaders (member, estate, building, unit or None)."""

    code: str
    name: str
    officer: str | None
    helpers: tuple[str, ...]
    covers: tuple[tuple[str, str | None], ...]
    leaders: tuple[tuple[str, str, str, str | None], ...]
    where: str = field(compare=False)


@dataclass(frozen=True)
class RoomEntry:
    """A chat group."""

    channel: str
    room: str
    purpose: Purpose
    grid: str | None
    listening: Listening
    where: str = field(compare=False)
    budget: int | None = None
    quiet: str | None = None
    speak: float | None = None


@dataclass(frozen=True)
class AliasEntry:
    """A name for a place."""

    name: str
    estate: str | None
    building: str | None
    unit: str | None


@dataclass(frozen=True)
class RegisterFile:
    """The whole truth about one community; every reference in it holds."""

    code: str
    name: str
    timezone: str
    members: tuple[MemberEntry, ...]
    grids: tuple[GridEntry, ...]
    rooms: tuple[RoomEntry, ...]
    aliases: tuple[AliasEntry, ...]


class Problems:
    """Gathers what is wrong with a file; each problem is a code, its place and facts."""

    def __init__(self) -> None:
        self._found: list[dict[str, Any]] = []
        self._count = 0

    def add(self, where: str, code: str, **facts: Any) -> None:
        """Notes a problem; long values are cut."""
        short = {key: value[:80] if isinstance(value, str) else value for key, value in facts.items()}
        self._found += [{"where": where, "code": code, **short}] if len(self._found) < MOST_PROBLEMS else []
        self._count += 1

    def raise_if_any(self) -> None:
        """Raises RegisterInvalid with `problems` and, as `more`, how many are not listed."""
        if self._found:
            raise RegisterInvalid(problems=self._found, more=self._count - len(self._found))


class Entry:
    """A mapping of the file, read key by key; what does not fit is noted and read as absent."""

    def __init__(self, raw: Raw, kind: str, problems: Problems) -> None:
        self.where, self._problems = raw.where, problems
        self.is_mapping = isinstance(raw.value, dict)
        self._given: dict[str, Raw] = raw.value if self.is_mapping else {}
        if not self.is_mapping:
            problems.add(raw.where, "missing" if raw.value is None else "not_a_mapping", key=kind)
        for key, value in self._given.items():
            if key not in KEYS[kind]:
                problems.add(value.where, "unknown_key", key=key, known=list(KEYS[kind]))

    def raw(self, key: str) -> Raw:
        """The value as found; what is absent stands where the entry stands."""
        return self._given.get(key, Raw(self.where, None))

    def text(self, key: str) -> str | None:
        """Text of one line that fits the database, or None."""
        return text_of(self.raw(key), key, self._problems)

    def needed(self, key: str) -> str:
        """Text that must be there; "" after a problem."""
        found = self.text(key)
        if not found and self.is_mapping and self.raw(key).is_blank:
            self._problems.add(self.where, "missing", key=key)
        return found or ""

    def items(self, key: str) -> list[Raw]:
        """A list; empty if absent."""
        raw = self.raw(key)
        if raw.value is not None and not isinstance(raw.value, list):
            self._problems.add(raw.where, "not_a_list", key=key)
        return raw.value if isinstance(raw.value, list) else []

    def word(self, key: str, vocabulary: type[_Id], default: _Id | None = None) -> _Id | None:
        """A word of a vocabulary; another one is `unknown_<key>`."""
        given = self.needed(key) if default is None else self.text(key)
        return word_of(given, key, vocabulary, self.raw(key).where, self._problems) if given else default


def text_of(raw: Raw, key: str, problems: Problems) -> str | None:
    """The text of a scalar; `not_text`, `bad_text` (control characters) or `too_long` otherwise."""
    if raw.value is None:
        return None
    if not isinstance(raw.value, str):
        problems.add(raw.where, "not_text", key=key)
        return None
    text, most = raw.value.strip(), _LONGEST.get(key, 255)
    controls = any(unicodedata.category(char) in ("Cc", "Cs") for char in text[:most])
    if controls or len(text) > most:
        problems.add(raw.where, "bad_text" if controls else "too_long", key=key, most=most)
        return None
    return text or None


def word_of(given: str, key: str, vocabulary: type[_Id], where: str, problems: Problems) -> _Id | None:
    """The word of that id, or None and `unknown_<key>`."""
    for word in vocabulary:
        if word.value == given:
            return word
    problems.add(where, f"unknown_{key}", value=given, known=[str(word.value) for word in vocabulary])
    return None


def is_timezone(text: str) -> bool:
    """Whether the zone database knows it."""
    try:
        return bool(ZoneInfo(text).key)
    except (KeyError, ValueError, OSError):
        return False


def budget(text: str) -> int | None:
    """Messages an hour, at least one; None for no such number."""
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) and 1 <= int(text) <= MOST_BUDGET else None


def share(text: str) -> float | None:
    """A number from 0 to 1; None for no such number."""
    return float(text) if re.fullmatch(r"0(\.[0-9]{1,6})?|1(\.0{1,6})?", text) else None


def folded(text: str) -> str:
    """What is compared where two spellings are one name: half width, upper case."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def house(text: str) -> str | None:
    """A building or unit as talk names it (`12A`, without leading words); None if it never would."""
    name = folded(text)
    counted = any(not char.isascii() and unicodedata.numeric(char, None) is not None for char in name)
    if counted or not _HOUSE.fullmatch(name):
        return None
    return str(int(name)) if name.isdigit() else name


def houses(text: str) -> Sequence[str | None] | str:
    """The single buildings of `1-6,8,A-C` in order, or the piece that cannot be read."""
    found: dict[str | None, None] = {}
    for piece in filter(None, map(str.strip, _COMMA.split(folded(text)))):
        some = list(_expanded(_DASH.sub("-", piece)))
        found.update(dict.fromkeys(some))
        if not some or len(found) > MOST_BUILDINGS:
            return piece
    return list(found) or text


def _expanded(piece: str) -> Iterator[str]:
    """The buildings of a piece; none for a range that runs backwards or too far, and for what is no building."""
    ends = _RANGE.fullmatch(piece)
    if ends is None:
        yield from filter(None, [house(piece)])
    elif ends[3]:
        yield from (chr(code) for code in range(ord(ends[3]), ord(ends[4]) + 1))
    elif int(ends[2]) - int(ends[1]) < MOST_BUILDINGS:
        yield from (str(number) for number in range(int(ends[1]), int(ends[2]) + 1))


def leader_place(key: str, covers: tuple[Cover, ...]) -> tuple[tuple[str, str, str | None] | None, str]:
    """Estate, building and unit of `3`, `3-2` or `estate:3-2`; or None and the code of what is wrong."""
    named, _, door = unicodedata.normalize("NFKC", key).rpartition(":")
    parts = [house(part) for part in _DASH.sub("-", door.strip()).split("-")]
    estates = {folded(estate): estate for estate, _ in covers}
    estate = estates.get(folded(named)) if named.strip() else next(iter(estates.values()), None)
    if len(parts) > 2 or parts[0] is None or parts[-1] is None:
        return None, "bad_place"
    if not named.strip() and len(estates) != 1:
        return None, "estate_needed"
    if estate is None:
        return None, "unknown_estate"
    if not {None, parts[0]} & {building for other, building in covers if other == estate}:
        return None, "not_covered"
    return (estate, parts[0], parts[1] if len(parts) == 2 else None), ""


class Coverage:
    """Who covers what, and that nobody covers what another one does."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._grids: dict[str, dict[str | None, str]] = {}
        self._total = 0

    def added(self, grid: str, entry: Entry) -> list[Cover]:
        """The estate and buildings of an entry; without `buildings` the whole estate, as None."""
        estate, raw = entry.needed("estate"), entry.raw("buildings")
        read = houses(text := entry.text("buildings") or "") if raw.value is not None else [None]
        if isinstance(read, str):
            if text or raw.is_blank:
                self._problems.add(raw.where, "bad_buildings", value=read)
            return []
        self._total += len(read)
        if self._total > MOST_IN_ALL:
            raise RegisterInvalid(problems=[{"where": entry.where, "code": "too_large", "most": MOST_IN_ALL}], more=0)
        if estate:
            self._claim(grid, estate, read, entry.where)
        return [(estate, building) for building in read if estate]

    def _claim(self, grid: str, estate: str, buildings: Sequence[str | None], where: str) -> None:
        taken = self._grids.setdefault(folded(estate), {})
        clashes: dict[str, list[str]] = {}
        for building in taken if None in buildings else (*buildings, None):
            other = taken.get(building, grid)
            if other != grid:
                clashes.setdefault(other, []).append(building or "")
        for other, shared in clashes.items():
            named = sorted(filter(None, shared))[:20]
            self._problems.add(where, "overlap", grid=grid, other=other, estate=estate, buildings=named)
        for building in buildings:
            taken.setdefault(building, grid)
