"""`python -m bot.cli.wechat_rooms`: the rooms of the WeChat account and who is in them, with the ids for the register.

It only asks: a Linli that runs on the same wechaty gateway is not disturbed.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator

from bot.channels.wechat import checked_endpoint
from bot.channels.wechat_client import Client
from bot.channels.wechat_errors import ClientError
from bot.cli.errors import NOTHING_DONE
from bot.cli.words import tell

ANSWER_SECONDS = 10.0


def run() -> int:
    """A line a room (id, name), a line a member (id, name) indented by a tab; the exit status."""
    try:
        endpoint = checked_endpoint(os.environ.get("LINLI_WECHAT_ENDPOINT") or "")
        asyncio.run(_show(endpoint, os.environ.get("LINLI_WECHAT_TOKEN") or ""))
    except ValueError:
        tell("errors.setting_invalid", name="LINLI_WECHAT_ENDPOINT")
        return NOTHING_DONE
    except ClientError as error:
        tell("errors.wechat", why=type(error).__name__)
        return NOTHING_DONE
    return 0


async def _show(endpoint: str, token: str) -> None:
    client = Client(endpoint, token, ANSWER_SECONDS)
    try:
        await client.open()
        async for line in _lines(client):
            sys.stdout.write(f"{line}\n")
    finally:
        await client.close()


async def _lines(client: Client) -> AsyncIterator[str]:
    for room in await client.rooms():
        name, members = await client.room(room)
        yield f"{room}\t{name}"
        for user in sorted(members):
            yield f"\t{user}\t{await client.name_in(room, user) or await client.name_of(user)}"


if __name__ == "__main__":
    sys.exit(run())
