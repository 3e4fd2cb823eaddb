"""Sending, and what each refusal and each fault means."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peers.telegram.driver import Town
from telegram_tools import Kept, channel_of, listening, out, town

from bot.channels.contract import (
    AccountLost,
    Button,
    ChannelError,
    File,
    Gone,
    Moved,
    Permanent,
    Transient,
    Uncertain,
)
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.sending import named_message
from bot.gateway.wording import Wording
from bot.settings import SettingInvalid, TelegramSettings, read_settings
from bot.texts import templates
from bot.texts.controls import all_buttons, buttons_of
from desk.domain.model import OutboxMessage
from desk.storage.engine import open_engine, sqlite_url

CARD = (Button("接单", "接单"), Button("办结", "办结"))


@pytest.fixture
def here() -> Iterator[Town]:
    with town() as found:
        yield found


@pytest.fixture
def channel(here: Town) -> Iterator[TelegramChannel]:
    with listening(here, Kept()) as found:
        yield found


def failing(channel: TelegramChannel, message: Any) -> ChannelError:
    with pytest.raises(ChannelError) as error:
        channel.send(message)
    return error.value


# ---------------------------------------------------------------- what arrives


def test_a_reply_with_buttons(here: Town, channel: TelegramChannel) -> None:
    room = here.world.group("幸福里")
    asked = here.person("李姐").says(room, "三号楼电梯坏了")
    receipt = channel.send(
        out(room.id, text="<b>1号单</b> & _记下了_", reply_to=str(asked["message_id"]), buttons=CARD)
    )
    (said,) = here.said(room)
    assert receipt.message == str(said["message_id"])
    assert said["text"] == "<b>1号单</b> & _记下了_"
    assert said["reply_to_message"]["message_id"] == asked["message_id"]
    (row,) = said["reply_markup"]["inline_keyboard"]
    assert [button["text"] for button in row] == ["接单", "办结"]


def test_the_message_that_is_answered_may_be_gone(here: Town, channel: TelegramChannel) -> None:
    room = here.world.group("幸福里")
    channel.send(out(room.id, reply_to="4711"))
    assert "reply_to_message" not in here.said(room)[0]


@pytest.mark.parametrize(
    ("name", "number"),
    [("57", 57), ("press:4382:57", 57), ("57#edited-0a1b", 57), ("m1", None), ("", None), (None, None), ("-5", None)],
)
def test_names_of_messages(name: str | None, number: int | None) -> None:
    assert named_message(name) == number


def test_an_answer_goes_into_the_topic(here: Town, channel: TelegramChannel) -> None:
    room, li = here.world.group("幸福里", forum=True), here.person("李姐")
    repairs, cats = here.world.topic(room, "报修", li.json), here.world.topic(room, "猫", li.json)
    channel.send(out(room.id, topic=str(repairs)))
    channel.send(out(room.id, topic=str(cats)))
    channel.send(out(room.id))
    assert [said.get("message_thread_id") for said in here.said(room)] == [repairs, cats, None]


@pytest.mark.parametrize("how", ["deleted", "closed"])
def test_a_topic_that_is_closed_or_gone_is_left(here: Town, channel: TelegramChannel, how: str) -> None:
    room, li = here.world.group("幸福里", forum=True), here.person("李姐")
    topic = here.world.topic(room, "报修", li.json)
    asked = li.says(room, "灯坏了", topic=topic)
    if how == "deleted":
        room.topics.clear()
    else:
        room.closed_topics.add(topic)
    channel.send(out(room.id, topic=str(topic), reply_to=str(asked["message_id"])))
    assert "message_thread_id" not in here.said(room)[0]


def test_photos_and_files(here: Town, channel: TelegramChannel) -> None:
    room = here.world.group("幸福里")
    files = (File("photo", "灯.jpg", b"\xff\xd8photo"), File("file", "台账.xlsx", b"xlsx"))
    receipt = channel.send(out(room.id, text="请看", files=files, buttons=CARD))
    photo, document = here.said(room)
    assert receipt.message == str(photo["message_id"])
    assert (photo["caption"], document["document"]["file_name"]) == ("请看", "台账.xlsx")
    assert here.world.files[document["document"]["file_id"]][1] == b"xlsx"


def test_a_long_text_stands_before_its_photo(here: Town, channel: TelegramChannel) -> None:
    room = here.world.group("幸福里")
    channel.send(out(room.id, text="长" * 2000, files=(File("photo", "a.jpg", b"x"),)))
    text, photo = here.said(room)
    assert len(text["text"]) == 2000
    assert "caption" not in photo


def test_the_longest_text_of_the_capabilities_fits_also_in_emoji(here: Town, channel: TelegramChannel) -> None:
    room = here.world.group("幸福里")
    channel.send(out(room.id, text="😀" * channel.capabilities.longest))
    assert type(failing(channel, out(room.id, text="😀" * 2049))) is Permanent


def test_a_file_is_fetched_and_a_large_one_refused(here: Town, channel: TelegramChannel) -> None:
    assert channel.fetch(here.world.keep_file("路灯.jpg", b"photo")) == b"photo"
    for reference in (here.world.keep_file("big", b"x" * (20 * 1024 * 1024 + 1)), "unknown"):
        with pytest.raises(Permanent):
            channel.fetch(reference)
    lost = here.world.keep_file("a", b"x")
    here.api.faults.order("status", 502, method="getFile")
    with pytest.raises(Transient):
        channel.fetch(lost)


# ---------------------------------------------------------------- what does not


def test_nobody_pressed_start(here: Town, channel: TelegramChannel) -> None:
    li = here.person("李姐")
    assert isinstance(failing(channel, out(to=li.id)), Gone)
    li.starts()
    channel.send(out(to=li.id))
    li.private.bot = "blocked"
    assert isinstance(failing(channel, out(to=li.id)), Gone)


def test_put_out_of_the_group(here: Town, channel: TelegramChannel) -> None:
    room = here.world.group("幸福里")
    room.bot = "kicked"
    assert isinstance(failing(channel, out(room.id)), Gone)
    assert isinstance(failing(channel, out(-1009)), Gone)


@pytest.mark.parametrize("name", ["chat:-1002003004005", "u-li", "", "٣", "1e5", "9" * 30])
def test_who_is_no_account_of_telegram(channel: TelegramChannel, name: str) -> None:
    assert isinstance(failing(channel, out(to=name)), Gone)


def test_a_group_that_moved(here: Town, channel: TelegramChannel) -> None:
    room = here.world.group("幸福里", supergroup=False)
    after = here.world.migrate(room)
    moved = failing(channel, out(room.id))
    assert isinstance(moved, Moved)
    assert moved.room == str(after.id)


@pytest.mark.parametrize(
    ("kind", "value", "meaning", "arrived"),
    [
        ("retry_after", 7, Transient, 0), ("status", 500, Transient, 0), ("status", 502, Transient, 0),
        ("status", 504, Transient, 0), ("status", 401, AccountLost, 0), ("status", 404, AccountLost, 0),
        ("status", 403, Gone, 0), ("status", 400, Permanent, 0), ("status", 413, Permanent, 0), ("status", 429, Transient, 0),
        ("drop_before", None, Uncertain, 0), ("drop_after", None, Uncertain, 1), ("garbage", None, Uncertain, 0),
        ("garbage_after", None, Uncertain, 1),
    ],
)  # fmt: skip
def test_faults_by_meaning(
    here: Town, channel: TelegramChannel, kind: str, value: Any, meaning: type, arrived: int,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    room = here.world.group("幸福里")
    here.api.faults.order(kind, value, method="sendMessage")
    with caplog.at_level(logging.DEBUG):
        error = failing(channel, out(room.id))
    assert isinstance(error, meaning)
    assert type(error) is meaning or meaning is Permanent
    assert len(here.said(room)) == arrived
    assert here.world.token not in caplog.text + repr(error) + repr(error.__cause__)


def test_nobody_answers(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.sending.UPLOAD_SECONDS", 0.2)
    room = here.world.group("幸福里")
    with listening(here, Kept()) as channel:
        here.api.faults.order("hang", 2, method="sendMessage")
        assert type(failing(channel, out(room.id))) is Uncertain


def test_nobody_is_there() -> None:
    channel = TelegramChannel(TelegramSettings("100:x", "http://127.0.0.1:9"))
    channel.start(Kept())
    error = failing(channel, out(-5))
    channel.stop()
    assert type(error) is Transient
    assert error.everywhere


def test_one_chat_that_asks_for_patience_holds_no_other(here: Town, channel: TelegramChannel) -> None:
    crowded, quiet = here.world.group("甲"), here.world.group("乙")
    here.api.faults.order("retry_after", 40, chat=crowded.id, times=5)
    assert failing(channel, out(crowded.id)).after == 40  # type: ignore[attr-defined]
    calls = len(here.api.faults.happened)
    again = failing(channel, out(crowded.id))
    assert isinstance(again, Transient)
    assert 30 < again.after <= 40
    assert not again.everywhere
    assert len(here.api.faults.happened) == calls, "it was asked for patience and asked all the same"
    channel.send(out(quiet.id))


def test_a_part_that_fails_behind_one_that_arrived_is_uncertain(here: Town, channel: TelegramChannel) -> None:
    room = here.world.group("幸福里")
    here.api.faults.order("status", 502, method="sendDocument")
    files = (File("photo", "a.jpg", b"x"), File("file", "b", b"y"))
    assert type(failing(channel, out(room.id, files=files))) is Uncertain


def test_a_photo_that_is_none_goes_as_a_file(here: Town, channel: TelegramChannel, monkeypatch: Any) -> None:
    from peers.telegram import methods

    def refuse(*_: Any) -> None:
        raise methods.bad("IMAGE_PROCESS_FAILED")

    monkeypatch.setattr(methods.Methods, "sendPhoto", refuse)
    room = here.world.group("幸福里")
    channel.send(out(room.id, files=(File("photo", "a.jpg", b"x"),)))
    assert here.said(room)[0]["document"]["file_name"] == "a.jpg"


def test_before_the_start_and_after_the_end(here: Town) -> None:
    channel = channel_of(here)
    assert type(failing(channel, out(-5))) is Transient
    channel.start(Kept())
    channel.stop()
    assert type(failing(channel, out(-5))) is Transient
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("telegram")]
    channel.stop()


def test_a_stop_in_the_middle_of_a_send_is_uncertain(here: Town) -> None:
    channel, room = channel_of(here), here.world.group("幸福里")
    channel.start(Kept())
    here.api.faults.order("hang", 20, method="sendMessage")
    found: list[ChannelError] = []
    sending = threading.Thread(target=lambda: found.append(failing(channel, out(room.id))))
    sending.start()
    from peers.telegram.driver import wait_until

    wait_until(lambda: "hang" in here.api.faults.happened)
    channel.stop()
    sending.join(10)
    assert [type(error) for error in found] == [Uncertain]


# ---------------------------------------------------------------- settings and buttons


def test_settings() -> None:
    assert read_settings({}).telegram is None
    found = read_settings({"LINLI_TELEGRAM_TOKEN": " 1:abc "}).telegram
    assert found is not None
    assert (found.token, found.mode) == ("1:abc", "polling")
    assert "abc" not in repr(found)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("TOKEN", {"TOKEN": "1:a b"}), ("TOKEN", {"TOKEN": "1:a/../b"}), ("MODE", {"MODE": "push"}),
        ("BASE_URL", {"BASE_URL": "api.example"}), ("WEBHOOK_URL", {"MODE": "webhook"}),
        ("WEBHOOK_PORT", {"WEBHOOK_PORT": "x"}), ("WEBHOOK_PORT", {"WEBHOOK_PORT": "70000"}),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense(name: str, more: dict[str, str]) -> None:
    given = {f"LINLI_TELEGRAM_{key}": value for key, value in {"TOKEN": "1:abc", **more}.items()}
    with pytest.raises(SettingInvalid) as error:
        read_settings(given)
    assert error.value.name == f"LINLI_TELEGRAM_{name}"


@pytest.mark.parametrize("ending", ["", "/", "/bot", "/bot/"])
def test_a_base_url_with_or_without_its_end(here: Town, ending: str) -> None:
    room = here.world.group("幸福里")
    channel = TelegramChannel(TelegramSettings(here.world.token, here.api.base_url + ending))
    channel.start(Kept())
    channel.send(out(room.id))
    channel.stop()
    assert len(here.said(room)) == 1


def test_buttons_belong_to_sentences_and_fit() -> None:
    from bot.routing.grammar import read_command
    from bot.texts import controls

    assert set(controls._table("buttons")) <= set(templates())
    for words in all_buttons():
        assert read_command(words) is not None
        assert len(f"say:{words}".encode()) <= 64


def test_the_wording_hands_the_buttons_of_a_sentence_on(tmp_path: Path) -> None:
    from telegram_tools import AT

    card = OutboxMessage("k", "telegram", "resolved_ask", {"number": 7}, AT, room="-1")
    wording = Wording(open_engine(sqlite_url(tmp_path / "linli.db")))
    found = wording.outgoing(card, object(), code="7", reply_to=None, topic="12")
    assert tuple(button.says for button in found.buttons) == buttons_of("resolved_ask") == ("满意", "一般", "不满意")
    assert found.topic == "12"
