"""`linli run` as a process: its channels, its end, its health, and what its logs do not say."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from desk_driver import REGISTER, THREE
from helpers_e2e import CHECKOUT, environment, ledger_of, rows_of
from waits import until

from desk.storage.engine import open_engine, sqlite_url

REPORT, ANOTHER, CHATTER = "三号楼电梯又坏了", "五号楼水管爆了", "大家吃了吗"
NAME, DOOR = "李秀英", "3-2-501"
STARTED = "网关已启动"
TOKEN = "123456789:AAthisisasecretoftheplatform"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "register.yml").write_text(REGISTER, encoding="utf-8")
    return tmp_path


def line(number: int, text: str, **more: Any) -> bytes:
    said = {
        "at": "2026-11-22T08:30:00+08:00", "channel": "console", "room": THREE, "id": f"m{number}",
        "sender": {"id": "u-li", "name": f"{DOOR} {NAME}"}, "text": text, **more,
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


class Run:
    """A running gateway."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self._folder = folder

    def type(self, *lines: bytes) -> None:
        assert self.process.stdin is not None
        for one in lines:
            self.process.stdin.write(one)
        self.process.stdin.flush()

    def ends(self) -> int:
        return self.process.wait(120)

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(one) for one in (self._folder / "out").read_bytes().split(b"\n")[:-1]]

    @property
    def log(self) -> str:
        return (self._folder / "err").read_text(encoding="utf-8")


@contextmanager
def running(home: Path, *arguments: str, stdin: Any = subprocess.PIPE, **settings: str) -> Iterator[Run]:
    acts = json.dumps({REPORT: "report", ANOTHER: "report"})
    with (home / "out").open("wb") as out, (home / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, str(CHECKOUT / "tests" / "run_driver.py"), "--community", str(home / "register.yml"),
             *arguments],
            stdin=stdin, stdout=out, stderr=err, env=environment(home, RUN_DRIVER_ACTS=acts, **settings), cwd=home,
        )  # fmt: skip
        try:
            yield Run(process, home)
        finally:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def states(home: Path, table: str) -> list[str]:
    engine = open_engine(sqlite_url(home / "linli.db"))
    try:
        return [row["state"].value for row in rows_of(engine, table)]
    finally:
        engine.dispose()


def test_the_end_of_the_input_ends_a_gateway_of_the_console_alone(home: Path) -> None:
    with running(home) as run:
        run.type(line(1, REPORT), b"no json\n", line(2, CHATTER))
        assert run.process.stdin is not None
        run.process.stdin.close()
        assert run.ends() == 0
        said = [one.get("template") for one in run.said if "error" not in one]
        assert sorted(said) == ["assigned", "receipt"], "two chats, none of which waits for the other"
        assert [one["error"]["code"] for one in run.said if "error" in one] == ["field"]
    assert states(home, "inbox") == ["done", "done"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_nothing_left_in_hand(home: Path, number: signal.Signals) -> None:
    with running(home) as run:
        run.type(line(1, REPORT))
        until(lambda: len(run.said) == 2)
        run.process.send_signal(number)
        assert run.ends() == 0
    assert set(states(home, "inbox")) == {"done"}
    assert set(states(home, "outbox")) == {"sent"}


def test_what_it_has_in_hand_is_finished_or_handed_back(home: Path) -> None:
    with running(home) as run:
        run.type(*(line(number, f"sleep {number}") for number in range(1, 30)))
        until(lambda: STARTED in run.log)
        until(lambda: "done" in states(home, "inbox"))
        run.process.send_signal(signal.SIGTERM)
        assert run.ends() == 0
    assert set(states(home, "inbox")) <= {"done", "pending"}
    with running(home, stdin=subprocess.DEVNULL) as run:
        assert run.ends() == 0
    assert set(states(home, "inbox")) == {"done"}


def test_a_signal_while_it_starts_ends_it_at_once(home: Path) -> None:
    with running(home) as run:
        run.process.send_signal(signal.SIGTERM)
        assert run.ends() in (0, -signal.SIGTERM)  # before its first line Python itself answers
        assert "Traceback" not in run.log


def test_health_and_metrics(home: Path) -> None:
    port = free_port()
    with running(home, LINLI_METRICS_PORT=str(port)) as run:
        run.type(line(1, REPORT), line(1, REPORT), line(2, CHATTER))
        until(lambda: len(run.said) == 2 and states(home, "inbox") == ["done", "done"])
        status, body = get(port, "/healthz")
        assert (status, json.loads(body)["status"]) == (200, "ok")
        assert json.loads(body)["channels"]["console"]["alarm"] is None
        found = until(lambda: metrics(port, 'linli_left_alone_total{channel="console"}'))
        assert found['linli_received_total{channel="console"}'] == 2
        assert found['linli_repeated_total{channel="console"}'] == 1
        assert found['linli_answered_total{channel="console"}'] == 1
        assert found['linli_delivered_total{channel="console",state="sent"}'] == 2
        assert found["linli_inbox_oldest_seconds"] == 0
        assert found["linli_outbox_oldest_seconds"] == 0
        assert 'linli_last_good_seconds{channel="console"}' in found
        assert get(port, "/")[0] == 404
        assert listening(run.process.pid) == {("127.0.0.1", port)}
        for secret in (REPORT, NAME, DOOR, CHATTER):
            assert secret not in body + get(port, "/metrics")[1]
        run.process.send_signal(signal.SIGTERM)
        assert run.ends() == 0


def metrics(port: int, wanted: str) -> dict[str, float] | None:
    lines = [one.rsplit(" ", 1) for one in get(port, "/metrics")[1].splitlines() if not one.startswith("#")]
    found = {name: float(value) for name, value in lines}
    return found if wanted in found else None


def listening(pid: int) -> set[tuple[str, int]]:
    import psutil

    found = psutil.Process(pid).net_connections("inet")
    return {(one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN}


def test_without_a_port_nothing_listens(home: Path) -> None:
    with running(home) as run:
        run.type(line(1, REPORT))
        until(lambda: len(run.said) == 2)
        assert listening(run.process.pid) == set()


def test_a_port_that_is_taken_is_said_in_a_line(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with running(home, LINLI_METRICS_PORT=str(other.getsockname()[1])) as run:
            assert run.ends() == 2
            assert "LINLI_METRICS_PORT" in run.log.splitlines()[-1]


@pytest.mark.parametrize("form", ["json", "text"])
def test_logs_say_nothing_of_what_people_say_and_no_secret(home: Path, form: str) -> None:
    hostile = [line(3, f"explode {REPORT}"), line(4, "坏字 \u0000"), line(5, "x" * 300, id="y" * 190)]
    with running(home, LINLI_LOG=form) as run:
        run.type(line(1, REPORT), line(2, CHATTER))
        until(lambda: len(run.said) == 2)
        run.type(*hostile)
        until(lambda: "round failed" in run.log)
        run.process.send_signal(signal.SIGTERM)
        assert run.ends() == 0
        log = run.log
    assert "ValueError" in log  # what went wrong can be seen
    assert "some.library" in log
    for secret in (REPORT, CHATTER, NAME, DOOR, "AAtoken", "explode"):
        assert secret not in log
    if form == "json":
        objects = [json.loads(one) for one in log.splitlines() if one.startswith("{")]
        assert {"ERROR", "WARNING"} <= {one["level"] for one in objects}
        assert all({"at", "level", "logger", "event"} <= set(one) for one in objects)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"LINLI_TELEGRAM_TOKEN": "not a token"}, "LINLI_TELEGRAM_TOKEN"),
        ({"LINLI_TELEGRAM_TOKEN": TOKEN, "LINLI_TELEGRAM_MODE": "push"}, "LINLI_TELEGRAM_MODE"),
        ({"LINLI_WECHAT_ENDPOINT": "127.0.0.1:8788"}, "LINLI_WECHAT_TOKEN"),
        ({"LINLI_WECHAT_TOKEN": TOKEN}, "LINLI_WECHAT_ENDPOINT"),
        ({"LINLI_WECHAT_TOKEN": TOKEN, "LINLI_WECHAT_ENDPOINT": "http://x"}, "LINLI_WECHAT_ENDPOINT"),
        ({"LINLI_METRICS_PORT": "99999"}, "LINLI_METRICS_PORT"),
        ({"LINLI_LOG": "xml"}, "LINLI_LOG"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_in_a_line(home: Path, settings: dict[str, str], name: str) -> None:
    with running(home, stdin=subprocess.DEVNULL, **settings) as run:
        assert run.ends() == 2
        assert len(run.log.splitlines()) == 1
        assert name in run.log
        assert TOKEN not in run.log


def test_a_database_that_goes_away_is_said_by_health_and_waited_for(
    home: Path, new_postgres: Callable[[str | None], str], postgres_url: str
) -> None:
    from sqlalchemy import create_engine, text

    url, port = new_postgres(None), free_port()
    name = url.rsplit("/", 1)[1]
    server = create_engine(postgres_url, future=True, isolation_level="AUTOCOMMIT")
    with running(home, "--database-url", url, LINLI_METRICS_PORT=str(port)) as run, server.connect() as connection:
        run.type(line(1, REPORT))
        until(lambda: len(run.said) == 2)
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))
        _status, body = until(lambda: (got := get(port, "/healthz"))[0] == 503 and got)
        assert json.loads(body)["database"] is False
        run.type(line(2, ANOTHER))
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        until(lambda: len(run.said) > 2)
        assert get(port, "/healthz")[0] == 200
        run.process.send_signal(signal.SIGTERM)
        assert run.ends() == 0
    server.dispose()
    engine = open_engine(url)
    assert len(ledger_of(engine)) == 2
    engine.dispose()
