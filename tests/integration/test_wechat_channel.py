"""The WeChat channel over the real protocol: what people do in rooms and in private, and what they hear."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from wechat_driver import ME, QUICK, TOKEN, Gateway, Heard, until

from bot.channels.contract import AccountLost, File, Gone, Outgoing, Permanent, RoomChange, Transient, Uncertain
from bot.channels.wechat import WechatChannel, checked_endpoint
from desk.domain.words import MessageKind


@dataclass
class Group:
    """A room of one test, with 李姐 and 张伟 and us."""

    gateway: Gateway
    channel: WechatChannel
    heard: Heard
    room: str
    li: str
    zhang: str
    before: int

    def says(self, text: str, user: str | None = None, **more: Any) -> str:
        return self.gateway.say(self.room, user or self.li, text, **more)

    def tell(self, text: str, **more: Any) -> str | None:
        facts = {"room": None if more.get("to") else self.room, "to": None, "reply_to": None, "ticket": None, **more}
        return self.channel.send(
            Outgoing(datetime.now(timezone.utc), "wechat", text=text, template="help", **facts)
        ).message

    def said(self) -> list[dict[str, Any]]:
        return self.gateway.sent()[self.before :]


@pytest.fixture
def group(wechat_gateway: Gateway) -> Iterator[Group]:
    gateway = wechat_gateway
    room, li, zhang = f"{gateway.new('room')}@chatroom", gateway.new("li"), gateway.new("zhang")
    gateway.person(li, "云淡风轻")
    gateway.person(zhang, "网格员张伟")
    gateway.room(room, "幸福里3号楼群", li, zhang)
    gateway.card(room, li, "3-2-501 李姐")
    channel, heard = WechatChannel(gateway.endpoint, TOKEN, QUICK), Heard()
    channel.start(heard)
    until(lambda: channel.health().last_good is not None)
    yield Group(gateway, channel, heard, room, li, zhang, len(gateway.sent()))
    gateway.call("/mood", refuse="", slow=0, deaf=False)
    channel.stop()


# --- what arrives


def test_the_name_is_that_of_the_room_and_stays_so_in_private(group: Group) -> None:
    group.says("三号楼电梯坏了")
    group.gateway.say(None, group.li, "是我")
    group.gateway.say(None, group.zhang, "收到")
    room, private, other = group.heard.wait(3)
    assert (room.name, room.user, room.room) == ("3-2-501 李姐", group.li, group.room)
    assert (private.name, private.direct, private.room) == ("3-2-501 李姐", True, None)
    assert other.name == "网格员张伟"


def test_mentions_of_us_and_of_others(group: Group) -> None:
    group.gateway.card(group.room, ME, "邻里小助手")
    group.says("@邻里小助手\u2005接单", mentions=[ME])
    group.says("@网格员张伟\u2005麻烦看看", mentions=[group.zhang])
    us, other = group.heard.wait(2)
    assert (us.text, us.mentioned) == ("接单", True)
    assert (other.text, other.mentioned) == ("@网格员张伟 麻烦看看", False)


def test_a_quote(group: Group) -> None:
    group.says("我来", group.zhang, quote={"name": "李姐", "text": "三号楼电梯坏了"})
    (said,) = group.heard.wait(1)
    assert (said.text, said.quoted, said.user) == ("我来", "三号楼电梯坏了", group.zhang)


def test_a_recall_in_both_forms(group: Group) -> None:
    first, second = group.says("说错了"), group.says("又说错了")
    group.gateway.call("/recall", room=group.room, user=group.li, message=first)
    group.gateway.call("/recall", room=group.room, user=group.li, message=second, xml=True)
    recalls = group.heard.wait(4)[2:]
    assert [(one.kind, one.target, one.room) for one in recalls] == [
        (MessageKind.RECALLED, first, group.room), (MessageKind.RECALLED, second, group.room),
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1_000, 30_000, 3_500_000])
def test_a_photo_of_any_size_can_be_fetched(group: Group, size: int) -> None:
    content = os.urandom(size)
    group.gateway.send(group.room, group.li, "Image", "电梯.jpg", content)
    (said,) = group.heard.wait(1)
    assert (said.text, said.attachments[0]["kind"], said.attachments[0]["name"]) == ("", "photo", "电梯.jpg")
    assert group.channel.fetch(said.attachments[0]["ref"]) == content


def test_a_file_that_is_too_large_is_not_fetched(group: Group) -> None:
    group.gateway.send(group.room, group.li, "Attachment", "录像.zip", bytes(21 * 1024 * 1024))
    (said,) = group.heard.wait(1)
    with pytest.raises(Permanent):
        group.channel.fetch(said.attachments[0]["ref"])


@pytest.mark.parametrize("reference", ["", "photo", "photo:", "photo:gone", "file:gone"])
def test_a_file_that_never_was(group: Group, reference: str) -> None:
    with pytest.raises(Permanent):
        group.channel.fetch(reference)


def test_rooms_are_renamed_left_and_joined(group: Group) -> None:
    group.gateway.call("/rename", room=group.room, topic="幸福里5号楼群", by=group.zhang)
    group.gateway.call("/kick", room=group.room, user=group.li, by=group.zhang)
    group.gateway.call("/kick", room=group.room, by=group.zhang)
    renamed, left = group.heard.wait_for_news(2)
    assert (renamed.change, renamed.title, renamed.by) == (RoomChange.RENAMED, "幸福里5号楼群", group.zhang)
    assert (left.change, left.room, left.by) == (RoomChange.LEFT, group.room, group.zhang)
    with pytest.raises(Gone):
        group.tell("还在吗")
    group.gateway.call("/join", room=group.room, by=group.zhang)
    joined = group.heard.wait_for_news(3)[2]
    assert (joined.change, joined.title) == (RoomChange.JOINED, "幸福里5号楼群")
    assert group.tell("回来了")


def test_strangers_requests_and_nonsense_do_not_stop_the_stream(group: Group) -> None:
    for event, payload in (
        ("friendship", {"friendshipId": "spam"}), ("room-invite", {"roomInvitationId": "spam"}), ("message", {}),
        ("message", {"messageId": "never-was"}), ("room-join", {"roomId": None}), ("room-topic", {}), ("error", {"data": "x"}),
        ("heartbeat", {}), ("dong", None), ("dirty", {"payloadType": 1, "payloadId": "x"}),
    ):  # fmt: skip
        group.gateway.call("/emit", event=event, payload=payload)
    group.says("我还在")
    assert [one.text for one in group.heard.wait(1)] == ["我还在"]
    assert group.channel.health().account_in


def test_our_own_words_do_not_come_back(group: Group) -> None:
    group.tell("1号单记下了")
    group.says("好")
    assert [one.text for one in group.heard.wait(1)] == ["好"]


def test_old_messages_keep_their_date(group: Group) -> None:
    long_ago = int(datetime(2024, 2, 3, 4, 5, 6, tzinfo=timezone.utc).timestamp() * 1000)
    group.says("很久以前", at=long_ago)
    assert group.heard.wait(1)[0].sent_at == datetime(2024, 2, 3, 4, 5, 6, tzinfo=timezone.utc)


def test_what_cannot_be_stored_waits_in_order(group: Group) -> None:
    group.heard.away = True
    for text in ("一", "二", "三"):
        group.says(text)
    until(lambda: group.heard.refused >= 2)
    group.heard.away = False
    assert [one.text for one in group.heard.wait(3)] == ["一", "二", "三"]


def test_nothing_is_left_in_the_working_directory_and_no_word_in_the_log(
    group: Group, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="bot")
    group.says("一句私房话")
    group.heard.wait(1)
    group.tell("另一句私房话")
    told = capfd.readouterr()
    assert "私房话" not in told.out + told.err + caplog.text
    assert not Path(".wechaty").exists()
    assert TOKEN not in told.out + told.err + caplog.text


# --- what goes out


def test_an_answer_names_whom_it_answers_but_no_door(group: Group) -> None:
    asked = group.says("三号楼电梯坏了")
    group.heard.wait(1)
    assert group.tell("1号单记下了", reply_to=asked)
    (row,) = group.said()
    assert (row["text"], row["mentions"], row["room"]) == ("@李姐 1号单记下了", [group.li], group.room)


def test_after_a_restart_the_gateway_is_asked_who_it_was(group: Group) -> None:
    asked = group.says("三号楼电梯坏了")
    group.heard.wait(1)
    again = WechatChannel(group.gateway.endpoint, TOKEN, QUICK)
    group.channel.stop()
    again.start(Heard())
    until(lambda: again.health().last_good is not None)
    group.channel = again
    group.tell("1号单记下了", reply_to=asked)
    group.tell("别的", reply_to="nobody-knows")
    again.stop()
    assert [row["text"] for row in group.said()] == ["@李姐 1号单记下了", "别的"]


def test_in_private(group: Group) -> None:
    assert group.tell("1号单派给您了", to=group.zhang, reply_to="any")
    (row,) = group.said()
    assert (row["to"], row["text"], row["mentions"]) == (group.zhang, "1号单派给您了", [])


@pytest.mark.parametrize("size", [100, 700_000, 4_200_000])
def test_files_of_any_size_go_out(group: Group, size: int) -> None:
    content = os.urandom(size)
    assert group.tell("这个月的台账", to=group.zhang, files=(File("file", "台账.xlsx", content),))
    assert group.tell("", files=(File("photo", "电梯.jpg", content),))
    text, file, photo = group.said()
    assert text["text"] == "这个月的台账"
    assert (file["to"], file["file"]["name"]) == (group.zhang, "台账.xlsx")
    assert base64.b64decode(file["file"]["base64"]) == base64.b64decode(photo["file"]["base64"]) == content


def test_nobody_there(group: Group) -> None:
    stranger = group.gateway.new("stranger")
    group.gateway.person(stranger, "路人", friend=False)
    for nowhere in ({"room": "gone@chatroom"}, {"to": "wxid_nobody"}, {"to": stranger}):
        with pytest.raises(Gone):
            group.tell("在吗", **nowhere)


@pytest.mark.parametrize("text", ["", "  ", "长" * 4001])
def test_what_cannot_be_said_at_all(group: Group, text: str) -> None:
    with pytest.raises(Permanent):
        group.tell(text)


def test_a_refusal_is_tried_later_and_later_and_not_for_ever(group: Group) -> None:
    group.gateway.call("/mood", refuse="limited")
    message = Outgoing(datetime.now(timezone.utc), "wechat", group.room, None, "好", None, None, "help")
    waits = []
    for _ in range(7):
        with pytest.raises(Transient) as refused:
            group.channel.send(message)
        assert not refused.value.everywhere
        waits.append(refused.value.after)
    assert waits == sorted(waits)
    assert waits[0] == 30
    with pytest.raises(Permanent):
        group.channel.send(message)


def test_an_answer_that_does_not_come_leaves_it_open_and_the_rest_follows_once(group: Group) -> None:
    group.gateway.call("/mood", slow=4_000)
    message = Outgoing(datetime.now(timezone.utc), "wechat", group.room, None, "好", None, None, "help")
    with pytest.raises(Uncertain):
        group.channel.send(message)
    group.gateway.call("/mood", slow=0)
    assert group.channel.send(replace(message, text="再来")).message
    assert [row["text"] for row in group.said()] == ["好", "再来"]


def test_a_text_is_not_said_twice_because_its_file_failed(group: Group) -> None:
    message = Outgoing(
        datetime.now(timezone.utc), "wechat", group.room, None, "台账", None, None, "help", files=(File("file", "a.pdf", b"pdf"),)
    )  # fmt: skip
    group.channel.send(replace(message, files=()))
    group.gateway.call("/mood", refuse_files="too large")
    with pytest.raises(Transient):
        group.channel.send(message)
    group.gateway.call("/mood", refuse_files="")
    assert group.channel.send(message).message
    assert [(row["text"], "file" in row) for row in group.said()] == [("台账", False), ("台账", False), ("", True)]


def test_logged_out_is_told_and_waited_for(group: Group) -> None:
    group.gateway.call("/logout")
    until(lambda: not group.channel.health().account_in)
    assert group.channel.health().trouble == "logged_out"
    with pytest.raises(AccountLost):
        group.tell("在吗")
    group.gateway.call("/login")
    until(lambda: group.channel.health().account_in)
    assert group.channel.health().trouble is None
    assert group.tell("在了")


def test_the_ids_for_the_register_can_be_listed(group: Group) -> None:
    command = [sys.executable, "-c", "from bot.cli import main; main()", "wechat-rooms"]
    told = {**os.environ, "LINLI_WECHAT_ENDPOINT": group.gateway.endpoint, "LINLI_WECHAT_TOKEN": TOKEN}
    done = subprocess.run(command, env=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {f"{group.room}\t幸福里3号楼群", f"\t{group.li}\t3-2-501 李姐", f"\t{group.zhang}\t网格员张伟"} <= set(
        done.stdout.splitlines()
    )
    group.says("还听得见")  # it took nothing from the one that runs
    group.heard.wait(1)
    wrong = subprocess.run(command, env={**told, "LINLI_WECHAT_TOKEN": "wrong"}, capture_output=True, text=True)
    assert (wrong.returncode, wrong.stdout, len(wrong.stderr.splitlines())) == (2, "", 1)
    unset = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_WECHAT")}
    none = subprocess.run(command, env=unset, capture_output=True, text=True)
    assert (none.returncode, none.stdout, len(none.stderr.splitlines())) == (2, "", 1)


@pytest.mark.parametrize(
    "endpoint", ["", "gateway", "gateway:", ":8788", "https://gateway:1", "host:port", "host:99999999"]
)
def test_an_endpoint_that_is_none(endpoint: str) -> None:
    with pytest.raises(ValueError):
        checked_endpoint(endpoint)


def test_endpoints() -> None:
    assert checked_endpoint(" 127.0.0.1:8788 ") == checked_endpoint("http://127.0.0.1:8788") == "127.0.0.1:8788"
    with pytest.raises(ValueError):
        WechatChannel("127.0.0.1:8788", " ")
