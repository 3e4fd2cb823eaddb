"""What must hold at the end of a run, whatever died in it. Each breach is a line."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Engine

from benchmarks.torture.peers import Heard, Said
from bot.texts import render
from desk.domain.words import InboxState, OutboxState, Outcome
from desk.services.balance import balances
from desk.services.delivery import CUT_OFF_SENDS, UNSURE_SENDS
from desk.storage.engine import transaction
from desk.storage.tables import inbox, outbox, tickets

Key = tuple[str, str]
NUMBER = re.compile(r"(?<!\d)(\d+)号单")


@dataclass
class Result:
    """Figures, and what is wrong."""

    figures: dict[str, Any] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)


def check(engine: Engine, said: Mapping[Key, Said], heard: list[Heard]) -> Result:
    """All checks; what was heard is what the platform says."""
    result = Result()
    with transaction(engine) as session:
        rows = [dict(row._mapping) for row in session.execute(select(inbox))]
        filed = [dict(row._mapping) for row in session.execute(select(tickets))]
        posted = [dict(row._mapping) for row in session.execute(select(outbox))]
        now = datetime.now(timezone.utc)
        sums = balances(session, now - timedelta(days=1), now + timedelta(days=1))
    by_key: dict[Key, list[int]] = defaultdict(list)
    keys = {row["id"]: (str(row["room"]), str(row["message"])) for row in rows}
    for ticket in filed:
        by_key[keys.get(ticket["inbox_id"], ("?", "?"))].append(ticket["number"])
    result.breaches += _lost(said, keys) + list(_tickets(said, by_key)) + list(_unsettled(rows, posted))
    answers = _answers(said, by_key, heard)
    result.breaches += [f"no answer: {said[key]}" for key, count in answers.items() if not count]
    result.breaches += list(_chatter(said, by_key, heard)) + list(_spoken_of(said, rows))
    off = [one for one in sums if one.difference]
    result.breaches += [f"balance of {one.room or 'private'}: differs by {one.difference}" for one in off]
    result.figures = {
        "messages": len(said),
        "requests": len(answers),
        "tickets": len(filed),
        "answered": sum(bool(count) for count in answers.values()),
        "answers more than one": sum(max(0, count - 1) for count in answers.values()),
        "heard by people": len(heard),
        "rooms in balance": f"{len(sums) - len(off)} of {len(sums)}",
        "outcomes": dict(sum((Counter({o.value: n for o, n in one.outcomes.items()}) for one in sums), Counter())),
        "outbox": dict(Counter(row["state"].value for row in posted)),
        "cut off while sending": sum(row["cut_off"] for row in posted),
    }
    return result


def _lost(said: Mapping[Key, Said], keys: Mapping[int, Key]) -> list[str]:
    taken = Counter(keys.values())
    found = [f"not in the inbox: {one}" for key, one in said.items() if not taken[key]]
    found += [f"{count} times in the inbox: {key}" for key, count in taken.items() if count > 1]
    return found + [f"in the inbox, but never said: {key}" for key in taken.keys() - said.keys()]


def _tickets(said: Mapping[Key, Said], by_key: Mapping[Key, list[int]]) -> Iterator[str]:
    for key, one in said.items():
        count = len(by_key.get(key, ()))
        if count != (1 if one.item.request else 0):
            yield f"{count} tickets: {one}"
    yield from (f"a ticket of nobody: {numbers}" for key, numbers in by_key.items() if key not in said)


def _answers(said: Mapping[Key, Said], by_key: Mapping[Key, list[int]], heard: list[Heard]) -> dict[Key, int]:
    """How often the number of each request's ticket was said in its room, or to its sender."""
    told: Counter[tuple[str | None, int]] = Counter()
    for one in heard:
        told.update({(one.room or one.to, int(number)) for number in NUMBER.findall(one.text)})
    return {
        key: sum(told[where, number] for number in by_key.get(key, ()) for where in {one.room, one.user})
        for key, one in said.items()
        if one.item.request
    }


def _chatter(said: Mapping[Key, Said], by_key: Mapping[Key, list[int]], heard: list[Heard]) -> Iterator[str]:
    """In a residents' room only its own tickets are spoken of, and nobody who chats is written to."""
    ours: dict[str, set[int]] = defaultdict(set)
    for (room, _), numbers in by_key.items():
        ours[room] |= set(numbers)
    chatting = {one.user for one in said.values() if not one.item.request}
    rooms = {room for room, _ in said}
    welcome = render("welcome_residents", {"community": "torture"}, datetime.now(timezone.utc), in_room=True)
    for one in heard:
        target = said.get((one.room or "", one.reply_to or ""))
        numbers = {int(number) for number in NUMBER.findall(one.text)}
        stray = one.room in rooms and one.text != welcome and not (numbers and numbers <= ours[one.room])
        if stray or one.to in chatting or (target is not None and not target.item.request):
            yield f"said for no request: {one}"


def _spoken_of(said: Mapping[Key, Said], rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        one = said.get((str(row["room"]), str(row["message"])))
        wanted = Outcome.FILED if one is not None and one.item.request else Outcome.LEFT_ALONE
        if row["outcome"] is not wanted:
            yield f"{row['outcome'].value} instead of {wanted.value}: {one}"


def _unsettled(rows: list[dict[str, Any]], posted: list[dict[str, Any]]) -> Iterator[str]:
    yield from (f"inbox {row['id']} is {row['state'].value}" for row in rows if row["state"] is not InboxState.DONE)
    for row in posted:
        given_up = row["unsure"] >= UNSURE_SENDS or row["cut_off"] >= CUT_OFF_SENDS
        over = row["state"] in (OutboxState.SENT, OutboxState.JOINED) or (
            row["state"] is OutboxState.UNKNOWN and given_up
        )
        if not over:
            yield f"outbox {row['id']} ({row['template']}) is {row['state'].value}"
