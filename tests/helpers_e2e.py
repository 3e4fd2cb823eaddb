"""What the tests through the whole system share: registers, a table dialogue, transcripts and their comparison."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Engine

from bot.bootstrap import find_model, open_dialogue
from bot.dialogue.contract import Dialogue, Parse, Talk
from bot.gateway.replay import Replay, TranscriptChannel
from bot.settings import SPEAK_FROM, read_settings
from desk.domain.replies import Effect
from desk.domain.words import Act
from desk.services.ledger import ledger
from desk.services.register import import_register
from desk.services.register_file import read_register
from desk.storage.engine import open_engine, transaction
from desk.storage.schema import prepare
from desk.storage.tables import metadata

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
E2E = HERE / "e2e"
REGISTERS = (E2E / "register.yml", E2E / "neighbour.yml")

TEST_ONLY = ("expect", "note")
"""Keys of a transcript's line that are for the runner and not for the product."""

# ---------------------------------------------------------------- the desk


def prepared(url: str, registers: Iterable[Path] = REGISTERS) -> Engine:
    """A database with the registers in it."""
    engine = open_engine(url)
    prepare(engine)
    import_registers(engine, registers)
    return engine


def import_registers(engine: Engine, registers: Iterable[Path] = REGISTERS) -> None:
    for path in registers:
        with transaction(engine) as session:
            import_register(session, read_register(path))


def wipe(engine: Engine) -> None:
    """Takes every row away; the tables and their version stay."""
    names = [table.name for table in reversed(metadata.sorted_tables)]
    with transaction(engine) as session:
        if engine.dialect.name == "postgresql":
            session.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY"))
            return
        for name in names:
            session.execute(text(f"DELETE FROM {name}"))


def ledger_of(engine: Engine) -> list[dict[str, Any]]:
    with transaction(engine) as session:
        return list(ledger(session))


def rows_of(engine: Engine, name: str) -> list[dict[str, Any]]:
    """Every row of a table, by id."""
    table = metadata.tables[name]
    with transaction(engine) as session:
        return [dict(row._mapping) for row in session.execute(table.select().order_by(table.c.id))]


# ---------------------------------------------------------------- a dialogue without Rasa


def parse(act: str = "chitchat", sure: float = 0.99, **matter: str) -> Parse:
    """A parse as the pipeline would give it."""
    full = {"kind": "service", "category": "other", "urgency": "normal", **matter}
    return {"intent": {"name": act, "confidence": sure}, "matter": full}


class TableDialogue:
    """Reads by a table, and does what the actions do, through the actions themselves."""

    def __init__(self, engine: Engine, table: dict[str, Parse]) -> None:
        from actions.base import DeskAction

        self._engine = engine
        self._table = table
        self._base = DeskAction
        self.talks = 0

    def read(self, texts: Sequence[str]) -> list[Parse]:
        return [self._table.get(text, parse()) for text in texts]

    def say(self, talk: Talk) -> Effect | None:
        self.talks += 1
        self._base.engine = self._engine
        action = action_for(talk.parse["intent"]["name"])
        return action._handle(talk.row, talk.token)

    def close(self) -> None:
        return None


def action_for(name: str) -> Any:
    """The action that the rules choose for an act."""
    from actions import ask, report, silence, staff, support, verdict, work

    act = Act(name)
    if act in (Act.CHITCHAT, Act.ADVERT):
        return silence.StaySilent()
    every = [
        kind
        for module in (ask, report, staff, support, verdict, work)
        for kind in vars(module).values()
        if isinstance(kind, type) and getattr(kind, "act", None) is act
    ]
    return every[0]()


# ---------------------------------------------------------------- replaying


class WatchedReplay(Replay):
    """A replay that notes with which line each output came.

    An output belongs to the line that was being worked through: what fell due while the clock moved to the line, and
    then what was said to the line itself.
    """

    def __init__(self, engine: Engine, dialogue: Dialogue, speak_from: float = SPEAK_FROM) -> None:
        self.sink = io.StringIO()
        self.marks: list[int] = []
        super().__init__(engine, dialogue, TranscriptChannel(self.sink), speak_from)

    def _step(self, entry: Any, parses: Any) -> None:
        self.marks.append(self.sink.tell())
        super()._step(entry, parses)

    def by_line(self) -> list[list[dict[str, Any]]]:
        """The outputs of each line."""
        text, ends = self.sink.getvalue(), [*self.marks[1:], self.sink.tell()]
        return [[json.loads(out) for out in text[a:b].splitlines()] for a, b in zip(self.marks, ends, strict=False)]


def run_replay(engine: Engine, dialogue: Dialogue, lines: Iterable[dict[str, Any] | str]) -> list[dict[str, Any]]:
    """Everything the bot says to these lines."""
    sink = io.StringIO()
    Replay(engine, dialogue, TranscriptChannel(sink), SPEAK_FROM).run(as_lines(lines))
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def as_lines(lines: Iterable[dict[str, Any] | str]) -> list[str]:
    return [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]


class Transcript:
    """A file of the transcripts: the lines, what is expected with each, and the ledger at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        last = found[-1] if "ledger" in found[-1] else None
        self.ledger: list[dict[str, Any]] | None = last["ledger"] if last else None
        spoken = found[:-1] if last else found
        self.expected = [line.get("expect", []) for line in spoken]
        self.lines = [{k: v for k, v in line.items() if k not in TEST_ONLY} for line in spoken]

    def problems(self, engine: Engine, dialogue: Dialogue) -> list[str]:
        """Every difference between what is expected and what happened, one readable entry each."""
        watched = WatchedReplay(engine, dialogue)
        watched.run(as_lines(self.lines))
        found = [
            f"line {number}  {brief(line)}\n{difference}"
            for number, (line, expected, said) in enumerate(
                zip(self.lines, self.expected, watched.by_line(), strict=False), 1
            )
            if (difference := compare_outputs(expected, said))
        ]
        if self.ledger is not None:
            found += [f"ledger {where}" for where in mismatches(self.ledger, ledger_of(engine), "")]
        return found


def brief(line: dict[str, Any]) -> str:
    """A line as a person names it."""
    if "sender" in line:
        return f"{line.get('id')} {line['sender'].get('name')}: {line.get('text', '')}"
    return json.dumps(line, ensure_ascii=False)


def compare_outputs(expected: list[dict[str, Any]], said: list[dict[str, Any]]) -> str:
    """Empty when they agree; else both, side by side."""
    wrong = [m for wanted, got in zip(expected, said, strict=False) if (m := _output_problem(wanted, got))]
    if not wrong and len(expected) == len(said):
        return ""
    lines = ["  expected:", *(f"    {json.dumps(one, ensure_ascii=False)}" for one in expected or ["silence"])]
    lines += ["  said:", *(f"    {json.dumps(one, ensure_ascii=False)}" for one in said or ["silence"])]
    return "\n".join([*lines, *(f"  - {one}" for one in wrong)])


def _output_problem(wanted: dict[str, Any], got: dict[str, Any]) -> str:
    found = [f"{k}: wanted {v!r}, got {got.get(k)!r}" for k, v in wanted.items() if k not in _OWN and got.get(k) != v]
    if ("room" in wanted and got["to"] is not None) or ("to" in wanted and got["room"] is not None):
        found.append("said in the wrong kind of place")
    found += [f"lacks {part!r}" for part in wanted.get("has", []) if part not in got["text"]]
    found += [f"should not say {part!r}" for part in wanted.get("has_not", []) if part in got["text"]]
    return "; ".join(found)


_OWN = ("has", "has_not")


def mismatches(wanted: Any, got: Any, where: str) -> list[str]:
    """Where `got` differs from a partial `wanted`.

    A mapping may leave keys out; a list may not leave items out. A person may be given by the user's id, an event by
    its kind.
    """
    if isinstance(got, dict) and isinstance(wanted, str):
        got = got.get("user") if "user" in got else got.get("kind")
    if isinstance(wanted, dict) and isinstance(got, dict):
        return [p for key, value in wanted.items() for p in mismatches(value, got.get(key), f"{where}.{key}")]
    if isinstance(wanted, list) and isinstance(got, list):
        if len(wanted) != len(got):
            return [f"{where}: wanted {len(wanted)} of {wanted!r}, got {len(got)}: {_kinds(got)!r}"]
        return [p for n, pair in enumerate(zip(wanted, got, strict=False)) for p in mismatches(*pair, f"{where}[{n}]")]
    return [] if wanted == got else [f"{where}: wanted {wanted!r}, got {got!r}"]


def _kinds(items: list[Any]) -> list[Any]:
    return [item.get("kind", item.get("user")) if isinstance(item, dict) else item for item in items]


# ---------------------------------------------------------------- processes


def trained_model() -> Path:
    """The model that is set, else the one of this checkout; trained if it is not there."""
    return find_model(read_settings(), lambda _step: None)


def rasa_dialogue(model: Path, engine: Engine) -> Dialogue:
    """Rasa in this process, put together as the product does it."""
    settings = replace(read_settings({}), model=model, rasa_url=None)
    return open_dialogue(settings, engine, lambda _step: None)


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process of ours: state in `home`, nothing of the caller's settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LINLI_", "RASA_"))}
    path = os.pathsep.join([str(CHECKOUT), str(HERE)])
    return {**kept, "LINLI_HOME": str(home), "PYTHONPATH": path, "RASA_TELEMETRY_ENABLED": "false", **more}


def linli(home: Path, *arguments: str, stdin: bytes = b"", cwd: Path | None = None, **more: str) -> Any:
    """The command as a real process; stdout and stderr as bytes."""
    command = [sys.executable, "-c", "from bot.cli import main; main()", *arguments]
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        env=environment(home, **more),
        cwd=cwd or home,
        timeout=120,
        check=False,
    )


def said_in(stdout: bytes) -> list[dict[str, Any]]:
    """The lines of JSON that a command printed."""
    return [json.loads(line) for line in stdout.decode("utf-8").splitlines()]


class Chat:
    """Makes the lines of a transcript: a minute apart, named m1, m2 .. in order."""

    def __init__(self, room: str = "桂花苑邻里群", day: str = "2026-11-23") -> None:
        self.room = room
        self.day = day
        self.lines: list[dict[str, Any]] = []

    def say(self, user: str, text: str, **more: Any) -> str:
        number = len(self.lines) + 1
        name = more.pop("name", user)
        line = {
            "at": more.pop("at", f"{self.day}T{8 + number // 60:02}:{number % 60:02}:00+08:00"),
            "channel": "console",
            "room": None if more.get("direct") else more.pop("room", self.room),
            "id": more.pop("id", f"m{number}"),
            "sender": {"id": user, "name": name},
            "text": text,
            **more,
        }
        self.lines.append(line)
        return str(line["id"])
