"""Places of `tests/nlu/places.jsonl`, written by people who had not seen the reader: what it reads may only become more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nlu.location import read_place

LINES = Path(__file__).parents[1] / "nlu" / "places.jsonl"
FLOOR = 0.97


def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LINES.read_text(encoding="utf-8").splitlines()]


def is_right(line: dict[str, Any]) -> bool:
    levels = read_place(line["text"]).place.as_dict()
    return {level: value for level, value in levels.items() if value is not None} == line["place"]


def test_the_sets_are_large_enough_and_say_nothing_twice() -> None:
    found = lines()
    assert len({line["text"] for line in found}) == len(found)
    assert sum(not line["trap"] for line in found) >= 300
    assert sum(line["trap"] for line in found) >= 100


def test_no_place_is_read_worse_and_what_is_read_better_is_noted() -> None:
    """`missed` marks the lines that are known to be read wrong: who makes one right takes its mark away."""
    wrong = [line["text"] for line in lines() if not is_right(line)]
    assert wrong == [line["text"] for line in lines() if line.get("missed")]


def test_so_many_are_exact() -> None:
    right = [is_right(line) for line in lines()]
    assert sum(right) / len(right) >= FLOOR
