"""The inbox and the outbox: leases, dead holders, later attempts, and that nothing is said or done twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from desk_driver import GUEST, LI, STAFF, THREE, ZHANG, Desk
from sqlalchemy import func, select
from sqlalchemy.engine import Engine

from desk.domain.errors import RowGone
from desk.domain.model import InboxMessage, OutboxMessage, Person
from desk.domain.replies import NOTHING, Answer, Effect
from desk.domain.words import Act, InboxState, MessageKind, OutboxState, Outcome
from desk.services import delivery, mailroom
from desk.services.notices import post, staff_alarm
from desk.storage.engine import transaction
from desk.storage.tables import inbox, outbox


def arrive(desk: Desk, message: str, room: str | None = THREE, user: str | None = LI.user, **more: Any) -> int:
    """A message that waits."""
    arrival = mailroom.Arrival(
        "console", room, message, user, "李姐", more.pop("text", "灯坏了"), desk.now, direct=room is None, **more
    )
    with transaction(desk.engine) as session:
        row = mailroom.record_arrival(session, arrival, desk.now)
        assert row is not None
        return row.id


def lease(desk: Desk, owner: str = "a", wall: datetime | None = None, limit: int = 10) -> list[str]:
    """The ids of the messages that an owner gets."""
    with transaction(desk.engine) as session:
        return [row.message for row in mailroom.lease(session, owner, wall or desk.now, limit)]


def row_of(desk: Desk, row_id: int) -> InboxMessage:
    with transaction(desk.engine) as session:
        row = session.get(InboxMessage, row_id)
        assert row is not None
        return row


# --- in


def test_the_oldest_come_first_and_go_to_one_owner(desk: Desk) -> None:
    for number in range(4):
        arrive(desk, f"m{number}", room=f"群{number}")
    assert lease(desk, "a", limit=2) == ["m0", "m1"]
    assert lease(desk, "b") == ["m2", "m3"]
    assert lease(desk, "c") == []


def test_a_conversation_stays_in_order(desk: Desk) -> None:
    arrive(desk, "m0")
    assert lease(desk, "a") == ["m0"]
    arrive(desk, "m1")
    arrive(desk, "m2", room="别的群")
    assert lease(desk, "b") == ["m2"]
    with transaction(desk.engine) as session:
        row = session.scalars(select(InboxMessage).where(inbox.c.message == "m0")).one()
        mailroom.finish(session, row, NOTHING, desk.now)
    assert lease(desk, "b") == ["m1"]


def test_two_who_lease_at_once_get_different_messages(desk: Desk) -> None:
    if desk.engine.dialect.name == "sqlite":  # one writer at a time: the second one waits for the first
        arrive(desk, "m0")
        assert (lease(desk, "a"), lease(desk, "b")) == (["m0"], [])
        return
    arrive(desk, "m0", room="一群")
    arrive(desk, "m1", room="二群")
    with transaction(desk.engine) as one, transaction(desk.engine) as other:
        first = [row.message for row in mailroom.lease(one, "a", desk.now, 1)]
        second = [row.message for row in mailroom.lease(other, "b", desk.now, 10)]
    assert (first, second) == (["m0"], ["m1"])


def test_the_same_message_is_kept_once(desk: Desk) -> None:
    arrive(desk, "m0")
    for same in ("m0", "m0"):
        arrival = mailroom.Arrival("console", THREE, same, LI.user, "李姐", "别的话", desk.now)
        with transaction(desk.engine) as session:
            assert mailroom.record_arrival(session, arrival, desk.now) is None
    with transaction(desk.engine) as session:
        assert session.scalar(select(func.count()).select_from(inbox)) == 1
    arrive(desk, "m0", room=None)
    arrive(desk, "m0", room=None, user="somebody-else")
    with transaction(desk.engine) as session:
        scopes = set(session.scalars(select(inbox.c.scope)))
    assert scopes == {f"room:{THREE}", f"user:{LI.user}", "user:somebody-else"}


def test_a_person_is_known_by_account_and_renamed(desk: Desk) -> None:
    for number, name in enumerate(("李姐", "3-2-501 李姐", "")):
        arrival = mailroom.Arrival("console", THREE, f"m{number}", "u9", name, "话", desk.now)
        with transaction(desk.engine) as session:
            mailroom.record_arrival(session, arrival, desk.now)
    with transaction(desk.engine) as session:
        assert [person.name for person in session.scalars(select(Person))] == ["3-2-501 李姐"]


def test_a_token_proves_the_lease(desk: Desk) -> None:
    row_id = arrive(desk, "m0")
    with transaction(desk.engine) as session:
        (row,) = mailroom.lease(session, "a", desk.now, 1)
        token = row.lease_token or ""
    with transaction(desk.engine) as session:
        assert mailroom.held_row(session, row_id, token).id == row_id
        for wrong in ("", "x", token.upper() + "x"):
            with pytest.raises(RowGone) as error:
                mailroom.held_row(session, row_id, wrong)
            assert (error.value.code, error.value.facts) == ("row_gone", {"row": row_id})
        with pytest.raises(RowGone):
            mailroom.held_row(session, 99999, token)
        mailroom.finish(session, mailroom.held_row(session, row_id, token), NOTHING, desk.now)
        session.flush()
        with pytest.raises(RowGone):
            mailroom.held_row(session, row_id, token)


def test_what_a_dead_process_held_is_taken_over(desk: Desk) -> None:
    arrive(desk, "m0")
    lease(desk, "dead")
    arrive(desk, "m1", room="别的群")
    lease(desk, "alive")
    with transaction(desk.engine) as session:
        assert mailroom.take_over(session, desk.now, lambda owner: owner == "dead") == 1
    assert lease(desk, "b") == ["m0"]
    with transaction(desk.engine) as session:
        assert mailroom.take_over(session, desk.now, lambda _owner: False) == 0
        assert mailroom.take_over(session, desk.now + mailroom.LEASE, lambda _owner: False) == 2


def test_later_attempts_wait_longer_and_end(desk: Desk) -> None:
    row_id = arrive(desk, "m0")
    wall = desk.now
    for attempt, wait in ((1, 2), (2, 10)):
        with transaction(desk.engine) as session:
            (row,) = mailroom.lease(session, "a", wall, 1)
            assert mailroom.give_back(row, wall)
            assert row.attempts == attempt
        assert lease(desk, wall=wall + timedelta(seconds=wait - 1)) == []
        wall += timedelta(seconds=wait)
    with transaction(desk.engine) as session:
        (row,) = mailroom.lease(session, "a", wall, 1)
        assert not mailroom.give_back(row, wall)
        mailroom.set_aside(row)
    row = row_of(desk, row_id)
    assert (row.state, row.outcome, row.lease_token) == (InboxState.FAILED, Outcome.FAILED, None)
    assert lease(desk, wall=wall + timedelta(days=9)) == []


def test_what_is_not_its_fault_does_not_count(desk: Desk) -> None:
    arrive(desk, "m0")
    wall = desk.now
    for _ in range(20):
        with transaction(desk.engine) as session:
            (row,) = mailroom.lease(session, "a", wall, 1)
            assert mailroom.give_back(row, wall, count=False)
            assert row.attempts == 0
        wall += timedelta(minutes=2)


def test_what_was_decided_outlives_who_decided_it(desk: Desk) -> None:
    effect = Effect(Outcome.ACTED, (Answer("claimed", {"number": 1}), Answer("help", {}, private=True)), 7)
    row_id = arrive(desk, "m0")
    with transaction(desk.engine) as session:
        row = session.get(InboxMessage, row_id)
        assert row is not None
        assert row.effect is None
        row.effect = effect.as_dict()
    assert Effect.from_dict(row_of(desk, row_id).effect or {}) == effect


# --- answers


def test_answers_to_a_room_and_in_private(desk: Desk) -> None:
    row_id = arrive(desk, "m0")
    effect = Effect(Outcome.ANSWERED, (Answer("help"), Answer("help_staff", private=True)))
    for _ in range(2):  # made anew after a crash, said once
        with transaction(desk.engine) as session:
            row = session.get(InboxMessage, row_id)
            assert row is not None
            mailroom.finish(session, row, effect, desk.now)
    assert [(s.template, s.to, s.reply_to) for s in desk.deliver()] == [
        ("help", THREE, "m0"), ("help_staff", f"@{LI.user}", None),
    ]  # fmt: skip
    row = row_of(desk, row_id)
    assert (row.state, row.outcome) == (InboxState.DONE, Outcome.ANSWERED)


def test_an_edit_is_answered_under_the_message_it_changed(desk: Desk) -> None:
    row_id = arrive(desk, "m0#edited", kind=MessageKind.EDITED, target="m0")
    with transaction(desk.engine) as session:
        row = session.get(InboxMessage, row_id)
        assert row is not None
        mailroom.finish(session, row, Effect(Outcome.ANSWERED, (Answer("help"),)), desk.now)
    assert [spoken.reply_to for spoken in desk.deliver()] == ["m0"]


def test_a_recall_names_only_its_message_and_finds_the_rest(desk: Desk) -> None:
    arrive(desk, "m0", room=None)
    arrive(desk, "m0")
    for room, expected in ((THREE, f"room:{THREE}"), ("别的群", f"room:{THREE}")):
        arrival = mailroom.Arrival(
            "", room, f"m0#recalled-{room}", None, "", "", desk.now, MessageKind.RECALLED, target="m0"
        )
        with transaction(desk.engine) as session:
            row = mailroom.record_arrival(session, arrival, desk.now)
            assert row is not None
            assert (row.channel, row.scope, row.kind) == ("console", expected, MessageKind.RECALLED)
            person = session.get(Person, row.person_id)
            assert person is not None
            assert (person.user, person.name) == (LI.user, "李姐")


@pytest.mark.parametrize(("channel", "target"), [("", "unknown"), ("telegram", "m0"), ("", None)])
def test_a_recall_of_what_was_never_said_is_nothing(desk: Desk, channel: str, target: str | None) -> None:
    arrive(desk, "m0")
    arrival = mailroom.Arrival(channel, THREE, "x", None, "", "", desk.now, MessageKind.RECALLED, target=target)
    assert desk.hears(arrival, Act.CHITCHAT, {}).row == 0


# --- out


def put(desk: Desk, key: str, rank: int = 1, room: str = THREE) -> bool:
    with transaction(desk.engine) as session:
        return post(session, OutboxMessage(key, "console", "help", {}, desk.now, room=room, rank=rank))


def due(desk: Desk, wall: datetime | None = None, owner: str = "a") -> list[str]:
    with transaction(desk.engine) as session:
        return [message.dedup_key for message in delivery.due_out(session, owner, wall or desk.now, 10)]


def out(desk: Desk, key: str) -> OutboxMessage:
    with transaction(desk.engine) as session:
        return session.scalars(select(OutboxMessage).where(outbox.c.dedup_key == key)).one()


def mark(desk: Desk, key: str, *, permanent: bool = False, later: timedelta = timedelta(0)) -> OutboxMessage:
    with transaction(desk.engine) as session:
        message = session.scalars(select(OutboxMessage).where(outbox.c.dedup_key == key)).one()
        delivery.mark_unsent(message, desk.now, desk.now + later, permanent=permanent)
        return message


def test_one_fact_is_told_once(desk: Desk) -> None:
    assert [put(desk, "k"), put(desk, "k"), put(desk, "other")] == [True, False, True]
    assert due(desk) == ["k", "other"]
    assert due(desk) == []


def test_answers_go_before_notices(desk: Desk) -> None:
    put(desk, "notice", 1)
    put(desk, "answer", 0)
    assert due(desk) == ["answer", "notice"]


def test_sent_is_sent_and_found_by_a_reply(desk: Desk) -> None:
    put(desk, "k")
    due(desk)
    with transaction(desk.engine) as session:
        delivery.mark_sent(session.scalars(select(OutboxMessage)).one(), "p9", desk.now)
    message = out(desk, "k")
    assert (message.state, message.provider_message, message.lease_owner) == (OutboxState.SENT, "p9", None)
    assert due(desk, desk.now + timedelta(days=9)) == []


def test_not_sent_is_tried_later_with_longer_waits(desk: Desk) -> None:
    put(desk, "k")
    wall = desk.now
    for wait in (2, 10, 60, 60, 60):
        assert due(desk, wall) == ["k"]
        with transaction(desk.engine) as session:
            message = session.scalars(select(OutboxMessage)).one()
            delivery.mark_unsent(message, wall, desk.now, permanent=False)
        assert due(desk, wall + timedelta(seconds=wait - 1)) == []
        wall += timedelta(seconds=wait)


def test_not_sent_for_good(desk: Desk) -> None:
    put(desk, "k")
    due(desk)
    assert mark(desk, "k", permanent=True).state is OutboxState.FAILED
    assert due(desk, desk.now + timedelta(days=9)) == []


def test_an_answer_that_is_a_day_old_is_not_given(desk: Desk) -> None:
    put(desk, "k")
    due(desk)
    assert mark(desk, "k", later=timedelta(hours=24)).state is OutboxState.PENDING
    assert mark(desk, "k", later=timedelta(hours=24, seconds=1)).state is OutboxState.EXPIRED
    assert due(desk, desk.now + timedelta(days=9)) == []


def test_what_may_have_arrived_is_unknown_and_sent_once_more(desk: Desk) -> None:
    put(desk, "k")
    due(desk, owner="dead")
    with transaction(desk.engine) as session:
        assert mailroom.take_over(session, desk.now, lambda owner: owner == "dead") == 1
    assert out(desk, "k").state is OutboxState.UNKNOWN
    assert due(desk, owner="b") == ["k"]


def test_a_reply_finds_the_bots_words_only_in_their_room(desk: Desk) -> None:
    desk.says(LI, "三号楼灯坏了", category="public_facility", place={"building": "3"})
    (card,) = desk.cards(1, "receipt")
    assert desk.says(ZHANG, "接单", Act.CLAIM, room="大群", reply_to=card).outcome == "left_alone"
    assert desk.says(ZHANG, "接单", Act.CLAIM, reply_to=card).answers == ["claimed"]


def test_what_failed_is_told_to_the_staff_of_the_place(desk: Desk, community: Engine) -> None:
    here, private, unknown = arrive(desk, "m0"), arrive(desk, "m1", room=None), arrive(desk, "m2", room="陌生群")
    for row_id in (here, here, private, unknown):
        with transaction(community) as session:
            row = session.get(InboxMessage, row_id)
            assert row is not None
            staff_alarm(session, row, desk.now, "alarm_failed")
    assert [(spoken.template, spoken.to) for spoken in desk.deliver()] == [("alarm_failed", STAFF)] * 2


def test_the_code_of_what_is_about_no_ticket(desk: Desk) -> None:
    desk.says(GUEST, "你是谁", Act.HELP, mentioned=True)
    put(desk, "k")
    with transaction(desk.engine) as session:
        codes = {delivery.code_of(session, message) for message in session.scalars(select(OutboxMessage))}
    assert codes == {None}
