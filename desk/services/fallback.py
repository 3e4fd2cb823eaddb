"""Another way for what cannot be delivered where it was meant to go, without anything private on it.

in private to a member, a notice        the staff room, with what others may read
in private to a resident, an answer     a sentence in the room where he spoke
to a room                               nothing; staff hear that the room is gone
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.model import Community, InboxMessage, OutboxMessage, Ticket
from desk.domain.words import Purpose
from desk.services.notices import post, rooms_for, staff_rooms, ticket_facts
from desk.services.scene import find_room
from desk.storage.tables import identities, members, rooms

_ANSWER = re.compile(r"i(\d+):a\d+$")
"""The key of what the speaker of an inbox row hears."""

ABOUT_FILES = ("photos",)
"""What says nothing without its files, which no room is shown."""

Sayable = Callable[[str, Mapping[str, Any]], bool]
"""Whether a room can be told a template with these facts."""


def do_fall_back(session: Session, message: OutboxMessage, now: datetime, sayable: Sayable) -> None:
    """Posts what is said instead, once."""
    if message.room is not None:
        tell_staff_of_room(session, message.channel, message.room, now, "room_lost")
        return
    answered = _ANSWER.fullmatch(message.dedup_key)
    if answered is not None:
        _ask_to_write(session, message, int(answered[1]), now)
    elif message.ticket_id is not None:
        _tell_staff(session, message, now, sayable)


def _ask_to_write(session: Session, message: OutboxMessage, row_id: int, now: datetime) -> None:
    row = session.get(InboxMessage, row_id)
    if row is None or row.room is None or find_room(session, row.channel, row.room) is None:
        return
    instead = OutboxMessage(
        f"{message.dedup_key}:instead", row.channel, "write_to_me_first", {}, now, room=row.room,
        ticket_id=message.ticket_id, reply_to=row.message, rank=0,
    )  # fmt: skip
    post(session, instead)


def _tell_staff(session: Session, message: OutboxMessage, now: datetime, sayable: Sayable) -> None:
    ticket = session.get(Ticket, message.ticket_id)
    name = _member_name(session, message)
    if ticket is None or name is None:
        return  # a resident who blocked us: what he would have heard is his alone
    facts = _public(message.facts, ticket_facts(session, ticket))
    same = message.template not in ABOUT_FILES and sayable(message.template, facts)
    template = message.template if same else "undelivered"
    for room in rooms_for(session, ticket, Purpose.STAFF):
        key = f"{message.dedup_key}:instead:{room.channel}:{room.room}"
        told = facts if same else {**facts, "name": name}
        post(session, OutboxMessage(key, room.channel, template, told, now, room=room.room, ticket_id=ticket.id))


def _public(facts: Mapping[str, Any], public: Mapping[str, Any]) -> dict[str, Any]:
    """The facts without anybody's own words, name of the requester and door."""
    words = {name: public["summary"] for name in ("text", "words") if name in facts}
    harmless = ("rating", "helper", "department", "before", "after")
    return {**public, **{name: facts[name] for name in harmless if name in facts}, **words}


def _member_name(session: Session, message: OutboxMessage) -> str | None:
    query = select(members.c.name).join(identities, identities.c.member_id == members.c.id)
    query = query.where(identities.c.channel == message.channel, identities.c.user == message.user)
    name: str | None = session.scalars(query.limit(1)).first()
    return name


def tell_staff_of_room(session: Session, channel: str, room: str, now: datetime, template: str) -> None:
    """Tells the staff of a room's community, elsewhere, what became of it; at most once a day."""
    known = find_room(session, channel, room)
    if known is None:
        return
    for other in staff_rooms(session, rooms.c.community_id == known.community_id, rooms.c.id != known.id):
        key = f"{template}:{channel}:{room}:{now.date()}:{other.channel}:{other.room}"
        facts = {"room_title": room, "channel": channel}
        post(session, OutboxMessage(key, other.channel, template, facts, now, room=other.room))


def tell_staff_of_channel(session: Session, channel: str, now: datetime, template: str, through: list[str]) -> bool:
    """Tells the staff rooms on the channels `through` how another one fares; False when there is no such room."""
    found = staff_rooms(session, rooms.c.channel.in_(through))
    for room in found:
        community = session.get(Community, room.community_id)
        facts = {"channel": channel, "at": now.isoformat(), "timezone": community.timezone if community else "UTC"}
        key = f"channel:{channel}:{now.isoformat()}:{template}:{room.channel}:{room.room}"
        post(session, OutboxMessage(key, room.channel, template, facts, now, room=room.room))
    return bool(found)
