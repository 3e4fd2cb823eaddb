"""What people do to tickets: every act by everybody, what follows, who hears of it, and two hands at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from desk_driver import (
    CHEN,
    CHEN_ON_WECHAT,
    EVERYBODY,
    GUEST,
    HAO,
    HE,
    LI,
    LIU,
    MA,
    NINE,
    QIAN,
    STAFF,
    SUN,
    THREE,
    VOLUNTEERS,
    WU,
    WUYE,
    ZHANG,
    Desk,
    Said,
    Speaker,
)  # fmt: skip
from sqlalchemy.engine import Engine

from desk.domain.words import Act
from desk.services import mailroom
from desk.services.perform import perform
from desk.services.scene import open_scene
from desk.storage.engine import transaction

PEOPLE = {
    "requester": LI, "supporter": QIAN, "officer": ZHANG, "other officer": LIU, "helper": HAO, "volunteer": HE,
    "leader": SUN, "staff": WU, "department": WUYE, "stranger": GUEST,
}  # fmt: skip


def service(desk: Desk) -> Said:
    """Ticket 1: a service of 李姐 in grid 1 that 钱叔 supports."""
    said = desk.says(LI, "三号楼灯坏了", category="public_facility", place={"building": "3"})
    desk.says(QIAN, "三号楼灯坏了", category="public_facility", place={"building": "3"})
    return said


def wish(desk: Desk) -> Said:
    """Ticket 1: a wish of 李姐 in grid 1."""
    return desk.says(LI, "想请人陪我妈去趟医院，我家501", kind="wish", category="elder_care", summary="陪我妈去趟医院")


def does(desk: Desk, who: Speaker, act: Act, **more: object) -> Said:
    """Does an act on ticket 1 by number."""
    return desk.says(who, f"1{act}", act, **{"number": 1, **more})


# --- who may, on a ticket that nobody has accepted yet


MAY: dict[str, tuple[dict[str, object], set[str], str]] = {
    "claim": ({}, {"officer", "helper"}, "accepted"),
    "finish": ({}, {"requester", "officer", "staff"}, ""),
    "withdraw": ({}, {"requester", "staff"}, "withdrawn"),
    "assign": ({"assign_to": "幸福物业"}, {"officer", "staff"}, "assigned"),
    "escalate": ({"department": "幸福物业"}, {"officer", "staff"}, "assigned"),
    "correct": ({"kind_to": "complaint"}, {"officer", "staff"}, "assigned"),
    "urge": ({}, set(PEOPLE), "assigned"),
    "supplement": ({}, set(PEOPLE), "assigned"),
    "second": ({}, set(PEOPLE), "assigned"),
}


@pytest.mark.parametrize("act", MAY)
def test_who_may_act_on_a_service(desk: Desk, act: str) -> None:
    reading, may, after = MAY[act]
    number = 0
    for name, who in PEOPLE.items():
        if number == 0 or desk.state(number) != "assigned":
            number += 1
            desk.says(LI, "灯坏了", category="public_facility", place={"building": "3", "floor": str(number)})
            desk.says(QIAN, "附议", Act.SECOND, number=number)
        record = desk.kinds(number)
        said = desk.says(who, "做这个", Act(act), number=number, **reading)
        if name not in may:
            assert (desk.state(number), desk.kinds(number)) == ("assigned", record), name
            assert said.answers == ["claim_not_yours" if act == "claim" else "not_yours"], name
        else:
            assert len(desk.kinds(number)) > len(record), name
            expected = after or ("closed" if name == "requester" else "resolved")
            assert desk.state(number) == expected, name


@pytest.mark.parametrize("who", PEOPLE.values(), ids=PEOPLE)
def test_who_may_claim_a_wish(desk: Desk, who: Speaker) -> None:
    wish(desk)
    said = does(desk, who, Act.CLAIM)
    if who in (HE, SUN, ZHANG, LIU, WU):
        assert desk.state(1) == "accepted"
        assert said.answers == ["wish_claim_thanks", "wish_details"]
    else:
        assert desk.state(1) == "filed"
        assert said.answers == ["how_to_register"]


@pytest.mark.parametrize("who", PEOPLE.values(), ids=PEOPLE)
def test_who_may_rate_and_release(desk: Desk, who: Speaker) -> None:
    service(desk)
    does(desk, HAO, Act.CLAIM)
    released = does(desk, who, Act.RELEASE)
    assert (desk.state(1) == "accepted") is (who is not HAO), released.answers
    if who is HAO:
        does(desk, HAO, Act.CLAIM)
    does(desk, HAO, Act.FINISH)
    rated = does(desk, who, Act.RATE, rating=5)
    assert (desk.state(1) == "closed") is (who is LI), rated.answers
    assert rated.answers == (["rate_thanks"] if who is LI else ["rate_not_yours"])


@pytest.mark.parametrize(
    "act", [Act.FINISH, Act.RATE, Act.WITHDRAW, Act.RELEASE, Act.ASSIGN, Act.ESCALATE, Act.CORRECT]
)
def test_who_may_not_and_did_not_speak_to_us_hears_nothing(desk: Desk, act: Act) -> None:
    said = service(desk)
    assert desk.says(GUEST, "这个", act, reply_to=said.id, rating=5).outcome == "left_alone"
    assert desk.says(GUEST, "这个", act, reply_to=said.id, rating=5, mentioned=True).answers != []
    assert desk.state(1) == "assigned"


def test_roles_come_from_the_register_and_never_from_the_text(desk: Desk) -> None:
    service(desk)
    liar = Speaker("r-liar", "网格员张伟 社区吴敏")
    for act in (Act.CLAIM, Act.FINISH, Act.ASSIGN, Act.WITHDRAW):
        desk.says(liar, "我是网格员u-zhang，我来办", act, number=1, assign_to="张伟", role="staff")
    assert desk.kinds(1) == ["filed", "assigned", "seconded"]


# --- a wish from hand to hand


def test_a_wish_from_claim_to_thanks(desk: Desk) -> None:
    wish(desk)
    claim = desk.says(HE, "我来", Act.CLAIM, room=VOLUNTEERS, about=None, number=1)
    assert claim.told == [
        ("wish_claim_thanks", VOLUNTEERS), ("wish_details", "@u-he"), ("wish_claimed", THREE),
    ]  # fmt: skip
    private = next(spoken for spoken in claim.heard if spoken.user)
    assert "501室" in private.text
    assert "李姐" in private.text
    assert desk.assignee(1) == "he"
    assert desk.ticket(1)["accountable"]["id"] == "zhang"
    finish = desk.says(HE, "1办结", Act.FINISH, room=VOLUNTEERS, number=1)
    assert finish.told == [("finish_thanks", VOLUNTEERS), ("resolved_ask", THREE)]
    rate = desk.says(LI, "满意", Act.RATE, rating=5, about="m1")
    assert rate.told == [("rate_thanks", THREE), ("rated", "@u-he")]
    ticket = desk.ticket(1)
    assert (ticket["state"], ticket["rating"]) == ("closed", 5)
    assert desk.kinds(1) == ["filed", "accepted", "resolved", "rated", "closed"]


def test_a_reply_to_the_card_claims_it(desk: Desk) -> None:
    wish(desk)
    (card,) = desk.cards(1, "wish_card")
    assert desk.says(HE, "我来", Act.CLAIM, room=VOLUNTEERS, reply_to=card).answers[0] == "wish_claim_thanks"


def test_a_wish_that_is_given_back_is_shown_again(desk: Desk) -> None:
    wish(desk)
    does(desk, HE, Act.CLAIM)
    back = does(desk, HE, Act.RELEASE)
    assert back.told == [("released", THREE), ("wish_card", VOLUNTEERS)]
    assert (desk.state(1), desk.assignee(1), desk.ticket(1)["accepted_at"]) == ("filed", None, None)
    does(desk, SUN, Act.CLAIM)
    assert desk.assignee(1) == "sun"


def test_a_wish_that_was_not_fulfilled_is_shown_again(desk: Desk) -> None:
    wish(desk)
    does(desk, HE, Act.CLAIM)
    does(desk, HE, Act.FINISH)
    said = does(desk, LI, Act.RATE, rating=1)
    assert said.told == [("rate_sorry", THREE), ("rated", "@u-he"), ("wish_card", VOLUNTEERS)]
    assert (desk.state(1), desk.assignee(1)) == ("filed", None)


def test_the_second_claimer_is_thanked_and_the_first_told_so(desk: Desk) -> None:
    wish(desk)
    does(desk, HE, Act.CLAIM)
    assert does(desk, MA, Act.CLAIM).answers == ["claim_too_late"]
    assert does(desk, HE, Act.CLAIM).answers == ["claim_already_yours"]
    assert desk.assignee(1) == "he"


def test_who_asks_how_to_claim_is_told_how_to_register_even_unaddressed(desk: Desk) -> None:
    said = wish(desk)
    assert desk.says(GUEST, "我来", Act.CLAIM, reply_to=said.id).answers == ["how_to_register"]


@pytest.mark.parametrize("run", range(3))
def test_eight_claim_at_once_and_exactly_one_has_it(desk: Desk, community: Engine, run: int) -> None:
    claimers = [HE, MA, CHEN, CHEN_ON_WECHAT, SUN, ZHANG, LIU, WU]
    wish(desk)
    rows = []
    with transaction(community) as session:
        for number, who in enumerate(claimers):
            room = THREE if who.channel == "console" else None
            arrival = mailroom.Arrival(
                who.channel, room, f"c{number}", who.user, who.name, "接1", desk.now, direct=not room
            )
            row = mailroom.record_arrival(session, arrival, desk.now)
            assert row is not None
            mailroom.take(row, "test", desk.now)
            row.reading = desk.reading(who, room, "接1", Act.CLAIM, number=1)
            rows.append((row.id, row.lease_token or ""))
    answers = at_once([claiming(community, row, token, desk) for row, token in rows])
    winners = [answer for answer in answers if answer[0] == "wish_claim_thanks"]
    assert len(winners) == 1, answers
    assert sorted(a[0] for a in answers if a not in winners)[0] in ("claim_already_yours", "claim_too_late")
    assert desk.kinds(1) == ["filed", "accepted"]
    assert desk.state(1) == "accepted"


def claiming(engine: Engine, row_id: int, token: str, desk: Desk) -> Callable[[], list[str]]:
    def claim() -> list[str]:
        with transaction(engine) as session:
            scene = open_scene(session, mailroom.held_row(session, row_id, token), desk.now)
            assert scene is not None
            effect = perform(session, scene, Act.CLAIM)
        return [answer.template for answer in effect.answers]

    return claim


def at_once(deeds: list[Callable[[], list[str]]]) -> list[list[str]]:
    """Runs everything in threads of its own that start together; a thread's error is the test's."""
    barrier, results, errors = threading.Barrier(len(deeds)), {}, []

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = deeds[number]()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(deeds))]


def test_eight_reports_at_once_have_eight_numbers_in_a_row(desk: Desk, community: Engine) -> None:
    speakers = [Speaker(f"r-{number}", f"邻居{number}") for number in range(8)]
    rows = []
    with transaction(community) as session:
        for number, who in enumerate(speakers):
            arrival = mailroom.Arrival("console", THREE, f"r{number}", who.user, who.name, "问一下", desk.now)
            row = mailroom.record_arrival(session, arrival, desk.now)
            assert row is not None
            mailroom.take(row, "test", desk.now)
            row.reading = desk.reading(who, THREE, "问一下", Act.REPORT, kind="consult")
            rows.append((row.id, row.lease_token or ""))

    def reporting(row_id: int, token: str) -> Callable[[], list[str]]:
        def report() -> list[str]:
            with transaction(community) as session:
                scene = open_scene(session, mailroom.held_row(session, row_id, token), desk.now)
                assert scene is not None
                return [perform(session, scene, Act.REPORT).outcome.value]

        return report

    assert at_once([reporting(*row) for row in rows]) == [["filed"]] * 8
    assert desk.numbers() == list(range(1, 9))


# --- a service from hand to hand


def test_a_helper_takes_it_and_gives_it_back(desk: Desk) -> None:
    service(desk)
    claim = does(desk, HAO, Act.CLAIM)
    assert claim.told == [("claimed", THREE), ("claimed_by_helper", "@u-zhang")]
    back = does(desk, HAO, Act.RELEASE)
    assert back.told == [("released", THREE), ("released_to_officer", "@u-zhang")]
    assert (desk.state(1), desk.assignee(1)) == ("assigned", "zhang")
    assert desk.kinds(1)[-2:] == ["released", "assigned"]


def test_the_officers_own_release_goes_to_staff(desk: Desk) -> None:
    service(desk)
    assert does(desk, ZHANG, Act.CLAIM).told == [("claimed", THREE)]
    back = does(desk, ZHANG, Act.RELEASE)
    assert back.told == [("released", THREE), ("released_to_staff", STAFF)]
    assert (desk.state(1), desk.assignee(1)) == ("filed", None)
    assert desk.ticket(1)["accountable"]["id"] == "zhang"


def test_not_accepted_cannot_be_released(desk: Desk) -> None:
    service(desk)
    assert does(desk, ZHANG, Act.RELEASE).answers == ["not_now"]


def test_work_is_done_and_the_requester_asked_once(desk: Desk) -> None:
    service(desk)
    at_home = does(desk, ZHANG, Act.FINISH)
    assert at_home.told == [("resolved_ask", THREE)]
    (asked,) = at_home.heard
    assert (asked.reply_to, asked.ticket) == ("m1", 1)
    assert desk.ticket(1)["resolved_at"] == "2026-11-22T09:00:00+08:00"
    assert does(desk, ZHANG, Act.FINISH).answers == ["not_now"]


def test_done_in_private_the_requester_is_asked_in_the_room(desk: Desk) -> None:
    service(desk)
    said = desk.says(ZHANG, "1办结", Act.FINISH, room=None, number=1)
    assert said.told == [("finish_thanks", "@u-zhang"), ("resolved_ask", THREE)]


def test_the_requesters_own_word_closes_it(desk: Desk) -> None:
    said = service(desk)
    done = desk.says(LI, "修好了", Act.FINISH, reply_to=said.id)
    assert done.told == [("rate_thanks", THREE), ("rated", "@u-zhang")]
    assert desk.ticket(1)["rating"] == 5
    assert desk.kinds(1)[-3:] == ["resolved", "rated", "closed"]


def test_fixed_said_after_done_is_rated_too(desk: Desk) -> None:
    service(desk)
    does(desk, ZHANG, Act.FINISH)
    does(desk, LI, Act.FINISH)
    assert (desk.state(1), desk.ticket(1)["rating"]) == ("closed", 5)


@pytest.mark.parametrize(
    ("rating", "state"), [(5, "closed"), (4, "closed"), (3, "closed"), (2, "assigned"), (1, "assigned")]
)
def test_a_rating_closes_or_reopens(desk: Desk, rating: int, state: str) -> None:
    service(desk)
    does(desk, HAO, Act.CLAIM)
    does(desk, HAO, Act.FINISH)
    desk.wait(hours=10)
    said = does(desk, LI, Act.RATE, rating=rating)
    assert (desk.state(1), desk.ticket(1)["rating"]) == (state, rating)
    if state == "closed":
        assert said.told == [("rate_thanks", THREE), ("rated", "@u-hao")]
        assert does(desk, LI, Act.RATE, rating=1).answers == ["over_already"]
        return
    assert said.told == [("rate_sorry", THREE), ("reopened", "@u-hao"), ("reopened", "@u-zhang")]
    ticket = desk.ticket(1)
    assert (desk.assignee(1), ticket["resolved_at"], ticket["accepted_at"]) == ("hao", None, None)
    assert ticket["due_at"] == "2026-11-29T19:00:00+08:00"  # a new term
    assert desk.kinds(1)[-3:] == ["rated", "reopened", "assigned"]
    assert does(desk, LI, Act.RATE, rating=5).answers == ["not_now"]  # once an episode


@pytest.mark.parametrize("rating", [None, 0, 6, "5"])
def test_a_rating_that_is_none_is_asked_for(desk: Desk, rating: object) -> None:
    service(desk)
    does(desk, ZHANG, Act.FINISH)
    quiet = desk.says(LI, "嗯", Act.RATE, about=None, reply_to="m1", rating=rating)
    asked = desk.says(LI, "嗯", Act.RATE, reply_to="m1", rating=rating, mentioned=True)
    assert (quiet.outcome, asked.answers) == ("left_alone", ["rate_how"])
    assert desk.state(1) == "resolved"


def test_reopened_without_an_officer_stays_with_who_did_it(desk: Desk) -> None:
    desk.says(GUEST, "13号楼灯坏了", room=EVERYBODY, place={"building": "13"})
    does(desk, WU, Act.ASSIGN, assign_to="孙玉芬")
    does(desk, SUN, Act.FINISH)
    said = desk.says(GUEST, "不满意", Act.RATE, room=EVERYBODY, number=1, rating=1)
    assert said.told == [("rate_sorry", EVERYBODY), ("reopened", "@u-sun")]
    assert (desk.state(1), desk.assignee(1)) == ("assigned", "sun")


def test_reopened_that_nobody_has_goes_to_staff(desk: Desk) -> None:
    desk.says(GUEST, "13号楼灯坏了", room=EVERYBODY, place={"building": "13"})
    does(desk, WU, Act.ASSIGN, assign_to="孙玉芬")
    does(desk, SUN, Act.CLAIM)
    does(desk, SUN, Act.FINISH)
    does(desk, WU, Act.CORRECT, kind_to="wish")
    assert desk.state(1) == "resolved"
    said = desk.says(GUEST, "不满意", Act.RATE, room=EVERYBODY, number=1, rating=2)
    assert said.told == [("rate_sorry", EVERYBODY), ("rated", "@u-sun"), ("wish_card", VOLUNTEERS)]
    does(desk, WU, Act.CORRECT, kind_to="service")
    assert (desk.state(1), desk.assignee(1)) == ("filed", None)


def test_withdrawn_and_no_more(desk: Desk) -> None:
    service(desk)
    said = does(desk, LI, Act.WITHDRAW)
    assert said.told == [("withdrawn", THREE), ("withdrawn_notice", "@u-zhang")]
    assert does(desk, LI, Act.WITHDRAW).answers == ["over_already"]
    for who, act in ((ZHANG, Act.CLAIM), (ZHANG, Act.FINISH), (LI, Act.RATE), (WU, Act.ASSIGN), (QIAN, Act.URGE)):
        assert does(desk, who, act, rating=5).answers == ["over_already"]
    assert desk.kinds(1)[-1] == "withdrawn"
    assert desk.wait(days=30) == []


def test_nobody_is_told_of_a_wish_withdrawn_that_nobody_had(desk: Desk) -> None:
    wish(desk)
    assert does(desk, LI, Act.WITHDRAW).told == [("withdrawn", THREE)]


# --- staff


def test_assigned_by_name_by_code_and_to_a_grid(desk: Desk) -> None:
    service(desk)
    assert does(desk, WU, Act.ASSIGN, assign_to="孙玉芬").told == [
        ("assign_done", THREE), ("taken_over", "@u-zhang"), ("assigned", "@u-sun"),
    ]  # fmt: skip
    assert ("taken_over", "@u-sun") not in does(desk, WU, Act.ASSIGN, assign_to="孙玉芬").told
    assert desk.assignee(1) == "sun"
    does(desk, ZHANG, Act.ASSIGN, assign_to="hao")
    assert desk.assignee(1) == "hao"
    to_grid = does(desk, WU, Act.ASSIGN, assign_to="第二网格")
    assert to_grid.told == [("assign_done", THREE), ("assigned", "@u-liu")]
    ticket = desk.ticket(1)
    assert (ticket["grid"], ticket["accountable"]["id"], ticket["assignee"]["id"]) == ("g2", "liu", "liu")
    # whom it was assigned to may claim it, helper or not
    does(desk, LIU, Act.ASSIGN, assign_to="物业")
    assert does(desk, WUYE, Act.CLAIM).answers == ["claimed"]
    assert desk.state(1) == "accepted"


@pytest.mark.parametrize(
    ("name", "answer"), [("", "assign_to_whom"), ("没有的人", "assign_unknown"), ("  ", "assign_to_whom")]
)
def test_assigned_to_nobody_in_particular(desk: Desk, name: str, answer: str) -> None:
    service(desk)
    assert does(desk, WU, Act.ASSIGN, assign_to=name).answers == [answer]
    assert desk.kinds(1) == ["filed", "assigned", "seconded"]


def test_assigned_to_a_name_that_several_bear(desk: Desk) -> None:
    service(desk)
    said = does(desk, WU, Act.ASSIGN, assign_to="静")
    assert said.answers == ["assign_unknown"]
    desk.says(WU, "1派给何", Act.ASSIGN, number=1, assign_to="何大")
    assert desk.assignee(1) == "he"


def test_a_member_without_account_is_told_through_staff(desk: Desk) -> None:
    service(desk)
    said = does(desk, WU, Act.ASSIGN, assign_to="燃气公司")
    assert said.told == [("assign_done", THREE), ("taken_over", "@u-zhang"), ("assigned", STAFF)]
    assert desk.assignee(1) == "ranqi"
    assert desk.ticket(1)["assignee"] == {"id": "ranqi", "name": "燃气公司", "channel": None, "user": None}


def test_escalated(desk: Desk) -> None:
    service(desk)
    said = does(desk, ZHANG, Act.ESCALATE, department="物业")
    assert said.told == [("escalated", THREE), ("escalated_notice", "@u-wuye"), ("escalated_notice", STAFF)]
    in_staff_room = desk.says(WU, "1吹哨物业", Act.ESCALATE, room=STAFF, number=1, department="物业")
    assert in_staff_room.told == [("escalated", STAFF), ("escalated_notice", "@u-wuye")]
    assert does(desk, WU, Act.ESCALATE, department="").answers == ["escalate_to_whom"]
    assert desk.ticket(1)["events"][-1]["facts"] == {"department": "物业"}
    assert desk.state(1) == "assigned"


def test_corrected(desk: Desk) -> None:
    service(desk)
    assert does(desk, WU, Act.CORRECT, kind_to="complaint", category_to="noise").answers == ["corrected"]
    ticket = desk.ticket(1)
    assert (ticket["kind"], ticket["category"], ticket["state"]) == ("complaint", "noise", "assigned")
    assert ticket["events"][-1]["facts"] == {
        "before": {"kind": "service", "category": "public_facility"}, "after": {"kind": "complaint", "category": "noise"},
    }  # fmt: skip
    assert does(desk, WU, Act.CORRECT).answers == ["correct_how"]


def test_corrected_to_praise_is_closed_as_praise_is(desk: Desk) -> None:
    service(desk)
    assert does(desk, WU, Act.CORRECT, kind_to="praise").answers == ["corrected"]
    assert (desk.state(1), desk.ticket(1)["due_at"]) == ("closed", None)
    assert desk.kinds(1)[-2:] == ["corrected", "closed"]


def test_corrected_to_a_wish_and_back(desk: Desk) -> None:
    service(desk)
    said = does(desk, WU, Act.CORRECT, kind_to="wish")
    assert said.told == [("corrected", THREE), ("wish_card", VOLUNTEERS)]
    assert (desk.state(1), desk.assignee(1), desk.ticket(1)["due_at"]) == ("filed", None, None)
    desk.wait(hours=1)
    back = does(desk, WU, Act.CORRECT, kind_to="service")
    assert back.told == [("corrected", THREE), ("assigned", "@u-zhang")]
    assert (desk.state(1), desk.assignee(1)) == ("assigned", "zhang")
    assert desk.ticket(1)["due_at"] == "2026-11-29T10:00:00+08:00"


def test_a_wish_without_grid_that_is_none_goes_to_staff(desk: Desk) -> None:
    desk.says(GUEST, "想要个轮椅", kind="wish", room=EVERYBODY, place={"building": "13"})
    assert does(desk, WU, Act.CORRECT, kind_to="service").told == [("corrected", THREE), ("unassigned", STAFF)]


def test_what_is_under_way_stays_where_it_is(desk: Desk) -> None:
    wish(desk)
    does(desk, HE, Act.CLAIM)
    does(desk, WU, Act.CORRECT, kind_to="service")
    assert (desk.state(1), desk.assignee(1)) == ("accepted", "he")


def test_not_a_request_after_all(desk: Desk) -> None:
    service(desk)
    assert does(desk, ZHANG, Act.CORRECT, not_request=True).answers == ["corrected_not_request"]
    assert desk.state(1) == "withdrawn"
    assert desk.kinds(1)[-2:] == ["corrected", "withdrawn"]


# --- neighbours


def test_second_supplement_and_urge_without_a_reply_mean_the_newest(desk: Desk) -> None:
    service(desk)
    desk.says(LI, "下水道堵了", category="utilities", place={"building": "3"})
    second = desk.says(GUEST, "我家也是", Act.SECOND)
    assert (second.outcome, second.told) == ("supplement", [])
    assert [p["user"] for p in desk.ticket(2)["supporters"]] == [GUEST.user]
    more = desk.says(GUEST, "还有味道", Act.SUPPLEMENT)
    assert more.told == [("supplemented", "@u-zhang")]
    urged = desk.says(LI, "怎么还没来", Act.URGE)
    assert urged.told == [("urged", THREE), ("urged_notice", "@u-zhang")]
    assert desk.kinds(2)[-3:] == ["seconded", "supplemented", "urged"]
    assert desk.kinds(1) == ["filed", "assigned", "seconded"]


def test_urge_without_a_reply_means_the_speakers_own(desk: Desk) -> None:
    service(desk)
    assert desk.says(GUEST, "怎么还没来", Act.URGE).outcome == "left_alone"
    assert desk.says(QIAN, "怎么还没来", Act.URGE).outcome == "left_alone"
    desk.wait(days=3)
    assert desk.says(LI, "怎么还没来", Act.URGE, room=NINE).answers == ["urged"]


def test_after_half_an_hour_nothing_is_meant(desk: Desk) -> None:
    service(desk)
    desk.wait(minutes=30, seconds=1)
    assert desk.says(GUEST, "我家也是", Act.SECOND).outcome == "left_alone"
    assert desk.says(GUEST, "我家也是", Act.SECOND, mentioned=True).answers == ["which_ticket"]
    assert desk.says(GUEST, "我家也是", Act.SECOND, room=None).answers == ["which_ticket"]


def test_the_requester_never_supports_his_own(desk: Desk) -> None:
    said = service(desk)
    desk.says(LI, "我家也是", Act.SECOND, reply_to=said.id)
    assert [p["user"] for p in desk.ticket(1)["supporters"]] == [QIAN.user]
    assert desk.kinds(1)[-1] == "supplemented"


def test_two_accounts_of_one_member_are_one_person(desk: Desk) -> None:
    desk.says(CHEN, "灯坏了", category="public_facility", place={"building": "3"})
    assert desk.says(CHEN_ON_WECHAT, "附议1", Act.SECOND, room=None, number=1).answers == ["supplement_thanks"]
    assert desk.ticket(1)["supporters"] == []
    desk.says(ZHANG, "1办结", Act.FINISH, number=1)
    assert desk.says(CHEN_ON_WECHAT, "1满意", Act.RATE, room=None, number=1, rating=5).answers == ["rate_thanks"]


def test_who_is_nobody_to_a_ticket_cannot_stir_it_from_another_room(desk: Desk) -> None:
    service(desk)
    for act in (Act.URGE, Act.SECOND, Act.SUPPLEMENT):
        assert desk.says(GUEST, "1", act, room=NINE, number=1).answers == ["not_yours"]
        assert desk.says(QIAN, "1", act, room=NINE, number=1).outcome != "left_alone"
    assert [p["user"] for p in desk.ticket(1)["supporters"]] == [QIAN.user]


def test_a_photo_adds_to_a_ticket(desk: Desk) -> None:
    said = service(desk)
    desk.says(LI, "", Act.SUPPLEMENT, reply_to=said.id, attachments=[{"kind": "photo", "name": "a.jpg"}])
    facts = desk.ticket(1)["events"][-1]["facts"]
    assert facts["attachments"] == [{"kind": "photo", "name": "a.jpg"}]


def test_urging_what_nobody_has_reaches_staff(desk: Desk) -> None:
    desk.says(GUEST, "13号楼漏水", room=EVERYBODY, place={"building": "13"})
    said = desk.says(GUEST, "催", Act.URGE, room=EVERYBODY)
    assert said.told == [("urged_unassigned", EVERYBODY), ("urged_notice", STAFF)]


# --- what a word is about


def test_a_reply_to_the_bots_card_to_the_message_and_to_another_about_it(desk: Desk) -> None:
    said = service(desk)
    more = desk.says(LI, "二楼的也坏了", Act.SUPPLEMENT, reply_to=said.id)
    (receipt,) = desk.cards(1, "receipt")
    for target in (said.id, more.id, receipt):
        assert desk.says(ZHANG, "催", Act.URGE, reply_to=target).effect is not None
        assert desk.kinds(1)[-1] == "urged"
    assert desk.kinds(1).count("urged") == 3
    assert desk.says(ZHANG, "催", Act.URGE, reply_to="unknown").outcome == "left_alone"
    assert desk.says(ZHANG, "催", Act.URGE, about="unknown").outcome == "left_alone"


def test_a_reply_to_what_the_bot_said_about_a_message_that_is_no_ticket_is_no_reply(desk: Desk) -> None:
    chat = desk.says(GUEST, "天气真好", Act.CHITCHAT)
    assert desk.says(LI, "撤销", Act.WITHDRAW, about=chat.id).outcome == "left_alone"


def test_in_private_a_bare_word_means_the_one_that_waits_for_it(desk: Desk) -> None:
    desk.says(LI, "灯坏了", category="public_facility")
    desk.says(LI, "门坏了", category="housing_repair")
    desk.says(ZHANG, "办结1", Act.FINISH, number=1)
    assert desk.says(LI, "满意", Act.RATE, room=None, rating=5).answers == ["rate_thanks"]
    assert (desk.state(1), desk.state(2)) == ("closed", "assigned")


def test_in_private_a_bare_word_means_what_the_bot_spoke_of_last(desk: Desk) -> None:
    service(desk)
    assert desk.says(ZHANG, "接单", Act.CLAIM, room=None).answers == ["claimed"]
    assert desk.says(GUEST, "满意", Act.RATE, room=None, rating=5).answers == ["which_ticket"]


def test_in_private_a_matter_of_its_own_is_no_word_about_what_the_bot_spoke_of_last(desk: Desk) -> None:
    desk.says(LI, "问一下医保", kind="consult", category="documents")
    said = desk.says(ZHANG, "我也想问一下", kind="consult", category="documents", room=None)
    assert said.outcome == "filed"
    assert desk.ticket(1)["supporters"] == []


def test_a_number_wins_over_a_reply_and_one_of_no_ticket_does_not(desk: Desk) -> None:
    said = service(desk)
    desk.says(LI, "下水道堵了", category="utilities", place={"building": "3"})
    desk.says(ZHANG, "接2", Act.CLAIM, number=2, reply_to=said.id)
    assert (desk.state(1), desk.state(2)) == ("assigned", "accepted")
    desk.says(ZHANG, "接99", Act.CLAIM, number=99, reply_to=said.id)
    assert desk.state(1) == "accepted"


@pytest.mark.parametrize(
    ("text", "act"), [("接99", Act.CLAIM), ("99办结", Act.FINISH), ("退99", Act.RELEASE), ("99到哪了", Act.QUERY)]
)
def test_an_exact_command_with_a_wrong_number_is_done_to_no_other_ticket(desk: Desk, text: str, act: Act) -> None:
    said = service(desk)
    before = desk.ticket(1)
    for how in ({"room": None}, {"reply_to": said.id}, {}):
        assert desk.says(ZHANG, text, act, number=99, exact=True, **how).answers == ["no_such_ticket"]
    assert desk.says(LI, text, act, number=99, exact=True).answers == []
    assert desk.says(LI, text, act, number=99, exact=True, room=None).answers == ["no_such_ticket"]
    assert desk.ticket(1) == before


def test_a_wrong_number_seconds_nothing(desk: Desk) -> None:
    service(desk)
    before = desk.ticket(1)
    assert desk.says(GUEST, "附议99", Act.SECOND, number=99, exact=True, mentioned=True).answers == ["no_such_ticket"]
    assert desk.ticket(1) == before


@pytest.mark.parametrize("number", [0, -1, 2**31])
def test_numbers_that_no_ticket_has(desk: Desk, number: int) -> None:
    service(desk)
    assert desk.says(ZHANG, "接", Act.CLAIM, number=number, mentioned=True).answers == ["no_such_ticket"]
    assert desk.says(ZHANG, "到哪了", Act.QUERY, number=number, mentioned=True).answers == ["no_such_ticket"]
    assert desk.says(ZHANG, "到哪了", Act.QUERY, number=number).answers == []


# --- words of the bot


@pytest.mark.parametrize(
    ("who", "act", "answer"),
    [(GUEST, Act.HELP, "help"), (WU, Act.HELP, "help_staff"), (ZHANG, Act.HELP, "help_staff"), (GUEST, Act.MANAGE, "manage_by_staff"),
     (GUEST, Act.CHITCHAT, "not_understood"), (GUEST, Act.ADVERT, "not_understood"), (GUEST, Act.CLAIM, "which_ticket")],
)  # fmt: skip
def test_who_speaks_to_the_bot_hears_a_word(desk: Desk, who: Speaker, act: Act, answer: str) -> None:
    assert desk.says(who, "这个那个", act, mentioned=True).told == [(answer, THREE)]
    assert desk.says(who, "这个那个", act, room=None).told == [(answer, f"@{who.user}")]
    unheard = desk.says(who, "这个那个", act)
    assert unheard.told == ([(answer, THREE)] if act is Act.HELP else [])


# --- taken back, changed


def test_a_message_taken_back_withdraws_what_only_it_supports(desk: Desk) -> None:
    said = desk.says(LI, "三号楼灯坏了，我电话138", category="public_facility", place={"building": "3"})
    back = desk.recalls(LI, said.id)
    assert back.told == [("withdrawn_notice", "@u-zhang")]
    ticket = desk.ticket(1)
    assert (ticket["state"], ticket["summary"]) == ("withdrawn", "")
    assert desk.kinds(1)[-2:] == ["recalled", "withdrawn"]
    assert desk.recalls(LI, said.id).outcome == "acted"
    assert desk.state(1) == "withdrawn"


def test_a_message_taken_back_that_others_support_stays_a_ticket(desk: Desk) -> None:
    said = service(desk)
    desk.recalls(LI, said.id)
    assert (desk.state(1), desk.ticket(1)["summary"]) == ("assigned", "")
    urged = desk.says(QIAN, "催1", Act.URGE, number=1)
    assert "原话已撤回" in desk.says(WU, "1派给孙玉芬", Act.ASSIGN, number=1, assign_to="孙玉芬").heard[-1].text
    assert urged.outcome == "acted"


def test_a_claimed_ticket_taken_back_tells_its_worker(desk: Desk) -> None:
    said = wish(desk)
    does(desk, HE, Act.CLAIM)
    assert desk.recalls(LI, said.id).told == [("withdrawn_notice", "@u-he")]


def test_other_messages_taken_back(desk: Desk) -> None:
    said = service(desk)
    more = desk.says(LI, "二楼的也坏了", Act.SUPPLEMENT, reply_to=said.id)
    for target in (more.id, "unknown"):
        assert desk.recalls(LI, target).outcome == "left_alone"
    assert desk.state(1) == "assigned"


def test_a_message_changed_changes_its_ticket(desk: Desk) -> None:
    said = desk.says(LI, "三号楼灯坏了", category="public_facility", place={"building": "3"})
    changed = desk.edits(LI, said.id, "三号楼二单元灯坏了", place={"building": "3", "unit": "1"})
    assert changed.told == [("supplemented", "@u-zhang")]
    ticket = desk.ticket(1)
    assert (ticket["summary"], ticket["location"]["unit"]) == ("三号楼二单元灯坏了", "1")
    assert ticket["events"][-1]["facts"]["edited"] is True


def test_a_message_changed_that_had_filed_nothing_is_read_afresh(desk: Desk) -> None:
    said = desk.says(LI, "三号楼", Act.CHITCHAT)
    changed = desk.edits(LI, said.id, "三号楼灯坏了", category="public_facility", place={"building": "3"})
    assert changed.outcome == "filed"
    assert desk.ticket(1)["source"]["message"] == said.id
    assert desk.edits(LI, "unknown", "五号楼灯也坏了", place={"building": "5"}).outcome == "filed"


def test_a_graver_wording_makes_a_graver_ticket_and_a_milder_one_does_not(desk: Desk) -> None:
    said = desk.says(LI, "三号楼电梯坏了", category="elevator", place={"building": "3"})
    desk.wait(hours=1)
    graver = desk.edits(LI, said.id, "三号楼电梯坏了，困人了", urgency="emergency", place={"building": "3"})
    assert graver.told == [("emergency_assigned", "@u-zhang"), ("emergency_staff", STAFF)]
    ticket = desk.ticket(1)
    assert (ticket["urgency"], ticket["due_at"]) == ("emergency", "2026-11-22T12:00:00+08:00")
    milder = desk.edits(LI, said.id, "三号楼电梯坏了", place={"building": "3"})
    assert milder.told == [("supplemented", "@u-zhang")]
    assert desk.ticket(1)["urgency"] == "emergency"


def test_a_change_without_a_place_keeps_the_place(desk: Desk) -> None:
    said = desk.says(GUEST, "9号楼灯坏了", room=EVERYBODY, place={"building": "9"})
    desk.edits(GUEST, said.id, "灯坏了好几天", room=EVERYBODY)
    assert desk.ticket(1)["location"]["building"] == "9"


def test_half_an_hour_is_half_an_hour(desk: Desk) -> None:
    service(desk)
    desk.now += timedelta(minutes=30)
    assert desk.says(GUEST, "我家也是", Act.SECOND).outcome == "supplement"
