"""Backups: the desk's database and the files of its tickets in one archive, and back again.

    manifest.json    {"format": 1, "dialect", "schema", "made_at"}
    database         a database file (SQLite), or what pg_dump --format=custom writes
    files/...        $LINLI_HOME/files

The database is copied first: a file is stored before a row speaks of it, so that what the copy speaks of is there.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sqlalchemy import inspect, select
from sqlalchemy.engine import URL, Engine, make_url

from bot.settings import Settings
from desk.domain.errors import DatabaseAway
from desk.storage.engine import open_engine, transaction
from desk.storage.schema import check_known, current
from desk.storage.tables import communities, inbox

FORMAT = 1
MANIFEST, DATABASE, FILES = "manifest.json", "database", "files"

PAGES = 1000
"""Pages of SQLite that are copied at a time; writers go on in between."""


class BackupUnusable(Exception):
    """It cannot be made or put back; `reason` says why: used, not_ours, other_dialect, no_program, failed, empty."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def make_backup(settings: Settings, to: Path) -> str:
    """Writes the archive, whole or not at all, readable by its owner only; the schema's version.

    Raises:
        BackupUnusable, DatabaseAway, OSError
    """
    url = make_url(settings.database_url)
    engine = open_engine(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise BackupUnusable("empty")
    schema = current(engine)
    engine.dispose()
    if schema is None:
        raise BackupUnusable("empty")
    with tempfile.TemporaryDirectory(dir=to.absolute().parent, prefix=".linli-") as folder:
        copy, archive = Path(folder) / DATABASE, Path(folder) / "archive"
        (_copy_sqlite if url.get_backend_name() == "sqlite" else _dump_postgres)(url, copy)
        made = datetime.now(timezone.utc).isoformat(timespec="seconds")
        manifest = {"format": FORMAT, "dialect": url.get_backend_name(), "schema": schema, "made_at": made}
        (Path(folder) / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
        with os.fdopen(os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            _pack(out, Path(folder), settings.files)
        archive.replace(to)
    return schema


def restore_backup(settings: Settings, archive: Path, *, force: bool) -> str:
    """Puts an archive back where the settings say; its schema's version: `db upgrade` moves up an older one.

    Raises:
        BackupUnusable, SchemaMismatch (newer than this version), DatabaseAway, OSError
    """
    url = make_url(settings.database_url)
    with tempfile.TemporaryDirectory(prefix="linli-") as folder:
        manifest = _unpack(archive, Path(folder))
        check_known(str(manifest["schema"]))
        if manifest["dialect"] != url.get_backend_name():
            raise BackupUnusable("other_dialect", str(manifest["dialect"]))
        settings.home.mkdir(parents=True, exist_ok=True)
        engine = open_engine(settings.database_url)
        if not force and is_used(engine, settings.files):
            raise BackupUnusable("used")
        engine.dispose()
        copy = Path(folder) / DATABASE
        (_restore_sqlite if url.get_backend_name() == "sqlite" else _restore_postgres)(url, copy)
        _put_files(Path(folder) / FILES, settings.files)
    return str(manifest["schema"])


def is_used(engine: Engine, files: Path) -> bool:
    """Whether there is anything that a restore would take away."""
    names = inspect(engine).get_table_names()
    if not names:
        return files.is_dir() and any(files.iterdir())
    if inbox.name not in names or communities.name not in names:
        return True  # somebody else's, or half of ours
    with transaction(engine) as session:
        return any(session.execute(select(table.c.id).limit(1)).first() for table in (inbox, communities))


# --- the archive


def _pack(out: IO[bytes], folder: Path, files: Path) -> None:
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as tar:
        for name in (MANIFEST, DATABASE):
            tar.add(folder / name, name, filter=_anonymous)
        if files.is_dir():
            tar.add(files, FILES, filter=_anonymous)
    out.flush()
    os.fsync(out.fileno())


def _anonymous(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Files and folders only, and nobody's: a backup is put back by whoever runs the program there."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info if info.isfile() or info.isdir() else None


def _unpack(archive: Path, folder: Path) -> dict[str, Any]:
    """The parts of an archive as files; its manifest. What leads out of the folder is no archive of ours."""
    try:
        with gzip.open(archive) as stream:
            with tarfile.open(fileobj=stream, mode="r:") as tar:
                for info in tar:
                    _unpack_one(tar, info, folder)
            while stream.read(1 << 20):
                pass  # to the checksum at its end
        manifest = folder / MANIFEST
        found = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else None
    except (tarfile.TarError, EOFError, ValueError, zlib.error, gzip.BadGzipFile) as error:
        raise BackupUnusable("not_ours") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT or not {"dialect", "schema"} <= set(found):
        raise BackupUnusable("not_ours")
    if not (folder / DATABASE).is_file():
        raise BackupUnusable("not_ours")
    return found


def _unpack_one(tar: tarfile.TarFile, info: tarfile.TarInfo, folder: Path) -> None:
    path = PurePosixPath(info.name)
    ours = info.name in (MANIFEST, DATABASE) or path.parts[:1] == (FILES,)
    if path.is_absolute() or ".." in path.parts or not ours or not (info.isfile() or info.isdir()):
        raise BackupUnusable("not_ours")
    target = folder.joinpath(*path.parts)
    if info.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    source = tar.extractfile(info)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        shutil.copyfileobj(source or _nothing(), out)


def _nothing() -> IO[bytes]:
    raise BackupUnusable("not_ours")


def _put_files(source: Path, files: Path) -> None:
    """The files of the archive in the place of those that are there; the old ones go last."""
    old = files.with_name(files.name + ".before-restore")
    shutil.rmtree(old, ignore_errors=True)
    if files.is_dir():
        files.rename(old)
    if source.is_dir():
        shutil.copytree(source, files)
    shutil.rmtree(old, ignore_errors=True)


# --- SQLite


def _copy_sqlite(url: URL, to: Path) -> None:
    """Through SQLite itself: what is half written, or still in the log, comes out whole."""
    try:
        source = sqlite3.connect(f"{Path(str(url.database)).absolute().as_uri()}?mode=ro", uri=True)
        with closing(source), closing(sqlite3.connect(to)) as copy:
            source.backup(copy, pages=PAGES)
            _check(copy)
    except sqlite3.Error as error:
        raise DatabaseAway(reason="away") from error


def _restore_sqlite(url: URL, copy: Path) -> None:
    """Into the file that is there, through SQLite: whoever has it open sees the new content, never half of it."""
    try:
        with closing(sqlite3.connect(copy)) as source:
            _check(source)
            with closing(sqlite3.connect(str(url.database), timeout=15)) as target:
                source.backup(target)
    except sqlite3.Error as error:
        raise DatabaseAway(reason="busy" if "locked" in str(error) else "foreign") from error


def _check(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise BackupUnusable("not_ours")


# --- PostgreSQL


def _dump_postgres(url: URL, to: Path) -> None:
    """One snapshot, whatever happens meanwhile."""
    _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={to}")


def _restore_postgres(url: URL, copy: Path) -> None:
    """All or nothing."""
    options = ("--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    _run(url, "pg_restore", *options, f"--dbname={url.database}", str(copy))


def _run(url: URL, program: str, *options: str) -> None:
    """Tells the server by the environment: arguments are there for all users of a machine to read."""
    told = {
        "PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }  # fmt: skip
    environment = {**os.environ, **{name: str(value) for name, value in told.items() if value is not None}}
    try:
        done = subprocess.run([program, "--no-password", *options], env=environment, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise BackupUnusable("no_program", program) from error
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise BackupUnusable("failed", " ".join([program, *last])[:300])
