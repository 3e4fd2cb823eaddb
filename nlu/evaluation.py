"""How well messages are understood: what is right of them beside what was said of them. Pure counting, no model.

Evaluation
├── fields        act, kind, category, urgency: classes, accuracy, macro-F1, confusions
├── hearing       share of the reports heard against share of false alarms, over thresholds of confidence
├── alarm         emergencies seen, and other reports taken for one
└── calibration   confidence of the act against how often it is right
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

FIELDS = ("act", "kind", "category", "urgency")
REPORT, EMERGENCY = "report", "emergency"

EXAMPLES = 5
"""Texts kept of a confusion."""

THRESHOLDS = (*(step / 100 for step in range(90)), *(step / 1000 for step in range(900, 1001)))
"""Confidences at which hearing is measured; most messages have a high one."""

BIN_ENDS = tuple(end / 10 for end in range(1, 11))
"""Ten bins of confidence, each without its lower and with its upper end (Guo et al. 2017)."""

DIGITS = 4
"""Of a share in what is written down."""


@dataclass(frozen=True)
class Judged:
    """One message.

    Attributes:
        text: what was written.
        gold: the right label of each field that somebody labelled.
        said: the label that was given to each field; None for none.
        confidence: of the act that was said, 0 to 1.
    """

    text: str
    gold: Mapping[str, str]
    said: Mapping[str, str | None]
    confidence: float

    def right(self, field: str) -> str | None:
        """The right label; None where the message does not count.

        Only a report has a kind, category or urgency, so that a message with one of them and no act is a report.
        """
        act = self.gold.get("act") or (REPORT if self.gold else None)
        if field == "act":
            return act
        return self.gold.get(field) if act == REPORT else None

    def speaks_from(self, threshold: float) -> bool:
        """Whether the bot would act although nobody addressed it."""
        return self.said.get("act") == REPORT and self.confidence >= threshold


@dataclass(frozen=True)
class ClassScore:
    """One class; `support` counts the messages that are of it, `predicted` those that were said to be."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


@dataclass(frozen=True)
class Confusion:
    """Messages of class `gold` that were said to be `predicted`, None when nothing was said."""

    gold: str
    predicted: str | None
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class FieldScore:
    """One field; the macro-F1 is over the classes that occur in the right labels."""

    lines: int
    accuracy: float
    macro_f1: float
    classes: tuple[ClassScore, ...]
    confusions: tuple[Confusion, ...]


@dataclass(frozen=True)
class Point:
    """What a threshold gives; a share is None where there is nothing to count."""

    threshold: float
    heard: float | None
    false_alarms: float | None


@dataclass(frozen=True)
class Hearing:
    """Reports heard and others taken for one; `default` is at the threshold in use."""

    reports: int
    others: int
    default: Point
    curve: tuple[Point, ...]

    def within(self, false_alarms: float) -> Point | None:
        """The lowest threshold with no greater share of false alarms; None where none is low enough or known."""
        return next((p for p in self.curve if p.false_alarms is not None and p.false_alarms <= false_alarms), None)


@dataclass(frozen=True)
class Alarm:
    """Share of the emergencies that were called one, and of the other reports that were."""

    emergencies: int
    seen: float | None
    others: int
    false: float | None


@dataclass(frozen=True)
class Bin:
    """Messages with a confidence over `low` up to `high`, their mean confidence and the share with the right act."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Calibration:
    """`error` is the expected calibration error: the mean gap of confidence and accuracy over all messages."""

    error: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class Evaluation:
    """Everything that was measured; a field that nobody labelled is missing."""

    lines: int
    fields: dict[str, FieldScore]
    hearing: Hearing
    alarm: Alarm | None
    calibration: Calibration

    def as_dict(self) -> dict[str, Any]:
        """For JSON; shares are rounded."""
        rounded: dict[str, Any] = _rounded(asdict(self))
        return rounded


def evaluate(messages: Sequence[Judged], threshold: float) -> Evaluation:
    """Measures; `threshold` is the confidence from which an unaddressed report is acted upon.

    Raises:
        ValueError: no message has a label.
    """
    labelled = [message for message in messages if message.gold]
    if not labelled:
        raise ValueError("no message has a label")
    scores = {field: _field(field, labelled) for field in FIELDS}
    return Evaluation(
        lines=len(labelled),
        fields={field: score for field, score in scores.items() if score is not None},
        hearing=_hearing(labelled, threshold),
        alarm=_alarm(labelled),
        calibration=_calibration(labelled),
    )


def _field(field: str, messages: Sequence[Judged]) -> FieldScore | None:
    counted = [(message, label) for message in messages if (label := message.right(field)) is not None]
    if not counted:
        return None
    right = [label for _message, label in counted]
    said = [message.said.get(field) for message, _label in counted]
    classes = _classes(right, said)
    supported = [score.f1 for score in classes if score.support]
    return FieldScore(
        lines=len(counted),
        accuracy=sum(a == b for a, b in zip(right, said, strict=True)) / len(counted),
        macro_f1=sum(supported) / len(supported),
        classes=classes,
        confusions=_confusions(right, said, [message.text for message, _label in counted]),
    )


def _classes(right: Sequence[str], said: Sequence[str | None]) -> tuple[ClassScore, ...]:
    from sklearn.metrics import precision_recall_fscore_support

    given = [label or "" for label in said]  # no class: nothing that was said is nobody's false positive
    labels = sorted({*right, *given} - {""}, key=lambda label: (-right.count(label), label))
    columns = precision_recall_fscore_support(right, given, labels=labels, zero_division=0)
    return tuple(
        ClassScore(label, float(precision), float(recall), float(f1), int(support), given.count(label))
        for label, precision, recall, f1, support in zip(labels, *columns, strict=True)
    )


def _confusions(right: Sequence[str], said: Sequence[str | None], texts: Sequence[str]) -> tuple[Confusion, ...]:
    found: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for gold, predicted, text in zip(right, said, texts, strict=True):
        if gold != predicted:
            found[gold, predicted].append(text)
    confusions = [Confusion(*pair, len(texts), tuple(texts[:EXAMPLES])) for pair, texts in found.items()]
    return tuple(sorted(confusions, key=lambda one: (-one.count, one.gold, one.predicted or "")))


def _hearing(messages: Sequence[Judged], threshold: float) -> Hearing:
    """From sorted confidences: a hundred thresholds cost little more than one."""
    sides: dict[bool, list[Judged]] = {True: [], False: []}
    for message in messages:
        sides[message.right("act") == REPORT].append(message)
    spoken = {side: sorted(m.confidence for m in sides[side] if m.speaks_from(0)) for side in sides}

    def at(threshold: float) -> Point:
        over = {side: len(spoken[side]) - bisect_left(spoken[side], threshold) for side in sides}
        return Point(threshold, _share(over[True], len(sides[True])), _share(over[False], len(sides[False])))

    return Hearing(len(sides[True]), len(sides[False]), at(threshold), tuple(map(at, THRESHOLDS)))


def _alarm(messages: Sequence[Judged]) -> Alarm | None:
    called: dict[bool, list[bool]] = {True: [], False: []}
    for message in messages:
        right = message.right("urgency")
        if right is not None:
            called[right == EMERGENCY].append(message.said.get("urgency") == EMERGENCY)
    seen, false = called[True], called[False]
    if not seen and not false:
        return None
    return Alarm(len(seen), _share(sum(seen), len(seen)), len(false), _share(sum(false), len(false)))


def _calibration(messages: Sequence[Judged]) -> Calibration:
    filled: list[list[Judged]] = [[] for _end in BIN_ENDS]
    for message in messages:
        filled[min(bisect_left(BIN_ENDS, message.confidence), len(BIN_ENDS) - 1)].append(message)
    bins = tuple(_bin(number, inside) for number, inside in enumerate(filled))
    gaps = [
        one.count * abs(one.accuracy - one.confidence)
        for one in bins
        if one.accuracy is not None and one.confidence is not None
    ]
    return Calibration(sum(gaps) / len(messages), bins)


def _bin(number: int, inside: Sequence[Judged]) -> Bin:
    low = BIN_ENDS[number - 1] if number else 0.0
    confidence = sum(message.confidence for message in inside)
    hits = sum(message.said.get("act") == message.right("act") for message in inside)
    return Bin(low, BIN_ENDS[number], len(inside), _share(confidence, len(inside)), _share(hits, len(inside)))


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return value
