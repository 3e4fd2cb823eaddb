"""What people press or pick instead of typing: the buttons under a message, the commands of a chat's menu."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent

ASIDES = frozenset(
    {
        "claim_already_yours", "claim_not_yours", "claim_too_late", "how_to_register", "not_now", "not_yours",
        "over_already", "query_not_yours", "rate_not_yours",
    }
)  # fmt: skip
"""Templates that refuse somebody: nobody else in the room needs to read them."""


@lru_cache(maxsize=2)
def _table(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((_HERE / f"{name}.yml").read_text(encoding="utf-8"))
    return loaded


def buttons_of(template: str) -> tuple[str, ...]:
    """The words of the buttons under a message."""
    return tuple(_table("buttons").get(template, ()))


def all_buttons() -> frozenset[str]:
    """Every word that a button of ours can say."""
    return frozenset(word for words in _table("buttons").values() for word in words)


def words_of_command(name: str, rest: str = "") -> str | None:
    """What a command says in the words of the reply grammar; None for one that is not ours."""
    command = _table("commands").get(name)
    if command is None:
        return None
    words: str = command["says"] if rest else command.get("alone", command["says"])
    return words.replace("{rest}", rest)


def menu() -> dict[str, str]:
    """The commands that a menu shows, each with what it is for."""
    return {name: command["about"] for name, command in _table("commands").items() if "about" in command}
