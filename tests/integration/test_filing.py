"""From a resident's words to a ticket: kinds, grids, places that must be asked for, and second voices."""

from __future__ import annotations

import pytest
from desk_driver import (
    EVERYBODY,
    GUEST,
    HAO,
    HE,
    LI,
    LIU,
    NINE,
    QIAN,
    STAFF,
    THREE,
    VOLUNTEERS,
    WU,
    ZHANG,
    ZHOU,
    Desk,
    Speaker,
)  # fmt: skip

from desk.domain.words import Act

LIFT = {"category": "elevator", "place": {"building": "3"}}


# --- kinds


@pytest.mark.parametrize("kind", ["service", "complaint", "consult", "suggest"])
def test_what_needs_work_goes_to_the_officer(desk: Desk, kind: str) -> None:
    said = desk.says(LI, "三号楼电梯坏了", kind=kind, **LIFT)
    receipt = {"consult": "receipt_consult", "suggest": "receipt_suggest"}.get(kind, "receipt")
    assert (said.outcome, said.told) == ("filed", [(receipt, THREE), ("assigned", "@u-zhang")])
    ticket = desk.ticket(1)
    assert (ticket["kind"], ticket["state"], ticket["grid"]) == (kind, "assigned", "g1")
    assert ticket["accountable"]["id"] == ticket["assignee"]["id"] == "zhang"
    assert desk.kinds(1) == ["filed", "assigned"]
    assert desk.state(1) == "assigned"


@pytest.mark.parametrize(
    ("urgency", "due"),
    [("emergency", "2026-11-22T11:00:00+08:00"), ("urgent", "2026-11-23T09:00:00+08:00"), ("normal", "2026-11-29T09:00:00+08:00")],
)  # fmt: skip
def test_it_is_due_by_urgency(desk: Desk, urgency: str, due: str) -> None:
    desk.says(LI, "三号楼电梯坏了", urgency=urgency, **LIFT)
    assert desk.ticket(1)["due_at"] == due
    assert desk.ticket(1)["opened_at"] == "2026-11-22T09:00:00+08:00"


def test_a_wish_is_shown_to_volunteers_and_has_no_deadline(desk: Desk) -> None:
    said = desk.says(LI, "想请人陪我妈去趟医院", kind="wish", category="elder_care")
    assert said.told == [("receipt_wish", THREE), ("wish_card", VOLUNTEERS)]
    ticket = desk.ticket(1)
    assert (ticket["state"], ticket["due_at"], ticket["assignee"]) == ("filed", None, None)
    assert ticket["accountable"]["id"] == "zhang"
    assert desk.kinds(1) == ["filed"]


def test_praise_is_closed_at_once_and_the_officer_told(desk: Desk) -> None:
    said = desk.says(LI, "网格员真好", kind="praise")
    assert said.told == [("receipt_praise", THREE), ("praise_noted", "@u-zhang")]
    ticket = desk.ticket(1)
    assert (ticket["state"], ticket["due_at"], ticket["closed_at"]) == ("closed", None, ticket["opened_at"])
    assert desk.kinds(1) == ["filed", "closed"]


def test_an_emergency_is_said_first_and_told_twice(desk: Desk) -> None:
    said = desk.says(LI, "电梯困人了", urgency="emergency", **LIFT)
    assert said.told == [("receipt", THREE), ("emergency_assigned", "@u-zhang"), ("emergency_staff", STAFF)]
    assert said.heard[0].text.startswith("人身安全要紧")
    assert "李姐" in said.heard[1].text
    assert "李姐" not in said.heard[2].text


def test_an_emergency_that_nobody_has_is_told_to_staff_at_once(desk: Desk) -> None:
    said = desk.says(GUEST, "着火了", urgency="emergency", category="fire_safety", room=EVERYBODY)
    assert ("unassigned", STAFF) in said.told
    assert "请问" in said.heard[0].text


# --- grids


@pytest.mark.parametrize(
    ("speaker", "room", "place", "grid"),
    [
        (LI, THREE, {"building": "3"}, "g1"),
        (LI, THREE, {"building": "9"}, "g2"),
        (LI, NINE, {"building": "3"}, "g1"),
        (ZHOU, THREE, {"building": "9"}, "g2"),
        (LI, EVERYBODY, {}, "g1"),
        (ZHOU, EVERYBODY, {}, "g2"),
        (GUEST, EVERYBODY, {"estate": "幸福里", "building": "12"}, "g2"),
        (GUEST, EVERYBODY, {"estate": "幸福里小区", "building": "1"}, "g1"),
        (GUEST, THREE, {}, "g1"),
        (GUEST, THREE, {"landmark": "南门"}, "g1"),
    ],
)
def test_the_place_decides_the_grid(desk: Desk, speaker: Speaker, room: str, place: dict[str, str], grid: str) -> None:
    desk.says(speaker, "有点事", kind="consult", room=room, place=place)
    assert desk.ticket(1)["grid"] == grid
    assert desk.assignee(1) == {"g1": "zhang", "g2": "liu"}[grid]


def test_a_building_that_nobody_covers_goes_to_staff(desk: Desk) -> None:
    said = desk.says(GUEST, "13号楼漏水", room=EVERYBODY, place={"building": "13"})
    assert said.told == [("receipt_unassigned", EVERYBODY), ("unassigned", STAFF)]
    ticket = desk.ticket(1)
    assert (ticket["grid"], ticket["accountable"], ticket["assignee"], ticket["state"]) == (None, None, None, "filed")


def test_a_consult_without_grid_needs_no_place(desk: Desk) -> None:
    said = desk.says(GUEST, "医保怎么办", kind="consult", category="documents", room=EVERYBODY)
    assert said.told == [("receipt_unassigned", EVERYBODY), ("unassigned", STAFF)]
    assert "请问" not in said.heard[0].text


def test_what_people_call_a_place(desk: Desk) -> None:
    desk.says(GUEST, "老王家楼下堆了垃圾", category="sanitation", room=EVERYBODY)
    assert desk.ticket(1)["location"] == {
        "estate": "幸福里", "building": "8", "unit": "1", "floor": None, "room": None, "landmark": None,
    }  # fmt: skip
    assert desk.ticket(1)["grid"] == "g2"


def test_location_is_filled_from_name_and_title(desk: Desk) -> None:
    desk.says(LI, "家里没水", category="utilities")
    desk.says(GUEST, "楼道灯不亮", category="public_facility")
    desk.says(ZHOU, "家里没电", category="utilities")
    levels = ("building", "unit", "room")
    found = [tuple(desk.ticket(number)["location"][level] for level in levels) for number in (1, 2, 3)]
    assert found == [("3", "2", "501"), ("3", None, None), ("9", "1", "301")]


def test_in_private_the_last_room_is_home(desk: Desk) -> None:
    desk.says(GUEST, "大家好", Act.CHITCHAT, room=NINE)
    said = desk.says(GUEST, "家里没水", category="utilities", room=None, place={"building": "9"})
    assert said.told == [("receipt", f"@{GUEST.user}"), ("assigned", "@u-liu")]
    ticket = desk.ticket(1)
    assert (ticket["room"], ticket["source"]["room"], ticket["grid"]) == (None, None, "g2")


# --- questions


def test_a_place_that_is_needed_is_asked_for_once_and_its_answer_hands_out(desk: Desk) -> None:
    said = desk.says(GUEST, "电梯坏了", category="elevator", room=EVERYBODY)
    assert said.told == [("receipt_unassigned", EVERYBODY)]
    assert said.heard[0].text.endswith("请问在哪栋楼，或者什么位置？")
    answer = desk.says(GUEST, "9号楼", Act.CHITCHAT, room=EVERYBODY, place={"building": "9"})
    assert (answer.outcome, answer.told) == ("supplement", [("place_thanks", EVERYBODY), ("assigned", "@u-liu")])
    ticket = desk.ticket(1)
    assert (ticket["grid"], ticket["state"], ticket["location"]["building"]) == ("g2", "assigned", "9")
    assert desk.kinds(1) == ["filed", "supplemented", "assigned"]
    assert desk.wait(hours=1) == []
    again = desk.says(GUEST, "3号楼", Act.CHITCHAT, room=EVERYBODY, place={"building": "3"})
    assert (again.outcome, again.told) == ("left_alone", [])


def test_two_grids_that_fit_are_a_question(desk: Desk) -> None:
    said = desk.says(GUEST, "幸福里停水", category="utilities", room=EVERYBODY, place={"estate": "幸福里"})
    assert said.heard[0].text.endswith("请问是哪个小区的？")
    answer = desk.says(GUEST, "3号楼", Act.CHITCHAT, room=EVERYBODY, place={"building": "3"})
    assert answer.told == [("place_thanks", EVERYBODY), ("assigned", "@u-zhang")]
    assert desk.ticket(1)["location"]["estate"] == "幸福里"


def test_an_answer_that_fits_no_grid_goes_to_staff(desk: Desk) -> None:
    desk.says(GUEST, "电梯坏了", category="elevator", room=EVERYBODY)
    answer = desk.says(GUEST, "13号楼", Act.CHITCHAT, room=EVERYBODY, place={"building": "13"})
    assert answer.told == [("place_thanks_unassigned", EVERYBODY), ("unassigned", STAFF)]
    assert desk.state(1) == "filed"


def test_where_the_room_gives_the_grid_the_answer_reaches_the_officer(desk: Desk) -> None:
    stranger = Speaker("r-x", "路人")
    said = desk.says(stranger, "灯坏了", category="public_facility", room=NINE, room_place={})
    assert said.told == [("receipt", NINE), ("assigned", "@u-liu")]
    assert "请问在哪栋楼" in said.heard[0].text
    answer = desk.says(
        stranger, "10号楼门口", Act.CHITCHAT, room=NINE, room_place={}, place={"building": "10", "landmark": "门口"}
    )
    assert answer.told == [("place_thanks", NINE), ("supplemented", "@u-liu")]
    assert desk.kinds(1) == ["filed", "assigned", "supplemented"]


def test_only_the_sender_answers_and_only_in_the_same_room(desk: Desk) -> None:
    desk.says(GUEST, "电梯坏了", category="elevator", room=EVERYBODY)
    nine = {"place": {"building": "9"}}
    assert desk.says(ZHOU, "9号楼", Act.CHITCHAT, room=EVERYBODY, **nine).outcome == "left_alone"
    assert desk.says(GUEST, "9号楼", Act.CHITCHAT, room=NINE, **nine).outcome == "left_alone"
    assert desk.says(GUEST, "好的", Act.CHITCHAT, room=EVERYBODY).outcome == "left_alone"
    assert desk.says(GUEST, "9号楼", Act.CHITCHAT, room=EVERYBODY, **nine).outcome == "supplement"


def test_without_an_answer_staff_are_told_once_after_half_an_hour(desk: Desk) -> None:
    desk.says(GUEST, "电梯坏了", category="elevator", room=EVERYBODY)
    assert desk.wait(minutes=29) == []
    assert desk.wait(minutes=2) == [("place_unknown", STAFF)]
    assert desk.wait(hours=1) == []
    late = desk.says(GUEST, "9号楼", Act.CHITCHAT, room=EVERYBODY, place={"building": "9"})
    assert late.outcome == "left_alone"


def test_at_exactly_half_an_hour_the_answer_still_fits(desk: Desk) -> None:
    desk.says(GUEST, "电梯坏了", category="elevator", room=EVERYBODY)
    desk.wait(minutes=29, seconds=59)
    assert desk.says(GUEST, "9号楼", Act.CHITCHAT, room=EVERYBODY, place={"building": "9"}).outcome == "supplement"


def test_a_question_about_a_ticket_that_is_over_is_no_news(desk: Desk) -> None:
    desk.says(GUEST, "电梯坏了", category="elevator", room=EVERYBODY)
    desk.says(GUEST, "撤销1", Act.WITHDRAW, room=EVERYBODY, number=1)
    assert desk.wait(hours=1) == []


def test_the_answer_does_not_take_the_ticket_from_who_accepted_it(desk: Desk) -> None:
    stranger = Speaker("r-x", "路人")
    desk.says(stranger, "灯坏了", category="public_facility", room=THREE, room_place={})
    desk.says(HAO, "接1", Act.CLAIM, number=1)
    desk.says(stranger, "9号楼", Act.CHITCHAT, room_place={}, place={"building": "9"})
    assert (desk.state(1), desk.assignee(1)) == ("accepted", "hao")


# --- one matter, several voices


def test_the_same_matter_within_two_hours_is_one_more_voice(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", **LIFT)
    desk.wait(minutes=119)
    said = desk.says(QIAN, "三号楼电梯又不动了", **LIFT)
    assert (said.outcome, said.told) == ("supplement", [("joined", THREE)])
    assert desk.numbers() == [1]
    assert [person["user"] for person in desk.ticket(1)["supporters"]] == [QIAN.user]
    assert desk.kinds(1) == ["filed", "assigned", "seconded"]


def test_the_requester_who_says_it_again_adds_to_it(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", **LIFT)
    assert desk.says(LI, "电梯还在响", **LIFT).told == [("supplemented", "@u-zhang")], "one receipt a breath"
    desk.wait(minutes=2)
    said = desk.says(LI, "电梯又在响", **LIFT)
    assert said.told == [("joined_own", THREE), ("supplemented", "@u-zhang")]
    assert desk.ticket(1)["supporters"] == []
    desk.says(QIAN, "三号楼电梯又不动了", **LIFT)
    assert desk.says(QIAN, "电梯门也关不上", **LIFT).answers == ["joined_own"]
    assert desk.kinds(1).count("seconded") == 1


def test_an_urgent_voice_makes_the_matter_urgent(desk: Desk) -> None:
    desk.says(LI, "三号楼水龙头滴水", **{**LIFT, "category": "utilities"})
    desk.wait(minutes=30)
    said = desk.says(QIAN, "三号楼整栋没水了", **{**LIFT, "category": "utilities", "urgency": "urgent"})
    assert said.told == [("joined", THREE), ("urgency_heard", "@u-zhang")]
    ticket = desk.ticket(1)
    assert (ticket["urgency"], ticket["due_at"]) == ("urgent", "2026-11-23T09:30:00+08:00")
    assert desk.kinds(1) == ["filed", "assigned", "seconded", "corrected"]
    assert ticket["events"][-1]["by"] is None
    desk.wait(minutes=30)
    again = desk.says(HE, "三号楼水停了", **{**LIFT, "category": "utilities", "urgency": "urgent"})
    assert again.told == [("joined", THREE)], "no more urgent than it is"
    assert desk.ticket(1)["due_at"] == ticket["due_at"]


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("another category", {"category": "noise"}),
        ("another building", {"place": {"building": "5"}}),
        ("another unit", {"place": {"building": "3", "unit": "1"}}),
        ("graver", {"urgency": "emergency"}),
        ("a question", {"kind": "consult"}),
        ("a wish", {"kind": "wish"}),
        ("another room", {"room": EVERYBODY}),
    ],
)
def test_what_makes_it_another_matter(desk: Desk, what: str, change: dict[str, object]) -> None:
    desk.says(LI, "三号楼2单元电梯坏了", category="elevator", place={"building": "3", "unit": "2"})
    said = desk.says(QIAN, "三号楼电梯", **{**LIFT, **change})
    assert said.outcome == "filed", what
    assert desk.numbers() == [1, 2]


def test_after_two_hours_it_is_another_matter(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", **LIFT)
    desk.wait(hours=2, seconds=1)
    assert desk.says(QIAN, "三号楼电梯坏了", **LIFT).outcome == "filed"


def test_what_is_over_takes_no_more_voices(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", **LIFT)
    desk.says(ZHANG, "1办结", Act.FINISH, number=1)
    assert desk.says(QIAN, "三号楼电梯坏了", **LIFT).outcome == "filed"


def test_a_less_grave_one_joins_the_graver(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯困人", urgency="emergency", **LIFT)
    assert desk.says(QIAN, "三号楼电梯坏了", **LIFT).outcome == "supplement"


def test_two_households_have_two_leaks(desk: Desk) -> None:
    desk.says(LI, "家里漏水", category="housing_repair")
    assert desk.says(QIAN, "家里漏水", category="housing_repair").outcome == "filed"


def test_a_place_that_nobody_knows_is_never_the_same(desk: Desk) -> None:
    desk.says(GUEST, "灯坏了", category="public_facility", room=EVERYBODY)
    assert desk.says(Speaker("r-y", "另一位"), "灯坏了", category="public_facility", room=EVERYBODY).outcome == "filed"


def test_a_reply_that_complains_of_the_same_matter_adds_to_it(desk: Desk) -> None:
    said = desk.says(LI, "三号楼电梯坏了", **LIFT)
    desk.wait(hours=5)
    assert desk.says(QIAN, "电梯真的该修了", category="elevator", reply_to=said.id).outcome == "supplement"
    assert desk.says(LI, "电梯还是不行", category="elevator", reply_to=said.id).outcome == "supplement"
    assert [person["user"] for person in desk.ticket(1)["supporters"]] == [QIAN.user]
    elsewhere = desk.says(QIAN, "5号楼电梯也坏了", category="elevator", place={"building": "5"}, reply_to=said.id)
    other = desk.says(QIAN, "还有人乱停车", category="parking_traffic", reply_to=said.id)
    assert (elsewhere.outcome, other.outcome) == ("filed", "filed")


# --- once


def test_a_message_that_comes_twice_files_once(desk: Desk) -> None:
    first = desk.says(LI, "三号楼电梯坏了", message="x1", **LIFT)
    again = desk.says(LI, "三号楼电梯坏了", message="x1", **LIFT)
    assert (first.outcome, again.row, again.told) == ("filed", 0, [])
    assert desk.numbers() == [1]


def test_the_same_id_in_another_room_or_from_another_sender_is_another_message(desk: Desk) -> None:
    desk.says(LI, "电梯坏了", message="x1", **LIFT)
    desk.says(LI, "漏水了", message="x1", room=NINE, place={"building": "9"})
    desk.says(LI, "没电了", message="x1", room=None, category="utilities", place={"building": "3"})
    desk.says(QIAN, "没电了", message="x1", room=None, category="noise", place={"building": "3"})
    assert desk.numbers() == [1, 2, 3, 4]


@pytest.mark.parametrize("room", ["陌生群", ""])
def test_a_room_that_is_not_in_the_register_gets_nothing(desk: Desk, room: str) -> None:
    said = desk.says(LI, "三号楼电梯坏了", room=room, mentioned=True, **LIFT)
    assert (said.outcome, said.told, desk.numbers()) == ("nowhere", [], [])


def test_an_officer_who_reports_is_not_told_of_it(desk: Desk) -> None:
    said = desk.says(ZHANG, "三号楼电梯坏了", **LIFT)
    assert said.told == [("receipt", THREE)]
    assert desk.assignee(1) == "zhang"
    assert desk.ticket(1)["requester"] == {"id": "zhang", "name": "张伟", "channel": "console", "user": "u-zhang"}


def test_numbers_are_gapless(desk: Desk) -> None:
    for speaker in (LI, QIAN, ZHOU, LIU, WU):
        desk.says(speaker, "问一下", kind="consult")
    assert desk.numbers() == [1, 2, 3, 4, 5]
