"""The database itself: made, checked, moved up; and what is said when it cannot be used."""

from __future__ import annotations

import resource
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from desk_driver import EVERYBODY, LI, THREE, WU, ZHANG, Desk
from sqlalchemy import event, inspect, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from desk.domain.errors import DatabaseAway, DeskError, SchemaMismatch
from desk.domain.model import Community, Person
from desk.domain.words import Act, Kind
from desk.services.balance import balances_of_day
from desk.services.corrections import learnable
from desk.storage import schema
from desk.storage.engine import open_engine, sqlite_url, transaction
from desk.storage.schema import current, newest, prepare, upgrade
from desk.storage.tables import metadata

SECOND = '''"""A later one."""
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{newest}"
branch_labels = depends_on = None
def upgrade():
    op.create_table("later", sa.Column("id", sa.Integer, primary_key=True))
'''


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        engine = open_engine(sqlite_url(tmp_path / "empty.db"))
    else:
        new_postgres: Callable[[str | None], str] = request.getfixturevalue("new_postgres")
        engine = open_engine(new_postgres(None))
    yield engine
    engine.dispose()


@pytest.fixture
def later_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Linli as it will be when there is one more migration."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_later.py").write_text(SECOND.format(newest=newest()), encoding="utf-8")
    monkeypatch.setattr(schema, "MIGRATIONS", folder)


def reason(error: pytest.ExceptionInfo[DatabaseAway]) -> str:
    return str(error.value.facts["reason"])


# --- versions


def test_an_empty_database_is_made_ready(empty: Engine) -> None:
    assert current(empty) is None
    prepare(empty)
    assert current(empty) == newest()
    assert set(inspect(empty).get_table_names()) == {*metadata.tables, "alembic_version"}
    prepare(empty)
    upgrade(empty)
    assert current(empty) == newest()


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_what_is_there_survives_a_second_start(desk: Desk) -> None:
    desk.says(LI, "问一下", kind="consult")
    prepare(desk.engine)
    upgrade(desk.engine)
    assert desk.numbers() == [1]


def test_an_older_database_is_refused_and_moved_up(desk: Desk, later_version: None) -> None:
    desk.says(LI, "问一下", kind="consult")
    found = current(desk.engine)
    with pytest.raises(SchemaMismatch) as error:
        prepare(desk.engine)
    assert error.value.facts == {"age": "older", "found": found}
    upgrade(desk.engine)
    prepare(desk.engine)
    assert current(desk.engine) == "9999"
    assert "later" in inspect(desk.engine).get_table_names()
    assert desk.numbers() == [1]


def test_a_database_of_the_first_version_learns_to_keep_corrections(desk: Desk) -> None:
    desk.says(LI, "问一下", kind="consult", masked="问一下")
    down_to(desk.engine, "0001")
    assert "corrections" not in inspect(desk.engine).get_table_names()
    assert ["person_id"] in indexed(desk.engine, "inbox")
    with pytest.raises(SchemaMismatch):
        prepare(desk.engine)
    upgrade(desk.engine)
    assert ["person_id", "id"] in indexed(desk.engine, "inbox")
    with desk.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert desk.says(WU, "1不是诉求", Act.CORRECT, number=1, not_request=True).answers == ["corrected_not_request"]
    with transaction(desk.engine) as session:
        assert [one.text for one in learnable(session)] == ["问一下"]


def test_a_database_of_0_1_moves_up_with_everything_in_it(desk: Desk) -> None:
    """Rows of every table that 0002 had; what came since begins to work with them."""
    said = desk.says(LI, "三号楼电梯坏了", category="elevator", place={"building": "3", "room": "501"})
    desk.says(ZHANG, "接单", Act.CLAIM, number=1)
    desk.says(LI, "早上好", Act.CHITCHAT)
    desk.says(LI, "问一下", kind="consult", room=None)
    deliver, desk.deliver = desk.deliver, lambda: ()  # type: ignore[method-assign,assignment]
    desk.says(LI, "灯坏了", category="public_facility", place={}, sender_place={}, room=EVERYBODY)
    down_to(desk.engine, "0002")
    assert not {"tallies", "files", "links", "room_manners", "sweeps"} & set(inspect(desk.engine).get_table_names())
    upgrade(desk.engine)
    desk.deliver = deliver  # type: ignore[method-assign]
    with transaction(desk.engine) as session:
        found = {balance.room: balance for _, balance in balances_of_day(session, None, desk.now)}
    assert {room: (one.received, one.difference) for room, one in found.items()} == {
        "": (1, 0), THREE: (3, 0), EVERYBODY: (1, 0),
    }  # fmt: skip
    assert EVERYBODY in [one.room for one in desk.deliver()], "what waited to be said is said"
    assert desk.says(LI, "3号楼", Act.CHITCHAT, room=EVERYBODY, place={"building": "3"}).answers == ["place_thanks"]
    desk.says(ZHANG, "办结", Act.FINISH, reply_to=said.id)
    assert desk.says(LI, "满意", Act.RATE, number=1, rating=5).answers == ["rate_thanks"]
    assert desk.says(LI, "删除我的信息", Act.MANAGE, room=None, manage="erase").told[-1][0] in (
        "erased",
        "requester_erased",
    )


def down_to(engine: Engine, revision: str) -> None:
    """The database as that version of Linli left it."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def indexed(engine: Engine, table: str) -> list[list[str]]:
    return [index["column_names"] for index in inspect(engine).get_indexes(table)]


@pytest.mark.parametrize("step", [prepare, upgrade])
def test_a_newer_database_is_refused_and_left_alone(engine: Engine, step: Callable[[Engine], None]) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
    with pytest.raises(SchemaMismatch) as error:
        step(engine)
    assert error.value.facts == {"age": "newer", "found": "from the future"}
    assert current(engine) == "from the future"


def test_somebody_elses_tables_are_left_alone(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    with pytest.raises(DatabaseAway) as error:
        prepare(empty)
    assert reason(error) == "foreign"
    assert inspect(empty).get_table_names() == ["theirs"]


def test_without_our_tables_nothing_can_be_written(empty: Engine) -> None:
    with pytest.raises(DatabaseAway) as error, transaction(empty) as session:
        session.add(Person("console", "u", "n"))
    assert reason(error) == "foreign"


# --- files that are none, read-only, full


@pytest.mark.parametrize("content", [b"this is no database, it only sits where one should be" * 100, b"\x00" * 8192])
def test_no_database(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "linli.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseAway) as error:
        prepare(open_engine(sqlite_url(path)))
    assert reason(error) == "foreign"
    assert path.read_bytes() == content


@pytest.mark.parametrize("where", ["folder", "none/linli.db"])
def test_no_file(tmp_path: Path, where: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(DatabaseAway) as error:
        prepare(open_engine(sqlite_url(tmp_path / where)))
    assert reason(error) == "away"


def read_only(path: Path) -> Engine:
    return open_engine(f"sqlite:///file:{path}?mode=ro&uri=true")


def test_a_file_that_is_read_only(sqlite_templates: dict[bool, Path], tmp_path: Path) -> None:
    path = Path(shutil.copy(sqlite_templates[True], tmp_path / "linli.db"))
    engine = read_only(path)
    with pytest.raises(DatabaseAway) as error, transaction(engine) as session:
        session.add(Person("console", "u", "n"))
    assert reason(error) == "read_only"
    empty = tmp_path / "empty.db"
    sqlite3.connect(empty).execute("VACUUM")
    with pytest.raises(DatabaseAway):
        prepare(read_only(empty))


def test_a_database_that_is_read_only(postgres_database: str) -> None:
    engine = open_engine(postgres_database)
    with engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    engine.dispose()
    with pytest.raises(DatabaseAway) as error, transaction(engine) as session:
        session.add(Person("console", "u", "n"))
    assert reason(error) == "read_only"
    engine.dispose()


def test_a_full_disk(sqlite_templates: dict[bool, Path], tmp_path: Path) -> None:
    path = Path(shutil.copy(sqlite_templates[True], tmp_path / "linli.db"))
    engine = open_engine(sqlite_url(path))

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")

    desk = Desk(engine)
    desk.says(LI, "问一下", kind="consult")
    with pytest.raises(DatabaseAway) as error:
        desk.says(LI, "长" * 100_000, kind="consult")
    assert reason(error) == "full"
    assert desk.numbers() == [1]  # nothing of it is kept, and what was there is there
    engine.dispose()


def test_a_full_disk_while_it_is_made(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "linli.db"))

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 10")

    with pytest.raises(DatabaseAway) as error:
        prepare(engine)
    assert reason(error) == "full"


def test_a_disk_that_takes_no_more_of_a_file(sqlite_templates: dict[bool, Path], tmp_path: Path) -> None:
    """As a quota does it: SQLite calls that an input/output error, and not a full disk."""
    path = Path(shutil.copy(sqlite_templates[True], tmp_path / "linli.db"))
    engine = open_engine(sqlite_url(path))
    desk = Desk(engine)
    desk.says(LI, "问一下", kind="consult")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)  # Python ignores the signal that goes with it
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, before[1]))
    try:
        with pytest.raises(DatabaseAway) as error:
            desk.says(LI, "长" * 600_000, kind="consult")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert reason(error) == "away"
    assert desk.numbers() == [1]
    desk.says(WU, "再问一下", kind="consult")
    assert desk.numbers() == [1, 2]
    engine.dispose()


# --- servers that are away


@pytest.mark.parametrize(
    "url", ["nonsense", "", "mysql://localhost/x", "oracle://x", "postgresql://[", "sqlite:///a?timeout=x"]
)
def test_no_url(url: str) -> None:
    with pytest.raises(DatabaseAway) as error:
        prepare(open_engine(url))
    assert reason(error) in ("url", "away")


def test_nobody_listens() -> None:
    with socket.socket() as taken:  # bound and not listening: nobody else gets the port, and nobody answers
        taken.bind(("127.0.0.1", 0))
        engine = open_engine(f"postgresql://linli@127.0.0.1:{taken.getsockname()[1]}/linli")
        for step in (current, prepare):
            with pytest.raises(DatabaseAway) as error:
                step(engine)
            assert reason(error) == "away"


def test_no_such_database(postgres_url: str) -> None:
    with pytest.raises(DatabaseAway) as error:
        prepare(open_engine(postgres_url.replace("/postgres", "/no_such_database")))
    assert reason(error) == "foreign"


def cut(session: Session, url: str) -> None:
    """Ends the session's connection from another one, as an operator or a restart would."""
    session.add(Person("console", "u", "n"))
    session.flush()
    pid = session.scalar(text("SELECT pg_backend_pid()"))
    other = open_engine(url)
    with other.begin() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend({pid})"))
    other.dispose()


def test_a_connection_that_is_cut(postgres_database: str) -> None:
    engine = open_engine(postgres_database)
    with pytest.raises(DatabaseAway) as error, transaction(engine) as session:
        cut(session, postgres_database)
    assert reason(error) == "away"
    with transaction(engine) as session:  # and the next one is well
        assert session.query(Person).count() == 0
    engine.dispose()


# --- transactions


def fail_after_writing(session: Session) -> None:
    session.add(Person("console", "u", "n"))
    session.flush()
    raise ZeroDivisionError


def test_all_or_nothing(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), transaction(engine) as session:
        fail_after_writing(session)
    with transaction(engine) as session:
        assert session.query(Person).count() == 0


def test_an_error_of_our_own_is_no_fault_of_the_database(engine: Engine) -> None:
    with pytest.raises(IntegrityError), transaction(engine) as session:
        session.add_all([Person("console", "u", "n"), Person("console", "u", "n")])


def test_a_time_without_a_zone_and_a_word_that_is_none_are_refused(desk: Desk) -> None:
    desk.says(LI, "问一下", kind="consult")
    for column, value in (("opened_at", desk.now.replace(tzinfo=None)), ("kind", "no kind")):
        table = metadata.tables["tickets"]
        with pytest.raises((StatementError, ValueError)), transaction(desk.engine) as session:
            session.execute(table.update().values({column: value}))
    assert desk.ticket(1)["kind"] == Kind.CONSULT.value


def test_every_error_of_the_desk_has_a_code_and_facts() -> None:
    errors: list[DeskError] = [DatabaseAway(reason="away"), SchemaMismatch(age="older", found="1")]
    assert [(error.code, error.facts) for error in errors] == [
        ("database_away", {"reason": "away"}), ("schema_mismatch", {"age": "older", "found": "1"}),
    ]  # fmt: skip
    assert {cls.code for cls in DeskError.__subclasses__()} == {
        "database_away", "schema_mismatch", "register_invalid", "row_gone",
    }  # fmt: skip


def test_a_community_begins_at_one(engine: Engine) -> None:
    with transaction(engine) as session:
        session.add(Community("1", "一", "UTC"))
    with transaction(engine) as session:
        assert session.query(Community).one().next_number == 1
