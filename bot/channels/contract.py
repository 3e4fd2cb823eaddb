"""What the gateway asks of a channel, and what it offers one.

A channel runs in threads of its own. What arrives it maps to an `Arrival` (a pure function, tested on recorded
payloads) and hands to the `Intake`, which has stored it when it returns: only then may the channel acknowledge.

ChannelError
├── Transient          later it may work, not before `after` seconds
│   └── AccountLost    not before somebody lets the account in again; staff hear of it on another channel
├── Uncertain          it may have arrived: the answer was lost, not surely the message
├── Moved              the room has another id now
└── Permanent          never, as it is: too long, refused, malformed
    └── Gone           the person or room is not there or takes nothing (blocked, kicked, never pressed start)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import Enum
from typing import Any, Protocol

from desk.services.mailroom import Arrival


class ChannelError(Exception):
    """Base."""


class Transient(ChannelError):
    """Try again, not before `after` seconds; the other chats of the channel go on unless `everywhere`."""

    def __init__(self, after: float = 0.0, *, everywhere: bool = False) -> None:
        super().__init__(after)
        self.after = after
        self.everywhere = everywhere


class AccountLost(Transient):
    """The account is logged out or refused; nothing of this channel can be delivered."""

    def __init__(self, after: float = 60.0) -> None:
        super().__init__(after, everywhere=True)


class Uncertain(ChannelError):
    """Nobody can say whether it arrived."""


class Moved(ChannelError):
    """The room is `room` now; what is for it goes there."""

    def __init__(self, room: str) -> None:
        super().__init__(room)
        self.room = room


class Permanent(ChannelError):
    """Do not try again."""


class Gone(Permanent):
    """Whoever it is for cannot be reached here; another way may be looked for."""


@dataclass(frozen=True)
class Capabilities:
    """What a channel can do.

    `longest` is the longest text in characters; `room_per_minute` and `all_per_second` are how many messages the
    platform takes, 0 for as many as there are.
    """

    replies: bool = False
    buttons: bool = False
    files: bool = False
    private: bool = False
    mentions: bool = False
    edits: bool = False
    recalls: bool = False
    longest: int = 4000
    room_per_minute: int = 0
    all_per_second: int = 0


@dataclass(frozen=True)
class Button:
    """Pressed, it is as if the person who pressed had replied `says` to the message."""

    label: str
    says: str


@dataclass(frozen=True)
class File:
    """A photo, video, voice or other file in full; `kind` as in the attachments of an arrival."""

    kind: str
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Outgoing:
    """One message to deliver. Exactly one of `room` and `to` (a user id) is set; `ticket` is what people type.

    `topic` is the thread of the room in which it belongs, where the channel has such. `aside` says that it concerns
    only whom it answers: a channel that can show it to that person alone does so.
    """

    at: datetime
    channel: str
    room: str | None
    to: str | None
    text: str
    reply_to: str | None
    ticket: str | None
    template: str
    buttons: tuple[Button, ...] = ()
    files: tuple[File, ...] = ()
    topic: str | None = None
    aside: bool = False


def line_of(message: Outgoing, zone: tzinfo) -> dict[str, Any]:
    """The message as a line of the interface: always all keys, its time in the zone."""
    return {
        "at": message.at.astimezone(zone).isoformat(),
        "channel": message.channel,
        "room": message.room,
        "to": message.to,
        "text": message.text,
        "reply_to": message.reply_to,
        "ticket": message.ticket,
        "template": message.template,
    }


@dataclass(frozen=True)
class Receipt:
    """What the provider said: its id of the message, if it gives one, so that a reply can be matched."""

    message: str | None = None


class RoomChange(str, Enum):
    """What became of a room or of our place in it."""

    JOINED = "joined"
    LEFT = "left"
    RENAMED = "renamed"
    MOVED = "moved"


@dataclass(frozen=True)
class RoomNews:
    """News of a room: its `title` when renamed or joined, its id from now on (`to`) when moved."""

    channel: str
    room: str
    change: RoomChange
    title: str | None = None
    to: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class Health:
    """How a channel fares: the last time the platform answered, and whether our account is let in.

    `trouble` is a word for people to look up, never a text of the platform's with a secret in it.
    """

    last_good: datetime | None
    account_in: bool
    trouble: str | None = None


class Intake(Protocol):
    """What the gateway offers a channel. Callable from any thread; both have stored it when they return.

    An exception (the database is away) means: not stored, do not acknowledge, offer it again later.
    """

    def take_in(self, arrival: Arrival) -> object:
        """A message, an edit or a recall. A repeated one is dropped."""

    def room_news(self, news: RoomNews) -> None:
        """News of a room."""


class Sender(Protocol):
    """Delivers."""

    def send(self, message: Outgoing) -> Receipt:
        """Delivers one message; called from one thread of the gateway at a time.

        Raises:
            ChannelError: by meaning, whatever the platform calls it.
        """


class Channel(Sender, Protocol):
    """A platform. `name` is what `channel` says everywhere; made with its settings, it does nothing before `start`."""

    name: str
    capabilities: Capabilities

    def start(self, intake: Intake) -> None:
        """Begins to take in, in a thread of its own, and returns; a platform that is away is tried again for ever."""

    def stop(self) -> None:
        """Ends within a few seconds; what is not stored is not acknowledged. `send` afterwards is `Transient`."""

    def health(self) -> Health:
        """How it fares; never blocks."""

    def fetch(self, reference: str) -> bytes:
        """The file that `ref` of an attachment names, at most 20 MB.

        Raises:
            ChannelError: by meaning; `Permanent` when it is too large or not there any more.
        """
