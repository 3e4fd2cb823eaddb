"""A text that is longer than a platform takes, in several messages that end where a line ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.channels.contract import Outgoing


def parts_of(message: Outgoing, longest: int) -> list[Outgoing]:
    """The messages to send: the first is the reply, the last has the buttons and files."""
    texts = list(split(message.text, longest))
    if len(texts) < 2:
        return [replace(message, text="".join(texts))]
    first, *middle, last = texts
    plain = replace(message, buttons=(), files=())
    return [
        replace(plain, text=first),
        *(replace(plain, text=text, reply_to=None) for text in middle),
        replace(message, text=last, reply_to=None),
    ]


def split(text: str, longest: int) -> Iterator[str]:
    """Pieces of at most `longest` characters, cut at the end of a line if there is one, never a blank piece."""
    while len(text) > longest:
        cut = text.rfind("\n", 1, longest + 1)
        cut = cut if cut > 0 else longest
        if text[:cut].strip():
            yield text[:cut]
        text = text[cut:].removeprefix("\n")
    if text.strip() or not text:
        yield text
