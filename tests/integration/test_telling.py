"""Filed by staff for who told them by phone or at the door, judged on his behalf; place and urgency put right."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from desk_driver import EVERYBODY, HE, LI, LIU, STAFF, THREE, WU, ZHANG, Desk, Said, Speaker

from desk.domain.words import Act

SAID = "3-2-501李大爷 13800000000 家里水管漏了"
HOUSE = {"building": "3", "unit": "2", "room": "501"}
WU_AT_HOME = Speaker(WU.user, "9-1-101 社区吴", {"building": "9", "unit": "1", "room": "101"})


def tells(desk: Desk, who: Speaker = WU, room: str | None = STAFF, text: str = SAID, **more: Any) -> Said:
    reading = {"place": HOUSE, "told": "李大爷", "said": text, "summary": "家里水管漏了", **more}
    return desk.says(who, f"代报 {text}", Act.REPORT, room=room, **reading)


# --- filed for somebody else


def test_the_requester_is_who_told_and_the_teller_is_on_record(desk: Desk) -> None:
    said = tells(desk)
    assert said.told == [("receipt", STAFF), ("assigned", "@u-zhang")]
    found = desk.ticket(1)
    assert found["requester"]["id"] is None
    assert (found["requester"]["name"], found["requester"]["channel"]) == ("李大爷", "told")
    assert found["events"][0]["by"]["id"] == "wu"
    assert found["grid"] == "g1"
    assert "13800000000" in said.heard[1].text
    assert "李大爷" in said.heard[1].text
    assert "13800000000" not in said.heard[0].text


def test_where_the_teller_lives_is_of_no_matter(desk: Desk) -> None:
    tells(desk, WU_AT_HOME, text="电梯坏了", place={}, category="elevator")
    assert desk.ticket(1)["location"]["building"] is None
    answered = desk.says(WU_AT_HOME, "3号楼", Act.CHITCHAT, room=STAFF, place={"building": "3"})
    assert answered.answers == ["place_thanks"]
    assert desk.ticket(1)["location"]["building"] == "3"
    assert desk.ticket(1)["location"]["unit"] is None


@pytest.mark.parametrize(
    ("who", "room"), [(LI, None), (HE, None), (LI, STAFF), (WU, THREE), (ZHANG, EVERYBODY)], ids=str
)
def test_nobody_else_and_nowhere_else(desk: Desk, who: Speaker, room: str | None) -> None:
    tells(desk, who, room)
    assert desk.ticket(1)["requester"]["user"] == who.user


def test_officers_are_rung_up_as_well(desk: Desk) -> None:
    said = tells(desk, ZHANG, None)
    assert said.told == [("receipt", "@u-zhang")]  # his own ticket: the receipt has told him
    assert desk.ticket(1)["requester"]["name"] == "李大爷"


def test_two_calls_of_one_matter_are_one_ticket_with_two_people(desk: Desk) -> None:
    lift = {"place": {"building": "3"}, "category": "elevator"}
    tells(desk, **lift)
    assert tells(desk, told="王阿姨", **lift).answers == ["joined"]
    found = desk.ticket(1)
    assert found["requester"]["name"] == "李大爷"
    assert [person["name"] for person in found["supporters"]] == ["王阿姨"]
    assert found["supporters"][0]["channel"] == "told"


def test_done_the_teller_is_asked_and_hands_on_what_he_hears(desk: Desk) -> None:
    tells(desk)
    done = desk.says(ZHANG, "1办结", Act.FINISH, room=None, number=1)
    assert ("resolved_ask_told", STAFF) in done.told
    assert desk.says(WU, "1满意", Act.RATE, room=STAFF, number=1, rating=5).answers == ["rate_not_yours"]
    rated = desk.says(WU, "代评1满意", Act.RATE, room=STAFF, number=1, rating=5, on_behalf=True)
    assert rated.answers == ["rate_thanks"]
    assert desk.state(1) == "closed"
    event = next(event for event in desk.ticket(1)["events"] if event["kind"] == "rated")
    assert event["by"]["id"] == "wu"
    assert event["facts"] == {"rating": 5, "on_behalf": True}
    again = desk.says(WU, "代评1不满意", Act.RATE, room=STAFF, number=1, rating=1, on_behalf=True)
    assert again.answers == ["over_already"]


def test_told_in_private_the_question_comes_in_private(desk: Desk) -> None:
    tells(desk, room=None)
    done = desk.says(ZHANG, "1办结", Act.FINISH, room=None, number=1)
    assert ("resolved_ask_told", "@u-wu") in done.told
    assert not any(to == "@t1" for _, to in done.told)


def test_who_judges_on_behalf(desk: Desk) -> None:
    tells(desk)
    desk.says(LI, "门禁坏了", place={"building": "3"}, category="utilities")
    for number in (1, 2):
        desk.says(ZHANG, f"{number}办结", Act.FINISH, room=None, number=number)
    for who in (ZHANG, LI, HE):
        said = desk.says(who, "代评1满意", Act.RATE, room=None, number=1, rating=5, on_behalf=True)
        assert said.answers == ["rate_not_yours"]
    other = desk.says(WU, "代评2满意", Act.RATE, room=STAFF, number=2, rating=5, on_behalf=True)
    assert other.answers == ["rate_not_yours"]  # whoever has an account speaks for himself
    desk.says(WU, "1派给吴敏", Act.ASSIGN, room=STAFF, number=1, assign_to="吴敏")
    assert desk.state(1) == "resolved"


def test_nobody_judges_his_own_work_for_another(desk: Desk) -> None:
    tells(desk)
    desk.says(WU, "1派给吴敏", Act.ASSIGN, room=STAFF, number=1, assign_to="吴敏")
    desk.says(WU, "1办结", Act.FINISH, room=STAFF, number=1)
    said = desk.says(WU, "代评1满意", Act.RATE, room=STAFF, number=1, rating=5, on_behalf=True)
    assert said.answers == ["rate_not_yours"]
    assert desk.state(1) == "resolved"
    desk.wait(hours=73)
    assert desk.state(1) == "closed"


def test_a_bad_judgement_on_behalf_opens_it_again(desk: Desk) -> None:
    tells(desk)
    desk.says(ZHANG, "1办结", Act.FINISH, room=None, number=1)
    said = desk.says(WU, "代评1不满意", Act.RATE, room=STAFF, number=1, rating=1, on_behalf=True)
    assert said.told == [("rate_sorry", STAFF), ("reopened", "@u-zhang")]


# --- place


def puts(desk: Desk, who: Speaker = WU, place: dict[str, str] | None = None, room: str | None = STAFF) -> Said:
    to = {"place_to": place or {}}
    return desk.says(who, "1地点改成那里", Act.CORRECT, room=room, number=1, place=place or {}, **to)


def test_another_grid_gets_it_and_both_officers_know(desk: Desk) -> None:
    desk.says(LI, "路灯不亮", room=EVERYBODY)
    assert desk.assignee(1) == "zhang"
    said = puts(desk, place={"building": "9"})
    assert said.told == [("place_corrected", STAFF), ("assigned", "@u-liu"), ("taken_over", "@u-zhang")]
    found = desk.ticket(1)
    assert (found["grid"], found["assignee"]["id"], found["accountable"]["id"]) == ("g2", "liu", "liu")
    assert found["location"] == {
        "estate": None, "building": "9", "unit": None, "floor": None, "room": None, "landmark": None,
    }  # fmt: skip
    event = next(event for event in found["events"] if event["kind"] == "corrected")
    assert event["by"]["id"] == "wu"
    assert event["facts"]["after"]["place"]["building"] == "9"
    assert desk.state(1) == "assigned"


def test_the_old_officer_may_give_it_away_himself(desk: Desk) -> None:
    desk.says(LI, "路灯不亮")
    desk.says(ZHANG, "接1", Act.CLAIM, number=1)
    said = puts(desk, ZHANG, {"building": "9"}, THREE)
    assert said.told == [("place_corrected", THREE), ("assigned", "@u-liu")]
    assert desk.state(1) == "assigned"


def test_in_the_same_grid_only_the_place_changes(desk: Desk) -> None:
    desk.says(LI, "路灯不亮")
    desk.says(ZHANG, "接1", Act.CLAIM, number=1)
    said = puts(desk, place={"building": "4", "room": "101"})
    assert said.told == [("place_corrected", STAFF), ("place_notice", "@u-zhang")]
    assert "101" not in said.heard[0].text
    assert "101" in said.heard[1].text
    assert desk.state(1) == "accepted"


def test_a_place_that_no_grid_covers_goes_to_staff(desk: Desk) -> None:
    desk.says(LI, "路灯不亮")
    said = puts(desk, place={"building": "44"}, room=None)
    assert said.told == [("place_corrected", "@u-wu"), ("unassigned", STAFF), ("taken_over", "@u-zhang")]
    assert desk.state(1) == "filed"
    assert "还没有人" not in said.heard[2].text


def test_nothing_heard_changes_nothing(desk: Desk) -> None:
    desk.says(LI, "路灯不亮")
    assert puts(desk).answers == ["place_how"]
    assert desk.kinds(1) == ["filed", "assigned"]


@pytest.mark.parametrize("who", [LI, HE, LIU], ids=lambda who: who.user)
def test_a_place_is_put_right_by_those_who_steer_it(desk: Desk, who: Speaker) -> None:
    desk.says(LI, "路灯不亮")
    assert puts(desk, who, {"building": "9"}, None).answers == ["not_yours"]
    assert desk.assignee(1) == "zhang"


def test_the_open_question_is_answered_by_it(desk: Desk) -> None:
    desk.says(LI, "路灯不亮", room=EVERYBODY, sender_place={})
    assert desk.state(1) == "filed"
    puts(desk, place={"building": "9"})
    assert desk.assignee(1) == "liu"
    assert desk.wait(hours=1) == []  # nobody is told that the place could not be asked


def test_a_wish_goes_along_without_an_assignee(desk: Desk) -> None:
    desk.says(LI, "想找人陪奶奶读报", kind="wish", category="elder_care")
    puts(desk, place={"building": "9"})
    found = desk.ticket(1)
    assert (found["assignee"], found["accountable"]["id"], found["grid"]) == (None, "liu", "g2")


# --- urgency


def urges(desk: Desk, urgency: str, who: Speaker = WU, room: str | None = STAFF) -> Said:
    return desk.says(who, "1改成", Act.CORRECT, room=room, number=1, urgency_to=urgency)


def due(desk: Desk) -> datetime:
    return datetime.fromisoformat(desk.ticket(1)["due_at"])


def test_graver_it_is_due_from_now_on(desk: Desk) -> None:
    desk.says(LI, "路灯不亮")
    desk.wait(days=1)
    said = urges(desk, "urgent")
    assert said.told == [("urgency_corrected", STAFF), ("urgency_notice", "@u-zhang")]
    assert due(desk) == desk.now + timedelta(hours=24)
    event = desk.ticket(1)["events"][-1]
    assert (event["kind"], event["facts"]) == (
        "corrected",
        {"before": {"urgency": "normal"}, "after": {"urgency": "urgent"}},
    )


def test_graver_is_never_later(desk: Desk) -> None:
    desk.says(LI, "路灯不亮")
    first = due(desk)
    desk.wait(days=6, hours=20)
    urges(desk, "urgent")
    assert due(desk) == first


def test_an_emergency_is_told_to_staff_where_they_did_not_say_it(desk: Desk) -> None:
    desk.says(LI, "电梯不动了")
    said = urges(desk, "emergency", ZHANG, None)
    assert ("emergency_staff", STAFF) in said.told
    desk.says(LI, "门禁坏了", category="utilities")
    other = desk.says(WU, "2改成特急", Act.CORRECT, room=STAFF, number=2, urgency_to="emergency")
    assert other.told == [("urgency_corrected", STAFF), ("emergency_assigned", "@u-zhang")]


def test_milder_it_has_its_term_from_the_beginning(desk: Desk) -> None:
    desk.says(LI, "路灯不亮", urgency="emergency")
    opened = desk.now
    desk.wait(hours=1)
    urges(desk, "normal")
    assert due(desk) == opened + timedelta(days=7)
    assert desk.wait(hours=2) == []  # and nobody is reminded of two hours


def test_said_twice_it_happens_once(desk: Desk) -> None:
    desk.says(LI, "路灯不亮")
    urges(desk, "urgent")
    again = urges(desk, "urgent")
    assert again.told == [("urgency_corrected", STAFF)]
    assert desk.kinds(1).count("corrected") == 1


def test_urgency_is_not_for_everybody_and_not_for_ever(desk: Desk) -> None:
    desk.says(LI, "路灯不亮")
    assert urges(desk, "emergency", LI, THREE).answers == ["not_yours"]
    desk.says(WU, "1撤销", Act.WITHDRAW, room=STAFF, number=1)
    assert urges(desk, "emergency").answers == ["over_already"]
