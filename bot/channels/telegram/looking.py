"""A look at the account from outside of the channel: who it is and what it is shown. It takes nothing in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.channels.contract import ChannelError, Uncertain
from bot.channels.telegram.api import Api
from bot.channels.telegram.pulse import PRIVACY_MODE, trouble_of
from bot.settings import TelegramSettings

LOOK_SECONDS = 8.0
"""For the whole of it."""


@dataclass(frozen=True)
class Account:
    """`name` is what people find the bot by, empty while nobody answers; `trouble` as in `Health`."""

    name: str
    trouble: str | None


def look_at(settings: TelegramSettings, seconds: float = LOOK_SECONDS) -> Account:
    """Asks who the bot is; a channel that runs with the same token is not disturbed."""
    try:
        found = asyncio.run(asyncio.wait_for(_who(settings, seconds), seconds))
    except asyncio.TimeoutError:
        return Account("", trouble_of(Uncertain()))
    except ChannelError as error:
        return Account("", trouble_of(error))
    if not isinstance(found, dict) or type(found.get("id")) is not int:
        return Account("", trouble_of(Uncertain()))
    hears_all = found.get("can_read_all_group_messages") is True
    return Account(str(found.get("username") or found["id"]), None if hears_all else PRIVACY_MODE)


async def _who(settings: TelegramSettings, seconds: float) -> object:
    api = Api(settings.token, settings.base_url)
    await api.open()
    try:
        answer: object = await api.call("getMe", patience=seconds)
    finally:
        await api.close()
    return answer
