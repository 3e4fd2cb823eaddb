"""Every private word through every door: rooms, private messages, exports and logs; only who works on it reads it."""

from __future__ import annotations

import io
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from desk_driver import HAO, HE, LI, QIAN, STAFF, THREE, VOLUNTEERS, WU, ZHANG, Desk, Speaker
from helpers_e2e import TableDialogue, parse, rows_of, run_replay
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy.exc import DBAPIError

from bot.channels.contract import Outgoing, Receipt
from bot.cli.ledger import FORMATS, discreet_row
from bot.gateway.deliver import Deliverer
from bot.gateway.discretion import discreet
from desk.domain.model import OutboxMessage, Person
from desk.domain.words import Act
from desk.services.ledger import ledger
from desk.services.notices import post
from desk.storage.engine import transaction
from nlu.logs import veil_logs
from nlu.private import find, veil
from nlu.summary import summarise

CASES = [
    json.loads(line) for line in (Path(__file__).parents[1] / "nlu" / "private.jsonl").read_text("utf-8").splitlines()
]
SECRETS = [(case["text"], case["hide"]) for case in CASES if case["hide"]]


@dataclass
class Heard:
    """A channel that remembers what went through it."""

    sent: list[Outgoing] = field(default_factory=list)

    def send(self, message: Outgoing) -> Receipt:
        """Heard."""
        self.sent.append(message)
        return Receipt(f"p{len(self.sent)}")


def talk(desk: Desk, who: Speaker, text: str, act: Act = Act.REPORT, **more: Any) -> None:
    """Says it with the summary that the gateway would make of it."""
    desk.says(who, text, act, summary=summarise(text, [who.name]), **more)


def life(desk: Desk, text: str) -> None:
    """A matter from its report to its end and again, with the words in every place where somebody may put them."""
    lamp = {"category": "public_facility", "place": {"building": "3"}}
    talk(desk, LI, f"灯坏了，{text}", urgency="emergency", second_matter=summarise(text), **lamp)
    talk(desk, QIAN, f"附议1，{text}", Act.SECOND, number=1)
    talk(desk, QIAN, f"1补充，{text}", Act.SUPPLEMENT, number=1)
    talk(desk, QIAN, f"催1，{text}", Act.URGE, number=1)
    talk(desk, WU, f"吹哨1{text}", Act.ESCALATE, number=1, department=f"物业{text}"[:60])
    talk(desk, WU, f"1派给{text}", Act.ASSIGN, number=1, assign_to=text[:40])
    talk(desk, HAO, "接1", Act.CLAIM, number=1)
    talk(desk, HAO, "1办结", Act.FINISH, number=1)
    talk(desk, LI, f"1不满意，{text}", Act.RATE, number=1, rating=1)
    talk(desk, LI, f"想请人陪，{text}", kind="wish", category="elder_care", place={"building": "3", "room": "501"})
    talk(desk, HE, "接2", Act.CLAIM, room=VOLUNTEERS, number=2)
    talk(desk, WU, "未办结", Act.QUERY, room=STAFF, listing="open")
    talk(desk, WU, f"我的单{text}", Act.QUERY, room=STAFF, listing="mine")
    talk(desk, QIAN, f"13号楼，{text}", category="noise", place={"building": "13"})
    desk.wait(days=9)


def delivered(desk: Desk) -> list[Outgoing]:
    heard = Heard()
    Deliverer(desk.engine, "owner", {"console": heard, "wechat": heard}.get, lambda: desk.now).deliver()
    return heard.sent


def silent(desk: Desk) -> None:
    """The driver leaves delivery to the real deliverer."""
    desk.deliver = lambda: ()  # type: ignore[method-assign,assignment]


def test_the_flow_reaches_every_room_and_the_officer_at_all(desk: Desk) -> None:
    silent(desk)
    life(desk, "电话13812345678")
    sent = delivered(desk)
    assert {THREE, VOLUNTEERS, STAFF} <= {message.room for message in sent if message.room}
    officer = [message.text for message in sent if message.to in ("u-zhang", "u-hao", "u-he")]
    assert sum("13812345678" in text for text in officer) >= 4


@pytest.mark.parametrize(("text", "hide"), SECRETS[::4], ids=[text for text, _ in SECRETS[::4]])
def test_nothing_leaves_but_to_who_works_on_it(
    desk: Desk, text: str, hide: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    silent(desk)
    life(desk, text)
    for message in delivered(desk):
        if message.to in (ZHANG.user, HAO.user, HE.user, LI.user):
            continue  # accountable, assignee, claimer of the wish; and the requester his own
        for secret in hide:
            assert secret not in message.text, message.template
    _assert_not_in_exports(desk, hide)
    for secret in hide:
        assert secret not in caplog.text


def _assert_not_in_exports(desk: Desk, hide: list[str]) -> None:
    with transaction(desk.engine) as session:
        rows = [discreet_row(row) for row in ledger(session)]
    book = load_workbook(io.BytesIO(FORMATS["xlsx"](rows))).worksheets[0]
    sheet = "\n".join(str(cell) for line in book.iter_rows(values_only=True) for cell in line)
    shown = [json.dumps(rows, ensure_ascii=False, indent=1), FORMATS["csv"](rows).decode(), sheet]
    for secret in hide:
        if secret in LI.name:
            continue  # how she calls herself stands in the ledger, which is for staff
        for text in shown:
            at = text.find(secret)
            assert at < 0, text[max(0, at - 200) : at + 80]


def test_every_secret_in_every_fact_that_a_room_may_get(desk: Desk) -> None:
    """Whatever somebody forgets when a notice is made: the gate before the channel holds."""
    with transaction(desk.engine) as session:
        for number, (text, _hide) in enumerate(SECRETS):
            facts = {
                "number": 1,
                "text": text,
                "words": text,
                "place": {},
                "due": None,
                "timezone": "UTC",
            }
            for template in ("supplemented", "urged_notice", "wish_card", "reopened"):
                # A summary has no names in it; a card of a wish is what shows one alone.
                given = {**facts, "summary": text if template == "wish_card" else "灯坏了"}
                post(session, OutboxMessage(f"k{number}{template}", "console", template, given, desk.now, room=STAFF))
    sent = delivered(desk)
    assert len(sent) == 4 * len(SECRETS)
    for message, (_text, hide) in zip(sent, [case for case in SECRETS for _ in range(4)], strict=True):
        for secret in hide:
            assert secret not in message.text or "王建国" in secret or message.template == "wish_card"


def test_the_register_names_are_said(desk: Desk) -> None:
    silent(desk)
    talk(desk, LI, "灯坏了", category="public_facility", place={"building": "3"})
    receipt = next(message for message in delivered(desk) if message.room == THREE)
    assert "张伟" in receipt.text
    assert "***" not in receipt.text


def test_staff_in_private_read_what_a_room_may(desk: Desk) -> None:
    with transaction(desk.engine) as session:
        facts = {"number": 1, "words": "电话13812345678"}
        post(session, OutboxMessage("k", "console", "urged_notice", facts, desk.now, user=WU.user))
    (message,) = delivered(desk)
    assert message.text == "1号单有人催：电话***"


def test_a_number_in_a_display_name_does_not_reach_the_sheet(desk: Desk) -> None:
    talk(desk, Speaker("r-x", "水电工13812345678"), "灯坏了", kind="consult")
    talk(desk, Speaker("r-y", "3-2-501 李姐"), "灯坏了", kind="consult")
    talk(desk, Speaker("r-z", "11-1-1204 静静"), "灯坏了", kind="consult")
    with transaction(desk.engine) as session:
        names = [discreet_row(row)["requester"]["name"] for row in ledger(session)]
    assert names == ["水电工***", "3-2-501 李姐", "11-1-1204 静静"]


@settings(max_examples=200)
@given(
    st.dictionaries(
        st.text(max_size=9), st.one_of(st.text(max_size=60), st.integers(), st.none(), st.lists(st.text(max_size=5)))
    )
)
def test_any_facts_can_be_made_discreet(facts: dict[str, Any]) -> None:
    clean = discreet(facts)
    assert set(clean) == set(facts)
    assert discreet(clean) == clean


# --- from the chat itself -------------------------------------------------------------------------------------------


def _line(number: int, text: str, room: str | None = THREE, user: str = "r-new") -> dict[str, Any]:
    return {
        "at": f"2026-11-23T08:{number:02}:00+08:00", "channel": "console", "room": room, "id": f"m{number}", "direct": room is None,
        "sender": {"id": user, "name": "3-2-501 韩梅"}, "text": text,
    }  # fmt: skip


def test_erased_from_the_chat_and_replayed(desk: Desk) -> None:
    """In a room, to nobody; a second replay of the same file says and changes nothing."""
    report = "3号楼电梯停了，打13812345678找韩梅"
    dialogue = TableDialogue(desk.engine, {report: parse("report", category="elevator")})
    lines = [_line(1, report), _line(2, "早上好"), _line(3, "我的单", None), _line(4, "删除我的信息")]
    said = run_replay(desk.engine, dialogue, lines)
    assert [(line["template"], line["room"], line["to"]) for line in said] == [
        ("receipt", THREE, None), ("assigned", None, "u-zhang"), ("list_mine", None, "r-new"),
        ("erased", None, "r-new"), ("requester_erased", None, "u-zhang"),
    ]  # fmt: skip
    assert "13812345678" not in said[0]["text"]
    assert "13812345678" in said[1]["text"]
    before = [rows_of(desk.engine, name) for name in ("inbox", "outbox", "people", "tickets")]
    assert run_replay(desk.engine, dialogue, lines) == []
    assert [rows_of(desk.engine, name) for name in ("inbox", "outbox", "people", "tickets")] == before
    everywhere = json.dumps(before, ensure_ascii=False, default=str)
    assert not any(trace in everywhere for trace in ("韩梅", "13812345678", "电梯停了", "3-2-501", '"501"'))


def test_the_words_inside_of_a_sentence_erase_nobody(desk: Desk) -> None:
    dialogue = TableDialogue(desk.engine, {})
    said = run_replay(
        desk.engine, dialogue, [_line(1, "怎么才能删除我的信息啊大家知道吗"), _line(2, "他说删除我的信息")]
    )
    assert said == []
    assert [row["user"] for row in rows_of(desk.engine, "people")] == ["r-new"]


# --- logs -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def log() -> Any:
    """A handler of our own behind the veil, as a process of Linli has it."""
    before = logging.getLogRecordFactory()
    veil_logs()
    veil_logs()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("test.ways.out")
    logger.addHandler(handler)
    yield logger, stream
    logger.removeHandler(handler)
    logging.setLogRecordFactory(before)


@pytest.mark.parametrize(("text", "hide"), SECRETS, ids=[text for text, _ in SECRETS])
def test_no_log_holds_them(log: Any, text: str, hide: list[str]) -> None:
    logger, stream = log
    logger.error("row %s failed: %s", 7, text)
    try:
        raise ValueError(text)
    except ValueError:
        logger.exception("broken: %r", {"text": text})
    written = stream.getvalue()
    assert "row 7 failed" in written
    assert "ValueError" in written
    for secret in hide:
        if find(text, names=False):
            assert secret not in written or not any(span.kind != "name" for span in find(secret, names=False))


def test_a_record_that_does_not_fit_is_still_said(log: Any) -> None:
    logger, stream = log
    logger.error("%s and %s, 13812345678", "one")
    logger.error("no arguments 100%")
    logger.error({"call": "13812345678"})
    assert "13812345678" not in stream.getvalue()
    assert stream.getvalue().count("\n") == 3


def test_an_error_of_the_database_holds_no_words(desk: Desk) -> None:
    with transaction(desk.engine) as session:
        session.add(Person("console", "u-new", "一"))
    again = Person("console", "u-new", "我的秘密13812345678")
    with pytest.raises(DBAPIError) as error, transaction(desk.engine) as session:
        session.add(again)
    assert "秘密" not in str(error.value)


def test_the_veil_is_the_one_of_the_summary() -> None:
    for text, hide in SECRETS:
        said = summarise(text)
        assert veil(said, names=False) == said or "***" in said
        for secret in hide:
            assert secret not in said


def test_a_line_among_others_is_as_discreet_as_one_by_itself() -> None:
    spoken = {"second": "王秀英大妈家水管漏了，电话13800000000", "number": 3}
    joint = discreet({"lines": [{"template": "receipt", "facts": spoken, "key": "i1:a0"}]})
    assert joint["lines"][0]["facts"] == discreet(spoken)
    assert "王秀英" not in str(joint)
    assert "138" not in str(joint)
    assert discreet({"lines": ["x", {"facts": None}, 3]}) == {"lines": ["x", {"facts": None}, 3]}
