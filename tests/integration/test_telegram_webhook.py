"""The webhook: who may push, what is answered, and that nothing is lost."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from peers.telegram.driver import Town, wait_until
from telegram_tools import Kept, channel_of, town

from bot.channels.telegram import polling
from bot.channels.telegram.webhook import SECRET_HEADER, secret_of


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling.Backoff, "FIRST", 0.05)
    monkeypatch.setattr(polling.Backoff, "MOST", 0.2)
    monkeypatch.setattr("bot.channels.telegram.webhook.WATCH_SECONDS", 0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Hook:
    """A town, an intake, and a channel whose webhook is known there."""

    def __init__(self, here: Town) -> None:
        self.town = here
        self.kept = Kept()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/telegram"
        self.channel = channel_of(here, mode="webhook", webhook_url=self.url, webhook_port=self.port)
        self.secret = secret_of(here.world.token)

    def post(self, body: Any, secret: str | None = None, **more: Any) -> int:
        headers = {SECRET_HEADER: self.secret if secret is None else secret}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.post(self.url, content=content, headers=headers, trust_env=False, **more).status_code


@pytest.fixture
def hook() -> Iterator[Hook]:
    with town() as here:
        found = Hook(here)
        found.channel.start(found.kept)
        wait_until(lambda: here.world.webhook["url"] == found.url)
        yield found
        found.channel.stop()


def update(hook: Hook, text: str) -> dict[str, Any]:
    room, li = hook.town.world.group("幸福里"), hook.town.person("李姐")
    message = hook.town.world.post(room, li.json, text=text)
    return {"update_id": 5, "message": message}


def test_what_is_pushed_is_stored_in_order(hook: Hook) -> None:
    room, li = hook.town.world.group("幸福里"), hook.town.person("李姐")
    texts = [f"第{number}句" for number in range(20)]
    for text in texts:
        li.says(room, text)
    wait_until(hook.town.has_drained)
    assert hook.kept.texts == texts
    assert hook.channel.health().trouble is None
    assert hook.town.world.webhook["secret_token"] == hook.secret
    assert hook.town.world.webhook["max_connections"] == 1


def test_what_could_not_be_stored_is_pushed_again(hook: Hook) -> None:
    hook.kept.refuse = 3
    room = hook.town.world.group("幸福里")
    hook.town.person("李姐").says(room, "灯坏了")
    wait_until(hook.town.has_drained)
    assert hook.kept.texts == ["灯坏了"]
    assert hook.kept.offered == 4


@pytest.mark.parametrize("secret", ["", "wrong", "x" * 5000])
def test_a_stranger_stores_nothing(hook: Hook, secret: str) -> None:
    assert hook.post(update(hook, "灯坏了"), secret) == 403
    assert hook.kept.offered == 0


def test_a_refusal_is_told(hook: Hook) -> None:
    hook.kept.refuse = 1
    assert hook.post(update(hook, "灯坏了")) == 503
    assert hook.kept.texts == []


def test_too_much_is_refused(hook: Hook) -> None:
    assert hook.post(b"{" + b" " * (1024 * 1024 + 1)) == 413
    assert hook.kept.offered == 0


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 100_000, b"7", b'{"update_id": 3, "message": {"text": 1}}'])
def test_what_cannot_be_read_is_counted_and_not_offered_again(hook: Hook, body: bytes) -> None:
    assert hook.post(body) == 200
    assert hook.channel.unusable == 1
    assert hook.post(update(hook, "灯坏了")) == 200
    assert hook.kept.texts == ["灯坏了"]


def test_only_posts_are_heard_and_only_on_loopback(hook: Hook) -> None:
    assert httpx.get(hook.url, trust_env=False).status_code == 405
    with socket.socket() as other, pytest.raises(OSError):  # noqa: PT012
        other.settimeout(2)
        other.connect((_own_address(), hook.port))


def _own_address() -> str:
    """An address of this machine that is not loopback; one that leads nowhere where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: it only asks which way it would go
            return str(probe.getsockname()[0])
        except OSError:
            return "192.0.2.1"


def test_a_webhook_that_is_forgotten_is_set_again(hook: Hook) -> None:
    hook.town.world.webhook["url"] = ""
    wait_until(lambda: hook.town.world.webhook["url"] == hook.url)


def test_a_port_that_is_taken_is_told_and_waited_for() -> None:
    with town() as here:
        found = Hook(here)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", found.port))
            taken.listen()
            found.channel.start(found.kept)
            wait_until(lambda: found.channel.health().trouble == "port_taken")
        wait_until(lambda: here.world.webhook["url"] == found.url)
        found.channel.stop()


def test_while_telegram_is_away_the_listener_listens(hook: Hook) -> None:
    hook.town.api.faults.order("status", 502, method="getWebhookInfo", times=10**9)
    wait_until(lambda: hook.channel.health().trouble == "busy")
    assert hook.post(update(hook, "灯坏了")) == 200
    assert hook.kept.texts == ["灯坏了"]
