"""Handles a batch: messages that are left alone one after another are done with in one transaction.

Most of a chat is left alone, and for such a message a transaction of its own costs more than everything else: the
commit, and the same questions to the register as for the message before. The first message that is anything else ends
its group; from there on it has its own transactions, as the table in docs/life-of-a-message.md has them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.engine import Engine

from bot.dialogue.contract import Parse
from bot.gateway.handle import Handled, Handler, Step
from desk.domain.errors import DatabaseAway
from desk.domain.model import InboxMessage
from desk.services.known import Known
from desk.services.mailroom import held_rows
from desk.storage.engine import transaction

log = logging.getLogger(__name__)

GROUP = 20
"""Messages of one transaction: so long everybody else waits for the database, and no longer."""


class Together:
    """Handles batches with a handler."""

    def __init__(self, engine: Engine, handler: Handler) -> None:
        self._engine = engine
        self._handler = handler

    def handle_next(self, rows: Sequence[InboxMessage], parses: Sequence[Parse | None]) -> list[Handled]:
        """What became of the first rows, in their order: those left alone, and the one after them; at least one."""
        group = rows[:GROUP]
        try:
            steps = self._steps(group, parses)
        except DatabaseAway:
            raise
        except Exception:  # whichever row it was: none of the group is done, and each is tried by itself
            log.exception("rows %s to %s: each by itself", group[0].id, group[-1].id)
            return [self._one(row, parse) for row, parse in zip(group, parses)]  # noqa: B905
        done = [Handled(row.id, step.effect, quiet=True) for row, step in zip(group, steps) if step.is_quiet]  # noqa: B905
        if len(done) == len(group):
            return done
        last = len(done)
        return [*done, self._one(rows[last], parses[last], steps[last] if len(steps) > last else None)]

    def _steps(self, rows: Sequence[InboxMessage], parses: Sequence[Parse | None]) -> list[Step]:
        """The ways of the first rows, to the first that is not left alone, or not ours any more; T2 of all of them."""
        steps: list[Step] = []
        with transaction(self._engine) as session:
            held = held_rows(session, {row.id: row.lease_token or "" for row in rows})
            known = Known(session, held.values())
            for row, parse in zip(rows, parses):  # noqa: B905
                if row.id not in held:
                    break
                steps.append(self._handler.route_row(session, held[row.id], parse, None, known))
                if not steps[-1].is_quiet:
                    break
        return steps

    def _one(self, row: InboxMessage, parse: Parse | None, step: Step | None = None) -> Handled:
        return self._handler.handle_one(row.id, row.lease_token or "", parse, step)
