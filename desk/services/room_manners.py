"""What is particular about a room: kept beside it, from the register and from what staff say in it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from desk.domain.manners import RoomManners
from desk.domain.model import Room
from desk.services.register_model import RoomEntry
from desk.storage.manners_tables import room_manners

_OF_ROOM = select(RoomManners).where(room_manners.c.room_id == bindparam("room"))  # asked of every message


def manners_of(session: Session, room: Room) -> RoomManners | None:
    """What is particular about a room; None for nothing."""
    found: RoomManners | None = session.scalars(_OF_ROOM, {"room": room.id}).first()
    return found


def open_manners(session: Session, room: Room) -> RoomManners:
    """The same, made if it is not there."""
    manners = manners_of(session, room)
    if manners is None:
        manners = RoomManners(room.id)
        session.add(manners)
        session.flush()
    return manners


def import_manners(session: Session, wanted: Iterable[tuple[Room, RoomEntry]]) -> set[Room]:
    """Makes what the register says of its rooms the truth; the rooms for which that is news."""
    changed = set()
    for room, entry in wanted:
        said = {"budget": entry.budget, "quiet": entry.quiet, "speak": entry.speak}
        manners = manners_of(session, room)
        now = {name: getattr(manners, name, None) for name in said}
        if said == now:
            continue
        manners = manners or open_manners(session, room)
        for name, value in said.items():
            setattr(manners, name, value)
        changed.add(room)
    session.flush()
    return changed
