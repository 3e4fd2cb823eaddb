"""`linli community`: the register of a community."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.engine import Engine

from bot.bootstrap import open_desk
from bot.cli.errors import one_line
from bot.cli.register_words import tell_slips
from bot.cli.words import tell, word
from bot.settings import read_settings
from desk.services.additions import added
from desk.services.register import check_register, import_register
from desk.services.register_file import read_register
from desk.storage.engine import transaction


def run_import(file: Path, database_url: str | None) -> None:
    """Imports a register; all of it or nothing."""
    with one_line():
        register = read_register(file)
        engine = open_desk(read_settings(database_url=database_url))
        changes = _import(engine, register)
        tell("progress.imported", name=file.name, changes=_changes(changes))
        tell_slips(register)
        _tell_added(engine, register.code)


def _tell_added(engine: Engine, code: str) -> None:
    """What the chat added beside the file is kept, and whoever keeps the file shall know of it."""
    with transaction(engine) as session:
        beside = [one for one in added(session) if one["community"] == code]
    names = [str(entry.get("name") or entry["id"]) for one in beside for entry in (*one["members"], *one["rooms"])]
    if names:
        tell("progress.added_in_chat", names=", ".join(names))


def run_added(database_url: str | None) -> None:
    """Prints what the chat added to the registers, as their files would say it."""
    with one_line():
        with transaction(open_desk(read_settings(database_url=database_url))) as session:
            found = added(session)
        if found:
            sys.stdout.write(yaml.safe_dump_all(found, allow_unicode=True, sort_keys=False))


def run_check(file: Path) -> None:
    """Checks a register without a database."""
    with one_line():
        register = read_register(file)
        check_register(None, register)
        tell_slips(register)
        tell("progress.checked")


def import_file(engine: Engine, file: Path) -> None:
    """Imports a register before something else begins."""
    _import(engine, read_register(file))


def _import(engine: Engine, register: Any) -> dict[str, Any]:
    with transaction(engine) as session:
        return import_register(session, register)


def _changes(changes: dict[str, Any]) -> str:
    parts = [
        f"{noun} {' '.join(f'{how} {count}' for how, count in counts.items() if count)}"
        for noun, counts in changes.items()
        if any(counts.values())
    ]
    return ", ".join(parts) or word("progress.unchanged")
