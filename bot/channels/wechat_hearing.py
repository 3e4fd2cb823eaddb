"""Hears a WeChat gateway: each event is fetched, mapped and stored, in order, and only then let go.

What waits here outlives a connection: the next one goes on with it. A gateway tells each message once and keeps no
list of them, so that what it told while nobody listened is known to the phone only.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from bot.channels.contract import Intake, RoomChange
from bot.channels.wechat_client import Client, Event
from bot.channels.wechat_errors import Refused
from bot.channels.wechat_mapping import Around, Payload, arrival_of, is_ours, news_of
from desk.services.mailroom import Arrival

log = logging.getLogger(__name__)

NAMES_KEPT = 600.0
"""Seconds until a name is asked for again."""

MOST_NAMES = 5_000
MOST_REMEMBERED = 5_000
"""Messages of which we remember who said them, to begin an answer with @."""

ATTEMPTS = (0.5, 1.0, 3.0)
"""Seconds before a message that the gateway does not hand out is asked for again; then it is given up."""

STORE_AGAIN = (0.5, 1.0, 3.0, 10.0, 30.0)
"""The same when we cannot store it; the last one repeats, and nothing is given up."""

ROOM_EVENTS = ("room-join", "room-leave", "room-topic")


class Names:
    """What people are called, remembered for a while."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], tuple[str, float]] = OrderedDict()
        self._last_in_a_room: OrderedDict[str, str] = OrderedDict()

    async def of(self, client: Client, room: str, user: str) -> str:
        """The name in a room, else the own name; in private what the person was called in a room we saw last.

        An officer who is 3-2-501 李姐 in the room should not be 云淡风轻 to the desk a minute later.
        """
        if not room:
            return self._last_in_a_room.get(user) or await self._ask(client, "", user)
        name = await self._ask(client, room, user)
        if name:
            _remember(self._last_in_a_room, user, name, MOST_NAMES)
        return name or await self._ask(client, "", user)

    async def ours(self, client: Client, room: str, me: str) -> frozenset[str]:
        """Everything behind an @ that means us."""
        names = [await self._ask(client, "", me), await self._ask(client, room, me) if room else ""]
        return frozenset(name for name in names if name)

    def forget(self, room: str) -> None:
        """The names in a room may be others now."""
        for key in [key for key in self._known if key[0] == room]:
            del self._known[key]

    async def _ask(self, client: Client, room: str, user: str) -> str:
        known = self._known.get((room, user))
        if known is not None and time.monotonic() - known[1] < NAMES_KEPT:
            return known[0]
        try:
            name = await (client.name_in(room, user) if room else client.name_of(user))
        except Refused:  # somebody whom the gateway does not know speaks all the same
            name = ""
        _remember(self._known, (room, user), (name, time.monotonic()), MOST_NAMES)
        return name


class Hearing:
    """What was told and is not stored yet. `gone` are the rooms that we were put out of."""

    def __init__(self, intake: Intake, threads: Executor, now: Callable[[], datetime]) -> None:
        self._intake = intake
        self._threads = threads
        self._now = now
        self._waiting: deque[Event] = deque()
        self._woken = asyncio.Event()
        self._names = Names()
        self._said_by: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self.gone: set[str] = set()

    def put(self, event: Event) -> None:
        """Takes a message or news of a room; everything else that gateways tell concerns nobody.

        Friendships and invitations are left to people: a machine that accepts whatever comes is soon full of adverts.
        """
        if event.name == "message" or event.name in ROOM_EVENTS:
            self._waiting.append(event)
            self._woken.set()

    async def work(self, client: Client, me: Callable[[], str | None]) -> None:
        """Stores what waits, for as long as the connection lasts; nothing before it is known who we are."""
        while True:
            who = me()
            while who is not None and self._waiting:
                await self._hear(client, who, self._waiting[0])
                self._waiting.popleft()
            self._woken.clear()
            await self._woken.wait()

    def wake(self) -> None:
        """Somebody logged in."""
        self._woken.set()

    def waiting(self) -> int:
        """How much is told and not stored."""
        return len(self._waiting)

    async def _hear(self, client: Client, me: str, event: Event) -> None:
        if event.name == "message":
            await self._message(client, me, str(event.facts.get("messageId") or ""))
        else:
            await self._news(client, me, event)

    async def _message(self, client: Client, me: str, message: str) -> None:
        payload = await self._fetched(client, message)
        if payload is None:
            return
        try:
            arrival = arrival_of(payload, await self._around(client, me, payload))
        except ValueError as error:  # nothing of it may reach the log, and no message may stop the others
            log.error("message %r cannot be read: %s", message, type(error).__name__)
            return
        if arrival is not None:
            self._remember(arrival)
            await self._stored(lambda: self._intake.take_in(arrival))

    async def _fetched(self, client: Client, message: str) -> Payload | None:
        for wait in (*ATTEMPTS, None):
            try:
                return await client.payload(message)
            except Refused as error:
                if wait is None:
                    log.error("message %r is not handed out: %s", message, error.status)
                    return None
                await asyncio.sleep(wait)
        return None

    async def _around(self, client: Client, me: str, payload: Payload) -> Around:
        if is_ours(payload, me):
            return Around(me, frozenset(), "", self._now())
        name = await self._names.of(client, payload.room, payload.talker)
        return Around(me, await self._names.ours(client, payload.room, me), name, self._now())

    async def _news(self, client: Client, me: str, event: Event) -> None:
        self._names.forget(str(event.facts.get("roomId") or ""))
        news = news_of(event.name, event.facts, me)
        if news is None:
            return
        if news.change is RoomChange.LEFT:
            self.gone.add(news.room)
        else:
            self.gone.discard(news.room)
            news = replace(news, title=await self._title(client, news.room, event) or news.title)
        told = news
        await self._stored(lambda: self._intake.room_news(told))

    async def _title(self, client: Client, room: str, event: Event) -> str | None:
        """The name as it is now; None where the gateway has not noticed yet that it is another."""
        try:
            title = (await client.room(room))[0].strip()
        except Refused:
            return None
        return title if title != event.facts.get("oldTopic") else None

    async def _stored(self, store: Callable[[], object]) -> None:
        """Until it is stored: a database that is away comes back."""
        loop, attempt = asyncio.get_running_loop(), 0
        while True:
            try:
                await loop.run_in_executor(self._threads, store)
            except Exception as error:  # whatever it is, only "stored" lets go
                log.error("not stored, tried again: %s", type(error).__name__)
                await asyncio.sleep(STORE_AGAIN[min(attempt, len(STORE_AGAIN) - 1)])
                attempt += 1
            else:
                return

    def _remember(self, arrival: Arrival) -> None:
        if arrival.room is not None and arrival.user is not None:
            self.gone.discard(arrival.room)
            _remember(self._said_by, arrival.message, (arrival.user, arrival.name), MOST_REMEMBERED)

    async def said_by(self, client: Client, room: str, message: str) -> tuple[str, str] | None:
        """Account and name of whoever said a message in a room; None when the gateway has forgotten as well."""
        known = self._said_by.get(message)
        if known is not None:
            return known
        try:
            payload = await client.payload(message)
        except Refused:
            return None
        if payload.room != room or not payload.talker:
            return None
        found = (payload.talker, await self._names.of(client, room, payload.talker))
        _remember(self._said_by, message, found, MOST_REMEMBERED)
        return found


def _remember(known: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> None:
    known[key] = value
    known.move_to_end(key)
    while len(known) > most:
        known.popitem(last=False)


def wall_clock() -> datetime:
    """Now."""
    return datetime.now(timezone.utc)
