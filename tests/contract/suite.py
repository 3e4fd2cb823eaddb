"""What every channel must do: one suite, run over each of them with its own peer.

    class TestTelegram(ContractSuite):
        @pytest.fixture
        def peer(self) -> Iterator[Peer]:
            with BotApiServer() as server:                     # the other side, listening on loopback
                yield TelegramPeer(server, TelegramChannel(TOKEN, server.url, "polling"))

The peer is the platform with its people; it is there when the test begins, the channel is not yet started (the suite
does that, and stops it). Ids are written as the channel's arrivals write them. What a channel cannot do by its
`capabilities` is skipped. The intake is the desk's real T1 on an SQLite file; `refuse(2)` makes it fail twice.
`until(…)` waits for what happens in another thread.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy.engine import Engine
from waits import until

from bot.channels.contract import Channel, ChannelError, Gone, Outgoing, Permanent, Receipt, RoomNews, Transient
from desk.domain.errors import DatabaseAway
from desk.domain.words import MessageKind
from desk.services import mailroom
from desk.services.mailroom import Arrival
from desk.storage.engine import open_engine, sqlite_url, transaction

PHOTO = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + bytes(range(256)) * 200 + b"\xff\xd9"
"""Some 50 kB that begin and end like a JPEG."""


@dataclass(frozen=True)
class Heard:
    """Something the bot said, as the people in the chat see it; exactly one of `room` and `to` is set."""

    text: str
    room: str | None
    to: str | None
    id: str | None
    reply_to: str | None = None


class Peer(Protocol):
    """The platform with its people: 李姐 (`user`) in a room (`room`) in which the bot is too.

    `gone` is a room out of which the bot was thrown, or that never was; None where the platform has no such thing.
    """

    channel: Channel
    room: str
    user: str
    gone: str | None

    def say(self, text: str, *, private: bool = False, mention: bool = False, reply_to: str | None = None) -> str:
        """李姐 says something, in the room or to the bot alone; the id of her message.

        `mention` puts the bot's @name before the text as the platform's people do; `reply_to` is the id of the message
        to which she replies.
        """

    def repeat(self, message: str) -> None:
        """The platform hands the same message over once more."""

    def edit(self, message: str, text: str) -> None:
        """李姐 changes her message in the room."""

    def recall(self, message: str) -> None:
        """李姐 takes her message in the room back."""

    def photo(self, content: bytes) -> str:
        """李姐 sends a photo to the room; the id of her message."""

    def said(self) -> list[Heard]:
        """What the bot has said so far, in order."""


class DeskIntake:
    """The desk's T1 on a real database; `taken` is what it stored, `offered` all that it was given."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._refusals = 0
        self.offered: list[Arrival] = []
        self.taken: list[Arrival] = []
        self.news: list[RoomNews] = []

    def refuse(self, times: int) -> None:
        """Fails that often, as when the database is away."""
        with self._lock:
            self._refusals = times

    def take_in(self, arrival: Arrival) -> object:
        """Stores it, once."""
        with self._lock:
            self.offered.append(arrival)
            if self._refusals:
                self._refusals -= 1
                raise DatabaseAway(reason="away")
            with transaction(self._engine) as session:
                row = mailroom.record_arrival(session, arrival, datetime.now(timezone.utc))
            if row is not None:
                self.taken.append(arrival)
            return row

    def room_news(self, news: RoomNews) -> None:
        """Remembers it."""
        with self._lock:
            self.news.append(news)


def outgoing(peer: Peer, text: str, **more: Any) -> Outgoing:
    """A message of the bot's to the room, or to `to`."""
    facts = {"room": None if more.get("to") else peer.room, "to": None, "reply_to": None, "ticket": None, **more}
    return Outgoing(at=datetime.now(timezone.utc), channel=peer.channel.name, text=text, template="help", **facts)


class ContractSuite:
    """The suite; a subclass gives the fixture `peer`."""

    @pytest.fixture
    def peer(self) -> Iterator[Peer]:
        """The platform; to be given by the subclass."""
        raise NotImplementedError

    @pytest.fixture
    def intake(self, tmp_path: Path, sqlite_templates: dict[bool, Path]) -> Iterator[DeskIntake]:
        """The desk's front door."""
        engine = open_engine(sqlite_url(Path(shutil.copy(sqlite_templates[False], tmp_path / "contract.db"))))
        yield DeskIntake(engine)
        engine.dispose()

    @pytest.fixture
    def channel(self, peer: Peer, intake: DeskIntake) -> Iterator[Channel]:
        """The channel, started and let in."""
        peer.channel.start(intake)
        until(lambda: peer.channel.health().last_good)
        yield peer.channel
        peer.channel.stop()

    @staticmethod
    def arrival(intake: DeskIntake, message: str, kind: MessageKind = MessageKind.SAID) -> Arrival:
        """The arrival of a message, or of an edit or recall of it; waits for it."""

        def look() -> Arrival | None:
            taken = [one for one in intake.taken if one.kind is kind]
            name = (lambda one: one.message) if kind is MessageKind.SAID else (lambda one: one.target)
            return next((one for one in taken if name(one) == message), None)

        return until(look)

    # --- starting and stopping

    def test_started_it_is_well_and_stopped_it_sends_nothing(self, peer: Peer, intake: DeskIntake) -> None:
        peer.channel.start(intake)
        assert until(lambda: peer.channel.health().last_good).tzinfo is not None
        assert peer.channel.health().account_in
        peer.channel.stop()
        with pytest.raises(Transient):
            peer.channel.send(outgoing(peer, "太晚了"))

    # --- what arrives

    def test_a_message_in_a_room(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        said = self.arrival(intake, peer.say("三号楼电梯又坏了"))
        assert (said.channel, said.room, said.user) == (channel.name, peer.room, peer.user)
        assert said.text == "三号楼电梯又坏了"
        assert said.name
        assert (said.direct, said.mentioned, said.kind) == (False, False, MessageKind.SAID)
        assert said.sent_at.tzinfo is not None
        assert abs((datetime.now(timezone.utc) - said.sent_at).total_seconds()) < 3600

    def test_several_messages_come_in_order_and_once(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        ids = [peer.say(f"第{number}句") for number in range(5)]
        self.arrival(intake, ids[-1])
        assert [one.text for one in intake.taken] == [f"第{number}句" for number in range(5)]
        assert len(set(ids)) == 5

    def test_a_repeated_message_is_dropped(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        first = peer.say("水管漏水了")
        self.arrival(intake, first)
        peer.repeat(first)
        self.arrival(intake, peer.say("好了"))
        assert [one.text for one in intake.taken] == ["水管漏水了", "好了"]

    def test_a_private_message(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        self.need(channel.capabilities.private)
        said = self.arrival(intake, peer.say("我家的事", private=True))
        assert (said.room, said.direct, said.user, said.text) == (None, True, peer.user, "我家的事")

    def test_the_bot_is_mentioned(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        self.need(channel.capabilities.mentions)
        said = self.arrival(intake, peer.say("帮我看看", mention=True))
        assert (said.mentioned, said.room) == (True, peer.room)
        assert said.text.strip().endswith("帮我看看")

    def test_a_reply_names_the_message_of_the_bot(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        self.need(channel.capabilities.replies)
        card = channel.send(outgoing(peer, "1号单记下了", ticket="1")).message
        assert card
        said = self.arrival(intake, peer.say("我来", reply_to=card))
        assert (said.reply_to, said.text) == (card, "我来")

    def test_a_reply_names_the_message_of_a_neighbour(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        self.need(channel.capabilities.replies)
        first = peer.say("楼道灯坏了")
        assert self.arrival(intake, peer.say("我家也是", reply_to=first)).reply_to == first

    def test_an_edit(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        self.need(channel.capabilities.edits)
        first = peer.say("3号楼电梯坏了")
        self.arrival(intake, first)
        peer.edit(first, "5号楼电梯坏了")
        changed = self.arrival(intake, first, MessageKind.EDITED)
        assert (changed.text, changed.room, changed.target) == ("5号楼电梯坏了", peer.room, first)
        assert changed.message != first

    def test_a_recall(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        self.need(channel.capabilities.recalls)
        first = peer.say("说错了的话")
        self.arrival(intake, first)
        peer.recall(first)
        assert self.arrival_of_recall(intake, first)

    def test_a_photo(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        said = self.arrival(intake, peer.photo(PHOTO))
        assert [item["kind"] for item in said.attachments] == ["photo"]
        if channel.capabilities.files:
            assert channel.fetch(str(said.attachments[0]["ref"])) == PHOTO

    def test_a_file_that_is_not_there(self, peer: Peer, channel: Channel) -> None:
        with pytest.raises(ChannelError):
            channel.fetch("no-such-file")

    def test_what_could_not_be_stored_comes_again(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        self.arrival(intake, peer.say("先来一句"))
        intake.refuse(2)
        lost = peer.say("数据库不在的时候说的")
        after = peer.say("后来说的")
        self.arrival(intake, lost)
        self.arrival(intake, after)
        assert sorted(one.text for one in intake.taken) == sorted(["先来一句", "数据库不在的时候说的", "后来说的"])
        assert len(intake.offered) >= len(intake.taken) + 2

    # --- what goes out

    def test_said_to_a_room(self, peer: Peer, channel: Channel) -> None:
        receipt = channel.send(outgoing(peer, "1号单记下了"))
        heard = until(lambda: peer.said())[0]
        assert (heard.text, heard.room, heard.to) == ("1号单记下了", peer.room, None)
        assert receipt.message
        assert receipt.message == heard.id

    def test_two_messages_have_two_ids(self, peer: Peer, channel: Channel) -> None:
        receipts: list[Receipt] = [channel.send(outgoing(peer, f"{number}号单记下了")) for number in (1, 2)]
        assert len({receipt.message for receipt in receipts}) == 2

    def test_said_as_a_reply(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        self.need(channel.capabilities.replies)
        asked = peer.say("三号楼电梯又坏了")
        self.arrival(intake, asked)
        channel.send(outgoing(peer, "1号单记下了", reply_to=asked))
        assert until(lambda: peer.said())[0].reply_to == asked

    def test_said_in_private(self, peer: Peer, channel: Channel, intake: DeskIntake) -> None:
        self.need(channel.capabilities.private)
        self.arrival(intake, peer.say("你好", private=True))
        channel.send(outgoing(peer, "3栋2单元501，李姐", to=peer.user))
        heard = until(lambda: peer.said())[0]
        assert (heard.to, heard.room, heard.text) == (peer.user, None, "3栋2单元501，李姐")

    def test_a_text_of_the_greatest_length_arrives_whole(self, peer: Peer, channel: Channel) -> None:
        text = "长" * channel.capabilities.longest
        channel.send(outgoing(peer, text))
        assert "".join(one.text for one in until(lambda: peer.said())) == text

    def test_a_longer_text_is_whole_or_refused(self, peer: Peer, channel: Channel) -> None:
        text = "长" * (channel.capabilities.longest + 1)
        try:
            channel.send(outgoing(peer, text))
        except Permanent:
            return
        assert "".join(one.text for one in until(lambda: peer.said())) == text

    def test_words_arrive_as_they_are(self, peer: Peer, channel: Channel) -> None:
        text = '1 < 2 & "3" *星* _下划线_ [链接](x) <b>粗</b> 😀\n第二行'
        channel.send(outgoing(peer, text))
        assert until(lambda: peer.said())[0].text == text

    def test_a_room_that_is_gone(self, peer: Peer, channel: Channel) -> None:
        self.need(peer.gone is not None)
        with pytest.raises(Gone):
            channel.send(outgoing(peer, "有人吗", room=peer.gone))

    # --- helpers

    @staticmethod
    def need(capable: bool) -> None:
        """Skips what the platform cannot do."""
        if not capable:
            pytest.skip("this platform cannot do that")

    @staticmethod
    def arrival_of_recall(intake: DeskIntake, message: str) -> Arrival:
        """The recall of a message, stored or not: its sender may be left to the desk to find."""
        recalls = (MessageKind.RECALLED,)
        return until(
            lambda: next((one for one in intake.offered if one.kind in recalls and one.target == message), None)
        )
