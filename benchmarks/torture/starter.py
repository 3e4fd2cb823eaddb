"""Starts gateways: imports everything once, then each is a fork that runs `linli run` from its first line.

    python -m benchmarks.torture.starter FLAG

Each line of stdin is a life: {"life": "linli" or "table", "home", "log", "out", "stdin", "environment": {..}}; its pid
is printed. Importing takes seconds of both CPUs; two hundred times it would be most of the run.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from benchmarks.torture.full_disk import obey


def main(flag: str) -> None:
    """Until stdin ends."""
    _import()
    obey(Path(flag))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: no zombies
    print("ready", flush=True)
    while line := _line():
        life = json.loads(line)
        pid = os.fork()
        if not pid:
            _live(life)
        print(pid, flush=True)


def _line() -> bytes:
    """A line of stdin without a buffer that a fork would share."""
    line = b""
    while not line.endswith(b"\n"):
        some = os.read(0, 1)
        if not some:
            return b""
        line += some
    return line


def _import() -> None:
    names = ("bot.cli.run", "bot.channels.telegram", "bot.channels.wechat", "bot.dialogue.over_http", "nlu.summary",
             "benchmarks.torture.table")  # fmt: skip
    for name in names:
        importlib.import_module(name)


def _live(life: dict[str, Any]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(life["environment"])
    _join(0, life.get("stdin") or os.devnull, os.O_RDONLY)
    _join(1, life["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    _join(2, life["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    if life["life"] == "table":
        from benchmarks.torture.table import serve

        serve(life["port"], Path(life["texts"]))
    else:
        from bot.cli import main as linli

        sys.argv = ["linli", "run", *life.get("arguments", [])]
        linli()
    os._exit(0)


def _join(descriptor: int, path: str, flags: int) -> None:
    opened = os.open(path, flags, 0o600)
    os.dup2(opened, descriptor)
    os.close(opened)


if __name__ == "__main__":
    main(*sys.argv[1:])
