"""What `linli community` says of a register: what is wrong in it, and what is allowed but looks like a slip."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from bot.cli.words import PROBLEMS_SHOWN, tell, words_of
from desk.services.register_model import RegisterFile

_TELEGRAM_GROUP, _TELEGRAM_USER = re.compile(r"-[1-9]\d*"), re.compile(r"[1-9]\d*")


def tell_problems(problems: list[dict[str, Any]]) -> None:
    """Each with its place, its meaning, and what the file says there."""
    tell("errors.register_invalid", count=len(problems))
    for problem in problems[:PROBLEMS_SHOWN]:
        facts = {key: value for key, value in problem.items() if key not in ("where", "code")}
        shown = " ".join([problem["code"], *(f"{key}={value}" for key, value in facts.items())])
        tell("errors.register_problem", where=problem["where"], meaning=meaning_of(problem), facts=shown)


def meaning_of(problem: Mapping[str, Any]) -> str:
    """What a code means, in words; of an unreadable file its reason."""
    meanings = words_of("register")
    return meanings.get(f"{problem['code']}_{problem.get('reason')}") or meanings.get(problem["code"], "")


def tell_slips(register: RegisterFile) -> None:
    """What no rule forbids and nobody means: a channel that there is not, an id as Telegram gives none."""
    for where, kind, channel, value in islice(_slips(register), PROBLEMS_SHOWN):
        tell(f"slips.{kind}", where=where, channel=channel, value=value, known=" ".join(words_of("channels")))


def _slips(register: RegisterFile) -> Iterator[tuple[str, str, str, str]]:
    known = words_of("channels")
    accounts = [
        (member.where, channel, user, _TELEGRAM_USER, "telegram_user")
        for member in register.members
        for channel, user in member.identities
    ]
    rooms = [(room.where, room.channel, room.room, _TELEGRAM_GROUP, "telegram_group") for room in register.rooms]
    for where, channel, value, shape, kind in (*accounts, *rooms):
        if channel not in known:
            yield where, "channel", channel, value
        elif channel == "telegram" and not shape.fullmatch(value):
            yield where, kind, channel, value
