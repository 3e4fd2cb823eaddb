"""People for tests: they say, answer, edit and press; what the bot said is read where they would read it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .server import BotApi
from .world import Chat, Json, entities_of

PATIENCE_SECONDS = 30.0


class Somebody:
    """A user of Telegram."""

    def __init__(self, api: BotApi, name: str, **more: Any) -> None:
        self._api = api
        self._world = api.world
        self.json = self._world.user(name, **more)
        self.id = str(self.json["id"])

    @property
    def private(self) -> Chat:
        return self._world.chats[self.json["id"]]

    def starts(self) -> Json:
        """Opens the private chat with the bot."""
        self.private.started = True
        return self.says(self.private, "/start")

    def says(
        self, chat: Chat, text: str, *, reply_to: Json | None = None, topic: int | None = None, **more: Any
    ) -> Json:
        """A message; mentions and commands in it are marked."""
        marked = {"entities": found} if (found := entities_of(text)) else {}
        return self.sends(chat, reply_to=reply_to, topic=topic, **{"text": text, **marked, **more})

    def sends(self, chat: Chat, *, reply_to: Json | None = None, topic: int | None = None, **content: Any) -> Json:
        """A message of any kind."""
        if chat.type == "private":
            chat.started = True
        target = reply_to["message_id"] if reply_to else None
        message = self._world.say(chat, self.json, reply_to=target, topic=topic, **content)
        self._world.publish(message=message)
        return message

    def sends_photo(self, chat: Chat, content: bytes, caption: str = "", **more: Any) -> Json:
        file_id = self._world.keep_file("photo.jpg", content)
        sizes = [
            {"file_id": f"{file_id}s", "file_unique_id": "s", "width": 90, "height": 67, "file_size": 900},
            {"file_id": file_id, "file_unique_id": "l", "width": 1280, "height": 960, "file_size": len(content)},
        ]
        return self.sends(chat, photo=sizes, **({"caption": caption} if caption else {}), **more)

    def edits(self, message: Json, text: str) -> Json:
        with self._world.lock:
            now = int(self._world.clock())
            message |= {"text": text, "edit_date": max(now, message.get("edit_date", 0) + 1)}
            self._world.publish(edited_message=dict(message))
            return message

    def presses(self, message: Json, label: str) -> str:
        """A button under a message of the bot; the callback's id."""
        rows = message["reply_markup"]["inline_keyboard"]
        data = next(button["callback_data"] for row in rows for button in row if button["text"] == label)
        return self.presses_data(message, data)

    def presses_data(self, message: Json, data: Any) -> str:
        """Whatever a client of his own making sends."""
        callback = self._world.callback_id()
        query = {"id": callback, "from": self.json, "message": message, "chat_instance": "7", "data": data}
        self._world.publish(callback_query=query)
        return callback


class Town:
    """A server with people and groups, and eyes to see what the bot said."""

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self.world = api.world

    def person(self, name: str, **more: Any) -> Somebody:
        return Somebody(self.api, name, **more)

    def said(self, chat: Chat | Somebody) -> list[Json]:
        """Everything the bot said in a chat, in order."""
        where = chat.private if isinstance(chat, Somebody) else chat
        with self.world.lock:
            own = [m for m in where.messages.values() if m["from"]["id"] == self.world.bot["id"]]
            return sorted(own, key=lambda message: message["message_id"])

    def wait_said(self, chat: Chat | Somebody, words: str, *, after: int = 0) -> Json:
        """The bot's first message with these words, once it is there; only those from the `after`-th on count."""
        found: list[Json] = []

        def there() -> bool:
            found[:] = [m for m in self.said(chat)[after:] if words in str(m.get("text", m.get("caption", "")))]
            return bool(found)

        wait_until(there, lambda: f"{words!r} not among {[m.get('text') for m in self.said(chat)]}")
        return found[0]

    def has_drained(self) -> bool:
        """Whether every update was confirmed."""
        with self.world.lock:
            return not self.world.updates


def wait_until(true: Callable[[], bool], otherwise: Callable[[], str] = lambda: "it did not happen") -> None:
    """Waits for something that must happen."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until, otherwise()
        time.sleep(0.01)
