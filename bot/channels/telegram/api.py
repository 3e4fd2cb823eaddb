"""The Bot API through python-telegram-bot: one call, its errors by meaning. Nothing else imports `telegram`.

what went wrong                          meaning
no connection was made                   Transient      everywhere
the answer was lost, or is garbage       Uncertain      what was asked for may have happened
5xx                                      Transient      the servers in front answer so for one that is away
401, 404: the token                      AccountLost
409: another process has this bot        Elsewhere      a Transient
429                                      Transient      after what was asked for
403, nobody there, no right to write     Gone
400, 413 and the rest                    Permanent
a group became a supergroup              Moved

Texts of the library are never logged: some hold the token, some the answer of the server.
"""

from __future__ import annotations

import json
import logging
import warnings
from contextvars import ContextVar
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from telegram import Bot, InputFile
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError
from telegram.request import HTTPXRequest
from telegram.warnings import PTBUserWarning

from bot.channels.contract import AccountLost, ChannelError, File, Gone, Moved, Permanent, Transient, Uncertain

OFFICIAL = "https://api.telegram.org"

LARGEST_DOWN = 20 * 1024 * 1024
"""Bytes that a bot may fetch."""

CONNECT_SECONDS, ANSWER_SECONDS, UPLOAD_SECONDS = 5.0, 15.0, 60.0

AWAY_SECONDS, CROWDED_SECONDS = 2.0, 30.0
"""Before the next try when the servers are away, or ask for patience without saying how much."""

_GONE = (
    "chat not found", "user not found", "peer_id_invalid", "chat_write_forbidden", "user_is_blocked",
    "not enough rights", "have no rights to send", "need administrator rights", "chat_admin_required",
    "user_deactivated", "chat_restricted", "bot is not a member", "group chat was deactivated",
    "chat_send_plain_forbidden",
)  # fmt: skip
"""What a 400 says when it is about the one it is for and not about the message."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)

_status: ContextVar[int] = ContextVar("status", default=0)
"""The HTTP status of this task's latest answer; 0 for none. The library's errors do not tell it."""

# We ask for plain JSON throughout: what the library cannot parse must not be lost.
warnings.filterwarnings("ignore", message="Please use 'Bot", category=PTBUserWarning)
# Each request's URL holds the token.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Refused(Permanent):
    """A 400 about the message; `reason` is the server's description in lower case, for telling cases apart."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class Elsewhere(Transient):
    """A 409: another process polls for this bot, or a webhook is set."""


class _Request(HTTPXRequest):
    """Notes the status, and logs no body that it cannot read."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """As the library does it."""
        code, payload = await super().do_request(*args, **kwargs)
        _status.set(code)
        return code, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """An object of JSON, or an error without its text."""
        try:
            found = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as error:
            raise TelegramError("no JSON") from error
        if not isinstance(found, dict):
            raise TelegramError("no object")
        return found


class Api:
    """Calls of one bot. Belongs to the event loop in which it is opened."""

    def __init__(self, token: str, base_url: str | None = None) -> None:
        root = root_of(base_url)
        # A proxy that the environment names leads to Telegram and not to a server on this machine.
        own = {"trust_env": urlsplit(root).hostname not in ("127.0.0.1", "localhost", "::1")}
        self._requests = [
            _Request(
                connection_pool_size=size, httpx_kwargs=own, connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS, pool_timeout=CONNECT_SECONDS, media_write_timeout=UPLOAD_SECONDS,
            )
            for size in (1, 16)
        ]  # fmt: skip
        self._files = f"{root}/file/bot{token}/"
        self._bot = Bot(
            token, f"{root}/bot", f"{root}/file/bot", get_updates_request=self._requests[0], request=self._requests[1]
        )

    async def open(self) -> None:
        """Makes ready to call; talks to nobody."""
        for request in self._requests:
            await request.initialize()

    async def close(self) -> None:
        """Closes the connections."""
        for request in self._requests:
            await request.shutdown()

    async def call(self, method: str, *, patience: float = ANSWER_SECONDS, **parameters: Any) -> Any:
        """The result of a method, as plain JSON; None among the parameters means left out.

        Args:
            method: as the Bot API names it.
            patience: seconds to wait for the answer.
            parameters: of the method; a `File` is uploaded.

        Raises:
            ChannelError: by meaning.
        """
        given = {name: _upload(value) for name, value in parameters.items() if value is not None}
        _status.set(0)
        try:
            return await self._bot.do_api_request(method, given, read_timeout=patience)
        except TelegramError as error:
            raise meaning_of(error, _status.get()) from None
        except Exception:  # an answer that the library stumbles over
            raise Uncertain from None

    async def fetch(self, reference: str) -> bytes:
        """The content of a file.

        Raises:
            ChannelError: by meaning; `Permanent` when it is too large or not there any more.
        """
        found = await self.call("getFile", file_id=reference)
        path, size = (found.get("file_path"), found.get("file_size")) if isinstance(found, dict) else (None, None)
        if not isinstance(path, str) or (isinstance(size, int) and size > LARGEST_DOWN):
            raise Permanent
        _status.set(0)
        try:
            content = await self._requests[1].retrieve(self._files + quote(path), read_timeout=UPLOAD_SECONDS)
        except TelegramError as error:
            # 404 is the file's here: it is kept for an hour.
            raise Permanent from None if _status.get() == 404 else meaning_of(error, _status.get())
        if len(content) > LARGEST_DOWN:
            raise Permanent
        return content


def root_of(base_url: str | None) -> str:
    """The root of a Bot API server, given with or without the `/bot` at its end."""
    return (base_url or OFFICIAL).rstrip("/").removesuffix("/bot")


def _upload(value: Any) -> Any:
    return InputFile(value.content, filename=value.name or value.kind) if isinstance(value, File) else value


def meaning_of(error: TelegramError, status: int) -> ChannelError:
    """What an error of the library means; `status` is that of the answer, 0 when there was none."""
    if isinstance(error, ChatMigrated):
        return Moved(str(error.new_chat_id))
    if isinstance(error, RetryAfter):
        return Transient(_seconds(error))
    if isinstance(error, Forbidden):
        return Gone()
    if isinstance(error, BadRequest):
        return _refusal(error.message.lower())
    return _by_status(status) if status else _by_cause(error.__cause__)


def _refusal(reason: str) -> ChannelError:
    return Gone() if any(words in reason for words in _GONE) else Refused(reason)


def _seconds(error: RetryAfter) -> float:
    given: Any = error._retry_after  # the public one warns of a change of its type
    seconds = given.total_seconds() if isinstance(given, timedelta) else given
    return float(seconds) if isinstance(seconds, (int, float)) and 0 <= seconds < 1e6 else CROWDED_SECONDS


def _by_status(status: int) -> ChannelError:
    if status in (401, 404):
        return AccountLost()
    if status == 409:
        return Elsewhere(AWAY_SECONDS, everywhere=True)
    if status == 429 or status >= 500:
        return Transient(CROWDED_SECONDS if status == 429 else AWAY_SECONDS)
    return Permanent() if status >= 400 else Uncertain()


def _by_cause(cause: BaseException | None) -> ChannelError:
    if isinstance(cause, _NOT_SENT):
        return Transient(AWAY_SECONDS, everywhere=True)
    return Uncertain()
