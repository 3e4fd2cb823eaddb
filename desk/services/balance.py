"""The balance of a day: each message that came in has exactly one outcome, so that the outcomes sum up to what came in.

What came in is counted when it comes (T1), what became of it is counted from the inbox when somebody asks: two ways to
the same number. A message that was lost, or whose row went without being booked off, makes them differ.

received = filed + acted + supplement + answered + left_alone + failed + pending     of rows of the inbox
           + duplicate                                                               dropped at T1, only counted
           + whatever was booked off                                                 of rows that are deleted
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, literal_column, select, text, union_all
from sqlalchemy.orm import Session

from desk.domain.attachments import RECEIVED
from desk.domain.model import Community, InboxMessage
from desk.domain.words import InboxState, Outcome
from desk.storage.belonging_tables import room_moves
from desk.storage.file_tables import tallies
from desk.storage.tables import Utc, communities, inbox, rooms

QUARTER = timedelta(minutes=15)
"""Every zone is a multiple of it away from UTC: a day of any of them is made of whole quarters."""

_COUNT = text(  # at every message: SQLAlchemy builds its own INSERT … ON CONFLICT anew each time, six times as long
    "INSERT INTO tallies (channel, room, quarter, what, count) VALUES (:channel, :room, :quarter, :what, :count)"
    " ON CONFLICT (channel, room, quarter, what) DO UPDATE SET count = tallies.count + excluded.count"
).bindparams(bindparam("quarter", type_=Utc))
"""Adds to a count, or makes it; SQLite and PostgreSQL say it in the same words."""


@dataclass(frozen=True)
class Balance:
    """What came in and what became of it. `room` is empty in private; `community` is None where nobody can know.

    `unsettled` are rows whose state and outcome contradict each other.
    """

    channel: str
    room: str
    community: int | None
    received: int
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    unsettled: int = 0

    @property
    def difference(self) -> int:
        """How many messages have no outcome, or more than one; 0 is the promise."""
        missing = abs(self.received - sum(self.outcomes.values()))
        return max(missing, self.unsettled)


# --- counting


def count_arrival(session: Session, channel: str, room: str | None, now: datetime, *, duplicate: bool = False) -> None:
    """One more message came in; in the transaction that stores it, or that finds it stored already."""
    _add(session, channel, room or "", now, RECEIVED, 1)
    if duplicate:
        _add(session, channel, room or "", now, Outcome.DUPLICATE.value, 1)


def book_off(session: Session, inbox_ids: Collection[int]) -> None:
    """Counts the outcomes of rows that are about to be deleted, in the transaction that deletes them."""
    gone = select(InboxMessage).where(inbox.c.id.in_(list(inbox_ids))).with_for_update()
    counts = Counter(
        (row.channel, row.room or "", quarter_of(row.received_at), row.outcome.value) for row in session.scalars(gone)
    )
    for (channel, room, quarter, what), count in sorted(counts.items()):  # in one order: two that book wait, never lock
        _add(session, channel, room, quarter, what, count)


def _add(session: Session, channel: str, room: str, at: datetime, what: str, count: int) -> None:
    row = {"channel": channel, "room": room, "quarter": quarter_of(at), "what": what, "count": count}
    session.execute(_COUNT, row)


def quarter_of(at: datetime) -> datetime:
    """The quarter of an hour in which a time lies, as its beginning."""
    utc = at.astimezone(timezone.utc)
    return utc.replace(minute=utc.minute - utc.minute % 15, second=0, microsecond=0)


# --- asking


def balances(session: Session, begin: datetime, end: datetime) -> list[Balance]:
    """The balance of every room in which something came in from `begin` to before `end`, both whole quarters."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for channel, room, what, count in session.execute(_counts(quarter_of(begin), quarter_of(end))):
        found[channel, room][what] += int(count)
    known = _communities_of(session)
    return [_balance(channel, room, known(channel, room), counts) for (channel, room), counts in sorted(found.items())]


def _balance(channel: str, room: str, community: int | None, counts: Counter[str]) -> Balance:
    outcomes = {outcome: counts[outcome.value] for outcome in Outcome if counts[outcome.value]}
    return Balance(channel, room, community, counts[RECEIVED], outcomes, counts[_UNSETTLED])


_UNSETTLED = "unsettled"


def _counts(begin: datetime, end: datetime) -> Any:
    """All counts in one statement: it sees one moment, also while messages come in."""
    room = func.coalesce(inbox.c.room, "").label("room")
    came = (inbox.c.received_at >= begin, inbox.c.received_at < end)
    over, pending = inbox.c.state.in_((InboxState.DONE, InboxState.FAILED)), inbox.c.outcome == Outcome.PENDING
    contradicts = (over & pending) | (~over & ~pending)
    tallied = select(tallies.c.channel, tallies.c.room, tallies.c.what, func.sum(tallies.c.count).label("count")).where(
        tallies.c.quarter >= begin, tallies.c.quarter < end
    )
    rows = select(inbox.c.channel, room, _plain(inbox.c.outcome), func.count().label("count")).where(*came)
    odd = select(inbox.c.channel, room, literal_column(f"'{_UNSETTLED}'"), func.count()).where(*came, contradicts)
    return union_all(
        tallied.group_by(tallies.c.channel, tallies.c.room, tallies.c.what),
        rows.group_by(inbox.c.channel, inbox.c.room, inbox.c.outcome),
        odd.group_by(inbox.c.channel, inbox.c.room),
    )


def _plain(column: Any) -> Any:
    """The word as the text it is stored as: the rows of a union are of one type."""
    return literal_column(f"{column.table.name}.{column.name}").label("what")


def _communities_of(session: Session) -> Any:
    """Whose a room is; of what is said in private nobody can know it, unless there is one community only."""
    query = select(rooms.c.channel, rooms.c.room, rooms.c.community_id)
    before = select(room_moves.c.channel, room_moves.c.room, rooms.c.community_id).join(
        rooms, room_moves.c.room_id == rooms.c.id
    )
    # A room that moved is counted under each of its ids; a room's own id goes before one that it had.
    found = [*session.execute(before), *session.execute(query)]
    registered = {(channel, room): community for channel, room, community in found}
    every = list(session.scalars(select(communities.c.id)))
    only = every[0] if len(every) == 1 else None
    return lambda channel, room: registered.get((channel, room)) if room else only


# --- days


def day_in(zone: str, day: date) -> tuple[datetime, datetime]:
    """Beginning and end of a day in a zone."""
    begin, end = (datetime.combine(on, time(), ZoneInfo(zone)) for on in (day, day + timedelta(days=1)))
    return begin, end


def balances_of_day(session: Session, day: date | None, now: datetime, back: int = 0) -> Iterator[tuple[date, Balance]]:
    """The balance of every room on its own community's day; without `day` on today's, `back` days ago."""
    zones: dict[str, set[int | None]] = defaultdict(set)
    zones["UTC"].add(None)
    for community in session.scalars(select(Community)):
        zones[community.timezone].add(community.id)
    for zone, ours in sorted(zones.items()):
        on = day or (now.astimezone(ZoneInfo(zone)) - timedelta(days=back)).date()
        for balance in balances(session, *day_in(zone, on)):
            if balance.community in ours:
                yield on, balance
