"""What staff correct is kept to learn from: masked, once a ticket, and gone when the words are taken back."""

from __future__ import annotations

from typing import Any

import pytest
from desk_driver import EVERYBODY, GUEST, HE, LI, NINE, QIAN, STAFF, THREE, WU, ZHANG, ZHOU, Desk, Said, Speaker
from helpers_e2e import TableDialogue, parse, run_replay
from sqlalchemy import select
from sqlalchemy.engine import Engine

from desk.domain.corrections import Correction
from desk.domain.model import Member, Person
from desk.domain.words import Act
from desk.services import corrections
from desk.storage.engine import transaction
from desk.storage.tables import people

WORDS = "三号楼的灯坏了"


def files(desk: Desk, text: str = WORDS, who: Speaker = LI, **reading: Any) -> Said:
    usual = {"category": "public_facility", "place": {"building": "3"}, "masked": text}
    return desk.says(who, text, **{**usual, **reading})


def corrects(desk: Desk, who: Speaker = WU, number: int = 1, **what: Any) -> Said:
    return desk.says(who, "更正", Act.CORRECT, number=number, **what)


def kept(engine: Engine) -> list[Correction]:
    with transaction(engine) as session:
        return list(session.scalars(select(Correction).order_by(Correction.id)))


def only(engine: Engine) -> Correction:
    found = kept(engine)
    assert len(found) == 1
    return found[0]


def labels(correction: Correction) -> tuple[str | None, ...]:
    said = (correction.act, correction.kind, correction.category, correction.urgency)
    return tuple(str(word) if word is not None else None for word in said)


def person(desk: Desk, who: Speaker) -> Person:
    with transaction(desk.engine) as session:
        return session.scalars(select(Person).where(people.c.user == who.user)).one()


# --- recording


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ({"kind_to": "complaint"}, ("report", "complaint", "public_facility", "urgent")),
        ({"category_to": "fire_safety"}, ("report", "service", "fire_safety", "urgent")),
        ({"kind_to": "wish", "category_to": "elder_care"}, ("report", "wish", "elder_care", "urgent")),
        ({"not_request": True}, ("chitchat", None, None, None)),
    ],
)
def test_a_correction_says_what_is_right(desk: Desk, what: dict[str, Any], wanted: tuple[str | None, ...]) -> None:
    files(desk, urgency="urgent")
    desk.wait(minutes=3)
    corrects(desk, **what)
    correction = only(desk.engine)
    assert labels(correction) == wanted
    assert (correction.text, correction.at) == (WORDS, desk.now)
    assert correction.person_id == person(desk, LI).id


def test_who_corrected_is_the_member(desk: Desk) -> None:
    files(desk)
    with transaction(desk.engine) as session:
        codes = {member.id: member.code for member in session.scalars(select(Member))}
    for who, code in ((ZHANG, "zhang"), (WU, "wu")):
        corrects(desk, who, kind_to="complaint")
        assert codes[only(desk.engine).member_id] == code


def test_who_may_not_correct_teaches_nothing(desk: Desk) -> None:
    files(desk)
    for who in (LI, QIAN, HE):
        corrects(desk, who, kind_to="complaint")
        corrects(desk, who, not_request=True)
    corrects(desk, WU)  # to what?
    assert kept(desk.engine) == []


def test_the_last_correction_of_a_ticket_stands(desk: Desk) -> None:
    files(desk)
    files(desk, "九号楼也有事", ZHOU, place={"building": "9"})
    corrects(desk, kind_to="complaint")
    corrects(desk, number=2, not_request=True)
    desk.wait(hours=1)
    corrects(desk, ZHANG, category_to="noise")
    first, second = sorted(kept(desk.engine), key=lambda one: one.ticket_id)
    assert labels(first) == ("report", "complaint", "noise", "normal")  # the ticket as both left it
    assert first.at == desk.now
    assert labels(second)[0] == "chitchat"


def test_what_was_corrected_is_learnt_in_that_order(desk: Desk) -> None:
    files(desk, "一")
    files(desk, "二", ZHOU, room=NINE, place={"building": "9"})
    corrects(desk, number=2, kind_to="complaint")
    corrects(desk, number=1, kind_to="complaint")
    corrects(desk, number=2, kind_to="suggest")
    with transaction(desk.engine) as session:
        assert [one.text for one in corrections.learnable(session)] == ["一", "二"]


# --- the words


def test_what_came_without_masked_words_is_kept_without(desk: Desk) -> None:
    desk.says(LI, "张伟家的灯坏了", place={"building": "3"})
    corrects(desk, kind_to="complaint")
    assert (only(desk.engine).text, only(desk.engine).kind) == ("", "complaint")


def test_no_more_than_fits(desk: Desk) -> None:
    files(desk, masked="长" * 1000)
    corrects(desk, kind_to="complaint")
    assert only(desk.engine).text == "长" * 300


SAID = (
    "我是王建国，住3号楼2单元501，电话13812345678，身份证22010319900101123X，@物业小刘 找过张伟，"
    "李姐也知道，楼道灯坏了三个月没人修"
)
SECRETS = ("王建国", "501", "138", "5678", "220103", "123X", "物业小刘", "张伟", "李姐", "@")


def chat(*lines: dict[str, Any]) -> list[dict[str, Any]]:
    usual = {"channel": "console", "room": THREE}
    return [{**usual, "at": f"2026-11-22T09:0{number}:00+08:00", **line} for number, line in enumerate(lines)]


RESIDENT = {"id": "r-li", "name": "3-2-501 李姐"}
OFFICER = {"id": "u-zhang", "name": "网格员张"}


def test_what_is_kept_came_masked(community: Engine) -> None:
    table = {SAID: parse("report", category="public_facility")}
    run_replay(community, TableDialogue(community, table), chat(
        {"id": "m1", "sender": RESIDENT, "text": SAID},
        {"id": "m2", "sender": OFFICER, "text": "这是投诉", "reply_to": "m1"},
    ))  # fmt: skip
    correction = only(community)
    assert labels(correction) == ("report", "complaint", "public_facility", "normal")
    assert "楼道灯坏了三个月没人修" in correction.text
    assert [secret for secret in SECRETS if secret in correction.text] == []


LATER = "三号楼楼道灯又不亮了，再打13912345678"
CORRECTED = {"id": "m2", "sender": OFFICER, "text": "这是投诉", "reply_to": "m1"}
CHANGED = {"edit": "m1", "text": LATER}


@pytest.mark.parametrize("then", [(CORRECTED, CHANGED), (CHANGED, CORRECTED)], ids=["before", "after"])
def test_the_words_follow_an_edit(community: Engine, then: tuple[dict[str, Any], ...]) -> None:
    table = {SAID: parse("report"), LATER: parse("report")}
    lines = chat({"id": "m1", "sender": RESIDENT, "text": SAID}, *then)
    run_replay(community, TableDialogue(community, table), lines)
    assert only(community).text == "三号楼楼道灯又不亮了，再打***"


def test_a_change_into_small_talk_leaves_no_words(community: Engine) -> None:
    lines = chat({"id": "m1", "sender": RESIDENT, "text": SAID}, CORRECTED, {"edit": "m1", "text": "当我没说"})
    run_replay(community, TableDialogue(community, {SAID: parse("report")}), lines)
    assert only(community).text == ""


# --- taking back


def test_a_recall_takes_the_words(desk: Desk) -> None:
    said = files(desk)
    files(desk, "九号楼也有事", ZHOU, place={"building": "9"})
    corrects(desk, kind_to="complaint")
    corrects(desk, number=2, kind_to="complaint")
    desk.recalls(LI, said.id)
    assert {one.ticket_id: one.text for one in kept(desk.engine)} == {1: "", 2: "九号楼也有事"}
    with transaction(desk.engine) as session:
        assert [one.text for one in corrections.learnable(session)] == ["九号楼也有事"]


def test_a_recall_takes_the_words_of_what_was_no_request(desk: Desk) -> None:
    said = files(desk)
    corrects(desk, not_request=True)
    desk.recalls(LI, said.id)
    assert (only(desk.engine).text, only(desk.engine).act) == ("", "chitchat")


def test_what_was_taken_back_before_teaches_no_words(desk: Desk) -> None:
    said = files(desk)
    desk.says(QIAN, "我家也是", Act.SECOND, number=1)  # so that the ticket lives on
    desk.recalls(LI, said.id)
    corrects(desk, kind_to="complaint")
    assert only(desk.engine).text == ""


def test_a_person_is_forgotten(desk: Desk) -> None:
    files(desk)
    files(desk, "大门也坏了", GUEST, room=EVERYBODY, place={})
    files(desk, "灯又坏了", place={"building": "3"}, category="utilities")
    for number in (1, 2, 3):
        corrects(desk, number=number, kind_to="complaint", room=STAFF)
    known = person(desk, LI).id
    with transaction(desk.engine) as session:
        li = session.get(Person, known)
        assert li is not None
        assert [one.text for one in corrections.all_of(session, li)] == [WORDS, "灯又坏了"]
        corrections.erase_of_person(session, li)
    assert [(one.text, labels(one)[:2]) for one in kept(desk.engine)] == [
        ("", ("report", "complaint")), ("大门也坏了", ("report", "complaint")), ("", ("report", "complaint")),
    ]  # fmt: skip
