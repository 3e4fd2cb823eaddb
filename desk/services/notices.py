"""Who hears of what: puts what people other than the speaker shall hear into the outbox, in the fact's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.keeping import is_gone
from desk.domain.model import Community, InboxMessage, Member, OutboxMessage, Person, Room, Ticket
from desk.domain.place import Place
from desk.domain.words import Purpose, Role
from desk.services import people
from desk.services.files import photo_facts
from desk.services.scene import Scene
from desk.services.telling import ear_of
from desk.storage.tables import outbox, rooms


def ticket_facts(session: Session, ticket: Ticket) -> dict[str, Any]:
    """What anybody may read of a ticket: neither a name nor a door number."""
    community = session.get(Community, ticket.community_id)
    accountable = session.get(Member, ticket.accountable_id) if ticket.accountable_id else None
    assignee = session.get(Member, ticket.assignee_id) if ticket.assignee_id else None
    public = Place.from_dict({**ticket.place, "room": None})
    return {
        "number": ticket.number,
        "kind": ticket.kind.value,
        "category": ticket.category.value,
        "urgency": ticket.urgency.value,
        "state": ticket.state.value,
        "summary": ticket.summary,
        "place": public.as_dict(),
        "officer": accountable.name if accountable else None,
        "assignee": assignee.name if assignee else None,
        "due": ticket.due_at.isoformat() if ticket.due_at else None,
        "timezone": community.timezone if community else "UTC",
    }


def full_facts(session: Session, ticket: Ticket) -> dict[str, Any]:
    """What those who work on a ticket read: the place to the door, the requester, the words themselves."""
    requester = session.get(Person, ticket.requester_id)
    return {
        **ticket_facts(session, ticket),
        "place": ticket.where.as_dict(),
        "requester": requester.name if requester else None,
        "detail": ticket.detail,
    }


class Notices:
    """Posts the notices of one fact. `key` names the fact: the same one told again is not told twice."""

    def __init__(
        self,
        session: Session,
        ticket: Ticket,
        now: datetime,
        key: str,
        speaker: Person | None = None,
        public_words: str = "",
    ) -> None:
        """`public_words` stand for the speaker's own in a room: without name, phone and door number."""
        self._public_words = public_words
        self._session = session
        self._ticket = ticket
        self._now = now
        self._key = key
        self._speaker = speaker

    def officer(self, template: str, **more: Any) -> None:
        """The accountable officer, in private where that can be delivered, else the staff room."""
        self.member(self._ticket.accountable_id, template, **more)

    def assignee(self, template: str, **more: Any) -> None:
        """Whoever works on it; nobody: the accountable officer; nobody either: staff."""
        self.member(self._ticket.assignee_id or self._ticket.accountable_id, template, **more)

    def member(self, member_id: int | None, template: str, **more: Any) -> None:
        """A member in private, with everything needed for the work; the speaker is never told his own deed."""
        if member_id is None:
            self.staff(template, **more)
            return
        if self._is_speaker(member_id):
            return
        account = self._account(member_id)
        if account is None:
            self.staff(template, **more)
            return
        facts = {
            **full_facts(self._session, self._ticket),
            **photo_facts(self._session, self._ticket, template),
            **more,
        }
        self._post(template, facts, channel=account[0], user=account[1])

    def staff(self, template: str, **more: Any) -> None:
        """The staff rooms of the grid or the community; without one, the staff in private."""
        if self._rooms(Purpose.STAFF, template, more):
            return
        for member in people.members_with(self._session, self._ticket.community_id, Role.STAFF):
            account = self._account(member.id)
            if account is not None and not self._is_speaker(member.id):
                facts = {**full_facts(self._session, self._ticket), **more}
                self._post(template, facts, channel=account[0], user=account[1])

    def volunteers(self, template: str, **more: Any) -> None:
        """The volunteers' rooms of the grid or the community; without one, staff must find somebody."""
        if not self._rooms(Purpose.VOLUNTEERS, template, more):
            self.staff(template, **more)

    def requester(self, template: str, **more: Any) -> None:
        """The requester where the matter was raised, as a reply to the message that raised it."""
        requester = ear_of(self._session, self._ticket)
        if requester is None or (is_gone(requester.user) and not self._ticket.source_room):
            return
        facts = {**ticket_facts(self._session, self._ticket), **more}
        to = {"room": self._ticket.source_room} if self._ticket.source_room else {"user": requester.user}
        self._post(template, facts, channel=self._ticket.source_channel, reply_to=self._ticket.source_message, **to)

    def _rooms(self, purpose: Purpose, template: str, more: dict[str, Any]) -> bool:
        words = {name: self._public_words for name in ("text", "words") if name in more}
        facts = {**ticket_facts(self._session, self._ticket), **more, **words}
        found = rooms_for(self._session, self._ticket, purpose)
        for room in found:
            self._post(template, facts, channel=room.channel, room=room.room)
        return bool(found)

    def _account(self, member_id: int) -> tuple[str, str] | None:
        return next(iter(people.accounts_from(self._session, member_id, self._ticket.source_channel)), None)

    def _is_speaker(self, member_id: int) -> bool:
        if self._speaker is None:
            return False
        speaker = people.member_of(self._session, self._ticket.community_id, self._speaker)
        return speaker is not None and speaker.id == member_id

    def _post(self, template: str, facts: dict[str, Any], *, channel: str, **to: Any) -> None:
        where = to.get("room") or to.get("user")
        key = f"{self._key}:{template}:{channel}:{where}"
        post(self._session, OutboxMessage(key, channel, template, facts, self._now, ticket_id=self._ticket.id, **to))


def notices_of(session: Session, ticket: Ticket, scene: Scene) -> Notices:
    """The notices of what a message does to a ticket."""
    key, public = f"i{scene.row.id}", str(scene.reading.get("summary") or "")
    return Notices(session, ticket, scene.now, key, scene.person, public)


def rooms_for(session: Session, ticket: Ticket, purpose: Purpose) -> list[Room]:
    """The rooms of a purpose: those of the ticket's grid, else those that serve the whole community."""
    query = select(Room).where(
        rooms.c.community_id == ticket.community_id, rooms.c.purpose == purpose, rooms.c.retired.is_(False)
    )
    found = list(session.scalars(query.order_by(rooms.c.id)))
    own = [room for room in found if room.grid_id is not None and room.grid_id == ticket.grid_id]
    return own or [room for room in found if room.grid_id is None]


def staff_alarm(session: Session, row: InboxMessage, now: datetime, template: str) -> None:
    """Tells the staff of the message's community that something of ours failed."""
    for room in _alarm_rooms(session, row):
        community = session.get(Community, room.community_id)
        timezone = community.timezone if community else "UTC"
        facts = {"room_title": row.room, "at": row.received_at.isoformat(), "timezone": timezone}
        key = f"i{row.id}:{template}:{room.channel}:{room.room}"
        post(session, OutboxMessage(key, room.channel, template, facts, now, room=room.room))


def _alarm_rooms(session: Session, row: InboxMessage) -> list[Room]:
    """The staff rooms of the community of the room; of a private message's community nobody may be sure: all."""
    if row.room is None:
        return staff_rooms(session)
    here = select(rooms.c.community_id).where(rooms.c.channel == row.channel, rooms.c.room == row.room)
    return staff_rooms(session, rooms.c.community_id.in_(here))


def staff_rooms(session: Session, *where: Any) -> list[Room]:
    """The active staff rooms of which `where` is true; of all communities where nothing is said."""
    query = select(Room).where(rooms.c.purpose == Purpose.STAFF, rooms.c.retired.is_(False), *where)
    return list(session.scalars(query.order_by(rooms.c.id)))


def post(session: Session, message: OutboxMessage) -> bool:
    """Puts a message into the outbox; False when the same one (by key) is there already."""
    if session.scalars(select(outbox.c.id).where(outbox.c.dedup_key == message.dedup_key)).first() is not None:
        return False
    session.add(message)
    session.flush()
    return True
