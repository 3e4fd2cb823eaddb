"""A look at the gateway from outside of the channel: whether it answers, and whether the account is in.

Only the event stream tells of the account, and a gateway serves one of them: where a Linli listens, nothing is taken
from it and the account is not known (`busy`). Else the stream is let go as soon as it has told.
"""

from __future__ import annotations

import asyncio

from bot.channels.wechat import checked_endpoint
from bot.channels.wechat_client import Client
from bot.channels.wechat_errors import ClientError
from bot.channels.wechat_link import LOGGED_OUT, SCAN, trouble_of

ANSWER_SECONDS = 5.0
"""For the gateway's first answer."""

TOLD_SECONDS = 3.0
"""For the event stream to tell of the account; a gateway that knows tells at once."""


def look_at(endpoint: str, token: str) -> str | None:
    """The trouble, as in `Health`; None when the account is in."""
    try:
        return asyncio.run(_look(checked_endpoint(endpoint), token))
    except ClientError as error:
        return trouble_of(error)


async def _look(endpoint: str, token: str) -> str | None:
    client = Client(endpoint, token, ANSWER_SECONDS)
    try:
        await client.open()
        return await asyncio.wait_for(_told(client), TOLD_SECONDS)
    except asyncio.TimeoutError:
        return LOGGED_OUT
    finally:
        await client.close()


async def _told(client: Client) -> str | None:
    async for event in client.events():
        if event.name == "login":
            return None
        if event.name == "scan":
            return SCAN
    return LOGGED_OUT
