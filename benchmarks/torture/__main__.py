"""`make torture`: kills the gateway at random over a stream of messages, and checks that nothing was lost.

    python -m benchmarks.torture [--channel telegram|wechat|console] [--messages 2000] [--kills 200] [--rasa-kills 5]
                                 [--seed N] [--light] [--keep FOLDER]

Without --channel all three, one after the other. A gateway is a process that runs `linli run` on SQLite, on its real
channel against a real peer; Rasa's two servers are processes of their own (--light: one small server with a table of
acts in their place, which does the deeds through the actions all the same). Exit 1 on any breach.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks import material
from benchmarks.torture.checks import Result, check
from benchmarks.torture.lives import Starter
from benchmarks.torture.looking import STATES
from benchmarks.torture.peers import KINDS, Peer
from benchmarks.torture.rasa import Brain, Rasa, Table, wait_ready
from benchmarks.torture.run import AIMS, Report, Run
from benchmarks.torture.stream import Item, at_length, items, rooms_for
from bot.bootstrap import find_model
from bot.settings import read_settings
from desk.storage.engine import open_engine, sqlite_url

IN_HAND = 0.8
"""The share of kills that must hit work in hand."""

LONG_ONES = 40
SURE = 0.95
FULL = re.compile("database: full|DatabaseAway")


def main() -> int:
    """The runs that were asked for; 1 on a breach."""
    asked = _arguments()
    breaches = 0
    for channel in [asked.channel] if asked.channel else list(KINDS):
        with tempfile.TemporaryDirectory(prefix="linli-torture-") as folder:
            home = (asked.keep / channel) if asked.keep else Path(folder)
            home.mkdir(parents=True, exist_ok=True)
            breaches += one(asked, KINDS[channel](), home)
    return 1 if breaches else 0


def one(asked: argparse.Namespace, peer: Peer, home: Path) -> int:
    """A run on one platform; how many breaches."""
    chance = random.Random(asked.seed)
    wanted = len([item for item in items(random.Random(asked.seed), asked.messages) if item.request])
    peer.open(home, rooms_for(asked.messages), wanted)
    environment = {
        **peer.environment(), "LINLI_HOME": str(home), "LINLI_DATABASE_URL": sqlite_url(home / "linli.db"),
        "LINLI_DIGEST": "-",
    }  # fmt: skip
    starter = Starter(home, environment)
    brain = _brain(asked, home, starter, environment)
    environment["LINLI_RASA_URL"] = brain.url
    try:
        run = Run(peer, home, starter, brain, chance)
        brain.start()
        wait_ready(brain)
        known = None if asked.light else sure_chatter(brain, material.sentences("chitchat")[:2000])
        stream = items(chance, asked.messages, known)
        long = [at_length(text) for text in chance.sample(known or material.sentences("chitchat"), LONG_ONES)]
        run.long = long if asked.light else sure_chatter(brain, long)
        _write_table(home, stream)
        report = run.go(stream, asked.kills, asked.rasa_kills)
        engine = open_engine(run.url)
        result = check(engine, report.said, peer.heard())
        engine.dispose()
        full = len(FULL.findall(starter.log_of("linli")))
    finally:
        brain.kill()
        starter.close()
        peer.close()
    return _print(peer, report, result, asked, full)


def _brain(asked: argparse.Namespace, home: Path, starter: Starter, environment: dict[str, str]) -> Brain:
    if asked.light:
        _write_table(home, items(random.Random(asked.seed), asked.messages))
        return Table(starter, home / "requests.json")
    model = find_model(read_settings(), lambda stage: print(f"{stage} ...", file=sys.stderr))
    return Rasa(home, model, environment, starter.full)


def _write_table(home: Path, stream: list[Item]) -> None:
    texts = [item.text for item in stream if item.request]
    (home / "requests.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")


def sure_chatter(brain: Brain, known: list[str]) -> list[str]:
    """What the model surely leaves alone: this is a run about death, not about understanding."""
    said = httpx.post(f"{brain.url}/webhooks/linli/read", json={"texts": known}, trust_env=False, timeout=120)
    parses = [parse["intent"] for parse in said.json()["parses"]]
    return [
        text
        for text, intent in zip(known, parses, strict=False)
        if intent["name"] == "chitchat" and intent["confidence"] >= SURE
    ]


def _print(peer: Peer, report: Report, result: Result, asked: argparse.Namespace, full: int) -> int:
    kills = sum(report.hit.values())
    print(f"== {peer.channel}: {kills} kills over {len(report.said)} messages, seed {asked.seed}")
    print(f"{report.seconds:.0f} s, {report.rasa_kills} kills of {'the light server' if asked.light else 'Rasa'}")
    print("in hand at the kill:")
    for state in STATES:
        count = report.hit[state]
        print(f"  {state:<20} {count:>4}  {'#' * round(40 * count / max(1, kills))}")
    print(f"  kills that hit work in hand: {100 * report.in_hand:.0f} %")
    print("aimed at: " + ", ".join(f"{aim} {report.aimed[aim]}" for aim in AIMS))
    print(
        "troubles: " + ", ".join(f"{name} {count}" for name, count in sorted(report.troubles.items()) if name != "none")
    )
    print(f"  duplicates {report.duplicates}, out of order {report.reordered}, full disk felt {full} times")
    if peer.forgets:
        print(f"  {len(report.repeated)} messages said again because nobody had taken them "
              "(this platform drops what comes while no gateway is connected)")  # fmt: skip
    for name, value in result.figures.items():
        print(f"{name}: {value}")
    breaches = list(result.breaches)
    breaches += [f"the gateway ended by itself: {words}" for words in report.ended]
    if report.settled is None:
        breaches.append("it did not come to rest")
    else:
        print(f"at rest after {report.settled:.0f} s")
    if kills and report.in_hand < IN_HAND:
        breaches.append(f"only {100 * report.in_hand:.0f} % of the kills hit work in hand")
    for breach in breaches:
        print(f"BREACH {breach}")
    print(f"{peer.channel}: {'everything holds' if not breaches else f'{len(breaches)} breaches'}", flush=True)
    return len(breaches)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--channel", choices=sorted(KINDS))
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rasa-kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--light", action="store_true")
    parser.add_argument("--keep", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
