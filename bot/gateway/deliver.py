"""Delivers the outbox: at least once, in order, each thing marked for what became of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.channels.contract import Outgoing, Permanent, Sender, Transient
from bot.gateway.discretion import worded
from bot.gateway.handle import wall_clock
from desk.domain.model import OutboxMessage
from desk.services import mailroom
from desk.storage.engine import transaction

log = logging.getLogger(__name__)

BATCH = 50
"""Messages taken at once."""


class Deliverer:
    """Delivers on one channel per name; `channel_for` finds it."""

    def __init__(
        self, engine: Engine, owner: str, channel_for: Callable[[str], Sender | None], now: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._owner = owner
        self._channel_for = channel_for
        self._now = now

    def deliver(self) -> int:
        """Delivers everything that is due; how many messages left the outbox."""
        done = 0
        while batch := self._take():
            done += sum(self._deliver_one(message, code) for message, code in batch)
        return done

    def _take(self) -> list[tuple[OutboxMessage, str | None]]:
        with transaction(self._engine) as session:
            batch = mailroom.due_out(session, self._owner, wall_clock(), BATCH)
            return [(message, mailroom.code_of(session, message)) for message in batch]

    def _deliver_one(self, message: OutboxMessage, code: str | None) -> bool:
        channel = self._channel_for(message.channel)
        try:
            if channel is None:
                raise Transient
            text = worded(self._engine, message)
            receipt = channel.send(_outgoing(message, text, code))
        except Transient as error:
            return self._mark_unsent(message, permanent=False, after=error.after)
        except (Permanent, KeyError):
            log.exception("outbox %s cannot be delivered", message.id)
            return self._mark_unsent(message, permanent=True)
        except Exception:  # one channel's fault must not stop the round for the others
            log.exception("outbox %s: the channel broke", message.id)
            return self._mark_unsent(message, permanent=False)
        with transaction(self._engine) as session:
            mailroom.mark_sent(_now_kept(session, message), receipt.message, self._now())
        return True

    def _mark_unsent(self, message: OutboxMessage, *, permanent: bool, after: float = 0.0) -> bool:
        with transaction(self._engine) as session:
            mailroom.mark_unsent(
                _now_kept(session, message), wall_clock(), self._now(), permanent=permanent, after=after
            )
        return permanent


def _now_kept(session: Session, message: OutboxMessage) -> OutboxMessage:
    """The row as it stands now: its words may have been taken back while it was under way."""
    row: OutboxMessage = session.get(OutboxMessage, message.id)
    return row


def _outgoing(message: OutboxMessage, text: str, code: str | None) -> Outgoing:
    return Outgoing(
        message.created_at, message.channel, message.room, message.user, text, message.reply_to, code, message.template
    )
