"""Staff bind a room from within it: to a community, a grid and a purpose.

Who is staff, and of which community, says the register; a room nobody bound hears nothing, whoever asks. A room that
came by the register's file is the file's alone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.belonging import Binding
from desk.domain.model import Community, Grid, Identity, InboxMessage, Member, Person, Room
from desk.domain.replies import NOTHING, Answer, Effect
from desk.domain.words import Outcome, Purpose, Role
from desk.services.rooms import forget_move, move_room, room_row
from desk.services.scene import find_room
from desk.storage.belonging_tables import bindings
from desk.storage.tables import communities, grids, identities, members


def offices_of(session: Session, person: Person) -> list[Community]:
    """The communities that this very account is staff of."""
    query = (
        select(Member)
        .join(Identity, identities.c.member_id == members.c.id)
        .where(identities.c.channel == person.channel, identities.c.user == person.user, members.c.retired.is_(False))
    )
    ids = {member.community_id for member in session.scalars(query) if Role.STAFF in member.role_set}
    return list(session.scalars(select(Community).where(communities.c.id.in_(ids)).order_by(communities.c.code)))


def binding_of(session: Session, room: Room) -> Binding | None:
    """The binding of a room that is bound in the chat; None for a room of the file."""
    found: Binding | None = session.scalars(select(Binding).where(bindings.c.room_id == room.id)).first()
    return found


def do_bind(session: Session, row: InboxMessage) -> Effect:
    """Binds the room of the message as its words say; to anybody but staff it is as if nothing had been said."""
    known, offices = _asked_by(session, row)
    if row.room is None:
        return _answer("bind_where") if offices else _refer(row)
    if not offices:
        return _refer(row) if known is not None else NOTHING
    if known is not None and known.community_id not in {office.id for office in offices}:
        return _answer("bind_foreign") if row.direct or row.mentioned else NOTHING
    if known is not None and binding_of(session, known) is None:
        return _answer("bind_by_file")
    words = str((row.reading or {}).get("bind_to") or "")
    community, words = _community(session, known, offices, words)
    if community is None:
        return _answer("bind_which_community", names=[office.name for office in offices])
    return _bind(session, row, community, words)


def _asked_by(session: Session, row: InboxMessage) -> tuple[Room | None, list[Community]]:
    person = session.get(Person, row.person_id) if row.person_id else None
    known = find_room(session, row.channel, row.room) if row.room is not None else None
    return known, offices_of(session, person) if person is not None else []


def _community(
    session: Session, known: Room | None, offices: list[Community], words: str
) -> tuple[Community | None, str]:
    """The community meant, and the words that are left: a bound room stays in its own."""
    if known is not None:
        return session.get(Community, known.community_id), words
    named = [office for office in offices if words.startswith(office.name)]
    if named:
        office = max(named, key=lambda one: len(one.name))
        return office, words[len(office.name) :].strip()
    return (offices[0], words) if len(offices) == 1 else (None, words)


def _bind(session: Session, row: InboxMessage, community: Community, words: str) -> Effect:
    reading, room = row.reading or {}, str(row.room)
    grid = _grid(session, community, words)
    if words and grid is None:
        return _answer("bind_no_grid", name=words, names=[one.name for one in _grids(session, community)])
    if reading.get("takes_over"):
        return _take_over(session, row, community, str(reading["takes_over"]))
    purpose = Purpose(reading.get("purpose") or Purpose.RESIDENTS.value)
    bound = _put(session, row, Room(community.id, row.channel, room, purpose, grid.id if grid else None))
    return _bound(session, community, bound)


def _put(session: Session, row: InboxMessage, wanted: Room) -> Room:
    """The room as wanted: made, changed, or active again."""
    room = room_row(session, wanted.channel, wanted.room)
    if room is None:
        room = wanted
        session.add(room)
    forget_move(session, room.channel, room.room)
    for name in ("community_id", "purpose", "grid_id"):
        setattr(room, name, getattr(wanted, name))
    room.retired = False
    session.flush()
    if binding_of(session, room) is None:
        session.add(Binding(room.id, int(row.person_id or 0), row.received_at))
        session.flush()
    return room


def _take_over(session: Session, row: InboxMessage, community: Community, old: str) -> Effect:
    """The group moved here: what it was bound to is now bound to this one, with its tickets."""
    before = room_row(session, row.channel, old)
    own = before is not None and before.community_id == community.id
    if not own or not move_room(session, row.channel, old, str(row.room)):
        return _answer("bind_nothing_to_take", name=old)
    moved = room_row(session, row.channel, str(row.room))
    assert moved is not None, "it was moved here"
    return _bound(session, community, moved)


def _bound(session: Session, community: Community, room: Room) -> Effect:
    grid = session.get(Grid, room.grid_id) if room.grid_id else None
    template = "bound_grid" if grid is not None else "bound"
    facts = {"community": community.name, "grid": grid.name if grid else "", "purpose": room.purpose.value}
    return Effect(Outcome.ACTED, (Answer(template, facts),))


def _grids(session: Session, community: Community) -> list[Grid]:
    query = select(Grid).where(grids.c.community_id == community.id, grids.c.retired.is_(False))
    return list(session.scalars(query.order_by(grids.c.id)))


def _grid(session: Session, community: Community, words: str) -> Grid | None:
    """The grid of that name or code, else the only one whose name holds the words."""
    every = _grids(session, community)
    exact = [grid for grid in every if words in (grid.name, grid.code)]
    found = exact or [grid for grid in every if words and words in grid.name]
    return found[0] if len(found) == 1 else None


def do_unbind(session: Session, row: InboxMessage) -> Effect:
    """Lets a room go that was bound in the chat; its tickets stay what they are."""
    known, offices = _asked_by(session, row)
    if known is None:
        return NOTHING if row.room is not None else _refer(row)
    if known.community_id not in {office.id for office in offices}:
        return _refer(row)
    binding = binding_of(session, known)
    if binding is None:
        return _answer("bind_by_file")
    known.retired = True
    session.delete(binding)
    session.flush()
    return Effect(Outcome.ACTED, (Answer("unbound"),))


def _refer(row: InboxMessage) -> Effect:
    return _answer("manage_by_staff") if row.direct or row.mentioned else NOTHING


def _answer(template: str, **facts: Any) -> Effect:
    return Effect(Outcome.ANSWERED, (Answer(template, facts),))
