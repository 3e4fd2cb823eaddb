"""An evaluation for a terminal."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.evaluation_words import (
    field_line,
    headline,
    label_name,
    level,
    percent,
    points_shown,
    score,
    source_line,
    within_line,
)
from bot.cli.words import word
from bot.texts import quoted
from nlu.evaluation import Confusion, Evaluation, FieldScore

WIDTH = 100
"""Columns where there is no terminal to ask."""

CONFUSIONS = 8
"""Confusions shown of a field."""

EXAMPLE = 44
"""Columns of an example."""


def text_of(evaluation: Evaluation, file: str) -> str:
    """The whole of it; in colour when stdout is a terminal."""
    out = io.StringIO()
    terminal = sys.stdout.isatty()
    console = Console(file=out, force_terminal=terminal, width=None if terminal else WIDTH, highlight=False)
    _line(console, source_line(evaluation, file))
    console.print(_table((), [(name, figure, of) for name, figure, of in headline(evaluation)]))
    for field, found in evaluation.fields.items():
        _field(console, evaluation, field, found)
    _curve(console, evaluation)
    _calibration(console, evaluation)
    return out.getvalue()


def _line(console: Console, said: str, style: str = "") -> None:
    console.print(Text(said, style=style), soft_wrap=True)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Labels are on the left, figures on the right; cells are texts, whatever they hold."""
    table = Table(*columns, box=box.SIMPLE_HEAD, show_header=bool(columns), pad_edge=False)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _figures(table: Table, first: int = 1) -> Table:
    for column in table.columns[first:]:
        column.justify = "right"
    return table


def _field(console: Console, evaluation: Evaluation, field: str, found: FieldScore) -> None:
    _line(console, field_line(evaluation, field), "bold")
    columns = [word(f"evaluate.{name}") for name in ("label", "precision", "recall", "f1", "support")]
    rows = [
        (f"{label_name(field, c.label)} {c.label}", score(c.precision), score(c.recall), score(c.f1), str(c.support))
        for c in found.classes
    ]
    console.print(_figures(_table(columns, rows)))
    _confusions(console, field, found.confusions)


def _confusions(console: Console, field: str, confusions: Sequence[Confusion]) -> None:
    if not confusions:
        _line(console, word("evaluate.none_confused") + "\n")
        return
    columns = [word(f"evaluate.{name}") for name in ("confusions", "count", "example")]
    rows = [
        (
            word("evaluate.confusion", gold=label_name(field, c.gold), predicted=label_name(field, c.predicted)),
            str(c.count),
            _cut(c.examples[0]),
        )
        for c in confusions[:CONFUSIONS]
    ]
    console.print(_table(columns, rows))
    if len(confusions) > CONFUSIONS:
        _line(console, word("evaluate.rest", count=len(confusions) - CONFUSIONS) + "\n")


def _cut(example: str) -> str:
    line = quoted(example)
    return line if cell_len(line) <= EXAMPLE else set_cell_size(line, EXAMPLE - 1).rstrip() + "…"


def _curve(console: Console, evaluation: Evaluation) -> None:
    _line(console, word("evaluate.curve"), "bold")
    in_use = evaluation.hearing.default.threshold
    columns = [word(f"evaluate.{name}") for name in ("threshold", "heard", "false_alarms")]
    rows = [
        (
            level(point.threshold) + (f" {word('evaluate.in_use')}" if point.threshold == in_use else ""),
            percent(point.heard),
            percent(point.false_alarms),
        )
        for point in points_shown(evaluation)
    ]
    console.print(_figures(_table(columns, rows)))
    quiet = within_line(evaluation)
    if quiet is not None:
        _line(console, quiet + "\n")


def _calibration(console: Console, evaluation: Evaluation) -> None:
    calibration = evaluation.calibration
    _line(console, word("evaluate.calibration"), "bold")
    columns = [word(f"evaluate.{name}") for name in ("confidence", "support", "mean_confidence", "accuracy")]
    rows = [
        (
            word("evaluate.bin", low=one.low, high=one.high),
            str(one.count),
            percent(one.confidence),
            percent(one.accuracy),
        )
        for one in calibration.bins
        if one.count
    ]
    console.print(_figures(_table(columns, rows)))
    _line(console, word("evaluate.error_words", error=score(calibration.error)))
