"""Backups of both kinds of database: taken while others write, put back whole, never over something by mistake."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from desk_driver import LI, START, Desk
from helpers_e2e import ledger_of, linli, rows_of
from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.backup import BackupUnusable, make_backup, restore_backup
from bot.settings import Settings, read_settings
from desk.domain.errors import DatabaseAway, SchemaMismatch
from desk.storage.engine import open_engine, sqlite_url, transaction
from desk.storage.schema import newest


@pytest.fixture
def settings(desk: Desk, database_url: str, tmp_path: Path) -> Settings:
    """The desk's settings, with one ticket and a photo of it."""
    home = tmp_path / "home"
    (home / "files" / "2026").mkdir(parents=True)
    (home / "files" / "2026" / "a.jpg").write_bytes(b"photo")
    desk.says(LI, "三号楼电梯坏了", category="elevator", place={"building": "3"})
    return read_settings({"LINLI_HOME": str(home)}, database_url=database_url)


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Settings:
    """An empty place of the same kind."""
    home = tmp_path / "elsewhere"
    if settings.database_url.startswith("sqlite"):
        return read_settings({"LINLI_HOME": str(home)})
    new_postgres: Callable[[str | None], str] = request.getfixturevalue("new_postgres")
    return read_settings({"LINLI_HOME": str(home)}, database_url=new_postgres(None))


def everything(settings: Settings) -> dict[str, Any]:
    engine = open_engine(settings.database_url)
    try:
        rows = {name: rows_of(engine, name) for name in ("inbox", "outbox", "tickets", "ticket_events", "members")}
    finally:
        engine.dispose()
    return {**rows, "files": {p.name: p.read_bytes() for p in settings.files.rglob("*") if p.is_file()}}


def test_what_is_put_back_is_what_was_there(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    before = everything(settings)
    assert before["tickets"]
    archive = tmp_path / "backup.tar.gz"
    assert make_backup(settings, archive) == newest()
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert restore_backup(elsewhere, archive, force=False) == newest()
    assert everything(elsewhere) == before


def test_a_used_database_is_not_overwritten_unless_told_so(settings: Settings, desk: Desk, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    make_backup(settings, archive)
    before = everything(settings)
    desk.says(LI, "九号楼漏水了", place={"building": "9"})
    (settings.files / "later.jpg").write_bytes(b"later")
    with pytest.raises(BackupUnusable, match="used"):
        restore_backup(settings, archive, force=False)
    assert desk.numbers() == [1, 2]
    restore_backup(settings, archive, force=True)
    assert everything(settings) == before


def test_a_backup_while_others_write_is_one_moment(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    stop = threading.Event()
    engine = open_engine(settings.database_url)
    written = threading.Event()

    def write() -> None:
        other = Desk(engine, START)
        number = 0
        while not stop.is_set():
            number += 1
            other.says(replace(LI, user=f"u{number}"), f"第{number}件事", message=f"w{number}", place={"building": "5"})
            written.set()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert written.wait(60)
        for number in range(3):
            make_backup(settings, tmp_path / f"{number}.tar.gz")
    finally:
        stop.set()
        thread.join()
        engine.dispose()
    for number in range(3):
        restore_backup(elsewhere, tmp_path / f"{number}.tar.gz", force=True)
        there = everything(elsewhere)
        filed = {event["ticket_id"] for event in there["ticket_events"] if event["kind"].value == "filed"}
        assert filed == {ticket["id"] for ticket in there["tickets"]}
        assert {ticket["inbox_id"] for ticket in there["tickets"]} <= {row["id"] for row in there["inbox"]}


def repacked(archive: Path, to: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with tarfile.open(archive) as tar:
        parts = {info.name: (tar.extractfile(info) or io.BytesIO()).read() for info in tar if info.isfile()}
    change(parts)
    with tarfile.open(to, "w:gz") as tar:
        for name, content in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return to


def test_a_backup_of_a_newer_version_is_refused(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    make_backup(settings, tmp_path / "a.tar.gz")

    def age(parts: dict[str, bytes]) -> None:
        parts["manifest.json"] = json.dumps({**json.loads(parts["manifest.json"]), "schema": "9998"}).encode()

    with pytest.raises(SchemaMismatch):
        restore_backup(elsewhere, repacked(tmp_path / "a.tar.gz", tmp_path / "b.tar.gz", age), force=True)


@pytest.mark.parametrize("path", ["../evil", "files/../../evil", "/tmp/evil", "other"])
def test_what_leads_out_of_an_archive_is_refused(settings: Settings, tmp_path: Path, path: str) -> None:
    make_backup(settings, tmp_path / "a.tar.gz")
    before = everything(settings)
    archive = repacked(tmp_path / "a.tar.gz", tmp_path / "b.tar.gz", lambda parts: parts.update({path: b"evil"}))
    with pytest.raises(BackupUnusable, match="not_ours"):
        restore_backup(settings, archive, force=True)
    assert everything(settings) == before
    assert not (tmp_path / "evil").exists()


def test_a_torn_archive_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    make_backup(settings, tmp_path / "a.tar.gz")
    before = everything(settings)
    whole = (tmp_path / "a.tar.gz").read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 20):
        (tmp_path / "torn").write_bytes(whole[:length])
        with pytest.raises(BackupUnusable, match="not_ours"):
            restore_backup(settings, tmp_path / "torn", force=True)
    assert everything(settings) == before


def test_the_other_kind_of_database_is_refused(settings: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    make_backup(settings, tmp_path / "a.tar.gz")

    def swap(parts: dict[str, bytes]) -> None:
        manifest = json.loads(parts["manifest.json"])
        other = "postgresql" if manifest["dialect"] == "sqlite" else "sqlite"
        parts["manifest.json"] = json.dumps({**manifest, "dialect": other}).encode()

    with pytest.raises(BackupUnusable, match="other_dialect"):
        restore_backup(elsewhere, repacked(tmp_path / "a.tar.gz", tmp_path / "b.tar.gz", swap), force=True)


def test_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(BackupUnusable, match="empty"):
        make_backup(read_settings({"LINLI_HOME": str(tmp_path / "none")}), tmp_path / "a.tar.gz")
    assert not (tmp_path / "a.tar.gz").exists()
    assert not (tmp_path / "none").exists()


def test_a_server_that_is_away_says_so_without_its_password(tmp_path: Path) -> None:
    settings = read_settings({"LINLI_HOME": str(tmp_path)}, database_url="postgresql://a:secretword@127.0.0.1:1/x")
    with pytest.raises(DatabaseAway) as error:
        make_backup(settings, tmp_path / "a.tar.gz")
    assert "secretword" not in str(error.value)


def test_the_commands(sqlite_templates: dict[bool, Path], tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    shutil.copy(sqlite_templates[True], tmp_path / "a" / "linli.db")
    archive = str(tmp_path / "backup.tar.gz")
    made = linli(tmp_path / "a", "backup", archive)
    assert (made.returncode, made.stdout) == (0, b"")
    assert linli(tmp_path / "b", "restore", archive).returncode == 0
    again = linli(tmp_path / "b", "restore", archive)
    assert again.returncode == 2
    assert "--force" in again.stderr.decode()
    assert len(again.stderr.decode().splitlines()) == 1
    assert linli(tmp_path / "b", "restore", archive, "--force").returncode == 0
    assert linli(tmp_path / "b", "restore", str(tmp_path / "none")).returncode == 2
    assert linli(tmp_path / "a", "backup", str(tmp_path / "no" / "folder" / "x")).returncode == 2
    engine: Engine = open_engine(sqlite_url(tmp_path / "b" / "linli.db"))
    with transaction(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM rooms")) == 5
    assert ledger_of(engine) == []
    engine.dispose()
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".linli-")]
