"""Which message is meant by quoted words, on a platform that hands on no id of it.

the platform gave an id that we know   → that message
one number stands in them (1号单…)      → our last words about that ticket there, else what was said about it
anything else                          → the newest message of the room or chat with just these words, of three days

Who said them is not asked: anybody can type a quote. What may be done with the ticket is decided by who does it.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.model import OutboxMessage, Ticket
from desk.domain.words import MessageKind
from desk.services.scene import find_room, ticket_numbered
from desk.storage.tables import inbox, outbox, tickets

if TYPE_CHECKING:
    from desk.services.mailroom import Arrival

LOOKED_BACK = timedelta(days=3)
"""Older words are quoted rarely, and the same ones were said since."""

_HEAD = re.compile("[：:\n]")
_NUMBER = re.compile(r"(?<!\d)(\d{1,7})\s*号[单心]")


def replied_to(session: Session, arrival: Arrival, now: datetime) -> str | None:
    """The id of the message that an arrival answers."""
    if arrival.quoted is None:
        return arrival.reply_to
    if arrival.reply_to is not None and _is_known(session, arrival, arrival.reply_to):
        return arrival.reply_to
    number = number_in(arrival.quoted)
    if number is not None:
        return _about(session, arrival, number)
    return _same_words(session, arrival, now)


def number_in(quoted: str) -> int | None:
    """The ticket that quoted words speak of: what a card begins with; None where several are named.

    What a card says of the matter comes behind its first colon, and may be anything.
    """
    named = {int(number) for number in _NUMBER.findall(_HEAD.split(quoted, maxsplit=1)[0])}
    return named.pop() if len(named) == 1 else None


def _is_known(session: Session, arrival: Arrival, message: str) -> bool:
    said = select(inbox.c.id).where(inbox.c.channel == arrival.channel, inbox.c.message == message)
    told = select(outbox.c.id).where(outbox.c.channel == arrival.channel, outbox.c.provider_message == message)
    return any(session.scalars(query.limit(1)).first() is not None for query in (said, told))


def _about(session: Session, arrival: Arrival, number: int) -> str | None:
    told = (
        select(OutboxMessage)
        .join(Ticket, outbox.c.ticket_id == tickets.c.id)
        .where(outbox.c.channel == arrival.channel, tickets.c.number == number)
        .where(outbox.c.provider_message.is_not(None))
    )
    here = outbox.c.room == arrival.room if arrival.room is not None else outbox.c.user == arrival.user
    card: OutboxMessage | None = session.scalars(told.where(here).order_by(outbox.c.id.desc()).limit(1)).first()
    return card.provider_message if card is not None else _said_about(session, arrival, number)


def _said_about(session: Session, arrival: Arrival, number: int) -> str | None:
    """Where the platform gave no id of our card: any message of the channel about the ticket of this room's number."""
    room = find_room(session, arrival.channel, arrival.room) if arrival.room is not None else None
    ticket = ticket_numbered(session, room.community_id, number) if room is not None else None
    if ticket is None:
        return None
    query = select(inbox.c.message).where(inbox.c.channel == arrival.channel, inbox.c.ticket_id == ticket.id)
    found: str | None = session.scalars(query.order_by(inbox.c.id).limit(1)).first()
    return found


def _same_words(session: Session, arrival: Arrival, now: datetime) -> str | None:
    words = (arrival.quoted or "").strip()
    if not words:
        return None
    query = (
        select(inbox.c.message)
        .where(inbox.c.channel == arrival.channel, inbox.c.scope == arrival.scope, inbox.c.text == words)
        .where(inbox.c.kind == MessageKind.SAID, inbox.c.received_at >= now - LOOKED_BACK)
    )
    found: str | None = session.scalars(query.order_by(inbox.c.id.desc()).limit(1)).first()
    return found
