"""A group on Telegram and the desk behind it: the real gateway, the real protocol, a dialogue that reads by a table."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers_e2e import TableDialogue, ledger_of, parse, rows_of
from peers.telegram.driver import Town, wait_until
from sqlalchemy.engine import Engine
from telegram_tools import Estate, broken_update, town

LIFT, LAMP, WISH = "三号楼电梯又坏了", "五号楼门口的路灯不亮", "想借一台轮椅"
TABLE = {
    LIFT: parse("report", category="elevator"),
    LAMP: parse("report", category="public_facility"),
    WISH: parse("report", kind="wish", category="elder_care"),
}


@pytest.fixture
def here() -> Iterator[Town]:
    with town() as found:
        yield found


@pytest.fixture
def estate(here: Town, engine: Engine, tmp_path: Path) -> Iterator[Estate]:
    found = Estate(here, engine, tmp_path)
    found.zhang.starts()
    with found.open(TableDialogue(engine, TABLE)):
        yield found


def test_from_the_report_to_the_rating_by_buttons(estate: Estate) -> None:
    town, li, zhang = estate.town, estate.li, estate.zhang
    asked = li.says(estate.room, LIFT)
    receipt = town.wait_said(estate.room, "1号单记下了")
    assert receipt["reply_to_message"]["message_id"] == asked["message_id"]
    card = town.wait_said(zhang, "回“接单”开始")
    zhang.presses(card, "接单")
    town.wait_said(zhang, "1号单您接下了")
    assert estate.ticket()["state"] == "accepted"
    zhang.presses(card, "办结")
    question = town.wait_said(estate.room, "您看看满意吗")
    li.presses(question, "满意")
    town.wait_said(estate.room, "1号单销号了")
    estate.settled()
    assert (estate.ticket()["state"], estate.ticket()["rating"]) == ("closed", 5)
    wait_until(lambda: len(town.world.answered) == 3)  # no clock runs on
    assert not town.world.popups


def test_a_stranger_s_press_changes_nothing(estate: Estate) -> None:
    town = estate.town
    estate.li.says(estate.room, LIFT)
    card = town.wait_said(estate.zhang, "回“接单”开始")
    estate.zhang.presses(card, "接单")
    estate.wait_state("accepted")
    estate.zhang.presses(card, "办结")
    question = town.wait_said(estate.room, "您看看满意吗")
    before = estate.ticket()
    for stranger in (estate.zhao, estate.he):
        stranger.presses(question, "不满意")
        # The card is the officer's own: nobody else sees it, but a client of his own making names any message.
        stranger.presses_data(card, "say:接单")
        stranger.presses_data(question, "say:撤销")
        stranger.presses_data(question, "say:派给何大勇")
        stranger.presses_data(question, "x" * 5000)
    estate.settled()
    assert estate.ticket() == before


def test_a_button_that_is_pressed_before_telegram_has_answered_us(estate: Estate) -> None:
    estate.settled()  # the greeting is through: the next message to him is the card
    estate.town.api.faults.order("late", 5.0, method="sendMessage", chat=int(estate.zhang.id))
    estate.li.says(estate.room, LIFT)
    card = estate.town.wait_said(estate.zhang, "回“接单”开始")
    assert [row["state"].value for row in rows_of(estate.engine, "outbox") if row["user"]][-1] == "sending"
    estate.zhang.presses(card, "接单")
    estate.wait_state("accepted")
    estate.settled()
    assert estate.town.said(estate.zhang)[-1]["text"].startswith("1号单您接下了")


def test_a_number_that_no_ticket_has_is_not_taken_for_the_ticket_at_hand(estate: Estate) -> None:
    town, zhang = estate.town, estate.zhang
    estate.li.says(estate.room, LIFT)
    town.wait_said(zhang, "回“接单”开始")
    for place, text in ((zhang, "999办结"), (zhang, "/status 999"), (estate.room, "接999")):
        zhang.says(zhang.private if place is zhang else place, text)
        town.wait_said(place, "没有999号单")
        estate.settled()
    assert sum("没有999号单" in said["text"] for said in town.said(zhang)) == 2
    assert estate.ticket()["state"] == "assigned"


def done_at_once(estate: Estate) -> Any:
    """A matter that is raised and done; the question to whoever raised it."""
    estate.li.says(estate.room, LIFT)
    card = estate.town.wait_said(estate.zhang, "回“接单”开始")
    estate.zhang.presses(card, "办结")
    question = estate.town.wait_said(estate.room, "您看看满意吗")
    estate.settled()
    return question


def test_a_refused_press_is_shown_to_whoever_pressed_alone(estate: Estate) -> None:
    town, room = estate.town, estate.room
    question = done_at_once(estate)
    said = len(town.said(room))
    refused = estate.he.presses(question, "不满意")
    estate.settled()
    wait_until(lambda: refused in town.world.answered)
    assert town.world.popups == {refused: "1号单要请提出的人自己来评价。"}
    assert len(town.said(room)) == said


def test_a_refusal_that_comes_too_late_for_its_press_is_said(estate: Estate) -> None:
    town, room = estate.town, estate.room
    question = done_at_once(estate)
    with town.world.lock:  # as if its clock had been stopped long ago
        town.world.answered.append(estate.he.presses(question, "不满意"))
    town.wait_said(room, "1号单要请提出的人自己来评价")
    assert not town.world.popups


def test_the_same_button_pressed_twice_is_harmless(estate: Estate) -> None:
    estate.li.says(estate.room, LIFT)
    card = estate.town.wait_said(estate.zhang, "回“接单”开始")
    for _ in range(3):
        estate.zhang.presses(card, "接单")
    estate.settled()
    assert [event["kind"] for event in estate.ticket()["events"]].count("accepted") == 1


def test_a_wish_is_claimed_by_the_quicker_of_two(estate: Estate) -> None:
    estate.li.says(estate.room, WISH)
    card = estate.town.wait_said(estate.volunteers, "微心愿1号单")
    estate.he.starts()
    estate.zhao.presses(card, "我来")
    estate.he.presses(card, "我来")
    estate.town.wait_said(estate.he, "1号心愿")
    assert estate.ticket()["assignee"]["name"] == "何大勇"
    estate.settled()


def test_answers_go_into_the_topic_of_the_question(here: Town, engine: Engine, tmp_path: Path) -> None:
    estate = Estate(here, engine, tmp_path, forum=True)
    estate.zhang.starts()
    repairs = here.world.topic(estate.room, "报修", estate.li.json)
    with estate.open(TableDialogue(engine, TABLE)):
        estate.li.says(estate.room, LIFT, topic=repairs)
        receipt = here.wait_said(estate.room, "1号单记下了")
        card = here.wait_said(estate.zhang, "回“接单”开始")
        estate.zhang.presses(card, "接单")
        estate.wait_state("accepted")
        estate.zhang.presses(card, "办结")
        question = here.wait_said(estate.room, "您看看满意吗")
        estate.li.presses(question, "不满意")
        sorry = here.wait_said(estate.room, "没办好")
        again = here.wait_said(estate.zhang, "1号单不满意，重新办理")
    assert again["text"].splitlines()[0] == "1号单不满意，重新办理：三号楼电梯又坏了"
    assert {said["message_thread_id"] for said in (receipt, question, sorry)} == {repairs}


def test_a_group_that_becomes_a_supergroup_keeps_its_tickets(here: Town, engine: Engine, tmp_path: Path) -> None:
    estate = Estate(here, engine, tmp_path, supergroup=False)
    estate.zhang.starts()
    with estate.open(TableDialogue(engine, TABLE)):
        estate.li.says(estate.room, LIFT)
        card = here.wait_said(estate.zhang, "回“接单”开始")
        estate.settled()  # nobody presses before the platform's answer is written down
        after = here.world.migrate(estate.room)
        estate.zhang.presses(card, "接单")
        estate.wait_state("accepted")
        estate.zhang.presses(card, "办结")
        question = here.wait_said(after, "您看看满意吗")
        estate.li.presses(question, "满意")
        estate.wait_state("closed")
        estate.li.says(after, LAMP)
        here.wait_said(after, "2号单记下了")


def test_an_officer_who_never_pressed_start_is_told_in_the_staff_room(
    here: Town, engine: Engine, tmp_path: Path
) -> None:
    estate = Estate(here, engine, tmp_path)
    with estate.open(TableDialogue(engine, TABLE)):
        estate.li.says(estate.room, LIFT)
        said = here.wait_said(estate.staff, "1号单")
    assert "501" not in said["text"]
    assert "李姐" not in said["text"]


def test_a_number_of_another_room_is_another_message(estate: Estate) -> None:
    """Every supergroup counts from 1: a reply to 1 here is not a reply to 1 there."""
    first = estate.li.says(estate.room, LIFT)
    estate.wait_state("assigned")
    unseen = estate.town.world.post(estate.other, estate.zhao.json, text="早")  # from before the bot came
    assert unseen["message_id"] == first["message_id"]
    estate.zhang.says(estate.other, "接单", reply_to=unseen)
    estate.zhang.says(estate.zhang.private, "办结", reply_to={"message_id": first["message_id"]})
    estate.settled()
    assert estate.ticket()["state"] == "assigned"


def test_an_anonymous_admin_may_nothing(estate: Estate) -> None:
    """Even where the register lists Telegram's shared account, as this one does."""
    first = estate.li.says(estate.room, LIFT)
    estate.wait_state("assigned")
    shared = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    world, chat = estate.town.world, estate.room
    for text in ("接单", "派给何大勇", "撤销", "未办结"):
        said = world.say(chat, shared, reply_to=first["message_id"], text=text, sender_chat=chat.as_json())
        world.publish(message=said)
    estate.settled()
    assert estate.ticket()["state"] == "assigned"
    assert not [said for said in estate.town.said(chat) if "还有" in said["text"]]


def test_an_edit_changes_the_ticket(estate: Estate) -> None:
    said = estate.li.says(estate.room, LIFT)
    estate.wait_state("assigned")
    estate.li.edits(said, "三号楼电梯门关不上")
    wait_until(lambda: "关不上" in estate.ticket()["summary"])
    assert len(ledger_of(estate.engine)) == 1


def test_commands(estate: Estate) -> None:
    estate.li.says(estate.room, LIFT)
    estate.wait_state("assigned")
    estate.li.says(estate.room, "/status@linli_test_bot 1")
    estate.town.wait_said(estate.room, "1号单在张伟手里")
    estate.zhao.says(estate.room, "/help")
    estate.town.wait_said(estate.room, "有事直接在群里说")
    estate.li.starts()
    estate.town.wait_said(estate.li, "有事直接在群里说")


def test_a_message_that_comes_again_is_one_message(estate: Estate) -> None:
    said = estate.li.says(estate.room, LIFT)
    for _ in range(3):
        estate.town.world.publish(message=said)
    estate.settled()
    assert len(ledger_of(estate.engine)) == 1
    assert len(rows_of(estate.engine, "inbox")) == 2  # with the officer's /start


def test_whatever_is_pushed_in_between_the_stream_goes_on(estate: Estate) -> None:
    draw = random.Random(4)
    for _ in range(300):
        estate.town.world.publish_raw(broken_update(draw, estate.room.as_json()))
    estate.li.says(estate.room, LAMP)
    estate.settled()
    filed: list[dict[str, Any]] = ledger_of(estate.engine)
    assert [ticket["category"] for ticket in filed] == ["public_facility"]
