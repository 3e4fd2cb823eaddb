"""`linli run`: the gateway with the console channel; a line a message on stdin, a line a message on stdout."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from bot.bootstrap import open_desk, open_dialogue
from bot.channels.console import CHANNEL, LinesOut
from bot.cli.community import import_file
from bot.cli.errors import one_line
from bot.cli.words import progress, tell
from bot.gateway.live import Gateway
from bot.gateway.transcript import LineUnusable, entry_of, lines_of
from bot.settings import read_settings


def run(database_url: str | None, community: Path | None) -> None:
    """Until the end of stdin and of all work, or a signal."""
    with one_line():
        settings = read_settings(database_url=database_url)
        engine = open_desk(settings)
        if community is not None:
            import_file(engine, community)
        dialogue = open_dialogue(settings, engine, progress)
        out = LinesOut(sys.stdout)
        gateway = Gateway(engine, dialogue, {CHANNEL: out}, settings.speak_from, settings.keep)
        for stop in (signal.SIGINT, signal.SIGTERM):
            signal.signal(stop, lambda *_: gateway.stop())
        threading.Thread(target=_read_stdin, args=(gateway, out), daemon=True).start()
        tell("progress.running")
        gateway.run()
        dialogue.close()
        tell("progress.stopped")


def _read_stdin(gateway: Gateway, out: LinesOut) -> None:
    """Takes in every line; the end of the input ends the gateway once all is handled."""
    for line in lines_of(sys.stdin.buffer):
        try:
            if isinstance(line, LineUnusable):
                raise line
            arrival = entry_of(line).arrival
            if arrival is not None:
                gateway.take_in(arrival)
        except LineUnusable as unusable:
            out.write(unusable.as_dict())
    gateway.stop(drain=True)
