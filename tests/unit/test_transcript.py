"""Lines of a recorded chat: what is usable, and for everything else the code of the interface."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.gateway.transcript import Entry, LineUnusable, checked_text, entry_of, lines_of, parse_object
from desk.domain.words import MessageKind

AT = "2026-11-22T08:30:00+08:00"
MESSAGE: dict[str, Any] = {
    "at": AT, "channel": "console", "room": "三号楼群", "id": "m1", "sender": {"id": "u1", "name": "3-2-501 李姐"},
    "text": "三号楼电梯又坏了", "reply_to": None, "reply_to_bot_about": None, "direct": False, "mentioned": False,
    "attachments": [],
}  # fmt: skip
MISSING = object()


def line(**changes: Any) -> str:
    """A message's line with something changed or missing."""
    found = {**MESSAGE, **changes}
    return json.dumps({key: value for key, value in found.items() if value is not MISSING}, ensure_ascii=False)


def code_of(text: str) -> str:
    with pytest.raises(LineUnusable) as error:
        entry_of(text)
    assert error.value.as_dict() == {"error": {"code": error.value.code, "message": error.value.message}}
    assert error.value.message
    assert "\n" not in error.value.message
    return error.value.code


# --- usable


def test_a_message() -> None:
    entry = entry_of(line(reply_to="m0", mentioned=True, attachments=[{"kind": "photo", "name": "a.jpg"}]))
    arrival = entry.arrival
    assert arrival is not None
    assert entry.at == arrival.sent_at == datetime(2026, 11, 22, 0, 30, tzinfo=timezone.utc)
    assert entry.at.utcoffset() == timedelta(hours=8)
    assert (arrival.channel, arrival.room, arrival.message) == ("console", "三号楼群", "m1")
    assert (arrival.user, arrival.name, arrival.text) == ("u1", "3-2-501 李姐", "三号楼电梯又坏了")
    assert (arrival.reply_to, arrival.mentioned, arrival.direct) == ("m0", True, False)
    assert arrival.attachments == [{"kind": "photo", "name": "a.jpg"}]
    assert arrival.kind is MessageKind.SAID
    assert arrival.scope == "room:三号楼群"


def test_missing_keys_mean_null_false_or_empty() -> None:
    least = {"at": AT, "channel": "console", "room": "群", "id": "m1", "sender": {"id": "u1"}, "text": "话"}
    arrival = entry_of(json.dumps(least)).arrival
    assert arrival is not None
    assert (arrival.name, arrival.reply_to, arrival.reply_to_bot_about) == ("", None, None)
    assert (arrival.direct, arrival.mentioned, list(arrival.attachments)) == (False, False, [])


def test_a_private_message_is_named_by_its_sender() -> None:
    arrival = entry_of(line(room=None, direct=True)).arrival
    assert arrival is not None
    assert (arrival.room, arrival.scope) == (None, "user:u1")


def test_an_attachment_needs_no_words() -> None:
    for text in ("", None, MISSING, "  "):
        arrival = entry_of(line(text=text, attachments=[{"kind": "voice"}])).arrival
        assert arrival is not None
        assert not arrival.text.strip()
        assert arrival.attachments == [{"kind": "voice", "name": ""}]


def test_the_clock_only() -> None:
    assert entry_of(json.dumps({"at": AT, "tick": True})) == Entry(datetime.fromisoformat(AT), None)


def test_taken_back_and_changed() -> None:
    recalled = entry_of(json.dumps({"at": AT, "recall": "m1"})).arrival
    assert recalled is not None
    assert (recalled.kind, recalled.target, recalled.text, recalled.user) == (MessageKind.RECALLED, "m1", "", None)
    edited = entry_of(json.dumps({"at": AT, "edit": "m1", "text": "改一下"})).arrival
    assert edited is not None
    assert (edited.kind, edited.target, edited.text) == (MessageKind.EDITED, "m1", "改一下")


def test_two_edits_of_a_message_are_two_and_the_same_one_is_one() -> None:
    def name(**more: Any) -> str:
        arrival = entry_of(json.dumps({"at": AT, "edit": "m1", "text": "改", **more})).arrival
        assert arrival is not None
        return arrival.message

    assert name() == name()
    assert len({name(), name(text="又改"), name(at="2026-11-22T08:31:00+08:00"), name(edit="m2")}) == 4


@pytest.mark.parametrize("at", ["2026-11-22T08:30:00Z", "2026-11-22T08:30:00.123456+08:00", "2026-11-22 08:30+08:00",
                                "2026-11-22T08:30:00+0800", "2026-11-22T08:30:00+08"])  # fmt: skip
def test_times_with_an_offset(at: str) -> None:
    assert entry_of(line(at=at)).at.tzinfo is not None


def test_what_cannot_be_stored_is_no_error() -> None:
    arrival = entry_of(
        line(text="电\x00梯\x07坏\ud800了", sender={"id": "u\x00", "name": "李\x00"}, room="群\x00")
    ).arrival
    assert arrival is not None
    assert (arrival.text, arrival.user, arrival.name) == ("电\ufffd梯\ufffd坏\ufffd了", "u\ufffd", "李\ufffd")
    assert arrival.room == "群\ufffd"


def test_exactly_a_hundred_thousand_characters() -> None:
    arrival = entry_of(line(text="长" * 100_000)).arrival
    assert arrival is not None
    assert len(arrival.text) == 100_000


# --- not usable


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "json"), ('{"at": }', "json"), ("{}{}", "json"), ('{"a": 1} x', "json"), ("{" * 10_000, "json"),
        ('{"a":' * 100_000, "json"), ("电梯坏了", "field"), ("[]", "field"), ('"x"', "field"), (" {}", "field"), ("", "no_text"),
        ("{}", "field"),
    ],
    ids=range(12),
)  # fmt: skip
def test_no_object(text: str, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"at": MISSING}, {"at": None}, {"at": ""}, {"at": "gestern"}, {"at": "2026-11-22T08:30:00"}, {"at": 1_700_000_000},
        {"at": "2026-13-01T00:00:00+08:00"}, {"at": []}, {"id": MISSING}, {"id": None}, {"id": ""}, {"id": "  "}, {"id": 7},
        {"id": "x" * 201}, {"id": {}}, {"sender": MISSING}, {"sender": None}, {"sender": "u1"}, {"sender": []}, {"sender": {}},
        {"sender": {"id": ""}}, {"sender": {"id": 5}}, {"channel": MISSING}, {"channel": ""}, {"channel": 1},
        {"room": None}, {"room": ""}, {"room": 3}, {"room": "x" * 201}, {"direct": True}, {"direct": "yes"},
        {"mentioned": "no"}, {"mentioned": []}, {"reply_to": ""}, {"reply_to": 1}, {"reply_to": "x" * 201},
        {"reply_to_bot_about": {}}, {"attachments": {}}, {"attachments": "photo"}, {"attachments": ["photo"]},
        {"attachments": [{"kind": "gold"}]}, {"attachments": [{}]}, {"attachments": [{"kind": "photo"}] * 101},
    ],
    ids=range(43),
)  # fmt: skip
def test_a_field_that_is_missing_or_malformed(changes: dict[str, Any]) -> None:
    assert code_of(line(**changes)) == "field"


@pytest.mark.parametrize("text", [MISSING, None, "", "   ", "\n\t", 5, ["x"], {}, True])
def test_no_text(text: Any) -> None:
    assert code_of(line(text=text)) == "no_text"


def test_too_long() -> None:
    assert code_of(line(text="长" * 100_001)) == "too_long"


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ({"at": AT, "recall": ""}, "field"), ({"at": AT, "recall": 5}, "field"), ({"recall": "m1"}, "field"),
        ({"at": AT, "edit": "m1"}, "no_text"), ({"at": AT, "edit": "m1", "text": " "}, "no_text"),
        ({"at": AT, "edit": [], "text": "x"}, "field"), ({"tick": True}, "field"), ({"at": AT, "tick": False}, "field"),
        ({"at": AT, "edit": "m1", "text": "长" * 100_001}, "too_long"),
    ],
    ids=range(9),
)  # fmt: skip
def test_other_lines(found: dict[str, Any], code: str) -> None:
    assert code_of(json.dumps(found)) == code


def test_lines_without_bom_and_cr() -> None:
    assert list(lines_of(io.BytesIO(b"\xef\xbb\xbfa\r\nb\n\nc\r"))) == ["a", "b", "", "c"]
    assert list(lines_of(io.BytesIO(b""))) == []
    assert list(lines_of(io.BytesIO("一\u2028二\n".encode()))) == ["一\u2028二"]


def test_a_line_that_is_no_utf8_does_not_spoil_the_others() -> None:
    first, second, third = lines_of(io.BytesIO(b"a\n\xff\xfe\nb\n"))
    assert (first, third) == ("a", "b")
    assert isinstance(second, LineUnusable)
    assert second.code == "not_utf8"


def test_objects_only() -> None:
    assert parse_object('{"a": 1}') == {"a": 1}
    for text in ("[]", "1", "null", '"x"'):
        with pytest.raises(LineUnusable) as error:
            parse_object(text)
        assert error.value.code == "json"


def test_a_text_that_need_not_be() -> None:
    assert checked_text(None, required=False) == ""
    with pytest.raises(LineUnusable):
        checked_text(None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from([*MESSAGE, "recall", "edit", "tick"]), JSON))
def test_any_object_is_an_entry_or_one_of_the_codes(changes: dict[str, Any]) -> None:
    code = ""
    try:
        entry = entry_of(line(**changes))
    except LineUnusable as error:
        code = error.code
    assert code in ("field", "no_text") if code else entry.at.tzinfo is not None


@given(st.binary(max_size=100))
def test_any_bytes_are_lines_or_one_of_the_codes(data: bytes) -> None:
    for found in lines_of(io.BytesIO(data)):
        assert isinstance(found, str) or found.code == "not_utf8"
