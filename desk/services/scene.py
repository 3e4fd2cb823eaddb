"""The scene of a message: who says it where, as the register knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from desk.domain.belonging import Home, RoomMove
from desk.domain.model import Community, InboxMessage, Member, OutboxMessage, Person, Room, Ticket
from desk.domain.words import OutboxState, Role, State
from desk.services import people
from desk.storage.belonging_tables import homes, room_moves
from desk.storage.tables import communities, identities, inbox, outbox, rooms, tickets

if TYPE_CHECKING:
    from desk.services.known import Known


@dataclass(frozen=True)
class Scene:
    """Everything about a message that does not come from its text.

    `room` is None in private; `home` is then the room of the register where the person spoke last. `target` is the
    ticket that the message replies to; `to_bot` says that the reply is to the bot's own words.
    """

    row: InboxMessage
    now: datetime
    community: Community
    person: Person
    member: Member | None = None
    room: Room | None = None
    home: Room | None = None
    target: Ticket | None = None
    to_bot: bool = False
    reading: dict[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """What the speaker said: the message, or all lines of a burst that ends with it."""
        return str(self.reading.get("said") or self.row.text)

    @property
    def addressed(self) -> bool:
        """Said to the bot: in private, by mention, or as a reply to its words."""
        return self.row.direct or self.row.mentioned or self.to_bot

    @property
    def roles(self) -> frozenset[Role]:
        """The roles of the register; nobody's are taken from a text."""
        return self.member.role_set if self.member else frozenset()


_ROOM = select(Room).where(  # asked of every message: built once
    rooms.c.channel == bindparam("channel"), rooms.c.room == bindparam("room"), rooms.c.retired.is_(False)
)


_MOVED = (
    select(Room)
    .join(RoomMove, room_moves.c.room_id == rooms.c.id)
    .where(room_moves.c.channel == bindparam("channel"), room_moves.c.room == bindparam("room"))
    .where(rooms.c.retired.is_(False))
)


def find_room(session: Session, channel: str, room: str) -> Room | None:
    """The room if the register knows it, also by an id that it had before."""
    named = {"channel": channel, "room": room}
    found: Room | None = session.scalars(_ROOM, named).first() or session.scalars(_MOVED, named).first()
    return found


def open_scene(session: Session, row: InboxMessage, now: datetime, known: Known | None = None) -> Scene | None:
    """The scene of an inbox row, or None for a place where the bot has no business.

    `known` remembers what the register said of the messages before.
    """
    person = session.get(Person, row.person_id) if row.person_id else None
    if person is None:
        return None
    room = _room_of(session, row, known)
    if room is None and not row.direct:
        return None
    home = room or _last_room(session, person)
    told = None if room is not None else _told_community(session, person)
    if told is not None and home is not None and home.community_id != told.id:
        home = None
    community = told or _community(session, person, home)
    if community is None:
        return None
    target, to_bot = _target(session, row)
    if target is not None and target.community_id != community.id:
        target, to_bot = None, False
    if known is not None:
        known.keep(community)
    member = (known.member if known else partial(people.member_of, session))(community.id, person)
    return Scene(row, now, community, person, member, room, home, target, to_bot, dict(row.reading or {}))


def _room_of(session: Session, row: InboxMessage, known: Known | None) -> Room | None:
    if not row.room:
        return None
    return known.room(row.channel, row.room) if known else find_room(session, row.channel, row.room)


def _told_community(session: Session, person: Person) -> Community | None:
    """In private: where he said that he lives, unless a register names him."""
    named = select(identities.c.id).where(identities.c.channel == person.channel, identities.c.user == person.user)
    if session.scalars(named.limit(1)).first() is not None:
        return None
    told = select(Community).join(Home, homes.c.community_id == communities.c.id)
    found: Community | None = session.scalars(told.where(homes.c.person_id == person.id)).first()
    return found


def _last_room(session: Session, person: Person) -> Room | None:
    spoken = select(inbox.c.channel, inbox.c.room).where(inbox.c.person_id == person.id, inbox.c.room.is_not(None))
    for channel, name in session.execute(spoken.order_by(inbox.c.id.desc()).limit(20)):
        room = find_room(session, channel, name)
        if room is not None:
            return room
    return None


def _community(session: Session, person: Person, home: Room | None) -> Community | None:
    found: Community | None
    if home is not None:
        found = session.get(Community, home.community_id)
        return found
    named = select(identities.c.community_id).where(
        identities.c.channel == person.channel, identities.c.user == person.user
    )
    known = session.scalars(named.limit(1)).first()
    if known is not None:
        found = session.get(Community, known)
        return found
    every = list(session.scalars(select(Community).limit(2)))
    return every[0] if len(every) == 1 else None


def find_said(session: Session, row: InboxMessage, message: str) -> InboxMessage | None:
    """The message of that id: in the room or chat of `row` first, then anywhere on its channel.

    Not anywhere where ids are unique in a room only: there it would be somebody else's message.
    """
    channel, scope = row.channel, row.scope
    query = select(InboxMessage).where(inbox.c.channel == channel, inbox.c.message == message)
    here: InboxMessage | None = session.scalars(query.where(inbox.c.scope == scope)).first()
    if here is not None or row.local_ids:
        return here
    anywhere: InboxMessage | None = session.scalars(query.order_by(inbox.c.id.desc())).first()
    return anywhere


def ticket_of(session: Session, said: InboxMessage | None) -> Ticket | None:
    """The ticket that a message filed or is about."""
    return session.get(Ticket, said.ticket_id) if said is not None and said.ticket_id else None


def _target(session: Session, row: InboxMessage) -> tuple[Ticket | None, bool]:
    if row.reply_to_bot_about is not None:
        about = ticket_of(session, find_said(session, row, row.reply_to_bot_about))
        return (about, True) if about is not None and _bot_spoke(session, about) else (None, False)
    if row.reply_to is not None:
        return _replied_to(session, row, row.reply_to)
    if row.direct:
        return _last_told_in_private(session, row), False
    return None, False


def _replied_to(session: Session, row: InboxMessage, message: str) -> tuple[Ticket | None, bool]:
    said = find_said(session, row, message)
    if said is not None:
        return ticket_of(session, said), False
    cards = select(OutboxMessage).where(outbox.c.channel == row.channel, outbox.c.provider_message == message)
    if row.room is not None:
        cards = cards.where(outbox.c.room.in_([row.room, *_former_ids(session, row)]))
    elif row.local_ids:
        person = session.get(Person, row.person_id)
        cards = cards.where(outbox.c.user == (person.user if person else None))
    card: OutboxMessage | None = session.scalars(cards.order_by(outbox.c.id.desc())).first()
    if card is None or card.ticket_id is None:
        return None, card is not None
    return session.get(Ticket, card.ticket_id), True


def _former_ids(session: Session, row: InboxMessage) -> list[str]:
    """What its room was called before it moved; none where ids of messages began anew in the new room."""
    before = select(room_moves.c.room).join(rooms, room_moves.c.room_id == rooms.c.id)
    here = (rooms.c.channel == row.channel, rooms.c.room == row.room)
    return [] if row.local_ids else list(session.scalars(before.where(*here)))


def _bot_spoke(session: Session, ticket: Ticket) -> bool:
    told = select(outbox.c.id).where(
        outbox.c.ticket_id == ticket.id, outbox.c.state.in_([OutboxState.SENT, OutboxState.UNKNOWN, OutboxState.JOINED])
    )
    return session.scalars(told.limit(1)).first() is not None


def _last_told_in_private(session: Session, row: InboxMessage) -> Ticket | None:
    """In a private chat a bare 满意 can only mean what the bot spoke of last, or what alone waits for a rating."""
    person = session.get(Person, row.person_id)
    if person is None:
        return None
    told = (
        select(outbox.c.ticket_id)
        .where(outbox.c.channel == row.channel, outbox.c.user == person.user, outbox.c.state == OutboxState.SENT)
        .where(outbox.c.ticket_id.is_not(None))
        .order_by(outbox.c.id.desc())
    )
    found = session.scalars(told.limit(1)).first()
    if found is not None:
        ticket: Ticket | None = session.get(Ticket, found)
        return ticket
    done = select(Ticket).where(tickets.c.requester_id == person.id, tickets.c.state == State.RESOLVED)
    waiting: list[Ticket] = list(session.scalars(done.limit(2)))
    return waiting[0] if len(waiting) == 1 else None


def ticket_numbered(session: Session, community_id: int, number: int) -> Ticket | None:
    """The ticket people mean by a number."""
    found: Ticket | None = session.scalars(
        select(Ticket).where(tickets.c.community_id == community_id, tickets.c.number == number)
    ).first()
    return found
