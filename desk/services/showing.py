"""Tells whoever works on a ticket that files of it have come: photos in private, everything else by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from desk.domain.attachments import StoredFile
from desk.domain.model import InboxMessage, OutboxMessage, Person, Ticket
from desk.domain.words import OPEN_STATES, Kind
from desk.services import people
from desk.services.files import PHOTO, untold
from desk.services.notices import post, ticket_facts
from desk.services.records import hold

MOST_NAMES = 9


def show_files(session: Session, channel: str, now: datetime) -> int:
    """Posts what came of one ticket, and nobody was told of, to its worker's private account; how many files.

    Without one nothing is posted: a room is no place for photos, and the card of the next worker brings them.
    """
    came = untold(session, channel)
    ticket = session.get(Ticket, came[0].ticket_id) if came else None
    if ticket is None:
        return 0
    for file in came:
        file.told_at = now
    hold(session, ticket)  # whoever gets the ticket in this moment gets the photos with its card or from here
    to = _account(session, ticket, came[0]) if ticket.state in OPEN_STATES else None
    if to is not None:
        _post(session, ticket, came, to, now)
    return len(came)


def _post(session: Session, ticket: Ticket, came: Sequence[StoredFile], to: tuple[str, str], now: datetime) -> None:
    photos = [file.id for file in came if file.kind == PHOTO]
    names = [file.name for file in came if file.kind != PHOTO and file.name][:MOST_NAMES]
    facts = ticket_facts(session, ticket)
    for template, more in (("photos", {"files": photos, "count": len(photos)}), ("files_named", {"names": names})):
        if photos if template == "photos" else names:
            key = f"f{came[0].id}:{template}:{to[0]}:{to[1]}"
            post(
                session,
                OutboxMessage(key, to[0], template, {**facts, **more}, now, user=to[1], ticket_id=ticket.id, rank=2),
            )


def _account(session: Session, ticket: Ticket, file: StoredFile) -> tuple[str, str] | None:
    """Where whoever works on it is told in private; nowhere when the file is his own."""
    member = ticket.assignee_id or (None if ticket.kind is Kind.WISH else ticket.accountable_id)
    if member is None:
        return None
    row = session.get(InboxMessage, file.inbox_id)
    sender = session.get(Person, row.person_id) if row is not None and row.person_id else None
    accounts = people.accounts_from(session, member, ticket.source_channel)
    if sender is not None and (sender.channel, sender.user) in accounts:
        return None
    return next(iter(accounts), None)
