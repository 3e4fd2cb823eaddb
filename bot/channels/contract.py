"""What the gateway asks of a channel.

ChannelError
├── Transient     later it may work (`after` seconds)
└── Permanent     never: the person or room is gone, or does not take messages
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class ChannelError(Exception):
    """Base."""


class Transient(ChannelError):
    """Try again, not before `after` seconds."""

    def __init__(self, after: float = 0.0) -> None:
        super().__init__(after)
        self.after = after


class Permanent(ChannelError):
    """Do not try again."""


@dataclass(frozen=True)
class Outgoing:
    """One message to deliver. Exactly one of `room` and `to` (a user id) is set; `ticket` is what people type."""

    at: datetime
    channel: str
    room: str | None
    to: str | None
    text: str
    reply_to: str | None
    ticket: str | None
    template: str


@dataclass(frozen=True)
class Receipt:
    """What the provider said: its id of the message, if it gives one, so that a reply can be matched."""

    message: str | None = None


class Channel(Protocol):
    """Delivers."""

    def send(self, message: Outgoing) -> Receipt:
        """Delivers one message.

        Raises:
            Transient, Permanent: by meaning, whatever the platform calls it.
        """
