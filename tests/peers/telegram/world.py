"""What Telegram knows: people, chats, their messages, and the updates that wait for the bot.

Ids as Telegram gives them: users and supergroups need more than 32 bits; messages of private chats and basic groups
are numbered together, those of each supergroup by themselves.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

RETENTION_SECONDS = 24 * 3600
FIRST_USER, FIRST_SUPERGROUP = 5_000_000_000, -1_002_000_000_000


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def entities_of(text: str) -> list[Json]:
    """Mentions and commands, as Telegram's own clients mark them."""
    found = [(m.start(), m.end(), "mention") for m in re.finditer(r"(?<!\w)@\w{3,32}", text, re.ASCII)]
    found += [(m.start(), m.end(), "bot_command") for m in re.finditer(r"(?<!\S)/[a-z0-9_]+(@\w+)?", text, re.ASCII)]
    return [
        {"type": kind, "offset": utf16(text[:start]), "length": utf16(text[start:end])}
        for start, end, kind in sorted(found)
    ]


@dataclass
class Chat:
    """A private chat (its id is the user's), a group, a supergroup or a forum."""

    id: int
    type: str
    title: str
    is_forum: bool = False
    bot: str = "member"
    started: bool = False
    migrated_to: int | None = None
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    messages: dict[int, Json] = field(default_factory=dict)
    numbers: Any = None

    def as_json(self) -> Json:
        if self.type == "private":
            return {"id": self.id, "type": "private", "first_name": self.title}
        return {"id": self.id, "type": self.type, "title": self.title, **({"is_forum": True} if self.is_forum else {})}


class World:
    """One bot's world. Every method may be called from any thread."""

    def __init__(self, token: str = "100:test-token", username: str = "linli_test_bot") -> None:
        self.token = token
        self.bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "邻里",
            "username": username,
        }
        self.hears_all = True
        self.lock = threading.RLock()
        self.users: dict[int, Json] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.updates: list[tuple[float, Json]] = []
        self.answered: list[str] = []
        self.popups: dict[str, str] = {}
        self.menu: list[Json] = []
        self.webhook: Json = {"url": "", "secret_token": "", "allowed_updates": None}
        self.clock = time.time
        self._update_ids = itertools.count(700_000_001)
        self._user_ids = itertools.count(FIRST_USER + 1)
        self._group_ids = itertools.count(4_001)
        self._supergroup_ids = itertools.count(1)
        self._shared_numbers = itertools.count(1)
        self._callbacks = itertools.count(4_382_000_000_000)

    # ------------------------------------------------------------ who and where

    def user(self, name: str, **more: Any) -> Json:
        with self.lock:
            found = {"id": next(self._user_ids), "is_bot": False, "first_name": name, **more}
            self.users[found["id"]] = found
            self.chats[found["id"]] = Chat(found["id"], "private", name, numbers=self._shared_numbers)
            return found

    def group(self, title: str, *, supergroup: bool = True, forum: bool = False, joined: bool = True) -> Chat:
        with self.lock:
            number = FIRST_SUPERGROUP - next(self._supergroup_ids) if supergroup else -next(self._group_ids)
            numbers = itertools.count(1) if supergroup else self._shared_numbers
            kind = "supergroup" if supergroup else "group"
            chat = Chat(number, kind, title, is_forum=forum, bot="member" if joined else "left", numbers=numbers)
            self.chats[number] = chat
            return chat

    def topic(self, chat: Chat, title: str, by: Json) -> int:
        with self.lock:
            opened = self.post(chat, by, forum_topic_created={"name": title, "icon_color": 7322096})
            opened |= {"message_thread_id": opened["message_id"], "is_topic_message": True}
            chat.topics[opened["message_id"]] = title
            return int(opened["message_id"])

    def migrate(self, chat: Chat) -> Chat:
        """A group becomes a supergroup; both are told of."""
        with self.lock:
            after = self.group(chat.title)
            chat.migrated_to = after.id
            who = self.bot_like("Group", chat)
            self.publish(message=self.post(chat, who, migrate_to_chat_id=after.id))
            self.publish(message=self.post(after, who, migrate_from_chat_id=chat.id))
            return after

    def bot_like(self, name: str, chat: Chat) -> Json:
        """The account that stands for the group itself."""
        return {"id": 1087968824, "is_bot": True, "first_name": name, "username": "GroupAnonymousBot"}

    # ------------------------------------------------------------ messages and updates

    def post(self, chat: Chat, sender: Json, **content: Any) -> Json:
        """A message that is now in the chat."""
        with self.lock:
            number = next(chat.numbers)
            message = {
                "message_id": number,
                "date": int(self.clock()),
                "chat": chat.as_json(),
                "from": sender,
                **content,
            }
            chat.messages[number] = message
            return message

    def say(
        self, chat: Chat, sender: Json, *, reply_to: int | None = None, topic: int | None = None, **content: Any
    ) -> Json:
        """The same with what it answers and where, as Telegram shows it."""
        with self.lock:
            target = chat.messages.get(reply_to) if reply_to is not None else None
            topic = topic or (target or {}).get("message_thread_id")
            more: Json = {"message_thread_id": topic, "is_topic_message": True} if topic else {}
            shown = target if target is not None else chat.messages.get(topic or 0)
            if shown is not None:
                more["reply_to_message"] = {k: v for k, v in shown.items() if k != "reply_to_message"}
            return self.post(chat, sender, **more, **content)

    def publish(self, **update: Any) -> int:
        """An update that waits for the bot; its number."""
        with self.lock:
            number = next(self._update_ids)
            as_it_was = json.loads(json.dumps(update))  # what is edited later was said as it was said
            self.updates.append((self.clock(), {"update_id": number, **as_it_was}))
            return number

    def publish_raw(self, update: Any) -> None:
        """Whatever it is, with a number if it can have one."""
        with self.lock:
            if isinstance(update, dict):
                update = {"update_id": next(self._update_ids), **update}
            self.updates.append((self.clock(), update))

    def waiting(self, offset: int | None, limit: int, allowed: list[str] | None) -> list[Any]:
        """What a poll gives; an offset confirms everything below it."""
        with self.lock:
            oldest = self.clock() - RETENTION_SECONDS
            self.updates = [(at, u) for at, u in self.updates if at >= oldest and not _is_confirmed(u, offset)]
            shown = [u for _, u in self.updates if _is_allowed(u, allowed)]
            return shown[: max(1, min(limit, 100))]

    def callback_id(self) -> str:
        return str(next(self._callbacks))

    def keep_file(self, name: str, content: bytes) -> str:
        """The id of a file."""
        with self.lock:
            file_id = f"AgACAgUAAxkBAAI{len(self.files):04d}"
            self.files[file_id] = (f"files/{len(self.files)}_{name}", content)
            return file_id


def _is_confirmed(update: Any, offset: int | None) -> bool:
    return bool(offset) and isinstance(update, dict) and update["update_id"] < (offset or 0)


def _is_allowed(update: Any, allowed: list[str] | None) -> bool:
    return not allowed or not isinstance(update, dict) or any(kind in update for kind in allowed) or len(update) == 1
