"""Rasa, or the server of the actions, or their database is away: what was said waits, and no attempt is counted."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from desk_driver import REGISTER, THREE
from helpers_e2e import CHECKOUT, environment, rows_of
from rasa_sdk.executor import CollectingDispatcher

from actions.base import DeskAction
from actions.report import Report
from bot.dialogue.contract import DialogueAway, effect_of
from desk.storage.engine import open_engine, sqlite_url


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_gateway_that_begins_without_rasa_takes_in_what_is_said(tmp_path: Path) -> None:
    (tmp_path / "register.yml").write_text(REGISTER, encoding="utf-8")
    said = {
        "at": "2026-11-22T08:30:00+08:00", "channel": "console", "room": THREE, "id": "m1",
        "sender": {"id": "u-li", "name": "3-2-501 李秀英"}, "text": "三号楼电梯又坏了",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "run", "--community", "register.yml"],
        input=json.dumps(said, ensure_ascii=False).encode() + b"\n", capture_output=True, cwd=tmp_path, timeout=300,
        env=environment(tmp_path, LINLI_RASA_URL=f"http://127.0.0.1:{closed_port()}"), check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert "Rasa 还连不上" in done.stderr.decode()
    engine = open_engine(sqlite_url(tmp_path / "linli.db"))
    (row,) = rows_of(engine, "inbox")
    engine.dispose()
    assert (row["message"], row["state"].value, row["attempts"]) == ("m1", "pending", 0)


def test_an_address_that_is_none_ends_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "run"], stdin=subprocess.DEVNULL,
        capture_output=True, cwd=CHECKOUT, env=environment(tmp_path, LINLI_RASA_URL="127.0.0.1:5005"), timeout=300,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, b"")
    assert "LINLI_RASA_URL" in done.stderr.decode()


@pytest.fixture
def without_database(tmp_path: Path) -> Any:
    before = DeskAction.engine
    DeskAction.engine = open_engine(sqlite_url(tmp_path / "no such folder" / "linli.db"))
    yield
    DeskAction.engine = before


def test_an_action_without_its_database_says_so(without_database: None) -> None:
    """Rasa would make no answer of an exception, and three of those set a message aside."""
    said = CollectingDispatcher()
    tracker: Any = SimpleNamespace(latest_message={"metadata": {"row": 7, "token": "t"}})
    asyncio.run(Report().run(said, tracker, {}))
    answers = [message["custom"] for message in said.messages]
    assert answers == [{"row": 7, "away": "away"}]
    with pytest.raises(DialogueAway):
        effect_of(answers, 7)
    assert effect_of(answers, 8) is None


class Silent:
    """What Rasa does when an action cannot be run: nothing is said."""

    def __init__(self, port: int) -> None:
        self.action_endpoint = SimpleNamespace(url=f"http://127.0.0.1:{port}/webhook")

    async def handle_message(self, _message: Any) -> None:
        return None


def talk(port: int) -> Any:
    from nlu.channel import LinliChannel

    body = {"conversation": "c", "text": "x", "parse": {"intent": {"name": "report"}}, "metadata": {}}
    app = SimpleNamespace(ctx=SimpleNamespace(agent=Silent(port)))
    request: Any = SimpleNamespace(ip="127.0.0.1", headers={}, json=body, app=app)
    answer = asyncio.run(LinliChannel("")._talk(request))
    return answer.status, json.loads(answer.body)


def test_a_talk_without_the_server_of_the_actions_is_put_off() -> None:
    assert talk(closed_port()) == (503, {"error": "actions_away"})


def test_an_action_that_broke_on_a_server_that_is_there_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        assert talk(int(there.getsockname()[1])) == (200, {"answers": []})
