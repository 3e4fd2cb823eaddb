"""Long polling with a durable inbox: an update is confirmed by the poll after the one in which it was stored.

The offset lives in this process only. A new one asks without, gets again what the last one did not confirm, and what
was stored before is dropped by its key.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from bot.channels.contract import Transient, Uncertain
from bot.channels.telegram.api import Api, Elsewhere
from bot.channels.telegram.pulse import Pulse, trouble_of
from bot.channels.telegram.taking import Taking, update_id

log = logging.getLogger(__name__)

BATCH = 100
POLL_SECONDS = 25
"""How long the server may hold a poll open when there is nothing."""

ANSWER_SECONDS = 10.0
"""How much later than that it may answer."""

QUIET_SECONDS = 24 * 3600.0
"""After a quiet week the numbers start anew, perhaps lower: after a quiet day none is asked for."""

ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]


class Backoff:
    """Seconds to wait: doubled at each failure, and never less than what the platform asks for."""

    FIRST, MOST = 0.5, 30.0

    def __init__(self) -> None:
        self._next = self.FIRST

    def reset(self) -> None:
        """All is well."""
        self._next = self.FIRST

    def after(self, error: Exception) -> float:
        """Before the next attempt."""
        wait, self._next = self._next, min(2 * self._next, self.MOST)
        asked = error.after if isinstance(error, Transient) else 0.0
        return max(wait, min(asked, self.MOST))


class Poller:
    """Polls for ever. Nothing but being cancelled ends it."""

    def __init__(self, api: Api, taking: Taking, pulse: Pulse, poll_seconds: float = POLL_SECONDS) -> None:
        self._api = api
        self._taking = taking
        self._pulse = pulse
        self._poll_seconds = int(poll_seconds)
        self._offset: int | None = None
        self._heard_at = time.monotonic()

    async def run(self) -> None:
        """Until cancelled."""
        backoff = Backoff()
        while True:
            try:
                await self._turn()
            except Exception as error:
                self._pulse.bad(error)
                log.warning("polling: %s", trouble_of(error))
                await asyncio.sleep(backoff.after(error))
            else:
                backoff.reset()

    async def _turn(self) -> None:
        if self._offset is not None and time.monotonic() - self._heard_at > QUIET_SECONDS:
            self._offset = None
        updates, before = await self._updates(), self._offset
        for update in sorted(updates, key=lambda found: update_id(found) or 0):
            await self._taking.take(update)
            number = update_id(update)
            if number is not None:
                self._offset, self._heard_at = number + 1, time.monotonic()
        if updates and self._offset == before:
            raise Uncertain  # nothing that can be confirmed: it would come again at once, for ever
        self._pulse.good()

    async def _updates(self) -> list[Any]:
        try:
            found = await self._api.call(
                "getUpdates", offset=self._offset, limit=BATCH, timeout=self._poll_seconds, allowed_updates=ALLOWED,
                patience=self._poll_seconds + ANSWER_SECONDS,
            )  # fmt: skip
        except Elsewhere:
            if await self._has_webhook():
                await self._api.call("deleteWebhook")
            raise
        if not isinstance(found, list):
            raise Uncertain
        return found

    async def _has_webhook(self) -> bool:
        """Whether somebody set a webhook, which forbids polling."""
        info = await self._api.call("getWebhookInfo")
        return isinstance(info, dict) and bool(info.get("url"))
