"""What `linli doctor` says of the platforms, each asked for real: set, missing, reachable, in trouble. Never a token."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers_e2e import linli
from peers.telegram.driver import Town
from telegram_tools import town
from wechat_driver import QUICK, TOKEN, Gateway, Heard, gateway_at, installed, until

from bot.channels.wechat import WechatChannel
from bot.cli import channels
from bot.settings import read_settings


def said(platform: str, **environment: str) -> tuple[bool, str]:
    """Whether it is well, and what is found."""
    settings = read_settings({f"LINLI_{name}": value for name, value in environment.items()})
    return next((well, found) for name, well, found in channels.findings(settings) if name == platform)


@pytest.fixture
def closed() -> Iterator[int]:
    """A port on which nobody answers."""
    with socket.socket() as taken:  # bound and not listening: nobody else gets it
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


def test_nothing_is_set() -> None:
    assert said("telegram") == said("wechat") == (True, "没有设")


@pytest.mark.parametrize(("platform", "module"), [("telegram", "telegram.looking"), ("wechat", "wechat_looking")])
def test_a_library_is_missing(platform: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, f"bot.channels.{module}", None)  # as the import of what is not there ends
    own = {"TELEGRAM_TOKEN": "1:a", "WECHAT_ENDPOINT": "127.0.0.1:9", "WECHAT_TOKEN": "t"}
    well, found = said(platform, **{name: value for name, value in own.items() if name.startswith(platform.upper())})
    assert not well
    assert f"linli[{platform}]" in found


def test_nobody_is_there_and_no_token_is_shown(tmp_path: Path, closed: int) -> None:
    done = linli(
        tmp_path, "doctor", LINLI_TELEGRAM_TOKEN="4711:SECRETsecret", LINLI_WECHAT_TOKEN="hush-hush",
        LINLI_TELEGRAM_BASE_URL=f"http://127.0.0.1:{closed}", LINLI_WECHAT_ENDPOINT=f"127.0.0.1:{closed}",
    )  # fmt: skip
    told = done.stdout.decode()
    assert done.returncode == 2
    assert "缺  Telegram  连不上" in told
    assert f"缺  微信  127.0.0.1:{closed} 连不上" in told
    for secret in ("4711", "SECRET", "hush"):
        assert secret not in told + done.stderr.decode()


class TestTelegram:
    @pytest.fixture
    def there(self) -> Iterator[Town]:
        with town() as there:
            yield there

    def ask(self, there: Town, token: str | None = None) -> tuple[bool, str]:
        own = {"TELEGRAM_TOKEN": token or there.world.token, "TELEGRAM_BASE_URL": there.api.base_url}
        return said("telegram", **own)

    def test_it_answers(self, there: Town) -> None:
        assert self.ask(there) == (True, f"@{there.world.bot['username']} 连得上")

    def test_it_hears_commands_only(self, there: Town) -> None:
        there.world.hears_all = False
        well, found = self.ask(there)
        assert not well
        assert found.startswith(f"@{there.world.bot['username']} ")
        assert "隐私模式" in found
        assert "/setprivacy" in found

    def test_another_token(self, there: Town) -> None:
        assert self.ask(there, "1:wrong") == (False, "令牌不对，或已经换掉")

    def test_no_answer(self, there: Town) -> None:
        there.api.faults.order("drop_before", method="getMe")
        assert self.ask(there) == (False, "没有应答")


class TestWechat:
    @pytest.fixture
    def gateway(self, tmp_path: Path) -> Iterator[Gateway]:
        with gateway_at(installed(), tmp_path / "gateway.log") as gateway:
            yield gateway

    def ask(self, gateway: Gateway, token: str = TOKEN) -> tuple[bool, str]:
        well, found = said("wechat", WECHAT_ENDPOINT=gateway.endpoint, WECHAT_TOKEN=token)
        return well, found.removeprefix(f"{gateway.endpoint} ")

    def test_nobody_has_begun_then_somebody_listens_then_the_account_is_in(self, gateway: Gateway) -> None:
        gateway.start()
        assert self.ask(gateway) == (False, "连得上，号没有登录")
        channel = WechatChannel(gateway.endpoint, TOKEN, QUICK)
        heard = Heard()
        channel.start(heard)
        until(lambda: channel.health().last_good is not None)
        well, found = self.ask(gateway)
        assert well
        assert "正有一个邻里在用" in found
        gateway.person("wxid_li", "李姐")
        gateway.room("1@chatroom", "三号楼群", "wxid_li")
        gateway.say("1@chatroom", "wxid_li", "还听得见")
        heard.wait(1)  # nothing was taken from the one that runs
        channel.stop()

    def test_the_account_is_in(self, gateway: Gateway) -> None:
        gateway.start()
        gateway.call("/login")
        assert self.ask(gateway) == (True, "连得上，号登录着")
        assert self.ask(gateway)[0], "the stream was let go"

    def test_it_does_not_let_us_in(self, gateway: Gateway) -> None:
        gateway.start()
        assert self.ask(gateway, "another") == (False, "令牌不对，或已经换掉")

    def test_it_is_frozen(self, gateway: Gateway) -> None:
        gateway.start()
        gateway.freeze()
        assert self.ask(gateway) == (False, "网关不应答，可能卡住了")
