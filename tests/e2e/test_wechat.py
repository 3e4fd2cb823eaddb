"""A group in WeChat from the first report to the rating: real gateway of wechaty, real protocol, real Rasa.

Who is who comes from the register; people quote, as they do in WeChat, and the bot finds what they mean.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers_e2e import import_registers, ledger_of, wipe
from wechat_driver import QUICK, TOKEN, Gateway, until

from bot.channels.wechat import WechatChannel
from bot.gateway.live import Gateway as Linli

pytestmark = pytest.mark.slow

ROOM, STAFF = "30001@chatroom", "30009@chatroom"
LI, WANG, SHEN, LU = "wxid_lijie30", "wxid_wang30", "wxid_shen30", "wxid_lu30"

REGISTER = f"""\
community: {{code: "330102007003", name: 临江社区, timezone: Asia/Shanghai}}
members:
  - {{id: shen, name: 沈浩, role: officer, identities: [{{channel: wechat, user: {SHEN}}}]}}
  - {{id: lu, name: 卢静, role: staff, identities: [{{channel: wechat, user: {LU}}}]}}
grids:
  - {{code: "330102007003-01", name: 桂花网格, officer: shen, covers: [{{estate: 桂花苑, buildings: "1-8"}}]}}
rooms:
  - {{channel: wechat, id: {ROOM}, purpose: residents, quiet: none, grid: "330102007003-01", listening: all}}
  - {{channel: wechat, id: {STAFF}, purpose: staff}}
"""


@pytest.fixture(scope="module")
def people(wechat_gateway: Gateway) -> Gateway:
    """Everybody, in WeChat."""
    names = {LI: "云淡风轻", WANG: "老王", SHEN: "沈浩", LU: "卢静"}
    for user, name in names.items():
        wechat_gateway.person(user, name)
    wechat_gateway.room(ROOM, "桂花苑邻里群", LI, WANG, SHEN)
    wechat_gateway.room(STAFF, "临江工作群", SHEN, LU)
    wechat_gateway.card(ROOM, LI, "2-1-301 李姐")
    return wechat_gateway


class Group:
    """What the people of the group say, and what they hear from now on."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.heard = len(gateway.sent())

    def hears(self, *parts: str, where: str) -> dict[str, Any]:
        """The next thing that is said there with all these parts in it."""

        def found() -> dict[str, Any] | None:
            new = self.gateway.sent()[self.heard :]
            return next((r for r in new if where in (r["room"], r["to"]) and all(p in r["text"] for p in parts)), None)

        until(lambda: found() is not None, lambda: f"{parts} in {where}: {self.gateway.sent()[self.heard :]}")
        row = found()
        assert row is not None
        return row

    def quotes(self, row: dict[str, Any], user: str, text: str) -> str:
        """Somebody quotes what the bot said, where it was said."""
        return self.gateway.say(row["room"], user, text, quote={"name": "邻里", "text": row["text"]})


@pytest.fixture
def linli(in_process: Any, people: Gateway, tmp_path: Path) -> Iterator[tuple[Group, Any]]:
    from actions.base import DeskAction

    engine, dialogue = in_process
    DeskAction.engine = engine
    wipe(engine)
    register = tmp_path / "register.yml"
    register.write_text(REGISTER, encoding="utf-8")
    import_registers(engine, [register])
    group = Group(people)
    channel = WechatChannel(people.endpoint, TOKEN, QUICK)
    running = Linli(engine, dialogue, {"wechat": channel}, 0.5)
    thread = threading.Thread(target=running.run)
    thread.start()
    until(lambda: channel.health().last_good is not None)
    yield group, engine
    running.stop()
    thread.join()


def test_from_the_first_report_to_the_rating(linli: tuple[Group, Any]) -> None:
    group, engine = linli

    group.gateway.say(ROOM, LI, "中午吃的啥呀大家")
    group.gateway.say(ROOM, LI, "2号楼电梯又坏了，麻烦派人来看看")
    receipt = group.hears("1号单记下了", "沈浩", where=ROOM)
    assert receipt["text"].startswith("@李姐 ")
    assert receipt["mentions"] == [LI]
    card = group.hears("1号单", "回“接单”开始", where=SHEN)

    group.quotes(card, SHEN, "接单")
    group.hears("1号单您接下了", where=SHEN)
    until(lambda: ledger_of(engine)[0]["state"] == "accepted")

    group.quotes(receipt, WANG, "办结")  # he may quote whatever he likes
    group.hears("1号单这一步要由经办的人来做", where=ROOM)
    assert ledger_of(engine)[0]["state"] == "accepted"
    group.quotes(receipt, SHEN, "办结")
    question = group.hears("1号单办好了", where=ROOM)
    until(lambda: ledger_of(engine)[0]["state"] == "resolved")

    group.quotes(question, SHEN, "满意")  # not his to say
    until(lambda: any("评价" in row["text"] for row in group.gateway.sent()[group.heard :]))
    assert ledger_of(engine)[0]["state"] == "resolved"
    group.quotes(question, LI, "满意")
    group.hears("谢谢您的评价，1号单销号了", where=ROOM)

    (ticket,) = ledger_of(engine)
    assert (ticket["state"], ticket["rating"], ticket["category"]) == ("closed", 5, "elevator")
    assert (ticket["source"]["channel"], ticket["source"]["room"]) == ("wechat", ROOM)
    assert ticket["requester"]["user"] == LI
    said = group.gateway.sent()[group.heard :]
    assert not [row for row in said if row["room"] == ROOM and "301" in row["text"]], "a door was told to the room"


def test_what_is_taken_back_is_gone(linli: tuple[Group, Any]) -> None:
    group, engine = linli
    said = group.gateway.say(ROOM, LI, "2号楼电梯又坏了，麻烦派人来看看")
    group.hears("1号单记下了", where=ROOM)
    group.gateway.call("/recall", room=ROOM, user=LI, message=said)
    until(lambda: ledger_of(engine)[0]["state"] == "withdrawn")
    assert ledger_of(engine)[0]["summary"] == ""


def test_a_room_that_is_not_in_the_register_hears_nothing(linli: tuple[Group, Any]) -> None:
    group, engine = linli
    other = f"{group.gateway.new('room')}@chatroom"
    group.gateway.room(other, "别的群", LI)
    group.gateway.say(other, LI, "2号楼电梯又坏了，麻烦派人来看看")
    group.gateway.say(ROOM, LI, "2号楼电梯又坏了，麻烦派人来看看")
    group.hears("1号单记下了", where=ROOM)
    assert [row for row in group.gateway.sent()[group.heard :] if row["room"] == other] == []
    assert len(ledger_of(engine)) == 1
