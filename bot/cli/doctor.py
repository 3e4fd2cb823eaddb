"""`linli doctor`: what is set, what is missing, what can be reached."""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import typer
from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import ArgumentError

from bot.cli import balance, channels
from bot.cli.errors import NOTHING_DONE, one_line
from bot.cli.words import reason_of, word
from bot.dialogue.contract import DialogueError
from bot.dialogue.over_http import HttpDialogue
from bot.settings import CHECKOUT, Settings, is_checkout, read_settings
from desk.domain.errors import DatabaseAway, SchemaMismatch
from desk.services.keeping import too_old
from desk.storage.engine import open_engine, transaction
from desk.storage.schema import current, newest
from desk.storage.tables import communities, inbox, outbox, rooms, tickets
from nlu import engine as nlu

Finding = tuple[str, bool, str]
"""What was looked at, whether it is well, and what was found."""


def run(database_url: str | None) -> None:
    """Prints a line a finding; exit 2 when something that is needed is not well."""
    with one_line():
        settings = read_settings(database_url=database_url)
        well = True
        for name, good, found in findings(settings):
            well = well and good
            sys.stdout.write(f"{word('doctor.ok' if good else 'doctor.missing')}  {word(f'doctor.{name}')}  {found}\n")
        if not well:
            raise typer.Exit(NOTHING_DONE)


def findings(settings: Settings) -> Iterator[Finding]:
    """Looks at everything once; changes nothing."""
    yield "python", sys.version_info[:2] == (3, 10), platform.python_version()
    yield "home", True, str(settings.home)
    yield from _database(settings)
    yield _model(settings)
    yield _rasa(settings)
    yield from channels.findings(settings)


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        yield "database", False, reason_of("url")
        return
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        yield "database", True, f"{shown} {word('doctor.to_be_made')}"
        return
    try:
        engine = open_engine(settings.database_url)
        found = current(engine)
    except (DatabaseAway, SchemaMismatch) as error:
        yield "database", False, f"{shown} {reason_of(str(error.facts.get('reason', '')))}"
        return
    yield "database", True, shown
    yield "schema", found == newest(), str(found)
    if found == newest():
        yield from _contents(engine)
        yield _kept(engine, settings)


def _kept(engine: Engine, settings: Settings) -> Finding:
    """Texts that are older than they may be: the schedule takes them away, so there are none."""
    with transaction(engine) as session:
        found = too_old(session, datetime.now(timezone.utc), settings.keep)
    shown = " ".join(f"{table} {count}" for table, count in found.items() if count) or "0"
    return "too_old", not any(found.values()), f"{shown} {word('doctor.kept_for', days=settings.keep.days)}"


def _contents(engine: Engine) -> Iterator[Finding]:
    with transaction(engine) as session:
        for name, table in (("communities", communities), ("rooms", rooms), ("tickets", tickets)):
            count = session.scalar(select(func.count()).select_from(table)) or 0
            yield name, True, str(count) if count or name == "tickets" else word("doctor.no_register")
        for name, table in (("inbox", inbox), ("outbox", outbox)):
            counts = session.execute(select(table.c.state, func.count()).group_by(table.c.state))
            found = {state.value: count for state, count in counts}
            yield name, not found.get("failed"), " ".join(f"{state} {count}" for state, count in found.items()) or "0"
    yield from balance.findings(engine)


def _model(settings: Settings) -> Finding:
    if settings.rasa_url is not None:
        return "model", True, word("doctor.on_server")
    if settings.model is None and not is_checkout():
        return "model", False, word("doctor.missing")
    path = settings.model or nlu.model_path(settings.models, CHECKOUT)
    corrected = path == nlu.corrected_path(settings.models, CHECKOUT)
    learnt = word("doctor.with_corrections") if corrected else ""
    return "model", _fine(lambda: nlu.check(path)), f"{path}{learnt}"


def _rasa(settings: Settings) -> Finding:
    if settings.rasa_url is None:
        return "rasa", importlib.util.find_spec("rasa") is not None, word("doctor.in_process")
    remote = HttpDialogue(settings.rasa_url, settings.rasa_secret)
    good = _fine(lambda: remote.status())
    remote.close()
    return "rasa", good, settings.rasa_url


def _fine(look: Callable[[], object]) -> bool:
    try:
        look()
    except (nlu.ModelUnusable, DialogueError):
        return False
    return True
