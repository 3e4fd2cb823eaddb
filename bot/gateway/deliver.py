"""Delivers the outbox of a replay: all channels in one round, in order, each thing marked for what became of it.

The running gateway has a `Courier` a channel instead (`bot.gateway.courier`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.channels.contract import Permanent, Sender, Transient
from bot.gateway.handle import wall_clock
from bot.gateway.wording import Wording
from desk.domain.model import OutboxMessage
from desk.services import delivery
from desk.storage.engine import transaction

log = logging.getLogger(__name__)

BATCH = 50
"""Messages taken at once."""


class Deliverer:
    """Delivers on one channel per name; `channel_for` finds it."""

    def __init__(
        self, engine: Engine, owner: str, channel_for: Callable[[str], Sender | None], now: Callable[[], datetime],
        files: Path | None = None,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._owner = owner
        self._channel_for = channel_for
        self._now = now
        self._wording = Wording(engine, files)

    def deliver(self) -> int:
        """Delivers everything that is due; how many messages left the outbox."""
        done = 0
        while batch := self._take():
            done += sum(self._deliver_one(*taken) for taken in batch)
        return done

    def _take(self) -> list[tuple[OutboxMessage, str | None, str | None]]:
        with transaction(self._engine) as session:
            batch = delivery.due_out(session, self._owner, wall_clock(), BATCH, self._now())
            return [(m, delivery.code_of(session, m), delivery.topic_of(session, m)) for m in batch]

    def _deliver_one(self, message: OutboxMessage, code: str | None, topic: str | None) -> bool:
        channel = self._channel_for(message.channel)
        try:
            if channel is None:
                raise Transient
            outgoing = self._wording.outgoing(message, channel, code=code, reply_to=message.reply_to, topic=topic)
            receipt = channel.send(outgoing)
        except Transient as error:
            return self._mark_unsent(message, permanent=False, after=error.after)
        except (Permanent, KeyError):
            log.exception("outbox %s cannot be delivered", message.id)
            return self._mark_unsent(message, permanent=True)
        except Exception:  # one channel's fault must not stop the round for the others
            log.exception("outbox %s: the channel broke", message.id)
            return self._mark_unsent(message, permanent=False)
        with transaction(self._engine) as session:
            delivery.mark_sent(_now_kept(session, message), receipt.message, self._now())
        return True

    def _mark_unsent(self, message: OutboxMessage, *, permanent: bool, after: float = 0.0) -> bool:
        with transaction(self._engine) as session:
            delivery.mark_unsent(
                _now_kept(session, message), wall_clock(), self._now(), permanent=permanent, after=after
            )
        return permanent


def _now_kept(session: Session, message: OutboxMessage) -> OutboxMessage:
    """The row as it stands now: its words may have been taken back while it was under way."""
    row: OutboxMessage = session.get(OutboxMessage, message.id)
    return row
