"""What an update of the Bot API means: a message, an edit, a pressed button, news of a room, or nothing to us.

message, edited_message ─► Arrival       people, and anonymous admins as nobody whom a register could name
callback_query          ─► Arrival       the words of the button as a reply to its message, and an id to be answered
my_chat_member, title,
migration               ─► RoomNews
channels, other bots, automatic forwards, stickers, joins ─► nothing

Pure. Works on the JSON as it came: what the library cannot parse today still gets through.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from bot.channels.contract import RoomChange, RoomNews
from bot.channels.telegram.attachments import attachments_of
from bot.channels.telegram.entities import Foreign, read_command, without_mentions
from bot.texts.controls import all_buttons
from desk.domain.words import MessageKind
from desk.services.mailroom import Arrival
from nlu.text import LONGEST, clean

CHANNEL = "telegram"

PRESSED = "say:"
"""What the data of a button of ours begins with; its words follow."""

PRESS = re.compile(r"press:(.*):(\d{1,18})", re.DOTALL)
"""The name of a press: its callback and the message that it hangs on."""

LONGEST_NAME = 200
LATEST = 4_102_444_800
"""Times from 2100 on are none."""

HERE = ("creator", "administrator", "member", "restricted")
GONE = ("left", "kicked")


class Unusable(Exception):
    """An update that is none as the Bot API describes it."""


@dataclass(frozen=True)
class Me:
    """The bot's own account."""

    id: int
    username: str


@dataclass(frozen=True)
class Heard:
    """What an update comes to; `callback` is the press that waits to be answered, whatever it said."""

    arrival: Arrival | None = None
    news: RoomNews | None = None
    callback: str | None = None


NOTHING = Heard()


def read_update(update: object, me: Me, now: datetime) -> Heard:
    """What an update means; `now` stands for the time of a press, which has none.

    Raises:
        Unusable: it is malformed.
    """
    found = _object(update)
    if "message" in found:
        return _message(_object(found["message"]), me)
    if "edited_message" in found:
        return _edited(_object(found["edited_message"]), me)
    if "callback_query" in found:
        return _pressed(_object(found["callback_query"]), me, now)
    if "my_chat_member" in found:
        return Heard(news=_own_place(_object(found["my_chat_member"])))
    return NOTHING


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Unusable
    return value


def _id(value: object) -> str:
    """An id as text: users and chats need 64 bits, and nobody reckons with one."""
    if type(value) is not int or abs(value) >= 1 << 63:
        raise Unusable
    return str(value)


def _line(value: object) -> str:
    return clean(value)[:LONGEST_NAME] if isinstance(value, str) else ""


def _time(value: object) -> datetime:
    if type(value) is not int or not 0 <= value < LATEST:
        raise Unusable
    return datetime.fromtimestamp(value, timezone.utc)


def _room(chat: Mapping[str, Any]) -> str | None:
    """The id of a group; None for a private chat.

    Raises:
        Unusable: of neither kind.
    """
    if chat.get("type") == "private":
        return None
    if chat.get("type") not in ("group", "supergroup"):
        raise Unusable
    return _id(chat.get("id"))


# ---------------------------------------------------------------- messages


def _message(message: Mapping[str, Any], me: Me) -> Heard:
    chat = _object(message.get("chat"))
    if chat.get("type") == "channel":
        return NOTHING
    news = _news_in(message, _room(chat))
    return Heard(news=news) if news is not None else Heard(_said(message, me))


def _edited(message: Mapping[str, Any], me: Me) -> Heard:
    if _object(message.get("chat")).get("type") == "channel":
        return NOTHING
    said = _said(message, me)
    if said is None or not said.text.strip():
        return NOTHING  # a place that moves, a picture that was changed: no words to read anew
    digest = hashlib.sha256(f"{message.get('edit_date')}{said.text}".encode("utf-8", "replace")).hexdigest()[:12]
    name = f"{said.message}#{MessageKind.EDITED.value}-{digest}"
    sent_at = _time(message.get("edit_date", message.get("date")))
    edit = replace(said, message=name, kind=MessageKind.EDITED, target=said.message, sent_at=sent_at)
    return Heard(edit)


def _said(message: Mapping[str, Any], me: Me) -> Arrival | None:
    speaker = _speaker(message)
    if speaker is None:
        return None
    room = _room(_object(message.get("chat")))
    try:
        text, named = _words(message, me, direct=room is None)
    except Foreign:
        return None
    attachments = attachments_of(message)
    if not text.strip() and not attachments:
        return None
    reply_to, to_us = _replied_to(message, me)
    return Arrival(
        channel=CHANNEL, room=room, message=_id(message.get("message_id")), user=speaker[0], name=speaker[1],
        text=text, sent_at=_time(message.get("date")), reply_to=reply_to, direct=room is None,
        mentioned=named or to_us, attachments=attachments, topic=topic_of(message), local_ids=True,
    )  # fmt: skip


def _speaker(message: Mapping[str, Any]) -> tuple[str, str] | None:
    """Account and name of who speaks; None when no person does.

    Who speaks as the group or as a channel cannot be told apart from others who may: that is nobody's account, and
    named so that a register that lists Telegram's shared account (1087968824) by mistake gives nobody its rights.
    """
    if message.get("is_automatic_forward"):
        return None
    mask = message.get("sender_chat")
    if isinstance(mask, Mapping):
        return f"chat:{_id(mask.get('id'))}", _line(mask.get("title"))
    user = _object(message.get("from"))
    if user.get("is_bot") or user.get("id") in SHARED:
        return None
    return _id(user.get("id")), name_of(user)


SHARED = (777000, 1087968824, 136817688)
"""Accounts that Telegram puts in the place of a channel, an anonymous admin and a user who speaks as a channel."""


def name_of(user: Mapping[str, Any]) -> str:
    """A user's display name."""
    parts = [_line(user.get("first_name")), _line(user.get("last_name"))]
    return " ".join(part for part in parts if part)[:LONGEST_NAME] or _line(user.get("username"))


def _words(message: Mapping[str, Any], me: Me, *, direct: bool) -> tuple[str, bool]:
    """The text or caption without the bot's name, and whether it was said to the bot."""
    which = "text" if isinstance(message.get("text"), str) else "caption"
    raw = message.get(which)
    if not isinstance(raw, str):
        return "", False
    command = read_command(raw, me.username, direct=direct)
    if command is not None:
        return clean(command)[:LONGEST], True
    text, named = without_mentions(raw, message.get(f"{which}_entities" if which == "caption" else "entities"),
                                   me.id, me.username)  # fmt: skip
    return clean(text if text.strip() else raw)[:LONGEST], named


def _replied_to(message: Mapping[str, Any], me: Me) -> tuple[str | None, bool]:
    """The message that is answered, and whether it is the bot's.

    In a topic every message that answers nothing "answers" the one that opened the topic.
    """
    target = message.get("reply_to_message")
    if not isinstance(target, Mapping) or "forum_topic_created" in target:
        return None, False
    sender = target.get("from")
    to_us = isinstance(sender, Mapping) and sender.get("id") == me.id
    return _id(target.get("message_id")), to_us


def topic_of(message: Mapping[str, Any]) -> str | None:
    """The topic of a forum; outside of forums Telegram numbers the threads of replies the same way."""
    thread = message.get("message_thread_id")
    return _id(thread) if message.get("is_topic_message") is True and thread is not None else None


# ---------------------------------------------------------------- buttons


def _pressed(query: Mapping[str, Any], me: Me, now: datetime) -> Heard:
    callback = query.get("id")
    if not isinstance(callback, str) or not 0 < len(callback) <= 64:
        raise Unusable
    try:
        return Heard(_press(query, callback, me, now), callback=callback)
    except Unusable:
        return Heard(callback=callback)  # forged or foreign: the one who pressed gets an end to his waiting


def _press(query: Mapping[str, Any], callback: str, me: Me, now: datetime) -> Arrival:
    """What the button says, said by who pressed; the register decides who may."""
    data, user, card = query.get("data"), _object(query.get("from")), _object(query.get("message"))
    words = data.removeprefix(PRESSED) if isinstance(data, str) and data.startswith(PRESSED) else ""
    sender = card.get("from")
    if words not in all_buttons() or user.get("is_bot"):
        raise Unusable
    if isinstance(sender, Mapping) and sender.get("id") != me.id:
        raise Unusable
    room, target = _room(_object(card.get("chat"))), _id(card.get("message_id"))
    return Arrival(
        channel=CHANNEL, room=room, message=f"press:{clean(callback)}:{target}", user=_id(user.get("id")),
        name=name_of(user), text=words, sent_at=now, reply_to=target, direct=room is None, mentioned=True,
        topic=topic_of(card), local_ids=True,
    )  # fmt: skip


# ---------------------------------------------------------------- rooms


def _news_in(message: Mapping[str, Any], room: str | None) -> RoomNews | None:
    """A service message about the group itself."""
    if room is None:
        return None
    if "migrate_to_chat_id" in message:
        return RoomNews(CHANNEL, room, RoomChange.MOVED, to=_id(message["migrate_to_chat_id"]))
    if "migrate_from_chat_id" in message:
        return RoomNews(CHANNEL, _id(message["migrate_from_chat_id"]), RoomChange.MOVED, to=room)
    if "new_chat_title" in message:
        return RoomNews(CHANNEL, room, RoomChange.RENAMED, title=_line(message["new_chat_title"]), by=_by(message))
    return None


def _by(found: Mapping[str, Any]) -> str | None:
    user = found.get("from")
    return _id(user.get("id")) if isinstance(user, Mapping) else None


def _own_place(found: Mapping[str, Any]) -> RoomNews | None:
    """The bot was let into a group or put out of it; a private chat that blocks it is no room."""
    chat = _object(found.get("chat"))
    if chat.get("type") not in ("group", "supergroup"):
        return None
    room, was, now = _id(chat.get("id")), _is_in(found.get("old_chat_member")), _is_in(found.get("new_chat_member"))
    if was == now:
        return None
    title = _line(chat.get("title")) if now else None
    return RoomNews(CHANNEL, room, RoomChange.JOINED if now else RoomChange.LEFT, title=title, by=_by(found))


def _is_in(member: object) -> bool:
    found = _object(member)
    if found.get("status") not in HERE + GONE:
        raise Unusable
    return found["status"] in HERE and (found["status"] != "restricted" or found.get("is_member") is True)
