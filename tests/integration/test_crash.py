"""The crash table of the house: a real process is killed at every row of it, runs again, and nothing is lost or doubled.

Every point is hit at its first, second .. last call of a whole day, each time on emptied tables.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from crash_driver import POINTS
from helpers_e2e import HERE, environment, import_registers, ledger_of, open_desk, rows_of

SENT_BUT_NOT_MARKED = {"after_send", "inside_mark"}
"""Only here may a line be said twice: nobody can know that it arrived."""


def _drive(tmp_path: Path, *arguments: str, timeout: int = 300) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(HERE / "crash_driver.py"), *arguments]
    return subprocess.run(
        command, env=environment(tmp_path), cwd=tmp_path, capture_output=True, timeout=timeout, check=False
    )


def _sweep(tmp_path: Path, url: str, point: str) -> dict[str, Any]:
    out = tmp_path / "sweep.json"
    ended = _drive(tmp_path, "sweep", url, point, str(out))
    assert ended.returncode == 0, ended.stderr.decode()[-3000:]
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def _only_new(run: dict[str, Any], point: str) -> list[str]:
    """Both runs together; the last line of the first may be the first of the second, where that cannot be helped."""
    first, second = run["first"], run["second"]
    repeated = point in SENT_BUT_NOT_MARKED and first and first[-1:] == second[:1]
    return [*first, *(second[1:] if repeated else second)]


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_moment_the_next_run_makes_it_whole(database_url: str, tmp_path: Path, point: str) -> None:
    found = _sweep(tmp_path, database_url, point)
    assert found["runs"], "the point was never reached"
    assert {row[2] for row in found["inbox"]} == {"done"}
    for run in found["runs"]:
        where = f"{point}, call {run['count']}"
        assert run["again"] == 0, where
        assert _only_new(run, point) == found["whole"], where
        assert run["ledger"] == found["ledger"], where
        assert run["inbox"] == found["inbox"], where
        assert [key for key, _ in run["outbox"]] == [key for key, _ in found["outbox"]], where
        assert {state for _, state in run["outbox"]} == {"sent"}, where


@pytest.mark.slow
def test_every_tick_of_the_day_is_hit(tmp_path: Path) -> None:
    """The sweep must reach the end of the day, else it proves nothing about its evening."""
    open_desk(f"sqlite:///{tmp_path / 'linli.db'}").dispose()
    found = _sweep(tmp_path, f"sqlite:///{tmp_path / 'linli.db'}", "after_t3")
    messages = [row for row in found["inbox"]]
    assert len(found["runs"]) == len(messages)


@pytest.mark.slow
def test_a_question_outlives_the_process_that_asked_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'linli.db'}"
    open_desk(url).dispose()
    found = _sweep(tmp_path, url, "after_mark")
    asked = next(n for n, line in enumerate(found["whole"], 1) if "在哪栋楼" in json.loads(line)["text"])
    killed = next(run for run in found["runs"] if len(run["first"]) == asked)
    assert "place_thanks" in [json.loads(line)["template"] for line in killed["second"]]
    ticket = next(ticket for ticket in killed["ledger"] if ticket["category"] == "elevator")
    assert (ticket["location"]["building"], ticket["location"]["unit"]) == ("6", "3")


@pytest.mark.slow
def test_with_rasa_in_the_process_an_action_that_was_killed_after_its_deed_does_it_once(
    tmp_path: Path, model: Path
) -> None:
    results = {}
    for name, counts in {"whole": [0], "killed": [2, 0]}.items():
        url, out = f"sqlite:///{tmp_path / name}.db", tmp_path / f"{name}.out"
        engine = open_desk(url)
        for count in counts:
            ended = _drive(tmp_path, "once", url, "after_t2_action", str(count), str(model), str(out))
            assert ended.returncode == (-9 if count else 0), ended.stderr.decode()[-3000:]
        results[name] = (out.read_text(encoding="utf-8"), ledger_of(engine), len(rows_of(engine, "inbox")))
        engine.dispose()
    assert results["killed"] == results["whole"]
    assert len(results["whole"][1]) >= 2


def test_a_register_imported_again_leaves_what_a_killed_process_held(tmp_path: Path) -> None:
    """The second run may bring the register along; leases and tickets stay."""
    url = f"sqlite:///{tmp_path / 'linli.db'}"
    engine = open_desk(url)
    import_registers(engine)
    assert rows_of(engine, "inbox") == []
    engine.dispose()
