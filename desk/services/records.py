"""Writes what happens to a ticket: events, assignments, deadlines. Every state change passes through here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from desk.domain.model import Assignment, Member, Person, Supporter, Ticket, TicketEvent
from desk.domain.terms import term
from desk.domain.words import EventKind, State, Urgency
from desk.services import people
from desk.storage.tables import assignments, ticket_events

STATE_AFTER = {
    EventKind.FILED: State.FILED,
    EventKind.ASSIGNED: State.ASSIGNED,
    EventKind.ACCEPTED: State.ACCEPTED,
    EventKind.RELEASED: State.FILED,
    EventKind.RESOLVED: State.RESOLVED,
    EventKind.CLOSED: State.CLOSED,
    EventKind.REOPENED: State.FILED,
    EventKind.WITHDRAWN: State.WITHDRAWN,
    EventKind.MERGED: State.MERGED,
}
"""The state that an event leaves behind; other events leave it as it is. A state is thus a function of the log."""


class Record:
    """Writes to one ticket on behalf of one person (None: the clock) at one time."""

    def __init__(
        self, session: Session, ticket: Ticket, now: datetime, by: Person | None = None, inbox_id: int | None = None
    ) -> None:
        self._session = session
        self._ticket = ticket
        self._now = now
        self._by = by
        self._inbox_id = inbox_id

    def event(self, kind: EventKind, **facts: Any) -> TicketEvent:
        """Appends an event and moves the ticket to the state it leaves behind."""
        by_id = self._by.id if self._by else None
        happened = TicketEvent(self._ticket.id, kind, self._now, by_id, facts, self._inbox_id)
        self._session.add(happened)
        if kind in STATE_AFTER:
            self._ticket.state = STATE_AFTER[kind]
        self._session.flush()
        return happened

    def assign(self, member_id: int, **facts: Any) -> None:
        """Gives the ticket to a member who has not accepted it yet."""
        self._hand_over(member_id)
        self._ticket.accepted_at = None
        self.event(EventKind.ASSIGNED, assignee=self._code(member_id), **facts)

    def accept(self, member_id: int) -> None:
        """The member takes it."""
        if self._ticket.assignee_id != member_id:
            self._hand_over(member_id)
        self._ticket.accepted_at = self._now
        self.event(EventKind.ACCEPTED, assignee=self._code(member_id))

    def release(self, **facts: Any) -> None:
        """Nobody has it any more."""
        self._hand_over(None)
        self._ticket.accepted_at = None
        self.event(EventKind.RELEASED, **facts)

    def resolve(self) -> None:
        """The work is done; the requester has the last word."""
        self._ticket.resolved_at = self._now
        self.event(EventKind.RESOLVED)

    def close(self, **facts: Any) -> None:
        """Struck off."""
        self._ticket.closed_at = self._now
        self.event(EventKind.CLOSED, **facts)

    def rate(self, rating: int, **facts: Any) -> None:
        """The requester's judgement, 1 to 5."""
        self._ticket.rating = rating
        self.event(EventKind.RATED, rating=rating, **facts)

    def reopen(self) -> None:
        """Not done after all: a new episode with a new term."""
        self._hand_over(None, keep_assignee=True)
        self._ticket.accepted_at = None
        self._ticket.resolved_at = None
        self.start_term()
        self.event(EventKind.REOPENED)

    def withdraw(self) -> None:
        """Taken back."""
        self._hand_over(None, keep_assignee=True)
        self.event(EventKind.WITHDRAWN)

    def start_term(self) -> None:
        """Sets the promised time from now on."""
        length = term(self._ticket.kind, self._ticket.urgency)
        self._ticket.term_from = self._now
        self._ticket.due_at = self._now + length if length else None

    def aggravate(self, urgency: Urgency) -> None:
        """A graver matter than it was taken for: its term runs from now, and never ends later than before."""
        due = self._ticket.due_at
        self._ticket.urgency = urgency
        self.start_term()
        if due is not None and self._ticket.due_at is not None:
            self._ticket.due_at = min(due, self._ticket.due_at)

    def add_supporter(self, person: Person, **facts: Any) -> bool:
        """Adds somebody whom the matter touches too; False for the requester and for who is one already."""
        requester = self._session.get(Person, self._ticket.requester_id)
        known = [*people.supporters_of(self._session, self._ticket), *([requester] if requester else [])]
        if any(people.same_person(self._session, self._ticket.community_id, other, person) for other in known):
            return False
        self._session.add(Supporter(self._ticket.id, person.id))
        self.event(EventKind.SECONDED, **facts)
        return True

    def _hand_over(self, member_id: int | None, *, keep_assignee: bool = False) -> None:
        self._session.execute(
            update(assignments)
            .where(assignments.c.ticket_id == self._ticket.id, assignments.c.ended_at.is_(None))
            .values(ended_at=self._now)
        )
        if not keep_assignee:
            self._ticket.assignee_id = member_id
        if member_id is not None:
            by_id = self._by.id if self._by else None
            self._session.add(Assignment(self._ticket.id, member_id, self._now, by_id))

    def _code(self, member_id: int) -> str:
        member = self._session.get(Member, member_id)
        return member.code if member else ""


def hold(session: Session, ticket: Ticket) -> None:
    """Waits for whoever else is changing the ticket and reads it as he left it.

    What is decided from here on still holds at the commit: of two who claim at once the second one sees the first.
    SQLite has one writer at a time and needs no lock.
    """
    session.refresh(ticket, with_for_update=True)


def events_of(session: Session, ticket: Ticket) -> list[TicketEvent]:
    """The record of a ticket, oldest first."""
    query = select(TicketEvent).where(ticket_events.c.ticket_id == ticket.id)
    return list(session.scalars(query.order_by(ticket_events.c.id)))


def derived_state(events: list[TicketEvent]) -> State | None:
    """The state that the log says the ticket is in."""
    states = [STATE_AFTER[event.kind] for event in events if event.kind in STATE_AFTER]
    return states[-1] if states else None
