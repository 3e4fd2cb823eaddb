"""What the register says of people and places, asked once for several messages of one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.manners import RoomManners
from desk.domain.model import Identity, InboxMessage, Member, Person, Room
from desk.services.people import member_of
from desk.services.places import known_estates
from desk.services.room_manners import manners_of
from desk.services.scene import find_room
from desk.storage.manners_tables import room_manners
from desk.storage.tables import identities, members, people, rooms


class Known:
    """Asks at the first time and remembers. Only for as long as nothing of the register changes: a deed ends its use.

    It also keeps what it was given from being collected, so that the session finds people by their id without asking.
    """

    def __init__(self, session: Session, rows: Collection[InboxMessage] = ()) -> None:
        self._session = session
        self._answers: dict[Hashable, Any] = {}
        self._kept: list[object] = list(rows)
        if len(rows) > 1:
            self._ask_for(rows)

    def _ask_for(self, rows: Collection[InboxMessage]) -> None:
        """Everything about the rooms and people of several messages, in four statements."""
        ask = self._session.scalars
        speakers = list(ask(select(Person).where(people.c.id.in_({row.person_id for row in rows if row.person_id}))))
        self._kept += speakers
        named = rooms.c.room.in_({row.room for row in rows if row.room})
        here = list(ask(select(Room).where(named, rooms.c.retired.is_(False))))
        self._answers.update({("room", room.channel, room.room): room for room in here})
        manners = ask(select(RoomManners).where(room_manners.c.room_id.in_([room.id for room in here])))
        own = {one.room_id: one for one in manners}
        self._answers.update({("manners", room.id): own.get(room.id) for room in here})
        self._ask_for_members(speakers, {room.community_id for room in here})

    def _ask_for_members(self, speakers: Collection[Person], communities: Collection[int]) -> None:
        query = (
            select(Member, identities.c.community_id, identities.c.channel, identities.c.user)
            .join(Identity, identities.c.member_id == members.c.id)
            .where(identities.c.user.in_([person.user for person in speakers]), members.c.retired.is_(False))
        )
        found: dict[Hashable, Member] = {("member", *account): one for one, *account in self._session.execute(query)}
        for community in communities:
            for person in speakers:
                key = ("member", community, person.channel, person.user)
                self._answers[key] = found.get(key)

    def room(self, channel: str, room: str) -> Room | None:
        """See `scene.find_room`."""
        found: Room | None = self._once(("room", channel, room), lambda: find_room(self._session, channel, room))
        return found

    def member(self, community_id: int, person: Person) -> Member | None:
        """See `people.member_of`."""
        key = ("member", community_id, person.channel, person.user)
        found: Member | None = self._once(key, lambda: member_of(self._session, community_id, person))
        return found

    def speak(self, room: Room | None, default: float) -> float:
        """The confidence from which an unaddressed report is filed in a room."""
        if room is None:
            return default
        manners: RoomManners | None = self._once(("manners", room.id), lambda: manners_of(self._session, room))
        return default if manners is None or manners.speak is None else manners.speak

    def estates(self, community_id: int) -> frozenset[str]:
        """See `places.known_estates`."""
        key = ("estates", community_id)
        found: frozenset[str] = self._once(key, lambda: frozenset(known_estates(self._session, community_id)))
        return found

    def keep(self, one: object) -> None:
        """Keeps what a session would forget while nobody holds it."""
        self._kept.append(one)

    def _once(self, key: Hashable, ask: Callable[[], Any]) -> Any:
        if key not in self._answers:
            self._answers[key] = ask()
        return self._answers[key]
