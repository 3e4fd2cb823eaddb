"""`linli ledger`: the ledger as JSON, CSV or XLSX."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from bot.bootstrap import open_desk
from bot.cli.errors import NOTHING_DONE, one_line
from bot.cli.streams import write
from bot.cli.words import tell
from bot.settings import read_settings
from bot.texts import ledger_word
from desk.services.ledger import as_csv, ledger, write_xlsx
from desk.storage.engine import transaction
from nlu.private import HIDDEN, Span, find, hide, veil

Rows = list[dict[str, Any]]

BOM = "\ufeff"
"""Spreadsheets take a CSV without it for something else than UTF-8."""


def discreet_row(row: dict[str, Any]) -> dict[str, Any]:
    """A ticket as it may leave the house: no private word in what was said, no number in a name that somebody chose.

    Names, places and ids stay as the interface has them: the ledger is for those who work with it.
    """
    events = [
        {**event, "by": _discreet_person(event["by"]), "facts": _discreet_facts(event["facts"])}
        for event in row["events"]
    ]
    people = {key: _discreet_person(row[key]) for key in ("requester", "accountable", "assignee")}
    backers = [_discreet_person(one) for one in row["supporters"]]
    return {**row, "summary": veil(row["summary"], names=False), **people, "supporters": backers, "events": events}


def _discreet_person(person: dict[str, Any] | None) -> dict[str, Any] | None:
    if person is None or person["id"] is not None:
        return person  # the register's own names
    name = hide(
        person["name"] or "", lambda said: [s for s in find(said, names=False) if s.kind not in AT_HOME], _hidden
    )
    return {**person, "name": name}


AT_HOME = ("door", "name")
"""A display name is a name, often with a door: 3-2-501 李姐."""


def _hidden(_span: Span) -> str:
    return HIDDEN


def _discreet_facts(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: _discreet_word(key, value) if isinstance(value, str) else value for key, value in facts.items()}


def _discreet_word(key: str, value: str) -> str:
    """A text is a summary, whose names are gone already; a department is as somebody typed it."""
    return veil(value, names=key == "department") if key in ("text", "words", "department") else value


def _json(rows: Rows) -> bytes:
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()


def _csv(rows: Rows) -> bytes:
    return (BOM + as_csv(rows, ledger_word)).encode()


def _xlsx(rows: Rows) -> bytes:
    book = io.BytesIO()
    write_xlsx(rows, ledger_word, book)
    return book.getvalue()


FORMATS: dict[str, Callable[[Rows], bytes]] = {"json": _json, "csv": _csv, "xlsx": _xlsx}


def run(form: str, database_url: str | None, out: Path | None) -> None:
    """Writes the ledger to stdout or to a file."""
    with one_line():
        if form not in FORMATS:
            tell("errors.usage", detail=f"--format {form}")
            raise typer.Exit(NOTHING_DONE)
        with transaction(open_desk(read_settings(database_url=database_url))) as session:
            rows = [discreet_row(row) for row in ledger(session)]
        written = FORMATS[form](rows)
        if out is None:
            sys.stdout.buffer.write(written)
            sys.stdout.buffer.flush()
        else:
            write(out, written)
