"""What a WeChat gateway says, as what the desk takes in. Pure: no network, no clock of its own.

payload ─► arrival_of ─► Arrival      a message, or a recall (撤回)
                      └► None         our own words, notes of the system
event   ─► news_of    ─► RoomNews     joined, kicked, renamed
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import IntEnum
from typing import Any

from bot.channels.contract import RoomChange, RoomNews
from bot.channels.wechat_quote import Quote, attributes_in_xml, parsed, quote_in_text, quote_in_xml, title_in_xml
from desk.domain.words import MessageKind
from desk.services.mailroom import Arrival
from nlu.text import LONGEST, clean

CHANNEL = "wechat"

LONGEST_NAME = 200
"""Characters of a name or an id."""

MOST_MENTIONED = 20
"""Somebody who mentions more people than this means everybody (@所有人), not us."""

AFTER_A_MENTION = "\u2005"
"""What WeChat puts behind an @name."""

_OTHERS = re.compile("[@＠][^@＠\n\u2005]{1,64}\u2005")
_ENDS_A_MENTION = frozenset("\u2005\u2004\u2006\u00a0 \t\n,，.。!！?？:：;；、")
_MILLISECONDS_FROM = 10**11
_EARLIEST = datetime(2011, 1, 1, tzinfo=timezone.utc)  # WeChat's first month: an earlier message is a broken clock


class Kind(IntEnum):
    """The types of messages, as gateways number them (not as `wechaty` does)."""

    UNKNOWN = 0
    FILE = 1
    VOICE = 2
    CARD = 3
    HISTORY = 4
    STICKER = 5
    IMAGE = 6
    TEXT = 7
    POSITION = 8
    MINI_PROGRAM = 9
    NOTE = 10
    TRANSFER = 11
    RED_ENVELOPE = 12
    RECALLED = 13
    LINK = 14
    VIDEO = 15
    POST = 16


_ATTACHMENTS = {
    Kind.FILE: "file",
    Kind.VOICE: "voice",
    Kind.IMAGE: "photo",
    Kind.VIDEO: "video",
    Kind.POSITION: "position",
}


@dataclass(frozen=True)
class Payload:
    """A message as a gateway describes it; `timestamp` in seconds or milliseconds, `room` empty in private."""

    id: str
    type: int = Kind.TEXT
    text: str = field(default="", repr=False)
    talker: str = ""
    room: str = ""
    timestamp: float = 0
    mentions: tuple[str, ...] = ()
    filename: str = ""


@dataclass(frozen=True)
class Around:
    """What the mapping must know besides: our account, what we are called here, the sender's name here, the time."""

    me: str
    our_names: frozenset[str]
    name: str
    now: datetime


def is_ours(payload: Payload, me: str) -> bool:
    """Whether it is our own, or a note of the system: WeChat sends those in the room's name or in nobody's."""
    return payload.talker in ("", me, payload.room)


def arrival_of(payload: Payload, around: Around) -> Arrival | None:
    """The message or the recall; None for what nobody has said."""
    if not payload.id.strip():
        return None
    if payload.type == Kind.RECALLED:
        return _recall(payload, around)
    if is_ours(payload, around.me):
        return None
    quote = _quote_of(payload)
    if payload.type == Kind.UNKNOWN and quote is None:
        return None
    attachments = () if quote else _attachments(payload)
    text, named = without_mention(quote.reply if quote else _text_of(payload), around.our_names)
    return Arrival(
        channel=CHANNEL,
        room=_id(payload.room) or None,
        message=_id(payload.id),
        user=_id(payload.talker),
        name=clean(around.name)[:LONGEST_NAME].strip(),
        text=clean(text)[:LONGEST],
        sent_at=moment(payload.timestamp, around.now),
        reply_to=_id(quote.message) if quote and quote.message else None,
        direct=not payload.room,
        mentioned=named or _is_for_us(payload, around) or (quote is not None and quote.name in around.our_names),
        attachments=attachments,
        quoted=clean(without_mention(quote.text, around.our_names)[0])[:LONGEST] if quote else None,
    )


def _id(value: str) -> str:
    return clean(value)[:LONGEST_NAME]


def _is_for_us(payload: Payload, around: Around) -> bool:
    return len(payload.mentions) <= MOST_MENTIONED and around.me in payload.mentions


def moment(timestamp: float, now: datetime) -> datetime:
    """When it was said: long ago for what was fetched after a login, never in the future, never before WeChat."""
    seconds = timestamp / 1000 if timestamp >= _MILLISECONDS_FROM else timestamp
    try:
        said = datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return now
    return said if _EARLIEST <= said <= now else now


# --- words -----------------------------------------------------------------------------------------------------------


def _quote_of(payload: Payload) -> Quote | None:
    """XML is believed where WeChat made it, not where somebody typed it."""
    if payload.type == Kind.TEXT:
        return quote_in_text(payload.text)
    return quote_in_xml(payload.text) if payload.type in (Kind.UNKNOWN, Kind.FILE, Kind.LINK) else None


def _text_of(payload: Payload) -> str:
    if payload.type == Kind.TEXT:
        return payload.text
    if payload.type in (Kind.LINK, Kind.NOTE):
        return title_in_xml(payload.text) if parsed(payload.text) is not None else payload.text
    return ""


def without_mention(text: str, names: frozenset[str]) -> tuple[str, bool]:
    """The text without an @ of ours, so that 接单 behind it is the command it is; and whether there was one.

    An @ of somebody else stays, as one word: WeChat's thin space says where it ends, whatever spaces are in the name.
    """
    found = False
    for name in sorted((name for name in names if name), key=len, reverse=True):
        for sign in "@＠":
            text, here = _cut(text, sign + name)
            found = found or here
    return _OTHERS.sub(lambda other: "".join(other[0].split()) + " ", text).strip(), found


def _cut(text: str, mention: str) -> tuple[str, bool]:
    kept, at, found = [], 0, False
    while (start := text.find(mention, at)) >= 0:
        end = start + len(mention)
        whole = end == len(text) or text[end] in _ENDS_A_MENTION
        kept.append(text[at : start if whole else end])
        found = found or whole
        at = end + 1 if whole and text[end : end + 1].isspace() else end
    return "".join([*kept, text[at:]]), found


# --- attachments -----------------------------------------------------------------------------------------------------


def _attachments(payload: Payload) -> tuple[dict[str, Any], ...]:
    kind = _ATTACHMENTS.get(Kind(payload.type)) if payload.type in Kind.__members__.values() else None
    if kind is None:
        return ()
    if kind == "position":
        return ({"kind": kind, "name": _place(payload.text)},)
    name = payload.filename or title_in_xml(payload.text)
    return ({"kind": kind, "name": clean(name)[:LONGEST_NAME], "ref": f"{kind}:{payload.id}"},)


def _place(text: str) -> str:
    """What a shared position is called."""
    known = attributes_in_xml(text, "location")
    name = " ".join(filter(None, (known.get("poiname", ""), known.get("label", ""))))
    return clean(name)[:LONGEST_NAME]


# --- recalls ---------------------------------------------------------------------------------------------------------


def _recall(payload: Payload, around: Around) -> Arrival | None:
    """A recall names its message only; the desk knows who said that and where.

    The type is WeChat's own and cannot be typed: WeChat lets the sender take back, and the owner of a room.
    """
    target = recalled_id(payload.text)
    if target is None:
        return None
    return Arrival(
        channel=CHANNEL,
        room=_id(payload.room) or None,
        message=f"{target}#{MessageKind.RECALLED.value}",
        user=None,
        name="",
        text="",
        sent_at=moment(payload.timestamp, around.now),
        kind=MessageKind.RECALLED,
        direct=not payload.room,
        target=target,
    )


def recalled_id(text: str) -> str | None:
    """The id of the message that was taken back: the bare id, or that in WeChat's note."""
    message = parsed(text)
    if message is None:
        bare = text.strip()
        return bare if bare and "<" not in bare and len(bare) <= LONGEST_NAME - 20 else None
    for tag in ("newmsgid", "msgid"):
        found = message.find(f".//{tag}")
        if found is not None and (found.text or "").strip():
            return _id((found.text or "").strip())[: LONGEST_NAME - 20]
    return None


# --- rooms -----------------------------------------------------------------------------------------------------------


def news_of(event: str, facts: Mapping[str, Any], me: str) -> RoomNews | None:
    """News of a room that concern us; the title is for the caller to fetch, because gateways keep the old one.

    Others who come and go are nobody's business.
    """
    room = facts.get("roomId")
    if not isinstance(room, str) or not room:
        return None
    if event == "room-topic":
        return RoomNews(CHANNEL, _id(room), RoomChange.RENAMED, _str(facts, "newTopic"), by=_str(facts, "changerId"))
    if event == "room-join" and me in _ids(facts, "inviteeIdList"):
        return RoomNews(CHANNEL, _id(room), RoomChange.JOINED, by=_str(facts, "inviterId"))
    if event == "room-leave" and me in _ids(facts, "removeeIdList"):
        return RoomNews(CHANNEL, _id(room), RoomChange.LEFT, by=_str(facts, "removerId"))
    return None


def _str(facts: Mapping[str, Any], name: str) -> str | None:
    value = facts.get(name)
    return _id(value) if isinstance(value, str) and value else None


def _ids(facts: Mapping[str, Any], name: str) -> list[Any]:
    value = facts.get(name)
    return value if isinstance(value, list) else []
