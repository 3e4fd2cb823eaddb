"""Inbox and outbox: what came in is kept until it is answered, what goes out until it has arrived.

inbox    pending ─► leased ─► done            leased ─► pending again when its holder died or gave up
                      └─────► failed          after `MOST_ATTEMPTS`; staff are told
outbox   pending ─► sending ─► sent           sending ─► unknown when its holder died: sent once more
                      └─► pending, failed, expired
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.errors import RowGone
from desk.domain.keeping import FAREWELL, gone_scope, gone_user
from desk.domain.model import InboxMessage, OutboxMessage, Person, Ticket
from desk.domain.replies import Effect
from desk.domain.words import InboxState, MessageKind, OutboxState, Outcome
from desk.services.notices import post
from desk.services.people import open_person
from desk.storage.tables import inbox, outbox

LEASE = timedelta(seconds=60)
"""How long a row belongs to the process that took it; longer than any message takes."""

MOST_ATTEMPTS = 3
"""After so many failures a message is set aside and people are told."""

BACKOFF = (timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=60))
"""Waits before the next attempt; the last one repeats."""

UNDELIVERED_AFTER = timedelta(hours=24)
"""An answer that is a day old would only confuse."""


@dataclass(frozen=True)
class Arrival:
    """A message as the desk takes it in. `scope` names the room or the private chat it came in."""

    channel: str
    room: str | None
    message: str
    user: str | None
    name: str
    text: str
    sent_at: datetime
    kind: MessageKind = MessageKind.SAID
    reply_to: str | None = None
    reply_to_bot_about: str | None = None
    direct: bool = False
    mentioned: bool = False
    attachments: Sequence[dict[str, Any]] = field(default_factory=tuple)
    target: str | None = None

    @property
    def scope(self) -> str:
        """Part of the message's name; never null."""
        return f"room:{self.room}" if self.room is not None else f"user:{self.user}"


def record_arrival(session: Session, arrival: Arrival, now: datetime) -> InboxMessage | None:
    """T1: keeps the message; None when it is here already, or speaks of one that never was."""
    if arrival.user is None:
        if _seen(session, arrival):
            return None
        known = _named_after(session, arrival)
        if known is None:
            _keep_lost(session, arrival, now)
            return None
        return record_arrival(session, known, now)
    query = select(inbox.c.id).where(
        inbox.c.channel == arrival.channel, inbox.c.scope.in_(_scopes(arrival)), inbox.c.message == arrival.message
    )
    if session.scalars(query).first() is not None:
        return None
    person = open_person(session, arrival.channel, arrival.user, arrival.name)
    row = InboxMessage(
        arrival.channel, arrival.scope, arrival.message, arrival.kind, person.id,
        arrival.sent_at, now, arrival.text, arrival.room, arrival.reply_to, arrival.reply_to_bot_about,
        arrival.direct, arrival.mentioned, list(arrival.attachments), arrival.target,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _scopes(arrival: Arrival) -> list[str]:
    """Its scope, and in private what stands for it where the account was erased: it may be delivered again."""
    return [arrival.scope] if arrival.room is not None else [arrival.scope, gone_scope(arrival.channel, arrival.scope)]


def _seen(session: Session, arrival: Arrival) -> bool:
    """Whether this recall or edit was taken in before, wherever its message was found then."""
    query = select(inbox.c.id).where(inbox.c.message == arrival.message, inbox.c.kind == arrival.kind)
    if arrival.channel:
        query = query.where(inbox.c.channel == arrival.channel)
    if arrival.room is not None:
        query = query.where(inbox.c.room == arrival.room)
    return session.scalars(query.limit(1)).first() is not None


def _keep_lost(session: Session, arrival: Arrival, now: datetime) -> None:
    """A recall or an edit of a message that nobody has seen: on record, so that it means nothing later either."""
    row = InboxMessage(
        arrival.channel, arrival.scope, arrival.message, arrival.kind, None, arrival.sent_at, now, room=arrival.room,
        target=arrival.target, state=InboxState.DONE, outcome=Outcome.LEFT_ALONE,
    )  # fmt: skip
    session.add(row)
    session.flush()


def _named_after(session: Session, arrival: Arrival) -> Arrival | None:
    """A recall or an edit with the sender and the place of the message that it speaks of."""
    query = select(InboxMessage).where(inbox.c.message == arrival.target)
    if arrival.channel:
        query = query.where(inbox.c.channel == arrival.channel)
    found = list(session.scalars(query.order_by(inbox.c.id.desc())))
    said = next((row for row in found if row.room == arrival.room), None) or next(iter(found), None)
    person = session.get(Person, said.person_id) if said is not None and said.person_id else None
    if said is None or person is None:
        return None
    return replace(
        arrival, channel=said.channel, room=said.room, user=person.user, name=person.name, direct=said.direct
    )


def lease(session: Session, owner: str, wall: datetime, limit: int) -> list[InboxMessage]:
    """Takes the oldest messages that wait, for `LEASE`; several gateways never take the same one.

    A message stays behind an earlier one of its conversation that somebody else has in hand.
    """
    busy = select(inbox.c.scope).where(inbox.c.state == InboxState.LEASED, inbox.c.lease_until > wall)
    query = (
        select(InboxMessage)
        .where(inbox.c.state == InboxState.PENDING)
        .where(inbox.c.retry_at.is_(None) | (inbox.c.retry_at <= wall))
        .where(inbox.c.scope.not_in(busy))
        .order_by(inbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(query))
    for row in rows:
        take(row, owner, wall)
    session.flush()
    return rows


def take(row: InboxMessage, owner: str, wall: datetime) -> None:
    """Puts a row into the owner's hands; the token proves it to the actions."""
    row.state = InboxState.LEASED
    row.lease_owner = owner
    row.lease_until = wall + LEASE
    row.lease_token = uuid.uuid4().hex


def take_over(session: Session, wall: datetime, is_dead: Callable[[str], bool]) -> int:
    """Frees what dead processes held: leases that ran out, or whose owner is known to be gone. How many rows."""
    held_in = select(InboxMessage).where(inbox.c.state == InboxState.LEASED)
    freed_in = [row for row in session.scalars(held_in) if _is_free(row, wall, is_dead)]
    for row in freed_in:
        row.state, row.lease_owner, row.lease_until, row.lease_token = InboxState.PENDING, None, None, None
    held_out = select(OutboxMessage).where(outbox.c.state == OutboxState.SENDING)
    freed_out = [message for message in session.scalars(held_out) if _is_free(message, wall, is_dead)]
    for message in freed_out:
        # It may have arrived: `unknown` says so, and it is sent once more.
        message.state, message.lease_owner, message.lease_until = OutboxState.UNKNOWN, None, None
    return len(freed_in) + len(freed_out)


def _is_free(held: InboxMessage | OutboxMessage, wall: datetime, is_dead: Callable[[str], bool]) -> bool:
    return held.lease_until is None or held.lease_until <= wall or is_dead(held.lease_owner or "")


def held_row(session: Session, row_id: int, token: str) -> InboxMessage:
    """The leased row of that id, if the token is the one of its lease.

    Raises:
        RowGone: it is not; whoever asks has no business with it.
    """
    query = select(InboxMessage).where(inbox.c.id == row_id, inbox.c.state == InboxState.LEASED).with_for_update()
    row: InboxMessage | None = session.scalars(query).first()
    if row is None or not token or row.lease_token != token:
        raise RowGone(row=row_id)
    return row


def finish(session: Session, row: InboxMessage, effect: Effect, now: datetime) -> None:
    """T3: puts what the speaker shall hear into the outbox and the row aside as done."""
    person = session.get(Person, row.person_id) if row.person_id else None
    for number, answer in enumerate(effect.answers):
        private = answer.private or row.room is None
        if private and person is None:
            continue
        post(
            session,
            OutboxMessage(
                f"i{row.id}:a{number}", row.channel, answer.template, dict(answer.facts), now,
                room=None if private else row.room, user=person.user if private and person else None,
                ticket_id=effect.ticket, reply_to=None if answer.private else (row.target or row.message), rank=0,
            ),
        )  # fmt: skip
    row.state, row.outcome, row.ticket_id = InboxState.DONE, effect.outcome, effect.ticket
    row.lease_owner, row.lease_until, row.lease_token = None, None, None


def give_back(row: InboxMessage, wall: datetime, *, count: bool = True) -> bool:
    """Puts a row back for a later attempt; False when it had its last one (`count` says if this one counts)."""
    row.attempts += 1 if count else 0
    if row.attempts >= MOST_ATTEMPTS:
        return False
    row.state, row.lease_owner, row.lease_until, row.lease_token = InboxState.PENDING, None, None, None
    row.retry_at = wall + _backoff(row.attempts)
    return True


def _backoff(attempts: int) -> timedelta:
    return BACKOFF[min(max(attempts, 1), len(BACKOFF)) - 1]


def set_aside(row: InboxMessage) -> None:
    """Nothing came of it, for good; it stays on record as failed."""
    row.state, row.outcome = InboxState.FAILED, Outcome.FAILED
    row.lease_owner, row.lease_until, row.lease_token = None, None, None


def due_out(session: Session, owner: str, wall: datetime, limit: int) -> list[OutboxMessage]:
    """Takes what is to be delivered in the order of what caused it, answers before notices."""
    query = (
        select(OutboxMessage)
        .where(outbox.c.state.in_([OutboxState.PENDING, OutboxState.UNKNOWN]))
        .where(outbox.c.retry_at.is_(None) | (outbox.c.retry_at <= wall))
        .order_by(outbox.c.created_at, outbox.c.rank, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    messages = list(session.scalars(query))
    for message in messages:
        message.state = OutboxState.SENDING
        message.lease_owner, message.lease_until = owner, wall + LEASE
    session.flush()
    return messages


def mark_sent(message: OutboxMessage, provider_message: str | None, now: datetime) -> None:
    """It arrived; the provider's id lets a reply find its ticket."""
    message.state, message.provider_message, message.sent_at = OutboxState.SENT, provider_message, now
    message.lease_owner, message.lease_until = None, None
    _forget_address(message)


def _forget_address(message: OutboxMessage) -> None:
    """The last word to an erased account has gone out, or never will: its address goes too."""
    if message.template == FAREWELL and message.state is not OutboxState.PENDING:
        message.user = gone_user()


def mark_unsent(message: OutboxMessage, wall: datetime, now: datetime, *, permanent: bool, after: float = 0.0) -> None:
    """It did not arrive: later again, not before `after` seconds, or never."""
    message.attempts += 1
    message.lease_owner, message.lease_until = None, None
    if permanent:
        message.state = OutboxState.FAILED
    elif now - message.created_at > UNDELIVERED_AFTER:
        message.state = OutboxState.EXPIRED
    else:
        message.state = OutboxState.PENDING
        message.retry_at = wall + max(_backoff(message.attempts), timedelta(seconds=after))
    _forget_address(message)


def code_of(session: Session, message: OutboxMessage) -> str | None:
    """The code of the ticket that a message is about."""
    ticket = session.get(Ticket, message.ticket_id) if message.ticket_id else None
    return ticket.code if ticket else None
