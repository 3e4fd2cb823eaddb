"""Lives of a process that takes in from a Bot API server into a database, each ended by SIGKILL at a chosen message.

    python telegram_child.py BASE_URL TOKEN DATABASE_URL before:3 after:7 … never

One process imports everything once; each life is a fork of it. The word says whether the kill comes before or after
the n-th message of that life is stored; `never` is the last one, which lives until it is ended. How each one ended is
printed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

from bot.channels.telegram import TelegramChannel
from bot.gateway.live import Gateway
from bot.settings import TelegramSettings
from desk.storage.engine import open_engine


class Dying:
    """The gateway's intake, with a last message."""

    def __init__(self, gateway: Gateway, when: str, count: int) -> None:
        self._gateway = gateway
        self._when = when
        self._left = count

    def take_in(self, arrival: Any) -> None:
        self._left -= 1
        self._maybe_die("before")
        self._gateway.take_in(arrival)
        self._maybe_die("after")

    def _maybe_die(self, moment: str) -> None:
        if self._left == 0 and self._when == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def room_news(self, news: Any) -> None:
        return None


def live(base_url: str, token: str, database_url: str, when: str, count: str) -> None:
    gateway: Any = Gateway(open_engine(database_url), None, {}, 0.5)  # type: ignore[arg-type]
    channel = TelegramChannel(TelegramSettings(token, base_url), poll_seconds=1)
    channel.start(Dying(gateway, when, int(count or 0)))
    threading.Event().wait()


def main(base_url: str, token: str, database_url: str, *lives: str) -> None:
    for life in lives:
        when, _, count = life.partition(":")
        pid = os.fork()
        if not pid:
            live(base_url, token, database_url, when, count)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
