"""`make bench`: messages a second, time from arrival to answer, peak memory; in process and over HTTP.

    python -m benchmarks.replay [--messages 2000] [--no-http] [--rounds 1]

Every variant runs in a process of its own, on a fresh database, with the same transcript; two that are compared run
one after the other in every round. The model is LINLI_MODEL, or that of the checkout (trained if there is none).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks import material
from benchmarks.counters import peak_of_tree
from benchmarks.servers import PROJECT, Servers, servers
from bot.bootstrap import find_model
from bot.dialogue.in_process import InProcessDialogue
from bot.dialogue.over_http import HttpDialogue
from bot.settings import read_settings

Figures = dict[str, Any]

VARIANTS = ("replay", "live")
SINGLES = 300
"""Texts that are read one by one."""

BATCH = 2_000
"""Texts that are read in one call."""


def main() -> None:
    """Measures and prints."""
    asked = _arguments()
    model = find_model(read_settings(), lambda stage: _tell(f"{stage} ..."))
    _tell(_machine())
    found: dict[str, list[Figures]] = {}
    for _ in range(asked.rounds):
        for variant in VARIANTS:
            found.setdefault(f"{variant}, in process", []).append(in_process(variant, asked.messages, model))
            if asked.http:
                found.setdefault(f"{variant}, over HTTP", []).append(over_http(variant, asked.messages, model))
    _print(found)
    if asked.http:
        _print_ratios(found)
        print(reading_ratio(model))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=1, help="the whole again; medians are printed")
    parser.add_argument("--http", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


def in_process(variant: str, messages: int, model: Path) -> Figures:
    """A variant with Rasa and actions in its own process."""
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as home:
        return _run(variant, messages, _environment(Path(home), model))


def over_http(variant: str, messages: int, model: Path) -> Figures:
    """The same with both servers beside it; the memory is that of all three."""
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as home:
        given = _environment(Path(home), model)
        with servers(model, Path(home), given) as ours:
            figures = _run(variant, messages, {**given, "LINLI_RASA_URL": ours.url})
            return {**figures, **_memory(figures, ours)}


def _memory(figures: Figures, ours: Servers) -> Figures:
    parts = {"gateway": figures["memory"], "rasa": peak_of_tree(ours.rasa), "actions": peak_of_tree(ours.actions)}
    return {"memory": sum(parts.values()), "parts": parts}


def _environment(home: Path, model: Path) -> dict[str, str]:
    """What every process is told; whatever else of ours is set must not reach it."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    profile = {name: value for name, value in os.environ.items() if name == "LINLI_PROFILE"}
    return {**others, **profile, "LINLI_HOME": str(home), "LINLI_MODEL": str(model)}


def _run(variant: str, messages: int, environment: dict[str, str]) -> Figures:
    _tell(f"{variant}{' over HTTP' if 'LINLI_RASA_URL' in environment else ''} ...")
    target = Path(environment["LINLI_HOME"]) / "figures.json"
    words = [sys.executable, "-m", "benchmarks.variants", variant, str(messages), str(target)]
    subprocess.run(words, cwd=PROJECT, env=environment, check=True, stdout=sys.stderr)
    figures: Figures = json.loads(target.read_text(encoding="utf-8"))
    return figures


def reading_ratio(model: Path) -> str:
    """The same model three ways: Rasa's own /model/parse a text, our channel in one call, this process in one."""
    texts = [json.loads(line)["text"] for line in material.transcript(BATCH)]
    here = InProcessDialogue(model)
    with (
        tempfile.TemporaryDirectory(prefix="linli-bench-") as home,
        servers(model, Path(home), _environment(Path(home), model)) as ours,
    ):
        batch, single = HttpDialogue(ours.url), httpx.Client(base_url=ours.url, trust_env=False, timeout=60)
        for warm in (batch.read, here.read):
            warm(texts[:SINGLES])
        alone = _seconds(lambda: [single.post("/model/parse", json={"text": text}) for text in texts[:SINGLES]])
        rates = {
            "/model/parse": SINGLES / alone,
            "one batch over HTTP": BATCH / _seconds(lambda: batch.read(texts)),
            "one batch in process": BATCH / _seconds(lambda: here.read(texts)),
        }
    each = statistics.median(_seconds(partial(here.read, [text])) for text in texts[:SINGLES])
    lines = [
        f"ratio {name} : /model/parse   {rate / rates['/model/parse']:.1f} : 1   ({rate:.0f} texts/s)"
        for name, rate in rates.items()
    ]
    return "\n".join([*lines, f"one text in process, median   {each * 1000:.2f} ms"])


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} CPUs, {memory:.0f} GiB, {platform.platform()}, Python {platform.python_version()}, {load}"


ROWS: dict[str, Callable[[Figures], float]] = {
    "messages/s": lambda f: f["messages"] / f["seconds"],
    "arrival to answer, median ms": lambda f: f["answer"]["median"],
    "arrival to answer, p99 ms": lambda f: f["answer"]["p99"],
    "left alone, median ms": lambda f: f["each"]["left_alone"]["median"],
    "left alone, p99 ms": lambda f: f["each"]["left_alone"]["p99"],
    "left alone, median CPU ms": lambda f: f["cpu"]["left_alone"]["median"],
    "peak memory, MiB": lambda f: f["memory"],
    "transactions a message": lambda f: f["database"]["transactions"] / f["messages"],
    "statements a message": lambda f: f["database"]["statements"] / f["messages"],
}
PARTS = ("gateway", "rasa", "actions")


def _print(found: dict[str, list[Figures]]) -> None:
    _row("", list(found))
    for name, figure in ROWS.items():
        _row(name, [f"{_median(runs, figure):.1f}" for runs in found.values()])
    for part in PARTS:
        _row(f"  {part}, MiB", [f"{_median(r, _part(part)):.0f}" if "parts" in r[0] else "" for r in found.values()])
    for stage in sorted({stage for runs in found.values() for stage in runs[0]["stages"]}):
        _row(f"{stage}, s", [f"{_median(runs, _stage(stage)):.2f}" for runs in found.values()])
    for name, runs in found.items():
        print(f"{name}: {runs[0]['outcomes']}, {runs[0]['answer']['count']} answered, {runs[0]['said']} said")


def _part(part: str) -> Callable[[Figures], float]:
    return lambda figures: figures["parts"][part]


def _stage(stage: str) -> Callable[[Figures], float]:
    return lambda figures: figures["stages"].get(stage, 0.0)


def _print_ratios(found: dict[str, list[Figures]]) -> None:
    """In process to over HTTP, of each pair that ran one after the other."""
    for variant in VARIANTS:
        pairs = list(zip(found[f"{variant}, in process"], found[f"{variant}, over HTTP"], strict=True))
        for name in ("messages/s", "arrival to answer, median ms", "peak memory, MiB"):
            ratio = statistics.median(ROWS[name](own) / ROWS[name](other) for own, other in pairs)
            print(f"ratio in process : over HTTP   {ratio:.2f} : 1   {variant}, {name}")


def _median(runs: Sequence[Figures], figure: Callable[[Figures], float]) -> float:
    return statistics.median(figure(run) for run in runs)


def _row(name: str, cells: Sequence[str]) -> None:
    print(f"{name:<32}" + "".join(f"{cell:>22}" for cell in cells))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
