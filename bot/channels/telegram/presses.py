"""Answers the presses of buttons: Telegram shows who pressed a clock until we do, once, with words or without.

press ─► stored ─► refused (not yours, too late)  ─► a pop-up for whoever pressed; the group hears nothing
                 └► anything else, or nothing      ─► no words, after a moment
"""

from __future__ import annotations

import asyncio
import logging

from bot.channels.contract import ChannelError, Outgoing, Permanent
from bot.channels.telegram.api import Api
from bot.channels.telegram.entities import utf16_length
from bot.channels.telegram.updates import PRESS

log = logging.getLogger(__name__)

MOMENT_SECONDS = 3.0
"""What a press may take before its clock is stopped without words: a deed takes far less."""

LONGEST_POPUP = 200
"""In UTF-16 code units."""


class Presses:
    """The presses of one bot. Belongs to the loop in which it is used."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def wait(self, callback: str) -> None:
        """Stops the clock after a moment, unless words come before."""
        if callback not in self._waiting:
            task = asyncio.create_task(self._stop_clock(callback))
            self._waiting[callback] = task
            task.add_done_callback(lambda _task: self._waiting.pop(callback, None))

    async def _stop_clock(self, callback: str) -> None:
        await asyncio.sleep(MOMENT_SECONDS)
        try:
            await self._api.call("answerCallbackQuery", callback_query_id=callback)
        except ChannelError as error:  # too late, or a second time: no matter
            log.info("a press was not answered: %s", type(error).__name__)

    async def say(self, message: Outgoing) -> bool:
        """Shows what concerns only whoever pressed to that person; False where it has to be said as a message.

        Raises:
            ChannelError: by meaning; it can be tried again.
        """
        callback = callback_of(message.reply_to)
        if not message.aside or message.room is None or callback is None or utf16_length(message.text) > LONGEST_POPUP:
            return False
        waiting = self._waiting.pop(callback, None)
        if waiting is not None:
            waiting.cancel()
        try:
            await self._api.call("answerCallbackQuery", callback_query_id=callback, text=message.text, show_alert=True)
        except Permanent:  # too long ago, or its clock was stopped already
            return False
        return True


def callback_of(name: str | None) -> str | None:
    """The press that a message of ours answers, if it answers one."""
    found = PRESS.fullmatch(name or "")
    return found[1] if found else None
