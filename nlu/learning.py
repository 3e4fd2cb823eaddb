"""Learning from corrections: the sentences that Rasa gets beside its own, and what a model with them reads differently.

corrections ─► usable ─► as_nlu ─► a second model ─► class_changes, rereadings, count_right
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import yaml

from nlu.evaluation import FIELDS, Judged
from nlu.nearness import Example, near_pairs
from nlu.recorded import Figures

_ANNOTATED = re.compile(r"\](?=[\[({])")
"""Where Rasa would read [words](entity), [words]{...} or [words][...]; people write two emoji so."""

ONE_LINE = 1_000_000
"""Width of a line: Rasa looks at how lines begin to tell what a file is."""

_HEAD = "# What staff corrected — written for one training, never kept.\n"
"""Not in ASCII: Rasa decodes escapes once more in a file that is."""


def usable(corrections: Sequence[Example], measured_on: Sequence[str]) -> list[Example]:
    """The corrections that may be learnt: the last one of the same words, and none near a message that measures."""
    last = {correction.text: correction for correction in corrections}
    near = {pair.left for pair in near_pairs(measured_on, list(last))}
    return [correction for text, correction in last.items() if text not in near]


def as_nlu(examples: Sequence[Example]) -> str:
    """The sentences in Rasa's format, one block for what has the same labels."""
    blocks: dict[tuple[str, str | None, str | None, str | None], list[str]] = defaultdict(list)
    for example in examples:
        labels = (example.act, example.kind, example.category, example.urgency)
        blocks[labels].append("- " + _ANNOTATED.sub("] ", example.text))
    written = []
    for (act, kind, category, urgency), lines in blocks.items():
        matter = {"kind": kind, "category": category, "urgency": urgency}
        labelled = {"metadata": matter} if kind is not None else {}
        written.append({"intent": act, **labelled, "examples": "\n".join(lines) + "\n"})
    document = {"version": "3.1", "nlu": written}
    return _HEAD + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=ONE_LINE)


class ClassChange(NamedTuple):
    """The F1 of one class of one field."""

    field: str
    label: str
    before: float
    after: float


def class_changes(before: Figures, after: Figures) -> list[ClassChange]:
    """The classes whose F1 differs, the greatest loss first."""
    found = [
        ClassChange(field, label, old, after.get(field, {}).get(label, 0.0))
        for field, table in before.items()
        for label, old in table.items()
    ]
    return sorted((one for one in found if one.before != one.after), key=lambda one: one.after - one.before)


class Rereading(NamedTuple):
    """A message that is read differently; each reading is act, kind, category, urgency as far as there is one."""

    text: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    right: tuple[str, ...]


def rereadings(before: Sequence[Judged], after: Sequence[Judged]) -> list[Rereading]:
    """The messages of which another label is said than before, in their order."""
    pairs = zip(before, after, strict=True)
    found = [Rereading(old.text, _labels(old.said), _labels(new.said), _labels(old.gold)) for old, new in pairs]
    return [one for one in found if one.before != one.after]


def count_right(messages: Sequence[Judged]) -> int:
    """How many are read as is right in everything."""
    return sum(_labels(message.said) == _labels(message.gold) for message in messages)


def _labels(said: Mapping[str, str | None]) -> tuple[str, ...]:
    return tuple(label for field in FIELDS if (label := said.get(field)) is not None)
