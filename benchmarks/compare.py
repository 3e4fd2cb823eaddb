"""Compares pipelines for the act: quality on the own test set, speed, memory, training time, size of the model.

    python -m benchmarks.compare [--share 0.2] [--longest 60] [diet logistic ours]

Each pipeline of `benchmarks/pipelines/` is trained in a process of its own on the same sentences: every n-th of each
label's, so many that `share` of all remain, none with more than `longest` characters. (DIET takes hours for all: every
sentence of its batch is made as long as the longest, and it looks from each word at each other.) Prints a line of a
table each.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from nlu.nearness import read_training

PROJECT = Path(__file__).parents[1]
PIPELINES = Path(__file__).with_name("pipelines")
OWN = PROJECT / "tests" / "nlu" / "messages.jsonl"
HEAD = (
    "| Pipeline | Sentences | Act, macro-F1 | Heard at 1 % false alarms | Texts a second | Training | Model | Memory |"
)


def main() -> None:
    """Trains and measures each pipeline; with `--one` this process is the measured one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("pipelines", nargs="*", default=sorted(path.stem for path in PIPELINES.glob("*.yml")))
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--longest", type=int, default=sys.maxsize)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(*map(Path, asked.one))))
        return
    with tempfile.TemporaryDirectory() as folder:
        sentences = Path(folder) / "nlu.yml"
        count = sample(sentences, asked.share, asked.longest)
        print(HEAD, "|---|---|---|---|---|---|---|---|", sep="\n")
        for name in asked.pipelines:
            print(_line(name, count, _measured_apart(PIPELINES / f"{name}.yml", sentences)), flush=True)


def sample(target: Path, share: float, longest: int) -> int:
    """Writes every n-th of each label's sentences that are no longer than that, as Rasa reads them; how many."""
    groups: dict[tuple[str | None, ...], list[str]] = defaultdict(list)
    for example in read_training(PROJECT / "data" / "nlu"):
        if len(example.text) <= longest:
            groups[(example.act, example.kind, example.category, example.urgency)].append(example.text)
    blocks, count = [], 0
    for (act, *matter), texts in sorted(groups.items(), key=str):
        kept = [text for number, text in enumerate(texts) if int((number + 1) * share) > int(number * share)] or texts[
            :1
        ]
        count += len(kept)
        labels = {"metadata": dict(zip(("kind", "category", "urgency"), matter, strict=True))} if matter[0] else {}
        blocks.append({"intent": act, **labels, "examples": "".join(f"- {text}\n" for text in kept)})
    target.write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True), encoding="utf-8")
    return count


def _measured_apart(pipeline: Path, sentences: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.compare", "--one", str(pipeline), str(sentences)]
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "LOG_LEVEL": "ERROR"}
    done = subprocess.run(command, cwd=PROJECT, env={**os.environ, **quiet}, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(pipeline: Path, sentences: Path) -> dict[str, Any]:
    """Trains in this process and reads the own test set."""
    import numpy as np
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu
    from sklearn.metrics import f1_score

    from nlu.engine import read_batch

    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        model = train_nlu(str(pipeline), str(sentences), folder, fixed_model_name="model", domain="domain.yml")
        training = time.perf_counter() - began
        agent, size = Agent.load(model), Path(model).stat().st_size
        messages = [json.loads(line) for line in OWN.read_text(encoding="utf-8").splitlines()]
        texts = [message["text"] for message in messages]
        read_batch(agent, texts[:50])
        began = time.perf_counter()
        parses = read_batch(agent, texts)
        reading = time.perf_counter() - began
    gold = [message["act"] for message in messages]
    chances = np.array([_chance_of_report(parse) for parse in parses])
    reports = np.array([act == "report" for act in gold])
    threshold = np.quantile(chances[~reports], 0.99)
    return {
        "act": f1_score(gold, [parse["intent"]["name"] for parse in parses], average="macro"),
        "heard": float((chances[reports] > threshold).mean()),
        "speed": len(texts) / reading,
        "training": training,
        "size": size / 1e6,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _chance_of_report(parse: dict[str, Any]) -> float:
    return next((float(one["confidence"]) for one in parse["intent_ranking"] if one["name"] == "report"), 0.0)


def _line(name: str, count: int, found: dict[str, Any]) -> str:
    return (
        f"| {name} | {count:,} | {found['act']:.3f} | {found['heard']:.3f} | {found['speed']:,.0f} "
        f"| {found['training']:.0f} s | {found['size']:.1f} MB | {found['memory']:,.0f} MB |"
    )


if __name__ == "__main__":
    main()
