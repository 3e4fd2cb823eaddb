"""What happens by itself when time passes: each thing once, at its own moment, whoever looks and however often."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from desk_driver import EVERYBODY, GUEST, HAO, HE, LI, QIAN, STAFF, THREE, WU, ZHANG, Desk
from sqlalchemy.engine import Engine

from desk.domain.words import Act
from desk.services import schedule
from desk.storage.engine import transaction

LAMP = {"category": "public_facility", "place": {"building": "3"}}


@pytest.mark.parametrize(("urgency", "hours"), [("emergency", 2), ("urgent", 24), ("normal", 168)])
def test_half_and_over(desk: Desk, urgency: str, hours: int) -> None:
    desk.says(LI, "灯坏了", urgency=urgency, **LAMP)
    opened = desk.now
    assert desk.wait(hours=hours / 2, seconds=-1) == []
    assert desk.wait(seconds=2) == [("reminder", "@u-zhang")]
    assert desk.wait(hours=hours / 2, seconds=-3) == []
    assert desk.wait(seconds=3) == [("overdue", "@u-zhang"), ("overdue_staff", STAFF)]
    assert desk.wait(days=60) == []
    events = {event["kind"]: event for event in desk.ticket(1)["events"]}
    assert events["reminded"]["at"] == (opened + timedelta(hours=hours / 2)).isoformat()
    assert events["overdue"]["at"] == desk.ticket(1)["due_at"]
    assert events["reminded"]["by"] is events["overdue"]["by"] is None


def test_the_reminder_goes_to_who_has_it(desk: Desk) -> None:
    desk.says(LI, "灯坏了", **LAMP)
    desk.says(HAO, "接1", Act.CLAIM, number=1)
    assert desk.wait(days=4) == [("reminder", "@u-hao")]
    assert desk.wait(days=4) == [("overdue", "@u-hao"), ("overdue_staff", STAFF)]


def test_what_nobody_has_is_told_to_staff_once(desk: Desk) -> None:
    desk.says(GUEST, "13号楼灯坏了", room=EVERYBODY, place={"building": "13"})
    assert desk.wait(days=4) == [("reminder", STAFF)]
    assert desk.wait(days=4) == [("overdue_staff", STAFF)]


def test_looking_late_says_only_what_is_still_true(desk: Desk) -> None:
    desk.says(LI, "灯坏了", **LAMP)
    desk.now += timedelta(days=30)
    assert desk.fire() == [("overdue", "@u-zhang"), ("overdue_staff", STAFF)]
    assert desk.fire() == []


def test_a_wish_and_praise_have_no_deadline(desk: Desk) -> None:
    desk.says(LI, "想请人陪我妈", kind="wish")
    desk.says(LI, "谢谢网格员", kind="praise")
    assert desk.wait(days=365) == []


@pytest.mark.parametrize("act", [Act.WITHDRAW, Act.FINISH])
def test_what_is_over_is_not_reminded_of(desk: Desk, act: Act) -> None:
    desk.says(LI, "灯坏了", **LAMP)
    desk.says(LI, "1", act, number=1)
    assert desk.wait(days=30) == []


def test_a_new_episode_has_its_own_reminders(desk: Desk) -> None:
    desk.says(LI, "灯坏了", **LAMP)
    desk.wait(days=8)
    desk.says(ZHANG, "1办结", Act.FINISH, number=1)
    desk.says(LI, "1不满意", Act.RATE, number=1, rating=1)
    assert desk.wait(days=4) == [("reminder", "@u-zhang")]
    assert desk.wait(days=4) == [("overdue", "@u-zhang"), ("overdue_staff", STAFF)]
    assert desk.kinds(1).count("reminded") == desk.kinds(1).count("overdue") == 2


def test_done_and_unanswered_closes_after_three_days(desk: Desk) -> None:
    desk.says(LI, "灯坏了", **LAMP)
    desk.says(ZHANG, "1办结", Act.FINISH, number=1)
    done = desk.now
    assert desk.wait(hours=71, minutes=59) == []
    assert desk.state(1) == "resolved"
    desk.wait(minutes=1)
    assert desk.state(1) == "closed"
    ticket = desk.ticket(1)
    assert ticket["closed_at"] == (done + timedelta(hours=72)).isoformat()
    assert ticket["rating"] is None
    assert ticket["events"][-1] == {
        "kind": "closed", "at": ticket["closed_at"], "by": None, "facts": {"reason": "no_answer"},
    }  # fmt: skip
    assert desk.says(LI, "1不满意", Act.RATE, number=1, rating=1).answers == ["over_already"]
    desk.wait(days=10)
    assert desk.kinds(1).count("closed") == 1


def test_an_answer_in_time_is_the_last_word(desk: Desk) -> None:
    desk.says(LI, "想请人陪我妈", kind="wish")
    desk.says(HE, "接1", Act.CLAIM, number=1)
    desk.says(HE, "1办结", Act.FINISH, number=1)
    desk.wait(hours=71)
    desk.says(LI, "1一般", Act.RATE, number=1, rating=3)
    desk.wait(days=10)
    assert desk.kinds(1)[-2:] == ["rated", "closed"]


def test_moments_in_between_happen_in_order(desk: Desk) -> None:
    desk.says(LI, "灯坏了", urgency="urgent", **LAMP)
    desk.says(GUEST, "停电了", category="utilities", room=EVERYBODY)
    assert desk.wait(days=8) == [
        ("place_unknown", STAFF), ("reminder", "@u-zhang"), ("overdue", "@u-zhang"), ("overdue_staff", STAFF),
        ("reminder", STAFF), ("overdue_staff", STAFF),
    ]  # fmt: skip


def test_the_next_moment_is_within_its_bounds(desk: Desk, community: Engine) -> None:
    desk.says(LI, "灯坏了", urgency="emergency", **LAMP)
    start = desk.now
    with transaction(community) as session:
        half, due = start + timedelta(hours=1), start + timedelta(hours=2)
        assert schedule.next_due(session, start, start + timedelta(minutes=59)) is None
        assert schedule.next_due(session, start, half) == half
        assert schedule.next_due(session, half, start + timedelta(days=9)) == due
        assert schedule.next_due(session, due, start + timedelta(days=9)) is None


def test_four_clocks_at_once_say_it_once(desk: Desk, community: Engine) -> None:
    desk.says(LI, "灯坏了", **LAMP)
    desk.says(QIAN, "5号楼灯坏了", category="public_facility", place={"building": "5"})
    desk.says(GUEST, "停电了", category="utilities", room=EVERYBODY)
    desk.says(WU, "2办结", Act.FINISH, number=2)
    now, barrier, errors = desk.now + timedelta(days=8), threading.Barrier(4), []

    def look() -> None:
        barrier.wait()
        try:
            with transaction(community) as session:
                schedule.do_due(session, now)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(spoken.template for spoken in desk.deliver()) == [
        "overdue", "overdue_staff", "overdue_staff", "place_unknown",
    ]  # fmt: skip
    assert desk.kinds(1).count("overdue") == desk.kinds(3).count("overdue") == desk.kinds(2).count("closed") == 1


def test_a_reminder_is_told_in_private_and_not_to_the_room(desk: Desk) -> None:
    desk.says(LI, "灯坏了", **LAMP)
    told = desk.wait(days=30)
    assert THREE not in {where for _, where in told}
