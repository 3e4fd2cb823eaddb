"""What is replayed: a transcript made of the sentences of data/nlu, the same at every run.

Every twentieth message is a report on average, the rest is chatter; reports stand where chance put them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
REGISTER = HERE / "register.yml"
SENTENCES = HERE.parent / "data" / "nlu"

SEED = 20261122
REPORTS = 0.05
"""Share of reports."""

SENDERS = 400
BEGIN = datetime.fromisoformat("2026-11-22T07:00:00+08:00")
APART = 60
"""Seconds between two messages at most; half of it on average."""


def sentences(names: str) -> list[str]:
    """The example sentences of the files whose names begin so, in the files' order."""
    blocks = (block for path in sorted(SENTENCES.glob(f"{names}*.yml")) for block in _blocks(path))
    lines = (line.strip() for block in blocks for line in block.splitlines())
    return [line.removeprefix("- ") for line in lines if line.startswith("- ")]


def _blocks(path: Path) -> Iterator[str]:
    yield from (block["examples"] for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"])


def transcript(messages: int) -> list[str]:
    """Lines for `linli replay`: many senders in two rooms, one message after another."""
    chance = random.Random(SEED)
    senders, places = _senders(chance), _rooms()
    at, lines = BEGIN, []
    for number, text in enumerate(texts(chance, messages)):
        at += timedelta(seconds=chance.randint(1, APART))
        sender = chance.choice(senders)
        room = places[int(sender["id"].removeprefix("r")) % len(places)]
        said = {"at": at.isoformat(), "channel": "console", "room": room, "id": f"m{number}", "sender": sender}
        lines.append(json.dumps({**said, "text": text}, ensure_ascii=False))
    return lines


def texts(chance: random.Random, messages: int) -> list[str]:
    """That many sentences, `REPORTS` of them reports, shuffled."""
    reports = round(messages * REPORTS)
    said = some(chance, sentences("report"), reports) + some(chance, sentences("chitchat"), messages - reports)
    chance.shuffle(said)
    return said


def some(chance: random.Random, known: list[str], count: int) -> list[str]:
    """That many of them, none twice before all were taken once."""
    rounds = -(-count // len(known))
    return [text for _ in range(rounds) for text in chance.sample(known, len(known))][:count]


def _senders(chance: random.Random) -> list[dict[str, str]]:
    """Residents; most have their door in their name, as the custom of such groups is."""
    doors = (f"{chance.randint(1, 20)}-{chance.randint(1, 4)}-{chance.randint(1, 18)}0{chance.randint(1, 4)}"
             for _ in range(SENDERS))  # fmt: skip
    return [{"id": f"r{n}", "name": f"{door} R{n}" if n % 4 else f"R{n}"} for n, door in enumerate(doors)]


def _rooms() -> list[str]:
    rooms: Iterable[dict[str, Any]] = yaml.safe_load(REGISTER.read_text(encoding="utf-8"))["rooms"]
    return [room["id"] for room in rooms if room["purpose"] == "residents"]
