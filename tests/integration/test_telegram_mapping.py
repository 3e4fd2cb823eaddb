"""Updates as Telegram sends them, and what each means to the desk."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.contract import RoomChange, RoomNews
from bot.channels.telegram.updates import NOTHING, Heard, Me, Unusable, read_update
from bot.routing.grammar import read_command
from desk.domain.words import Act, MessageKind
from desk.services.mailroom import Arrival

ME = Me(100, "linli_bot")
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=timezone.utc)
GROUP = {"id": -1002003004005, "type": "supergroup", "title": "幸福里邻里群"}
PRIVATE = {"id": 7123456789, "type": "private", "first_name": "李", "last_name": "姐"}
LI = {"id": 7123456789, "is_bot": False, "first_name": "3-2-501", "last_name": "李姐", "language_code": "zh-hans"}
BOT = {"id": 100, "is_bot": True, "first_name": "邻里", "username": "linli_bot"}
CARD = {"message_id": 57, "date": 1795000000, "chat": GROUP, "from": BOT, "text": "231号单"}


def message(**more: Any) -> dict[str, Any]:
    found = {"message_id": 60, "date": 1795309200, "chat": GROUP, "from": LI, **more}
    return {k: v for k, v in found.items() if v is not None}


def heard(**update: Any) -> Heard:
    return read_update({"update_id": 1, **update}, ME, NOW)


def said(**more: Any) -> Arrival:
    arrival = heard(message=message(**more)).arrival
    assert arrival is not None
    return arrival


def entity(text: str, words: str, kind: str, **more: Any) -> dict[str, Any]:
    def units(part: str) -> int:
        return len(part.encode("utf-16-le")) // 2

    return {"type": kind, "offset": units(text[: text.index(words)]), "length": units(words), **more}


# ---------------------------------------------------------------- messages


def test_a_word_in_a_group() -> None:
    assert said(text="三号楼电梯又坏了") == Arrival(
        channel="telegram", room="-1002003004005", message="60", user="7123456789", name="3-2-501 李姐",
        text="三号楼电梯又坏了", sent_at=datetime(2026, 11, 22, 1, 0, tzinfo=timezone.utc), attachments=[],
        local_ids=True,
    )  # fmt: skip


def test_a_word_in_private() -> None:
    found = said(chat=PRIVATE, text="我的单")
    assert (found.room, found.direct, found.scope) == (None, True, "user:7123456789")


def test_an_old_group_and_a_person_without_a_name() -> None:
    found = said(
        chat={"id": -4001, "type": "group", "title": "x"}, text="好", **{"from": {"id": 5, "username": "zhang"}}
    )
    assert (found.room, found.name) == ("-4001", "zhang")


def test_a_topic_is_kept_and_what_opened_it_is_no_target() -> None:
    opened = {"message_id": 9, "date": 1, "chat": GROUP, "from": BOT, "forum_topic_created": {"name": "报修"}}
    found = said(text="灯坏了", message_thread_id=9, is_topic_message=True, reply_to_message=opened)
    assert (found.topic, found.reply_to, found.mentioned) == ("9", None, False)


def test_a_thread_of_replies_outside_of_a_forum_is_no_topic() -> None:
    found = said(text="我家也是", message_thread_id=57, reply_to_message={**CARD, "from": LI})
    assert (found.topic, found.reply_to) == (None, "57")


def test_a_reply_to_the_bot_speaks_to_it() -> None:
    found = said(text="满意", reply_to_message=CARD)
    assert (found.reply_to, found.mentioned) == ("57", True)


@pytest.mark.parametrize("kind", ["mention", "text_mention"])
def test_a_mention_of_the_bot_behind_an_emoji_is_taken_out(kind: str) -> None:
    words = "@Linli_Bot" if kind == "mention" else "邻里小助手"
    text = f"😀👨‍👩‍👧 {words} 三号楼漏水"
    marked = entity(text, words, kind, **({"user": BOT} if kind == "text_mention" else {}))
    found = said(text=text, entities=[marked])
    assert (found.text, found.mentioned) == ("😀👨‍👩‍👧  三号楼漏水", True)


def test_a_mention_of_somebody_else_stays() -> None:
    text = "@linli_bot2 你看看"
    found = said(text=text, entities=[entity(text, "@linli_bot2", "mention")])
    assert (found.text, found.mentioned) == (text, False)


def test_the_bot_s_name_typed_without_an_entity_is_a_word() -> None:
    assert said(text="@linli_bot", entities=None).mentioned is False


def test_nothing_but_a_mention_keeps_its_words() -> None:
    found = said(text="@linli_bot", entities=[entity("@linli_bot", "@linli_bot", "mention")])
    assert (found.text, found.mentioned) == ("@linli_bot", True)


@pytest.mark.parametrize(
    "entities",
    ["x", [1], [{"type": "mention"}], [{"type": "mention", "offset": -1, "length": 5}],
     [{"type": "mention", "offset": 0, "length": 10**9}], [{"type": "text_mention", "offset": 0, "length": 2, "user": 3}]],
)  # fmt: skip
def test_malformed_entities_do_not_matter(entities: Any) -> None:
    assert said(text="灯坏了", entities=entities).text == "灯坏了"


def test_a_caption_is_the_text_of_a_photo() -> None:
    sizes = [{"file_id": "small", "width": 90, "height": 67}, {"file_id": "large", "width": 1280, "height": 960}]
    text = "@linli_bot 路灯"
    found = said(photo=sizes, caption=text, caption_entities=[entity(text, "@linli_bot", "mention")])
    assert (found.text, found.mentioned) == ("路灯", True)
    assert found.attachments == [{"kind": "photo", "name": "", "ref": "large"}]


def test_an_album_names_what_belongs_together() -> None:
    found = said(photo=[{"file_id": "a", "width": 1, "height": 1}], media_group_id="139")
    assert found.attachments == [{"kind": "photo", "name": "", "ref": "a", "album": "139"}]


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        ({"voice": {"file_id": "f", "duration": 3}}, "voice", ""),
        ({"audio": {"file_id": "f", "file_name": "a.mp3"}}, "voice", "a.mp3"),
        ({"video": {"file_id": "f", "file_name": "v.mp4"}}, "video", "v.mp4"),
        ({"video_note": {"file_id": "f", "length": 240}}, "video", ""),
        ({"document": {"file_id": "f", "file_name": "合同.pdf", "mime_type": "application/pdf"}}, "file", "合同.pdf"),
        ({"document": {"file_id": "f", "file_name": "a.heic", "mime_type": "image/heic"}}, "photo", "a.heic"),
        ({"animation": {"file_id": "g"}, "document": {"file_id": "f"}}, "video", ""),
    ],
)
def test_files(content: dict[str, Any], kind: str, name: str) -> None:
    assert said(**content).attachments == [{"kind": kind, "name": name, "ref": "f"}]


def test_places() -> None:
    where = {"latitude": 31.2, "longitude": 121.5}
    assert said(location=where).attachments == [{"kind": "position", "name": "31.2,121.5"}]
    venue = {"location": where, "title": "幸福里南门", "address": "x"}
    assert said(location=where, venue=venue).attachments == [{"kind": "position", "name": "幸福里南门"}]


@pytest.mark.parametrize(
    "content",
    [
        {"sticker": {"file_id": "f", "emoji": "👍"}}, {"new_chat_members": [LI]}, {"left_chat_member": LI},
        {"pinned_message": CARD}, {"contact": {"phone_number": "13800000000", "first_name": "x"}}, {"dice": {"value": 3}},
        {"poll": {"question": "x"}}, {"forum_topic_created": {"name": "x"}}, {},
    ],
)  # fmt: skip
def test_what_says_nothing_is_no_message(content: dict[str, Any]) -> None:
    assert heard(message=message(**content)) == NOTHING


def test_signs_that_no_database_takes_are_replaced() -> None:
    found = said(text="灯\x00坏\ud800了", **{"from": {"id": 5, "first_name": "a\x00"}})
    assert (found.text, found.name) == ("灯\ufffd坏\ufffd了", "a\ufffd")


# ---------------------------------------------------------------- who is nobody


def test_an_anonymous_admin_is_nobody_in_the_register() -> None:
    shared = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    found = said(text="接231", sender_chat=GROUP, author_signature="主任", **{"from": shared})
    assert found.user == "chat:-1002003004005"


def test_who_speaks_as_a_channel_is_nobody_in_the_register() -> None:
    channel = {"id": -1009, "type": "channel", "title": "小区新闻"}
    shared = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
    assert said(text="接231", sender_chat=channel, **{"from": shared}).user == "chat:-1009"


@pytest.mark.parametrize(
    "more",
    [
        {"is_automatic_forward": True, "sender_chat": {"id": -1009, "type": "channel", "title": "x"}, "from": {"id": 777000}},
        {"from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}},
        {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}},
        {"from": {"id": 8, "is_bot": True, "first_name": "other"}},
        {"chat": {"id": -1009, "type": "channel", "title": "x"}, "from": None, "sender_chat": {"id": -1009}},
    ],
)  # fmt: skip
def test_channels_and_bots_are_not_heard(more: dict[str, Any]) -> None:
    assert heard(message=message(text="三号楼电梯坏了", **more)) == NOTHING


def test_a_post_of_a_channel_is_not_heard() -> None:
    assert heard(channel_post=message(text="三号楼电梯坏了", chat={"id": -1009, "type": "channel"})) == NOTHING


# ---------------------------------------------------------------- commands


@pytest.mark.parametrize(
    ("typed", "means", "act"),
    [
        ("/help", "帮助", Act.HELP), ("/help@linli_bot", "帮助", Act.HELP), ("/HELP@Linli_Bot ", "帮助", Act.HELP),
        ("/status 231", "231到哪了", Act.QUERY), ("/status@linli_bot  231", "231到哪了", Act.QUERY),
        ("/status", "我的单", Act.QUERY), ("/mine", "我的单", Act.QUERY),
        ("/bind 志愿者群", "绑定 志愿者群", Act.MANAGE), ("/start", "帮助", Act.HELP), ("/start abc", "帮助", Act.HELP),
    ],
)  # fmt: skip
@pytest.mark.parametrize("chat", [GROUP, PRIVATE])
def test_commands_are_words_of_the_grammar(chat: dict[str, Any], typed: str, means: str, act: Act) -> None:
    found = said(chat=chat, text=typed, entities=[{"type": "bot_command", "offset": 0, "length": 5}])
    assert (found.text, found.mentioned) == (means, True)
    command = read_command(found.text)
    assert command is not None
    assert command.act is act


@pytest.mark.parametrize("typed", ["/help@other_bot", "/report 三号楼电梯坏了", "/weather@other_bot x"])
def test_commands_of_other_bots_are_theirs(typed: str) -> None:
    assert heard(message=message(text=typed)) == NOTHING


def test_an_unknown_command_in_private_is_said_to_us() -> None:
    assert said(chat=PRIVATE, text="/wat").text == "/wat"


@pytest.mark.parametrize("typed", ["3/4栋路灯坏了", "/ 坏了", "//", "/三号楼"])
def test_a_slash_alone_is_no_command(typed: str) -> None:
    assert said(text=typed).text == typed


# ---------------------------------------------------------------- edits, buttons, rooms


def test_an_edit_is_of_its_message_and_each_has_a_name() -> None:
    def edited(text: str, at: int) -> Arrival | None:
        return heard(edited_message=message(text=text, edit_date=at)).arrival

    one, same, other = edited("四号楼", 1795309300), edited("四号楼", 1795309300), edited("五号楼", 1795309400)
    assert one is not None
    assert other is not None
    assert (one.kind, one.target, one.text, one.user) == (MessageKind.EDITED, "60", "四号楼", "7123456789")
    assert one.sent_at == datetime.fromtimestamp(1795309300, timezone.utc)
    assert one == same
    assert one.message != other.message


def test_a_place_that_moves_is_no_edit() -> None:
    where = {"latitude": 31.2, "longitude": 121.5, "live_period": 900}
    assert heard(edited_message=message(location=where, edit_date=1795309300)) == NOTHING


def press(data: Any = "say:接单", card: Any = CARD, **more: Any) -> dict[str, Any]:
    return {"id": "4382", "from": LI, "message": card, "chat_instance": "7", "data": data, **more}


def test_a_press_is_said_by_who_pressed_as_a_reply_to_the_card() -> None:
    card = {**CARD, "message_thread_id": 9, "is_topic_message": True}
    assert heard(callback_query=press(card=card)) == Heard(
        Arrival(
            channel="telegram", room="-1002003004005", message="press:4382:57", user="7123456789", name="3-2-501 李姐",
            text="接单", sent_at=NOW, reply_to="57", mentioned=True, topic="9", local_ids=True,
        ),
        callback="4382",
    )  # fmt: skip


def test_a_press_on_a_card_too_old_to_be_shown() -> None:
    found = heard(callback_query=press(card={"chat": GROUP, "message_id": 57, "date": 0})).arrival
    assert found is not None
    assert found.reply_to == "57"


@pytest.mark.parametrize(
    "query",
    [
        press("say:派给张伟"), press("say:"), press("接单"), press("say:接单" + "x" * 100), press(None), press(7),
        press("say:接单", {**CARD, "from": LI}), press("say:接单", None), press("say:接单", "x"),
        press("say:接单", {**CARD, "chat": {"id": -1009, "type": "channel"}}),
        press(**{"from": {"id": 8, "is_bot": True}}),
        {k: v for k, v in press().items() if k != "message"} | {"inline_message_id": "x"},
    ],
)  # fmt: skip
def test_a_forged_press_says_nothing_and_is_answered(query: dict[str, Any]) -> None:
    assert heard(callback_query=query) == Heard(callback="4382")


def member(status: str, **more: Any) -> dict[str, Any]:
    return {"user": BOT, "status": status, **more}


@pytest.mark.parametrize(
    ("was", "now", "change"),
    [
        (member("left"), member("member"), RoomChange.JOINED),
        (member("kicked"), member("administrator"), RoomChange.JOINED),
        (member("member"), member("kicked"), RoomChange.LEFT),
        (member("member"), member("left"), RoomChange.LEFT),
        (member("member"), member("restricted", is_member=False), RoomChange.LEFT),
        (member("member"), member("administrator"), None),
        (member("member"), member("restricted", is_member=True), None),
    ],
)
def test_let_in_and_put_out(was: Any, now: Any, change: RoomChange | None) -> None:
    news = {"chat": GROUP, "from": LI, "date": 1, "old_chat_member": was, "new_chat_member": now}
    title = "幸福里邻里群" if change is RoomChange.JOINED else None
    wanted = RoomNews("telegram", "-1002003004005", change, title=title, by="7123456789") if change else None
    assert heard(my_chat_member=news) == Heard(news=wanted)


def test_a_private_chat_that_blocks_us_is_no_room() -> None:
    news = {"chat": PRIVATE, "from": LI, "old_chat_member": member("member"), "new_chat_member": member("kicked")}
    assert heard(my_chat_member=news) == NOTHING


def test_a_group_that_moves_and_one_that_is_renamed() -> None:
    old = {"id": -4001, "type": "group", "title": "x"}
    moved = RoomNews("telegram", "-4001", RoomChange.MOVED, to="-1002003004005")
    assert heard(message=message(chat=old, migrate_to_chat_id=-1002003004005)) == Heard(news=moved)
    assert heard(message=message(migrate_from_chat_id=-4001)) == Heard(news=moved)
    renamed = RoomNews("telegram", "-1002003004005", RoomChange.RENAMED, title="新名字", by="7123456789")
    assert heard(message=message(new_chat_title="新名字")) == Heard(news=renamed)


# ---------------------------------------------------------------- anything at all

SAMPLES = [
    {"message": message(text="@linli_bot 三号楼", entities=[{"type": "mention", "offset": 0, "length": 10}])},
    {"message": message(photo=[{"file_id": "a", "width": 1, "height": 1}], caption="x", reply_to_message=CARD)},
    {"message": message(venue={"location": {"latitude": 1, "longitude": 2}, "title": "x"})},
    {"message": message(text="x", sender_chat=GROUP, message_thread_id=3, is_topic_message=True)},
    {"message": message(migrate_to_chat_id=-1), "update_id": 4},
    {"edited_message": message(text="x", edit_date=1795309300)},
    {"callback_query": press()},
    {"my_chat_member": {"chat": GROUP, "from": LI, "old_chat_member": member("left"), "new_chat_member": member("member")}},
]  # fmt: skip

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["\ud800", "\x00", "/help", "x" * 9999]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "text", "offset", "x"]), inner),
    max_leaves=8,
)  # fmt: skip


def paths(found: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else []
    return [here, *(path for key, value in inner for path in paths(value, (*here, key)))]


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """An update in which a few things are missing or something else."""
    update: Any = copy.deepcopy(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        known = [path for path in paths(update) if path]
        if not known:
            break
        *way, last = draw(st.sampled_from(known))
        holder = update
        for key in way:
            holder = holder[key]
        if draw(st.booleans()):
            holder[last] = draw(JSON)
        else:
            del holder[last]
    return update


@settings(max_examples=300)
@given(broken() | JSON)
def test_whatever_comes_is_storable_or_unusable(update: Any) -> None:
    try:
        found = read_update(update, ME, NOW)
    except Unusable:
        return
    arrival = found.arrival
    if arrival is None:
        return
    assert arrival.user
    assert arrival.sent_at.tzinfo is not None
    ids = [arrival.message, arrival.user, arrival.room, arrival.reply_to, arrival.topic, arrival.target]
    for text in [*ids, arrival.name, arrival.text, *(str(v) for a in arrival.attachments for v in a.values())]:
        assert text is None or ("\x00" not in text and text.encode("utf-8") is not None)
    assert all(name is None or len(name) <= 255 for name in [*ids, arrival.name])
    assert arrival.text.strip() or arrival.attachments
