"""What the register says of people and places, asked once for several messages of one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.manners import RoomManners
from desk.domain.model import InboxMessage, Member, Person, Room
from desk.services.people import member_of
from desk.services.places import known_estates
from desk.services.room_manners import manners_of
from desk.services.scene import find_room
from desk.storage.tables import people


class Known:
    """Asks at the first time and remembers. Only for as long as nothing of the register changes: a deed ends its use.

    It also keeps what it was given from being collected, so that the session finds people by their id without asking.
    """

    def __init__(self, session: Session, rows: Collection[InboxMessage] = ()) -> None:
        self._session = session
        self._answers: dict[Hashable, Any] = {}
        speakers = {row.person_id for row in rows if row.person_id}
        query = select(Person).where(people.c.id.in_(speakers))
        self._kept = [*rows, *(session.scalars(query) if speakers else ())]

    def room(self, channel: str, room: str) -> Room | None:
        """See `scene.find_room`."""
        found: Room | None = self._once(("room", channel, room), lambda: find_room(self._session, channel, room))
        return found

    def member(self, community_id: int, person: Person) -> Member | None:
        """See `people.member_of`."""
        key = ("member", community_id, person.channel, person.user)
        found: Member | None = self._once(key, lambda: member_of(self._session, community_id, person))
        return found

    def manners(self, room: Room | None) -> RoomManners | None:
        """See `room_manners.manners_of`; None where there is no room."""
        if room is None:
            return None
        found: RoomManners | None = self._once(("manners", room.id), lambda: manners_of(self._session, room))
        return found

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
