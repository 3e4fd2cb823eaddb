"""`linli demo`: a written day of a community through the real system, as people would see it."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime, timedelta

from rich.console import Console
from sqlalchemy.engine import Engine

from bot.bootstrap import open_desk, open_dialogue
from bot.channels.console import Shown
from bot.cli.community import import_file
from bot.cli.console import names_of, talk_on
from bot.cli.errors import one_line
from bot.cli.stage import Stage
from bot.cli.words import progress, word
from bot.dialogue.contract import Dialogue
from bot.gateway.replay import Replay
from bot.gateway.transcript import Entry, lines_of
from bot.settings import CHECKOUT, read_settings
from bot.texts import ledger_word
from desk.services.ledger import ledger
from desk.storage.engine import sqlite_url, transaction

SAMPLES = CHECKOUT / "data" / "samples"
REGISTER = SAMPLES / "happiness-lane.yml"
DAY = SAMPLES / "day.jsonl"


def run(*, fast: bool) -> None:
    """Plays the day on a fresh database beside the real one; in a terminal a console stays open."""
    with one_line():
        home = read_settings().home
        for leftover in home.glob("demo.db*"):
            leftover.unlink()
        settings = read_settings(database_url=sqlite_url(home / "demo.db"))
        engine = open_desk(settings)
        import_file(engine, REGISTER)
        dialogue = open_dialogue(settings, engine, progress)
        last = play(engine, dialogue, settings.speak_from, Console())
        if sys.stdin.isatty() and sys.stdout.isatty() and not fast:
            print(word("demo.console"))
            ahead = max(timedelta(), last - datetime.now(last.tzinfo)) if last is not None else timedelta()
            talk_on(engine, dialogue, settings.speak_from, ahead=ahead)
        dialogue.close()


def play(engine: Engine, dialogue: Dialogue, speak_from: float, console: Console) -> datetime | None:
    """Plays the day and prints ledger and figures; the time of its last line."""
    stage = Stage(console, names_of(engine))
    seen: list[Entry] = []
    shown = Shown(lambda _number, message: stage.bot(message, shown.zone))

    def heard(entry: Entry) -> None:
        seen.append(entry)
        stage.person(entry)

    replay = Replay(engine, dialogue, shown, speak_from, heard)
    with DAY.open("rb") as stream:
        replay.run(lines_of(stream))
    with transaction(engine) as session:
        rows = list(ledger(session))
    stage.ledger(rows)
    _figures(stage, [row["state"] for row in rows])
    return seen[-1].at if seen else None


def _figures(stage: Stage, states: list[str]) -> None:
    shown = word("demo.and").join(f"{ledger_word('state', state)}{count}" for state, count in Counter(states).items())
    print(word("demo.figures", messages=stage.heard, spoken=stage.spoken, tickets=len(states), states=shown))
    silent = stage.heard - len(stage.answered)
    print(word("demo.silent", silent=silent, share=round(100 * silent / max(1, stage.heard))))
