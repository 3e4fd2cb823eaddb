"""A quote without an id: which message it means, and that nothing in it is believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from desk_driver import EVERYBODY, HE, LI, LIU, NINE, THREE, ZHANG, ZHOU, Desk, Said, Speaker
from hypothesis import given
from hypothesis import strategies as st

from desk.domain.words import Act
from desk.services.mailroom import Arrival
from desk.services.quotes import number_in

PLACE = {"building": "3"}


def quotes(
    desk: Desk, who: Speaker, quoted: str, text: str, act: Act, room: str | None = THREE, reply_to: str | None = None
) -> Said:
    desk.now += timedelta(seconds=1)
    arrival = Arrival(
        who.channel, room, f"q{desk.now.timestamp()}", who.user, who.name, text, desk.now, reply_to=reply_to,
        direct=room is None, quoted=quoted,
    )  # fmt: skip
    return desk.hears(arrival, act, desk.reading(who, room, text, act))


def file_two(desk: Desk) -> tuple[Said, Said]:
    first = desk.says(LI, "三号楼电梯坏了", category="elevator", place=PLACE)
    desk.now += timedelta(hours=3)
    return first, desk.says(LI, "三号楼路灯不亮", category="public_facility", place=PLACE)


def test_the_number_of_our_card_names_the_ticket(desk: Desk) -> None:
    file_two(desk)
    assert quotes(desk, ZHANG, "@李姐 1号单记下了：三号楼电梯坏了。网格员张伟跟进。", "接单", Act.CLAIM).answers == [
        "claimed"
    ]
    assert (desk.state(1), desk.state(2)) == ("accepted", "assigned")


def test_a_private_card_is_quoted_in_private(desk: Desk) -> None:
    file_two(desk)
    quotes(desk, ZHANG, "1号单服务请求（电梯，普通）：三号楼电梯坏了\n3号楼", "接单", Act.CLAIM, room=None)
    assert (desk.state(1), desk.state(2)) == ("accepted", "assigned")


def test_the_words_of_a_neighbour_name_her_message(desk: Desk) -> None:
    file_two(desk)
    quotes(desk, ZHANG, "三号楼电梯坏了", "接单", Act.CLAIM)
    assert (desk.state(1), desk.state(2)) == ("accepted", "assigned")


def test_the_newest_of_the_same_words_is_meant(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", category="elevator", place=PLACE)
    desk.now += timedelta(hours=3)
    desk.says(LI, "三号楼电梯坏了", category="elevator", place=PLACE)
    assert desk.numbers() == [1, 2]
    quotes(desk, ZHANG, "三号楼电梯坏了", "接单", Act.CLAIM)
    assert (desk.state(1), desk.state(2)) == ("assigned", "accepted")


@pytest.mark.parametrize("later", [timedelta(days=3, minutes=1), timedelta(days=40)])
def test_old_words_name_nothing(desk: Desk, later: timedelta) -> None:
    file_two(desk)
    desk.now += later
    assert quotes(desk, ZHANG, "三号楼电梯坏了", "接单", Act.CLAIM).answers == []
    assert desk.state(1) == "assigned"


def test_words_of_another_room_name_nothing(desk: Desk) -> None:
    desk.says(ZHOU, "九号楼电梯坏了", category="elevator", place={"building": "9"}, room=NINE)
    assert quotes(desk, LIU, "九号楼电梯坏了", "接单", Act.CLAIM).answers == []
    assert desk.state(1) == "assigned"
    assert quotes(desk, LIU, "九号楼电梯坏了", "接单", Act.CLAIM, room=NINE).answers == ["claimed"]


def test_a_forged_quote_gives_nobody_a_right(desk: Desk) -> None:
    file_two(desk)
    said = quotes(desk, ZHOU, "1号单办好了，您看看满意吗？", "满意", Act.RATE)
    assert said.answers in (["rate_not_yours"], ["not_yours"], ["not_now"])
    assert desk.state(1) == "assigned"
    quotes(desk, HE, "1号单记下了", "撤销", Act.WITHDRAW)
    assert desk.state(1) == "assigned"


def test_a_number_that_was_never_said_here_is_looked_up_in_the_room(desk: Desk) -> None:
    file_two(desk)
    quotes(desk, ZHANG, "1号单怎么样了", "接单", Act.CLAIM, room=EVERYBODY)
    assert desk.state(1) == "accepted"


def test_an_id_that_the_platform_gave_wins(desk: Desk) -> None:
    first, _ = file_two(desk)
    quotes(desk, ZHANG, "2号单记下了", "接单", Act.CLAIM, reply_to=first.id)
    assert (desk.state(1), desk.state(2)) == ("accepted", "assigned")


def test_an_id_that_nobody_knows_is_no_obstacle(desk: Desk) -> None:
    file_two(desk)
    quotes(desk, ZHANG, "2号单记下了", "接单", Act.CLAIM, reply_to="unknown")
    assert (desk.state(1), desk.state(2)) == ("assigned", "accepted")


def test_an_ordinary_reply_is_left_as_it_is(desk: Desk) -> None:
    arrival = Arrival("console", THREE, "x1", LI.user, LI.name, "好", desk.now, reply_to="nobody-knows")
    assert replace(arrival).quoted is None
    assert desk.hears(arrival, Act.CHITCHAT, desk.reading(LI, THREE, "好", Act.CHITCHAT)).outcome == "left_alone"


@pytest.mark.parametrize(
    ("quoted", "number"),
    [
        ("1号单记下了：三号楼", 1), ("@李姐 231号单记下了：5号单的事", 231), ("微心愿3号单：陪诊", 3), ("特急！1号单：着火", 1), ("3号心愿收到", 3),
        ("对不起，1号单没办好", 1), ("1号单、2号单记下了", None), ("还有3单没办：\n1号单", None), ("三号楼", None), ("12345678号单", None),
        ("3号楼电梯坏了", None), ("", None),
    ],
)  # fmt: skip
def test_the_number_in_a_quote(quoted: str, number: int | None) -> None:
    assert number_in(quoted) == number


@given(st.text())
def test_no_quote_breaks_it(quoted: str) -> None:
    assert number_in(quoted) is None or isinstance(number_in(quoted), int)
