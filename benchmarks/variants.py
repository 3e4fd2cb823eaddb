"""One variant, run in a process of its own so that its memory is its own; the result is a JSON object in a file.

    replay   the transcript as `linli replay` runs it: texts are read ahead in batches
    live     one message after another into the gateway of `linli run`: each is taken in, read, handled, answered

Both run in process, or over HTTP when LINLI_RASA_URL is set.
"""

from __future__ import annotations

import cProfile
import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timezone, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from benchmarks import material
from benchmarks.counters import Stages, count_database, peak_memory, spread
from bot.bootstrap import open_desk, open_dialogue
from bot.channels.contract import Outgoing, Receipt
from bot.cli.community import import_file
from bot.dialogue.contract import Dialogue
from bot.gateway.handle import Handled, Handler
from bot.gateway.live import Gateway
from bot.gateway.replay import Replay
from bot.gateway.transcript import entry_of
from bot.settings import read_settings
from desk.domain.model import InboxMessage
from desk.services.mailroom import Arrival

PROFILE = "LINLI_PROFILE"
"""Names a file for the profile of the run (cProfile; it slows the run down)."""

WARM_UP = ["\u65e9"] * 3
"""Read before the clock starts: the segmenter loads its dictionary at the first text."""


class Log:
    """When each message arrived, and when its first answer left; how long each took by its outcome."""

    def __init__(self) -> None:
        self.zone: tzinfo = timezone.utc
        self.said = 0
        self.outcomes: Counter[str] = Counter()
        self._arrived: dict[str, float] = {}
        self._answered: dict[str, float] = {}
        self._took: dict[str, list[float]] = defaultdict(list)
        self._processor: dict[str, list[float]] = defaultdict(list)
        self._last = ""

    def arrived(self, arrival: Arrival, row: InboxMessage | None) -> InboxMessage | None:
        """T1 is done."""
        self._arrived[arrival.message] = time.perf_counter()
        return row

    def handled(self, handled: Handled) -> Handled:
        """Its outcome is known."""
        self._last = handled.effect.outcome.value if handled.effect else "put_back"
        self.outcomes[self._last] += 1
        return handled

    def send(self, message: Outgoing) -> Receipt:
        """Something is delivered; stands for every channel."""
        self.said += 1
        if message.reply_to is not None:
            self._answered.setdefault(message.reply_to, time.perf_counter())
        return Receipt()

    def write(self, line: dict[str, Any]) -> None:
        """An unusable line: there is none in what we made."""
        raise ValueError(line)

    def took(self, seconds: float, processor: float) -> None:
        """All of one message, beside reading ahead; processor time is steadier on a machine that others use."""
        self._took[self._last].append(seconds)
        self._processor[self._last].append(processor)

    def result(self) -> dict[str, Any]:
        """The figures."""
        answers = [at - self._arrived[message] for message, at in self._answered.items() if message in self._arrived]
        each = {outcome: spread(took) for outcome, took in self._took.items()}
        cpu = {outcome: spread(took) for outcome, took in self._processor.items()}
        return {"said": self.said, "outcomes": dict(self.outcomes), "answer": spread(answers), "each": each, "cpu": cpu}


def main(variant: str, messages: int, target: Path) -> None:
    """Runs a variant and writes its figures."""
    settings = read_settings()
    engine = open_desk(settings)
    import_file(engine, material.REGISTER)
    dialogue = open_dialogue(settings, engine, lambda _stage: None)
    dialogue.read(WARM_UP)
    lines = material.transcript(messages)
    log, stages, counts = Log(), Stages(), count_database(engine)
    run = prepared(variant, engine, dialogue, log, stages, lines)
    seconds = _profiled(run)
    figures = {"seconds": seconds, "messages": messages, "stages": stages.seconds, "database": counts, **log.result()}
    target.write_text(json.dumps({**figures, "memory": peak_memory()}), encoding="utf-8")
    dialogue.close()


def prepared(
    variant: str, engine: Engine, dialogue: Dialogue, log: Log, stages: Stages, lines: list[str]
) -> Callable[[], None]:
    """The run, ready to start, with its counters in place."""
    stages.wrap(dialogue, "say", "dialogue and actions")
    return (_replay if variant == "replay" else _live)(engine, dialogue, log, stages, lines)


def _replay(engine: Engine, dialogue: Dialogue, log: Log, stages: Stages, lines: list[str]) -> Callable[[], None]:
    replay = Replay(engine, dialogue, log, read_settings().speak_from)
    handler, deliverer = replay._handler, replay._deliverer
    _watch(handler, stages, log)
    stages.wrap(replay, "_take_in", "taking in (T1)")
    stages.wrap(replay, "_advance", "schedule")
    stages.wrap(deliverer, "deliver", "delivery")
    take_in, step = replay._take_in, replay._step
    replay._take_in = lambda arrival: log.arrived(arrival, take_in(arrival))  # type: ignore[method-assign]
    replay._step = lambda *args: _timed(log, lambda: step(*args))  # type: ignore[method-assign]
    return lambda: replay.run(lines)


def _live(engine: Engine, dialogue: Dialogue, log: Log, stages: Stages, lines: list[str]) -> Callable[[], None]:
    gateway = Gateway(engine, dialogue, {"console": log}, read_settings().speak_from)
    stages.wrap(gateway._handler, "read", "reading")
    stages.wrap(gateway._together, "handle_next", "routing and desk")
    handle_next = gateway._together.handle_next
    gateway._together.handle_next = lambda *args: list(map(log.handled, handle_next(*args)))  # type: ignore[method-assign]
    stages.wrap(gateway, "take_in", "taking in (T1)")
    stages.wrap(gateway, "look_after", "schedule")
    stages.wrap(gateway, "turn", "lease")
    stages.wrap(gateway, "deliver", "delivery")
    arrivals = [entry.arrival for entry in map(entry_of, lines) if entry.arrival is not None]

    def one(arrival: Arrival) -> None:
        log.arrived(arrival, gateway.take_in(arrival))
        gateway.turn()
        gateway.deliver()

    def run() -> None:
        for arrival in arrivals:
            _timed(log, partial(one, arrival))

    return run


def _watch(handler: Handler, stages: Stages, log: Log) -> None:
    stages.wrap(handler, "read", "reading")
    stages.wrap(handler, "handle_one", "routing and desk")
    handle_one = handler.handle_one
    handler.handle_one = lambda *args: log.handled(handle_one(*args))  # type: ignore[method-assign]


def _timed(log: Log, step: Callable[[], None]) -> None:
    began, used = time.perf_counter(), time.process_time()
    step()
    log.took(time.perf_counter() - began, time.process_time() - used)


def _profiled(run: Callable[[], None]) -> float:
    """Runs it; the seconds it took."""
    profile = cProfile.Profile() if os.environ.get(PROFILE) else None
    began = time.perf_counter()
    if profile is None:
        run()
    else:
        profile.runcall(run)
        profile.dump_stats(os.environ[PROFILE])
    return time.perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
