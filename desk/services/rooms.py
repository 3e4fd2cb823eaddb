"""Rooms that move: a group gets another id and keeps its tickets, its open questions and what it is still to hear."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from desk.domain.belonging import RoomMove
from desk.domain.model import OutboxMessage, Room
from desk.domain.words import OutboxState
from desk.storage.belonging_tables import bindings, room_moves
from desk.storage.manners_tables import room_manners
from desk.storage.tables import inbox, outbox, questions, rooms, tickets


def room_row(session: Session, channel: str, room: str) -> Room | None:
    """The room of that very id, retired or not."""
    query = select(Room).where(rooms.c.channel == channel, rooms.c.room == room)
    found: Room | None = session.scalars(query).first()
    return found


def move_room(session: Session, channel: str, old: str, new: str) -> bool:
    """The room `old` of a channel is `new` from now on; what is said of `old` later is taken as said of `new`.

    False, and nothing is done, when the register does not know `old`, or when `new` is an active room of another
    community. Repeated it changes nothing.
    """
    room, there = room_row(session, channel, old), room_row(session, channel, new)
    if room is None or room.retired or old == new:
        return False
    if there is not None and not there.retired and there.community_id != room.community_id:
        return False
    forget_move(session, channel, new)
    if there is None:
        room.room, there = new, room
    else:
        _merge(session, room, there)
    session.add(RoomMove(channel, old, there.id))
    session.flush()
    _carry(session, channel, old, new)
    session.expire_all()
    return True


def _merge(session: Session, room: Room, there: Room) -> None:
    """The register has the new id already: an active room stays what it is, a retired one becomes the old one."""
    taken = there.retired
    if taken:
        there.community_id, there.grid_id = room.community_id, room.grid_id
        there.purpose, there.listening, there.retired = room.purpose, room.listening, False
    room.retired = True
    session.flush()
    if taken:
        _take_along(session, room, there)
    for table in (tickets, room_moves):
        _change(session, update(table).where(table.c.room_id == room.id).values(room_id=there.id))


def _take_along(session: Session, room: Room, there: Room) -> None:
    """What staff set about the room goes on, also that it is theirs and not the file's."""
    for table in (bindings, room_manners):
        gone = delete(table).where(table.c.room_id == there.id)
        _change(session, gone)
        _change(session, update(table).where(table.c.room_id == room.id).values(room_id=there.id))


def _carry(session: Session, channel: str, old: str, new: str) -> None:
    """Whatever still has to be said there, or waits for a word from there."""
    raised = (tickets.c.source_channel == channel) & (tickets.c.source_room == old)
    _change(session, update(tickets).where(raised).values(source_room=new))
    told = (outbox.c.channel == channel) & (outbox.c.room == old)
    if _numbers_anew(session, channel, old):
        told &= outbox.c.sent_at.is_(None)  # what was said stays where its number means it
    _change(session, update(outbox).where(told).values(room=new))
    _carry_diverted(session, channel, old, new)
    asked = select(tickets.c.id).where(tickets.c.source_channel == channel)
    questions_here = (questions.c.scope == f"room:{old}") & questions.c.ticket_id.in_(asked)
    _change(session, update(questions).where(questions_here).values(scope=f"room:{new}"))


def _numbers_anew(session: Session, channel: str, room: str) -> bool:
    """Whether ids of messages begin anew in another room of this channel."""
    local = select(inbox.c.id).where(inbox.c.channel == channel, inbox.c.room == room, inbox.c.local_ids.is_(True))
    return session.execute(local.limit(1)).first() is not None


def _carry_diverted(session: Session, channel: str, old: str, new: str) -> None:
    """What is on its way to somebody in private instead comes back to the new room, if it must."""
    on_its_way = outbox.c.state.in_((OutboxState.PENDING, OutboxState.SENDING, OutboxState.UNKNOWN))
    query = select(OutboxMessage).where(outbox.c.channel == channel, outbox.c.user.is_not(None), on_its_way)
    for message in session.scalars(query):
        if message.instead_of and message.instead_of.get("room") == old:
            message.instead_of = {"room": new, "reply_to": None}
    session.flush()


def _change(session: Session, statement: object) -> None:
    session.execute(statement.execution_options(synchronize_session=False))  # type: ignore[attr-defined]


def forget_move(session: Session, channel: str, room: str) -> None:
    """The id is a room's own again."""
    query = select(RoomMove).where(room_moves.c.channel == channel, room_moves.c.room == room)
    for move in session.scalars(query):
        session.delete(move)
    session.flush()
