"""What staff hear of a day without asking: its figures once, and an alarm where the balance does not come out.

Only the running gateway keeps a `Daily`: a replay of a recorded chat says what was said in it, and no figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.model import Community, OutboxMessage, Room, Ticket
from desk.domain.words import OPEN_STATES, State
from desk.services.balance import Balance, balances, balances_of_day
from desk.services.notices import post, staff_rooms, ticket_facts
from desk.storage.tables import communities, outbox, rooms, tickets

OLDEST = 3
"""Open tickets that a digest names."""

LATEST = timedelta(hours=6)
"""How late a digest may be, when nothing ran at its time; then the next one tells."""

EVERY = timedelta(minutes=10)
"""Between two checks of the balance."""


@dataclass
class Daily:
    """What a gateway remembers of what it does once a day; the outbox's keys say it to all of them.

    `digest_at` is the local time of the digest, on a quarter of an hour; None for none. `empty` are the communities and
    days that had nothing to say.
    """

    digest_at: time | None
    checked: datetime | None = None
    empty: set[tuple[int, datetime]] = field(default_factory=set)


def do_daily(session: Session, now: datetime, daily: Daily) -> int:
    """The digests and the alarms that are due; how many messages."""
    posted = 0
    if daily.digest_at is not None:
        for community in list(session.scalars(select(Community).order_by(communities.c.id))):
            posted += _digest(session, community, now, daily)
    if daily.checked is None or now - daily.checked >= EVERY:
        posted += check_balance(session, now)
        daily.checked = now
    return posted


# --- the digest


def _digest(session: Session, community: Community, now: datetime, daily: Daily) -> int:
    begin, end = _period(community, now, daily.digest_at or time())
    to = {
        f"digest:{community.id}:{end.date()}:{room.channel}:{room.room}": room for room in _staff(session, community.id)
    }
    if now - end > LATEST or (community.id, end) in daily.empty or _is_told(session, to):
        return 0
    session.refresh(community, with_for_update=True)  # of several gateways one makes it
    facts = _facts(session, community, begin, end)
    if not facts["received"] and not facts["open"]:
        daily.empty = {(community.id, end), *(one for one in daily.empty if now - one[1] <= LATEST)}
        return 0
    template = "digest" if facts["tickets"] else "digest_clear"
    return sum(
        post(session, OutboxMessage(key, room.channel, template, facts, now, room=room.room))
        for key, room in to.items()
    )


def _is_told(session: Session, keys: Collection[str]) -> bool:
    told = session.scalars(select(outbox.c.dedup_key).where(outbox.c.dedup_key.in_(list(keys))))
    return len(set(told)) == len(keys)


def _period(community: Community, now: datetime, at: time) -> tuple[datetime, datetime]:
    """From one digest to the next: what is said in the evening is in tomorrow's."""
    zone = ZoneInfo(community.timezone)
    today = now.astimezone(zone).date()
    end = datetime.combine(today, at, zone)
    if end > now:
        today -= timedelta(days=1)
        end = datetime.combine(today, at, zone)
    return datetime.combine(today - timedelta(days=1), at, zone), end


def _staff(session: Session, community_id: int | None) -> list[Room]:
    """The staff rooms of a community; of no community all, as nobody else can be asked."""
    return staff_rooms(session, *(() if community_id is None else (rooms.c.community_id == community_id,)))


def _facts(session: Session, community: Community, begin: datetime, end: datetime) -> dict[str, Any]:
    ours = (tickets.c.community_id == community.id,)
    open_now = list(
        session.scalars(select(Ticket).where(*ours, tickets.c.state.in_(OPEN_STATES)).order_by(tickets.c.opened_at))
    )
    resolved = select(tickets.c.id).where(
        *ours, tickets.c.state.in_((State.RESOLVED, State.CLOSED)), tickets.c.resolved_at >= begin,
        tickets.c.resolved_at < end,
    )  # fmt: skip
    return {
        **sum_of(balance for balance in balances(session, begin, end) if balance.community == community.id),
        "at": end.isoformat(),
        "timezone": community.timezone,
        "done": len(list(session.scalars(resolved))),
        "open": len(open_now),
        "overdue": sum(1 for ticket in open_now if ticket.due_at is not None and ticket.due_at < end),
        "tickets": [ticket_facts(session, ticket) for ticket in open_now[:OLDEST]],
    }


def sum_of(found: Iterable[Balance]) -> dict[str, Any]:
    """Several balances as the facts of one."""
    every = list(found)
    outcomes: Counter[str] = Counter()
    for one in every:
        outcomes.update({outcome.value: count for outcome, count in one.outcomes.items()})
    return {
        "received": sum(one.received for one in every),
        "outcomes": dict(outcomes),
        "difference": sum(one.difference for one in every),
    }


# --- the alarm


def check_balance(session: Session, now: datetime) -> int:
    """Tells staff of every room whose balance of today or yesterday does not come out, once a day a room."""
    posted = 0
    for back in (0, 1):
        for day, balance in balances_of_day(session, None, now, back):
            if balance.difference:
                posted += _alarm(session, balance, day.isoformat(), now)
    return posted


def _alarm(session: Session, balance: Balance, day: str, now: datetime) -> int:
    facts = {**sum_of([balance]), "room_title": balance.room, "day": day}
    told = [
        post(session, OutboxMessage(key, room.channel, "alarm_balance", facts, now, room=room.room))
        for room in _staff(session, balance.community)
        for key in [f"balance:{balance.channel}:{balance.room}:{day}:{room.channel}:{room.room}"]
    ]
    return sum(told)
