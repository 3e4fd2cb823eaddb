"""`linli run`: the gateway with every channel that is set, in one process.

The console (a line a message on stdin, a line a message on stdout) is one of them when stdin is a pipe or a file, when
it is asked for, or when nothing else is set; its end ends a gateway that has no other channel.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from bot.bootstrap import open_channels, open_desk, open_dialogue
from bot.channels.console import ConsoleChannel
from bot.channels.contract import Channel
from bot.cli.community import import_file
from bot.cli.errors import one_line
from bot.cli.logs import quiet_libraries, speak_up
from bot.cli.pulse import pulse
from bot.cli.streams import raw_lines
from bot.cli.words import progress, tell, word
from bot.gateway.live import Gateway
from bot.gateway.transcript import arrivals_of
from bot.settings import read_settings


def run(database_url: str | None, community: Path | None, console: bool | None) -> None:
    """Until a signal, or the end of the console and of all work."""
    with one_line(), _stops() as stops:
        settings = read_settings(database_url=database_url)
        channels = open_channels(settings)
        console = (not channels or _is_fed(sys.stdin.fileno())) if console is None else console
        if console:
            channels.append(_console(stops, alone=not channels))
        engine = open_desk(settings)
        if community is not None:
            import_file(engine, community)
        dialogue = open_dialogue(settings, engine, progress, patient=True)
        speak_up()
        quiet_libraries()
        by_name = {channel.name: channel for channel in channels}
        gateway = Gateway(
            engine, dialogue, by_name, settings.speak_from, settings.files, settings.digest_at, settings.keep
        )
        stops.gateway = gateway
        with pulse(settings, gateway) as port:
            names = word("progress.and").join(word(f"channels.{channel.name}") for channel in channels)
            tell("progress.running", channels=names)
            if port is not None:
                tell("progress.pulse", host=settings.metrics_host, port=port)
            gateway.run()
        dialogue.close()
        engine.dispose()  # SQLite folds its log into the file when the last connection closes
        tell("progress.stopped")


class _Stops:
    """What a signal does: before there is a gateway nothing is in hand, and the process ends at once."""

    gateway: Gateway | None = None

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        """A signal."""
        if self.gateway is None:
            sys.exit(0)
        self.gateway.stop()

    def drain(self) -> None:
        """The end of the only input there is."""
        if self.gateway is not None:
            self.gateway.stop(drain=True)


@contextmanager
def _stops() -> Iterator[_Stops]:
    stops = _Stops()
    before = {number: signal.signal(number, stops) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stops
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _console(stops: _Stops, *, alone: bool) -> Channel:
    return ConsoleChannel(
        arrivals_of(raw_lines(sys.stdin.fileno())), sys.stdout, stops.drain if alone else lambda: None
    )


def _is_fed(stdin: int) -> bool:
    """Whether somebody feeds us lines; a terminal or nothing at all does not."""
    try:
        mode = os.fstat(stdin).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)
