"""A gateway that is late, away, frozen, restarted, deaf, taken or not ours: the channel outlives it and says what it is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from wechat_driver import QUICK, TOKEN, Gateway, Heard, gateway_at, installed, until

from bot.channels.contract import AccountLost, ChannelError, Outgoing, Permanent, Transient, Uncertain
from bot.channels.wechat import WechatChannel
from bot.channels.wechat_client import Client

ROOM, LI = "20001@chatroom", "wxid_lijie"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """Not started."""
    with gateway_at(installed(), tmp_path / "gateway.log") as gateway:
        yield gateway


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def channel(gateway: Gateway) -> Iterator[WechatChannel]:
    """Not started."""
    channel = WechatChannel(gateway.endpoint, TOKEN, QUICK)
    yield channel
    channel.stop()


def peopled(gateway: Gateway, **how: object) -> None:
    gateway.start(**how)  # type: ignore[arg-type]
    gateway.person(LI, "李姐")
    gateway.room(ROOM, "幸福里3号楼群", LI)


def trouble_is(channel: WechatChannel, trouble: str | None) -> None:
    until(lambda: channel.health().trouble == trouble, lambda: f"{channel.health()} and not {trouble}")


def is_in(channel: WechatChannel) -> None:
    until(lambda: channel.health().trouble is None and channel.health().last_good is not None)


def send(channel: WechatChannel, text: str = "在吗") -> None:
    channel.send(Outgoing(datetime.now(timezone.utc), "wechat", ROOM, None, text, None, None, "help"))


def error_of(what: Callable[[], object]) -> ChannelError:
    with pytest.raises(ChannelError) as raised:
        what()
    return raised.value


def test_late(gateway: Gateway, channel: WechatChannel, heard: Heard) -> None:
    channel.start(heard)
    trouble_is(channel, "away")
    assert channel.health().account_in, "nobody said that the account is lost"
    assert channel.health().last_good is None
    error = error_of(lambda: send(channel))
    assert isinstance(error, Transient)
    assert error.everywhere
    peopled(gateway)
    is_in(channel)
    gateway.say(ROOM, LI, "在了吗")
    heard.wait(1)
    send(channel)


def test_restarted(gateway: Gateway, channel: WechatChannel, heard: Heard) -> None:
    peopled(gateway)
    channel.start(heard)
    is_in(channel)
    for number in range(2):
        gateway.say(ROOM, LI, f"第{number}次")
        heard.wait(number + 1)
        gateway.kill()
        trouble_is(channel, "away")
        assert channel.health().account_in, "nobody said that the account is lost"
        assert isinstance(error_of(lambda: send(channel)), Transient)
        peopled(gateway)
        is_in(channel)
        send(channel)


def test_what_was_told_and_not_stored_survives_a_restart(
    gateway: Gateway, channel: WechatChannel, heard: Heard
) -> None:
    peopled(gateway)
    channel.start(heard)
    is_in(channel)
    heard.away = True
    gateway.say(ROOM, LI, "库不在的时候说的", id="m1")
    until(lambda: heard.refused > 0)
    gateway.kill()
    trouble_is(channel, "away")
    peopled(gateway)
    heard.away = False
    gateway.say(ROOM, LI, "库不在的时候说的", id="m1")  # the phone still has it; here somebody has to say it again
    assert heard.wait(1)[0].message == "m1"


def test_frozen(gateway: Gateway, channel: WechatChannel, heard: Heard) -> None:
    peopled(gateway)
    channel.start(heard)
    is_in(channel)
    gateway.freeze()
    assert isinstance(error_of(lambda: send(channel, "冻住时说的")), (Uncertain, Transient))
    trouble_is(channel, "frozen")
    assert isinstance(error_of(lambda: send(channel)), Transient)
    assert isinstance(error_of(lambda: channel.fetch("photo:x")), Transient)
    gateway.thaw()
    is_in(channel)
    gateway.say(ROOM, LI, "化了")
    assert heard.wait(1)[-1].text == "化了"
    send(channel)


def test_stopped_while_the_gateway_is_frozen(gateway: Gateway, channel: WechatChannel, heard: Heard) -> None:
    peopled(gateway)
    channel.start(heard)
    is_in(channel)
    gateway.freeze()
    channel.stop()
    until(lambda: not any(thread.name == "wechat" for thread in threading.enumerate()))
    assert isinstance(error_of(lambda: send(channel)), Transient)


def test_a_token_that_is_refused(gateway: Gateway, channel: WechatChannel, heard: Heard) -> None:
    gateway.start(token="another-token")
    channel.start(heard)
    trouble_is(channel, "token_refused")
    assert not channel.health().account_in
    assert isinstance(error_of(lambda: send(channel)), AccountLost)
    assert isinstance(error_of(lambda: channel.fetch("photo:x")), Transient)
    gateway.kill()
    peopled(gateway)
    is_in(channel)
    assert channel.health().account_in
    send(channel)


def test_somebody_has_to_scan(gateway: Gateway, channel: WechatChannel, heard: Heard) -> None:
    peopled(gateway, logged_in=False)
    channel.start(heard)
    trouble_is(channel, "scan_needed")
    assert not channel.health().account_in
    assert isinstance(error_of(lambda: send(channel)), AccountLost)
    gateway.call("/login")
    is_in(channel)
    gateway.say(ROOM, LI, "好了")
    heard.wait(1)


def test_a_stream_that_says_nothing_any_more_is_made_anew(
    gateway: Gateway, channel: WechatChannel, heard: Heard
) -> None:
    peopled(gateway)
    channel.start(heard)
    is_in(channel)
    until(lambda: channel._running is not None and channel._running.link._dongs)
    gateway.call("/mood", deaf=True)
    trouble_is(channel, "frozen")
    is_in(channel)
    gateway.say(ROOM, LI, "听得见吗")
    heard.wait(1)


def test_a_stream_that_the_gateway_holds_for_somebody_gone_is_taken_over(
    gateway: Gateway, channel: WechatChannel, heard: Heard
) -> None:
    peopled(gateway)
    listening, enough = threading.Event(), threading.Event()

    async def hold() -> None:
        client = Client(gateway.endpoint, TOKEN, 5.0)
        await client.open()
        events = client.events()
        await events.__anext__()
        listening.set()
        while not enough.is_set():
            await asyncio.sleep(0.05)

    holder = threading.Thread(target=lambda: asyncio.run(hold()), daemon=True)
    holder.start()
    until(listening.is_set)
    channel.start(heard)
    is_in(channel)
    gateway.say(ROOM, LI, "听得见吗")
    heard.wait(1)
    enough.set()
    holder.join()


def test_it_is_started_once(gateway: Gateway, channel: WechatChannel, heard: Heard) -> None:
    channel.start(heard)
    with pytest.raises(RuntimeError):
        channel.start(heard)
    channel.stop()
    channel.stop()
    assert isinstance(error_of(lambda: channel.fetch("photo:x")), Transient)
    assert isinstance(error_of(lambda: channel.fetch("")), Permanent)
