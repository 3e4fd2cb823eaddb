"""What a gateway says of a message, as recorded, and what the desk hears."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.contract import RoomChange, RoomNews
from bot.channels.wechat_mapping import Around, Kind, Payload, arrival_of, moment, news_of, recalled_id, without_mention
from bot.channels.wechat_speaking import shown_name
from desk.domain.words import MessageKind
from desk.services.mailroom import Arrival

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=timezone.utc)
AT = int(datetime(2026, 11, 22, 0, 30, tzinfo=timezone.utc).timestamp() * 1000)
ME, LI, ROOM = "wxid_linli", "wxid_lijie", "20001@chatroom"
NAMES = frozenset({"邻里", "邻里小助手 幸福里"})
AROUND = Around(ME, NAMES, "3-2-501 李姐", NOW)
SAID = Payload("7077813", Kind.TEXT, "三号楼电梯又坏了", LI, ROOM, AT)


def heard(**changes: Any) -> Arrival:
    found = arrival_of(replace(SAID, **changes), AROUND)
    assert found is not None
    return found


def test_a_room() -> None:
    assert heard() == Arrival(
        "wechat", ROOM, "7077813", LI, "3-2-501 李姐", "三号楼电梯又坏了", datetime(2026, 11, 22, 0, 30, tzinfo=timezone.utc)
    )  # fmt: skip


def test_in_private() -> None:
    said = heard(room="")
    assert (said.room, said.direct, said.scope) == (None, True, f"user:{LI}")


@pytest.mark.parametrize("talker", [ME, "", ROOM])
def test_what_nobody_said(talker: str) -> None:
    assert arrival_of(replace(SAID, talker=talker), AROUND) is None


def test_notes_of_the_system_are_nobodys_words() -> None:
    assert arrival_of(replace(SAID, type=Kind.UNKNOWN, text='"张伟"邀请"李姐"加入了群聊'), AROUND) is None


@pytest.mark.parametrize(
    ("text", "mentions", "left", "mentioned"),
    [
        ("@邻里\u2005接单", [ME], "接单", True),
        ("@邻里 接单", [], "接单", True),
        ("接单 @邻里\u2005", [], "接单", True),
        ("@邻里，231到哪了", [], "，231到哪了", True),
        ("@邻里", [], "", True),
        ("＠邻里\u2005接单", [], "接单", True),
        ("@邻里小助手 幸福里\u2005接单", [], "接单", True),
        ("@邻里乡亲\u2005好", [], "@邻里乡亲 好", False),
        ("@张伟\u2005麻烦看看", ["wxid_zhang"], "@张伟 麻烦看看", False),
        ("@3-2-501 李姐\u2005你家漏水", [LI], "@3-2-501李姐 你家漏水", False),
        ("麻烦看看", [ME], "麻烦看看", True),
        ("@所有人\u2005停水了", [ME, *(f"wxid_{n}" for n in range(40))], "@所有人 停水了", False),
        ("在吗", [], "在吗", False),
    ],
)
def test_mentions(text: str, mentions: list[str], left: str, mentioned: bool) -> None:
    said = heard(text=text, mentions=tuple(mentions))
    assert (said.text, said.mentioned) == (left, mentioned)


def test_a_quote() -> None:
    said = heard(text="「邻里：1号单记下了：电梯」\n- - - - - - - - - - - - - - -\n@邻里\u2005接单")
    assert (said.text, said.quoted, said.mentioned, said.reply_to) == ("接单", "1号单记下了：电梯", True, None)


def test_who_quotes_us_speaks_to_us_and_no_more() -> None:
    rule = "- - - - - - - - - - - - - - -"
    assert heard(text=f"「邻里：还有3单没办」\n{rule}\n什么意思").mentioned
    assert not heard(text=f"「李姐：还有3单没办」\n{rule}\n什么意思").mentioned
    assert heard(type=Kind.UNKNOWN, text=QUOTE.replace("张伟", "邻里")).mentioned
    assert heard(text=f"「张伟：我是网格员」\n{rule}\n接单").user == LI


def test_a_mention_inside_a_quote_is_none_of_the_reply() -> None:
    said = heard(text="「李姐：@邻里\u2005电梯坏了」\n- - - - - - - - - - - - - - -\n我也是")
    assert (said.text, said.quoted, said.mentioned) == ("我也是", "电梯坏了", False)


QUOTE = (
    "<msg><appmsg><title>我来</title><type>57</type><refermsg><svrid>42</svrid><displayname>张伟</displayname>"
    "<content>原话</content></refermsg></appmsg></msg>"
)


@pytest.mark.parametrize("kind", [Kind.UNKNOWN, Kind.FILE, Kind.LINK])
def test_a_quote_in_xml(kind: Kind) -> None:
    said = heard(type=kind, text=QUOTE)
    assert (said.text, said.quoted, said.reply_to, said.attachments) == ("我来", "原话", "42", ())


def test_typed_xml_is_text() -> None:
    said = heard(text=QUOTE)
    assert (said.text, said.quoted, said.reply_to) == (QUOTE, None, None)


@pytest.mark.parametrize(
    ("kind", "attachment"), [(Kind.IMAGE, "photo"), (Kind.VOICE, "voice"), (Kind.VIDEO, "video"), (Kind.FILE, "file")]
)
def test_files(kind: Kind, attachment: str) -> None:
    said = heard(type=kind, text="<msg>…</msg>", filename="电梯.jpg")
    assert said.text == ""
    assert said.attachments == ({"kind": attachment, "name": "电梯.jpg", "ref": f"{attachment}:7077813"},)


def test_a_position() -> None:
    where = '<msg><location x="30.1" y="104.0" label="幸福路8号" poiname="幸福里南门" /></msg>'
    assert heard(type=Kind.POSITION, text=where).attachments == ({"kind": "position", "name": "幸福里南门 幸福路8号"},)
    assert heard(type=Kind.POSITION, text="?").attachments == ({"kind": "position", "name": ""},)


@pytest.mark.parametrize(
    "kind",
    [k for k in Kind if k not in (*range(0, 3), Kind.IMAGE, Kind.VIDEO, Kind.POSITION, Kind.RECALLED, Kind.TEXT)],
)
def test_cards_stickers_and_red_envelopes_say_at_most_their_title(kind: Kind) -> None:
    said = heard(type=kind, text="<msg><appmsg><title>十大养生妙招</title><type>5</type></appmsg></msg>")
    assert said.text == ("十大养生妙招" if kind in (Kind.LINK, Kind.NOTE) else "")
    assert said.attachments == ()


def test_a_type_of_tomorrow() -> None:
    assert heard(type=99, text="?").text == ""


REVOKED = (
    '<sysmsg type="revokemsg"><revokemsg><session>20001@chatroom</session><msgid>1</msgid>'
    "<newmsgid>7077813</newmsgid><replacemsg><![CDATA[李姐撤回了一条消息]]></replacemsg></revokemsg></sysmsg>"
)


@pytest.mark.parametrize("text", ["7077813", " 7077813\n", REVOKED])
def test_a_recall_names_its_message_and_nobody(text: str) -> None:
    taken_back = arrival_of(replace(SAID, id="8", type=Kind.RECALLED, text=text), AROUND)
    assert taken_back == Arrival(
        "wechat", ROOM, "7077813#recalled", None, "", "", datetime(2026, 11, 22, 0, 30, tzinfo=timezone.utc),
        MessageKind.RECALLED, target="7077813",
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "  ", "<sysmsg/>", "<broken", "x" * 500])
def test_a_recall_that_names_nothing(text: str) -> None:
    assert recalled_id(text) is None
    assert arrival_of(replace(SAID, type=Kind.RECALLED, text=text), AROUND) is None


@pytest.mark.parametrize(
    ("timestamp", "said"),
    [
        (AT, datetime(2026, 11, 22, 0, 30, tzinfo=timezone.utc)),
        (AT / 1000, datetime(2026, 11, 22, 0, 30, tzinfo=timezone.utc)),
        (1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)),
        (0, NOW), (-5, NOW), (AT + 10**9, NOW), (1e300, NOW), (float("nan"), NOW), (float("inf"), NOW), (10**8, NOW),
    ],
)  # fmt: skip
def test_when_it_was_said(timestamp: float, said: datetime) -> None:
    assert moment(timestamp, NOW) == said


def test_news_of_rooms() -> None:
    joined = {"roomId": ROOM, "inviteeIdList": [LI, ME], "inviterId": "wxid_wu"}
    left = {"roomId": ROOM, "removeeIdList": [ME], "removerId": "wxid_wu"}
    renamed = {"roomId": ROOM, "changerId": "wxid_wu", "newTopic": "新名", "oldTopic": "旧名"}
    assert news_of("room-join", joined, ME) == RoomNews("wechat", ROOM, RoomChange.JOINED, by="wxid_wu")
    assert news_of("room-leave", left, ME) == RoomNews("wechat", ROOM, RoomChange.LEFT, by="wxid_wu")
    assert news_of("room-topic", renamed, ME) == RoomNews("wechat", ROOM, RoomChange.RENAMED, "新名", by="wxid_wu")


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        ("room-join", {"roomId": ROOM, "inviteeIdList": [LI]}), ("room-leave", {"roomId": ROOM, "removeeIdList": [LI]}),
        ("room-join", {"roomId": ROOM, "inviteeIdList": ME}), ("room-join", {"roomId": 5, "inviteeIdList": [ME]}),
        ("room-leave", {}), ("room-topic", {"roomId": ""}), ("friendship", {"roomId": ROOM}), ("", {}),
    ],
)  # fmt: skip
def test_what_is_no_news(event: str, facts: dict[str, Any]) -> None:
    assert news_of(event, facts, ME) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("3-2-501 李姐", "李姐"), ("李姐3-2-501", "李姐"), ("3号楼2单元501李姐", "李姐"), ("三号楼二单元501室李姐", "李姐"),
        ("李姐 13800001111", "李姐"), ("云淡风轻", "云淡风轻"), ("3-2-501", ""), ("网格员张伟", "网格员张伟"), ("", ""), ("小雨☔", "小雨☔"),
        ("李:姐", "李 姐"),
    ],
)  # fmt: skip
def test_the_name_behind_an_at_is_no_address(name: str, shown: str) -> None:
    assert shown_name(name) == shown


PAYLOADS = st.builds(
    Payload,
    id=st.text(max_size=300), type=st.integers(-2, 30), text=st.one_of(st.text(), st.just(QUOTE), st.just(REVOKED)),
    talker=st.one_of(st.text(max_size=300), st.just(LI)), room=st.one_of(st.just(""), st.text(), st.just(ROOM)),
    timestamp=st.one_of(st.integers(0, 2**64 - 1), st.floats()), mentions=st.lists(st.text(), max_size=30).map(tuple),
    filename=st.text(max_size=300),
)  # fmt: skip
ARROUNDS = st.builds(Around, st.just(ME), st.frozensets(st.text(max_size=5)), st.text(max_size=300), st.just(NOW))


@given(PAYLOADS, ARROUNDS)
def test_whatever_a_gateway_says_can_be_stored_or_is_nothing(payload: Payload, around: Around) -> None:
    found = arrival_of(payload, around)
    if found is not None:
        assert 0 < len(found.message) <= 200
        assert found.user is None or len(found.user) <= 200
        assert found.sent_at <= NOW
        for text in (found.text, found.name, found.room or "", found.quoted or "", found.reply_to or ""):
            text.encode()  # no lone surrogate
            assert "\x00" not in text


@given(st.text(), st.frozensets(st.text(max_size=4)))
def test_a_text_never_grows_by_a_mention(text: str, names: frozenset[str]) -> None:
    left, _ = without_mention(text, names)
    assert len(left) <= len(text)


@given(st.sampled_from(["room-join", "room-leave", "room-topic"]), st.dictionaries(
    st.sampled_from(["roomId", "inviteeIdList", "removeeIdList", "newTopic", "changerId"]),
    st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.just(ME)), st.lists, max_leaves=3),
))  # fmt: skip
def test_no_news_break_anything(event: str, facts: dict[str, Any]) -> None:
    news_of(event, facts, ME)


@given(st.text(max_size=80))
def test_no_name_breaks_anything(name: str) -> None:
    assert not any(character.isdigit() for character in shown_name(name))
