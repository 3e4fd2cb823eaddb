"""The two ways a transcript runs: with Rasa in this process, and with real Rasa servers over HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from helpers_e2e import CHECKOUT, environment, import_registers, rasa_dialogue, trained_model, wipe
from sqlalchemy.engine import Engine

from bot.dialogue.contract import Dialogue, DialogueError
from desk.storage.engine import open_engine, sqlite_url
from desk.storage.schema import prepare

START_SECONDS = 180
"""For a server to load its model on a busy machine."""

Way = tuple[Engine, Dialogue]


@pytest.fixture(scope="session")
def model() -> Path:
    """The model that is set, else the one of this checkout; trained if it is not there."""
    return trained_model()


@pytest.fixture(scope="session")
def in_process(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    engine = _engine(tmp_path_factory.mktemp("in_process") / "linli.db")
    dialogue = rasa_dialogue(model, engine)
    yield engine, dialogue
    dialogue.close()
    engine.dispose()


@pytest.fixture(scope="session")
def over_http(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """`rasa run` and `rasa run actions` as real processes on loopback; one database for the whole session."""
    from bot.dialogue.over_http import HttpDialogue

    home = tmp_path_factory.mktemp("over_http")
    engine = _engine(home / "linli.db")
    actions_port, rasa_port = _free_port(), _free_port()
    endpoints = home / "endpoints.yml"
    endpoints.write_text(f'action_endpoint:\n  url: "http://127.0.0.1:{actions_port}/webhook"\n', encoding="utf-8")
    with ExitStack() as stack:
        stack.enter_context(_server(home, "actions", "run", "actions", "-p", str(actions_port)))
        rasa = ["run", "-m", str(model), "--credentials", "credentials.yml", "--endpoints", str(endpoints)]
        process = stack.enter_context(_server(home, "rasa", *rasa, "-i", "127.0.0.1", "-p", str(rasa_port)))
        dialogue = HttpDialogue(f"http://127.0.0.1:{rasa_port}")
        _wait_for(lambda: dialogue.status()["status"] == "ready", process, home / "rasa.log")
        yield engine, dialogue
        dialogue.close()
    engine.dispose()


@pytest.fixture(params=["in_process", "over_http"])
def way(request: pytest.FixtureRequest) -> Way:
    """A desk with both registers and nothing else in it, and a dialogue that works on it.

    The action server keeps its database open, so the rows go and not the file.
    """
    engine, dialogue = request.getfixturevalue(request.param)
    if request.param == "in_process":
        from actions.base import DeskAction

        DeskAction.engine = engine
    wipe(engine)
    import_registers(engine)
    return engine, dialogue


def _engine(path: Path) -> Engine:
    engine = open_engine(sqlite_url(path))
    prepare(engine)
    return engine


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _server(home: Path, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Rasa command with its output in a log; ended when the session ends."""
    settings = {"SANIC_HOST": "127.0.0.1", "LINLI_DATABASE_URL": sqlite_url(home / "linli.db")}
    with open(home / f"{name}.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "rasa", *arguments],
            cwd=CHECKOUT, env=environment(home, **settings), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(errors="replace")[-3000:]
        try:
            if ready():
                return
        except DialogueError:
            pass
        time.sleep(0.5)
    raise AssertionError(log.read_text(errors="replace")[-3000:])
