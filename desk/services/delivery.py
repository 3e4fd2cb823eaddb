"""What becomes of the outbox: whose turn it is, and what a channel's answer does to a row.

`next_out` takes from one channel (the gateway), `due_out` from all (a replay).

pending ─► sending ─┬─► sent
  ▲                 ├─► pending     later again; what is for the same chat stays behind it
  │                 ├─► unknown     nobody can tell: once more, then it stays unknown until it expires
  │                 └─► failed      never: `desk.services.fallback` looks for another way
  └── the room has another id
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session, aliased

from desk.domain.keeping import FAREWELL, gone_user, is_gone
from desk.domain.model import InboxMessage, OutboxMessage, Ticket
from desk.domain.words import OutboxState
from desk.services.mailroom import LEASE, UNDELIVERED_AFTER, backoff
from desk.services.manners import back_to_room, minded
from desk.services.scene import find_said
from desk.storage.tables import inbox, outbox

SENDING_LEASE = timedelta(minutes=5)
"""How long a row that is being sent belongs to its process; longer than any platform takes to refuse."""

UNSURE_SENDS = 2
"""How often a message is sent whose arrival nobody can tell."""

CUT_OFF_SENDS = 6
"""How often a message is sent whose sender was killed over it: the message might be what kills it."""

UNSURE_AFTER = timedelta(seconds=15)
"""Before a message of unknown fate is sent once more."""

NAMELESS = timedelta(seconds=10)
"""How long a reply waits for the platform to say what it calls the message that the reply may be to."""

LOOK_AHEAD = 20
"""Messages of a room that manners look at together: receipts of a burst become one."""

_WAITING = (OutboxState.PENDING, OutboxState.UNKNOWN)


def next_out(
    session: Session,
    owner: str,
    wall: datetime,
    channel: str,
    resting: Collection[str] = (),
    now: datetime | None = None,
) -> OutboxMessage | None:
    """Takes the next message of a channel: in the order of what caused it, answers before notices.

    A chat in which a message waits for its next attempt, or is being sent, waits as a whole; so does one of `resting`
    (room or user ids), which has had its share for the moment. `now` is the desk's clock, by which messages wait for
    their turn (see `desk.services.manners`): what they make of the first few of a room is written down, the first
    is taken. Rooms do not depend on each other: what is for the others is not looked at each time.
    """
    now = now or wall
    query = _due(wall, now).where(outbox.c.channel == channel, _undelivered(), ~_held_back(wall))
    if resting:
        query = query.where(or_(outbox.c.room.is_(None), outbox.c.room.not_in(resting)))
        query = query.where(or_(outbox.c.user.is_(None), outbox.c.user.not_in(resting)))
    message = _first_minded(session, query, now)
    if message is not None:
        _take(message, owner, wall + SENDING_LEASE)
        session.flush()
    return message


def _due(wall: datetime, now: datetime) -> Any:
    """What may be sent by now, in its order, locked for whoever asks; which of it is the asker's to say."""
    return (
        select(OutboxMessage)
        .where(outbox.c.retry_at.is_(None) | (outbox.c.retry_at <= wall))
        .where(outbox.c.not_before.is_(None) | (outbox.c.not_before <= now))
        .order_by(outbox.c.created_at, outbox.c.rank, outbox.c.id)
        .with_for_update(skip_locked=True)
    )


def _take(message: OutboxMessage, owner: str, until: datetime) -> None:
    message.state, message.lease_owner, message.lease_until = OutboxState.SENDING, owner, until


def _first_minded(session: Session, query: Any, now: datetime) -> OutboxMessage | None:
    """The first message that manners let through; each look writes down what becomes of a room's, so it ends."""
    while first := session.scalars(query.limit(1)).first():
        here = query.where(outbox.c.room == first.room) if first.room is not None else None
        found = list(session.scalars(here.limit(LOOK_AHEAD))) if here is not None else [first]
        if said := minded(session, found, now):
            return said[0]
        session.flush()
    return None


def _undelivered() -> Any:
    again = (outbox.c.unsure < UNSURE_SENDS) & (outbox.c.cut_off < CUT_OFF_SENDS)
    return (outbox.c.state == OutboxState.PENDING) | ((outbox.c.state == OutboxState.UNKNOWN) & again)


def _held_back(wall: datetime) -> Any:
    """Whether another message of the chat must come first. `attempts`: what merely waits for its hour holds nobody."""
    other = aliased(outbox)
    waits = other.c.state.in_(_WAITING) & (other.c.attempts > 0) & (other.c.retry_at > wall)
    under_way = (other.c.state == OutboxState.SENDING) & (other.c.lease_until > wall)
    same = (other.c.room == outbox.c.room) | (other.c.user == outbox.c.user)
    return select(other.c.id).where(other.c.channel == outbox.c.channel, same, waits | under_way).exists()


def answers_there(session: Session, message: OutboxMessage) -> bool:
    """Whether what it replies to was said in that chat; ids of a room that moved mean something else in the new one."""
    scope = f"room:{message.room}" if message.room is not None else f"user:{message.user}"
    query = select(inbox.c.id).where(
        inbox.c.channel == message.channel, inbox.c.scope == scope, inbox.c.message == message.reply_to
    )
    return session.scalars(query).first() is not None


def may_be_to_us(session: Session, row: InboxMessage, wall: datetime) -> bool:
    """Whether a reply to a message that nobody knows may be to one of ours that is just being sent there.

    A platform shows a message, and its buttons, before its answer tells us what it calls it.
    """
    if row.reply_to is None or find_said(session, row, row.reply_to) is not None:
        return False
    here = outbox.c.room == row.room if row.room is not None else outbox.c.user == row.scope.removeprefix("user:")
    fresh = outbox.c.lease_until > wall + SENDING_LEASE - NAMELESS
    query = select(outbox.c.id).where(
        outbox.c.channel == row.channel, here, outbox.c.state == OutboxState.SENDING, fresh
    )
    return session.scalars(query.limit(1)).first() is not None


def open_sending(session: Session, message_id: int) -> OutboxMessage | None:
    """The row to mark; None when somebody took it over and it has arrived, or it is no more."""
    row: OutboxMessage | None = session.get(OutboxMessage, message_id, with_for_update=True)
    return row if row is not None and row.state is not OutboxState.SENT else None


def mark_unsure(message: OutboxMessage, wall: datetime) -> None:
    """Nobody can tell whether it arrived."""
    message.unsure += 1
    message.attempts += 1
    message.state, message.retry_at = OutboxState.UNKNOWN, wall + UNSURE_AFTER
    message.lease_owner, message.lease_until = None, None


def mark_refused(message: OutboxMessage) -> None:
    """It will never arrive as it is: what was to be private instead goes back to its room, anything else has failed."""
    message.lease_owner, message.lease_until = None, None
    message.state = OutboxState.PENDING if back_to_room(message) else OutboxState.FAILED
    _forget_address(message)


def expire_out(session: Session, now: datetime) -> int:
    """Gives up what was tried for a day, or whose fate was unknown for as long; how many messages."""
    old = update(outbox).where(
        outbox.c.state.in_(_WAITING), outbox.c.created_at < now - UNDELIVERED_AFTER,
        (outbox.c.state == OutboxState.UNKNOWN) | (outbox.c.attempts > 0),
    )  # fmt: skip
    done = session.execute(old.values(state=OutboxState.EXPIRED), execution_options={"synchronize_session": False})
    farewells = select(OutboxMessage).where(outbox.c.template == FAREWELL, outbox.c.state == OutboxState.EXPIRED)
    for message in session.scalars(farewells):
        _forget_address(message)
    return int(done.rowcount)


def oldest_waiting(session: Session, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Since when the oldest message of inbox and outbox waits; what is held for good manners does not wait yet."""
    taken = select(inbox.c.received_at).where(inbox.c.state.in_(["pending", "leased"]))
    told = select(outbox.c.created_at).where(_undelivered() | (outbox.c.state == OutboxState.SENDING))
    told = told.where(outbox.c.retry_at.is_(None) | (outbox.c.attempts > 0))
    told = told.where(outbox.c.not_before.is_(None) | (outbox.c.not_before <= now))
    return (
        session.scalars(taken.order_by(inbox.c.received_at).limit(1)).first(),
        session.scalars(told.order_by(outbox.c.created_at).limit(1)).first(),
    )


def due_out(
    session: Session, owner: str, wall: datetime, limit: int, now: datetime | None = None
) -> list[OutboxMessage]:
    """Takes what is to be delivered in the order of what caused it, answers before notices.

    `now` is the desk's clock, by which messages wait for their turn (see `desk.services.manners`).
    """
    now = now or wall
    query = _due(wall, now).where(outbox.c.state.in_(_WAITING)).limit(limit)
    messages: list[OutboxMessage] = []
    while not messages and (found := list(session.scalars(query))):
        messages = minded(session, found, now)
        session.flush()
    for message in messages:
        _take(message, owner, wall + LEASE)
    session.flush()
    return messages


def mark_sent(message: OutboxMessage, provider_message: str | None, now: datetime) -> None:
    """It arrived; the provider's id lets a reply find its ticket."""
    message.state, message.provider_message, message.sent_at = OutboxState.SENT, provider_message, now
    message.lease_owner, message.lease_until = None, None
    _forget_address(message)


def _forget_address(message: OutboxMessage) -> None:
    """The last word to an erased account has gone out, or never will: its address goes too."""
    if message.template == FAREWELL and message.state is not OutboxState.PENDING and not is_gone(message.user or ""):
        message.user = gone_user()


def mark_unsent(message: OutboxMessage, wall: datetime, now: datetime, *, permanent: bool, after: float = 0.0) -> None:
    """It did not arrive: later again, not before `after` seconds, or never."""
    message.attempts += 1
    if permanent:
        mark_refused(message)
        return
    message.lease_owner, message.lease_until = None, None
    if now - message.created_at > UNDELIVERED_AFTER:
        message.state = OutboxState.EXPIRED
    else:
        message.state = OutboxState.PENDING
        message.retry_at = wall + max(backoff(message.attempts), timedelta(seconds=after))
    _forget_address(message)


def code_of(session: Session, message: OutboxMessage) -> str | None:
    """The code of the ticket that a message is about."""
    ticket = session.get(Ticket, message.ticket_id) if message.ticket_id else None
    return ticket.code if ticket else None


def topic_of(session: Session, message: OutboxMessage) -> str | None:
    """The thread of the room in which the message that is answered was said."""
    said = select(inbox.c.topic).where(
        inbox.c.channel == message.channel, inbox.c.scope == f"room:{message.room}", inbox.c.message == message.reply_to
    )
    found: str | None = session.scalars(said).first() if message.room and message.reply_to else None
    return found
