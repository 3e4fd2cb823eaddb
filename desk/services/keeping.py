"""Takes away what is older than it may be: words left alone after a day, all words after a month, people after a year.

    inbox      left alone for `LEFT_ALONE`; any other for `keep`       text, files, reading, effect; the row stays
    outbox     made `keep` ago                                         facts
    tickets    over for `TICKET`                                       words, door, requester, supporters

Each sweep goes on where the last one ended and stops at the first row that is too young or still in hand, so that it
costs next to nothing where there is nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from desk.domain.keeping import EARLY, FAREWELL, KEEP, LEFT_ALONE, TICKET, Sweep, gone_user, is_gone
from desk.domain.model import InboxMessage, OutboxMessage, Person, Supporter, Ticket, TicketEvent
from desk.domain.words import OVER_STATES, EventKind, OutboxState, Outcome
from desk.services.redacting import OVER, forget_event, forget_messages, forget_ticket
from desk.storage.keeping import sweeps
from desk.storage.tables import inbox, outbox, people, supporters, ticket_events, tickets

MOST = 500
"""Rows of one sweep; the rest waits for the next one, some seconds later."""

ENDED = (EventKind.CLOSED, EventKind.WITHDRAWN, EventKind.MERGED)
SENT = (OutboxState.SENT, OutboxState.JOINED, OutboxState.FAILED, OutboxState.EXPIRED)


def sweep(session: Session, now: datetime, keep: timedelta = KEEP) -> int:
    """Takes away what is too old by now; how many rows were looked at."""
    return sum(
        (
            _onwards(session, "left_alone", _inbox(session, now - LEFT_ALONE + EARLY), _forget_left_alone),
            _onwards(session, "inbox", _inbox(session, now - keep), _forget_said),
            _onwards(session, "outbox", _outbox(session, now - keep), _forget_told),
            _onwards(session, "tickets", _ended(session, now - TICKET), _forget_ended),
        )
    )


Rows = Callable[[int], Iterator[Any]]


def _onwards(session: Session, what: str, rows: Rows, forget: Callable[[Session, Any], None]) -> int:
    """Goes on behind the mark; the mark is locked, so that of two gateways one sweeps."""
    query = select(Sweep).where(sweeps.c.what == what).with_for_update(skip_locked=True)
    mark = session.scalars(query).first()
    if mark is None:
        if session.scalars(select(sweeps.c.id).where(sweeps.c.what == what)).first() is not None:
            return 0
        mark = Sweep(what)
        session.add(mark)
    done = 0
    for row in list(rows(mark.up_to)):
        forget(session, row)
        mark.up_to = row.id
        done += 1
    return done


def _inbox(session: Session, until: datetime) -> Rows:
    def rows(after: int) -> Iterator[InboxMessage]:
        query = select(InboxMessage).where(inbox.c.id > after).order_by(inbox.c.id).limit(MOST)
        for row in session.scalars(query):
            if row.received_at > until or row.state not in OVER:
                return
            yield row

    return rows


def _outbox(session: Session, until: datetime) -> Rows:
    def rows(after: int) -> Iterator[OutboxMessage]:
        query = select(OutboxMessage).where(outbox.c.id > after).order_by(outbox.c.id).limit(MOST)
        for message in session.scalars(query):
            if message.created_at > until:
                return
            yield message

    return rows


def _ended(session: Session, until: datetime) -> Rows:
    def rows(after: int) -> Iterator[TicketEvent]:
        query = select(TicketEvent).where(ticket_events.c.id > after, ticket_events.c.kind.in_(ENDED))
        for event in session.scalars(query.order_by(ticket_events.c.id).limit(MOST)):
            if event.at > until:
                return
            yield event

    return rows


def _forget_left_alone(session: Session, row: InboxMessage) -> None:
    if row.outcome is Outcome.LEFT_ALONE:
        forget_messages(session, [row], files=False)


def _forget_said(session: Session, row: InboxMessage) -> None:
    forget_messages(session, [row], files=False)
    if row.person_id is not None and not _is_needed(session, row.person_id, row.id):
        session.execute(update(people).where(people.c.id == row.person_id).values(name=""))


def _is_needed(session: Session, person: int, last: int) -> bool:
    """Whether somebody's name still means something: he spoke since, or a ticket knows him."""
    spoken = select(inbox.c.id).where(inbox.c.person_id == person, inbox.c.id > last)
    asked = select(tickets.c.id).where(tickets.c.requester_id == person)
    backed = select(supporters.c.id).where(supporters.c.person_id == person)
    return any(session.scalars(query.limit(1)).first() is not None for query in (spoken, asked, backed))


def _forget_told(_session: Session, message: OutboxMessage) -> None:
    """What could not be delivered in all that time never is; it must not hold up the rest."""
    message.facts = {}
    if message.template == FAREWELL and not is_gone(message.user or ""):
        message.user = gone_user()
    message.state = message.state if message.state in SENT else OutboxState.EXPIRED


def _forget_ended(session: Session, event: TicketEvent) -> None:
    """A ticket a year after its end, unless it was opened again since."""
    ticket = session.get(Ticket, event.ticket_id)
    if ticket is None or ticket.state not in OVER_STATES or _ended_again(session, event):
        return
    forget_ticket(session, ticket)
    for happened in session.scalars(select(TicketEvent).where(ticket_events.c.ticket_id == ticket.id)):
        forget_event(session, happened)
    _unlink(session, ticket)


def _ended_again(session: Session, event: TicketEvent) -> bool:
    later = select(ticket_events.c.id).where(
        ticket_events.c.ticket_id == event.ticket_id, ticket_events.c.id > event.id, ticket_events.c.kind.in_(ENDED)
    )
    return session.scalars(later.limit(1)).first() is not None


def _unlink(session: Session, ticket: Ticket) -> None:
    """Puts nobody in the place of the requester and of each supporter; how many there were stays."""
    backed = list(
        session.scalars(select(Supporter).where(supporters.c.ticket_id == ticket.id).order_by(supporters.c.id))
    )
    nobodies = _nobodies(session, ticket.source_channel, len(backed) + 1)
    before = [ticket.requester_id, *(one.person_id for one in backed)]
    ticket.requester_id = nobodies[0].id
    for one, nobody in zip(backed, nobodies[1:], strict=True):
        one.person_id = nobody.id
    for was, nobody in zip(before, nobodies, strict=True):
        mine = (ticket_events.c.ticket_id == ticket.id) & (ticket_events.c.by_id == was)
        session.execute(update(ticket_events).where(mine).values(by_id=nobody.id))
    session.flush()


def _nobodies(session: Session, channel: str, count: int) -> list[Person]:
    """So many different nobodies of a channel; the same ones for every ticket."""
    query = select(Person).where(
        people.c.channel == channel, people.c.user.startswith("erased-nobody-", autoescape=True)
    )
    found = list(session.scalars(query.order_by(people.c.id).limit(count)))
    for number in range(len(found), count):
        found.append(Person(channel, f"erased-nobody-{number}", ""))
        session.add(found[-1])
    session.flush()
    assert all(is_gone(nobody.user) for nobody in found), "nobody is an account"
    return found


def too_old(session: Session, now: datetime, keep: timedelta = KEEP) -> dict[str, int]:
    """How many texts are older than they may be, by table; all of them 0 where the schedule does its work."""
    words = or_(inbox.c.text != "", inbox.c.reading.is_not(None))
    alone = (inbox.c.outcome == Outcome.LEFT_ALONE) & (inbox.c.received_at < now - LEFT_ALONE)
    inbox_old = select(func.count()).where(words, or_(alone, inbox.c.received_at < now - keep))
    facts = select(outbox.c.facts).where(outbox.c.created_at < now - keep)
    ended = select(func.max(ticket_events.c.at)).where(ticket_events.c.ticket_id == tickets.c.id).scalar_subquery()
    detail = select(func.count()).where(tickets.c.detail != "", tickets.c.state.in_(OVER_STATES), ended < now - TICKET)
    return {
        "inbox": int(session.scalar(inbox_old) or 0),
        "outbox": sum(1 for told in session.scalars(facts) if told),
        "tickets": int(session.scalar(detail) or 0),
    }
