"""Who may read a matter's own words: whoever answers for it, whoever works on it, and whose matter it is."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.model import OutboxMessage, Person, Ticket
from desk.services.people import member_of, same_person
from desk.storage.tables import people


def may_read(session: Session, message: OutboxMessage) -> bool:
    """Whether a private message goes to somebody who may read the words of its ticket."""
    ticket = session.get(Ticket, message.ticket_id) if message.ticket_id else None
    if ticket is None or message.user is None:
        return False
    known = select(Person).where(people.c.channel == message.channel, people.c.user == message.user)
    # Whom the register names may never have spoken: his account is enough.
    hearer = session.scalars(known).first() or Person(message.channel, message.user, "")
    member = member_of(session, ticket.community_id, hearer)
    if member is not None and member.id in (ticket.accountable_id, ticket.assignee_id):
        return True
    requester = session.get(Person, ticket.requester_id)
    return (
        requester is not None and hearer.id is not None and same_person(session, ticket.community_id, requester, hearer)
    )
