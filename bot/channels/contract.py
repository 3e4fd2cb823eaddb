"""What the gateway asks of a channel.

ChannelError
├── Transient     later it may work (`after` seconds)
└── Permanent     never: the person or room is gone, or does not take messages
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol


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


class Channel(Protocol):
    """Delivers."""

    def send(self, message: Outgoing) -> Receipt:
        """Delivers one message.

        Raises:
            Transient, Permanent: by meaning, whatever the platform calls it.
        """
