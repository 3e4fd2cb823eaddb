"""The training data: enough of everything, nothing twice, and nothing of what the product is shown or measured on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from desk.domain.words import Act, Category, Kind, Urgency
from nlu.cues import LEXICONS, read_lexicon
from nlu.nearness import Example, near_pairs, read_training

ROOT = Path(__file__).parents[2]
SHOWN = [ROOT / "data" / "samples" / "day.jsonl", *sorted((ROOT / "tests" / "e2e").glob("*.jsonl"))]


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return read_training(ROOT / "data" / "nlu")


def test_every_act_and_kind_has_enough(examples: list[Example]) -> None:
    acts = Counter(example.act for example in examples)
    kinds = Counter(example.kind for example in examples if example.act == "report")
    assert {act: acts[act] for act in map(str, Act) if acts[act] < 60} == {}
    assert acts["chitchat"] >= 150
    assert {kind: kinds[kind] for kind in map(str, Kind) if kinds[kind] < 150} == {}


def test_labels_are_those_of_the_taxonomy(examples: list[Example]) -> None:
    assert {example.act for example in examples} == set(map(str, Act))
    reports = [example for example in examples if example.act == "report"]
    assert {example.kind for example in reports} == set(map(str, Kind))
    assert {example.category for example in reports} == set(map(str, Category))
    assert {example.urgency for example in reports} == set(map(str, Urgency))


def test_domain_has_every_act() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    assert domain["intents"] == [str(act) for act in Act]


def test_no_two_sentences_are_near(examples: list[Example]) -> None:
    assert near_pairs([example.text for example in examples]) == []


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.name)
def test_nothing_shown_is_near_a_training_sentence(path: Path, examples: list[Example]) -> None:
    texts = []
    for line in path.read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        if isinstance(found.get("text"), str) and found["text"].strip():
            texts.append(found["text"])
    assert near_pairs([example.text for example in examples], texts) == []


def test_the_measure_sees_a_copy(examples: list[Example]) -> None:
    copied = examples[0].text
    assert near_pairs([example.text for example in examples], [copied])[0].similarity == 1.0


@pytest.mark.parametrize("path", sorted(LEXICONS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_lexicon_names_its_source_and_repeats_nothing(path: Path) -> None:
    entries = read_lexicon(path)
    assert path.read_text(encoding="utf-8").startswith("#")
    assert "source" in path.read_text(encoding="utf-8").splitlines()[0]
    assert len(entries) == len(set(entries))
    assert entries
    assert max(map(len, entries)) <= 8
