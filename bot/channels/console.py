"""The console channel: lines of JSON in and out, or a terminal. Everybody in it can be told things in private.

`LinesOut` and `Shown` only deliver (a terminal in which one person plays all parts); `ConsoleChannel` is the whole
channel of `linli run`: what arrives are lines of an input, what is said are lines of an output.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timezone, tzinfo
from typing import Any, TextIO, Union

from bot.channels.contract import Capabilities, Health, Intake, Outgoing, Permanent, Receipt, Transient, line_of
from desk.services.mailroom import Arrival

log = logging.getLogger(__name__)

CHANNEL = "console"

OFFERED_AGAIN = (0.2, 1.0, 5.0)
"""Seconds before a message that could not be stored is offered again; the last one repeats."""

Unusable = dict[str, Any]
"""What is written in the place of a line that says nothing."""


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


class ConsoleChannel:
    """Reads `arrivals` to their end, one after the other, and writes lines of JSON.

    `arrivals` blocks as its input does; what it gives instead of an arrival is written in its place. `ended` is called
    when there is no more.
    """

    name = CHANNEL
    capabilities = Capabilities(replies=True, private=True, mentions=True, edits=True, recalls=True, longest=100_000)

    def __init__(
        self, arrivals: Iterable[Union[Arrival, Unusable]], out: TextIO, ended: Callable[[], None] = lambda: None
    ) -> None:
        self._arrivals = arrivals
        self._lines = LinesOut(out)
        self._ended = ended
        self._stopped = threading.Event()
        self._last_good: datetime | None = None
        self._broken = False

    def start(self, intake: Intake) -> None:
        """Begins to read."""
        self._last_good = _now()
        # A daemon: nothing can end a read that waits for a line.
        threading.Thread(target=self._read, args=(intake,), name="console", daemon=True).start()

    def stop(self) -> None:
        """What is read from now on is left in the input's place: it was not taken in."""
        self._stopped.set()

    def health(self) -> Health:
        """An input that waits is well; an output that nobody reads any more is not."""
        well = self._last_good is not None and not self._broken
        return Health(_now() if well else self._last_good, not self._broken, "output" if self._broken else None)

    def fetch(self, reference: str) -> bytes:
        """There are no files in lines of JSON."""
        raise Permanent("no files")

    def send(self, message: Outgoing) -> Receipt:
        """One line; nobody who reads any more is `Transient`: it waits in the outbox."""
        if self._stopped.is_set():
            raise Transient(60.0)
        try:
            return self._lines.send(message)
        except (OSError, ValueError) as error:  # a closed pipe, a closed file
            self._broken = True
            raise Transient(60.0, everywhere=True) from error

    def _read(self, intake: Intake) -> None:
        for found in self._arrivals:
            if self._stopped.is_set():
                return
            if isinstance(found, Arrival):
                self._offer(intake, found)
            else:
                self._lines.write(found)
        self._ended()

    def _offer(self, intake: Intake, arrival: Arrival) -> None:
        """Until it is stored: what comes after it waits, as it would with a provider."""
        for wait in itertools.chain(OFFERED_AGAIN, itertools.repeat(OFFERED_AGAIN[-1])):
            try:
                intake.take_in(arrival)
                return
            except Exception as error:  # whatever it is, the message was not stored
                log.warning("a line could not be stored: %s", type(error).__name__)
            if self._stopped.wait(wait):
                return


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _own_id(message: Outgoing) -> str:
    """The same message delivered again has the same id, in this process and in the next."""
    told = json.dumps([message.at.isoformat(), message.room, message.to, message.text, message.reply_to])
    return f"b{hashlib.sha256(told.encode()).hexdigest()[:12]}"
