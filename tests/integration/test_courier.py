"""One channel's deliveries: whose turn it is, what each answer of a platform does, and another way where there is one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from desk_driver import HE, LI, STAFF, THREE, ZHANG, Desk
from sqlalchemy import select, update

from bot.channels.contract import (
    AccountLost,
    Capabilities,
    Gone,
    Health,
    Moved,
    Outgoing,
    Permanent,
    Receipt,
    RoomChange,
    RoomNews,
    Transient,
    Uncertain,
)
from bot.gateway.courier import Courier
from bot.gateway.handle import wall_clock
from bot.gateway.news import do_room_news
from bot.gateway.watch import Watch
from bot.gateway.wording import Wording
from desk.domain.manners import NO_QUIET
from desk.domain.model import OutboxMessage, Room, Ticket
from desk.domain.words import Act, OutboxState, Purpose
from desk.services import delivery, mailroom
from desk.services.notices import post
from desk.services.room_manners import open_manners
from desk.storage.engine import transaction
from desk.storage.tables import outbox, rooms

Answer = Callable[[Outgoing], "Exception | None"]


class Platform:
    """Takes messages as it is told to: an error for each message that `refuse` finds one for."""

    def __init__(self, refuse: Answer = lambda _message: None, **capabilities: Any) -> None:
        self.capabilities = Capabilities(**capabilities)
        self.refuse = refuse
        self.sent: list[Outgoing] = []
        self.tried = 0

    def send(self, message: Outgoing) -> Receipt:
        self.tried += 1
        error = self.refuse(message)
        if error is not None:
            raise error
        self.sent.append(message)
        return Receipt(f"p{len(self.sent)}")


def put(desk: Desk, key: str, channel: str = "console", room: str | None = THREE, **more: Any) -> None:
    facts = {"template": "help", "facts": {}, **more}
    with transaction(desk.engine) as session:
        post(session, OutboxMessage(key, channel, created_at=wall_clock(), room=room, **facts))


@pytest.fixture(autouse=True)
def no_quiet_hours(desk: Desk) -> None:
    """A courier lives by the real clock, and these tests run at every hour."""
    with transaction(desk.engine) as session:
        for room in session.scalars(select(Room)):
            open_manners(session, room).quiet = NO_QUIET


def courier(desk: Desk, platform: Platform, name: str = "console") -> Courier:
    return Courier(desk.engine, "owner", name, platform, Wording(desk.engine))


def row(desk: Desk, key: str) -> OutboxMessage:
    with transaction(desk.engine) as session:
        return session.scalars(select(OutboxMessage).where(outbox.c.dedup_key == key)).one()


def later(desk: Desk) -> None:
    """The waits are over."""
    with transaction(desk.engine) as session:
        session.execute(
            update(outbox).values(retry_at=wall_clock() - timedelta(seconds=1)).where(outbox.c.attempts > 0)
        )


def heard(platform: Platform) -> list[tuple[str | None, str]]:
    return [(message.room or message.to, message.template) for message in platform.sent]


def clean_slate(desk: Desk) -> None:
    """What the desk said so far was said."""
    with transaction(desk.engine) as session:
        session.execute(update(outbox).values(state=OutboxState.SENT))


def failing_once(error: Exception) -> Answer:
    left = [error]
    return lambda _message: left.pop() if left else None


# --- order and patience


def test_what_is_for_other_channels_is_left_alone(desk: Desk) -> None:
    put(desk, "here")
    put(desk, "there", "telegram")
    platform = Platform()
    assert courier(desk, platform).deliver() == 1
    assert (row(desk, "here").state, row(desk, "here").provider_message) == (OutboxState.SENT, "p1")
    assert row(desk, "there").state is OutboxState.PENDING


def test_a_chat_that_asks_for_patience_keeps_its_order_and_holds_no_other(desk: Desk) -> None:
    for key, room in (("a1", THREE), ("b1", STAFF), ("a2", THREE), ("b2", STAFF)):
        put(desk, key, room=room, facts={"note": key})
    refuse = failing_once(Transient(300))
    platform = Platform(refuse)
    one = courier(desk, platform)
    assert one.deliver() == 2
    assert [message.room for message in platform.sent] == [STAFF, STAFF]
    waiting = row(desk, "a1")
    assert waiting.retry_at is not None
    assert waiting.retry_at > wall_clock() + timedelta(seconds=290)
    assert row(desk, "a2").state is OutboxState.PENDING
    later(desk)
    assert one.deliver() == 2
    assert [row(desk, key).provider_message for key in ("a1", "a2")] == ["p3", "p4"]


def test_what_waits_for_its_hour_holds_nobody(desk: Desk) -> None:
    put(desk, "tomorrow", retry_at=wall_clock() + timedelta(hours=9))
    put(desk, "now")
    assert courier(desk, Platform()).deliver() == 1
    assert row(desk, "now").state is OutboxState.SENT


@pytest.mark.parametrize("error", [AccountLost(600), Transient(600, everywhere=True)])
def test_a_channel_that_is_away_is_not_asked_again_for_every_message(desk: Desk, error: Exception) -> None:
    for number in range(5):
        put(desk, f"k{number}", room=f"room {number}")
    platform = Platform(lambda _message: error)
    one = courier(desk, platform)
    one.deliver()
    one.deliver()
    assert platform.tried == 1
    assert row(desk, "k0").state is OutboxState.PENDING


def test_a_stuck_channel_slows_no_other(desk: Desk) -> None:
    put(desk, "stuck", "wechat")
    put(desk, "well", "console")
    release = threading.Event()
    frozen = Platform(lambda _message: release.wait(60) and None)
    slow, quick = courier(desk, frozen, "wechat"), Platform()
    other = courier(desk, quick, "console")
    threads = [threading.Thread(target=one.run, daemon=True) for one in (slow, other)]
    for thread in threads:
        thread.start()
    other.stop(60)
    threads[1].join(60)
    assert heard(quick) == [(THREE, "help")]
    assert frozen.sent == []
    release.set()
    slow.stop(60)
    threads[0].join(60)
    assert heard(frozen) == [(THREE, "help")]


# --- unknown


def test_what_may_have_arrived_is_sent_once_more_and_then_no_more(desk: Desk) -> None:
    put(desk, "k")
    platform = Platform(lambda _message: Uncertain())
    one = courier(desk, platform)
    for _ in range(5):
        one.deliver()
        later(desk)
    assert platform.tried == 2
    assert row(desk, "k").state is OutboxState.UNKNOWN


def test_an_unknown_fate_is_given_up_after_a_day(desk: Desk) -> None:
    put(desk, "k")
    courier(desk, Platform(lambda _message: Uncertain())).deliver()
    with transaction(desk.engine) as session:
        assert delivery.expire_out(session, wall_clock() + timedelta(hours=23)) == 0
        assert delivery.expire_out(session, wall_clock() + timedelta(hours=25)) == 1
    assert row(desk, "k").state is OutboxState.EXPIRED


def test_a_broken_channel_is_asked_twice_and_the_next_message_goes(desk: Desk) -> None:
    put(desk, "broken", room="a")
    put(desk, "good", room="b")
    platform = Platform(lambda message: RuntimeError("a fault of ours") if message.room == "a" else None)
    one = courier(desk, platform)
    one.deliver()
    assert (row(desk, "broken").state, row(desk, "good").state) == (OutboxState.UNKNOWN, OutboxState.SENT)


def test_who_dies_over_a_message_time_and_again_is_the_message_s_fault(desk: Desk) -> None:
    put(desk, "k")
    killed = 0
    for _ in range(20):
        with transaction(desk.engine) as session:
            taken = delivery.next_out(session, "dead", wall_clock(), "console")
        if taken is None:
            break
        killed += 1
        with transaction(desk.engine) as session:
            mailroom.take_over(session, wall_clock(), lambda _owner: True)
    assert killed == delivery.CUT_OFF_SENDS


def test_the_dead_sender_s_message_goes_before_what_came_later(desk: Desk) -> None:
    put(desk, "first")
    put(desk, "second")
    with transaction(desk.engine) as session:
        delivery.next_out(session, "dead", wall_clock(), "console")
    one = courier(desk, Platform())
    assert one.deliver() == 0
    with transaction(desk.engine) as session:
        mailroom.take_over(session, wall_clock(), lambda _owner: True)
    assert one.deliver() == 2
    assert [row(desk, key).provider_message for key in ("first", "second")] == ["p1", "p2"]


# --- pace and length


def test_a_room_gets_no_more_than_its_share(desk: Desk) -> None:
    for number in range(4):
        put(desk, f"a{number}")
    put(desk, "b", room=STAFF)
    platform = Platform(room_per_minute=20)
    courier(desk, platform).deliver()
    assert [message.room for message in platform.sent] == [THREE, STAFF]


def test_a_long_text_goes_in_parts_that_end_where_a_line_ends(desk: Desk) -> None:
    put(desk, "k", template="list_mine", facts=long_list(12))
    platform = Platform(longest=80)
    assert courier(desk, platform).deliver() == 1
    assert len(platform.sent) > 2
    assert all(len(message.text) <= 80 for message in platform.sent)
    assert "\n".join(message.text for message in platform.sent).count("楼道灯") == 12
    assert row(desk, "k").provider_message == "p1"


def test_parts_that_arrived_are_not_sent_again(desk: Desk) -> None:
    put(desk, "k", template="list_mine", facts=long_list(12))
    whole = Platform(longest=80)
    platform = Platform(longest=80)
    platform.refuse = lambda _message: Transient() if platform.tried == 2 else None
    one = courier(desk, platform)
    one.deliver()
    later(desk)
    one.deliver()
    put(desk, "again", template="list_mine", facts=long_list(12))
    courier(desk, whole).deliver()
    assert [message.text for message in platform.sent] == [message.text for message in whole.sent]


def long_list(count: int) -> dict[str, Any]:
    line = {"state": "filed", "summary": "楼道灯坏了", "assignee": "张伟", "due": None, "timezone": "Asia/Shanghai"}
    return {"count": count, "tickets": [{**line, "number": number} for number in range(count)]}


# --- rooms that move


def test_a_room_that_moved_takes_everything_with_it(desk: Desk) -> None:
    said = desk.says(LI, "三号楼电梯坏了", category="elevator", place={"building": "3"})
    clean_slate(desk)
    put(desk, "k", reply_to=said.id)
    put(desk, "behind")
    refuse = failing_once(Moved("新群"))
    platform = Platform(refuse)
    one = courier(desk, platform)
    one.deliver()
    later(desk)
    one.deliver()
    assert [message.room for message in platform.sent] == ["新群", "新群"]
    assert [message.reply_to for message in platform.sent] == [None, None]  # ids begin anew in the new room
    with transaction(desk.engine) as session:
        room = session.scalars(select(Room).where(rooms.c.room == "新群")).one()
        assert room.purpose is Purpose.RESIDENTS
        assert session.scalars(select(Ticket)).one().source_room == "新群"


def test_news_of_a_move_twice_is_news_once(desk: Desk) -> None:
    put(desk, "k")
    news = RoomNews("console", THREE, RoomChange.MOVED, to="新群")
    for _ in range(2):
        with transaction(desk.engine) as session:
            do_room_news(session, news, wall_clock())
    assert row(desk, "k").room == "新群"


def test_a_reply_in_its_own_room_stays_a_reply(desk: Desk) -> None:
    said = desk.says(LI, "三号楼电梯坏了", category="elevator", place={"building": "3"})
    clean_slate(desk)
    put(desk, "k", reply_to=said.id)
    platform = Platform()
    courier(desk, platform).deliver()
    assert [message.reply_to for message in platform.sent] == [said.id]


# --- gone


def gone_in_private(message: Outgoing) -> Exception | None:
    return Gone() if message.to is not None else None


def posted(desk: Desk, run: Callable[[], Any]) -> None:
    """Runs it, and lets all that it posted wait for delivery, as the running gateway has it."""
    run()
    with transaction(desk.engine) as session:
        session.execute(
            update(outbox).values(state=OutboxState.PENDING, provider_message=None, created_at=wall_clock())
        )


def test_a_notice_that_cannot_reach_the_officer_goes_to_the_staff_room_without_door_and_name(desk: Desk) -> None:
    posted(desk, lambda: desk.says(LI, "三号楼电梯坏了我是501的李姐", place={"building": "3"}, summary="电梯坏了"))
    platform = Platform(gone_in_private)
    one = courier(desk, platform)
    one.deliver()
    one.deliver()
    told = [message for message in platform.sent if message.room == STAFF]
    assert [message.template for message in told] == ["assigned"]
    assert "电梯坏了" in told[0].text
    assert "501" not in told[0].text
    assert LI.name not in told[0].text
    assert all(message.to is None for message in platform.sent)


def test_nothing_that_only_the_claimer_may_read_goes_to_a_room(desk: Desk) -> None:
    desk.says(LI, "想请人陪我去医院", kind="wish", category="health", place={"building": "3"})
    clean_slate(desk)
    claim = desk.says(HE, "接1", act=Act.CLAIM, number=1, room="志愿者群")
    with transaction(desk.engine) as session:
        private = session.scalars(select(OutboxMessage).where(outbox.c.template == "wish_details")).one()
        private.state, private.created_at = OutboxState.PENDING, wall_clock()
    platform = Platform(gone_in_private)
    one = courier(desk, platform)
    one.deliver()
    assert [(m.room, m.template, m.reply_to) for m in platform.sent] == [("志愿者群", "write_to_me_first", claim.id)]
    assert row(desk, private.dedup_key).state is OutboxState.FAILED
    assert "501" not in platform.sent[0].text


def test_a_resident_who_blocked_us_is_nobody_s_business(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", place={"building": "3"}, room=None)
    clean_slate(desk)
    put(desk, "k", room=None, user=LI.user, template="resolved_ask", facts={"number": 1}, ticket_id=1)
    platform = Platform(gone_in_private)
    courier(desk, platform).deliver()
    assert platform.sent == []
    assert row(desk, "k").state is OutboxState.FAILED


def test_photos_that_cannot_reach_the_officer_are_not_announced_where_nobody_sees_them(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", place={"building": "3"})
    clean_slate(desk)
    facts = {"number": 1, "files": [1], "count": 1}
    put(desk, "k", room=None, user=ZHANG.user, template="photos", facts=facts, ticket_id=1)
    platform = Platform(gone_in_private)
    courier(desk, platform).deliver()
    assert heard(platform) == [(STAFF, "undelivered")]


def test_a_sentence_that_needs_a_private_fact_becomes_another_one(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", place={"building": "3"})
    clean_slate(desk)
    facts = {"number": 1, "detail": "501", "place": {}, "requester": LI.name}
    put(desk, "k", room=None, user=ZHANG.user, template="wish_details", facts=facts, ticket_id=1)
    platform = Platform(gone_in_private)
    courier(desk, platform).deliver()
    assert heard(platform) == [(STAFF, "undelivered")]
    assert "张伟" in platform.sent[0].text
    assert LI.name not in platform.sent[0].text


def test_staff_hear_once_that_a_room_is_lost(desk: Desk) -> None:
    for key in ("k1", "k2"):
        put(desk, key)
    platform = Platform(lambda message: Gone() if message.room == THREE else None)
    courier(desk, platform).deliver()
    assert heard(platform) == [(STAFF, "room_lost")]
    assert {row(desk, key).state for key in ("k1", "k2")} == {OutboxState.FAILED}


@pytest.mark.parametrize("error", [Permanent(), Gone()])
def test_what_is_refused_for_good_has_failed(desk: Desk, error: Exception) -> None:
    put(desk, "k", room="unknown room")
    assert courier(desk, Platform(lambda _message: error)).deliver() == 1
    assert row(desk, "k").state is OutboxState.FAILED


def test_what_cannot_be_put_into_words_has_failed(desk: Desk) -> None:
    put(desk, "k", template="no such template")
    platform = Platform()
    courier(desk, platform).deliver()
    assert (platform.tried, row(desk, "k").state) == (0, OutboxState.FAILED)


def test_what_was_taken_back_meanwhile_stays_so(desk: Desk) -> None:
    """A recall that changes the facts while the message is on its way is not undone by the receipt."""
    put(desk, "k", template="urged_notice", facts={"number": 1, "words": "secret"})

    def recall(_message: Outgoing) -> None:
        with transaction(desk.engine) as session:
            session.execute(update(outbox).values(facts={"number": 1, "words": ""}))

    courier(desk, Platform(recall)).deliver()
    assert (row(desk, "k").state, row(desk, "k").facts["words"]) == (OutboxState.SENT, "")


# --- how channels fare


class Faring(Platform):
    """A channel with a state of health."""

    name = "console"

    def __init__(self) -> None:
        super().__init__()
        self.state = Health(wall_clock(), True)

    def health(self) -> Health:
        return self.state


def alarms(desk: Desk) -> list[tuple[str, str]]:
    with transaction(desk.engine) as session:
        found = session.scalars(select(OutboxMessage).where(outbox.c.dedup_key.startswith("channel:")))
        return [(message.template, str(message.room)) for message in found.all()]


def look(desk: Desk, channels: dict[str, Any], now: datetime) -> None:
    with transaction(desk.engine) as session:
        Watch(channels, now - timedelta(minutes=1)).look(session, now)


def test_staff_hear_once_on_another_channel_that_an_account_is_out_and_once_that_it_is_back(desk: Desk) -> None:
    now = datetime.now(timezone.utc)
    well, ill = Faring(), Faring()
    channels = {"console": well, "wechat": ill}
    look(desk, channels, now)
    assert alarms(desk) == []
    ill.state = Health(now, False, "logged out")
    look(desk, channels, now)
    look(desk, channels, now + timedelta(seconds=20))  # each time a Watch of its own, as after a restart
    assert alarms(desk) == [("account_away", STAFF)]
    ill.state = Health(now, True)
    look(desk, channels, now + timedelta(seconds=40))
    look(desk, channels, now + timedelta(seconds=60))
    assert alarms(desk) == [("account_away", STAFF), ("channel_back", STAFF)]
    ill.state = Health(now, False)
    look(desk, channels, now + timedelta(seconds=80))
    assert len(alarms(desk)) == 3


def test_a_silent_platform_counts_as_away_after_five_minutes(desk: Desk) -> None:
    now = datetime.now(timezone.utc)
    well, ill = Faring(), Faring()
    ill.state, well.state = Health(now - timedelta(minutes=5, seconds=1), True), Health(now, True)
    with transaction(desk.engine) as session:
        Watch({"console": well, "wechat": ill}, now - timedelta(hours=1)).look(session, now)
    assert alarms(desk) == [("channel_away", STAFF)]


def test_without_another_channel_nobody_is_told_until_there_is_one(desk: Desk) -> None:
    now = datetime.now(timezone.utc)
    well, ill = Faring(), Faring()
    ill.state = Health(now, False)
    look(desk, {"wechat": ill}, now)
    assert alarms(desk) == []
    look(desk, {"wechat": ill, "console": well}, now)
    assert alarms(desk) == [("account_away", STAFF)]
