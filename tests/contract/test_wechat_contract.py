"""WeChat through the suite: the real Node gateway of wechaty in front of its mock of WeChat."""

from __future__ import annotations

import pytest
from suite import ContractSuite, Heard, Peer
from wechat_driver import ME, QUICK, TOKEN, Gateway

from bot.channels.wechat import WechatChannel


class WechatPeer:
    """李姐 in a room of WeChat."""

    gone = "20404@chatroom"

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.room, self.user = gateway.new("room") + "@chatroom", gateway.new("wxid")
        self._before = len(gateway.sent())
        gateway.person(self.user, "云淡风轻")
        gateway.room(self.room, "幸福里3号楼群", self.user)
        gateway.card(self.room, self.user, "3-2-501 李姐")
        self.channel = WechatChannel(gateway.endpoint, TOKEN, QUICK)

    def say(self, text: str, *, private: bool = False, mention: bool = False, reply_to: str | None = None) -> str:
        assert reply_to is None, "nobody can name a message in WeChat"
        text = f"@邻里\u2005{text}" if mention else text
        return self._gateway.say(None if private else self.room, self.user, text, mentions=[ME] if mention else [])

    def repeat(self, message: str) -> None:
        self._gateway.say(self.room, self.user, id=message)

    def edit(self, message: str, text: str) -> None:
        raise AssertionError("WeChat has no edits")

    def recall(self, message: str) -> None:
        self._gateway.call("/recall", room=self.room, user=self.user, message=message)

    def photo(self, content: bytes) -> str:
        return self._gateway.send(self.room, self.user, "Image", "电梯.jpg", content)

    def said(self) -> list[Heard]:
        return [Heard(row["text"], row["room"], row["to"], row["id"]) for row in self._gateway.sent()[self._before :]]


class TestWechat(ContractSuite):
    @pytest.fixture
    def peer(self, wechat_gateway: Gateway) -> Peer:
        return WechatPeer(wechat_gateway)
