"""The gateway as it runs: takes in what channels hand over, handles what waits, delivers, and keeps the schedule."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from bot.channels.contract import Sender
from bot.dialogue.contract import Dialogue
from bot.gateway.deliver import Deliverer
from bot.gateway.handle import Handler, wall_clock
from bot.gateway.owner import is_dead, own_name
from desk.domain.errors import DatabaseAway
from desk.domain.keeping import KEEP
from desk.domain.model import InboxMessage
from desk.services import mailroom, schedule
from desk.services.mailroom import Arrival
from desk.storage.engine import transaction

log = logging.getLogger(__name__)

BATCH = 200
"""Messages handled in one pass of the pipeline."""

IDLE_SECONDS = 0.2
"""Between two looks when nothing waits; a channel that hands something over wakes the loop at once."""

AWAY_SECONDS = 5.0
"""Before the next attempt when the database is away."""

SCHEDULE_SECONDS = 20.0
"""Between two looks at deadlines and at what dead processes left."""


class Gateway:
    """One process of the gateway; several may share one PostgreSQL."""

    def __init__(
        self, engine: Engine, dialogue: Dialogue, channels: dict[str, Sender], speak_from: float, keep: timedelta = KEEP
    ) -> None:
        self._engine = engine
        self._keep = keep
        self._owner = own_name()
        self._handler = Handler(engine, dialogue, speak_from)
        self._deliverer = Deliverer(engine, self._owner, channels.get, wall_clock)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._drain = False
        self._scheduled = 0.0

    def take_in(self, arrival: Arrival) -> InboxMessage | None:
        """T1; only when it returns may the channel acknowledge. None for a duplicate."""
        try:
            row = self._record(arrival)
        except IntegrityError:
            # Another gateway stored the same message, or the same new person, in this very moment.
            row = self._record(arrival)
        self._wake.set()
        return row

    def _record(self, arrival: Arrival) -> InboxMessage | None:
        with transaction(self._engine) as session:
            return mailroom.record_arrival(session, arrival, wall_clock())

    def stop(self, *, drain: bool = False) -> None:
        """Ends `run` after what is in hand is finished, or all that waits; callable from a signal handler."""
        self._drain = drain
        self._stop.set()
        self._wake.set()

    def run(self) -> None:
        """Until `stop`. A database that goes away is waited for: what channels hold back comes again."""
        while not self._stop.is_set():
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
        while self.turn() and self._drain:
            pass

    def turn(self) -> int:
        """One round: schedule when it is time, handle what waits, deliver; how much was done."""
        if wall_clock().timestamp() - self._scheduled > SCHEDULE_SECONDS:
            self.look_after()
        with transaction(self._engine) as session:
            rows = mailroom.lease(session, self._owner, wall_clock(), BATCH)
        if rows:
            self._handler.handle(rows)
        return len(rows) + self._deliverer.deliver()

    def look_after(self) -> None:
        """Takes over what dead processes held, and does what is due."""
        self._scheduled = wall_clock().timestamp()
        with transaction(self._engine) as session:
            taken = mailroom.take_over(session, wall_clock(), is_dead)
            done = schedule.do_due(session, wall_clock(), self._keep)
        if taken or done:
            log.info("took over %s, did %s", taken, done)
