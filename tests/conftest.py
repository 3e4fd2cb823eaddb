"""What all tests share: real databases of both kinds, a small community, and a desk to talk to.

`engine` runs every test that asks for it twice: on an SQLite file and on a PostgreSQL of our own, which is started once
a session on a free port of the loopback interface and thrown away afterwards. Nothing here is simulated.
"""

from __future__ import annotations

import os

os.environ["SQLALCHEMY_WARN_20"] = "1"  # read when SQLAlchemy is imported: what 2.x drops must not creep in

import itertools
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from desk_driver import REGISTER, Desk
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Engine, make_url

from desk.services.register import import_register
from desk.services.register_file import read_register
from desk.storage.engine import open_engine, sqlite_url, transaction
from desk.storage.schema import prepare

_NUMBERS = itertools.count(1)

# No test is timed: a busy machine is no failure.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Our own use of SQLAlchemy must be fit for 2.x; Rasa's is not."""
    config.addinivalue_line("filterwarnings", "error::sqlalchemy.exc.RemovedIn20Warning:(desk|bot|actions)")


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL cluster of our own: the URL of its empty database `postgres`, as a superuser."""
    binaries = _binaries()
    with tempfile.TemporaryDirectory(prefix="linli-pg-", ignore_cleanup_errors=True) as folder:
        cluster = _Cluster(binaries, Path(folder))
        cluster.start()
        # `timeout` and CI end us with SIGTERM, at which Python would leave the server behind.
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            yield f"postgresql://linli@127.0.0.1:{cluster.port}/postgres"
        finally:
            signal.signal(signal.SIGTERM, before)
            cluster.stop()


@pytest.fixture(scope="session")
def new_postgres(postgres_url: str) -> Callable[[str | None], str]:
    """Makes a database: a copy of a template, or an empty one for None; gives its URL."""

    def make(template: str | None) -> str:
        name = f"linli_{next(_NUMBERS)}"
        _execute(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template or 'template0'} ENCODING 'UTF8'")
        return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    return make


@pytest.fixture(scope="session")
def postgres_templates(new_postgres: Callable[[str | None], str]) -> dict[bool, str]:
    """The names of two databases that were migrated once, without and with the community: copies are quick to make."""
    names = {}
    for peopled in (False, True):
        url = new_postgres(None)
        _prepare(url, peopled=peopled)
        names[peopled] = str(make_url(url).database)
    return names


@pytest.fixture
def postgres_database(
    request: pytest.FixtureRequest, postgres_url: str, postgres_templates: dict[bool, str],
    new_postgres: Callable[[str | None], str],
) -> Iterator[str]:  # fmt: skip
    """The URL of a fresh, migrated database, for what opens its own engine; with the community if the test has that."""
    url = new_postgres(postgres_templates["community" in request.fixturenames])
    yield url
    _execute(postgres_url, f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url, future=True, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _prepare(url: str, *, peopled: bool) -> None:
    engine = open_engine(url)
    prepare(engine)
    if peopled:
        with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file, transaction(engine) as session:
            file.write(REGISTER)
            file.flush()
            import_register(session, read_register(Path(file.name)))
    engine.dispose()  # SQLite moves its log into the file, PostgreSQL lets the database be copied


def _binaries() -> Path:
    """Where initdb and pg_ctl are."""
    on_path = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    for folder in [*on_path, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]:
        if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file():
            return folder
    return _without("there is no initdb, neither on PATH nor in /usr/lib/postgresql")


def _without(reason: str) -> Path:
    message = f"no PostgreSQL: {reason}"
    return pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)


class _Cluster:
    """A server in a temporary folder; PostgreSQL refuses root, so that root starts it as `postgres`."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self._user = _other_user() if os.geteuid() == 0 else []
        if self._user:
            shutil.chown(folder, "postgres")
        self.port = 0

    def start(self) -> None:
        """Until it answers; another port when somebody was quicker."""
        self._run(
            "initdb", "--pgdata=data", "--username=linli", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-locale"
        )
        for attempt in range(3):
            self.port = _free_port()
            try:
                self._run("pg_ctl", "--pgdata=data", "--log=log", "--wait", f"--options={self._options()}", "start")
            except RuntimeError:
                if attempt == 2:
                    raise
            else:
                return

    def stop(self) -> None:
        """At once: nobody wants what is in it."""
        self._run("pg_ctl", "--pgdata=data", "--mode=immediate", "--wait", "stop")

    def _options(self) -> str:
        settings = {
            "port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self._folder, "fsync": "off",
            "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 60, "shared_buffers": "32MB",
        }  # fmt: skip
        return " ".join(f"-c {name}={value}" for name, value in settings.items())

    def _run(self, program: str, *arguments: str) -> None:
        # Through a file and not a pipe: the server keeps what it inherits open, and we would wait for its end.
        with (self._folder / "output").open("ab+") as output:
            command = [*self._user, str(self._binaries / program), *arguments]
            done = subprocess.run(command, cwd=self._folder, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
            if done.returncode:
                output.seek(0)
                raise RuntimeError(f"{program}: {output.read().decode(errors='replace')[-2000:]}")


def _other_user() -> list[str]:
    if shutil.which("runuser"):
        return ["runuser", "-u", "postgres", "--"]
    if shutil.which("setpriv"):
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
    _without("we are root, and there is neither runuser nor setpriv")
    return []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- WeChat ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def wechat_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real wechaty gateway that runs for the whole session; each test has rooms and people of its own in it."""
    from wechat_driver import gateway_at, installed

    with gateway_at(installed(), tmp_path_factory.mktemp("wechat") / "gateway.log") as gateway:
        yield gateway.start()


# --- the desk -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """Two database files that were migrated once, without and with the community."""
    files = {peopled: tmp_path_factory.mktemp("template") / "linli.db" for peopled in (False, True)}
    for peopled, path in files.items():
        _prepare(sqlite_url(path), peopled=peopled)
    return files


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh database with our tables and nothing in them, or the community if the test has that."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_database"))
    templates: dict[bool, Path] = request.getfixturevalue("sqlite_templates")
    return sqlite_url(Path(shutil.copy(templates["community" in request.fixturenames], tmp_path / "linli.db")))


_DIALECTS: dict[str, Any] = {}
_COMPILED: dict[str, dict[Any, Any]] = {}


def _with_known_statements(engine: Engine) -> Engine:
    """Statements that an engine before it has compiled are not compiled anew: that is a fifth of a test of the desk."""
    name = engine.dialect.name
    engine.dialect = _DIALECTS.setdefault(name, engine.dialect)  # a compiled statement is known by its dialect
    return engine.execution_options(compiled_cache=_COMPILED.setdefault(name, {}))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database, once of each kind."""
    engine = _with_known_statements(open_engine(database_url))
    yield engine
    engine.dispose()


@pytest.fixture
def community(engine: Engine) -> Engine:
    """The engine with the small community of `desk_driver.REGISTER` in it (`database_url` has seen to that)."""
    return engine


@pytest.fixture
def desk(community: Engine) -> Desk:
    """A desk with that community, at nine on a Sunday morning."""
    return Desk(community)
