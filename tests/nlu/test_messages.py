"""The test set is sound: its labels exist, two annotators agreed, and nothing of it is near a training sentence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from desk.domain.words import Act, Category, Kind, Urgency
from nlu.nearness import near_pairs, read_training

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FIELDS = ("act", "kind", "category", "urgency")


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def messages() -> list[dict[str, Any]]:
    return lines("messages.jsonl")


def test_labels_are_those_of_the_taxonomy(messages: list[dict[str, Any]]) -> None:
    known = [set(map(str, words)) for words in (Act, Kind, Category, Urgency)]
    for message in messages:
        said = [message[field] for field in FIELDS]
        report = message["act"] == "report"
        assert said[0] in known[0], message
        assert all((label in labels) == report for label, labels in zip(said[1:], known[1:], strict=True)), message


def test_there_is_enough_of_everything(messages: list[dict[str, Any]]) -> None:
    assert len(messages) >= 800
    assert len({message["text"] for message in messages}) == len(messages)
    counts = {field: Counter(message[field] for message in messages) for field in FIELDS}
    assert min(counts["act"][str(act)] for act in Act) >= 10
    assert min(counts["kind"][str(kind)] for kind in Kind) >= 30
    assert min(counts["category"][str(category)] for category in Category) >= 12
    assert counts["urgency"]["emergency"] >= 60


def test_two_annotators_agreed(messages: list[dict[str, Any]]) -> None:
    labels = lines("labels.jsonl")
    assert [entry["id"] for entry in labels] == [message["id"] for message in messages]
    least = {"act": 0.99, "kind": 0.98, "category": 0.94, "urgency": 0.97}
    both = [e for e in labels if e["first"][0] == e["second"][0] == "report"]
    for number, field in enumerate(FIELDS):
        entries = both if number else labels
        assert kappa([(e["first"][number], e["second"][number]) for e in entries]) >= least[field], field


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Cohen's kappa: agreement beyond chance (Cohen 1960)."""
    first, second = (Counter(side) for side in zip(*pairs, strict=True))
    agreed = sum(left == right for left, right in pairs) / len(pairs)
    chance = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return (agreed - chance) / (1 - chance)


def test_where_both_agree_their_word_stands(messages: list[dict[str, Any]]) -> None:
    for message, entry in zip(messages, lines("labels.jsonl"), strict=True):
        if entry["first"] == entry["second"] and message["text"] != "报到":
            assert [message[field] for field in FIELDS] == entry["first"], message["id"]


def test_nothing_of_it_is_near_a_training_sentence(messages: list[dict[str, Any]]) -> None:
    training = [example.text for example in read_training(ROOT / "data" / "nlu")]
    assert near_pairs(training, [message["text"] for message in messages]) == []
