"""What the chat added to a register, and how it goes together with the file that is imported next.

The file is the whole truth of what it names. A room bound in the chat and a volunteer whom staff allowed stay beside
it until it names them too (the room's id, the volunteer's account): from then on they are the file's. A room that
moved is meant by its old id as long as the file does not name the new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from desk.domain.belonging import Admission, Binding, RoomMove
from desk.domain.model import Community, Grid, Identity, Member, Room
from desk.services.register_model import RegisterFile
from desk.storage.belonging_tables import admissions, bindings, room_moves
from desk.storage.tables import assignments, communities, corrections, grids, identities, members, rooms, tickets


@dataclass
class Additions:
    """The rows beside the file, the file as it is meant, and who of the chat is named in it: member to account."""

    file: RegisterFile
    members: list[Member] = field(default_factory=list)
    rooms: list[Room] = field(default_factory=list)
    accounts: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    absorbed: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def kept(self) -> set[Any]:
        """What an import leaves as it is."""
        return {*self.members, *self.rooms}


def additions_to(session: Session, file: RegisterFile) -> Additions:
    """What the chat added to the community of the file; what the file names is the file's from now on."""
    community: Community | None = session.scalars(select(Community).where(communities.c.code == file.code)).first()
    if community is None:
        return Additions(file)
    found = Additions(_with_moves(session, community, file))
    _volunteers(session, community, found)
    named = {(room.channel, room.room) for room in found.file.rooms}
    for room, binding in _bound(session, community):
        if (room.channel, room.room) in named:
            session.delete(binding)
        else:
            found.rooms.append(room)
    session.flush()
    return found


def _with_moves(session: Session, community: Community, file: RegisterFile) -> RegisterFile:
    query = select(RoomMove, Room).join(Room, room_moves.c.room_id == rooms.c.id)
    query = query.where(rooms.c.community_id == community.id, rooms.c.retired.is_(False))
    named = {(room.channel, room.room) for room in file.rooms}
    moved = {
        (move.channel, move.room): room.room
        for move, room in session.execute(query)
        if (room.channel, room.room) not in named
    }
    entries = (replace(entry, room=moved.get((entry.channel, entry.room), entry.room)) for entry in file.rooms)
    return replace(file, rooms=tuple({(entry.channel, entry.room): entry for entry in entries}.values()))


def _volunteers(session: Session, community: Community, found: Additions) -> None:
    codes = {member.code for member in found.file.members}
    theirs = {account for member in found.file.members for account in member.identities}
    for admission, member in _admitted(session, community):
        accounts = [(a.channel, a.user) for a in _accounts(session, member)]
        named = next((account for account in accounts if account in theirs), None)
        if named is None and member.code not in codes:
            found.members.append(member)
            found.accounts[member.id] = accounts
            continue
        admission.member_id = None
        if named is not None and member.code not in codes:
            found.absorbed[member.id] = named


def _admitted(session: Session, community: Community) -> list[tuple[Admission, Member]]:
    query = select(Admission, Member).join(Member, admissions.c.member_id == members.c.id)
    query = query.where(members.c.community_id == community.id, members.c.retired.is_(False))
    return [(row[0], row[1]) for row in session.execute(query.order_by(members.c.id))]


def _bound(session: Session, community: Community) -> list[tuple[Room, Binding]]:
    query = select(Room, Binding).join(Binding, bindings.c.room_id == rooms.c.id)
    query = query.where(rooms.c.community_id == community.id, rooms.c.retired.is_(False))
    return [(row[0], row[1]) for row in session.execute(query.order_by(rooms.c.id))]


def _accounts(session: Session, member: Member) -> list[Identity]:
    query = select(Identity).where(identities.c.member_id == member.id).order_by(identities.c.id)
    return list(session.scalars(query))


def absorb(session: Session, community_id: int, found: Additions) -> None:
    """What volunteers of the chat have in hand goes to the members that the file now says they are."""
    for old, (channel, user) in found.absorbed.items():
        account = identities.c.community_id == community_id, identities.c.channel == channel, identities.c.user == user
        new = session.scalars(select(identities.c.member_id).where(*account)).first()
        for column in (
            tickets.c.assignee_id,
            tickets.c.accountable_id,
            assignments.c.member_id,
            corrections.c.member_id,
        ):
            statement = update(column.table).where(column == old).values({column.name: new})
            session.execute(statement.execution_options(synchronize_session="fetch"))


def added(session: Session) -> list[dict[str, Any]]:
    """What the chat added to each register, as its file would say it."""
    found = []
    for community in session.scalars(select(Community).order_by(communities.c.code)):
        people = [_member_entry(session, member) for _, member in _admitted(session, community)]
        groups = [_room_entry(session, room) for room, _ in _bound(session, community)]
        if people or groups:
            found.append({"community": community.code, "members": people, "rooms": groups})
    return found


def _member_entry(session: Session, member: Member) -> dict[str, Any]:
    accounts = [{"channel": a.channel, "user": a.user} for a in _accounts(session, member)]
    return {"id": member.code, "name": member.name, "roles": sorted(member.role_set), "identities": accounts}


def _room_entry(session: Session, room: Room) -> dict[str, Any]:
    grid = session.scalars(select(Grid).where(grids.c.id == room.grid_id)).first() if room.grid_id else None
    entry = {"channel": room.channel, "id": room.room, "purpose": room.purpose.value, "listening": room.listening.value}
    return {**entry, "grid": grid.code} if grid is not None else entry
