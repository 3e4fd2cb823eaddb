"""Figures that may only rise: the F1 of each class of each field, kept as JSON beside the messages they belong to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from nlu.evaluation import DIGITS, Evaluation

Figures = dict[str, dict[str, float]]
"""F1 by field and class."""

SLACK = 0.0005
"""How much worse a class may be: rounding, and the last digits of another machine's arithmetic."""


class RecordUnusable(Exception):
    """A file that holds no recorded figures."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def figures_of(evaluation: Evaluation) -> Figures:
    """The F1 of every class that occurs in the right labels."""
    return {
        field: {one.label: round(one.f1, DIGITS) for one in sorted(score.classes, key=lambda c: c.label) if one.support}
        for field, score in evaluation.fields.items()
    }


def read_figures(path: Path) -> Figures:
    """What was recorded; nothing when there is no file yet.

    Raises:
        RecordUnusable: the file holds something else.
        OSError: it cannot be read.
    """
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise RecordUnusable(path) from error
    if not isinstance(found, dict) or not all(_is_table(table) for table in found.values()):
        raise RecordUnusable(path)
    return found


def _is_table(table: object) -> bool:
    return isinstance(table, dict) and all(
        isinstance(figure, (int, float)) and not isinstance(figure, bool) and 0 <= figure <= 1
        for figure in table.values()
    )


def worse(recorded: Figures, now: Figures) -> list[str]:
    """A line a class that is worse than recorded, or that is not measured any more."""
    return list(_worse(recorded, now))


def _worse(recorded: Figures, now: Figures) -> Iterator[str]:
    for field, table in recorded.items():
        for label, before in table.items():
            figure = now.get(field, {}).get(label)
            if figure is None or round(before - figure, DIGITS + 2) > SLACK:
                yield f"{field}.{label} {before:.4f} → {'-' if figure is None else format(figure, '.4f')}"


def raised(recorded: Figures, now: Figures) -> Figures:
    """The better of both figures of each class: small steps down do not add up."""
    return {
        field: {label: max(figure, recorded.get(field, {}).get(label, 0.0)) for label, figure in table.items()}
        for field, table in now.items()
    }


def as_json(figures: Figures) -> str:
    """As the file is written."""
    return json.dumps(figures, indent=1, sort_keys=True) + "\n"
