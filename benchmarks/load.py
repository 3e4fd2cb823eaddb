"""`make load`: many rooms talking at once, on two channels of which one is slow, dead or well.

    python -m benchmarks.load [--rooms 100] [--rate 50] [--seconds 60] [--other slow|dead|well] [--database-url URL]

The real gateway in one process, the real model (LINLI_MODEL, or that of the checkout) or a Rasa server
(LINLI_RASA_URL), a fresh database. Messages come at their own pace whether the gateway follows or not, and an answer is
measured from the moment its message was due, so that a gateway that falls behind cannot hide it.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from benchmarks import material
from benchmarks.counters import count_database, peak_memory, spread
from benchmarks.variants import WARM_UP
from bot.bootstrap import open_desk, open_dialogue
from bot.channels.contract import Capabilities, Outgoing, Receipt, Transient
from bot.cli.community import import_file
from bot.gateway.live import Gateway
from bot.settings import read_settings
from desk.domain.words import InboxState, OutboxState, Outcome
from desk.services.balance import balances_of_day
from desk.services.mailroom import Arrival
from desk.storage.engine import sqlite_url, transaction
from desk.storage.tables import inbox, outbox

WELL, OTHER = "well", "other"
SLOW_SECONDS = 0.3
"""What the slow channel takes for each message."""


class Line:
    """A channel in this process: notes when each message was answered, at its own pace."""

    capabilities = Capabilities(replies=True, private=True)

    def __init__(self, manner: str = "well") -> None:
        self.due: dict[str, float] = {}
        self.answered: dict[str, float] = {}
        self._manner = manner

    def send(self, message: Outgoing) -> Receipt:
        """Takes it, late, or not at all."""
        if self._manner == "dead":
            raise Transient
        if self._manner == "slow":
            time.sleep(SLOW_SECONDS)
        if message.reply_to is not None:
            self.answered.setdefault(message.reply_to, time.perf_counter())
        return Receipt()

    def figures(self, held: Collection[str]) -> dict[str, float]:
        """How long answers took, without those that manners held back."""
        took = {name: at - self.due[name] for name, at in self.answered.items() if name in self.due}
        return spread([seconds for name, seconds in took.items() if name not in held])


def register(rooms: int) -> dict[str, Any]:
    """A community with that many rooms, half of them on each channel, an officer and a staff room on the well one."""
    names = [(WELL if number % 2 else OTHER, f"room-{number}") for number in range(rooms)]
    grid = "220103009002-01"
    return {
        "community": {"code": "220103009002", "name": "load", "timezone": "Asia/Shanghai"},
        "members": [
            {"id": "o", "name": "officer", "role": "officer", "identities": [{"channel": WELL, "user": "u-officer"}]}
        ],
        "grids": [{"code": grid, "name": "grid", "officer": "o", "covers": [{"estate": "load"}]}],
        "rooms": [
            *({"channel": channel, "id": room, "purpose": "residents", "grid": grid} for channel, room in names),
            {"channel": WELL, "id": "staff", "purpose": "staff"},
        ],
    }


def stream(rooms: int, messages: int) -> list[Arrival]:
    """What is said, without its time: the sentences of `benchmarks.material`, in rooms where chance put them."""
    chance = random.Random(material.SEED)
    now = datetime.now(timezone.utc)
    said = []
    for number, text in enumerate(material.texts(chance, messages)):
        place, user = chance.randrange(rooms), chance.randrange(10)
        channel = WELL if place % 2 else OTHER
        sender = f"r{place}-{user}"
        name = f"{1 + place % 20}-{1 + user % 4}-{user}01 R{user}"
        said.append(Arrival(channel, f"room-{place}", f"m{number}", sender, name, text, now))
    return said


def in_parallel(gateway: Gateway, lines: dict[str, Line], said: Sequence[Arrival], rate: float) -> None:
    """Each channel in a thread of its own, as in the product."""
    began = time.perf_counter()
    timed = [(began + number / rate, arrival) for number, arrival in enumerate(said)]
    threads = [
        threading.Thread(target=talk, args=(gateway, line, [one for one in timed if one[1].channel == name]))
        for name, line in lines.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def talk(gateway: Gateway, line: Line, said: Sequence[tuple[float, Arrival]]) -> None:
    """Hands over each message of a channel when it is due."""
    for due, arrival in said:
        time.sleep(max(0.0, due - time.perf_counter()))
        line.due[arrival.message] = due
        gateway.take_in(replace(arrival, sent_at=datetime.now(timezone.utc)))


def handled(engine: Engine) -> int:
    """Messages that have their outcome."""
    with transaction(engine) as session:
        return int(session.scalar(select(func.count()).where(inbox.c.state == InboxState.DONE)) or 0)


def held_back(engine: Engine) -> set[str]:
    """Messages whose answers manners held back: the end of a burst, the budget of an hour (`desk.domain.manners`)."""
    held = outbox.c.not_before.is_not(None) & outbox.c.reply_to.is_not(None)
    with transaction(engine) as session:
        return set(session.scalars(select(outbox.c.reply_to).where(held)))


def ages(engine: Engine) -> dict[str, float]:
    """Seconds that the oldest message has waited for us, not for its hour: of the inbox, and of each outbox."""
    now = datetime.now(timezone.utc)
    waiting = select(func.min(inbox.c.received_at)).where(inbox.c.state.in_((InboxState.PENDING, InboxState.LEASED)))
    unsent = outbox.c.state.in_((OutboxState.PENDING, OutboxState.SENDING, OutboxState.UNKNOWN))
    turn = outbox.c.not_before.is_(None) | (outbox.c.not_before <= now)
    since = func.min(func.coalesce(outbox.c.not_before, outbox.c.created_at))
    oldest = select(outbox.c.channel, since).where(unsent, turn).group_by(outbox.c.channel)
    with transaction(engine) as session:
        found = {"inbox": session.scalar(waiting), **{f"outbox {name}": at for name, at in session.execute(oldest)}}
    return {name: (now - at).total_seconds() if at else 0.0 for name, at in found.items()}


def main() -> None:
    """Measures and prints."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="linli-load-") as home:
        url = asked.database_url or sqlite_url(Path(home) / "linli.db")
        settings = replace(read_settings(database_url=url), digest_at=None)
        engine = open_desk(settings)
        community = Path(home) / "register.yml"
        community.write_text(yaml.safe_dump(register(asked.rooms)), encoding="utf-8")
        import_file(engine, community)
        dialogue = open_dialogue(settings, engine, lambda stage: print(f"{stage} ...", file=sys.stderr))
        dialogue.read(WARM_UP)
        lines = {WELL: Line(), OTHER: Line(asked.other)}
        gateway = Gateway(engine, dialogue, dict(lines), settings.speak_from)
        said = stream(asked.rooms, round(asked.rate * asked.seconds))
        running = threading.Thread(target=gateway.run)
        counts, processor = count_database(engine), time.process_time()
        running.start()
        began = time.perf_counter()
        in_parallel(gateway, lines, said, asked.rate)
        took, left, done = time.perf_counter() - began, ages(engine), handled(engine)
        processor = time.process_time() - processor
        shares = {"CPU ms": 1000 * processor, **{name: float(count) for name, count in counts.items()}}
        gateway.stop()
        running.join()
        _print(asked, lines, took, left, len(said), held_back(engine))
        print(f"handled at the end {done}; for each of them: "
              + "   ".join(f"{name} {value / max(done, 1):.2f}" for name, value in shares.items()))  # fmt: skip
        _print_balance(engine)
        dialogue.close()


def _print(
    asked: argparse.Namespace,
    lines: dict[str, Line],
    took: float,
    left: dict[str, float],
    said: int,
    held: Collection[str],
) -> None:
    print(
        f"{said} messages in {asked.rooms} rooms, {said / took:.1f} a second taken in; the other channel: {asked.other}"
    )
    for name, line in lines.items():
        one = line.figures(held)
        shown = "   ".join(f"{what} {one[what]:.0f}" for what in ("median", "p95", "p99", "mean"))
        print(f"{name:<8} answered {one['count']:>5.0f}   arrival to answer, ms: {shown}")
    print(f"answers that manners held back, not counted above: {len(held)}")
    for name, age in left.items():
        print(f"oldest waiting in {name:<16} {age:6.1f} s")
    print(f"peak memory {peak_memory():.0f} MiB")


def _print_balance(engine: Engine) -> None:
    with transaction(engine) as session:
        found = [one for _, one in balances_of_day(session, None, datetime.now(timezone.utc))]
    sums = {what.value: sum(one.outcomes.get(what, 0) for one in found) for what in Outcome}
    shown = "   ".join(f"{what} {count}" for what, count in sums.items() if count)
    print(
        f"received {sum(one.received for one in found)}   {shown}   differences {sum(one.difference for one in found)}"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--other", choices=("slow", "dead", "well"), default="slow")
    parser.add_argument("--database-url")
    return parser.parse_args()


if __name__ == "__main__":
    main()
