"""`make evaluate`: how much the trained model understands, of the project's own test set and of foreign corpora.

    python -m benchmarks.understanding [--corpora FOLDER] [--threshold 0.9]

Prints a table: what was measured, the figure, the floor that must hold and the aim. The corpora are measured on and
never trained on; none of their lines is printed. One threshold holds for all sets.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import f1_score

from bot.bootstrap import open_reader
from bot.cli.classify import results
from bot.cli.evaluate import judged, read_labelled
from bot.dialogue.contract import Dialogue
from bot.gateway.transcript import lines_of
from bot.settings import read_settings
from nlu.evaluation import evaluate

OWN = Path(__file__).parents[1] / "tests" / "nlu" / "messages.jsonl"
PLACES = OWN.with_name("places.jsonl")
GROUPS = {"complaint": "投诉/求助", "service": "投诉/求助", "wish": "投诉/求助", "consult": "咨询", "suggest": "建言"}
"""Our kinds as the labels of the leaders' board have them."""

TOPICS = {
    "城乡建设": "public_facility housing_repair property_management illegal_occupation real_estate utilities elevator "
    "fire_safety",
    "环境保护": "sanitation noise pollution",
    "交通运输": "parking_traffic",
    "教育文体": "education",
    "劳动和社会保障": "employment elder_care",
    "商贸旅游": "consumer",
    "卫生计生": "health",
}
"""The seven topics of `taxonomy.yml`, fixed before anything was measured."""


class Row(NamedTuple):
    """One line of the table; floor and aim are shares, an upper bound where `most`."""

    name: str
    figure: float
    floor: float
    aim: float
    most: bool = False

    def __str__(self) -> str:
        good = self.figure <= self.floor if self.most else self.figure >= self.floor
        best = self.figure <= self.aim if self.most else self.figure >= self.aim
        verdict = "aim" if best else "floor" if good else "MISSED"
        return f"{self.name:<58}{self.figure:>8.3f}{self.floor:>8.3f}{self.aim:>8.3f}  {verdict}"


Said = dict[str, Any]
Classify = Callable[[Sequence[str]], list[Said]]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--corpora", type=Path)
    parser.add_argument("--threshold", type=float, default=read_settings().speak_from)
    asked = parser.parse_args()
    reader = open_reader(read_settings(), lambda stage: print(f"{stage} ...", file=sys.stderr))

    def classify(texts: Sequence[str]) -> list[Said]:
        return list(results(reader, list(texts), asked.threshold))

    print(f"threshold {asked.threshold}\n{'':<58}{'figure':>8}{'floor':>8}{'aim':>8}")
    rows = [*own_rows(reader, asked.threshold), *place_rows(classify)]
    if asked.corpora is not None:
        rows += corpora_rows(classify, asked.corpora)
    print(*rows, sep="\n")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def own_rows(reader: Dialogue, threshold: float) -> list[Row]:
    """The project's own test set, as `linli evaluate` measures it."""
    with OWN.open("rb") as stream:
        messages, _problems = read_labelled(lines_of(stream))
    found = evaluate(judged(reader, messages, threshold), threshold)
    hearing, alarm = found.hearing.default, found.alarm
    assert alarm is not None
    return [
        Row("own test set: act, macro-F1", found.fields["act"].macro_f1, 0.92, 0.96),
        Row("own test set: kind, macro-F1", found.fields["kind"].macro_f1, 0.88, 0.94),
        Row("own test set: category, accuracy", found.fields["category"].accuracy, 0.85, 0.92),
        Row("own test set: reports heard", hearing.heard or 0.0, 0.90, 0.97),
        Row("own test set: false alarms", hearing.false_alarms or 0.0, 0.015, 0.005, most=True),
        Row("own test set: emergencies seen", alarm.seen or 0.0, 0.95, 1.0),
        Row("own test set: other reports called one", alarm.false or 0.0, 0.05, 0.05, most=True),
    ]


def place_rows(classify: Classify) -> list[Row]:
    """Places that are read exactly, all six levels, of phrases and of traps that name none or another one."""
    lines = _lines(PLACES)
    said = [found["location"] for found in classify(_texts(lines))]
    right = [
        {level: value for level, value in levels.items() if value} == line["place"]
        for line, levels in zip(lines, said, strict=True)
    ]
    return [Row(f"places: exact, of {len(lines)}", float(np.mean(right)), 0.97, 0.99)]


def corpora_rows(classify: Classify, folder: Path) -> list[Row]:
    """The foreign sets."""
    hangzhou = [line for line in _lines(folder / "hangzhou.jsonl") if line["view"] == "body"]
    fuzhou = [line for line in _lines(folder / "fuzhou.jsonl") if line["view"] == "body"]
    titles, topics = _lines(folder / "tipdm_titles_unlabelled.jsonl"), _lines(folder / "tipdm_topic_titles.jsonl")
    board = classify(_texts(hangzhou))
    return [
        Row("heard: tipdm_titles_unlabelled", _spoken(classify(_texts(titles))), 0.85, 0.95),
        Row("heard: bodies of hangzhou", _spoken(board), 0.90, 0.97),
        Row("heard: bodies of fuzhou", _spoken(classify(_texts(fuzhou))), 0.90, 0.97),
        *(
            Row(f"false alarms: {name}", _spoken(classify(_texts(_lines(folder / f"{name}.jsonl")))), floor, aim, True)
            for name, floor, aim in (
                ("chat_sms", 0.01, 0.003),
                ("chat_weibo_lccc", 0.015, 0.005),
                ("chat_weibo_moods", 0.06, 0.02),
            )
        ),
        Row("kind on bodies of hangzhou, macro-F1", _board_kinds(hangzhou, board), 0.60, 0.75),
        Row("tipdm_topic_titles through the topics, accuracy", _topics(topics, classify(_texts(topics))), 0.75, 0.85),
    ]


def _texts(lines: Sequence[dict[str, Any]]) -> list[str]:
    return [line["text"] for line in lines]


def _spoken(said: Sequence[Said]) -> float:
    return float(np.mean([found["speak"] for found in said]))


def _board_kinds(lines: Sequence[dict[str, Any]], said: Sequence[Said]) -> float:
    groups = [GROUPS.get(found["kind"] or "", "none") for found in said]
    gold = [line["label"] for line in lines]
    return float(f1_score(gold, groups, labels=sorted(set(GROUPS.values())), average="macro"))


def _topics(lines: Sequence[dict[str, Any]], said: Sequence[Said]) -> float:
    topic_of = {category: topic for topic, categories in TOPICS.items() for category in categories.split()}
    right = [topic_of.get(found["category"] or "") == line["label"] for line, found in zip(lines, said, strict=True)]
    return float(np.mean(right))


if __name__ == "__main__":
    main()
