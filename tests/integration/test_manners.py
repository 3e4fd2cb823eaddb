"""The manners of a guest on a real desk: bursts, budgets, nights, silences, threads of people, welcomes."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from desk_driver import (
    GUEST,
    LI,
    QIAN,
    REGISTER,
    STAFF,
    START,
    THREE,
    VOLUNTEERS,
    WU,
    ZHANG,
    ZHOU,
    Desk,
    Said,
    Speaker,
)
from sqlalchemy import select

from desk.domain.errors import RegisterInvalid
from desk.domain.manners import PERSON_A_DAY
from desk.domain.model import OutboxMessage, Room
from desk.domain.words import Act, Listening, OutboxState
from desk.services import delivery, mailroom, manners
from desk.services.known import Known
from desk.services.register import import_register
from desk.services.register_file import read_register
from desk.services.room_manners import manners_of, open_manners
from desk.services.scene import find_room
from desk.services.welcoming import welcome
from desk.storage.engine import transaction
from desk.storage.tables import outbox

NIGHT = START.replace(hour=22, minute=30)
NEIGHBOURS = [Speaker(f"r-{number}", f"3-1-{number} 邻居", {"building": "3"}) for number in range(101, 120)]


def set_room(desk: Desk, room: str = THREE, **what: object) -> None:
    with transaction(desk.engine) as session:
        found = find_room(session, "console", room)
        assert found is not None
        own = open_manners(session, found)
        for name, value in what.items():
            setattr(own, name, value)


def reports(desk: Desk, how_many: int, seconds: float = 5, **reading: object) -> list[Said]:
    """So many neighbours report, each his own matter."""
    matters = ["noise", "pets", "elevator", "utilities", "fire_safety", "parking_traffic", "sanitation", "pollution"]
    said = []
    for number in range(how_many):
        category = matters[number % len(matters)]
        said.append(desk.says(NEIGHBOURS[number], f"第{number}件事坏了", **{"category": category, **reading}))  # type: ignore[arg-type]
        desk.wait(seconds=seconds)
    return said


def in_room(said: Said, room: str = THREE) -> list[str]:
    return [template for template, to in said.told if to == room]


# --- bursts


def test_at_an_ordinary_pace_everything_is_said_at_once(desk: Desk) -> None:
    assert [in_room(said) for said in reports(desk, 8, seconds=60)] == [["receipt"]] * 8


def test_the_receipts_of_a_burst_are_joined(desk: Desk) -> None:
    said = reports(desk, 8, seconds=5)
    assert [in_room(one) for one in said] == [["receipt"]] * 3 + [[]] * 5
    assert [("assigned", "@u-zhang") in one.told for one in said] == [True] * 8, "whoever works on it hears at once"
    heard = desk.wait(seconds=60)
    assert heard == [("joint_answers", THREE)]
    assert desk.wait(minutes=5) == []
    with transaction(desk.engine) as session:
        joint = session.scalars(select(OutboxMessage).where(outbox.c.template == "joint_answers")).one()
        assert [line["facts"]["number"] for line in joint.facts["lines"]] == [4, 5, 6, 7, 8]
        assert joint.ticket_id is None
        card = str(joint.provider_message)
    # A reply to it means none of them in particular; with a number it does.
    assert desk.says(NEIGHBOURS[4], "算了", Act.WITHDRAW, reply_to=card).answers == ["which_ticket"]
    assert desk.says(NEIGHBOURS[4], "5算了", Act.WITHDRAW, reply_to=card, number=5).answers == ["withdrawn"]
    assert desk.state(5) == "withdrawn"


def test_one_that_waited_alone_is_said_as_it_was_meant(desk: Desk) -> None:
    *_, last = reports(desk, 4, seconds=5)
    assert in_room(last) == []
    assert desk.wait(seconds=60) == [("receipt", THREE)]


def test_an_emergency_waits_for_nobody(desk: Desk) -> None:
    set_room(desk, budget=1, hushed_until=START + timedelta(hours=1))
    assert reports(desk, 2, seconds=1)
    alarm = desk.says(LI, "着火了", urgency="emergency", category="fire_safety")
    assert in_room(alarm) == ["receipt"]
    assert alarm.heard[0].text.startswith("人身安全要紧")


# --- budgets


def test_the_hour_has_its_budget_and_the_rest_is_said_in_private(desk: Desk) -> None:
    set_room(desk, budget=4)
    said = reports(desk, 7, seconds=90)
    assert [in_room(one) for one in said] == [["receipt"]] * 4 + [[]] * 3
    assert [one.told[0] for one in said[4:]] == [("receipt", f"@r-{number}") for number in (105, 106, 107)]
    desk.wait(hours=1)
    assert in_room(desk.says(LI, "还有一件", category="other")) == ["receipt"]


def test_what_was_answered_in_private_asks_there(desk: Desk) -> None:
    """A question goes along with its receipt: the place that is said in private answers it."""
    set_room(desk, "大群", budget=1)
    desk.says(LI, "头一件", room="大群", kind="consult")
    asked = desk.says(GUEST, "灯坏了", room="大群", category="public_facility")
    assert asked.told[0] == ("receipt_unassigned", "@r-guest")
    assert "哪栋楼" in asked.heard[0].text
    answered = desk.says(GUEST, "3号楼", Act.CHITCHAT, room=None, place={"building": "3"})
    assert answered.answers == ["place_thanks"]


def test_a_person_who_cannot_be_told_in_private_is_told_in_the_room_when_it_has_place(desk: Desk) -> None:
    set_room(desk, budget=1)
    reports(desk, 1)
    with transaction(desk.engine) as session:  # before it is sent
        said = mailroom.Arrival("console", THREE, "late", "r-li", "李姐", "还有一件", desk.now)
        row = mailroom.record_arrival(session, said, desk.now)
        assert row is not None
        session.add(
            OutboxMessage(
                f"i{row.id}:a0",
                "console",
                "supplement_thanks",
                {"number": 1},
                desk.now,
                room=THREE,
                reply_to="late",
                rank=0,
            )
        )
    with transaction(desk.engine) as session:
        (message,) = delivery.due_out(session, "test", desk.now, 10)
        assert (message.room, message.user, message.reply_to) == (None, "r-li", None)
        delivery.mark_unsent(message, desk.now, desk.now, permanent=True)
        assert (message.room, message.user, message.reply_to) == (THREE, None, "late")
        assert message.state is OutboxState.PENDING
    assert desk.deliver() == ()
    assert desk.wait(hours=1, minutes=1) == [("supplement_thanks", THREE)]


def test_what_is_held_for_the_night_does_not_count_as_waiting(desk: Desk) -> None:
    desk.now = NIGHT
    desk.says(LI, "想找人读报", kind="wish")
    hour = desk.now + timedelta(hours=1)
    with transaction(desk.engine) as session:
        assert delivery.oldest_waiting(session, hour) == (None, None)
        session.add(OutboxMessage("x:1", "console", "help", {}, desk.now, room=STAFF))
    with transaction(desk.engine) as session:
        assert delivery.oldest_waiting(session, hour)[1] == desk.now


def test_unasked_news_takes_half_of_the_budget_and_then_waits(desk: Desk) -> None:
    set_room(desk, VOLUNTEERS, budget=4)
    told = [desk.says(who, "想要点什么", kind="wish").told for who in NEIGHBOURS[:3]]
    assert [("wish_card", VOLUNTEERS) in one for one in told] == [True, True, False]
    assert ("wish_card", VOLUNTEERS) in desk.wait(hours=1)


def test_one_person_fills_no_room(desk: Desk) -> None:
    set_room(desk, budget=1000)
    for _ in range(PERSON_A_DAY):
        desk.says(LI, "231到哪了", Act.CHITCHAT, mentioned=True)
    assert desk.says(LI, "喂", Act.CHITCHAT, mentioned=True).told == [("not_understood", "@r-li")]
    assert desk.says(QIAN, "喂", Act.CHITCHAT, mentioned=True).told == [("not_understood", THREE)]
    desk.wait(hours=24)
    assert desk.says(LI, "喂", Act.CHITCHAT, mentioned=True).told == [("not_understood", THREE)]


# --- nights


def test_at_night_answers_are_given_and_cards_wait_for_the_morning(desk: Desk) -> None:
    desk.now = NIGHT
    wishes = [desk.says(who, "想借个轮椅", kind="wish", summary="想借个轮椅") for who in NEIGHBOURS[:2]]
    assert [one.told for one in wishes] == [[("receipt_wish", THREE)]] * 2
    assert desk.wait(hours=8) == []
    assert desk.wait(hours=1) == [("joint_news", VOLUNTEERS)]
    assert desk.now.hour == 7


def test_what_is_over_by_the_morning_is_not_said(desk: Desk) -> None:
    desk.now = NIGHT
    desk.says(LI, "想借个轮椅", kind="wish")
    desk.says(LI, "1撤销", Act.WITHDRAW, number=1)
    assert desk.wait(hours=12) == []
    with transaction(desk.engine) as session:
        card = session.scalars(select(OutboxMessage).where(outbox.c.template == "wish_card")).one()
        assert card.state is OutboxState.EXPIRED


def test_at_night_an_emergency_and_the_staff_room_are_not_held(desk: Desk) -> None:
    desk.now = NIGHT
    said = desk.says(LI, "有人倒了", urgency="emergency", category="health")
    assert in_room(said) == ["receipt"]
    assert ("emergency_staff", STAFF) in said.told
    assert ("unassigned", STAFF) in desk.says(GUEST, "13号楼灯坏了", room="大群", place={"building": "13"}).told


def test_what_is_finished_at_night_in_the_room_is_confirmed_there(desk: Desk) -> None:
    desk.now = NIGHT
    filed = desk.says(LI, "灯坏了")
    assert desk.says(ZHANG, "办结", Act.FINISH, reply_to=filed.id).told == [("resolved_ask", THREE)]


# --- people


def test_where_one_of_the_staff_answers_the_bot_does_not(desk: Desk) -> None:
    first = desk.says(LI, "这个门怎么回事", Act.CHITCHAT)
    desk.says(ZHANG, "哪个门？我看看", Act.CHITCHAT, reply_to=first.id)
    filed = desk.says(LI, "单元门关不上")
    assert filed.told == [("receipt", "@r-li"), ("assigned", "@u-zhang")]
    assert in_room(desk.says(QIAN, "路灯也不亮", category="public_facility")) == ["receipt"], "another one's thread"
    desk.wait(minutes=21)
    assert in_room(desk.says(LI, "还有纱窗", category="housing_repair")) == ["receipt"]


def test_the_thread_is_also_what_is_quoted_and_what_is_about_the_ticket(desk: Desk) -> None:
    asked = desk.says(ZHANG, "谁家漏水了？", Act.CHITCHAT)
    assert in_room(desk.says(LI, "我家", reply_to=asked.id, category="housing_repair")) == []
    filed = desk.says(QIAN, "灯坏了", category="public_facility")
    desk.says(WU, "电工在路上", Act.CHITCHAT, reply_to=filed.id)
    assert in_room(desk.says(ZHOU, "催1", Act.URGE, number=2)) == []
    assert in_room(desk.says(ZHOU, "催1", Act.URGE, number=2, mentioned=True)) == ["urged"], "who calls us gets us"


def test_who_speaks_right_after_words_about_a_ticket_answers_them(desk: Desk) -> None:
    desk.says(LI, "灯坏了", category="public_facility")
    desk.wait(minutes=4)
    desk.says(ZHANG, "在路上了", Act.CHITCHAT)
    assert in_room(desk.says(LI, "催1", Act.URGE, number=1)) == []
    assert in_room(desk.says(LI, "催1", Act.URGE, number=1, mentioned=True)) == ["urged"], "who calls us gets us"
    filed = desk.says(QIAN, "门也坏了", category="housing_repair")
    assert in_room(filed) == ["receipt"], "another matter"
    desk.wait(minutes=21)
    assert in_room(desk.says(ZHOU, "催1", Act.URGE, number=1)) == ["urged"]


@pytest.mark.parametrize("between", ["a neighbour", "too late", "to the bot", "a neighbour answers"])
def test_what_is_no_answer_to_words_about_a_ticket(desk: Desk, between: str) -> None:
    desk.says(LI, "灯坏了", category="public_facility")
    if between == "a neighbour":
        desk.says(QIAN, "今天真热", Act.CHITCHAT)
    if between == "too late":
        desk.wait(minutes=6)
    who = QIAN if between == "a neighbour answers" else ZHANG
    desk.says(who, "大家早", Act.CHITCHAT, mentioned=between == "to the bot")
    assert in_room(desk.says(LI, "催1", Act.URGE, number=1)) == ["urged"]


def test_no_question_is_asked_where_a_human_is_talking(desk: Desk) -> None:
    first = desk.says(GUEST, "哎呀", Act.CHITCHAT, room="大群")
    desk.says(WU, "怎么了？", Act.CHITCHAT, room="大群", reply_to=first.id)
    filed = desk.says(GUEST, "灯坏了", room="大群", category="public_facility")
    assert filed.told[0] == ("receipt_unassigned", "@r-guest")
    assert "哪栋楼" not in filed.heard[0].text
    assert filed.outcome == "filed"


@pytest.mark.parametrize("who", [QIAN, ZHANG])
def test_neither_neighbours_nor_commands_count_as_an_answer(desk: Desk, who: Speaker) -> None:
    filed = desk.says(LI, "灯坏了", category="public_facility")
    if who is ZHANG:
        desk.says(ZHANG, "接单", Act.CLAIM, reply_to=filed.id)
    else:
        desk.says(QIAN, "我也看见了", Act.CHITCHAT, reply_to=filed.id)
    assert in_room(desk.says(LI, "催", Act.URGE, reply_to=filed.id)) == ["urged"]


# --- silence


def test_staff_hush_a_room_for_an_hour(desk: Desk) -> None:
    hushed = desk.says(WU, "安静", Act.MANAGE, manage="hush")
    assert hushed.told == [("hushed", "@u-wu")]
    assert "10:00" in hushed.heard[0].text
    assert desk.says(LI, "灯坏了").told[0] == ("receipt", "@r-li")
    assert in_room(desk.says(LI, "喂", Act.CHITCHAT, mentioned=True)) == []
    assert in_room(desk.says(ZHOU, "灯坏了", room="九号楼群"), "九号楼群") == ["receipt"]
    desk.wait(hours=1)
    assert in_room(desk.says(QIAN, "门坏了", category="housing_repair")) == ["receipt"]


def test_staff_let_it_speak_again(desk: Desk) -> None:
    filed = desk.says(LI, "灯坏了")
    desk.says(WU, "闭嘴", Act.MANAGE, manage="hush")
    assert in_room(desk.says(ZHANG, "办结", Act.FINISH, reply_to=filed.id)) == []
    again = desk.says(WU, "可以说话了", Act.MANAGE, manage="speak")
    assert sorted(again.told) == [("resolved_ask", THREE), ("speaks_again", THREE)]
    assert desk.says(WU, "恢复", Act.MANAGE, manage="speak").told == []


@pytest.mark.parametrize("who", [LI, ZHANG])
@pytest.mark.parametrize("word", ["hush", "speak", "listen_all", "listen_addressed"])
def test_who_is_no_staff_is_not_even_answered(desk: Desk, who: Speaker, word: str) -> None:
    assert desk.says(who, "闭嘴", Act.MANAGE, manage=word, mentioned=True).told == []
    assert in_room(desk.says(QIAN, "灯坏了")) == ["receipt"]


def test_staff_in_private_are_asked_to_say_it_in_the_room(desk: Desk) -> None:
    assert desk.says(WU, "安静", Act.MANAGE, room=None, manage="hush").answers == ["say_it_in_the_room"]


def test_staff_set_what_is_listened_to(desk: Desk) -> None:
    def listening() -> Listening:
        with transaction(desk.engine) as session:
            room = find_room(session, "console", THREE)
            assert room is not None
            return room.listening

    assert desk.says(WU, "只听@我", Act.MANAGE, manage="listen_addressed").answers == ["listens_when_addressed"]
    assert listening() is Listening.ADDRESSED
    assert desk.says(WU, "全听", Act.MANAGE, manage="listen_all", mentioned=True).answers == ["listens_to_all"]
    assert listening() is Listening.ALL


# --- long answers, welcomes


def test_long_answers_go_to_private_from_a_residents_room(desk: Desk) -> None:
    reports(desk, 6, seconds=60)
    assert desk.says(WU, "未办结", Act.QUERY, listing="open").told == [("list_open", "@u-wu")]
    assert desk.says(WU, "今天统计", Act.QUERY, listing="stats").told == [("figures", "@u-wu")]
    assert desk.says(WU, "未办结", Act.QUERY, room=STAFF, listing="open").told == [("list_open", STAFF)]
    assert desk.says(LI, "我的单", Act.QUERY, listing="mine").told == [("list_mine_none", THREE)]


def test_a_room_is_welcomed_once_and_for_ever(desk: Desk) -> None:
    def joined(room: str) -> bool:
        with transaction(desk.engine) as session:
            return welcome(session, "console", room, desk.now)

    assert [joined(THREE), joined(THREE), joined("不认得的群")] == [True, False, False]
    (said,) = desk.deliver()
    assert (said.template, said.room, said.text.count("\n")) == ("welcome_residents", THREE, 2)
    assert "幸福里社区" in said.text
    assert [joined(VOLUNTEERS), joined(STAFF)] == [True, True]
    assert [said.template for said in desk.deliver()] == ["welcome_volunteers", "welcome_staff"]
    desk.wait(hours=24 * 40)
    assert joined(THREE) is False


# --- the register


def with_rooms(tmp_path: Path, desk: Desk, keys: str) -> dict[str, dict[str, int]]:
    text = REGISTER.replace("id: 三号楼群, purpose: residents", f"id: 三号楼群, purpose: residents, {keys}")
    path = tmp_path / "r.yml"
    path.write_text(text, encoding="utf-8")
    with transaction(desk.engine) as session:
        return import_register(session, read_register(path))


def own_of(desk: Desk) -> tuple[object, ...]:
    with transaction(desk.engine) as session:
        room = session.scalars(select(Room).where(Room.room == THREE)).one()  # type: ignore[arg-type]
        own = manners_of(session, room)
        return (own.budget, own.quiet, own.speak, Known(session).speak(room, 0.82)) if own else ()


def test_the_register_sets_a_room(desk: Desk, tmp_path: Path) -> None:
    keys = 'budget: 10, quiet: "23:00-6:30", speak: 0.95'
    assert with_rooms(tmp_path, desk, keys)["rooms"] == {"added": 0, "changed": 1, "retired": 0}
    assert own_of(desk) == (10, "23:00-06:30", 0.95, 0.95)
    assert with_rooms(tmp_path, desk, keys)["rooms"]["changed"] == 0
    assert with_rooms(tmp_path, desk, "listening: all")["rooms"]["changed"] == 1
    assert own_of(desk) == (None, None, None, 0.82)


@pytest.mark.parametrize(
    "key",
    [
        "budget: 0",
        "budget: -3",
        "budget: viele",
        "budget: 99999",
        "quiet: 22-7",
        "speak: 1.5",
        "speak: nan",
        "speak: 1e-3",
    ],
)
def test_what_makes_no_sense_is_refused(desk: Desk, tmp_path: Path, key: str) -> None:
    with pytest.raises(RegisterInvalid) as error:
        with_rooms(tmp_path, desk, key)
    assert [problem["code"] for problem in error.value.facts["problems"]] == [f"bad_{key.split(':')[0]}"]
    assert own_of(desk) == ()


def test_a_clock_that_stops_keeps_no_receipt_of_its_last_minute(desk: Desk) -> None:
    reports(desk, 6, seconds=1)
    with transaction(desk.engine) as session:
        manners.last_call(session, desk.now)
    assert [(said.template, said.to) for said in desk.deliver()] == [("joint_answers", THREE)]


def test_times_are_told_as_of_when_it_is_said(desk: Desk) -> None:
    desk.now = NIGHT
    desk.says(LI, "想借个轮椅", kind="wish")
    with transaction(desk.engine) as session:
        card = session.scalars(select(OutboxMessage).where(outbox.c.template == "wish_card")).one()
        morning = datetime.fromisoformat("2026-11-23T07:00:00+08:00")
        assert (card.not_before, manners.heard_at(card)) == (morning, morning)
