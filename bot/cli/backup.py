"""`linli backup` and `linli restore`."""

from __future__ import annotations

from pathlib import Path

import typer

from bot.backup import BackupUnusable, make_backup, restore_backup
from bot.cli.errors import NOTHING_DONE, one_line
from bot.cli.streams import unwritable
from bot.cli.words import tell
from bot.settings import read_settings
from desk.storage.schema import newest


def run_backup(file: Path, database_url: str | None) -> None:
    """Writes everything into one archive; the gateway may run meanwhile."""
    with one_line():
        settings = read_settings(database_url=database_url)
        try:
            schema = make_backup(settings, file)
        except BackupUnusable as error:
            raise _refused(error) from error
        except OSError as error:
            raise unwritable(file) from error
        tell("backup.made", path=file, schema=schema)


def run_restore(file: Path, database_url: str | None, *, force: bool) -> None:
    """Puts an archive back; what was there is gone, which needs `force` where something was."""
    with one_line():
        settings = read_settings(database_url=database_url)
        try:
            schema = restore_backup(settings, file, force=force)
        except BackupUnusable as error:
            raise _refused(error) from error
        tell("backup.restored", path=file, schema=schema)
        if schema != newest():
            tell("errors.schema_older")


def _refused(error: BackupUnusable) -> typer.Exit:
    tell(f"backup.{error.reason}", detail=error.detail)
    return typer.Exit(NOTHING_DONE)
