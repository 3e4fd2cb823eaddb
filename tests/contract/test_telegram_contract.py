"""The Telegram channel through the suite: 李姐 talks through a Bot API server of our own, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from peers.telegram.driver import Town
from peers.telegram.server import BotApi
from peers.telegram.world import Chat
from suite import ContractSuite, Heard, Peer

from bot.channels.telegram import TelegramChannel
from bot.settings import TelegramSettings


class TelegramPeer:
    """李姐 in a supergroup with the bot."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._li = town.person("李姐")
        self._room = town.world.group("三号楼群")
        thrown_out = town.world.group("别的群", joined=False)
        self.room, self.user, self.gone = str(self._room.id), self._li.id, str(thrown_out.id)
        self.channel = TelegramChannel(TelegramSettings(town.world.token, town.api.base_url), poll_seconds=1)

    def say(self, text: str, *, private: bool = False, mention: bool = False, reply_to: str | None = None) -> str:
        chat = self._li.private if private else self._room
        words = f"@{self._town.world.bot['username']} {text}" if mention else text
        target = chat.messages[int(reply_to)] if reply_to else None
        return str(self._li.says(chat, words, reply_to=target)["message_id"])

    def repeat(self, message: str) -> None:
        self._town.world.publish(message=self._room.messages[int(message)])

    def edit(self, message: str, text: str) -> None:
        self._li.edits(self._room.messages[int(message)], text)

    def recall(self, message: str) -> None:
        raise NotImplementedError("Telegram tells no bot of it")

    def photo(self, content: bytes) -> str:
        return str(self._li.sends_photo(self._room, content)["message_id"])

    def said(self) -> list[Heard]:
        return [self._heard(chat, said) for chat in (self._room, self._li.private) for said in self._town.said(chat)]

    def _heard(self, chat: Chat, said: dict[str, Any]) -> Heard:
        target = said.get("reply_to_message", {}).get("message_id")
        private = chat.type == "private"
        where = (None, self.user) if private else (self.room, None)
        return Heard(said["text"], *where, str(said["message_id"]), str(target) if target else None)


class TestTelegram(ContractSuite):
    @pytest.fixture
    def peer(self) -> Iterator[Peer]:
        with BotApi() as api:
            yield TelegramPeer(Town(api))
