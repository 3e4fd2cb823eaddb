"""The nouns of the desk as plain dataclasses; `desk.storage` maps them to tables.

`id` is the database's own number. Times are aware UTC. A `Person` is whoever spoke, a `Member` whoever is registered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desk.domain.place import Place
from desk.domain.words import (
    Category,
    EventKind,
    InboxState,
    Kind,
    Listening,
    MessageKind,
    OutboxState,
    Outcome,
    Purpose,
    Role,
    State,
    Urgency,
)

UNSTORED: int = None  # type: ignore[assignment]
"""The database gives the number; any other default would be taken for one."""


@dataclass(eq=False)
class Community:
    """A community (社区): its own register, its own series of ticket numbers."""

    code: str
    name: str
    timezone: str
    next_number: int = 1
    id: int = UNSTORED


@dataclass(eq=False)
class Member:
    """Somebody the register names. `roles` is a comma-separated list of role ids."""

    community_id: int
    code: str
    name: str
    roles: str
    retired: bool = False
    id: int = UNSTORED

    @property
    def role_set(self) -> frozenset[Role]:
        """The roles as words."""
        return frozenset(Role(role) for role in self.roles.split(",") if role)


@dataclass(eq=False)
class Identity:
    """A member's account on a channel; several are one member."""

    community_id: int
    member_id: int
    channel: str
    user: str
    id: int = UNSTORED


@dataclass(eq=False)
class Person:
    """Whoever has spoken, by account; `name` is the latest display name."""

    channel: str
    user: str
    name: str
    id: int = UNSTORED


@dataclass(eq=False)
class Grid:
    """A grid (网格): one accountable officer and helpers (1+N)."""

    community_id: int
    code: str
    name: str
    officer_id: int | None = None
    retired: bool = False
    id: int = UNSTORED


@dataclass(eq=False)
class GridHelper:
    """A member who helps in a grid."""

    grid_id: int
    member_id: int
    id: int = UNSTORED


@dataclass(eq=False)
class Cover:
    """A building of an estate that a grid answers for; without a building the whole estate."""

    grid_id: int
    estate: str
    building: str | None
    id: int = UNSTORED


@dataclass(eq=False)
class Leader:
    """A building's or unit's leader (楼栋长, 单元长)."""

    grid_id: int
    member_id: int
    estate: str
    building: str
    unit: str | None
    id: int = UNSTORED


@dataclass(eq=False)
class Room:
    """A chat group that the register knows."""

    community_id: int
    channel: str
    room: str
    purpose: Purpose
    grid_id: int | None = None
    listening: Listening = Listening.ALL
    retired: bool = False
    id: int = UNSTORED


@dataclass(eq=False)
class Alias:
    """What people call a place (老王家楼下)."""

    community_id: int
    name: str
    estate: str | None = None
    building: str | None = None
    unit: str | None = None
    id: int = UNSTORED


@dataclass(eq=False)
class Ticket:
    """One matter from filing to strike-off. `detail` is the resident's own text, for those who work on it."""

    community_id: int
    number: int
    kind: Kind
    category: Category
    urgency: Urgency
    summary: str
    detail: str
    place: dict[str, Any]
    said_place: dict[str, Any]
    source_channel: str
    source_message: str
    inbox_id: int
    requester_id: int
    state: State
    opened_at: datetime
    term_from: datetime
    source_room: str | None = None
    room_id: int | None = None
    grid_id: int | None = None
    accountable_id: int | None = None
    assignee_id: int | None = None
    due_at: datetime | None = None
    accepted_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    rating: int | None = None
    merged_into: int | None = None
    id: int = UNSTORED

    @property
    def code(self) -> str:
        """What people type."""
        return str(self.number)

    @property
    def where(self) -> Place:
        """The place as filled in."""
        return Place.from_dict(self.place)


@dataclass(eq=False)
class TicketEvent:
    """One thing that happened to a ticket; never changed, never deleted. `by_id` None is the clock."""

    ticket_id: int
    kind: EventKind
    at: datetime
    by_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    inbox_id: int | None = None
    id: int = UNSTORED


@dataclass(eq=False)
class Supporter:
    """Somebody else whom the matter touches; never the requester."""

    ticket_id: int
    person_id: int
    id: int = UNSTORED


@dataclass(eq=False)
class Assignment:
    """Who had a ticket from when to when."""

    ticket_id: int
    member_id: int
    began_at: datetime
    by_id: int | None = None
    ended_at: datetime | None = None
    id: int = UNSTORED


@dataclass(eq=False)
class Question:
    """A question put to a sender whose next place answers it."""

    ticket_id: int
    person_id: int
    scope: str
    asked_at: datetime
    expires_at: datetime
    answered_at: datetime | None = None
    staff_told_at: datetime | None = None
    id: int = UNSTORED


@dataclass(eq=False)
class InboxMessage:
    """What a channel handed us, stored before it is acknowledged. `scope` is the room or the private chat, never null.

    `effect` (see `Effect`) is written in the transaction of the fact: who handles the row again repeats only its words.
    """

    channel: str
    scope: str
    message: str
    kind: MessageKind
    person_id: int | None
    sent_at: datetime
    received_at: datetime
    text: str = ""
    room: str | None = None
    reply_to: str | None = None
    reply_to_bot_about: str | None = None
    direct: bool = False
    mentioned: bool = False
    attachments: list[dict[str, Any]] = field(default_factory=list)
    target: str | None = None
    state: InboxState = InboxState.PENDING
    lease_owner: str | None = None
    lease_until: datetime | None = None
    lease_token: str | None = None
    attempts: int = 0
    retry_at: datetime | None = None
    reading: dict[str, Any] | None = None
    effect: dict[str, Any] | None = None
    outcome: Outcome = Outcome.PENDING
    ticket_id: int | None = None
    topic: str | None = None
    local_ids: bool = False
    id: int = UNSTORED


@dataclass(eq=False)
class OutboxMessage:
    """What somebody shall hear. Exactly one of `room` and `user` is set; `rank` orders what one fact causes."""

    dedup_key: str
    channel: str
    template: str
    facts: dict[str, Any]
    created_at: datetime
    room: str | None = None
    user: str | None = None
    ticket_id: int | None = None
    reply_to: str | None = None
    rank: int = 1
    state: OutboxState = OutboxState.PENDING
    attempts: int = 0
    unsure: int = 0
    cut_off: int = 0
    retry_at: datetime | None = None
    expires_at: datetime | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    provider_message: str | None = None
    sent_at: datetime | None = None
    not_before: datetime | None = None
    instead_of: dict[str, Any] | None = None
    id: int = UNSTORED
