"""Rasa's two servers on free loopback ports, for as long as they are measured."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PROJECT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 240.0
"""For both servers to be ready; importing Rasa takes most of it."""


@dataclass(frozen=True)
class Servers:
    """Two servers that are ready: where the first one is, and both processes."""

    url: str
    rasa: int
    actions: int


@contextmanager
def servers(model: Path, home: Path, environment: Mapping[str, str]) -> Iterator[Servers]:
    """Starts both, waits until they are ready, and ends them."""
    web, actions = free_port(), free_port()
    endpoints = home / "endpoints.yml"
    endpoints.write_text(f'action_endpoint:\n  url: "http://127.0.0.1:{actions}/webhook"\n', encoding="utf-8")
    given = {**environment, "SANIC_HOST": "127.0.0.1", "RASA_TELEMETRY_ENABLED": "false", "PYTHONPATH": str(PROJECT)}
    serve = ["run", "--enable-api", "-i", "127.0.0.1", "-p", str(web), "-m", str(model)]
    serve += ["--endpoints", str(endpoints), "--credentials", str(PROJECT / "credentials.yml")]
    with (
        _started(["run", "actions", "-p", str(actions)], given, home / "actions.log") as desk,
        _started(serve, given, home / "rasa.log") as rasa,
    ):
        _wait(desk, lambda: httpx.get(f"http://127.0.0.1:{actions}/health", trust_env=False).is_success)
        url = f"http://127.0.0.1:{web}"
        _wait(rasa, lambda: _is_ready(url))
        yield Servers(url, rasa.pid, desk.pid)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _started(words: list[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "rasa", *words],
            cwd=PROJECT, env={**os.environ, **environment}, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            _ended(process)


def _ended(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _is_ready(url: str) -> bool:
    answer = httpx.get(f"{url}/webhooks/linli/", trust_env=False)
    return answer.is_success and answer.json().get("status") == "ready"


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            if ready():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise RuntimeError(f"{process.args!r} is not ready")
