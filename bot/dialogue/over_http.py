"""The dialogue on a Rasa server of its own: a gateway needs no Rasa installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import stamina
from stamina.instrumentation import LoggingOnRetryHook, set_on_retry_hooks

from bot.dialogue.contract import DialogueAway, DialogueRefused, Parse, Talk, effect_of
from desk.domain.replies import Effect

set_on_retry_hooks([LoggingOnRetryHook])  # its default, structlog, writes to stdout

TIMEOUT_SECONDS = 30.0
"""For one call; a batch of hundreds takes a second."""

BATCH = 500
"""Texts of one call."""


class HttpDialogue:
    """Calls the channel of `nlu/channel.py`."""

    def __init__(self, url: str, secret: str | None = None) -> None:
        headers = {"x-linli-secret": secret} if secret else {}
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}/webhooks/linli", headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False
        )

    def status(self) -> dict[str, Any]:
        """Whether the server is there with a model.

        Raises:
            DialogueAway: it is not there, or has no model yet.
            DialogueRefused: it is something else.
        """
        said = self._checked(self._once("GET", "/", None))
        if not isinstance(said, dict) or "status" not in said:
            raise DialogueRefused("no Linli channel")
        if said["status"] != "ready":
            raise DialogueAway(str(said["status"]))
        return said

    def read(self, texts: Sequence[str]) -> list[Parse]:
        """See the contract; reading changes nothing, so a lost call is made again."""
        parses: list[Parse] = []
        for start in range(0, len(texts), BATCH):
            parses += self._repeatedly("/read", {"texts": list(texts[start : start + BATCH])})["parses"]
        return parses

    def say(self, talk: Talk) -> Effect | None:
        """See the contract; asked once, because only the inbox row knows whether a lost call was heard."""
        body = {"conversation": talk.conversation, "text": talk.text, "parse": talk.parse, "metadata": talk.metadata}
        return effect_of(self._checked(self._once("POST", "/talk", body))["answers"], talk.row)

    def close(self) -> None:
        """See the contract."""
        self._client.close()

    @stamina.retry(on=DialogueAway, attempts=3, timeout=20.0, wait_initial=0.2)
    def _repeatedly(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._checked(self._once("POST", path, body))

    def _once(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        try:
            return self._client.request(method, path, json=body)
        except httpx.UnsupportedProtocol as error:
            raise DialogueRefused("no address") from error
        except httpx.HTTPError as error:
            raise DialogueAway(type(error).__name__) from error

    def _checked(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code >= 500:
            raise DialogueAway(f"status {answer.status_code}")
        if answer.status_code >= 400:
            raise DialogueRefused(f"status {answer.status_code}")
        try:
            body: dict[str, Any] = answer.json()
        except ValueError as error:
            raise DialogueRefused("no json") from error
        return body
