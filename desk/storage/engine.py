"""Opens the desk's database: SQLite with WAL in one file, or PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from desk.domain.errors import DatabaseAway
from desk.storage.turns import Turns

BUSY_TIMEOUT_SECONDS = 15
"""How long a writer of SQLite waits for another one; a transaction of ours takes milliseconds."""

_TURNS: WeakKeyDictionary[Engine, Turns] = WeakKeyDictionary()
"""Of SQLite's databases: the threads of this process write one after another."""


def sqlite_url(path: Path) -> str:
    """The URL of a database file."""
    return f"sqlite:///{path}"


def open_engine(url: str) -> Engine:
    """An engine for the URL.

    Raises:
        DatabaseAway: the URL names no database that we know.
    """
    try:
        # The words of a message are parameters: an error must not carry them into a log.
        engine = create_engine(
            url, future=True, hide_parameters=True, pool_pre_ping=not url.startswith("sqlite"), **_options(url)
        )
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise DatabaseAway(reason="url") from error
    if engine.dialect.name == "sqlite":
        _TURNS[engine] = Turns()
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        # Kept open: closing the last connection of a WAL database folds the log back, at every transaction.
        return {"poolclass": QueuePool, "connect_args": {"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}}
    return {"connect_args": {"connect_timeout": BUSY_TIMEOUT_SECONDS}}


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver's own transactions begin too late (at the first write): we begin them ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _on_sqlite_begin(connection: Any) -> None:
    # IMMEDIATE takes the write lock at once: two that read first and write later would deadlock.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on any exception.

    Raises:
        DatabaseAway: the database went away, is read-only or full; nothing of the transaction is kept.
    """
    turns: AbstractContextManager[None] = _TURNS.get(engine) or nullcontext()
    try:
        with turns, Session(engine, future=True, expire_on_commit=False) as session, session.begin():
            yield session
    except DBAPIError as error:
        raise translated(error) from error


def translated(error: DBAPIError) -> Exception:
    """The desk's error for the driver's one; errors of our own making (a broken constraint) stay what they are."""
    text = str(error.orig).lower()
    for needle, reason in _REASONS.items():
        if needle in text:
            return DatabaseAway(reason=reason)
    return DatabaseAway(reason="away") if error.connection_invalidated else error


_REASONS = {
    "readonly": "read_only",
    "read-only": "read_only",
    "database or disk is full": "full",
    "no space left": "full",
    "disk i/o error": "away",  # a quota, a broken disk: the message that met it is not to blame
    "unable to open": "away",
    "not a database": "foreign",
    "malformed": "foreign",
    "database is locked": "busy",
    # PostgreSQL puts "connection to server … failed" before every reason: what is more exact is looked for first.
    "password authentication failed": "refused",
    "does not exist": "foreign",
    "no such table": "foreign",
    "could not connect": "away",
    "could not translate host name": "away",
    "connection refused": "away",
    "connection to server": "away",
    "server closed the connection": "away",
}
