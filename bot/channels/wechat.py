"""The WeChat channel: a thread with an event loop of its own, in which everything about the gateway happens.

    wechat.py           what the gateway of Linli calls: start, stop, send, health, fetch
    wechat_link.py      keeps a connection, whatever becomes of it
    wechat_hearing.py   fetches, maps and stores what is told            wechat_mapping.py, wechat_quote.py   pure
    wechat_speaking.py  delivers
    wechat_client.py    one connection; the only file that knows wechaty

The pace is that of a person: who writes faster from a personal account is limited or banned.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from bot.channels.contract import Capabilities, Health, Intake, Outgoing, Permanent, Receipt, Transient, Uncertain
from bot.channels.wechat_client import FILE_TIMES, Client
from bot.channels.wechat_errors import Away, ClientError, Refused, TooLarge
from bot.channels.wechat_hearing import Hearing, wall_clock
from bot.channels.wechat_link import STARTING, Link, Pace
from bot.channels.wechat_mapping import CHANNEL
from bot.channels.wechat_speaking import AWAY_SECONDS, LONGEST, Speaking

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0
"""For what is in hand, and for the gateway to hear that we go."""

T = TypeVar("T")


@dataclass(frozen=True)
class _Running:
    """What lives in the thread."""

    loop: asyncio.AbstractEventLoop
    link: Link
    speaking: Speaking


class WechatChannel:
    """WeChat through a gateway at `endpoint` (host:port) that asks for `token`.

    Raises:
        ValueError: the endpoint names no host and port, or the token is empty.
    """

    name = CHANNEL
    # Ten a minute in a room and one a second in all: what a diligent person manages.
    capabilities = Capabilities(
        files=True, private=True, mentions=True, recalls=True, longest=LONGEST, room_per_minute=10, all_per_second=1
    )

    def __init__(
        self, endpoint: str, token: str, pace: Pace | None = None, now: Callable[[], datetime] = wall_clock
    ) -> None:
        if not token.strip():
            raise ValueError("token")
        self._endpoint = checked_endpoint(endpoint)
        self._token = token
        self._pace = pace or Pace()
        self._now = now
        self._running: _Running | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()

    def start(self, intake: Intake) -> None:
        """Begins to take in, in a thread of its own, and returns."""
        if self._thread is not None:
            raise RuntimeError("started already")
        self._thread = threading.Thread(target=self._run, args=(intake,), name=CHANNEL, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends within a few seconds."""
        thread, running = self._thread, self._running
        if thread is None:
            return
        self._ready.wait(STOP_SECONDS)
        running = self._running
        if running is not None:
            running.loop.call_soon_threadsafe(running.link.stop)
        thread.join(STOP_SECONDS)
        if thread.is_alive():
            log.warning("the connection is left to itself")
        self._thread = None

    def health(self) -> Health:
        """How it fares."""
        running = self._running
        return running.link.health() if running is not None else Health(None, True, STARTING)

    def send(self, message: Outgoing) -> Receipt:
        """Delivers one message."""
        time = self._pace.answer * 4 + self._pace.answer * FILE_TIMES * len(message.files)
        return self._do(lambda running: running.speaking.send(message), time)

    def fetch(self, reference: str) -> bytes:
        """The file of a message; `reference` is kind:id."""
        kind, _, message = reference.partition(":")
        if not message:
            raise Permanent
        return self._do(lambda running: _fetched(running.link, message, kind), self._pace.answer * (FILE_TIMES + 2))

    def _do(self, what: Callable[[_Running], Coroutine[Any, Any, T]], limit: float) -> T:
        """Does something in the thread and waits for it."""
        running = self._running
        if running is None:
            raise Transient(AWAY_SECONDS, everywhere=True)
        job = what(running)
        try:
            future = asyncio.run_coroutine_threadsafe(job, running.loop)
        except RuntimeError as error:  # the loop has just ended
            job.close()
            raise Transient(AWAY_SECONDS, everywhere=True) from error
        try:
            return future.result(limit)
        except (concurrent.futures.TimeoutError, concurrent.futures.CancelledError) as error:
            future.cancel()
            raise Uncertain from error

    def _run(self, intake: Intake) -> None:
        # The threads that store are not asyncio's: those would be waited for at the end, however long a database takes.
        threads = ThreadPoolExecutor(1, f"{CHANNEL}-store")
        try:
            asyncio.run(self._keep(intake, threads))
        except Exception as error:  # the other channels go on
            log.error("the channel ended: %s", type(error).__name__)
        finally:
            self._running = None
            self._ready.set()
            threads.shutdown(wait=False, cancel_futures=True)

    async def _keep(self, intake: Intake, threads: ThreadPoolExecutor) -> None:
        hearing = Hearing(intake, threads, self._now)
        link = Link(lambda: Client(self._endpoint, self._token, self._pace.answer), hearing, self._pace)
        self._running = _Running(asyncio.get_running_loop(), link, Speaking(link, hearing))
        self._ready.set()
        try:
            await link.keep()
        finally:
            self._running = None


async def _fetched(link: Link, message: str, kind: str) -> bytes:
    if link.client is None:
        raise Transient(AWAY_SECONDS, everywhere=True)
    try:
        return await link.client.file(message, photo=kind == "photo")
    except (Refused, TooLarge) as error:
        raise Permanent from error
    except ClientError as error:
        raise Transient(AWAY_SECONDS, everywhere=isinstance(error, Away)) from error


def checked_endpoint(endpoint: str) -> str:
    """The endpoint, if it is host:port; without a port wechaty would ask a server of its makers for one.

    Raises:
        ValueError: it is not.
    """
    given = endpoint.strip()
    parts = urlsplit(given if "://" in given else f"//{given}")
    if not parts.hostname or not parts.port or parts.scheme not in ("", "http"):
        raise ValueError("endpoint")
    return f"{parts.hostname}:{parts.port}"
