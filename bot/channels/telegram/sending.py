"""Sends: one message of ours is one message of Telegram's, and one more for each further file.

Plain text without markup: nothing has to be escaped, and nobody's words can become a link or a command of ours.
"""

from __future__ import annotations

import re
import time
from typing import Any

from bot.channels.contract import Button, ChannelError, File, Gone, Outgoing, Permanent, Receipt, Transient, Uncertain
from bot.channels.telegram.api import Api, Refused
from bot.channels.telegram.entities import utf16_length
from bot.channels.telegram.presses import Presses
from bot.channels.telegram.updates import PRESSED

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
"""In UTF-16 code units."""

LARGEST_PHOTO, LARGEST_FILE = 10 * 1024 * 1024, 50 * 1024 * 1024
LONGEST_DATA = 64
"""Bytes of what a button may carry."""

UPLOAD_SECONDS = 60.0

_CHAT = re.compile(r"-?[1-9]\d{0,18}")
_NAMED = re.compile(r"(?:press:.*:)?(\d{1,18})(?:#.*)?", re.DOTALL)

_NO_TOPIC = ("message thread not found", "topic_closed", "topic_deleted", "message_thread")
_NO_TARGET = ("message to be replied not found", "replied message not found", "reply message not found")
_NO_PHOTO = ("image_process_failed", "photo_invalid_dimensions", "photo_ext_invalid", "wrong file")


class Sending:
    """Sends with one bot; remembers which chats asked for patience, so that the others go on."""

    def __init__(self, api: Api, presses: Presses) -> None:
        self._api = api
        self._presses = presses
        self._not_before: dict[int, float] = {}

    async def send(self, message: Outgoing) -> Receipt:
        """Delivers; the receipt is the id of what the buttons hang on.

        Raises:
            ChannelError: by meaning.
        """
        chat = chat_of(message)
        if utf16_length(message.text) > LONGEST_TEXT:
            raise Permanent
        if await self._presses.say(message):
            return Receipt()
        self._be_patient(chat)
        first, *others = parts_of(message)
        try:
            receipt = await self._send_part(chat, *first)
        except Transient as error:
            if not error.everywhere:
                self._not_before[chat] = time.monotonic() + error.after
            raise
        try:
            for other in others:
                await self._send_part(chat, *other)
        except ChannelError as error:
            raise Uncertain from error  # a part of it is there
        return receipt

    def _be_patient(self, chat: int) -> None:
        now = time.monotonic()
        self._not_before = {known: until for known, until in self._not_before.items() if until > now}
        if chat in self._not_before:
            raise Transient(self._not_before[chat] - now)

    async def _send_part(self, chat: int, method: str, parameters: dict[str, Any]) -> Receipt:
        """Once more without what stands in the way: a closed topic, a message that is gone, a photo that is none."""
        try:
            return await self._call(chat, method, parameters)
        except Refused as refused:
            again = _without(refused.reason, method, parameters)
            if again is None:
                raise
            return await self._call(chat, *again)

    async def _call(self, chat: int, method: str, parameters: dict[str, Any]) -> Receipt:
        sent = await self._api.call(method, patience=UPLOAD_SECONDS / 2, chat_id=chat, **parameters)
        own = sent.get("message_id") if isinstance(sent, dict) else None
        if type(own) is not int:
            raise Uncertain
        return Receipt(str(own))


def _without(reason: str, method: str, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    if any(words in reason for words in _NO_TOPIC):
        dropped = {"message_thread_id", "reply_parameters"}
    elif any(words in reason for words in _NO_TARGET) and "reply_parameters" in parameters:
        dropped = {"reply_parameters"}
    elif any(words in reason for words in _NO_PHOTO) and "photo" in parameters:
        kept = {name: value for name, value in parameters.items() if name != "photo"}
        return "sendDocument", {**kept, "document": parameters["photo"]}
    else:
        return None
    return method, {name: value for name, value in parameters.items() if name not in dropped}


def chat_of(message: Outgoing) -> int:
    """The chat it goes to.

    Raises:
        Gone: nobody of this platform is called so (an anonymous admin, an account of another one).
    """
    name = message.room if message.room is not None else message.to
    if name is None or not _CHAT.fullmatch(name):
        raise Gone
    return int(name)


def named_message(name: str | None) -> int | None:
    """The id of Telegram's behind a name of ours: of a press it is the card's, of an edit the edited message's."""
    found = _NAMED.fullmatch(name or "")
    return int(found[1]) if found else None


def parts_of(message: Outgoing) -> list[tuple[str, dict[str, Any]]]:
    """The calls that deliver a message: the text, as caption of its first file where it is short enough, then files."""
    where = _where(message)
    files = list(message.files)
    buttons = {"reply_markup": keyboard(message.buttons)} if message.buttons else {}
    if files and utf16_length(message.text) <= LONGEST_CAPTION:
        method, upload = _upload(files.pop(0))
        caption = {"caption": message.text} if message.text else {}
        first = (method, {**where, **upload, **caption, **buttons})
    else:
        plain = {"text": message.text, "link_preview_options": {"is_disabled": True}}
        first = ("sendMessage", {**where, **plain, **buttons})
    return [first, *((method, {**where, **upload}) for method, upload in map(_upload, files))]


def _where(message: Outgoing) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if message.topic is not None and message.topic.isdigit():
        found["message_thread_id"] = int(message.topic)
    target = named_message(message.reply_to)
    if target is not None:
        found["reply_parameters"] = {"message_id": target, "allow_sending_without_reply": True}
    return found


def _upload(file: File) -> tuple[str, dict[str, Any]]:
    if len(file.content) > LARGEST_FILE:
        raise Permanent
    if file.kind == "photo" and len(file.content) <= LARGEST_PHOTO:
        return "sendPhoto", {"photo": file}
    return "sendDocument", {"document": file}


def keyboard(buttons: tuple[Button, ...]) -> dict[str, Any]:
    """The buttons in one row; one whose words do not fit into what a button carries is left out."""
    fitting = [
        {"text": button.label, "callback_data": PRESSED + button.says}
        for button in buttons
        if len((PRESSED + button.says).encode()) <= LONGEST_DATA
    ]
    return {"inline_keyboard": [fitting]}
