"""`linli evaluate`: how much of a labelled file is understood, and whether it became worse."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import typer

from bot.bootstrap import open_reader
from bot.cli.classify import results
from bot.cli.errors import NOTHING_DONE, SOME_UNUSABLE, one_line
from bot.cli.evaluation_page import page_of
from bot.cli.evaluation_text import text_of
from bot.cli.streams import opened, unwritable, write
from bot.cli.words import PROBLEMS_SHOWN, progress, tell
from bot.dialogue.contract import Dialogue
from bot.gateway.transcript import LineUnusable, checked_text, lines_of, parse_object
from bot.settings import read_settings
from desk.domain.words import Act, Category, Kind, Urgency
from nlu.evaluation import FIELDS, Evaluation, Judged, evaluate
from nlu.recorded import Figures, as_json, figures_of, raised, read_figures, worse

LABELS = {
    field: frozenset(map(str, words)) for field, words in zip(FIELDS, (Act, Kind, Category, Urgency), strict=True)
}
"""The labels that each field may have."""


class Labelled(NamedTuple):
    """A usable line: its text, and the labels that somebody gave it."""

    text: str
    gold: dict[str, str]


Line = tuple[int, LineUnusable]
"""The number of an unusable line, from 1, and what is wrong with it."""


def _json(evaluation: Evaluation, _file: str) -> str:
    return json.dumps(evaluation.as_dict(), ensure_ascii=False, indent=1) + "\n"


FORMATS: dict[str, Callable[[Evaluation, str], str]] = {"text": text_of, "json": _json}


def run(file: str, form: str, report: Path | None, record: Path | None, *, force: bool) -> None:
    """Prints what was measured; exit 1 when some lines were unusable, 2 when figures were not recorded."""
    with one_line():
        recorded = _checked(form, report, record)
        with opened(file) as stream:
            messages, problems = read_labelled(lines_of(stream))
        if not messages:
            tell("errors.unlabelled", path=file)
            raise typer.Exit(NOTHING_DONE)
        _tell_problems(problems)
        settings = read_settings()
        reader = open_reader(settings, progress)
        evaluation = evaluate(judged(reader, messages, settings.speak_from), settings.speak_from)
        if report is not None:
            write(report, page_of(evaluation, file).encode())
        sys.stdout.write(FORMATS[form](evaluation, file))
        sys.stdout.flush()
        if record is not None:
            _record(record, recorded, figures_of(evaluation), force=force)
        if problems:
            raise typer.Exit(SOME_UNUSABLE)


def read_labelled(lines: Iterable[str | LineUnusable]) -> tuple[list[Labelled], list[Line]]:
    """The usable lines, and what is wrong with the others."""
    messages, problems = [], []
    for number, line in enumerate(lines, 1):
        try:
            messages.append(_labelled(line))
        except LineUnusable as unusable:
            problems.append((number, unusable))
    return messages, problems


def judged(reader: Dialogue, messages: Sequence[Labelled], speak_from: float) -> list[Judged]:
    """The messages as `linli classify` reads them, beside their labels."""
    said = results(reader, [message.text for message in messages], speak_from)
    return [
        Judged(message.text, message.gold, {field: one[field] for field in FIELDS}, one["confidence"])
        for message, one in zip(messages, said, strict=True)
    ]


def _labelled(line: str | LineUnusable) -> Labelled:
    if isinstance(line, LineUnusable):
        raise line
    if not line.startswith("{"):
        checked_text(line)
        raise LineUnusable("field", "a labelled line is an object with `text` and labels")
    found = parse_object(line)
    text = checked_text(found.get("text"))
    gold = {field: str(found[field]) for field in FIELDS if found.get(field) is not None}
    for field, label in gold.items():
        if label not in LABELS[field]:
            raise LineUnusable("field", f"`{field}` is none of the taxonomy's: {label!r}"[:200])
    if not gold:
        raise LineUnusable("field", f"there is none of {', '.join(FIELDS)}")
    if gold.get("act", Act.REPORT) != Act.REPORT and len(gold) > 1:
        raise LineUnusable("field", "only a report has a kind, category or urgency")
    return Labelled(text, gold)


def _checked(form: str, report: Path | None, record: Path | None) -> Figures:
    """What was recorded. What cannot work is said before the model is loaded."""
    if form not in FORMATS:
        tell("errors.usage", detail=f"--format {form}")
        raise typer.Exit(NOTHING_DONE)
    for out in (report, record):
        if out is not None and (out.is_dir() or not out.parent.is_dir()):
            raise unwritable(out)
    return {} if record is None else read_figures(record)


def _tell_problems(problems: Sequence[Line]) -> None:
    for number, unusable in problems[:PROBLEMS_SHOWN]:
        tell("errors.line", line=number, code=unusable.code, message=unusable.message)
    if len(problems) > PROBLEMS_SHOWN:
        tell("errors.more_lines", count=len(problems) - PROBLEMS_SHOWN)


def _record(path: Path, recorded: Figures, now: Figures, *, force: bool) -> None:
    """Writes the figures unless one is worse; without `force` the better one of each class is kept."""
    fallen = [] if force else worse(recorded, now)
    if fallen:
        tell("errors.record_worse", count=len(fallen), classes=", ".join(fallen))
        raise typer.Exit(NOTHING_DONE)
    write(path, as_json(now if force else raised(recorded, now)).encode())
