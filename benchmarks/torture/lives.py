"""The processes of a run: the starter, and what it forks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

PROJECT = Path(__file__).resolve().parents[2]
END_SECONDS = 30.0


class Starter:
    """Forks processes of the product; `full` is the flag of a full disk."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self._home = home
        self._environment = environment
        self.full = home / "full"
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("LINLI_", "RASA_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.torture.starter", str(self.full)], cwd=PROJECT, text=True,
            env={**kept, "PYTHONPATH": str(PROJECT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=(home / "starter.log").open("wb"),
        )  # fmt: skip
        if self._line() != "ready":
            raise RuntimeError((home / "starter.log").read_text())

    def begin(self, what: str, **more: Any) -> int:
        """A new process; its pid."""
        files = {"log": str(self._home / f"{what}.log"), "out": str(self._home / f"{what}.out")}
        life = {"life": what, "environment": self._environment, **files, **more}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(life) + "\n")
        self._process.stdin.flush()
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def log_of(self, what: str) -> str:
        """What all processes of that kind wrote to stderr."""
        path = self._home / f"{what}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def close(self) -> None:
        """Ends the starter; what it forked is ended by who had it forked."""
        self._process.kill()
        self._process.wait()


def kill(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Ends a process and waits until it is gone."""
    try:
        process = psutil.Process(pid)
        process.send_signal(how)
    except psutil.NoSuchProcess:
        return
    until = time.monotonic() + END_SECONDS
    while is_alive(pid):
        if time.monotonic() > until:
            raise RuntimeError(f"{pid} does not end")
        time.sleep(0.002)


def is_alive(pid: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
