"""What is held is said on the transcript's own clock, and the same transcript again says nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from helpers_e2e import TableDialogue, parse, prepared, run_replay

from desk.storage.engine import sqlite_url

ROOM, CARDS = "桂花苑邻里群", "临江志愿者群"
TABLE = {
    "想借一台轮椅": parse("report", kind="wish", category="elder_care"),
    **{
        f"{n}号楼灯坏了": {**parse("report", category="public_facility"), "location": {"building": str(n)}}
        for n in range(1, 9)
    },
}


def line(at: str, number: int, text: str) -> dict[str, Any]:
    sender = {"id": f"a{number}", "name": f"邻居{number}"}
    return {"at": f"2026-11-23T{at}+08:00", "channel": "console", "room": ROOM, "id": f"m{number}", "sender": sender, "text": text}  # fmt: skip


def test_a_burst_and_a_night(tmp_path: Path) -> None:
    engine = prepared(sqlite_url(tmp_path / "linli.db"))
    burst = [line(f"21:00:{n:02}", n, f"{n}号楼灯坏了") for n in range(1, 7)]
    evening = line("22:30:00", 20, "想借一台轮椅")
    lines = [*burst, evening, {"at": "2026-11-24T08:00:00+08:00", "tick": True}]
    said = [out for out in run_replay(engine, TableDialogue(engine, TABLE), lines) if out["room"] in (ROOM, CARDS)]
    assert [(out["template"], out["at"][11:19]) for out in said] == [
        ("receipt", "21:00:01"), ("receipt", "21:00:02"), ("receipt", "21:00:03"), ("joint_answers", "21:01:01"),
        ("receipt_wish", "22:30:00"), ("wish_card", "07:00:00"),
    ]  # fmt: skip
    assert [part for part in ("4号单", "5号单", "6号单") if part not in said[3]["text"]] == []
    assert run_replay(engine, TableDialogue(engine, TABLE), lines) == []
    engine.dispose()


def test_the_last_minute_of_a_transcript_is_not_kept_back(tmp_path: Path) -> None:
    engine = prepared(sqlite_url(tmp_path / "linli.db"))
    lines = [line(f"09:00:{n:02}", n, f"{n}号楼灯坏了") for n in range(1, 9)]
    said = [out for out in run_replay(engine, TableDialogue(engine, TABLE), lines) if out["room"] == ROOM]
    assert [out["template"] for out in said] == ["receipt"] * 3 + ["joint_answers"]
    assert run_replay(engine, TableDialogue(engine, TABLE), lines) == []
    engine.dispose()


def test_what_a_night_holds_is_not_said_by_a_second_replay_of_the_evening(tmp_path: Path) -> None:
    engine = prepared(sqlite_url(tmp_path / "linli.db"))
    lines = [line("22:30:00", 20, "想借一台轮椅")]
    assert CARDS not in {out["room"] for out in run_replay(engine, TableDialogue(engine, TABLE), lines)}
    assert run_replay(engine, TableDialogue(engine, TABLE), lines) == []
    morning = [{"at": "2026-11-24T07:30:00+08:00", "tick": True}]
    assert [out["template"] for out in run_replay(engine, TableDialogue(engine, TABLE), morning)] == ["wish_card"]
    engine.dispose()
