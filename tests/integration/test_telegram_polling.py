"""Long polling: nothing is lost, whatever dies or breaks, and one bad update stops nothing."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers_e2e import CHECKOUT, HERE, rows_of
from peers.telegram.driver import Town, wait_until
from telegram_tools import Kept, good, listening, town

from bot.channels.contract import RoomChange
from bot.channels.telegram import polling
from desk.storage.engine import open_engine, sqlite_url
from desk.storage.schema import prepare


@pytest.fixture
def here() -> Iterator[Town]:
    with town() as found:
        yield found


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling.Backoff, "FIRST", 0.05)
    monkeypatch.setattr(polling.Backoff, "MOST", 0.2)


def chatter(town: Town, count: int) -> tuple[Any, list[str]]:
    room, li = town.world.group("幸福里"), town.person("李姐")
    texts = [f"第{number}句" for number in range(count)]
    for text in texts:
        li.says(room, text)
    return room, texts


def test_what_is_said_arrives_in_order_and_is_confirmed(here: Town) -> None:
    _, texts = chatter(here, 150)  # more than one poll gives
    kept = Kept()
    with listening(here, kept):
        wait_until(here.has_drained)
    assert kept.texts == texts
    assert kept.offered == 150


def test_an_intake_that_refuses_is_offered_it_again(here: Town) -> None:
    _, texts = chatter(here, 8)
    kept = Kept()
    kept.refuse = 3
    with listening(here, kept) as channel:
        wait_until(here.has_drained)
        wait_until(lambda: channel.health().trouble is None)
    assert kept.texts == texts
    assert kept.offered == 8 + 3


def test_while_nothing_can_be_stored_nothing_is_confirmed_and_health_says_so(here: Town) -> None:
    _, texts = chatter(here, 3)
    kept = Kept()
    kept.refuse = 10**9
    with listening(here, kept) as channel:
        wait_until(lambda: kept.offered >= 3)
        wait_until(lambda: channel.health().trouble == "not_stored")
        assert len(here.world.updates) == 3
        kept.refuse = 0
        wait_until(here.has_drained)
    assert kept.texts == texts


@pytest.mark.parametrize("raw", [{"message": {"text": 7}}, {"message": None}, {"edited_message": {"chat": {"type": "group"}}},
                                 {"callback_query": {}}, {"my_chat_member": "x"}, {}])  # fmt: skip
def test_an_update_that_cannot_be_read_stops_nothing(
    here: Town, raw: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    room, _ = chatter(here, 1)
    here.world.publish_raw(raw)
    here.person("老赵").says(room, "后面的话")
    kept = Kept()
    with caplog.at_level(logging.INFO), listening(here, kept) as channel:
        wait_until(here.has_drained)
        assert channel.unusable == (1 if raw else 0)
    assert kept.texts == ["第0句", "后面的话"]
    assert "后面的话" not in caplog.text
    assert here.world.token not in caplog.text


def test_updates_without_a_number_do_not_stop_the_others(here: Town) -> None:
    here.world.publish_raw("no update at all")
    chatter(here, 2)
    kept = Kept()
    with listening(here, kept) as channel:
        wait_until(lambda: len(kept.texts) == 2)
        assert channel.unusable >= 1


@pytest.mark.parametrize(
    ("kind", "value", "trouble"),
    [
        ("status", 502, "busy"), ("status", 500, "busy"), ("retry_after", 1, "busy"), ("status", 409, "polled_elsewhere"),
        ("garbage", None, "no_answer"), ("drop_before", None, "no_answer"), ("drop_after", None, "no_answer"),
        ("status", 401, "token_refused"), ("status", 404, "token_refused"), ("status", 403, "refused"),
    ],
)  # fmt: skip
def test_polls_that_fail_are_repeated_and_nothing_is_lost(here: Town, kind: str, value: Any, trouble: str) -> None:
    kept = Kept()
    with listening(here, kept) as channel:
        good(channel)
        here.api.faults.order(kind, value, method="getUpdates", times=10**9)
        _, texts = chatter(here, 5)
        wait_until(lambda: channel.health().trouble == trouble, lambda: str(channel.health()))
        assert channel.health().account_in is (trouble != "token_refused")
        here.api.faults.clear()
        wait_until(here.has_drained)
        wait_until(lambda: channel.health().trouble is None)
        assert channel.health().account_in
    assert kept.texts == texts


def test_a_server_that_is_away_at_the_start_is_waited_for(here: Town) -> None:
    here.api.faults.order("status", 502, times=3)
    here.api.faults.order("garbage", method="getMe")
    here.api.faults.order("status", 401, method="getMe", times=2)
    _, texts = chatter(here, 3)
    kept = Kept()
    with listening(here, kept):
        wait_until(here.has_drained)
    assert kept.texts == texts


def test_a_webhook_that_somebody_left_is_taken_away(here: Town) -> None:
    here.world.webhook["url"] = "http://127.0.0.1:9/"
    _, texts = chatter(here, 2)
    kept = Kept()
    with listening(here, kept):
        wait_until(here.has_drained)
    assert kept.texts == texts


def test_the_menu_is_shown_and_privacy_mode_is_told(here: Town) -> None:
    here.world.hears_all = False
    with listening(here, Kept()) as channel:
        wait_until(lambda: channel.health().trouble == "privacy_mode")
        wait_until(lambda: [c["command"] for c in here.world.menu] == ["help", "status", "mine", "bind"])
        assert channel.health().account_in


def test_news_of_rooms_reach_the_intake(here: Town) -> None:
    room = here.world.group("幸福里", supergroup=False)
    after = here.world.migrate(room)
    kept = Kept()
    with listening(here, kept):
        wait_until(here.has_drained)
    assert {(news.room, news.change, news.to) for news in kept.news} == {
        (str(room.id), RoomChange.MOVED, str(after.id))
    }


def test_what_was_stored_but_not_confirmed_comes_again_under_its_name(here: Town) -> None:
    chatter(here, 4)
    kept = Kept()
    here.api.faults.order("drop_after", method="getUpdates", times=1)
    with listening(here, kept):
        wait_until(lambda: len(kept.texts) == 4)
    with here.world.lock:
        here.world.updates = [(0.0, u) for _, u in here.world.updates]  # older than a day: Telegram keeps it no longer
    with listening(here, kept):
        wait_until(here.has_drained)
    assert len(kept.texts) == 4


@pytest.mark.slow
def test_killed_at_random_loses_nothing(here: Town, tmp_path: Path) -> None:
    """SIGKILL before or right behind the storing of a message, ten times, while people go on talking."""
    url = sqlite_url(tmp_path / "linli.db")
    prepare(open_engine(url))
    room, texts = chatter(here, 40)
    draw = random.Random(20261122)
    lives = [f"{draw.choice(('before', 'after'))}:{draw.randint(1, 6)}" for _ in range(10)]
    command = [
        sys.executable,
        str(HERE / "telegram_child.py"),
        here.api.base_url,
        here.world.token,
        url,
        *lives,
        "never",
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), str(HERE)])}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        for turn, ended in enumerate(process.stdout.readline() for _ in lives):
            assert ended.strip() == "-9"
            here.person(f"住户{turn}").says(room, f"新来的{turn}")
            texts.append(f"新来的{turn}")
        wait_until(here.has_drained)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    rows = rows_of(open_engine(url), "inbox")
    assert sorted(row["text"] for row in rows) == sorted(texts)
