"""`linli wechat-rooms`: the rooms of the WeChat account and who is in them, with the ids for the register.

It only asks: a Linli that runs on the same wechaty gateway is not disturbed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import typer

from bot.bootstrap import library
from bot.cli.errors import NOTHING_DONE, one_line
from bot.cli.words import tell
from bot.settings import WechatSettings, read_settings

ANSWER_SECONDS = 10.0


def run() -> None:
    """A line a room (id, name), a line a member (id, name) indented by a tab."""
    with one_line():
        wechat = read_settings().wechat
        if wechat is None:
            tell("errors.wechat_not_set")
            raise typer.Exit(NOTHING_DONE)
        client = library("bot.channels.wechat_client", "wechat").Client
        asyncio.run(_show(client, wechat))


async def _show(make: Any, wechat: WechatSettings) -> None:
    client = make(wechat.endpoint, wechat.token, ANSWER_SECONDS)
    try:
        await client.open()
        async for line in _lines(client):
            sys.stdout.write(f"{line}\n")
    finally:
        await client.close()


async def _lines(client: Any) -> AsyncIterator[str]:
    for room in await client.rooms():
        name, members = await client.room(room)
        yield f"{room}\t{name}"
        for user in sorted(members):
            yield f"\t{user}\t{await client.name_in(room, user) or await client.name_of(user)}"
