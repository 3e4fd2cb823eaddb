"""Introduces the bot to a room that it has joined: three lines, once and never again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from desk.domain.model import Community, OutboxMessage
from desk.domain.words import Purpose
from desk.services.notices import post
from desk.services.room_manners import open_manners
from desk.services.scene import find_room

_WELCOMES = {
    Purpose.RESIDENTS: "welcome_residents",
    Purpose.VOLUNTEERS: "welcome_volunteers",
    Purpose.STAFF: "welcome_staff",
}


def welcome(session: Session, channel: str, room: str, now: datetime) -> bool:
    """Puts the welcome of a room into the outbox; False for a room that nobody bound, and for one that has had it."""
    found = find_room(session, channel, room)
    community = session.get(Community, found.community_id, with_for_update={"key_share": True}) if found else None
    if found is None or community is None:
        return False
    own = open_manners(session, found)
    if own.welcomed_at is not None:
        return False
    own.welcomed_at = now
    facts = {"community": community.name}
    return post(
        session,
        OutboxMessage(f"r{found.id}:welcome", channel, _WELCOMES[found.purpose], facts, now, room=room),
    )
