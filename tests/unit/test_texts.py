"""Every sentence that people read: it renders, it is used, it stays in one piece, and in public it names nobody."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from bot.texts import SHORT, ledger_word, moment_words, place_words, quoted, render, templates, texts
from desk.domain.words import Category, Kind, State, Urgency

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=timezone.utc)
DUE = NOW + timedelta(days=7)
PLACE = {"estate": "幸福里", "building": "3", "unit": "2", "floor": "5", "room": "501", "landmark": "门口"}
PUBLIC_PLACE = {**PLACE, "room": None}
LINE = {
    "number": 7, "kind": "service", "category": "elevator", "urgency": "normal", "state": "accepted", "summary": "电梯坏了",
    "place": PUBLIC_PLACE, "officer": "张伟", "assignee": "马丽娟", "due": DUE.isoformat(), "timezone": "Asia/Shanghai",
}  # fmt: skip
FULL: dict[str, Any] = {
    **LINE, "place": PLACE, "requester": "李秀兰", "detail": "我家501的门坏了", "text": "补充一句", "words": "怎么还没来",
    "name": "孙玉芬", "names": ["王一", "王二"], "department": "物业", "rating": 1, "helper": "郝强", "count": 2, "of": "二网格",
    "since": NOW.isoformat(), "at": NOW.isoformat(), "room_title": "三号楼群", "period": "week", "filed": 3, "done": 2,
    "kinds": {"service": 2, "wish": 1}, "open": 4, "overdue": 1, "tickets": [LINE, LINE], "more": 3, "attachments": ["photo", "voice"],
    "second": "路灯也不亮", "community": "幸福里社区", "lines": [{"template": "receipt", "facts": {**LINE, "after": "ask_building"}}],
    "received": 9, "outcomes": {"filed": 3, "left_alone": 6}, "difference": 0, "day": "2026-11-22",
    "whom": "王铁柱",
    # rooms and people
    "grid": "第一网格", "purpose": "volunteers", "code": "012345", "minutes": 10,
    "channel": "wechat",
}  # fmt: skip
PRIVATE_ONLY = {"wish_details", "home_kept"}
"""Said to one person and never to a room: `private=True`, see `desk.services.acting`."""


@pytest.mark.parametrize("in_room", [True, False], ids=["room", "private"])
def test_every_template_renders(in_room: bool) -> None:
    for name in templates():
        said = render(name, FULL, NOW, in_room=in_room)
        assert said == said.strip(), name
        assert "{" not in said, name
        assert "None" not in said, name
        assert all(line.strip() for line in said.split("\n")), name


# --- one file of sentences, one set of names ------------------------------------------------------------------------

SAYERS = {
    "Answer": 0, "say": 0, "officer": 0, "assignee": 0, "staff": 0, "volunteers": 0, "requester": 0, "member": 1,
    "staff_alarm": 3, "_word": 0, "_answer": 0, "_list": 2, "Route": 2,
}  # fmt: skip
"""What names a template, and as which of its arguments."""
HELD = {"template", "handed_out", "_RECEIPTS", "_ASSIGNED_RECEIPTS", "before", "after", "ask", "question"}
"""Variables, keys and keyword arguments that hold one."""
STATUS = {f"status_{state.value}" for state in State}
LISTS = {f"list_{listing}{none}" for listing in ("open", "overdue", "mine") for none in ("", "_none")}


@lru_cache(maxsize=1)
def trees() -> list[ast.Module]:
    paths = [path for folder in ("desk", "bot", "actions") for path in sorted((ROOT / folder).rglob("*.py"))]
    spoken = [path for path in paths if "storage" not in path.parts and path.parent.name != "texts"]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in spoken]


def constants(node: ast.AST | None) -> set[str]:
    """The strings that an expression may come to; what it compares with is none of them."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) | constants(node.orelse)
    if isinstance(node, ast.BoolOp):
        return {text for value in node.values for text in constants(value)}
    if isinstance(node, ast.Dict):
        return {text for value in node.values for text in constants(value)}
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    return set()


def named_in(tree: ast.Module) -> Iterator[str]:
    """The templates that a module names where one is meant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            at = SAYERS.get(name)
            if at is not None and len(node.args) > at:
                yield from constants(node.args[at])
            yield from (text for key in node.keywords if key.arg == "template" for text in constants(key.value))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            held = {getattr(t, "id", None) or getattr(getattr(t, "slice", None), "value", None) for t in targets}
            if held & HELD:
                yield from constants(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name == "_ask_place":
            yield from (
                text for back in ast.walk(node) if isinstance(back, ast.Return) for text in constants(back.value)
            )


def test_every_name_in_the_source_has_its_sentence() -> None:
    named = {name for tree in trees() for name in named_in(tree)} - {""}
    assert len(named) > 50  # the search finds them at all
    assert named - set(templates()) == set()
    assert (STATUS | LISTS) - set(templates()) == set()


def test_every_sentence_is_used() -> None:
    named = {name for tree in trees() for name in named_in(tree)}
    named |= {n.value for t in trees() for n in ast.walk(t) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    unused = []
    for name in templates():
        base = name.removesuffix("_room").removesuffix("_unassigned")
        if not {name, base} & (named | STATUS | LISTS):
            unused.append(name)
    assert unused == []


def test_every_placeholder_is_one_that_the_facts_can_fill() -> None:
    known = set(FULL) | {"until", "short", "list", "due", "balance", "said"}
    for name, sentence in templates().items():
        fields = {field for _, field, _, _ in string.Formatter().parse(sentence) if field is not None}
        assert fields <= known, f"{name}: {fields - known}"


def test_a_fact_that_is_missing_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(KeyError):
        render("assign_done", {"number": 7, "officer": "张伟"}, NOW)
    with pytest.raises(KeyError):
        render("no_such_template", FULL, NOW)


# --- hostile facts --------------------------------------------------------------------------------------------------

HOSTILE = {
    "blank lines": "一\n\n二\r\n\r\n三\u2028\u2029四",
    "only space": "\n \n",
    "braces": "{number} {} {0.__class__} %s {{x}}",
    "a hundred thousand": "长" * 100_000,
    "a hundred thousand lines": "\n" * 100_000,
    "right to left": "\u202e倒着\u202c",
}


def with_words(words: str) -> dict[str, Any]:
    """The facts, with the same words wherever a person's own words go."""
    return {**FULL, "detail": words, "text": words, "words": words, "requester": words}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_leave_a_sentence_in_one_piece(words: str) -> None:
    for name, sentence in templates().items():
        for in_room in (True, False):
            said = render(name, with_words(words), NOW, in_room=in_room)
            assert len(said) < 2_000, name
            assert "\n\n" not in said.replace("\r\n", "\n"), name
            assert "<class" not in said, name
            lines = sentence.count("\n") + 1 if in_room is False else 9
            assert "list" in sentence or said.count("\n") < lines, name


def test_a_bare_verdict_is_not_said_twice() -> None:
    said = [render("reopened", {**FULL, "words": words}, NOW).splitlines()[0] for words in ("", "还在滴")]
    assert said == ["7号单不满意，重新办理：电梯坏了", "7号单不满意，重新办理：电梯坏了（“还在滴”）"]


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_quoted_words_are_one_short_line(words: str) -> None:
    assert len(quoted(words).splitlines()) <= 1
    assert len(quoted(words)) <= 300


def test_braces_in_words_stay_words() -> None:
    assert "{number} {}" in render("urged_notice", with_words(HOSTILE["braces"]), NOW)


def test_a_long_matter_is_cut_inside_a_sentence() -> None:
    said = render("receipt", {**FULL, "summary": "长" * 120}, NOW)
    assert "长" * (SHORT - 1) + "…" in said
    assert "长" * SHORT not in said


# --- in public ------------------------------------------------------------------------------------------------------


def test_in_a_room_nobody_reads_who_said_it_in_which_words() -> None:
    for name in sorted(set(templates()) - PRIVATE_ONLY):
        said = render(name, {**FULL, "place": PUBLIC_PLACE}, NOW, in_room=True)
        assert FULL["requester"] not in said, name
        assert FULL["detail"] not in said, name
        assert "501" not in said, name


PUBLIC = [
    "wish_card",
    "wish_claim_thanks",
    "wish_claimed",
    "claimed",
    "released",
    "resolved_ask",
    "seconded",
    "urged",
    "praise_noted",
    "withdrawn",
    "finish_thanks",
    "supplement_thanks",
    "list_open",
    "list_overdue",
    "list_mine",
]
PUBLIC_FAMILIES = ("receipt", "joined", "place_thanks", "status_", "claim_", "rate_")


def test_public_sentences_show_no_door_even_if_it_is_among_the_facts() -> None:
    public = [*PUBLIC, *(name for name in templates() if name.startswith(PUBLIC_FAMILIES))]
    assert len(public) > 40
    for name in public:
        for in_room in (True, False):
            said = render(name, {**FULL, "tickets": [{**LINE, "place": PLACE}]}, NOW, in_room=in_room)
            assert "501" not in said, name
            assert FULL["requester"] not in said, name


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vocabulary", "words"), [("state", State), ("kind", Kind), ("urgency", Urgency), ("category", Category)]
)
def test_every_word_has_its_name(vocabulary: str, words: Any) -> None:
    table = texts()["words"]
    assert set(table[vocabulary]) == {word.value for word in words}
    assert {ledger_word(vocabulary, word.value) for word in words} == set(
        (table.get(f"{vocabulary}_ledger") or table[vocabulary]).values()
    )
    assert all(ledger_word(vocabulary, word.value) != word.value for word in words)


def test_the_states_of_the_ledger_are_those_of_the_interface() -> None:
    said = [
        ledger_word("state", state)
        for state in ["filed", "assigned", "accepted", "resolved", "closed", "withdrawn", "merged"]
    ]
    assert said == ["已登记", "已派单", "已接单", "已办结", "已销号", "已撤销", "已并案"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (PUBLIC_PLACE, "幸福里3号楼2单元5楼门口"),
        (PLACE, "幸福里3号楼2单元5楼501室门口"),
        ({"building": "A"}, "A座"),
        ({"building": "12A"}, "12A号楼"),
        ({"floor": "-2"}, "地下2层"),
        ({}, ""),
    ],
)
def test_places_as_people_say_them(place: dict[str, str | None], said: str) -> None:
    assert place_words(place) == said
    assert ledger_word("location", place) == said


def test_moments_as_people_say_them() -> None:
    late = datetime(2026, 11, 22, 17, 30, tzinfo=timezone.utc)  # in Shanghai it is the 23rd
    assert moment_words(NOW.isoformat(), "Asia/Shanghai", NOW) == "今天09:00"
    assert moment_words(late.isoformat(), "Asia/Shanghai", NOW) == "11月23日01:30"
    assert moment_words(late.isoformat(), "UTC", NOW) == "今天17:30"


def test_a_ticket_without_officer_place_or_words() -> None:
    bare = {**FULL, "officer": None, "assignee": None, "place": {}, "summary": "", "detail": ""}
    assert render("claim_not_yours", bare, NOW) == "谢谢热心！7号单社区正在安排人，需要帮手会招呼大家。"
    assert "原话已撤回" in render("unassigned", bare, NOW)
    assert "地点未说" in render("unassigned", bare, NOW)
    assert "还没有人" in render("overdue_staff", bare, NOW)


def test_what_waited_is_said_a_line_each_and_the_same_once() -> None:
    """Each line names its ticket, so that a reply by number works; what has no line of its own says its sentence."""
    plain = {**LINE, "due": None}
    facts = [
        {"template": "receipt", "facts": plain},
        {"template": "joined", "facts": plain},
        {"template": "joined", "facts": plain},
        {"template": "receipt", "facts": {**plain, "number": 8, "officer": None, "after": "ask_building"}},
        {"template": "urged", "facts": plain},
    ]
    assert render("joint_answers", {"lines": facts}, NOW).split("\n")[1:] == [
        "7号单：电梯坏了，网格员张伟跟进。",
        "7号单：电梯坏了，又有邻居说起，也记上了。",
        "8号单：电梯坏了，社区正在安排人。请问在哪栋楼，或者什么位置？",
        render("urged", plain, NOW),
    ]


def test_every_line_among_others_is_of_a_sentence_that_exists_and_fits_the_facts() -> None:
    for name in texts()["joined"]:
        assert name in templates(), name
        said = render("joint_news", {"lines": [{"template": name, "facts": LINE}]}, NOW)
        assert "7号" in said, name
        assert "501" not in said, name


def test_something_before_and_after() -> None:
    said = render("receipt", {**FULL, "before": "call_first", "after": "ask_building"}, NOW)
    first, _, last = said.split("\n")
    assert (first[:4], last[:4]) == ("人身安全", "请问在哪")
