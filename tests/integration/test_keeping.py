"""What is kept goes by itself when its time is over: words after a day or a month, people after a year, figures never."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest
from desk_driver import GUEST, HE, LI, QIAN, WU, ZHANG, Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from test_recall import everything

from bot.settings import SettingInvalid, read_settings
from desk.domain.keeping import KEEP
from desk.domain.model import InboxMessage, OutboxMessage
from desk.domain.words import Act, InboxState, OutboxState
from desk.services import keeping
from desk.storage.engine import transaction

WORDS = "西瓜绿的灯坏了"


def sweep(desk: Desk, keep: timedelta = KEEP) -> int:
    with transaction(desk.engine) as session:
        return keeping.sweep(session, desk.now, keep)


def too_old(desk: Desk) -> dict[str, int]:
    with transaction(desk.engine) as session:
        return keeping.too_old(session, desk.now)


def lines_with(desk: Desk, words: str = WORDS) -> set[str]:
    return {line.split(":")[0] for line in everything(desk.engine).splitlines() if words in line}


def test_what_was_left_alone_is_a_count_after_a_day(desk: Desk) -> None:
    desk.says(GUEST, WORDS, Act.CHITCHAT, attachments=[{"kind": "photo", "name": WORDS}])
    desk.now += timedelta(hours=23)
    assert sweep(desk) == 0
    assert lines_with(desk) == {"inbox"}
    desk.now += timedelta(minutes=59)
    sweep(desk)
    assert lines_with(desk) == set()
    with transaction(desk.engine) as session:
        row = session.scalars(select(InboxMessage)).one()
        assert (row.text, row.attachments, row.reading, row.effect) == ("", [], None, None)
        assert row.outcome.value == "left_alone"
    desk.now += timedelta(hours=1)
    assert too_old(desk) == {"inbox": 0, "outbox": 0, "tickets": 0}


def test_what_became_something_is_kept_for_its_time(desk: Desk) -> None:
    desk.says(LI, WORDS, category="public_facility", place={"building": "3"})
    desk.now += timedelta(days=29)
    sweep(desk)
    assert lines_with(desk) == {"inbox", "outbox", "tickets"}
    desk.now += timedelta(days=2)
    assert too_old(desk)["inbox"] == 1
    assert too_old(desk)["outbox"] == 2
    sweep(desk)
    assert lines_with(desk) == {"tickets"}
    assert too_old(desk) == {"inbox": 0, "outbox": 0, "tickets": 0}
    assert desk.ticket(1)["summary"] == WORDS
    assert desk.says(ZHANG, "1办结", Act.FINISH, number=1).outcome == "acted"


def test_a_shorter_time_is_kept_too(desk: Desk) -> None:
    desk.says(LI, WORDS, category="public_facility", place={"building": "3"})
    desk.now += timedelta(days=3, minutes=1)
    sweep(desk, timedelta(days=3))
    assert lines_with(desk) == {"tickets"}


def ended(desk: Desk, how: str) -> None:
    desk.says(LI, WORDS, category="public_facility", place={"building": "3", "unit": "2", "room": "501"})
    desk.says(QIAN, f"附议1，{WORDS}", Act.SECOND, number=1)
    desk.says(HE, f"1补充{WORDS}", Act.SUPPLEMENT, number=1)
    if how == "withdrawn":
        desk.says(LI, "1撤销", Act.WITHDRAW, number=1)
    else:
        desk.says(ZHANG, "1办结", Act.FINISH, number=1)
        desk.says(LI, "1满意", Act.RATE, number=1, rating=5)


@pytest.mark.parametrize("how", ["closed", "withdrawn"])
def test_a_ticket_forgets_its_people_a_year_after_its_end(desk: Desk, how: str) -> None:
    ended(desk, how)
    before = desk.ticket(1)
    desk.now += timedelta(days=364)
    sweep(desk)
    assert desk.ticket(1)["requester"]["user"] == "r-li"
    desk.now += timedelta(days=2)
    sweep(desk)
    after = desk.ticket(1)
    assert lines_with(desk) == lines_with(desk, "r-qian 钱叔") == set()
    assert (after["requester"]["name"], after["summary"], after["location"]["room"]) == ("", "", None)
    assert len(after["supporters"]) == 1
    assert after["supporters"][0]["user"] != "r-qian"
    same = (
        "state",
        "kind",
        "category",
        "urgency",
        "opened_at",
        "closed_at",
        "rating",
        "assignee",
        "accountable",
        "grid",
    )
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert [event["kind"] for event in after["events"]] == [event["kind"] for event in before["events"]]
    assert "r-li" not in {event["by"]["user"] for event in after["events"] if event["by"]}
    assert {event["by"]["id"] for event in after["events"] if event["by"] and event["by"]["id"]} >= (
        {"zhang"} if how == "closed" else set()
    )
    assert desk.state(1) == how


def test_what_was_opened_again_counts_from_its_last_end(desk: Desk) -> None:
    desk.says(LI, WORDS, category="public_facility", place={"building": "3"})
    desk.says(LI, "1撤销", Act.WITHDRAW, number=1)
    desk.now += timedelta(days=200)
    desk.says(WU, "1派给张伟", Act.ASSIGN, number=1, assign_to="张伟")
    desk.now += timedelta(days=200)
    sweep(desk)
    assert desk.ticket(1)["summary"] in (WORDS, "")
    assert (desk.ticket(1)["summary"] == WORDS) == (desk.state(1) != "withdrawn")


def test_an_open_ticket_keeps_what_it_needs(desk: Desk) -> None:
    desk.says(LI, "想请人陪我妈", kind="wish", place={"building": "3", "room": "501"})
    desk.now += timedelta(days=800)
    sweep(desk)
    assert desk.ticket(1)["summary"] == "想请人陪我妈"
    assert desk.ticket(1)["location"]["room"] == "501"


@pytest.mark.parametrize("state", [InboxState.PENDING, InboxState.LEASED])
def test_what_is_in_hand_is_waited_for(desk: Desk, state: InboxState) -> None:
    first = desk.says(GUEST, WORDS, Act.CHITCHAT)
    with transaction(desk.engine) as session:
        row = session.get(InboxMessage, first.row)
        assert row is not None
        row.state = state
    desk.says(GUEST, f"{WORDS}二", Act.CHITCHAT)
    desk.now += timedelta(days=2)
    assert sweep(desk) == 0
    with transaction(desk.engine) as session:
        row = session.get(InboxMessage, first.row)
        assert row is not None
        row.state = InboxState.DONE
    sweep(desk)
    assert lines_with(desk) == set()


def test_what_could_not_be_delivered_all_that_time_never_is(desk: Desk) -> None:
    desk.says(LI, WORDS, category="public_facility", place={"building": "3"})
    with transaction(desk.engine) as session:
        for message in session.scalars(select(OutboxMessage)):
            message.state = OutboxState.PENDING
    desk.now += timedelta(days=40)
    sweep(desk)
    assert "outbox" not in lines_with(desk)
    assert desk.deliver() == ()


def test_more_than_one_round(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST", 2)
    for _ in range(5):
        desk.says(GUEST, WORDS, Act.CHITCHAT)
    desk.now += timedelta(days=2)
    for _ in range(3):
        sweep(desk)
    assert lines_with(desk) == set()


def test_the_name_of_who_only_talked_goes_with_the_words(desk: Desk) -> None:
    desk.says(GUEST, "早上好", Act.CHITCHAT)
    desk.says(LI, "灯坏了", category="public_facility", place={"building": "3"})
    desk.now += timedelta(days=31)
    sweep(desk)
    assert lines_with(desk, "云淡风轻") == set()
    assert lines_with(desk, "李姐") == {"people"}
    desk.says(GUEST, "我又来了", Act.CHITCHAT)
    assert lines_with(desk, "云淡风轻") == {"people"}


def test_the_schedule_does_it(desk: Desk) -> None:
    desk.says(GUEST, WORDS, Act.CHITCHAT)
    desk.now += timedelta(days=2)
    assert desk.fire() == []
    assert lines_with(desk) == set()


def test_nothing_is_scheduled_for_it(desk: Desk) -> None:
    """A replay's clock stops for what is said, not for what is forgotten."""
    desk.says(GUEST, WORDS, Act.CHITCHAT)
    assert desk._next_due(desk.now + timedelta(days=400)) is None


@pytest.mark.parametrize("given", ["0", "-1", "x", "1.5", "3651", "99999999999999", "٣", " 5", "1e3"])
def test_a_time_that_makes_no_sense(given: str) -> None:
    with pytest.raises(SettingInvalid):
        read_settings({"LINLI_KEEP_DAYS": given})


@pytest.mark.parametrize(("given", "days"), [("", 30), ("1", 1), ("3650", 3650), ("007", 7)])
def test_a_time_that_does(given: str, days: int) -> None:
    assert read_settings({"LINLI_KEEP_DAYS": given}).keep == timedelta(days=days)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=30))
def test_any_text_is_a_time_or_said_to_be_none(given: str) -> None:
    with contextlib.suppress(SettingInvalid):
        assert timedelta(days=1) <= read_settings({"LINLI_KEEP_DAYS": given}).keep <= timedelta(days=3650)


FACTS: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["summary", "detail", "text", "place", "room", "number", "tickets", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(["summary", "detail", "text", "words", "second", "place", "tickets", "x"]), FACTS)
)
def test_any_facts_can_be_scrubbed(facts: dict[str, Any]) -> None:
    from desk.services.redacting import OF_MESSAGE, scrubbed

    clean = scrubbed(facts, OF_MESSAGE, 7)
    assert set(clean) == set(facts)
    assert not any(clean[name] for name in OF_MESSAGE if name in clean)
    assert scrubbed(clean, OF_MESSAGE, 7) == clean
