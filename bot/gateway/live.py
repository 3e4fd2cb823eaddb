"""The gateway as it runs: takes in what channels hand over, handles what waits, and keeps the schedule.

channels' threads ─► take_in (T1) ─► inbox ─► `run`: lease, handle ─► outbox ─► a `Courier` a channel
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import cast

from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.channels.contract import Channel, RoomNews, Sender
from bot.dialogue.contract import Dialogue
from bot.gateway.courier import Courier
from bot.gateway.fetching import Fetching
from bot.gateway.handle import Handler, wall_clock
from bot.gateway.intake import storable
from bot.gateway.meters import Fare, Meters, Report
from bot.gateway.news import do_room_news
from bot.gateway.owner import is_dead, own_name
from bot.gateway.together import Together
from bot.gateway.watch import Watch
from bot.gateway.wording import Wording
from desk.domain.errors import DatabaseAway
from desk.domain.keeping import KEEP
from desk.domain.model import InboxMessage
from desk.services import delivery, mailroom, schedule
from desk.services.digest import Daily
from desk.services.mailroom import Arrival
from desk.storage.engine import transaction

log = logging.getLogger(__name__)

BATCH = 50
"""Messages handled in one pass of the pipeline: what came last waits for no more than these."""

IDLE_SECONDS = 0.2
"""Between two looks when nothing waits; a channel that hands something over wakes the loop at once."""

AWAY_SECONDS = 5.0
"""Before the next attempt when the database is away."""

SCHEDULE_SECONDS = 20.0
"""Between two looks at deadlines and at what dead processes left."""

LAST_DELIVERY_SECONDS = 5.0
"""What stopping gives the couriers for what is due."""

LAST_STOP_SECONDS = 8.0
"""What stopping gives the channels."""

STUCK_SECONDS = 120.0
"""After so long without a round the loop counts as stuck; a full batch takes less."""


class Stopping(Exception):
    """The gateway takes nothing in any more; it is to be offered to the next one."""


class Gateway:
    """One process of the gateway; several may share one PostgreSQL. It is the `Intake` of its channels."""

    def __init__(
        self, engine: Engine, dialogue: Dialogue, channels: Mapping[str, Sender], speak_from: float,
        files: Path | None = None, digest_at: time | None = None, keep: timedelta = KEEP,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._keep = keep
        self._owner = own_name()
        self._handler = Handler(engine, dialogue, speak_from)
        self._together = Together(engine, self._handler)
        self.meters = Meters()
        wording = Wording(engine, files)
        self._couriers = [
            Courier(engine, self._owner, name, one, wording, self.meters) for name, one in channels.items()
        ]
        self.channels = {name: cast(Channel, one) for name, one in channels.items() if hasattr(one, "health")}
        self._fetching = Fetching(engine, channels, files) if files is not None else None
        self._daily = Daily(digest_at)
        self._watch = Watch(self.channels, wall_clock())
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._drain = False
        self._scheduled = 0.0
        self._uncounted: list[int] = []
        self.turned = monotonic()

    # --- the intake of the channels

    def take_in(self, arrival: Arrival) -> InboxMessage | None:
        """T1; only when it returns may the channel acknowledge. None for a duplicate.

        Raises:
            Stopping, DatabaseAway: not stored.
        """
        if self._stop.is_set() and not self._drain:
            raise Stopping
        clean = storable(arrival)
        if clean is None:
            log.error("%s: a message without a usable id is dropped", arrival.channel[:32])
            return None
        try:
            row = self._record(clean)
        except IntegrityError:
            # Another gateway stored the same message, or the same new person, in this very moment.
            row = self._record(clean)
        self.meters.received(clean.channel, repeated=row is None)
        self._wake.set()
        return row

    def _record(self, arrival: Arrival) -> InboxMessage | None:
        with transaction(self._engine) as session:
            return mailroom.record_arrival(session, arrival, wall_clock())

    def room_news(self, news: RoomNews) -> None:
        """Keeps what became of a room."""
        if self._stop.is_set() and not self._drain:
            raise Stopping
        with transaction(self._engine) as session:
            do_room_news(session, news, wall_clock())
        self._wake_couriers()

    # --- running

    def stop(self, *, drain: bool = False) -> None:
        """Ends `run` after what is in hand is finished, or all that waits; callable from a signal handler."""
        self._drain = drain
        self._stop.set()
        self._wake.set()

    def run(self) -> None:
        """Until `stop`. A database that goes away is waited for: what channels hold back comes again."""
        threads = [threading.Thread(target=one.run, name="courier", daemon=True) for one in self._couriers]
        for thread in threads:
            thread.start()
        for name, channel in self.channels.items():
            try:
                channel.start(self)
            except Exception:  # one that cannot even begin must not keep the others from it; its health says so
                log.exception("%s: could not be started", name)
        if self._fetching is not None:
            self._fetching.start()
        while not self._stop.is_set():
            self._pass()
        self._finish(threads)

    def _pass(self) -> None:
        try:
            if not self.turn():
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()
        except DatabaseAway as error:
            log.error("database: %s", error.facts.get("reason"))
            self._stop.wait(AWAY_SECONDS)
        except Exception:  # one broken round must not end the gateway: its rows come again
            log.exception("round failed")
            self._stop.wait(AWAY_SECONDS)

    def _finish(self, threads: list[threading.Thread]) -> None:
        """What waits when the input has ended, then a last round of delivery, then the channels."""
        try:
            while self._drain and self.turn():
                pass
        except DatabaseAway as error:
            log.error("database: %s", error.facts.get("reason"))
        if self._fetching is not None:
            self._fetching.stop()
        for courier in self._couriers:
            courier.stop(math.inf if self._drain else LAST_DELIVERY_SECONDS)
        for thread in threads:
            thread.join(None if self._drain else LAST_DELIVERY_SECONDS + 1)
        _in_parallel([channel.stop for channel in self.channels.values()], LAST_STOP_SECONDS)

    def turn(self) -> int:
        """One round: schedule when it is time, handle what waits; how much was done."""
        if wall_clock().timestamp() - self._scheduled > SCHEDULE_SECONDS:
            self.look_after()
        with transaction(self._engine) as session:
            self._count(session)
            rows = mailroom.lease(session, self._owner, wall_clock(), BATCH)
        self._uncounted = [row.id for row in rows]
        if rows:
            self._handle(rows)
        self.turned = monotonic()
        return len(rows)

    def _handle(self, rows: Sequence[InboxMessage]) -> None:
        """Each row to its outcome; when the gateway stops, the rest goes back untouched."""
        parses = self._handler.read([row.text for row in rows])
        number = 0
        while number < len(rows):
            if self._stop.is_set() and not self._drain:
                self._hand_back(rows[number:])
                break
            done = self._together.handle_next(rows[number:], parses[number:])
            number += len(done)
            if not all(one.quiet for one in done):
                self._wake_couriers()

    def _hand_back(self, rows: Sequence[InboxMessage]) -> None:
        with transaction(self._engine) as session:
            for row in rows:
                mailroom.untake(session, row.id, row.lease_token or "")

    def _count(self, session: Session) -> None:
        """What became of the last batch, in the transaction that takes the next one."""
        counts = mailroom.outcomes_of(session, self._uncounted) if self._uncounted else []
        self._uncounted = []
        for channel, outcome, count in counts:
            self.meters.handled(channel, outcome, count)

    def deliver(self) -> int:
        """One round of every courier, in this thread; for what runs without theirs."""
        return sum(courier.deliver() for courier in self._couriers)

    def look_after(self) -> None:
        """Takes over what dead processes held, does what is due, and looks how the channels fare."""
        self._scheduled = wall_clock().timestamp()
        with transaction(self._engine) as session:
            taken = mailroom.take_over(session, wall_clock(), is_dead)
            done = schedule.do_due(session, wall_clock(), self._daily, self._keep)
            expired = delivery.expire_out(session, wall_clock())
            self._watch.look(session, wall_clock())
        if taken or done or expired:
            log.info("took over %s, did %s, expired %s", taken, done, expired)
        self._wake_couriers()

    def _wake_couriers(self) -> None:
        for courier in self._couriers:
            courier.wake()

    # --- how it fares

    def report(self) -> Report:
        """How it fares, without anybody's words; asks the database, but changes nothing."""
        now = wall_clock()
        inbox_since = outbox_since = None
        try:
            with transaction(self._engine) as session:
                inbox_since, outbox_since = delivery.oldest_waiting(session, now)
            reachable = True
        except Exception as error:  # whatever it is, it is what the report is for
            log.error("the database does not answer: %s", type(error).__name__)
            reachable = False
        troubles = self._watch.troubles(now)
        return Report(
            database=reachable,
            turning=monotonic() - self.turned < STUCK_SECONDS,
            inbox_seconds=_age(inbox_since, now),
            outbox_seconds=_age(outbox_since, now),
            channels={
                name: Fare(_age(one.health().last_good, now), one.health().trouble, troubles[name])
                for name, one in self.channels.items()
            },
        )


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since is not None else 0.0


def _in_parallel(deeds: Iterable[Callable[[], None]], seconds: float) -> None:
    """Each in a thread of its own, and no longer than that for all."""
    threads = [threading.Thread(target=deed, daemon=True) for deed in deeds]
    for thread in threads:
        thread.start()
    end = monotonic() + seconds
    for thread in threads:
        thread.join(max(end - monotonic(), 0))
