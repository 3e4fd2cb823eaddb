"""The crash table of the house: a real process is killed at every row of it, runs again, and nothing is lost or doubled.

Each point is hit at calls spread over a whole day, first and last among them; LINLI_CRASH_ALL=1 hits every one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crash_driver import POINTS
from helpers_e2e import HERE, environment, ledger_of, prepared, rows_of, trained_model

from desk.storage.engine import sqlite_url

pytestmark = pytest.mark.slow

SENT_BUT_NOT_MARKED = {"after_send", "inside_mark"}
"""Only here may a line be said twice: nobody can know that it arrived."""

MOST = {"sqlite": 2, "postgresql": 1}
"""Calls of a point that are hit, unless all are."""


def _drive(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(HERE / "crash_driver.py"), *arguments]
    return subprocess.run(command, env=environment(folder), cwd=folder, capture_output=True, timeout=3600, check=False)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def swept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The whole day, and the same day killed at every point."""
    folder = tmp_path_factory.mktemp("crash")
    url = sqlite_url(folder / "linli.db")
    if request.param == "postgresql":
        new: Callable[[str | None], str] = request.getfixturevalue("new_postgres")
        url = new(None)
    prepared(url).dispose()
    most = 0 if os.environ.get("LINLI_CRASH_ALL") else MOST[request.param]
    ended = _drive(folder, "sweep", url, str(most), str(folder / "swept.json"))
    assert ended.returncode == 0, ended.stderr.decode()[-3000:]
    found: dict[str, Any] = json.loads((folder / "swept.json").read_text(encoding="utf-8"))
    return found


def _together(run: dict[str, Any], point: str) -> list[str]:
    """Both runs; the last line of the first may be repeated by the second, where that cannot be helped."""
    first, second = run["first"], run["second"]
    repeated = point in SENT_BUT_NOT_MARKED and first and first[-1:] == second[:1]
    return [*first, *(second[1:] if repeated else second)]


def test_the_day_has_what_the_table_speaks_of(swept: dict[str, Any]) -> None:
    said = {json.loads(line)["template"] for line in swept["whole"]}
    wanted = (
        "receipt place_thanks claimed wish_card wish_details resolved_ask rate_sorry reminder overdue withdrawn_notice"
    )
    assert said >= set(wanted.split())
    assert {state for *_, state, _outcome in swept["inbox"]} == {"done"}


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_moment_the_next_run_makes_it_whole(swept: dict[str, Any], point: str) -> None:
    runs = swept["points"][point]
    assert runs, "the point was never reached"
    for run in runs:
        where = f"{point}, call {run['count']}"
        assert (run["ended"], run["again"]) == (-9, 0), where
        assert _together(run, point) == swept["whole"], where
        assert run["ledger"] == swept["ledger"], where
        assert run["inbox"] == swept["inbox"], where
        assert [key for key, _ in run["outbox"]] == [key for key, _ in swept["outbox"]], where
        assert {state for _, state in run["outbox"]} == {"sent"}, where


def test_a_line_that_was_sent_but_not_marked_is_said_once_more_and_only_that_one(swept: dict[str, Any]) -> None:
    for run in swept["points"]["after_send"]:
        assert len(run["first"]) + len(run["second"]) == len(swept["whole"]) + 1
        assert run["first"][-1] == run["second"][0]


def test_a_question_outlives_the_process_that_asked_it(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "linli.db")
    _die_at_the_question(tmp_path, url)
    second = tmp_path / "second.jsonl"
    assert _drive(tmp_path, "table", url, "after_mark", "0", str(second)).returncode == 0
    said = [json.loads(line) for line in second.read_text(encoding="utf-8").splitlines()]
    assert "place_thanks" in [line["template"] for line in said]
    assert not [line for line in said if "在哪栋楼" in line["text"]], "asked a second time"
    engine = prepared(url)
    ticket = next(ticket for ticket in ledger_of(engine) if ticket["category"] == "elevator")
    assert (ticket["location"]["building"], ticket["location"]["unit"]) == ("6", "3")
    engine.dispose()


def _die_at_the_question(tmp_path: Path, url: str) -> None:
    """A process that died when it had just asked for the place: the third thing that it said."""
    prepared(url).dispose()
    first = tmp_path / "first.jsonl"
    assert _drive(tmp_path, "table", url, "after_mark", "3", str(first)).returncode == -9
    assert "在哪栋楼" in json.loads(first.read_text(encoding="utf-8").splitlines()[-1])["text"]


def test_with_rasa_in_the_process_a_deed_whose_answer_was_lost_is_done_once(tmp_path: Path) -> None:
    results = {}
    for name, counts in {"whole": [0], "killed": [2, 0]}.items():
        url, out = sqlite_url(tmp_path / f"{name}.db"), tmp_path / f"{name}.out"
        engine = prepared(url)
        for count in counts:
            ended = _drive(tmp_path, "rasa", url, "after_t2_action", str(count), str(out), str(trained_model()))
            assert ended.returncode == (-9 if count else 0), ended.stderr.decode()[-3000:]
        results[name] = (out.read_text(encoding="utf-8"), ledger_of(engine), len(rows_of(engine, "inbox")))
        engine.dispose()
    assert results["killed"] == results["whole"]
    assert len(results["whole"][1]) >= 2
