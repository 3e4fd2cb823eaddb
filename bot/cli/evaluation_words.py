"""What the text and the page of an evaluation say alike: names of labels, shares, scores."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cli.words import word
from bot.texts import ledger_word
from nlu.evaluation import Bin, Evaluation, Point

NONE = "–"
"""Where there was nothing to count."""

SHOWN = (0.3, 0.5, 0.65, 0.7, 0.9, 0.95, 0.99)
"""Thresholds that are shown as numbers."""

QUIET = 0.01
"""The share of false alarms that is asked for."""


def field_name(field: str) -> str:
    """The name of a field."""
    return word("evaluate.act") if field == "act" else ledger_word("column", field)


def label_name(field: str, label: str | None) -> str:
    """The name of a label; of none, that nothing was said."""
    if label is None:
        return word("evaluate.nothing")
    return word(f"act.{label}") if field == "act" else ledger_word(field, label)


def percent(share: float | None) -> str:
    """A share, as people read it."""
    return NONE if share is None else f"{share:.1%}"


def score(value: float) -> str:
    """A precision, recall or F1."""
    return f"{value:.3f}"


def level(value: float) -> str:
    """A threshold, as it is set."""
    return f"{value:.3f}".rstrip("0").ljust(4, "0")


def points_shown(evaluation: Evaluation) -> list[Point]:
    """A few thresholds, the one in use among them."""
    hearing = evaluation.hearing
    found = {point.threshold: point for point in hearing.curve if point.threshold in SHOWN}
    return sorted({**found, hearing.default.threshold: hearing.default}.values(), key=lambda point: point.threshold)


def headline(evaluation: Evaluation) -> Iterator[tuple[str, str, str]]:
    """What matters most: name, figure, and of how many it is."""
    hearing, alarm = evaluation.hearing, evaluation.alarm
    if hearing.reports:
        yield word("evaluate.heard"), percent(hearing.default.heard), word("evaluate.of_reports", count=hearing.reports)
    if hearing.others:
        false_alarms = percent(hearing.default.false_alarms)
        yield word("evaluate.false_alarms"), false_alarms, word("evaluate.of_others", count=hearing.others)
    if alarm is not None and alarm.emergencies:
        yield word("evaluate.seen"), percent(alarm.seen), word("evaluate.of_emergencies", count=alarm.emergencies)
    if alarm is not None and alarm.others:
        yield word("evaluate.false_emergency"), percent(alarm.false), word("evaluate.of_calm", count=alarm.others)
    yield word("evaluate.calibration_error"), score(evaluation.calibration.error), word("evaluate.of_confidence")


def source_line(evaluation: Evaluation, file: str) -> str:
    """What was measured on."""
    hearing = evaluation.hearing
    return word(
        "evaluate.source", file=file, lines=evaluation.lines, reports=hearing.reports, others=hearing.others,
        threshold=level(hearing.default.threshold),
    )  # fmt: skip


def field_line(evaluation: Evaluation, field: str) -> str:
    """A field in a line."""
    found = evaluation.fields[field]
    return word(
        "evaluate.field_line", field=field_name(field), lines=found.lines, accuracy=percent(found.accuracy),
        macro=score(found.macro_f1),
    )  # fmt: skip


def within_line(evaluation: Evaluation) -> str | None:
    """What is heard when hardly anything is a false alarm; None where that cannot be told."""
    point = evaluation.hearing.within(QUIET)
    if point is None or point.heard is None:
        return None
    return word("evaluate.within", share=f"{QUIET:.0%}", threshold=level(point.threshold), heard=percent(point.heard))


def point_line(point: Point) -> str:
    """A threshold in a line."""
    return word(
        "evaluate.point_words", threshold=level(point.threshold), heard=percent(point.heard),
        false_alarms=percent(point.false_alarms),
    )  # fmt: skip


def bin_line(one: Bin) -> str:
    """A bin of confidence in a line."""
    return word(
        "evaluate.bin_words", low=one.low, high=one.high, count=one.count, confidence=percent(one.confidence),
        accuracy=percent(one.accuracy),
    )  # fmt: skip
