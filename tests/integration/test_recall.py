"""A recall takes every word, wherever in its life the message is taken back."""

from __future__ import annotations

import json
from datetime import time, timedelta
from typing import Any

import pytest
from desk_driver import EVERYBODY, GUEST, HE, LI, QIAN, THREE, WU, ZHANG, Desk
from sqlalchemy import select
from sqlalchemy.engine import Engine

from desk.domain.attachments import FileState
from desk.domain.model import InboxMessage
from desk.domain.words import Act, InboxState
from desk.services import mailroom
from desk.services.digest import Daily, do_daily
from desk.storage.engine import transaction
from desk.storage.file_tables import files
from desk.storage.tables import metadata, outbox

WORDS = "灯绿得像西瓜"
LAMP = {
    "category": "public_facility",
    "place": {"building": "3", "room": "501"},
    "masked": WORDS,
    "second_matter": WORDS,
}


def everything(engine: Engine) -> str:
    """Every cell of every table, as text."""
    with engine.connect() as connection:
        rows = [
            f"{table.name}: {json.dumps([str(cell) for cell in row], ensure_ascii=False)}"
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
        ]
    return "\n".join(rows)


def assert_gone(desk: Desk, words: str = WORDS) -> None:
    assert [line for line in everything(desk.engine).splitlines() if words in line] == []


def test_the_search_finds_words_at_all(desk: Desk) -> None:
    desk.says(LI, WORDS, **LAMP)
    found = {line.split(":")[0] for line in everything(desk.engine).splitlines() if WORDS in line}
    assert {"inbox", "outbox", "tickets"} <= found


def steps(desk: Desk, upto: int) -> None:
    """What may have become of the ticket before its message is taken back."""
    story = [
        lambda: desk.says(QIAN, "1到哪了", Act.QUERY, number=1),
        lambda: desk.says(ZHANG, "接1", Act.CLAIM, number=1),
        lambda: desk.says(WU, "未办结", Act.QUERY, room=None, listing="open"),
        lambda: desk.wait(days=4),
        lambda: desk.says(WU, "这是投诉", Act.CORRECT, number=1, kind_to="complaint"),
        lambda: desk.says(ZHANG, "1办结", Act.FINISH, number=1),
        lambda: desk.says(LI, "1不满意", Act.RATE, number=1, rating=1),
        lambda: desk.says(LI, "1满意", Act.RATE, number=1, rating=5),
        lambda: desk.wait(days=4),
    ]
    for step in story[:upto]:
        step()


@pytest.mark.parametrize("upto", range(10))
def test_at_every_point_of_a_tickets_life(desk: Desk, upto: int) -> None:
    said = desk.says(LI, WORDS, **LAMP)
    steps(desk, upto)
    desk.recalls(LI, said.id)
    assert_gone(desk)
    assert desk.ticket(1)["summary"] == ""
    assert desk.ticket(1)["location"]["building"] == "3"
    assert desk.ticket(1)["location"]["room"] is None
    desk.wait(days=9)


def test_before_it_was_delivered(desk: Desk) -> None:
    """The receipt and the officer's notice still wait: they go out without the words."""
    deliver, desk.deliver = desk.deliver, lambda: ()  # type: ignore[method-assign,assignment]
    said = desk.says(LI, WORDS, **LAMP)
    desk.recalls(LI, said.id)
    desk.deliver = deliver  # type: ignore[method-assign]
    spoken = desk.deliver()
    assert {"receipt", "assigned"} <= {one.template for one in spoken}
    assert all(WORDS not in one.text for one in spoken)
    assert_gone(desk)


@pytest.mark.parametrize("state", [InboxState.PENDING, InboxState.LEASED])
def test_before_it_was_handled(desk: Desk, state: InboxState) -> None:
    with transaction(desk.engine) as session:
        arrival = mailroom.Arrival("console", THREE, "early", LI.user, LI.name, WORDS, desk.now)
        row = mailroom.record_arrival(session, arrival, desk.now)
        assert row is not None
        row.state, row.reading = state, {"summary": WORDS}
    desk.recalls(LI, "early")
    assert_gone(desk)
    assert desk.numbers() == []


@pytest.mark.parametrize(
    ("act", "more"),
    [
        (Act.SUPPLEMENT, {}), (Act.URGE, {}), (Act.SECOND, {}), (Act.REPORT, {"category": "public_facility"}),
        (Act.CHITCHAT, {}),
    ],
)  # fmt: skip
def test_of_what_was_added_to_a_ticket(desk: Desk, act: Act, more: dict[str, Any]) -> None:
    report = desk.says(LI, "三号楼灯坏了", category="public_facility", place={"building": "3"})
    said = desk.says(QIAN, WORDS, act, reply_to=report.id, attachments=[{"kind": "photo", "name": WORDS}], **more)
    desk.recalls(QIAN, said.id)
    assert_gone(desk)
    assert desk.ticket(1)["summary"] == "三号楼灯坏了"


def test_of_an_answer_about_a_place(desk: Desk) -> None:
    desk.says(GUEST, "灯坏了", room=EVERYBODY, category="public_facility")
    said = desk.says(GUEST, WORDS, Act.CHITCHAT, room=EVERYBODY, place={"building": "3", "room": "501"})
    desk.recalls(GUEST, said.id, room=EVERYBODY)
    assert_gone(desk)


def test_of_why_somebody_was_not_content(desk: Desk) -> None:
    desk.says(LI, "灯坏了", category="public_facility", place={"building": "3"})
    desk.says(ZHANG, "1办结", Act.FINISH, number=1)
    said = desk.says(LI, WORDS, Act.RATE, number=1, rating=1)
    desk.recalls(LI, said.id)
    assert_gone(desk)


def test_of_what_was_changed_before(desk: Desk) -> None:
    said = desk.says(LI, WORDS, **LAMP)
    desk.edits(LI, said.id, f"{WORDS}，是二单元", **LAMP)
    desk.edits(LI, said.id, f"还是{WORDS}", **LAMP)
    desk.recalls(LI, said.id)
    assert_gone(desk)


def test_of_one_line_of_several(desk: Desk) -> None:
    """The ticket keeps the other lines."""
    first = desk.says(LI, WORDS, Act.CHITCHAT)
    desk.now += timedelta(seconds=5)
    whole = f"{WORDS}，又坏了"
    last = desk.says(LI, "又坏了", **{**LAMP, "said": whole, "burst": [first.row], "summary": whole, "masked": whole})
    assert desk.numbers() == [1]
    desk.recalls(LI, first.id)
    assert_gone(desk)
    assert "又坏了" in everything(desk.engine)
    desk.recalls(LI, last.id)
    assert_gone(desk, "又坏了")


def test_a_neighbours_words_and_support_stay(desk: Desk) -> None:
    said = desk.says(LI, WORDS, **LAMP)
    desk.says(QIAN, "我家也是，还闻到烟味", Act.SECOND, reply_to=said.id)
    desk.says(HE, "补充 是东边那盏", Act.SUPPLEMENT, number=1)
    desk.recalls(LI, said.id)
    assert_gone(desk)
    assert desk.state(1) == "assigned"
    assert "是东边那盏" in everything(desk.engine)


def test_a_second_recall_changes_nothing(desk: Desk) -> None:
    said = desk.says(LI, WORDS, **LAMP)
    desk.recalls(LI, said.id)
    before = desk.state(1)
    desk.recalls(LI, said.id)
    assert desk.state(1) == before
    assert_gone(desk)


def photo(name: str) -> dict[str, str]:
    return {"kind": "photo", "name": name, "ref": name}


def test_of_its_files(desk: Desk) -> None:
    def names() -> list[str]:
        with transaction(desk.engine) as session:
            return sorted(session.scalars(select(files.c.name).where(files.c.state == FileState.WANTED)))

    report = desk.says(LI, "灯坏了", attachments=[photo("a.jpg")], **LAMP)
    more = desk.says(LI, "", Act.SUPPLEMENT, reply_to=report.id, attachments=[photo("b.jpg")])
    assert names() == ["a.jpg", "b.jpg"]
    desk.recalls(LI, more.id)
    assert names() == ["a.jpg"]
    desk.recalls(LI, report.id)
    assert names() == []
    assert_gone(desk, ".jpg")


@pytest.mark.parametrize("said", [False, True], ids=["held", "said"])
def test_of_one_among_several_that_are_answered_together(desk: Desk, said: bool) -> None:
    for number in range(3):
        desk.says(QIAN, f"第{number}件", kind="consult")
    mine = desk.says(LI, WORDS, category="public_facility", place={"building": "3", "room": "501"})
    desk.says(QIAN, "第四件", kind="consult")
    if said:
        assert ("joint_answers", THREE) in desk.wait(seconds=90)
        assert WORDS in joint_of(desk)
    desk.recalls(LI, mine.id)
    assert_gone(desk)
    if not said:
        assert ("joint_answers", THREE) in desk.wait(seconds=90)
    assert_gone(desk)
    assert "第四件" in joint_of(desk)  # what a neighbour said stays


def joint_of(desk: Desk) -> str:
    with transaction(desk.engine) as session:
        return str(session.scalars(select(outbox.c.facts).where(outbox.c.template == "joint_answers")).one())


def test_of_what_a_neighbour_among_several_was_told_of_the_ticket(desk: Desk) -> None:
    mine = desk.says(LI, WORDS, category="public_facility", place={"building": "3", "room": "501"})
    for number in range(3):
        desk.says(QIAN, f"第{number}件", kind="consult")
    desk.says(HE, "灯坏了", category="public_facility", place={"building": "3"})
    desk.says(QIAN, "第四件", kind="consult")
    assert ("joint_answers", THREE) in desk.wait(seconds=90)
    assert WORDS in joint_of(desk)
    desk.recalls(LI, mine.id)
    assert_gone(desk)


def test_of_what_is_in_the_digest(desk: Desk) -> None:
    said = desk.says(LI, WORDS, **LAMP)
    with transaction(desk.engine) as session:
        assert do_daily(session, desk.now.replace(hour=18), Daily(time(18)))
    desk.recalls(LI, said.id)
    assert_gone(desk)


def test_of_a_message_whose_answer_is_still_to_be_given(desk: Desk) -> None:
    """Killed between T2 and T3: the row goes on without its words."""
    said = desk.says(LI, WORDS, **LAMP)
    with transaction(desk.engine) as session:
        row = session.get(InboxMessage, said.row)
        assert row is not None
        row.state, row.effect = InboxState.PENDING, {"outcome": "filed", "ticket": row.ticket_id, "answers": []}
    desk.recalls(LI, said.id)
    assert_gone(desk)
