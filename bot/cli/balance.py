"""`linli balance`: what came in on a day and what became of it, a line a room."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import Any

import typer
from sqlalchemy import select
from sqlalchemy.engine import Engine

from bot.bootstrap import open_desk
from bot.cli.errors import NOTHING_DONE, one_line
from bot.cli.words import tell, word
from bot.settings import read_settings
from bot.texts import balance_words
from desk.domain.model import Community
from desk.domain.words import Outcome
from desk.services.balance import Balance, balances_of_day
from desk.services.digest import sum_of
from desk.storage.engine import transaction

FORMATS = ("text", "json")


def run(day: str | None, form: str, database_url: str | None) -> None:
    """Prints the balance of a day, without `day` of today; exit 2 when the day is none."""
    with one_line():
        on = _day(day)
        if form not in FORMATS:
            tell("errors.usage", detail=f"--format {form}")
            raise typer.Exit(NOTHING_DONE)
        engine = open_desk(read_settings(database_url=database_url))
        with transaction(engine) as session:
            found = list(balances_of_day(session, on, datetime.now(timezone.utc)))
            codes = {community.id: community.code for community in session.scalars(select(Community))}
        shown = [_row(at, one, codes.get(one.community or 0)) for at, one in found]
        if form == "json":
            sys.stdout.write(json.dumps(shown, ensure_ascii=False, indent=1) + "\n")
            return
        for at, one in found:
            sys.stdout.write(f"{at.isoformat()}  {words_of(one)}\n")
        if not found:
            tell("balance.nothing")


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value is not None else None
    except ValueError:
        tell("errors.usage", detail=f"--day {value}")
        raise typer.Exit(NOTHING_DONE) from None


def _row(day: date, one: Balance, community: str | None) -> dict[str, Any]:
    counts = {outcome.value: one.outcomes.get(outcome, 0) for outcome in Outcome}
    return {
        "day": day.isoformat(), "community": community, "channel": one.channel,
        "room": one.room or None, "received": one.received, **counts, "difference": one.difference,
    }  # fmt: skip


def words_of(one: Balance) -> str:
    """A room's balance in a sentence."""
    return word(
        "balance.line",
        room=one.room or word("balance.private"),
        channel=one.channel,
        words=balance_words(sum_of([one])),
    )


def findings(engine: Engine) -> Iterator[tuple[str, bool, str]]:
    """For `linli doctor`: today's and yesterday's balance of every room; not well where one does not come out."""
    now = datetime.now(timezone.utc)
    for name, back in (("balance_today", 0), ("balance_yesterday", 1)):
        with transaction(engine) as session:
            found = list(balances_of_day(session, None, now, back))
        for _, one in found:
            yield name, not one.difference, words_of(one)
