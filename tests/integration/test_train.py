"""`linli train --with-corrections`: shown, asked, kept or not, by the real command on a small project of its own."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest
from desk_driver import LI, REGISTER, WU, Desk
from helpers_e2e import CHECKOUT, HERE, environment, linli, prepared

from desk.domain.words import Act
from desk.storage.engine import sqlite_url
from nlu.learning import as_nlu
from nlu.nearness import Example, near_pairs, read_training

GOOD = [("谁家有多余的葱借我一根呗", {"not_request": True}), ("楼下小卖部的西瓜熟透了真甜", {"not_request": True})]
BAD = [(f"{n}号楼的电梯坏了没人修", {"not_request": True}) for n in "一二三四五六七八九"]
"""An officer who calls every broken lift small talk."""

TEST_SET = [
    ("电梯坏了好几天，没人修呢", "report"), ("5号楼电梯坏了，老人下不来", "report"), ("今天天气真好呀", "chitchat"),
    ("哈哈哈笑死我了", "chitchat"),
]  # fmt: skip


NEXT = "── next ──\n"


class Step(NamedTuple):
    """What one command printed on stdout, and its exit status."""

    stdout: str
    status: int


def few(examples: Iterable[Example], each: int) -> list[Example]:
    """Enough of every label to train on."""
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for one in examples:
        matter = {"kind": one.kind, "category": one.category, "urgency": one.urgency}
        labels = [(field, label) for field, label in matter.items() if label] or [("act", one.act)]
        if any(seen[label] < each for label in labels):
            seen.update(labels)
            kept.append(one)
    return kept


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with a fortieth of the sentences and four messages to measure on."""
    root = tmp_path / "project"
    for folder in ("actions", "bot", "desk", "nlu"):
        shutil.copytree(CHECKOUT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "data" / "nlu").mkdir(parents=True)
    (root / "tests" / "nlu").mkdir(parents=True)
    for name in ("config.yml", "domain.yml", "endpoints.yml", "data/rules.yml", "data/stories.yml"):
        shutil.copy(CHECKOUT / name, root / name)
    sentences = few(read_training(CHECKOUT / "data" / "nlu"), 6)
    (root / "data" / "nlu" / "few.yml").write_text(as_nlu(sentences), encoding="utf-8")
    matter = {"kind": "service", "category": "elevator", "urgency": "normal"}
    lines = [{"text": text, "act": act, **(matter if act == "report" else {})} for text, act in TEST_SET]
    written = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (root / "tests" / "nlu" / "messages.jsonl").write_text(written, encoding="utf-8")
    return root


def corrected(path: Path, corrections: Iterable[tuple[str, dict[str, Any]]]) -> str:
    """A database in which staff corrected this."""
    register = path.with_suffix(".yml")
    register.write_text(REGISTER, encoding="utf-8")
    engine = prepared(sqlite_url(path), [register])
    desk = Desk(engine)
    for number, (text, what) in enumerate(corrections, 1):
        desk.says(LI, text, masked=text, place={"building": str(number)}, category="elevator")
        desk.says(WU, "更正", Act.CORRECT, number=number, **what)
    engine.dispose()
    return sqlite_url(path)


class Terminal:
    """A terminal into which somebody typed already; what is shown in it is read as it comes."""

    def __init__(self, typed: str) -> None:
        self._ours, self.inside = pty.openpty()
        os.write(self._ours, typed.encode())
        self._shown = bytearray()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # which ends it
            while found := os.read(self._ours, 4096):
                self._shown += found

    def close(self) -> str:
        """What was shown."""
        os.close(self.inside)
        self._reader.join(10)
        os.close(self._ours)
        return self._shown.decode()


def ran(project: Path, home: Path, typed: str, *steps: tuple[str, list[str]]) -> tuple[list[Step], list[str]]:
    """The steps, in one process with a terminal; what the terminal showed of each."""
    terminal = Terminal(typed)
    done = subprocess.run(
        [sys.executable, str(HERE / "learn_driver.py"), json.dumps(steps)], cwd=home, timeout=300, check=False,
        env=environment(home, PYTHONPATH=os.pathsep.join([str(project), str(HERE)])), stdin=terminal.inside,
        stdout=subprocess.PIPE, stderr=terminal.inside,
    )  # fmt: skip
    shown = terminal.close().replace("\r\n", "\n").split(NEXT)
    *found, rest = re.split(r"^exit (\d+)\n", done.stdout.decode(), flags=re.MULTILINE)
    assert rest == "", rest
    return [Step(out, int(status)) for out, status in zip(found[::2], found[1::2], strict=True)], shown


@pytest.mark.slow
def test_shown_asked_kept_or_not(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert near_pairs([text for text, _act in TEST_SET], [text for text, _what in [*GOOD, *BAD]]) == []
    good, bad = corrected(tmp_path / "good.db", GOOD), corrected(tmp_path / "bad.db", BAD)
    learn = ["train", "--with-corrections", "--database-url"]
    steps, shown = ran(
        project, home, "y\n",
        ("nobody", [*learn, good]), ("terminal", [*learn, good]), ("nobody", ["train"]), ("nobody", ["doctor"]),
        ("nobody", [*learn, bad, "--yes", "--force"]), ("nobody", ["train"]),
    )  # fmt: skip
    unasked, kept, present, doctor, worse, after = steps

    assert unasked == Step("", 2)
    assert re.search("更正读对的：[01] 条 → 2 条，共 2 条。\n更正里读法变了的：[12] 条\n", shown[0])
    assert re.search("\n  (谁家有多余的葱|楼下小卖部的西瓜).*\n    .+ → 闲聊（该是闲聊）\n", shown[0])
    assert shown[0].endswith("没有换上。\n")

    assert kept.status == 0
    assert "[y/N]" in shown[1]
    learnt = Path(kept.stdout.rstrip("\n"))
    assert learnt.parent == home / "models"
    assert present == kept
    assert f"{learnt}（学过更正）" in doctor.stdout

    assert worse == Step("", 2)
    assert re.search(r"\n  意图 诉求 [01]\.\d{4} → 0\.\d{4}\n", shown[4])
    assert re.search(r"\n有 [1-9]\d* 类变差，没有换上。\n$", shown[4])
    base = Path(after.stdout.rstrip("\n"))
    assert base.name == learnt.name.replace("+corrections", "")
    assert sorted((home / "models").iterdir()) == [base]  # --force went back to it
    left = [path.read_bytes() for path in project.rglob("*") if path.is_file()]
    assert [text for text, _what in [*GOOD, *BAD] if any(text.encode() in content for content in left)] == []


def test_nothing_to_learn(tmp_path: Path) -> None:
    url = corrected(tmp_path / "none.db", [])
    done = linli(tmp_path, "train", "--with-corrections", "--database-url", url)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == "没有可学的更正（0 条重复，或太像测试集）。\n"
