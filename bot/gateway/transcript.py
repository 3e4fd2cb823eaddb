"""A recorded group chat: reads its lines, and prints what the bot says in the same form.

A line is JSON with `at`; a message has `id`, `sender` and `room` or `direct`. Beside messages there are `recall`,
`edit` and `tick`. A line that cannot be used gives an error in its place; the rest goes on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.domain.words import MessageKind
from desk.services.mailroom import Arrival
from nlu.text import LONGEST, clean

LONGEST_ID = 200
"""Characters of an id or a room's name."""

FIRST_YEAR, LAST_YEAR = 1970, 9000
"""Years of a message; at the ends of the calendar no deadline can be reckoned."""


class LineUnusable(Exception):
    """A line that cannot be used; `code` is one of the interface's, `message` says what is wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def as_dict(self) -> dict[str, Any]:
        """The line to print in its place."""
        return {"error": {"code": self.code, "message": self.message}}


@dataclass(frozen=True)
class Entry:
    """A usable line: its time, and what arrived (None: only the clock moves)."""

    at: datetime
    arrival: Arrival | None


def lines_of(stream: Iterable[bytes]) -> Iterator[str | LineUnusable]:
    """The lines of a stream that are not blank, without BOM and CR; a line that is no UTF-8 is an error."""
    for number, raw in enumerate(stream):
        raw = raw.removesuffix(b"\n").removesuffix(b"\r")
        if number == 0:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError as error:
            yield LineUnusable("not_utf8", f"byte {error.start} is no UTF-8")


def arrivals_of(stream: Iterable[bytes]) -> Iterator[Arrival | dict[str, Any]]:
    """What arrives on a stream, line by line; what cannot be used as the line to print in its place."""
    for line in lines_of(stream):
        try:
            if isinstance(line, LineUnusable):
                raise line
            arrival = entry_of(line).arrival
            if arrival is not None:
                yield arrival
        except LineUnusable as unusable:
            yield unusable.as_dict()


def parse_object(line: str) -> dict[str, Any]:
    """The object of a line.

    Raises:
        LineUnusable: it is none.
    """
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineUnusable("json", f"no JSON: {error}"[:200]) from error
    if not isinstance(found, dict):
        raise LineUnusable("json", "no object")
    return found


def checked_text(value: object, *, required: bool = True) -> str:
    """A text that can be stored.

    Raises:
        LineUnusable: it is missing, blank or too long.
    """
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise LineUnusable("no_text", "`text` is missing or no string")
    if len(value) > LONGEST:
        raise LineUnusable("too_long", f"{len(value)} characters; {LONGEST} are the most")
    text = clean(value)
    if required and not text.strip():
        raise LineUnusable("no_text", "`text` is blank")
    return text


def entry_of(line: str) -> Entry:
    """The entry of a transcript's line.

    Raises:
        LineUnusable: it is none.
    """
    if not line.strip():
        raise LineUnusable("no_text", "a blank line")
    if not line.startswith("{"):
        raise LineUnusable("field", "a transcript's line is an object with `at`, `id` and `sender`")
    found = parse_object(line)
    at = _time(found)
    if found.get("tick"):
        return Entry(at, None)
    if found.get("recall") is not None:
        return Entry(at, _about(found, at, MessageKind.RECALLED, str_of(found, "recall"), ""))
    if found.get("edit") is not None:
        text = checked_text(found.get("text"))
        return Entry(at, _about(found, at, MessageKind.EDITED, str_of(found, "edit"), text))
    return Entry(at, _message(found, at))


def _time(found: dict[str, Any]) -> datetime:
    value = found.get("at")
    try:
        at = datetime.fromisoformat(_extended(value)) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise LineUnusable("field", "`at` is missing or no ISO 8601 time with an offset")
    return at


_BASIC_OFFSET = re.compile(r"([+-]\d\d):?(\d\d)?$")


def _extended(value: str) -> str:
    """Z, +0800 and +08 are ISO 8601 as well, but Python 3.10 reads only +08:00."""
    return _BASIC_OFFSET.sub(lambda found: f"{found[1]}:{found[2] or '00'}", value.replace("Z", "+00:00"))


def str_of(found: dict[str, Any], name: str, *, required: bool = True) -> str | None:
    """A field that names something.

    Raises:
        LineUnusable: it is missing, blank, too long or no string.
    """
    value = found.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_ID:
        raise LineUnusable("field", f"`{name}` is missing or malformed")
    return clean(value)


def _about(found: dict[str, Any], at: datetime, kind: MessageKind, target: str | None, text: str) -> Arrival:
    """A recall or an edit; the replay fills in who and where from the message it speaks of."""
    digest = hashlib.sha256(f"{at.isoformat()}{text}".encode()).hexdigest()[:12]
    name = f"{target}#{kind.value}" + ("" if kind is MessageKind.RECALLED else f"-{digest}")
    channel = str_of(found, "channel", required=False) or ""
    room = str_of(found, "room", required=False)
    return Arrival(channel, room, name, None, "", text, at, kind, target=target)


def _message(found: dict[str, Any], at: datetime) -> Arrival:
    sender = found.get("sender")
    if not isinstance(sender, dict):
        raise LineUnusable("field", "`sender` is missing or no object")
    direct = _flag(found, "direct")
    room = str_of(found, "room", required=False)
    if (room is None) != direct:
        raise LineUnusable("field", "a message has either a `room` or `direct`")
    attachments = _attachments(found.get("attachments"))
    message, user = str_of(found, "id"), str_of(sender, "id")
    name = sender.get("name")
    assert message is not None
    assert user is not None
    return Arrival(
        channel=str_of(found, "channel") or "",
        room=room,
        message=message,
        user=user,
        name=clean(name)[:LONGEST_ID] if isinstance(name, str) else "",
        text=checked_text(found.get("text"), required=not attachments),
        sent_at=at,
        reply_to=str_of(found, "reply_to", required=False),
        reply_to_bot_about=str_of(found, "reply_to_bot_about", required=False),
        direct=direct,
        mentioned=_flag(found, "mentioned"),
        attachments=attachments,
    )


def _flag(found: dict[str, Any], name: str) -> bool:
    value = found.get(name)
    if value not in (None, True, False):
        raise LineUnusable("field", f"`{name}` is neither true nor false")
    return bool(value)


KINDS_OF_ATTACHMENTS = ("photo", "voice", "video", "file", "position")


def _attachments(value: object) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > 100:
        raise LineUnusable("field", "`attachments` is no list")
    found = []
    for item in value:
        kind = item.get("kind") if isinstance(item, dict) else None
        if kind not in KINDS_OF_ATTACHMENTS:
            raise LineUnusable("field", "an attachment has no known `kind`")
        found.append({"kind": kind, "name": clean(str(item.get("name") or ""))[:LONGEST_ID]})
    return found
