"""What people say of themselves and of rooms in the chat itself, beside the register: who is one, who lives where.

None of it gives a role: roles come from the register, to which a `Admission` that staff allowed adds a volunteer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from desk.domain.model import UNSTORED
from desk.domain.words import Word

TOLD = "told"
"""The channel of a person without an account: somebody who told staff by phone or at the door."""

CODE_LIVES = timedelta(minutes=10)
"""How long a code that links two accounts can be used."""

WRONG_CODES, WRONG_CODES_IN = 5, timedelta(hours=1)
"""So many wrong codes an account may try within that time."""

MOST_ACCOUNTS = 6
"""Accounts of one person; nobody has more, and who wants more wants something else."""

ASK_AGAIN = timedelta(hours=24)
"""How long a volunteer who was not taken waits before staff are asked again."""


class AdmissionState(Word):
    """What staff said of somebody who wants to be a volunteer."""

    ASKED = "asked"
    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(eq=False)
class Binding:
    """A room that staff bound in the chat, not by the register's file."""

    room_id: int
    person_id: int
    at: datetime
    id: int = UNSTORED


@dataclass(eq=False)
class RoomMove:
    """An id that a room had before; what still speaks of it means the room."""

    channel: str
    room: str
    room_id: int
    id: int = UNSTORED


@dataclass(eq=False)
class Link:
    """An account of somebody who has several; all with the same `head_id` are one person."""

    person_id: int
    head_id: int
    at: datetime
    id: int = UNSTORED


@dataclass(eq=False)
class LinkCode:
    """A code that says, in private on another account, that both are one person."""

    person_id: int
    code: str
    expires_at: datetime
    id: int = UNSTORED


@dataclass(eq=False)
class LinkTry:
    """A wrong code that an account tried."""

    person_id: int
    at: datetime
    id: int = UNSTORED


@dataclass(eq=False)
class Home:
    """Where somebody told us that he lives."""

    person_id: int
    community_id: int
    at: datetime
    place: dict[str, Any] = field(default_factory=dict)
    id: int = UNSTORED


@dataclass(eq=False)
class Admission:
    """Somebody asked to be a volunteer of a community; `member_id` is what became of it."""

    community_id: int
    person_id: int
    inbox_id: int
    asked_at: datetime
    state: AdmissionState = AdmissionState.ASKED
    answered_at: datetime | None = None
    answered_by_id: int | None = None
    member_id: int | None = None
    id: int = UNSTORED
