"""Turns a template and its facts into the sentence that a person reads. The sentences are in zh_CN.yml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from desk.domain.words import OVER_STATES, State

SHORT = 24
"""Characters of a matter inside a sentence; the whole of it is in the ledger."""

QUOTE = 300
"""Characters of somebody's words that are passed on."""

_DONE = frozenset({State.RESOLVED, *OVER_STATES})
"""The states of a ticket that nobody works on any more: a deadline in them is a riddle."""

_TEXTS = Path(__file__).with_name("zh_CN.yml")


@lru_cache(maxsize=1)
def texts() -> dict[str, dict[str, Any]]:
    """The whole file of sentences, words and phrases."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    return loaded


def templates() -> dict[str, str]:
    """Every sentence by the name of its template."""
    return {**texts()["answers"], **texts()["notices"]}


def render(template: str, facts: Mapping[str, Any], now: datetime, *, in_room: bool = False) -> str:
    """The sentence for a template.

    Args:
        template: its name; in a room its `_room` variant is taken where there is one (no name, no door number).
        facts: what fills it; `before` and `after` name sentences to stand around it.
        now: the time at which it is said, so that today's times need no date.
        in_room: whether others read it too.

    Raises:
        KeyError: no such template, or a placeholder that the facts do not fill: a fault of ours, never a person's.
    """
    worded = _Wording(facts, now)
    names = [facts.get("before"), _variant(template, facts, in_room), facts.get("after")]
    return "\n".join(templates()[name].format_map(worded) for name in names if name)


def _variant(template: str, facts: Mapping[str, Any], in_room: bool) -> str:
    if in_room and f"{template}_room" in templates():
        return f"{template}_room"
    if facts.get("officer") is None and f"{template}_unassigned" in templates():
        return f"{template}_unassigned"
    return template


class _Wording(dict[str, Any]):
    """The facts of a sentence, each put into words when the sentence asks for it."""

    def __init__(self, facts: Mapping[str, Any], now: datetime) -> None:
        super().__init__()
        self._facts = facts
        self._now = now

    def __missing__(self, name: str) -> Any:
        maker = _MAKERS.get(name)
        if maker is not None:
            return maker(self._facts, self._now)
        value = self._facts[name]
        vocabulary = texts()["words"].get(name)
        return vocabulary[value] if vocabulary is not None and value in vocabulary else value


def _phrase(name: str, **values: Any) -> str:
    return str(texts()["phrases"][name]).format(**values)


def _summary(facts: Mapping[str, Any], _now: datetime) -> str:
    return facts.get("summary") or _phrase("erased")


def _detail(facts: Mapping[str, Any], now: datetime) -> str:
    return quoted(facts.get("detail") or _summary(facts, now))


def quoted(words: str) -> str:
    """Somebody's words inside a sentence of ours: on one line, and no longer than a phone shows."""
    line = " ".join(words.split())
    return line if len(line) <= QUOTE else line[: QUOTE - 1] + "…"


def _text(facts: Mapping[str, Any], _now: datetime) -> str:
    """Somebody's words, and what came with them."""
    words = texts()["words"]["attachment"]
    shown = [words.get(kind, words["file"]) for kind in facts.get("attachments") or []]
    return " ".join(part for part in (quoted(facts["text"]), *shown) if part) or _phrase("erased")


def _quote(name: str, gone: str = "erased") -> Any:
    return lambda facts, _now: quoted(facts[name]) or _phrase(gone)


def _said(facts: Mapping[str, Any], _now: datetime) -> str:
    """Somebody's words behind a matter, if there are any."""
    words = quoted(facts["words"])
    return _phrase("said", words=words) if words else ""


def _short(facts: Mapping[str, Any], now: datetime) -> str:
    whole = _summary(facts, now).rstrip("。.！!？?，,~ ")
    return whole if len(whole) <= SHORT else whole[: SHORT - 1] + "…"


def _time(name: str) -> Any:
    def worded(facts: Mapping[str, Any], now: datetime) -> str:
        return moment_words(facts[name], facts.get("timezone", "UTC"), now)

    return worded


def moment_words(moment: str, timezone: str, now: datetime) -> str:
    """A time as people say it: 今天08:30, else 11月29日08:30."""
    zone = ZoneInfo(timezone)
    local = datetime.fromisoformat(moment).astimezone(zone)
    time = local.strftime("%H:%M")
    if local.date() == now.astimezone(zone).date():
        return _phrase("today", time=time)
    return _phrase("day", month=local.month, day=local.day, time=time)


def _until(facts: Mapping[str, Any], now: datetime) -> str:
    if facts.get("state") in _DONE:
        return ""
    if not facts.get("due"):
        return _phrase("until_wish")
    if datetime.fromisoformat(facts["due"]) <= now:
        return _phrase("until_over", due=_time("due")(facts, now))
    return _phrase("until", due=_time("due")(facts, now))


def _place(facts: Mapping[str, Any], _now: datetime) -> str:
    return place_words(facts.get("place") or {}) or _phrase("nowhere")


def place_words(place: Mapping[str, str | None]) -> str:
    """A place as people say it; empty for none."""
    return "".join(_phrase(_level(level, value), value=value.lstrip("-")) for level, value in place.items() if value)


def _level(level: str, value: str) -> str:
    if level == "floor" and value.startswith("-"):
        return "place_floor_under"
    return "place_building_letter" if level == "building" and value.isalpha() else f"place_{level}"


def _assignee(facts: Mapping[str, Any], _now: datetime) -> str:
    return facts.get("assignee") or _phrase("nobody")


def _list(facts: Mapping[str, Any], now: datetime) -> str:
    lines = [_phrase("list_line", **_line(ticket, now)) for ticket in facts["tickets"]]
    if facts.get("more"):
        lines.append(_phrase("list_more", more=facts["more"]))
    return "\n".join(lines)


def _line(ticket: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    worded = _Wording(ticket, now)
    return {name: worded[name] for name in ("number", "state", "short", "assignee", "until")}


def _lines(facts: Mapping[str, Any], now: datetime) -> str:
    """What several messages would have said, a line each; forty neighbours of one lift are one line."""
    return "\n".join(dict.fromkeys(_joined(line["template"], line["facts"], now) for line in facts["lines"]))


def _joined(template: str, facts: Mapping[str, Any], now: datetime) -> str:
    short = texts()["joined"].get(_variant(template, facts, in_room=True))
    if short is None:
        return render(template, facts, now, in_room=True)
    worded = _Wording(facts, now)
    after = facts.get("after")
    return "".join(sentence.format_map(worded) for sentence in (short, templates()[after] if after else ""))


def _kinds(facts: Mapping[str, Any], _now: datetime) -> str:
    words = texts()["words"]["kind"]
    parts = [f"{words[kind]}{count}" for kind, count in facts["kinds"].items()]
    return _phrase("kinds_of_figures", kinds=_phrase("and").join(parts)) if parts else ""


def _names(facts: Mapping[str, Any], _now: datetime) -> str:
    return _phrase("and").join(quoted(name) for name in facts["names"])


def balance_words(facts: Mapping[str, Any]) -> str:
    """What came in and what became of it, in one sentence: `received`, `outcomes` by id, `difference`."""
    words = texts()["words"]["outcome"]
    counts = [(name, facts["outcomes"].get(outcome)) for outcome, name in words.items()]
    shown = [_phrase("balance_outcome", outcome=name, count=count) for name, count in counts if count]
    if not shown and not facts["received"]:
        return _phrase("balance_none")
    values = {"received": facts["received"], "outcomes": _phrase("balance_and").join(shown)}
    off = facts.get("difference")
    return _phrase("balance_off", difference=off, **values) if off else _phrase("balance", **values)


def _day(facts: Mapping[str, Any], _now: datetime) -> str:
    on = date.fromisoformat(facts["day"])
    return _phrase("date", month=on.month, day=on.day)


_MAKERS = {
    "balance": lambda facts, _now: balance_words(facts),
    "day": _day,
    "summary": _summary,
    "detail": _detail,
    "text": _text,
    "words": _quote("words"),
    "said": _said,
    "second": _quote("second"),
    "requester": _quote("requester", "somebody"),
    "short": _short,
    "until": _until,
    "due": _time("due"),
    "since": _time("since"),
    "at": _time("at"),
    "place": _place,
    "assignee": _assignee,
    "list": _list,
    "of": lambda facts, _now: facts.get("of", ""),
    "lines": _lines,
    "kinds": _kinds,
    "names": _names,
    "room_title": lambda facts, _now: facts["room_title"] or _phrase("private_chat"),
}


def ledger_word(vocabulary: str, value: Any) -> str:
    """The name of a column or a word of the ledger."""
    if vocabulary == "location":
        return place_words(value)
    table = texts()["words"].get(f"{vocabulary}_ledger") or texts()["words"][vocabulary]
    return str(table.get(value, value))
