"""Delivers what is for one channel, in a thread of its own: a slow, dead or flood-limited one slows nobody else.

ChannelError    the row                       what else
Transient       later; its chat behind it     `everywhere`: the whole channel rests
Uncertain       unknown: once more, no more
Moved           later, in the new room        register and waiting rows follow
Gone            failed                        another way, see `desk.services.fallback`
Permanent       failed
anything else   unknown: a fault of ours, and it may have arrived
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.engine import Engine

from bot.channels.contract import (
    AccountLost,
    Capabilities,
    ChannelError,
    Gone,
    Moved,
    Outgoing,
    Permanent,
    Receipt,
    Sender,
    Transient,
)
from bot.gateway.handle import wall_clock
from bot.gateway.pace import Pace
from bot.gateway.parts import parts_of
from bot.gateway.wording import Wording
from bot.texts import render
from desk.domain.errors import DatabaseAway
from desk.domain.model import OutboxMessage
from desk.domain.words import OutboxState
from desk.services import delivery
from desk.services.fallback import do_fall_back
from desk.services.rooms import move_room
from desk.storage.engine import transaction

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
"""Between two looks when nothing waits; what is posted wakes the courier at once."""

AWAY_SECONDS = 5.0
"""Before the next attempt when the database is away."""


class Counted(Protocol):
    """Told what became of messages."""

    def delivered(self, channel: str, state: OutboxState) -> None:
        """One more."""


class Courier:
    """One channel's deliveries. `run` is its thread; `deliver` is one round of it."""

    def __init__(
        self,
        engine: Engine,
        owner: str,
        name: str,
        channel: Sender,
        wording: Wording,
        counted: Counted | None = None,
        now: Callable[[], datetime] = wall_clock,
    ) -> None:
        capabilities: Capabilities = getattr(channel, "capabilities", None) or Capabilities(longest=100_000)
        self._engine = engine
        self._owner = owner
        self._name = name
        self._channel = channel
        self._wording = wording
        self._longest = capabilities.longest
        self._pace = Pace(capabilities)
        self._counted = counted
        self._now = now
        self._arrived: dict[int, list[Receipt]] = {}
        self._rests_until = 0.0
        self._wake = threading.Event()
        self._end: float | None = None

    def wake(self) -> None:
        """Something was posted."""
        self._wake.set()

    def stop(self, seconds: float) -> None:
        """Ends `run` when nothing is due any more, or after so many seconds."""
        self._end = time.monotonic() + seconds
        self._wake.set()

    def run(self) -> None:
        """Until `stop`."""
        while True:
            self._wake.clear()
            ends = self._end is not None
            pause = self._round()
            if ends and (pause >= IDLE_SECONDS or self._over()):
                return
            self._wake.wait(pause)

    def _round(self) -> float:
        """Delivers; seconds until the next look."""
        try:
            self.deliver()
            return self._pause()
        except DatabaseAway as error:
            log.error("%s: database: %s", self._name, error.facts.get("reason"))
        except Exception:  # one broken round must not end the thread: its rows come again
            log.exception("%s: round failed", self._name)
        return AWAY_SECONDS

    def deliver(self) -> int:
        """Everything that may be sent now; how many messages left the outbox."""
        done = 0
        while not self._over() and not self._rests() and not self._pace.wait():
            taken = self._take()
            if taken is None:
                break
            done += self._deliver_one(*taken)
        return done

    def _over(self) -> bool:
        return self._end is not None and time.monotonic() > self._end

    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _pause(self) -> float:
        if self._rests():
            return min(self._rests_until - time.monotonic(), 60.0)
        waits = [wait for wait in (self._pace.wait(), *self._pace.resting().values()) if wait > 0]
        return max(min([IDLE_SECONDS, *waits]), 0.01)

    def _take(self) -> tuple[OutboxMessage, Outgoing | None] | None:
        with transaction(self._engine) as session:
            resting = list(self._pace.resting())
            message = delivery.next_out(session, self._owner, wall_clock(), self._name, resting, self._now())
            if message is None:
                return None
            code = delivery.code_of(session, message)
            answers = message.reply_to is not None and delivery.answers_there(session, message)
            topic = delivery.topic_of(session, message)
        return message, self._worded(message, code, topic, answers=answers)

    def _worded(self, message: OutboxMessage, code: str | None, topic: str | None, *, answers: bool) -> Outgoing | None:
        reply_to = message.reply_to if answers else None
        try:
            return self._wording.outgoing(message, self._channel, code=code, reply_to=reply_to, topic=topic)
        except KeyError:
            log.error("outbox %s: %s cannot be filled", message.id, message.template)
            return None

    def _deliver_one(self, message: OutboxMessage, worded: Outgoing | None) -> bool:
        try:
            if worded is None:
                raise Permanent
            receipt = self._send(message, worded)
        except ChannelError as error:
            return self._mark(message, error)
        except Exception as error:  # whatever broke, the next message may be well
            log.exception("outbox %s: the channel broke", message.id)
            return self._mark(message, error)
        with transaction(self._engine) as session:
            row = delivery.open_sending(session, message.id)
            if row is not None:
                delivery.mark_sent(row, receipt.message, self._now())
        self._count(OutboxState.SENT)
        return True

    def _send(self, message: OutboxMessage, worded: Outgoing) -> Receipt:
        """All parts; those that arrived before an error are not sent again by this process."""
        parts = parts_of(worded, self._longest)
        arrived = self._arrived.setdefault(message.id, [])
        chat = message.room if message.room is not None else message.user or ""
        for part in parts[len(arrived) :]:
            self._pace.sent(chat, room=message.room is not None)
            arrived.append(self._channel.send(part))
        del self._arrived[message.id]
        return arrived[-1] if worded.buttons else arrived[0]

    def _mark(self, message: OutboxMessage, error: Exception) -> bool:
        """Keeps what an error means; whether the message is done with."""
        if isinstance(error, Transient) and error.everywhere:
            self._rest(error)
        with transaction(self._engine) as session:
            row = delivery.open_sending(session, message.id)
            if row is None:
                return True
            self._keep(session, row, error)
            state = row.state
        if state is not OutboxState.PENDING:
            self._count(state)
        return state is not OutboxState.PENDING

    def _keep(self, session: Any, row: OutboxMessage, error: Exception) -> None:
        wall = wall_clock()
        if isinstance(error, Transient):
            delivery.mark_unsent(row, wall, self._now(), permanent=False, after=error.after)
        elif isinstance(error, Moved):
            delivery.mark_unsent(row, wall, self._now(), permanent=False)
            move_room(session, self._name, row.room or "", error.room)
            row.room = error.room
        elif isinstance(error, Permanent):
            self._arrived.pop(row.id, None)
            delivery.mark_refused(row)
            if row.state is not OutboxState.FAILED:
                return
            log.error("outbox %s: %s refused by %s", row.id, row.template, self._name)
            if isinstance(error, Gone):
                do_fall_back(session, row, self._now(), sayable)
        else:
            delivery.mark_unsure(row, wall)
            log.warning("outbox %s: unknown whether it arrived", row.id)

    def _rest(self, error: Transient) -> None:
        self._rests_until = time.monotonic() + error.after
        kind = "account lost" if isinstance(error, AccountLost) else "away"
        log.warning("%s: %s, rests for %.0f s", self._name, kind, error.after)

    def _count(self, state: OutboxState) -> None:
        if self._counted is not None:
            self._counted.delivered(self._name, state)


def sayable(template: str, facts: Mapping[str, Any]) -> bool:
    """Whether a room can be told this: every placeholder is filled."""
    try:
        render(template, facts, wall_clock(), in_room=True)
    except KeyError:
        return False
    return True
