"""The Rasa server's side of the gateway: a channel that reads in batches and takes read messages to the dialogue.

    POST /webhooks/linli/read   {"texts": [..]}                                        → {"parses": [..]}
    POST /webhooks/linli/talk   {"conversation", "text", "parse", "metadata"}          → {"answers": [..]}
    GET  /webhooks/linli/       who is there                                           → {"status", "model"}

A talk is refused with 503 while the action server is away: Rasa alone would say that the action had no answer.
With a secret (LINLI_RASA_SECRET, or `secret` in credentials.yml) every call must carry it; without one only callers
on this machine are let in.
"""

from __future__ import annotations

import asyncio
import hmac
import os
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from nlu.answers import check_schema_once
from nlu.engine import read_batch, talk
from nlu.logs import veil_logs

SECRET_HEADER = "x-linli-secret"

MOST_TEXTS = 2_000
"""Texts of one call; more is somebody else's mistake."""

CONNECT_SECONDS = 2.0
"""For the action server to take a connection."""

_LOOPBACK = ("127.0.0.1", "::1")


class LinliChannel(InputChannel):
    """Named in credentials.yml; Rasa makes it at start."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    @classmethod
    def name(cls) -> str:
        """Part of the address."""
        return "linli"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> LinliChannel:
        """The environment wins over the file, so that no secret need be written down."""
        veil_logs()
        check_schema_once()
        return cls(os.environ.get("LINLI_RASA_SECRET") or (credentials or {}).get("secret") or "")

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The three addresses."""
        routes = Blueprint("linli_channel", "nlu.channel")

        # Sanic writes attributes onto its handlers, which a bound method does not take.
        @routes.route("/", methods=["GET"])
        async def status(request: Request) -> HTTPResponse:
            return await self._status(request)

        @routes.route("/read", methods=["POST"])
        async def read(request: Request) -> HTTPResponse:
            return await self._read(request)

        @routes.route("/talk", methods=["POST"])
        async def talk_over(request: Request) -> HTTPResponse:
            return await self._talk(request)

        return routes

    def _refusal(self, request: Request) -> HTTPResponse | None:
        if self._secret:
            given = request.headers.get(SECRET_HEADER, "")
            allowed = hmac.compare_digest(given.encode(), self._secret.encode())
        else:
            allowed = request.ip in _LOOPBACK
        return None if allowed else response.json({"error": "forbidden"}, status=403)

    async def _status(self, request: Request) -> HTTPResponse:
        agent = request.app.ctx.agent
        ready = agent is not None and agent.is_ready()
        return response.json({"status": "ready" if ready else "no_model", "model": agent.model_id if ready else None})

    async def _read(self, request: Request) -> HTTPResponse:
        texts = (request.json or {}).get("texts")
        if not isinstance(texts, list) or len(texts) > MOST_TEXTS or not all(isinstance(t, str) for t in texts):
            return self._refusal(request) or response.json({"error": "texts"}, status=400)
        return self._refusal(request) or response.json({"parses": read_batch(request.app.ctx.agent, texts)})

    async def _talk(self, request: Request) -> HTTPResponse:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        body = request.json or {}
        if not isinstance(body.get("conversation"), str) or not isinstance(body.get("parse"), dict):
            return response.json({"error": "fields"}, status=400)
        metadata = body.get("metadata") or {}
        answers = await talk(
            request.app.ctx.agent, body["conversation"], body.get("text") or "", body["parse"], metadata
        )
        endpoint = getattr(request.app.ctx.agent, "action_endpoint", None)
        if not answers and endpoint is not None and not await is_listening(endpoint.url):
            # Rasa makes no answer of it, which would be a fault of the message; it is one of ours, and passes.
            return response.json({"error": "actions_away"}, status=503)
        return response.json({"answers": answers})


async def is_listening(url: str) -> bool:
    """Whether somebody takes connections there."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, port), CONNECT_SECONDS)
    except (OSError, asyncio.TimeoutError):
        return False
    writer.close()
    return True
