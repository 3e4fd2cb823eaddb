"""The methods of the Bot API that a bot of ours calls, on a world. A refusal is an `ApiError` with Telegram's words."""

from __future__ import annotations

from typing import Any

from .world import Chat, Json, World, utf16


class ApiError(Exception):
    """A refusal: HTTP status, description, and parameters where there are such."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.body = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.body["parameters"] = parameters


def bad(description: str, **parameters: Any) -> ApiError:
    return ApiError(400, f"Bad Request: {description}", **parameters)


class Methods:
    """Each public method is one of the Bot API, called with the parameters as sent and the uploads by field."""

    def __init__(self, world: World) -> None:
        self._world = world

    def getMe(self, _given: Json, _files: Json) -> Json:  # noqa: N802
        return {
            **self._world.bot, "can_join_groups": True, "can_read_all_group_messages": self._world.hears_all,
            "supports_inline_queries": False,
        }  # fmt: skip

    def setMyCommands(self, given: Json, _files: Json) -> bool:  # noqa: N802
        for command in given["commands"]:
            if not 1 <= len(command["command"]) <= 32 or not 1 <= len(command["description"]) <= 256:
                raise bad("BOT_COMMAND_INVALID")
        self._world.menu = given["commands"]
        return True

    def setWebhook(self, given: Json, _files: Json) -> bool:  # noqa: N802
        self._world.webhook = {"secret_token": "", "allowed_updates": None, **given}
        return True

    def deleteWebhook(self, _given: Json, _files: Json) -> bool:  # noqa: N802
        self._world.webhook = {"url": "", "secret_token": "", "allowed_updates": None}
        return True

    def getWebhookInfo(self, _given: Json, _files: Json) -> Json:  # noqa: N802
        waiting = len(self._world.updates)
        return {"url": self._world.webhook["url"], "has_custom_certificate": False, "pending_update_count": waiting}

    def getChat(self, given: Json, _files: Json) -> Json:  # noqa: N802
        more = {"accent_color_id": 1, "max_reaction_count": 11, "accepted_gift_types": _GIFTS}
        return {**self._chat(given).as_json(), **more}

    def answerCallbackQuery(self, given: Json, _files: Json) -> bool:  # noqa: N802
        if given["callback_query_id"] in self._world.answered:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if utf16(given.get("text") or "") > 200:
            raise bad("MESSAGE_TOO_LONG")
        if given.get("text"):
            self._world.popups[given["callback_query_id"]] = given["text"]
        self._world.answered.append(given["callback_query_id"])
        return True

    def getFile(self, given: Json, _files: Json) -> Json:  # noqa: N802
        if given["file_id"] not in self._world.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        path, content = self._world.files[given["file_id"]]
        if len(content) > 20 * 1024 * 1024:
            raise bad("file is too big")
        return {"file_id": given["file_id"], "file_unique_id": "u", "file_size": len(content), "file_path": path}

    def sendMessage(self, given: Json, _files: Json) -> Json:  # noqa: N802
        if not given.get("text"):
            raise bad("message text is empty")
        if utf16(given["text"]) > 4096:
            raise bad("message is too long")
        return self._said(given, text=given["text"])

    def sendPhoto(self, given: Json, files: Json) -> Json:  # noqa: N802
        name, content = files["photo"]
        size = {"file_id": self._world.keep_file(name, content), "file_unique_id": "p", "width": 90, "height": 90}
        return self._said(given, photo=[{**size, "file_size": len(content)}], **_caption(given))

    def sendDocument(self, given: Json, files: Json) -> Json:  # noqa: N802
        name, content = files["document"]
        document = {"file_id": self._world.keep_file(name, content), "file_unique_id": "d", "file_name": name}
        return self._said(given, document={**document, "file_size": len(content)}, **_caption(given))

    def editMessageText(self, given: Json, _files: Json) -> Json:  # noqa: N802
        message = self._chat(given).messages.get(given["message_id"])
        if message is None or message["from"]["id"] != self._world.bot["id"]:
            raise bad("message to edit not found")
        message["text"], message["edit_date"] = given["text"], int(self._world.clock())
        return message

    # ------------------------------------------------------------ where it goes

    def _chat(self, given: Json) -> Chat:
        chat = self._world.chats.get(given["chat_id"])
        if chat is None:
            raise bad("chat not found")
        if chat.migrated_to is not None:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
        if chat.type == "private" and not chat.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        if chat.bot == "blocked":
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if chat.bot in ("kicked", "left"):
            raise ApiError(403, f"Forbidden: bot was kicked from the {chat.type} chat")
        return chat

    def _said(self, given: Json, **content: Any) -> Json:
        chat = self._chat(given)
        topic, target = given.get("message_thread_id"), given.get("reply_parameters", {}).get("message_id")
        if topic is not None and topic not in chat.topics:
            raise bad("message thread not found")
        if target is not None and target not in chat.messages:
            if not given["reply_parameters"].get("allow_sending_without_reply"):
                raise bad("message to be replied not found")
            target = None
        into = topic or chat.messages.get(target or 0, {}).get("message_thread_id")
        if into in chat.closed_topics:
            raise bad("TOPIC_CLOSED")
        markup = _checked(given.get("reply_markup"))
        more = {"reply_markup": markup} if markup else {}
        return self._world.say(chat, self._world.bot, reply_to=target, topic=topic, **content, **more)


_GIFTS = {
    "unlimited_gifts": False, "limited_gifts": False, "unique_gifts": False, "premium_subscription": False,
    "gifts_from_channels": False,
}  # fmt: skip


def _caption(given: Json) -> Json:
    if utf16(given.get("caption", "")) > 1024:
        raise bad("message caption is too long")
    return {"caption": given["caption"]} if given.get("caption") else {}


def _checked(markup: Json | None) -> Json | None:
    for row in (markup or {}).get("inline_keyboard", []):
        for button in row:
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
    return markup
