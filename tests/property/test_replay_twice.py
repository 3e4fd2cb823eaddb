"""A transcript replayed twice on one database: the second time nothing is said and nothing changes, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from crash_driver import opened
from helpers_e2e import TableDialogue, import_registers, ledger_of, parse, prepared, rows_of, run_replay, wipe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from desk.storage.engine import sqlite_url

pytestmark = pytest.mark.slow

REPORTS = {
    "单元门口的路灯不亮": parse("report", category="public_facility"),
    "3号楼电梯停了": parse("report", category="elevator"),
    "电梯里困着人": parse("report", category="elevator", urgency="emergency"),
    "想借一台轮椅": parse("report", kind="wish", category="elder_care"),
    "物业收费不公开": parse("report", kind="complaint", category="property_management"),
    "居住证怎么续签": parse("report", kind="consult", category="documents"),
    "谢谢门岗小曹": parse("report", kind="praise", category="property_management"),
    "这事还没个说法": parse("urge", 0.8),
    "再说一句，是东边那个": parse("supplement", 0.8),
}
COMMANDS = [
    "接单", "接1", "接2", "我来", "退单", "退1", "办结", "办结1", "修好了", "满意", "不满意", "3分", "撤销", "撤销2", "催一下",
    "+1", "我家也是", "1补充 在门口", "1到哪了", "我的单", "未办结", "今天统计", "1派给方敏", "吹哨1 城管", "这是投诉",
    "不是诉求", "帮助", "6号楼3单元", "柳岸新村的", "早上好",
]  # fmt: skip
PEOPLE = {
    "a1": "8-1-301 老周", "a2": "雨后彩虹", "u-shen": "沈浩", "u-fang": "方敏", "u-xu": "许朗", "u-lu": "卢静", "s1": "3-1-201",
}  # fmt: skip
ROOMS = [
    "桂花苑邻里群",
    "桂花苑邻里群",
    "临江互助群",
    "临江志愿者群",
    "临江工作群",
    "雪岭家园群",
    "桂花苑买菜群",
    "没登记的群",
    None,
]
BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=timezone(timedelta(hours=8)))
STEPS = [timedelta(minutes=m) for m in (0, 0, 1, 1, 5, 31, 125, -10)] + [timedelta(hours=13), timedelta(days=4)]


@st.composite
def transcripts(draw: Any) -> list[dict[str, Any]]:
    """Up to a dozen lines: messages, replies, recalls, edits, ticks, and lines that come a second time."""
    lines: list[dict[str, Any]] = []
    now = BEGIN
    for number in range(draw(st.integers(1, 12))):
        now += draw(st.sampled_from(STEPS))
        said = [line for line in lines if "sender" in line]
        kind = draw(
            st.sampled_from(["report", "report", "command", "command", "command", "recall", "edit", "tick", "again"])
        )
        if kind in ("recall", "edit", "again") and not said:
            kind = "report"
        lines.append({"at": now.isoformat(), **_line(draw, kind, number, said)})
    return lines


def _line(draw: Any, kind: str, number: int, said: list[dict[str, Any]]) -> dict[str, Any]:
    if kind == "tick":
        return {"tick": True}
    if kind == "again":
        return dict(draw(st.sampled_from(said)))
    if kind in ("recall", "edit"):
        of = draw(st.sampled_from(said))
        about = {kind: of["id"], "channel": of["channel"], "room": of["room"]}
        return about if kind == "recall" else {**about, "text": draw(st.sampled_from([*REPORTS]))}
    user, room = draw(st.sampled_from([*PEOPLE])), draw(st.sampled_from(ROOMS))
    line: dict[str, Any] = {
        "channel": "console", "room": room, "direct": room is None, "id": f"m{number}",
        "sender": {"id": user, "name": PEOPLE[user]}, "mentioned": draw(st.booleans()),
        "text": draw(st.sampled_from([*REPORTS] if kind == "report" else COMMANDS)),
    }  # fmt: skip
    names = [one["id"] for one in said]
    if names and draw(st.booleans()):
        line[draw(st.sampled_from(["reply_to", "reply_to_bot_about"]))] = draw(st.sampled_from(names))
    return line


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One database for every example: its rows go, its tables stay."""
    url = sqlite_url(tmp_path_factory.mktemp("twice") / "linli.db")
    prepared(url).dispose()
    engine = opened(url)
    yield engine
    engine.dispose()


def _everything(engine: Engine) -> list[Any]:
    return [
        ledger_of(engine),
        *(rows_of(engine, name) for name in ("inbox", "outbox", "questions", "people", "tickets", "tallies")),
    ]


def _twice(engine: Engine, lines: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], Any, Any]:
    """What the second replay says, and everything before and after it."""
    wipe(engine)
    import_registers(engine)
    run_replay(engine, TableDialogue(engine, REPORTS), lines)
    before = _everything(engine)
    again = run_replay(engine, TableDialogue(engine, REPORTS), lines)
    return again, before, _everything(engine)


@settings(max_examples=30, suppress_health_check=list(HealthCheck), print_blob=True)
@given(lines=transcripts())
def test_the_second_replay_says_nothing_and_changes_nothing(database: Engine, lines: list[dict[str, Any]]) -> None:
    again, before, after = _twice(database, lines)
    assert again == []
    assert after == before


@settings(max_examples=10, suppress_health_check=list(HealthCheck), print_blob=True)
@given(lines=transcripts(), cut=st.integers(0, 12))
def test_a_beginning_and_then_the_whole_is_as_the_whole(
    database: Engine, lines: list[dict[str, Any]], cut: int
) -> None:
    wipe(database)
    import_registers(database)
    dialogue = TableDialogue(database, REPORTS)
    whole = run_replay(database, dialogue, lines)
    expected = ledger_of(database)
    wipe(database)
    import_registers(database)
    pieces = run_replay(database, dialogue, lines[:cut]) + run_replay(database, dialogue, lines)
    assert pieces == whole
    assert ledger_of(database) == expected


def _message(name: str, text: str, minute: int, room: str, user: str = "a1") -> dict[str, Any]:
    return {
        "at": f"2026-11-23T08:{minute:02}:00+08:00", "channel": "console", "room": room, "id": name,
        "sender": {"id": user, "name": PEOPLE[user]}, "text": text,
    }  # fmt: skip


LAMP, HERE, THERE = "单元门口的路灯不亮", "桂花苑邻里群", "临江互助群"
TAKEN_BACK = {"at": "2026-11-23T08:05:00+08:00", "recall": "m1"}
CHANGED = {"at": "2026-11-23T08:05:00+08:00", "edit": "m1", "text": "3号楼电梯停了"}


@pytest.mark.parametrize("about", [TAKEN_BACK, CHANGED], ids=["recall", "edit"])
@pytest.mark.parametrize(
    "before",
    [
        pytest.param([_message("m1", LAMP, 1, HERE)], id="the message before it"),
        pytest.param([], id="the message after it"),
    ],
)
def test_a_recall_or_an_edit_that_names_no_room_means_the_same_message_the_second_time(
    database: Engine, about: dict[str, Any], before: list[dict[str, Any]]
) -> None:
    lines = [*before, about, _message("m1", LAMP, 9, THERE)]
    again, was, now = _twice(database, lines)
    assert again == []
    assert now == was
