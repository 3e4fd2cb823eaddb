"""Who a text speaks to, from its entities. Telegram counts in UTF-16 code units: an emoji is two."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.texts.controls import words_of_command

_COMMAND = re.compile(r"/([a-z0-9_]{1,32})(?:@(\w{3,64}))?(?!\S)\s*", re.IGNORECASE)


def utf16_length(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(_encoded(text)) // 2


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def part(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity covers."""
    return _encoded(text)[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


def _spans(entities: object, text: str) -> Iterator[tuple[Mapping[str, Any], int, int]]:
    """The entities that lie inside the text; anything malformed is passed over."""
    total = utf16_length(text)
    for entity in entities if isinstance(entities, list) else ():
        if not isinstance(entity, Mapping):
            continue
        offset, length = entity.get("offset"), entity.get("length")
        if type(offset) is int and type(length) is int and offset >= 0 and 0 < length <= total - offset:
            yield entity, offset, length


def without_mentions(text: str, entities: object, bot: int, username: str) -> tuple[str, bool]:
    """The text without the bot's own name, and whether it was named; other people's names stay."""
    ours = [
        (offset, length)
        for entity, offset, length in _spans(entities, text)
        if _is_us(entity, part(text, offset, length), bot, username)
    ]
    kept = _encoded(text)
    for offset, length in sorted(ours, reverse=True):
        kept = kept[: 2 * offset] + kept[2 * (offset + length) :]
    return (kept.decode("utf-16-le", "surrogatepass").strip(), True) if ours else (text, False)


def _is_us(entity: Mapping[str, Any], words: str, bot: int, username: str) -> bool:
    if entity.get("type") == "mention":
        return bool(username) and words.casefold() == f"@{username}".casefold()
    user = entity.get("user")
    return entity.get("type") == "text_mention" and isinstance(user, Mapping) and user.get("id") == bot


class Foreign(Exception):
    """A command that is another bot's."""


def read_command(text: str, username: str, *, direct: bool) -> str | None:
    """A command in the words of the reply grammar; None when the text is none.

    Raises:
        Foreign: in a group it is addressed to another bot, or nobody knows whose it is.
    """
    found = _COMMAND.match(text)
    if found is None:
        return None
    name, whose, rest = found[1].lower(), found[2], text[found.end() :].strip()
    if whose is not None and whose.casefold() != username.casefold():
        raise Foreign
    words = words_of_command(name, rest)
    if words is None and not direct and whose is None:
        raise Foreign
    return text if words is None else words
