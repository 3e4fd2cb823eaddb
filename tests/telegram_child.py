"""A process that takes in from a Bot API server into a database, and kills itself (SIGKILL) at the n-th message.

python telegram_child.py BASE_URL TOKEN DATABASE_URL WHEN N      WHEN is `before` or `after` it is stored
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

from bot.channels.telegram import TelegramChannel
from bot.gateway.live import Gateway
from desk.storage.engine import open_engine


class Dying:
    """The gateway's intake, with a last message."""

    def __init__(self, gateway: Gateway, when: str, count: int) -> None:
        self._gateway = gateway
        self._when = when
        self._left = count

    def take_in(self, arrival: Any) -> None:
        self._left -= 1
        if self._left == 0 and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        self._gateway.take_in(arrival)
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def room_news(self, news: Any) -> None:
        return None


def main(base_url: str, token: str, database_url: str, when: str, count: str) -> None:
    gateway: Any = Gateway(open_engine(database_url), None, {}, 0.5)  # type: ignore[arg-type]
    channel = TelegramChannel(token, base_url, poll_seconds=1)
    channel.start(Dying(gateway, when, int(count)))
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
