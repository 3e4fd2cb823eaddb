"""What staff corrected, kept to learn from: the masked words of a ticket's message, and what they are said to be.

record ─► one row a ticket ─┬─► learnable       the next training
                            ├─► all_of          a person's own, for an export
                            ├─► reword          the message was changed
                            └─► erase_of_*      the words go; that there was a correction stays
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.corrections import Correction
from desk.domain.model import InboxMessage, Person, Ticket
from desk.domain.words import Act, MessageKind
from desk.services.scene import Scene
from desk.storage.tables import corrections, inbox

LONGEST = 300
"""Characters of the masked words."""


def record(session: Session, scene: Scene, ticket: Ticket, *, is_request: bool) -> None:
    """Keeps what the scene's member says of the ticket as it now stands; it replaces what was said of it before."""
    assert scene.member is not None, "the state table lets only members correct"
    for before in _found(session, corrections.c.ticket_id == ticket.id):
        session.delete(before)
        session.flush()
    act = Act.REPORT if is_request else Act.CHITCHAT
    matter = (ticket.kind, ticket.category, ticket.urgency) if is_request else ()
    text = _masked_words(session, ticket)
    session.add(Correction(ticket.id, ticket.requester_id, scene.member.id, scene.now, text, act, *matter))
    session.flush()


def _masked_words(session: Session, ticket: Ticket) -> str:
    """The words of the ticket's message as they came masked with its reading; the last ones where it was changed."""
    source = session.get(InboxMessage, ticket.inbox_id)
    assert source is not None, "a ticket always has its message"
    changed = select(InboxMessage).where(
        inbox.c.channel == source.channel, inbox.c.scope == source.scope, inbox.c.target == ticket.source_message
    )
    changed = changed.where(inbox.c.kind == MessageKind.EDITED).order_by(inbox.c.id.desc())
    last = session.scalars(changed).first() or source
    # Only a report comes with them: what was changed into small talk, or filed by an earlier version, has none.
    masked: str = (last.reading or {}).get("masked", "")
    return masked[:LONGEST]


def learnable(session: Session) -> list[Correction]:
    """All corrections that have words, oldest first."""
    return _found(session, corrections.c.text != "")


def all_of(session: Session, person: Person) -> list[Correction]:
    """The corrections of what a person said, oldest first."""
    return _found(session, corrections.c.person_id == person.id)


def reword(session: Session, ticket: Ticket) -> None:
    """The ticket's message was changed: what was taken out of it is not kept here either."""
    for correction in _found(session, corrections.c.ticket_id == ticket.id):
        correction.text = _masked_words(session, ticket)


def erase_of_ticket(session: Session, ticket: Ticket) -> None:
    """Takes the words of a ticket's correction away."""
    for correction in _found(session, corrections.c.ticket_id == ticket.id):
        correction.text = ""


def erase_of_person(session: Session, person: Person) -> None:
    """Takes the words of all corrections of what a person said away."""
    for correction in all_of(session, person):
        correction.text = ""


def _found(session: Session, which: Any) -> list[Correction]:
    return list(session.scalars(select(Correction).where(which).order_by(corrections.c.id)))
