"""The manners of a guest: what becomes of a message that is due, as one decision over facts.

an emergency, or said in private ─► say, at any hour
an answer    the room is silent (hushed, or one of the staff answers in the thread) ─► in private, else held
             too long for a room, or too much about one person                      ─► in private
             the hour's budget is used   ─► a receipt waits if it is not for long, all else in private
             a burst                     ─► a receipt waits for the minute to end
             it waited                   ─► joined with what else waited
             otherwise                   ─► say
unasked      what it says is over        ─► drop
             silence, half of the budget used, night ─► held
             otherwise                   ─► say, or joined with what else waited

Whoever asked something is always answered; only what nobody asked for is ever dropped.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from desk.domain.model import UNSTORED
from desk.domain.words import Purpose

HOUR = timedelta(hours=1)
"""What a room's budget is for."""

BUDGET: dict[Purpose, int | None] = {Purpose.RESIDENTS: 60, Purpose.VOLUNTEERS: 120, Purpose.STAFF: None}
"""Messages a room takes in an hour where the register says nothing; None for as many as there are."""

PERSON_A_DAY = 50
"""Messages in rooms about one person's words in a day; the rest he hears in private."""

MINUTE = timedelta(seconds=60)
A_MINUTE = 3
"""After so many messages within a minute the receipts of a room wait for its end and are joined."""

PATIENCE = timedelta(minutes=10)
"""How long a receipt may wait for the hour's budget before it goes to its person in private."""

AFTER_HUMAN = timedelta(minutes=20)
"""How long a thread is left to somebody of the staff who spoke in it."""

RIGHT_AFTER = timedelta(minutes=5)
"""How soon the next one who speaks, quoting nothing, answers what was said before him."""

LONGEST_WAIT = timedelta(hours=1)
"""So long at most an answer that cannot be given in private waits for people to finish."""

HUSH = timedelta(hours=1)
"""How long a room is hushed."""

STALE = timedelta(hours=24)
"""What nobody asked for is not said a day late."""

IN_ROOM_LINES = 5
"""Lines of a list that a residents' room bears."""

MOST_LINES = 12
"""Messages joined into one."""

QUIET = "22:00-07:00"
NO_QUIET = "none"
MOST_BUDGET = 1000
_QUIET = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)")
_DASH = re.compile(r"\s*[-\u2010-\u2015~]\s*")


@dataclass(eq=False)
class RoomManners:
    """What is particular about a room: of the register `budget`, `quiet` and `speak`, the rest by what happened.

    None stands for the default; `speak` is the confidence from which an unaddressed report is filed.
    """

    room_id: int
    budget: int | None = None
    quiet: str | None = None
    speak: float | None = None
    hushed_until: datetime | None = None
    welcomed_at: datetime | None = None
    id: int = UNSTORED


class Sort(Enum):
    """Why something is said."""

    EMERGENCY = "emergency"
    ANSWER = "answer"
    UNASKED = "unasked"


class Manner(Enum):
    """What becomes of a message."""

    SAY = "say"
    HOLD = "hold"
    JOIN = "join"
    PRIVATE = "private"
    DROP = "drop"


@dataclass(frozen=True)
class Verdict:
    """What becomes of a message; `until` is set when it is held."""

    manner: Manner
    until: datetime | None = None


@dataclass(frozen=True)
class Case:
    """A message and the room it is for. A time that is None or past is no obstacle.

    `reachable`: whoever it is for can be told in private instead. `receipt`: it can wait for its turn. `waited`: it was
    held before. `free_at`: when the budget of the hour has place for it. `crowded_until`: when the burst is over.
    """

    sort: Sort
    now: datetime
    in_room: bool = True
    reachable: bool = False
    receipt: bool = False
    joinable: bool = False
    waited: bool = False
    stale: bool = False
    private_rather: bool = False
    silent_until: datetime | None = None
    night_until: datetime | None = None
    free_at: datetime | None = None
    crowded_until: datetime | None = None

    def ahead(self, *moments: datetime | None) -> datetime | None:
        """The latest of the moments that is still to come."""
        return max((moment for moment in moments if moment is not None and moment > self.now), default=None)


def decide(case: Case) -> Verdict:
    """What becomes of it: the order is emergency, answer, budget, quiet hours."""
    if case.sort is Sort.EMERGENCY or not case.in_room:
        return Verdict(Manner.SAY)
    return _answer(case) if case.sort is Sort.ANSWER else _unasked(case)


def _answer(case: Case) -> Verdict:
    silent, full = case.ahead(case.silent_until), case.ahead(case.free_at)
    if case.reachable and (silent or case.private_rather):
        return Verdict(Manner.PRIVATE)
    if silent is not None:
        return Verdict(Manner.HOLD, silent)
    if full is not None:
        waits = case.receipt and full - case.now <= PATIENCE
        return Verdict(Manner.HOLD, full) if waits or not case.reachable else Verdict(Manner.PRIVATE)
    crowded = case.ahead(case.crowded_until)
    if crowded is not None and case.receipt and not case.waited:
        return Verdict(Manner.HOLD, crowded)
    return _said(case)


def _unasked(case: Case) -> Verdict:
    if case.stale:
        return Verdict(Manner.DROP)
    until = case.ahead(case.silent_until, case.free_at, case.night_until)
    return Verdict(Manner.HOLD, until) if until is not None else _said(case)


def _said(case: Case) -> Verdict:
    return Verdict(Manner.JOIN if case.waited and case.joinable else Manner.SAY)


def free_at(said: list[datetime], now: datetime, limit: int | None, window: timedelta = HOUR) -> datetime | None:
    """When a room that has `said` so much takes one more: None for now."""
    recent = sorted(moment for moment in said if now - window < moment <= now)
    return recent[-limit] + window if limit is not None and len(recent) >= limit else None


def read_quiet(text: str) -> str | None:
    """Quiet hours as they are kept (`22:00-07:00`, or `none`); None if the text says no such thing."""
    plain = _DASH.sub("-", unicodedata.normalize("NFKC", text).strip().lower())
    if plain == NO_QUIET:
        return NO_QUIET
    found = _QUIET.fullmatch(plain)
    if found is None:
        return None
    hours = f"{int(found[1]):02}:{found[2]}-{int(found[3]):02}:{found[4]}"
    return hours if hours[:5] != hours[6:] else None


def night_until(now: datetime, quiet: str | None, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours in which `now` falls end; None outside of them."""
    if quiet is None or quiet == NO_QUIET:
        return None
    begin, end = (time.fromisoformat(part) for part in quiet.split("-"))
    local = now.astimezone(zone)
    clock = local.time()
    inside = begin <= clock < end if begin < end else clock >= begin or clock < end
    day = local.date() + timedelta(days=0 if clock < end else 1)
    return datetime.combine(day, end, zone) if inside else None
