"""Answers questions about tickets: one, lists and figures, each only to who may know."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.model import Grid, Ticket
from desk.domain.replies import NOTHING, Answer, Effect
from desk.domain.states import QUERY_ONE
from desk.domain.words import OPEN_STATES, Kind, Outcome, Purpose, Role, State
from desk.services import people
from desk.services.notices import ticket_facts
from desk.services.records import events_of
from desk.services.scene import Scene
from desk.storage.tables import grids, supporters, tickets
from desk.storage.tables import people as people_table

LONGEST_LIST = 15
"""Lines of a list; the rest is a count. A longer message is not read on a phone."""

TEN = 10

DONE = frozenset({State.RESOLVED, State.CLOSED})


def do_query_one(session: Session, scene: Scene, ticket: Ticket, *, explicit: bool) -> Effect:
    """The state of one ticket, to its people and to those who answer for it."""
    if not people.standings(session, ticket, scene.person, scene.member) & QUERY_ONE:
        return _answer("query_not_yours", {"number": ticket.number}) if scene.addressed or explicit else NOTHING
    if _is_for_private(scene, ticket):
        return _answer("ask_in_private")
    last = events_of(session, ticket)[-1]
    facts = {**ticket_facts(session, ticket), "since": last.at.isoformat(), "rating": ticket.rating}
    unclaimed = ticket.kind is Kind.WISH and ticket.state is State.FILED
    template = "status_filed_wish" if unclaimed else f"status_{ticket.state.value}"
    return Effect(Outcome.ANSWERED, (Answer(template, facts),), ticket.id)


def do_query_list(session: Session, scene: Scene) -> Effect:
    """The list or the figures that the message asks for; residents get their own tickets only."""
    listing = str(scene.reading.get("listing") or "mine")
    if listing == "mine":
        return _mine(session, scene)
    seen, of = _visible(session, scene), _of(scene)
    if seen is None:
        return _not_shown(session, scene, of)
    if of:
        whose = _whose(session, scene)
        if whose is None:
            return _answer("list_of_whom", {"of": of})
        if _is_foreign(session, scene):
            return _answer("list_not_yours", {"of": of})
        seen = [ticket for ticket in seen if whose(ticket)]
    return _shown(session, scene, seen, listing, of)


def _not_shown(session: Session, scene: Scene, of: str) -> Effect:
    """What somebody hears who may not see the tickets of others: his own, unless he plainly asked for theirs."""
    if scene.addressed and scene.reading.get("listing") is not None:
        return _answer("staff_only")
    return NOTHING if of else _mine(session, scene)


def _shown(session: Session, scene: Scene, seen: list[Ticket], listing: str, of: str) -> Effect:
    if listing == "stats":
        return _figures(seen, scene, of)
    open_now = [ticket for ticket in seen if ticket.state in OPEN_STATES]
    if listing == "overdue":
        open_now = [ticket for ticket in open_now if ticket.due_at is not None and ticket.due_at < scene.now]
    return _list(session, open_now, f"list_{listing}", of)


def _of(scene: Scene) -> str:
    """The grid or the person whose tickets are asked for, as they were called; empty for nobody's in particular."""
    return str(scene.reading.get("of_grid") or scene.reading.get("of_member") or "")


def _whose(session: Session, scene: Scene) -> Callable[[Ticket], bool] | None:
    """Which tickets are those of the grid or the person that the message names; None when nobody is called that."""
    if scene.reading.get("of_grid"):
        ids = _grids_named(session, scene)
        return (lambda ticket: ticket.grid_id in ids) if ids else None
    hands = {member.id for member in people.members_named(session, scene.community.id, _of(scene))}
    return (lambda ticket: (ticket.assignee_id or ticket.accountable_id) in hands) if hands else None


def _grids_named(session: Session, scene: Scene) -> set[int]:
    number = grid_number(_of(scene))
    query = select(Grid).where(grids.c.community_id == scene.community.id, grids.c.retired.is_(False))
    return {grid.id for grid in session.scalars(query) if number is not None and grid_number(grid.name) == number}


def _is_foreign(session: Session, scene: Scene) -> bool:
    """Whether a grid is asked for that its asker does not answer for."""
    if Role.STAFF in scene.roles or not scene.reading.get("of_grid"):
        return False
    own = {grid.id for grid in people.grids_of(session, scene.member)} if scene.member else set()
    return not _grids_named(session, scene) & own


def grid_number(name: str) -> int | None:
    """The last number in a grid's name, in digits or numerals: 12 of 幸福里十二网格, 2 of 第2网格; None for none."""
    values = [unicodedata.numeric(char, None) for char in name]
    runs = [list(run) for counts, run in groupby(values, key=lambda value: value is not None) if counts]
    return _value([int(value) for value in runs[-1] if value is not None]) if runs else None


def _value(digits: list[int]) -> int:
    """Of 2, 10, 1 it is 21, as of 2, 1; of 10, 2 it is 12."""
    if TEN not in digits:
        return int("".join(map(str, digits)))
    tens, ones = digits[: digits.index(TEN)], digits[digits.index(TEN) + 1 :]
    return TEN * (tens[-1] if tens else 1) + (ones[0] if ones else 0)


def _visible(session: Session, scene: Scene) -> list[Ticket] | None:
    """The tickets a person of the desk may see: staff all, an officer the grid's; None for anybody else."""
    query = select(Ticket).where(tickets.c.community_id == scene.community.id).order_by(tickets.c.number)
    if Role.STAFF in scene.roles:
        return list(session.scalars(query))
    own = [grid.id for grid in people.grids_of(session, scene.member)] if scene.member else []
    if Role.OFFICER in scene.roles or own:
        return list(session.scalars(query.where(tickets.c.grid_id.in_(own))))
    return None


def _mine(session: Session, scene: Scene) -> Effect:
    """What I raised or support, and what I have in hand."""
    own = _own_accounts(session, scene)
    backed = select(supporters.c.ticket_id).where(supporters.c.person_id.in_(own))
    mine = tickets.c.requester_id.in_(own) | tickets.c.id.in_(backed)
    if scene.member is not None:
        mine = mine | (tickets.c.assignee_id == scene.member.id)
    live = tickets.c.state.in_([*OPEN_STATES, State.RESOLVED])
    query = select(Ticket).where(tickets.c.community_id == scene.community.id, mine, live).order_by(tickets.c.number)
    everything = list(session.scalars(query))
    found = [ticket for ticket in everything if not _is_for_private(scene, ticket)]
    if everything and not found:
        return _answer("ask_in_private")
    if not found and not scene.addressed and scene.reading.get("listing") != "mine":
        return NOTHING
    return _list(session, found, "list_mine")


def _is_for_private(scene: Scene, ticket: Ticket) -> bool:
    """What somebody told the bot alone is not told in front of his neighbours, though he asks there."""
    in_public = scene.room is not None and scene.room.purpose is not Purpose.STAFF
    return in_public and ticket.source_room is None


def _own_accounts(session: Session, scene: Scene) -> list[int]:
    own = sorted(people.everybody_of(session, scene.community.id, scene.person))
    if scene.member is None:
        return own
    accounts = {(a.channel, a.user) for a in people.accounts_of(session, scene.member.id)}
    rows = session.execute(select(people_table.c.id, people_table.c.channel, people_table.c.user))
    return [row.id for row in rows if (row.channel, row.user) in accounts or row.id in own]


def _list(session: Session, found: list[Ticket], template: str, of: str = "") -> Effect:
    lines = [ticket_facts(session, ticket) for ticket in found[:LONGEST_LIST]]
    if not found:
        return _answer(f"{template}_none", {"of": of})
    facts = {"of": of, "count": len(found), "tickets": lines, "more": max(0, len(found) - LONGEST_LIST)}
    return _answer(template, facts)


def _figures(seen: list[Ticket], scene: Scene, of: str) -> Effect:
    period = str(scene.reading.get("period") or "today")
    since = period_start(scene.now, scene.community.timezone, period)
    fresh = [ticket for ticket in seen if ticket.opened_at >= since]
    facts: dict[str, Any] = {
        "of": of,
        "period": period,
        "filed": len(fresh),
        "kinds": dict(Counter(ticket.kind.value for ticket in fresh)),
        "done": sum(1 for t in seen if t.resolved_at is not None and t.resolved_at >= since and t.state in DONE),
        "open": sum(1 for ticket in seen if ticket.state in OPEN_STATES),
        "overdue": sum(1 for t in seen if t.state in OPEN_STATES and t.due_at is not None and t.due_at < scene.now),
    }
    return _answer("figures", facts)


def period_start(now: datetime, timezone: str, period: str) -> datetime:
    """When today, this week (from Monday) or this month began in the community's zone."""
    local = now.astimezone(ZoneInfo(timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "week":
        return local - timedelta(days=local.weekday())
    return local.replace(day=1) if period == "month" else local


def _answer(template: str, facts: dict[str, Any] | None = None) -> Effect:
    return Effect(Outcome.ANSWERED, (Answer(template, facts or {}),))
