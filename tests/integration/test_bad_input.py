"""What must not bring Linli down: broken input, broken databases, broken models, a broken dialogue. Through the CLI."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import socket
import sqlite3
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from helpers_e2e import (
    CHECKOUT,
    REGISTERS,
    Chat,
    TableDialogue,
    as_lines,
    ledger_of,
    linli,
    parse,
    prepared,
    rows_of,
    said_in,
    trained_model,
)
from sqlalchemy import event
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

import bot.cli.classify
import bot.cli.replay
import bot.gateway.handle
from bot.cli.app import app
from bot.dialogue.contract import DialogueAway, Talk
from bot.gateway.transcript import LONGEST_ID
from desk.storage.engine import open_engine, sqlite_url

LAMP = "单元门口的路灯不亮"
TABLE = {
    LAMP: parse("report", category="public_facility"),
    "=1+1 路灯不亮": parse("report", category="public_facility"),
    "@SUM(A1) 路灯不亮": parse("report", category="public_facility"),
    "-2+3 路灯不亮": parse("report", category="public_facility"),
}
ROOM = "桂花苑邻里群"


class Long(dict[str, Any]):
    """A table in which every text with the word 路灯 is a report."""

    def get(self, text: str, default: Any = None) -> Any:
        return parse("report", category="public_facility") if "路灯" in text else default


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a desk and its registers."""
    for name in [name for name in os.environ if name.startswith("LINLI_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("LINLI_HOME", str(folder))
    prepared(sqlite_url(folder / "linli.db")).dispose()
    return folder


@pytest.fixture
def desk_of_home(home: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(home / "linli.db"))
    yield engine
    engine.dispose()


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a table where Rasa would be."""

    def use(kind: Callable[[Engine, Any], Any] = TableDialogue, entries: Any = TABLE) -> None:
        monkeypatch.setattr(bot.cli.replay, "open_dialogue", lambda _settings, engine, _progress: kind(engine, entries))

    use()
    return use


def run(*arguments: str, stdin: bytes | str = b"") -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def replay(lines: Sequence[dict[str, Any] | str | bytes]) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, what was printed, and what was said on stderr."""
    raw = [line if isinstance(line, bytes) else as_lines([line])[0].encode() for line in lines]
    result = run("replay", "-", stdin=b"\n".join(raw) + b"\n")
    return result.exit_code, said_in(result.stdout_bytes), result.stderr


def good(number: int, text: str = "早上好", **more: Any) -> dict[str, Any]:
    return {
        "at": f"2026-11-23T08:{number:02}:00+08:00", "channel": "console", "room": ROOM, "id": f"g{number}",
        "sender": {"id": "a1", "name": "8-1-301 老周"}, "text": text, **more,
    }  # fmt: skip


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in good(1).items() if key != name}


UNUSABLE = {
    "broken json": ('{"at": ', "json"),
    "two objects": ('{"at": 1}{', "json"),
    "nested too deep": ('{"a":' * 50_000, "json"),
    "a number of many digits": ('{"at": ' + "9" * 6_000 + "}", "json"),
    "plain text": ("大家好", "field"),
    "a list": ("[]", "field"),
    "an empty object": ("{}", "field"),
    "blank": ("", "no_text"),
    "no time": (without("at"), "field"),
    "a time without offset": (good(1, at="2026-11-23T08:00:00"), "field"),
    "a time in words": (good(1, at="昨天"), "field"),
    "a time as number": (good(1, at=1732320000), "field"),
    "the first year, and earlier in UTC": (good(1, at="0001-01-01T00:00:00+14:00"), "field"),
    "the last year, and later in UTC": (good(1, at="9999-12-31T23:59:59-12:00"), "field"),
    "no channel": (without("channel"), "field"),
    "no id": (without("id"), "field"),
    "a blank id": (good(1, id=" "), "field"),
    "a number for an id": (good(1, id=7), "field"),
    "an endless id": (good(1, id="x" * (LONGEST_ID + 1)), "field"),
    "no sender": (without("sender"), "field"),
    "a sender in words": (good(1, sender="老周"), "field"),
    "a sender without id": (good(1, sender={"name": "老周"}), "field"),
    "neither room nor direct": (without("room"), "field"),
    "both room and direct": (good(1, direct=True), "field"),
    "direct in words": (good(1, direct="yes", room=None), "field"),
    "mentioned in words": (good(1, mentioned="no"), "field"),
    "a number for a reference": (good(1, reply_to=5), "field"),
    "a blank reference": (good(1, reply_to_bot_about=""), "field"),
    "attachments in words": (good(1, attachments="photo"), "field"),
    "an attachment of no kind": (good(1, attachments=[{"kind": "smell"}]), "field"),
    "an attachment in words": (good(1, attachments=["photo"]), "field"),
    "no text": (without("text"), "no_text"),
    "a number for a text": (good(1, text=5), "no_text"),
    "a blank text": (good(1, text=" \u3000\n"), "no_text"),
    "an empty text": (good(1, text=""), "no_text"),
    "a text that is too long": (good(1, text="灯" * 100_001), "too_long"),
    "a number for a recall": ({"at": good(1)["at"], "recall": 5}, "field"),
    "an edit without text": ({"at": good(1)["at"], "edit": "g0"}, "no_text"),
    "no utf-8": (b'{"at": "\xff\xfe"}', "not_utf8"),
}


@pytest.mark.parametrize(("line", "code"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_line_gives_its_error_in_its_place_and_the_rest_is_done(
    home: Path, table: Any, line: Any, code: str
) -> None:
    status, said, _stderr = replay([good(0, LAMP), line, good(2, "1到哪了")])
    assert status == 1
    assert [one["error"]["code"] if "error" in one else one["template"] for one in said] == [
        "receipt", "assigned", code, "status_assigned",
    ]  # fmt: skip
    error = said[2]["error"]
    assert set(error) == {"code", "message"}
    assert 0 < len(error["message"]) < 300


USABLE = {
    "unknown keys": good(1, LAMP, mood="angry", expect=[{}]),
    "nulls for what may be missing": good(1, LAMP, reply_to=None, mentioned=None, attachments=None, direct=None),
    "a sender without a name": good(1, LAMP, sender={"id": "a1"}),
    "a name that is no string": good(1, LAMP, sender={"id": "a1", "name": 7}),
    "a name without end": good(1, LAMP, sender={"id": "a1", "name": "周" * 5_000}),
    "a reply to a message that never was": good(1, LAMP, reply_to="nobody"),
    "a reply to words that the bot never said": good(1, LAMP, reply_to_bot_about="nobody"),
    "a time of another zone": good(1, LAMP, at="2026-11-23T00:01:00Z"),
    "control characters in an id": good(1, LAMP, id="g\x001\x07"),
}


@pytest.mark.parametrize("line", USABLE.values(), ids=USABLE)
def test_an_odd_line_is_no_error(home: Path, table: Any, line: dict[str, Any]) -> None:
    status, said, stderr = replay([line])
    assert (status, [one["template"] for one in said]) == (0, ["receipt", "assigned"])
    assert "Traceback" not in stderr


def test_what_cannot_be_stored_becomes_a_replacement_character(home: Path, table: Any, desk_of_home: Engine) -> None:
    table(entries=Long())
    line = json.dumps(good(1, "UGLY", sender={"id": "a1", "name": "SENDER"}), ensure_ascii=False)
    ugly = line.replace("SENDER", "\\ud800周\\u0000").replace("UGLY", "\\u0000路灯\\ud800不亮\\u001b[31m\\udfff\\u0085")
    status, said, _stderr = replay([ugly])
    assert (status, [one["template"] for one in said]) == (0, ["receipt", "assigned"])
    [ticket] = ledger_of(desk_of_home)
    assert ticket["summary"].count("\ufffd") >= 3
    assert not set(json.dumps(ticket, ensure_ascii=False)) & {"\0", "\ud800", "\x1b", "\x85"}
    assert json.loads(run("ledger").stdout)[0]["code"] == "1"
    for form in ("csv", "xlsx"):
        assert run("ledger", "--format", form).exit_code == 0


def test_the_longest_text_is_read_and_no_sentence_grows_with_it(home: Path, table: Any, desk_of_home: Engine) -> None:
    table(entries=Long())
    text = ("路灯不亮。" * 20_001)[:100_000]
    status, said, _stderr = replay([good(1, text)])
    assert (status, [one["template"] for one in said]) == (0, ["receipt", "assigned"])
    assert max(len(one["text"]) for one in said) < 700
    assert len(ledger_of(desk_of_home)[0]["summary"]) <= 120
    for form in ("json", "csv", "xlsx"):
        assert run("ledger", "--format", form).exit_code == 0


@pytest.mark.parametrize(
    "text", ["😀", "👍🏻👍🏻", "🙏" * 500, "[微笑]", "……", "。", "\u200b\u200b嗯", "1", "+", "@", "接", "@@@@"]
)
def test_signs_alone_are_silence(home: Path, table: Any, text: str) -> None:
    assert replay([good(1, text)])[:2] == (0, [])


def test_unknown_rooms_people_and_messages_get_nothing(home: Path, table: Any, desk_of_home: Engine) -> None:
    lines = [
        good(1, LAMP, room="没登记的群"),
        good(2, LAMP, room="桂花苑\0邻里群"),
        good(3, LAMP, channel="carrier-pigeon"),
        good(4, "接单", reply_to="nobody"),
        good(5, "满意", reply_to_bot_about="nobody"),
        good(6, "接77"),
        {"at": good(7)["at"], "recall": "nobody"},
        {"at": good(8)["at"], "edit": "nobody", "text": LAMP},
    ]
    assert replay(lines)[:2] == (0, [])
    assert ledger_of(desk_of_home) == []


def test_a_repeated_id_is_dropped_whatever_it_says(home: Path, table: Any) -> None:
    said = replay([good(1, LAMP), good(2, "1到哪了", id="g1"), good(3, "1到哪了", id="g1", sender={"id": "b"})])[1]
    assert [one["template"] for one in said] == ["receipt", "assigned"]


def test_a_clock_that_runs_backwards_stands_still(home: Path, table: Any, desk_of_home: Engine) -> None:
    backwards = [good(30, LAMP), good(10, "1到哪了"), good(0, LAMP, sender={"id": "b", "name": "5-1-101"})]
    status, said, _stderr = replay(backwards)
    assert (status, {one["at"] for one in said}) == (0, {"2026-11-23T08:30:00+08:00"})
    assert {ticket["opened_at"] for ticket in ledger_of(desk_of_home)} == {"2026-11-23T08:30:00+08:00"}


def test_bom_and_crlf_are_dropped_and_other_breaks_are_text(home: Path, table: Any) -> None:
    table(entries=Long())
    lines = as_lines([good(1, "路灯\u2028不亮\x0b了"), good(2, "1到哪了")])
    result = run("replay", "-", stdin=b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert result.exit_code == 0
    assert [one["template"] for one in said_in(result.stdout_bytes)] == ["receipt", "assigned", "status_assigned"]


def test_nothing_in_nothing_out(home: Path, table: Any) -> None:
    result = run("replay", "-")
    assert (result.exit_code, result.stdout) == (0, "")


FORMULAS = ("=1+1 路灯不亮", "@SUM(A1) 路灯不亮", "-2+3 路灯不亮")


def test_a_text_that_looks_like_a_formula_stays_a_text_in_every_export(home: Path, table: Any, tmp_path: Path) -> None:
    chat = Chat()
    for number, text in enumerate(FORMULAS, 1):
        chat.say(
            f"=cmd|{number}",
            text,
            name=f"=HYPERLINK({number})",
            room=["桂花苑邻里群", "柳岸新村业主群", "临江互助群"][number - 1],
        )
    assert replay(chat.lines)[0] == 0
    rows = list(csv.reader(io.StringIO(run("ledger", "--format", "csv").stdout_bytes.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(FORMULAS)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert any(cell.startswith("'=1+1") for row in rows for cell in row)
    out = tmp_path / "台账.xlsx"
    result = run("ledger", "--format", "xlsx", "--out", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    cells = [cell for row in openpyxl.load_workbook(out).active.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(str(cell.value).startswith("=1+1") for cell in cells)


# ---------------------------------------------------------------- classify


class Reader:
    """Reads by a table, with a place as the pipeline gives it."""

    def read(self, texts: Sequence[str]) -> list[Any]:
        return [{**TABLE.get(text, parse()), "location": {}} for text in texts]


def test_classify_gives_an_error_in_the_place_of_every_unusable_line(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.cli.classify, "open_reader", lambda _settings, _progress: Reader())
    lines = [
        b"\xef\xbb\xbf" + LAMP.encode(), b"", b"   ", b'{"text": "x", "id": 7}', b'{"text": 5}', b"{}", b"{", b"\xff",
        b"[1]", b'{"text": "\\ud800\\u0000"}', ("灯" * 100_000).encode(), ("灯" * 100_001).encode(), "😀".encode(),
    ]  # fmt: skip
    result = run("classify", stdin=b"\r\n".join(lines))
    found = said_in(result.stdout_bytes)
    assert [one["error"]["code"] if "error" in one else one["act"] for one in found] == [
        "report", "no_text", "no_text", "chitchat", "no_text", "no_text", "json", "not_utf8",
        "chitchat", "chitchat", "chitchat", "too_long", "chitchat",
    ]  # fmt: skip
    assert result.exit_code == 1
    assert found[0]["text"] == LAMP
    assert found[9]["text"] == "\ufffd\ufffd"
    keys = {"text", "act", "confidence", "kind", "category", "urgency", "speak", "location"}
    assert all(set(one) == keys for one in found if "error" not in one)


# ---------------------------------------------------------------- databases


def _newer(path: Path) -> str:
    with sqlite3.connect(path / "newer.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('9999_the_future')")
    return sqlite_url(path / "newer.db")


def _somebody_elses(path: Path) -> str:
    with sqlite3.connect(path / "songs.db") as database:
        database.execute("CREATE TABLE songs (title TEXT)")
    return sqlite_url(path / "songs.db")


def _garbage(path: Path) -> str:
    (path / "garbage.db").write_bytes(b"this is a letter and no database. " * 100)
    return sqlite_url(path / "garbage.db")


def _read_only(path: Path) -> str:
    prepared(sqlite_url(path / "read_only.db"), REGISTERS[1:]).dispose()
    return f"sqlite:///file:{path / 'read_only.db'}?mode=ro&uri=true"


def _folder(path: Path) -> str:
    (path / "folder.db").mkdir()
    return sqlite_url(path / "folder.db")


def _nobody_listens(_path: Path) -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"postgresql://linli@127.0.0.1:{port}/linli"


DATABASES: dict[str, tuple[Callable[[Path], str], str]] = {
    "newer": (_newer, "更新版本"),
    "somebody else's": (_somebody_elses, "不是邻里的数据库"),
    "garbage": (_garbage, "不是邻里的数据库"),
    "read-only": (_read_only, "只读"),
    "a folder": (_folder, "打不开"),
    "unreachable PostgreSQL": (_nobody_listens, "连不上"),
    "no URL": (lambda _path: "my database", "地址不认识"),
    "an unknown kind": (lambda _path: "nosql://here/linli", "地址不认识"),
}


@pytest.mark.parametrize(
    "command", [["replay", "-"], ["ledger"], ["community", "import", str(REGISTERS[0])]], ids=" ".join
)
@pytest.mark.parametrize(("make", "reason"), DATABASES.values(), ids=DATABASES)
def test_a_database_that_cannot_be_used_is_one_line_and_status_2(
    home: Path, table: Any, tmp_path: Path, make: Callable[[Path], str], reason: str, command: list[str]
) -> None:
    result = run(*command, "--database-url", make(tmp_path), stdin=as_lines([good(1, LAMP)])[0])
    if command == ["ledger"] and make is _read_only:
        assert result.exit_code == 0, "it can be read, and nothing needs writing"
        return
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert reason in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_home_that_cannot_be_made_is_one_line_and_status_2(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_HOME", "/proc/linli")
    result = run("ledger")
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


def test_a_database_that_fills_up_keeps_what_it_has_and_loses_no_message(
    home: Path, table: Any, desk_of_home: Engine
) -> None:
    table(entries=Long())
    with desk_of_home.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    chat = Chat()
    for number in range(8):
        chat.say(
            f"r{number}", f"路灯不亮，{number}" + "说来话长" * 2_000, name=f"{number + 1}-1-101", room="临江互助群"
        )

    def fill(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 12}")

    event.listen(Engine, "connect", fill)
    try:
        status, before, stderr = replay(chat.lines)
    finally:
        event.remove(Engine, "connect", fill)
    assert status == 2
    assert "满" in stderr
    assert len(stderr.splitlines()) == 1
    assert {str(row["state"]) for row in rows_of(desk_of_home, "inbox")} <= {"done", "leased", "pending"}
    with desk_of_home.begin() as connection:
        connection.exec_driver_sql("UPDATE inbox SET lease_until = NULL")  # as when the first process has ended
        connection.exec_driver_sql("UPDATE outbox SET lease_until = NULL")
    status, after, _stderr = replay(chat.lines)
    assert status == 0
    assert len(ledger_of(desk_of_home)) == 8
    assert "failed_sorry" not in [one["template"] for one in before + after]
    assert [one["reply_to"] for one in before + after if one["template"].startswith("receipt")] == [
        f"m{n}" for n in range(1, 9)
    ]


# ---------------------------------------------------------------- models


def _tar(path: Path, name: str, content: bytes) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return path


def _cut(path: Path) -> Path:
    whole = _tar(path.with_name("whole.tar.gz"), "MatterClassifier", os.urandom(50_000)).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def _bytes(path: Path) -> Path:
    path.write_bytes(b"not a model " * 1000)
    return path


MODELS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda path: path, "找不到"),
    "foreign": (lambda path: _tar(path, "letters/hello.txt", b"hello"), "不是邻里的模型"),
    "garbage": (_bytes, "打不开"),
    "empty": (lambda path: (path.write_bytes(b"") and path) or path, "打不开"),
    "cut off": (_cut, "打不开"),
    "a folder": (lambda path: path.mkdir() or path, "找不到"),
}


@pytest.mark.parametrize("command", ["classify", "replay"])
@pytest.mark.parametrize(("make", "reason"), MODELS.values(), ids=MODELS)
def test_a_model_that_cannot_be_used_is_one_line_and_status_2(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make: Callable[[Path], Path], reason: str, command: str
) -> None:
    monkeypatch.setenv("LINLI_MODEL", str(make(tmp_path / "model.tar.gz")))
    result = run(command, "-", stdin=LAMP)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert reason in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_a_model_whose_inside_is_broken_is_status_2(home: Path, tmp_path: Path) -> None:
    model = _tar(tmp_path / "model.tar.gz", "components/train_MatterClassifier/heads.npz", b"no arrays")
    done = linli(home, "classify", "-", stdin=LAMP.encode(), LINLI_MODEL=str(model))
    assert (done.returncode, done.stdout) == (2, b"")
    assert "打不开" in done.stderr.decode().splitlines()[-1]
    assert b"Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", ["classify", "replay", "train"])
def test_outside_of_a_checkout_no_model_is_one_line_and_status_2(tmp_path: Path, command: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    for package in ("bot", "desk", "nlu", "actions"):
        shutil.copytree(CHECKOUT / package, elsewhere / package, ignore=shutil.ignore_patterns("__pycache__"))
    arguments = [command] if command == "train" else [command, "-"]
    done = linli(tmp_path, *arguments, PYTHONPATH=str(elsewhere))
    assert (done.returncode, done.stdout) == (2, b""), done.stderr.decode()
    assert len(done.stderr.decode().splitlines()) == 1
    assert "没有模型" in done.stderr.decode()


# ---------------------------------------------------------------- the dialogue


class Failing(TableDialogue):
    """Fails at 路灯, each time in the same way; `times` limits it."""

    times = 99

    def say(self, talk: Talk) -> Any:
        if "路灯" not in talk.text or self.talks >= self.times:
            return super().say(talk)
        self.talks += 1
        return self.fail(talk)

    def fail(self, talk: Talk) -> Any:
        raise RuntimeError("the action broke")


class Swallowing(Failing):
    """As Rasa does: a broken action is no answer at all."""

    def fail(self, talk: Talk) -> Any:
        return None


@pytest.mark.parametrize("kind", [Failing, Swallowing])
def test_an_action_that_keeps_failing_is_told_honestly_and_stays_on_record(
    home: Path, table: Any, desk_of_home: Engine, kind: Any
) -> None:
    table(kind=kind)
    status, said, _stderr = replay([good(1, LAMP), good(2, "今天真冷"), good(3, "我的单")])
    assert status == 0
    apology, alarm, answer = said
    assert (apology["template"], apology["room"], apology["reply_to"]) == ("failed_sorry", ROOM, "g1")
    assert (alarm["template"], alarm["room"]) == ("alarm_failed", "临江工作群")
    assert ROOM in alarm["text"]
    assert answer["template"] == "list_mine_none"
    failed, *others = rows_of(desk_of_home, "inbox")
    assert (str(failed["state"]), failed["attempts"], failed["text"]) == ("failed", 3, LAMP)
    assert {str(row["state"]) for row in others} == {"done"}
    assert replay([good(1, LAMP), good(2, "今天真冷"), good(3, "我的单")])[1] == []


def test_what_fails_in_a_room_that_nobody_bound_gets_no_word(
    home: Path, table: Any, desk_of_home: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(bot.gateway.handle, "outside", broken)
    status, said, _stderr = replay([good(1, "/bind", room="陌生群", mentioned=True)])
    assert (status, said) == (0, [])
    assert [str(row["state"]) for row in rows_of(desk_of_home, "inbox")] == ["failed"]


@pytest.mark.parametrize("kind", [Failing, Swallowing])
def test_an_action_that_fails_twice_files_once(home: Path, table: Any, desk_of_home: Engine, kind: Any) -> None:
    table(kind=type("Twice", (kind,), {"times": 2}))
    status, said, _stderr = replay([good(1, LAMP)])
    assert (status, [one["template"] for one in said]) == (0, ["receipt", "assigned"])
    assert len(ledger_of(desk_of_home)) == 1
    assert rows_of(desk_of_home, "inbox")[0]["attempts"] == 2


def test_an_action_whose_answer_was_lost_is_not_asked_again(home: Path, table: Any, desk_of_home: Engine) -> None:
    class Losing(TableDialogue):
        def say(self, talk: Talk) -> Any:
            super().say(talk)

    table(kind=Losing)
    assert [one["template"] for one in replay([good(1, LAMP)])[1]] == ["receipt", "assigned"]
    assert len(ledger_of(desk_of_home)) == 1
    assert rows_of(desk_of_home, "inbox")[0]["attempts"] == 0


class Away(TableDialogue):
    """A server that went away after the start."""

    def read(self, texts: Sequence[str]) -> Any:
        raise DialogueAway("gone")

    def say(self, talk: Talk) -> Any:
        raise DialogueAway("gone")


def test_with_rasa_away_exact_commands_work_and_the_rest_waits(home: Path, table: Any, desk_of_home: Engine) -> None:
    first = [good(1, LAMP)]
    assert [one["template"] for one in replay(first)[1]] == ["receipt", "assigned"]
    later = good(3, "路灯又闪了", sender={"id": "b", "name": "5-1-101"})
    lines = [*first, good(2, "接1", sender={"id": "u-shen", "name": "沈浩"}), later, good(4, "1到哪了")]
    table(kind=Away)
    status, said, stderr = replay(lines)
    assert [one["template"] for one in said] == ["claimed", "status_accepted"]
    assert (status, len(stderr.splitlines())) == (1, 1), "some messages wait, and that is said"
    waiting = [row["message"] for row in rows_of(desk_of_home, "inbox") if str(row["state"]) == "pending"]
    assert waiting == ["g3"]
    table(entries=Long())
    assert [one["reply_to"] for one in replay(lines)[1]][:1] == ["g3"]
    assert {str(row["state"]) for row in rows_of(desk_of_home, "inbox")} == {"done"}


class _Other(BaseHTTPRequestHandler):
    """A server that is something else."""

    answer = (200, b"<html>welcome</html>")

    def do_GET(self) -> None:
        self.send_response(self.answer[0])
        self.end_headers()
        self.wfile.write(self.answer[1])

    def log_message(self, *_args: Any) -> None:
        return None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, b"<html>welcome</html>"), "不认"),
        ((200, b"{}"), "不认"),
        ((200, b"[]"), "不认"),
        ((403, b'{"error": "forbidden"}'), "不认"),
        ((404, b""), "不认"),
        ((503, b""), "连不上"),
        ((200, b'{"status": "no_model", "model": null}'), "连不上"),
    ],
)
def test_a_rasa_server_that_will_not_do_is_one_line_and_status_2(
    home: Path, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes], words: str
) -> None:
    server = HTTPServer(("127.0.0.1", 0), type("Other", (_Other,), {"answer": answer}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("LINLI_RASA_URL", f"http://127.0.0.1:{server.server_port}")
    try:
        result = run("replay", "-", stdin=as_lines([good(1, LAMP)])[0])
    finally:
        server.shutdown()
        server.server_close()
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1:5005", "nonsense", "http://[broken"])
def test_a_rasa_server_that_is_not_there_is_one_line_and_status_2(
    home: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("LINLI_RASA_URL", url)
    result = run("replay", "-", stdin=as_lines([good(1, LAMP)])[0])
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1), result.output
    assert "Rasa" in result.stderr


# ---------------------------------------------------------------- the command itself

COMMANDS = [
    "classify",
    "evaluate",
    "replay",
    "ledger",
    "community import",
    "community check",
    "community added",
    "train",
    "run",
    "console",
    "demo",
    "balance",
    "backup",
    "restore",
    "db upgrade",
    "wechat-rooms",
    "doctor",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_page_shows_an_example(command: str) -> None:
    result = run(*command.split(), "--help")
    assert result.exit_code == 0
    assert f"linli {command}" in result.stdout
    assert "例" in result.stdout


def test_the_first_help_page_names_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert command.split()[0] in result.stdout


WRONG = {
    "no such file": ["replay", "/nowhere/at/all.jsonl"],
    "a folder for a file": ["replay", "/tmp"],
    "no such format": ["ledger", "--format", "pdf"],
    "nowhere to write": ["ledger", "--out", "/proc/nowhere/ledger.json"],
}

WRONG_BUT_LONG = {
    "no such register": ["community", "import", "/nowhere/register.yml"],
    "no such option": ["ledger", "--colour"],
    "no such command": ["ledgers"],
    "no argument": ["replay"],
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_wrong_usage_is_one_line_and_status_2(home: Path, table: Any, arguments: list[str]) -> None:
    done = linli(home, *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.decode().splitlines()) == 1


@pytest.mark.parametrize("arguments", WRONG_BUT_LONG.values(), ids=WRONG_BUT_LONG)
def test_wrong_usage_prints_nothing_and_is_status_2(home: Path, arguments: list[str]) -> None:
    done = linli(home, *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", WRONG_BUT_LONG.values(), ids=WRONG_BUT_LONG)
def test_wrong_usage_is_one_line(home: Path, arguments: list[str]) -> None:
    done = linli(home, *arguments)
    assert len([line for line in done.stderr.decode().splitlines() if line.strip()]) == 1


@pytest.mark.parametrize("value", ["banana", "2", "-1", "nan"])
def test_a_setting_that_makes_no_sense_is_one_line_and_status_2(
    home: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("LINLI_SPEAK", value)
    result = run("ledger")
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert "LINLI_SPEAK" in result.stderr


@pytest.mark.slow
def test_stdout_carries_only_json_with_the_real_rasa(tmp_path: Path) -> None:
    """In real processes, where libraries that print below Python's feet would be seen."""
    model = {"LINLI_MODEL": str(trained_model())}
    stdin = b"\xef\xbb\xbf" + "三号楼的电梯不动了\r\n\r\n😀\r\n".encode() + b'\xff\r\n{"text": "\\ud800"}\r\n'
    done = linli(tmp_path, "classify", stdin=stdin, **model)
    found = said_in(done.stdout)
    assert done.returncode == 1, done.stderr.decode()
    assert [one.get("error", {}).get("code") for one in found] == [None, "no_text", None, "not_utf8", None]
    assert b"Traceback" not in done.stderr

    register = ["--community", str(REGISTERS[0])]
    lines = as_lines([good(1, "三号楼的电梯不动了，请派人修"), good(2, "1到哪了"), good(3, "😀"), "{"])
    done = linli(tmp_path, "replay", "-", *register, stdin="\r\n".join(lines).encode(), **model)
    said = said_in(done.stdout)
    assert done.returncode == 1, done.stderr.decode()
    assert [one.get("template", "error") for one in said] == ["receipt", "assigned", "status_assigned", "error"]
    assert b"Traceback" not in done.stderr
