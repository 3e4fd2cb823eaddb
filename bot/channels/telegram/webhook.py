"""The webhook: a listener on loopback, behind a proxy that has the certificate.

Telegram sends one update at a time and the next when this one was answered 200, which is after it is stored.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.channels.contract import ChannelError
from bot.channels.telegram.api import Api
from bot.channels.telegram.polling import ALLOWED, Backoff
from bot.channels.telegram.pulse import Pulse
from bot.channels.telegram.taking import Taking

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
LARGEST = 1024 * 1024
"""Bytes of an update; a message has 4,096 characters."""

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
WATCH_SECONDS = 30.0
"""Between two looks whether Telegram still knows where to send."""


def secret_of(token: str) -> str:
    """The secret that Telegram sends along; from the token, so that nobody has to keep another one."""
    return hmac.new(token.encode(), b"linli webhook", "sha256").hexdigest()


class Webhook:
    """Listens, and sees to it that Telegram sends here. Nothing but being cancelled ends it."""

    def __init__(self, api: Api, taking: Taking, pulse: Pulse, secret: str, url: str, port: int) -> None:
        self._api = api
        self._taking = taking
        self._pulse = pulse
        self._secret = secret
        self._url = url
        self._port = port
        self._one_at_a_time = asyncio.Lock()
        self._told = False

    async def run(self) -> None:
        """Until cancelled."""
        backoff = Backoff()
        while True:
            try:
                async with self._listening():
                    await self._watch(backoff)
            except (ChannelError, OSError) as error:
                self._pulse.bad(error)
                log.warning("webhook: %s", type(error).__name__)
                await asyncio.sleep(backoff.after(error))

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        application = web.Application(client_max_size=LARGEST)
        application.router.add_post("/{path:.*}", self._handle)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self._port).start()
            yield
        finally:
            await runner.cleanup()

    async def _watch(self, backoff: Backoff) -> None:
        """Looks again and again; the listener goes on listening while Telegram cannot be asked."""
        while True:
            try:
                await self._see_to_it()
            except ChannelError as error:
                self._pulse.bad(error)
                log.warning("webhook: %s", type(error).__name__)
                await asyncio.sleep(backoff.after(error))
            else:
                backoff.reset()
                await asyncio.sleep(WATCH_SECONDS)

    async def _see_to_it(self) -> None:
        """Tells Telegram where to send: at the start (the secret may be another one), and when it forgot."""
        info = await self._api.call("getWebhookInfo")
        if not self._told or not isinstance(info, dict) or info.get("url") != self._url:
            await self._api.call(
                "setWebhook", url=self._url, secret_token=self._secret, max_connections=1, allowed_updates=ALLOWED
            )
            self._told = True
        self._pulse.good()

    async def _handle(self, request: web.Request) -> web.Response:
        """403 for a stranger, 413 for too much, 503 when it could not be stored, else 200."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode()):
            return web.Response(status=403)
        body = await request.read()
        async with self._one_at_a_time:
            try:
                await self._taking.take(_json(body))
            except Exception as error:
                self._pulse.bad(error)
                log.warning("webhook: %s", type(error).__name__)
                return web.Response(status=503)
        self._pulse.good()
        return web.Response()


def _json(body: bytes) -> object:
    """What the body says; what is no JSON is nothing that could be read, and is not offered again."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
