"""What becomes of the outbox on one channel: whose turn it is, and what a channel's answer does to a row.

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

from desk.domain.model import OutboxMessage, Room
from desk.domain.words import OutboxState
from desk.services.mailroom import UNDELIVERED_AFTER
from desk.storage.tables import inbox, outbox, questions, rooms, tickets

SENDING_LEASE = timedelta(minutes=5)
"""How long a row that is being sent belongs to its process; longer than any platform takes to refuse."""

UNSURE_SENDS = 2
"""How often a message is sent whose arrival nobody can tell."""

CUT_OFF_SENDS = 6
"""How often a message is sent whose sender was killed over it: the message might be what kills it."""

UNSURE_AFTER = timedelta(seconds=15)
"""Before a message of unknown fate is sent once more."""

_WAITING = (OutboxState.PENDING, OutboxState.UNKNOWN)


def next_out(
    session: Session, owner: str, wall: datetime, channel: str, resting: Collection[str] = ()
) -> OutboxMessage | None:
    """Takes the next message of a channel: in the order of what caused it, answers before notices.

    A chat in which a message waits for its next attempt, or is being sent, waits as a whole; so does one of `resting`
    (room or user ids), which has had its share for the moment.
    """
    query = (
        select(OutboxMessage)
        .where(outbox.c.channel == channel, _undelivered())
        .where(outbox.c.retry_at.is_(None) | (outbox.c.retry_at <= wall))
        .where(~_held_back(wall))
        .order_by(outbox.c.created_at, outbox.c.rank, outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if resting:
        query = query.where(or_(outbox.c.room.is_(None), outbox.c.room.not_in(resting)))
        query = query.where(or_(outbox.c.user.is_(None), outbox.c.user.not_in(resting)))
    message: OutboxMessage | None = session.scalars(query).first()
    if message is not None:
        message.state = OutboxState.SENDING
        message.lease_owner, message.lease_until = owner, wall + SENDING_LEASE
        session.flush()
    return message


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


def mark_failed(message: OutboxMessage) -> None:
    """It will never arrive as it is."""
    message.state, message.lease_owner, message.lease_until = OutboxState.FAILED, None, None


def expire_out(session: Session, now: datetime) -> int:
    """Gives up what was tried for a day, or whose fate was unknown for as long; how many messages."""
    old = update(outbox).where(
        outbox.c.state.in_(_WAITING), outbox.c.created_at < now - UNDELIVERED_AFTER,
        (outbox.c.state == OutboxState.UNKNOWN) | (outbox.c.attempts > 0),
    )  # fmt: skip
    done = session.execute(old.values(state=OutboxState.EXPIRED), execution_options={"synchronize_session": False})
    return int(done.rowcount)


def oldest_waiting(session: Session) -> tuple[datetime | None, datetime | None]:
    """Since when the oldest message of inbox and outbox waits."""
    taken = select(inbox.c.received_at).where(inbox.c.state.in_(["pending", "leased"]))
    told = select(outbox.c.created_at).where(_undelivered() | (outbox.c.state == OutboxState.SENDING))
    told = told.where(outbox.c.retry_at.is_(None) | (outbox.c.attempts > 0))
    return (
        session.scalars(taken.order_by(inbox.c.received_at).limit(1)).first(),
        session.scalars(told.order_by(outbox.c.created_at).limit(1)).first(),
    )


def do_move_room(session: Session, channel: str, room: str, to: str) -> None:
    """The room has another id: the register, open tickets and what waits for it follow.

    What was said stays where it was said: the ids of messages begin anew in the new room.
    """
    if room == to:
        return
    here = session.scalars(select(Room).where(rooms.c.channel == channel, rooms.c.room == room)).first()
    there = session.scalars(select(Room).where(rooms.c.channel == channel, rooms.c.room == to)).first()
    if here is not None and there is None:
        here.room = to
    elif here is not None:
        here.retired = True
    waiting = (outbox.c.channel == channel, outbox.c.room == room, outbox.c.state.in_([*_WAITING, OutboxState.SENDING]))
    raised = (tickets.c.source_channel == channel, tickets.c.source_room == room)
    unsynchronised = {"synchronize_session": False}
    session.execute(update(outbox).where(*waiting).values(room=to), execution_options=unsynchronised)
    session.execute(update(tickets).where(*raised).values(source_room=to), execution_options=unsynchronised)
    asked = update(questions).where(questions.c.scope == f"room:{room}").values(scope=f"room:{to}")
    session.execute(asked, execution_options=unsynchronised)
    session.flush()
