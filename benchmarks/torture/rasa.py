"""The dialogue of a run, as processes of their own that can be killed and come back on the same ports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Protocol

import httpx

from benchmarks.servers import free_port
from benchmarks.torture.lives import PROJECT, Starter, kill

PATIENCE_SECONDS = 300.0


class Brain(Protocol):
    """What reads and talks."""

    url: str

    def start(self) -> None:
        """Begins; ready some time later."""

    def kill(self) -> None:
        """Dies, without a word."""


class Table:
    """The light one, forked from the starter."""

    def __init__(self, starter: Starter, texts: Path) -> None:
        self._starter = starter
        self._texts = texts
        self._port = free_port()
        self._pid = 0
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """See `Brain`."""
        self._pid = self._starter.begin("table", port=self._port, texts=str(self._texts))

    def kill(self) -> None:
        """See `Brain`."""
        kill(self._pid)


class Rasa:
    """`rasa run` and `rasa run actions`; the disk of the actions is full when the flag says so."""

    def __init__(self, home: Path, model: Path, environment: dict[str, str], full: Path) -> None:
        self._home = home
        self._web, self._port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self._web}"
        endpoints = home / "endpoints.yml"
        endpoints.write_text(f'action_endpoint:\n  url: "http://127.0.0.1:{self._port}/webhook"\n', encoding="utf-8")
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("LINLI_", "RASA_"))},
            **environment, "SANIC_HOST": "127.0.0.1", "RASA_TELEMETRY_ENABLED": "false", "PYTHONPATH": str(PROJECT),
        }  # fmt: skip
        self._commands = {
            "actions": ["benchmarks.torture.full_disk", str(full), "rasa", "run", "actions", "-p", str(self._port)],
            "rasa": ["rasa", "run", "-m", str(model), "-i", "127.0.0.1", "-p", str(self._web), "--endpoints",
                     str(endpoints), "--credentials", str(PROJECT / "credentials.yml")],
        }  # fmt: skip
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Whichever of the two does not run."""
        for name, words in self._commands.items():
            running = self._processes.get(name)
            if running is None or running.poll() is not None:
                with (self._home / f"{name}.log").open("ab") as log:
                    self._processes[name] = subprocess.Popen(
                        [sys.executable, "-m", *words], cwd=PROJECT, env=self._environment,
                        stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    )  # fmt: skip

    def kill(self, *names: str) -> None:
        """Those, or both."""
        for name in names or tuple(self._processes):
            kill(self._processes[name].pid)
            self._processes[name].wait()

    def actions_answer(self) -> bool:
        """Whether the action server is there."""
        return httpx.get(f"http://127.0.0.1:{self._port}/health", trust_env=False).is_success


def is_ready(brain: Brain) -> bool:
    """Whether it answers, with a model."""
    try:
        said = httpx.get(f"{brain.url}/webhooks/linli/", trust_env=False, timeout=10)
        ready = said.is_success and json.loads(said.text).get("status") == "ready"
        return ready and (not isinstance(brain, Rasa) or brain.actions_answer())
    except (httpx.HTTPError, ValueError):
        return False


def wait_ready(brain: Brain) -> None:
    """Until it is."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_ready(brain):
        if time.monotonic() > until:
            raise RuntimeError("the dialogue is not ready")
        time.sleep(0.2)
