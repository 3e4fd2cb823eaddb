"""Runs a recorded chat through the whole system as if it had just arrived, on the transcript's own clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta, timezone, tzinfo
from itertools import chain, islice
from typing import Any, Protocol, TextIO

from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from bot.channels.contract import Outgoing, Receipt, Sender, line_of
from bot.dialogue.contract import Dialogue, Parse
from bot.gateway.deliver import Deliverer
from bot.gateway.handle import Handler, wall_clock
from bot.gateway.owner import is_dead, own_name
from bot.gateway.transcript import Entry, LineUnusable, entry_of
from desk.domain.keeping import KEEP
from desk.domain.model import InboxMessage
from desk.domain.words import InboxState
from desk.services import mailroom, manners, schedule
from desk.services.mailroom import MOST_ATTEMPTS, Arrival
from desk.storage.engine import transaction
from desk.storage.tables import inbox

CHUNK = 256
"""Lines read by the pipeline in one pass."""


class ReplayChannel(Sender, Protocol):
    """A channel that also shows what could not be used, and knows the transcript's zone."""

    zone: tzinfo

    def write(self, line: dict[str, Any]) -> None:
        """Shows the error that stands in the place of a line."""


class TranscriptChannel:
    """Prints what is said as lines of JSON; stands for every channel of the transcript."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.zone: tzinfo = timezone.utc

    def send(self, message: Outgoing) -> Receipt:
        """Prints it; a line once written has arrived."""
        self.write(line_of(message, self.zone))
        return Receipt()

    def write(self, line: dict[str, Any]) -> None:
        """One line."""
        self._out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._out.flush()


class Replay:
    """One run over one transcript."""

    def __init__(
        self,
        engine: Engine,
        dialogue: Dialogue,
        channel: ReplayChannel,
        speak_from: float,
        heard: Callable[[Entry], None] | None = None,
        keep: timedelta = KEEP,
    ) -> None:
        self._engine = engine
        self._keep = keep
        self._channel = channel
        self._handler = Handler(engine, dialogue, speak_from)
        self._owner = own_name()
        self._deliverer = Deliverer(engine, self._owner, lambda _name: channel, self._now)
        self._clock: datetime | None = None
        self._next: datetime | None = None
        self._stale = True
        self._heard = heard
        self.unusable = 0

    def run(self, lines: Iterable[str | LineUnusable]) -> None:
        """Replays every line; what an earlier run left unfinished is finished first."""
        chunks = _chunks(_entries(lines), CHUNK)
        first = next(chunks, [])
        # What is left of an earlier run is said in this transcript's zone, as it would have been then.
        self._channel.zone = next((e.at.tzinfo for e in first if isinstance(e, Entry) and e.at.tzinfo), timezone.utc)
        self._clock = next((e.at for e in first if isinstance(e, Entry)), None)
        self.finish_leftovers()
        self._clock = None
        for chunk in chain([first], chunks):
            texts = [e.arrival.text for e in chunk if isinstance(e, Entry) and e.arrival is not None]
            parses = iter(self._handler.read(texts))
            for entry in chunk:
                self._step(entry, parses)
        self._last_call()

    def left(self) -> int:
        """Messages that still wait, because the dialogue went away."""
        waiting = select(func.count()).select_from(inbox).where(inbox.c.state == InboxState.PENDING)
        with transaction(self._engine) as session:
            return int(session.scalar(waiting) or 0)

    def feed(self, entry: Entry) -> None:
        """One entry by itself, for a person who types."""
        texts = [entry.arrival.text] if entry.arrival is not None else []
        self._step(entry, iter(self._handler.read(texts)))

    def _now(self) -> datetime:
        return self._clock or wall_clock()

    def _step(self, entry: Entry | LineUnusable, parses: Iterator[Parse | None]) -> None:
        if isinstance(entry, LineUnusable):
            self.unusable += 1
            self._channel.write(entry.as_dict())
            return
        self._advance(entry.at)
        if entry.arrival is None:
            return
        parse = next(parses)
        if self._heard is not None:
            self._heard(entry)
        taken = self._take_in(entry.arrival)
        if taken is not None and not self._handle(taken, parse):
            self._deliverer.deliver()
            self._stale = True  # it may be held

    def _last_call(self) -> None:
        """The clock stops: what waits for the end of this minute is said."""
        if self._clock is not None:
            with transaction(self._engine) as session:
                manners.last_call(session, self._clock)
            self._deliverer.deliver()

    def _advance(self, at: datetime) -> None:
        """Moves the clock, never back; what falls due in between happens at its own moment."""
        self._channel.zone = at.tzinfo or timezone.utc
        if self._clock is None:
            self._clock = at
            self._fire()
            return
        while (moment := self._next_due()) is not None and moment <= at:
            self._clock = max(self._clock, moment)
            self._fire()
        self._clock = max(self._clock, at)

    def _next_due(self) -> datetime | None:
        if self._stale:
            with transaction(self._engine) as session:
                self._next = schedule.next_due(session, self._now(), datetime.max.replace(tzinfo=timezone.utc))
            self._stale = False
        return self._next

    def _fire(self) -> None:
        with transaction(self._engine) as session:
            schedule.do_due(session, self._now(), keep=self._keep)
        self._stale = True
        self._deliverer.deliver()

    def _take_in(self, arrival: Arrival) -> InboxMessage | None:
        """T1, and the lease in the same transaction: nobody else replays this transcript."""
        with transaction(self._engine) as session:
            row = mailroom.record_arrival(session, arrival, self._now(), count_repeated=False)
            if row is not None:
                mailroom.take(row, self._owner, wall_clock())
        return row

    def _handle(self, row: InboxMessage, parse: Parse | None) -> bool:
        """Until it has an outcome: the transcript's clock does not wait for a later attempt. Whether it was quiet."""
        for attempt in range(MOST_ATTEMPTS):
            held: InboxMessage | None = self._take_again(row.id) if attempt else row
            if held is None:
                break
            handled = self._handler.handle_one(held.id, held.lease_token or "", parse)
            if handled.effect is not None:
                self._stale = self._stale or handled.effect.ticket is not None
                return handled.quiet
        return False

    def _take_again(self, row_id: int) -> InboxMessage | None:
        with transaction(self._engine) as session:
            row: InboxMessage | None = session.get(InboxMessage, row_id)
            if row is None or row.state is not InboxState.PENDING:
                return None
            mailroom.take(row, self._owner, wall_clock())
            return row

    def finish_leftovers(self) -> None:
        """Takes over what dead processes held, at the time it arrived."""
        with transaction(self._engine) as session:
            mailroom.take_over(session, wall_clock(), is_dead)
        last = 0
        while True:
            with transaction(self._engine) as session:
                waiting = select(InboxMessage).where(inbox.c.state == InboxState.PENDING, inbox.c.id > last)
                waiting = waiting.order_by(inbox.c.id)
                rows = list(session.scalars(waiting.limit(CHUNK)))
                for row in rows:
                    mailroom.take(row, self._owner, wall_clock())
            if not rows:
                break
            for row, parse in zip(rows, self._handler.read([row.text for row in rows]), strict=True):
                self._handle(row, parse)
            last = rows[-1].id  # what has to wait longer is not looked at again and again
        self._deliverer.deliver()


def _entries(lines: Iterable[str | LineUnusable]) -> Iterator[Entry | LineUnusable]:
    for line in lines:
        try:
            if isinstance(line, LineUnusable):
                raise line
            yield entry_of(line)
        except LineUnusable as unusable:
            yield unusable


def _chunks(entries: Iterator[Entry | LineUnusable], size: int) -> Iterator[list[Entry | LineUnusable]]:
    while chunk := list(islice(entries, size)):
        yield chunk
