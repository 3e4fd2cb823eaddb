"""Takes an update in: read, stored, and only then done with. What cannot be read is counted and passed over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from bot.channels.contract import Intake
from bot.channels.telegram.presses import Presses
from bot.channels.telegram.pulse import Pulse
from bot.channels.telegram.updates import Heard, Me, read_update

log = logging.getLogger(__name__)


class Taking:
    """Stores what updates say, one after the other, in a thread that may wait for the database."""

    def __init__(self, presses: Presses, intake: Intake, pulse: Pulse, me: Me) -> None:
        self._presses = presses
        self._intake = intake
        self._pulse = pulse
        self._me = me
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="telegram-intake")

    async def take(self, update: object) -> None:
        """Returns when it is stored, or is nothing to store.

        Raises:
            Exception: it could not be stored now; offer it again.
        """
        heard = self._read(update)
        if heard is None:
            return
        if heard.arrival is not None:
            await self._store(self._intake.take_in, heard.arrival)
        if heard.news is not None:
            log.info("room %s: %s", heard.news.room, heard.news.change.value)
            await self._store(self._intake.room_news, heard.news)
        if heard.callback is not None:
            self._presses.wait(heard.callback)

    def _read(self, update: object) -> Heard | None:
        try:
            return read_update(update, self._me, datetime.now(timezone.utc))
        except Exception:  # Unusable, or a shape that nobody thought of: it must not stop what comes behind it
            self._pulse.unusable += 1
            log.warning("update %s cannot be read", update_id(update))
            return None

    async def _store(self, store: Callable[..., object], what: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, store, what)

    async def close(self) -> None:
        """Waits for what is being stored."""
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)


def update_id(update: object) -> int | None:
    """The number of an update, if it has one."""
    found = update.get("update_id") if isinstance(update, dict) else None
    return found if type(found) is int and found >= 0 else None
