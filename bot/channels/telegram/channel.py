"""The Telegram channel: an event loop of its own in a thread of its own, behind the contract of all channels."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.channels.contract import Capabilities, ChannelError, Health, Intake, Outgoing, Receipt, Transient, Uncertain
from bot.channels.telegram.api import Api
from bot.channels.telegram.polling import POLL_SECONDS, Backoff, Poller
from bot.channels.telegram.presses import Presses
from bot.channels.telegram.pulse import Pulse, trouble_of
from bot.channels.telegram.sending import Sending
from bot.channels.telegram.taking import Taking
from bot.channels.telegram.updates import CHANNEL, Me
from bot.channels.telegram.webhook import Webhook, secret_of
from bot.settings import TelegramSettings
from bot.texts.controls import menu

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0
CALL_SECONDS = 120.0
"""The longest that a call can take: every network operation in it has a limit of its own, well below."""

LOOK_SECONDS = 300.0
"""Between two looks at our own account: its privacy mode can be changed at any time."""

T = TypeVar("T")


class TelegramChannel:
    """Telegram, as the contract of channels wants it. Does nothing before `start`.

    Args:
        settings: token, server, and how it takes in.
        poll_seconds: how long a poll may be held open.
    """

    name = CHANNEL
    capabilities = Capabilities(
        replies=True, buttons=True, files=True, private=True, mentions=True, edits=True,
        longest=2000,  # an emoji counts twice: 2,000 always fit into the 4,096 that Telegram takes
        room_per_minute=20, all_per_second=30,
    )  # fmt: skip

    def __init__(self, settings: TelegramSettings, *, poll_seconds: float = POLL_SECONDS) -> None:
        self._settings = settings
        self._poll_seconds = poll_seconds
        self._pulse = Pulse()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._work: asyncio.Task[None] | None = None
        self._taking: Taking | None = None
        self._sending: Sending | None = None
        self._api: Api | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()

    def start(self, intake: Intake) -> None:
        """Begins to take in and to send."""
        if self._thread is not None:
            raise RuntimeError("started twice")
        self._thread = threading.Thread(target=self._run, args=(intake,), name="telegram", daemon=True)
        self._thread.start()
        self._ready.wait(STOP_SECONDS)

    def stop(self) -> None:
        """Ends within a few seconds."""
        loop, over = self._loop, self._over
        self._loop = None
        if loop is not None and over is not None:
            loop.call_soon_threadsafe(over.set)
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def health(self) -> Health:
        """How it fares."""
        return self._pulse.health()

    @property
    def unusable(self) -> int:
        """How many updates could not be read since the start."""
        return self._pulse.unusable

    def send(self, message: Outgoing) -> Receipt:
        """Delivers.

        Raises:
            ChannelError: by meaning.
        """
        sending = self._sending
        if sending is None:
            raise Transient(1.0, everywhere=True)
        return self._call(sending.send(message))

    def fetch(self, reference: str) -> bytes:
        """The content of an attachment.

        Raises:
            ChannelError: by meaning.
        """
        api = self._api
        if api is None:
            raise Transient(1.0, everywhere=True)
        return self._call(api.fetch(reference))

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs in the loop's thread, waited for in the caller's."""
        loop = self._loop
        if loop is None:
            work.close()
            raise Transient(1.0, everywhere=True)
        try:
            return asyncio.run_coroutine_threadsafe(work, loop).result(CALL_SECONDS)
        except (concurrent.futures.CancelledError, concurrent.futures.TimeoutError):
            raise Uncertain from None  # stopped in the middle
        except RuntimeError as error:  # the loop ended in this very moment
            raise Transient(1.0, everywhere=True) from error

    # ------------------------------------------------------------ in the thread

    def _run(self, intake: Intake) -> None:
        try:
            asyncio.run(self._live(intake))
        finally:
            self._loop = None
            self._ready.set()

    async def _live(self, intake: Intake) -> None:
        """Until `stop`; whatever happens to what it does meanwhile."""
        api = Api(self._settings.token, self._settings.base_url)
        await api.open()
        presses = Presses(api)
        self._api, self._sending = api, Sending(api, presses)
        self._over, self._loop = asyncio.Event(), asyncio.get_running_loop()
        self._ready.set()
        self._work = asyncio.create_task(self._for_ever(api, presses, intake))
        await self._over.wait()
        self._loop = None
        await _end_all()
        if self._taking is not None:
            await self._taking.close()
        await api.close()

    async def _for_ever(self, api: Api, presses: Presses, intake: Intake) -> None:
        """Nothing that breaks may end it in silence."""
        backoff = Backoff()
        while True:
            try:
                await self._take_in(api, presses, intake)
            except Exception as error:
                self._pulse.bad(error)
                log.exception("taking in broke")
                await asyncio.sleep(backoff.after(error))

    async def _take_in(self, api: Api, presses: Presses, intake: Intake) -> None:
        """Learns who we are, then takes in until the end."""
        me = await self._greet(api)
        self._taking = Taking(presses, intake, self._pulse, me)
        looking = asyncio.create_task(self._look(api))
        try:
            await self._receiver(api, self._taking).run()
        finally:
            looking.cancel()

    def _receiver(self, api: Api, taking: Taking) -> Poller | Webhook:
        settings = self._settings
        if settings.mode == "webhook":
            url = settings.webhook_url or ""
            return Webhook(api, taking, self._pulse, secret_of(settings.token), url, settings.webhook_port)
        return Poller(api, taking, self._pulse, self._poll_seconds)

    async def _greet(self, api: Api) -> Me:
        """Our own account, however long Telegram is away."""
        backoff = Backoff()
        while True:
            try:
                return await self._who_we_are(api)
            except ChannelError as error:
                self._pulse.bad(error)
                log.warning("start: %s", trouble_of(error))
                await asyncio.sleep(backoff.after(error))

    async def _who_we_are(self, api: Api) -> Me:
        found = await api.call("getMe")
        own = found.get("id") if isinstance(found, dict) else None
        if type(own) is not int:
            raise Uncertain
        self._pulse.hears_all(found.get("can_read_all_group_messages") is True)
        self._pulse.good()
        return Me(own, str(found.get("username") or ""))

    async def _look(self, api: Api) -> None:
        """Gives the chats their menu, and looks at our account now and then; neither may stop anything."""
        backoff = Backoff()
        commands = [{"command": name, "description": about} for name, about in menu().items()]
        shown = False
        while True:
            try:
                shown = shown or bool(await api.call("setMyCommands", commands=commands))
                await asyncio.sleep(LOOK_SECONDS)
                me = await api.call("getMe")
                self._pulse.hears_all(isinstance(me, dict) and me.get("can_read_all_group_messages") is True)
            except ChannelError as error:
                log.info("menu: %s", type(error).__name__)
                await asyncio.sleep(backoff.after(error))


async def _end_all() -> None:
    """Ends what is under way; who waits for a send hears that nobody knows.

    Again and again: a connection that is being made may take the cancelling for its own time limit.
    """
    mine = asyncio.current_task()
    while others := [task for task in asyncio.all_tasks() if task is not mine]:
        for task in others:
            task.cancel()
        await asyncio.wait(others, timeout=0.2)
