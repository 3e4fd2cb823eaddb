"""`linli db`: the schema of the desk's database."""

from __future__ import annotations

from bot.cli.errors import one_line
from bot.cli.words import tell
from bot.settings import read_settings
from desk.storage.engine import open_engine
from desk.storage.schema import newest, upgrade


def run_upgrade(database_url: str | None) -> None:
    """Moves the schema up to this version's."""
    with one_line():
        settings = read_settings(database_url=database_url)
        settings.home.mkdir(parents=True, exist_ok=True)
        upgrade(open_engine(settings.database_url))
        tell("progress.upgraded", revision=newest())
