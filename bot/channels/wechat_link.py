"""Keeps a connection with a WeChat gateway, whatever becomes of it.

late, away      tried again, each time later, with jitter
frozen          a call without an answer ends the connection; so does an event stream that once answered and is silent
token refused   the account is not let in; tried again all the same: somebody may set it right on the other side
logged out      the connection stays; the account comes back when somebody scans

Each attempt is a fresh client. Nothing but `keep` ends the loop, and `keep` ends when it is told to.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.contract import Health
from bot.channels.wechat_client import Client, Event
from bot.channels.wechat_errors import Away, Busy, ClientError, Refused, TokenRefused, Unanswered
from bot.channels.wechat_hearing import Hearing, wall_clock

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pace:
    """Seconds. Between two calls that prove the gateway alive, for an answer, for a login after the start, for a dong
    where there was one before, and before the next attempt, at first and at most."""

    beat: float = 15.0
    answer: float = 10.0
    login: float = 20.0
    dong: float = 60.0
    first_wait: float = 1.0
    longest_wait: float = 60.0


STARTING, AWAY, FROZEN, REFUSED, BUSY, BROKEN = "starting", "away", "frozen", "token_refused", "busy", "broken"
LOGGED_OUT, SCAN = "logged_out", "scan_needed"
"""Troubles, as `Health` names them."""

CANCEL_AGAIN = 0.2
FIRST_EVENT = 2.0
"""Seconds for the greeting of an event stream; gateways of 0.x have none."""


class Link:
    """The connection as it is now: `client` while the gateway answers, `me` while the account is in."""

    def __init__(self, make: Callable[[], Client], hearing: Hearing, pace: Pace) -> None:
        self._make = make
        self._hearing = hearing
        self._pace = pace
        self._stop = asyncio.Event()
        self._greeted = asyncio.Event()
        self._login = asyncio.Event()
        self._asked: float | None = None
        self._dongs = False
        self._reset = False
        self._last_good: datetime | None = None
        self._in = True  # until we are told that it is not: a gateway that is away says nothing of the account
        self._trouble: str | None = STARTING
        self.client: Client | None = None
        self.me: str | None = None

    def health(self) -> Health:
        """As of now; readable from any thread."""
        return Health(self._last_good, self._in, self._trouble)

    def stop(self) -> None:
        """Lets `keep` end."""
        self._stop.set()

    async def keep(self) -> None:
        """Until `stop`."""
        wait = self._pace.first_wait
        while not self._stop.is_set():
            began = time.monotonic()
            await self._attempt()
            if time.monotonic() - began > 2 * self._pace.longest_wait:
                wait = self._pace.first_wait
            await self._pause(wait * random.uniform(0.5, 1.0))
            wait = min(wait * 2, self._pace.longest_wait)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def _attempt(self) -> None:
        try:
            await self._session()
        except ClientError as error:
            self._is_down(error)
        except Exception as error:  # whatever the libraries think of next
            log.error("the connection broke: %s", type(error).__name__)
            self._trouble = BROKEN
        finally:
            self.client, self.me = None, None

    def _is_down(self, error: ClientError) -> None:
        trouble = trouble_of(error)
        if trouble != self._trouble:
            log.warning("gateway: %s", trouble)
        self._trouble = trouble
        self._in = self._in and trouble != REFUSED
        # The gateway still serves a connection that it does not know to be gone: only a stop frees it.
        self._reset = self._reset or trouble == BUSY

    async def _session(self) -> None:
        client = self._make()
        opened = False
        try:
            await client.open()
            opened = True
            if self._reset:
                self._reset = False
                await client.stop_account()
            await self._serve(client)
        finally:
            if opened and self._stop.is_set():
                # WeChat keeps what is said until we come back; the gateway alone would drop it.
                with contextlib.suppress(ClientError):
                    await client.stop_account()
            await client.close()

    async def _serve(self, client: Client) -> None:
        """Everything at once, until the first of it ends."""
        self._greeted.clear()
        self._login.clear()
        self._asked, self._dongs = None, False
        hearing = self._hearing.work(client, lambda: self.me)
        everything: list[Coroutine[Any, Any, object]] = [
            self._listen(client), self._tend(client), hearing, self._stop.wait(),
        ]  # fmt: skip
        jobs = [asyncio.ensure_future(job) for job in everything]
        try:
            done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
            for job in done:
                job.result()
        finally:
            await _end(jobs)

    async def _listen(self, client: Client) -> None:
        async for event in client.events():
            self._greeted.set()
            self._tell(event)
            self._is_good()
        raise Away

    async def _tend(self, client: Client) -> None:
        """Starts the account once we listen, then sees that the gateway is alive."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._greeted.wait(), FIRST_EVENT)
        try:
            await client.start_account()
        except Unanswered:
            self._reset = True
            raise
        self.client = client
        if self._trouble not in (None, LOGGED_OUT, SCAN):
            self._trouble = None if self.me is not None else STARTING
        self._is_good()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._login.wait(), self._pace.login)
        if not self._login.is_set():
            self._is_out(self._trouble if self._trouble == SCAN else LOGGED_OUT)
        while True:
            await asyncio.sleep(self._pace.beat)
            await self._beat(client)

    async def _beat(self, client: Client) -> None:
        await client.beat()
        self._is_good()
        if self._asked is None:
            self._asked = time.monotonic()
            with contextlib.suppress(Refused):
                await client.ding()
        elif self._dongs and time.monotonic() - self._asked > self._pace.dong:
            raise Unanswered

    def _tell(self, event: Event) -> None:
        if event.name == "login" and event.facts.get("contactId"):
            self.me, self._in, self._trouble = str(event.facts["contactId"]), True, None
            self._login.set()
            self._hearing.wake()
        elif event.name == "logout":
            self._is_out(LOGGED_OUT)
        elif event.name == "scan" and self.me is None:
            self._is_out(SCAN)
        elif event.name == "dong":
            self._asked, self._dongs = None, True
        elif event.name == "error":
            log.warning("the gateway tells of an error")  # its text may hold anything
        else:
            self._hearing.put(event)

    def _is_good(self) -> None:
        """WeChat answers when the gateway does and the account is in."""
        if self.client is not None and self.me is not None:
            self._last_good = wall_clock()

    def _is_out(self, trouble: str) -> None:
        if self._trouble != trouble:
            log.warning("account: %s", trouble)
        self.me, self._in, self._trouble = None, False, trouble


def trouble_of(error: ClientError) -> str:
    """The word for a gateway that does not do what it is asked."""
    return {TokenRefused: REFUSED, Unanswered: FROZEN, Busy: BUSY}.get(type(error), AWAY)


async def _end(jobs: Sequence[asyncio.Future[Any]]) -> None:
    """Ends all of them. Once is not enough: in Python 3.10 `wait_for` drops a cancellation that meets its answer."""
    left = set(jobs)
    while left:
        for job in left:
            job.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN)
    await asyncio.gather(*jobs, return_exceptions=True)
