"""The version of the database: made, moved up, and checked with alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from desk.domain.errors import DatabaseAway, SchemaMismatch
from desk.storage.engine import translated

MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def newest() -> str:
    """The revision this version of Linli works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current(engine: Engine) -> str | None:
    """The revision of the database; None for an empty one.

    Raises:
        DatabaseAway: it cannot be read.
    """
    try:
        with engine.connect() as connection:
            found: str | None = MigrationContext.configure(connection).get_current_revision()
            return found
    except DBAPIError as error:
        raise translated(error) from error


def upgrade(engine: Engine) -> None:
    """Moves the schema up to `newest`; a database of that version is left as it is.

    Raises:
        SchemaMismatch: it is of a newer version.
        DatabaseAway: it cannot be written.
    """
    config = _config()
    _refuse_newer(current(engine))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise translated(error) from error


def prepare(engine: Engine) -> None:
    """Makes an empty database ready; checks any other.

    Raises:
        SchemaMismatch: it is older (`db upgrade` helps) or newer.
        DatabaseAway: it cannot be read or written, or holds somebody else's tables.
    """
    found = current(engine)
    if found == newest():
        return
    if found is None:
        try:
            if inspect(engine).get_table_names():
                raise DatabaseAway(reason="foreign")
        except DBAPIError as error:
            raise translated(error) from error
        upgrade(engine)
        return
    _refuse_newer(found)
    raise SchemaMismatch(age="older", found=found)


def check_known(found: str) -> None:
    """Refuses a revision that this version does not know.

    Raises:
        SchemaMismatch: it is of a newer version.
    """
    _refuse_newer(found)


def _refuse_newer(found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaMismatch(age="newer", found=found)
