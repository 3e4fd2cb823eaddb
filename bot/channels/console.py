"""The console channel: lines of JSON in and out, or a terminal. Everybody in it can be told things in private."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
from collections.abc import Callable
from datetime import timezone, tzinfo
from typing import Any, TextIO

from bot.channels.contract import Outgoing, Receipt, line_of

CHANNEL = "console"


class LinesOut:
    """Writes each message as a line of JSON, with an id that a reply can name."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def write(self, line: dict[str, Any]) -> None:
        """One line; two threads never mix theirs."""
        with self._lock:
            self._out.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._out.flush()

    def send(self, message: Outgoing) -> Receipt:
        """One line."""
        own = _own_id(message)
        line = {**line_of(message, timezone.utc), "id": own}
        self.write(line)
        return Receipt(own)


class Shown:
    """Hands each message to whoever shows it, under a short number that is easy to type."""

    def __init__(self, show: Callable[[str, Outgoing], None]) -> None:
        self._show = show
        self._numbers = itertools.count(1)
        self.zone: tzinfo = timezone.utc

    def write(self, line: dict[str, Any]) -> None:
        """A line that could not be used is no message."""

    def send(self, message: Outgoing) -> Receipt:
        """Shows it."""
        own = f"b{next(self._numbers)}"
        self._show(own, message)
        return Receipt(own)


def _own_id(message: Outgoing) -> str:
    """The same message delivered again has the same id, in this process and in the next."""
    told = json.dumps([message.at.isoformat(), message.room, message.to, message.text, message.reply_to])
    return f"b{hashlib.sha256(told.encode()).hexdigest()[:12]}"
