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

Rows = list[dict[str, Any]]

BOM = "\ufeff"
"""Spreadsheets take a CSV without it for something else than UTF-8."""


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
            rows = list(ledger(session))
        written = FORMATS[form](rows)
        if out is None:
            sys.stdout.buffer.write(written)
            sys.stdout.buffer.flush()
        else:
            write(out, written)
