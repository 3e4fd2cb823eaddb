"""What the tests of the Telegram channel share: an intake that keeps, channels that end, small payloads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from peers.telegram.driver import Town, wait_until
from peers.telegram.server import BotApi

from bot.channels.contract import Outgoing, RoomNews
from bot.channels.telegram import TelegramChannel
from desk.services.mailroom import Arrival

AT = datetime(2026, 11, 22, 1, 0, tzinfo=timezone.utc)


class Kept:
    """Keeps what arrives, without what came before; refuses while `broken` or for the next `refuse` times."""

    def __init__(self) -> None:
        self.arrivals: dict[tuple[str, str], Arrival] = {}
        self.news: list[RoomNews] = []
        self.refuse = 0
        self.offered = 0
        self.lock = threading.Lock()

    def take_in(self, arrival: Arrival) -> None:
        with self.lock:
            self.offered += 1
            self._maybe_refuse()
            self.arrivals.setdefault((arrival.scope, arrival.message), arrival)

    def room_news(self, news: RoomNews) -> None:
        with self.lock:
            self._maybe_refuse()
            self.news.append(news)

    def _maybe_refuse(self) -> None:
        if self.refuse > 0:
            self.refuse -= 1
            raise RuntimeError("the database is away")

    @property
    def texts(self) -> list[str]:
        with self.lock:
            return [arrival.text for arrival in self.arrivals.values()]


@contextmanager
def town() -> Iterator[Town]:
    with BotApi() as api:
        yield Town(api)


@contextmanager
def listening(town: Town, kept: Any, **more: Any) -> Iterator[TelegramChannel]:
    """A channel that takes in from this town and has greeted it."""
    channel = channel_of(town, **more)
    channel.start(kept)
    try:
        yield channel
    finally:
        channel.stop()


def channel_of(town: Town, **more: Any) -> TelegramChannel:
    return TelegramChannel(town.world.token, town.api.base_url, **{"poll_seconds": 1, **more})


def good(channel: TelegramChannel) -> None:
    """Waits until the platform answered well."""
    wait_until(lambda: channel.health().last_good is not None, lambda: str(channel.health()))


def out(room: Any = None, to: Any = None, text: str = "您好", **more: Any) -> Outgoing:
    fields = {"reply_to": None, "ticket": None, "template": "help", **more}
    return Outgoing(AT, "telegram", None if room is None else str(room), to, text, **fields)
