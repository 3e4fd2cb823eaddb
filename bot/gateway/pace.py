"""How fast a platform takes messages: so many a second in all, so many a minute in a room, one a second in a chat."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from bot.channels.contract import Capabilities

CHAT_SECONDS = 1.0
"""Between two messages in a chat, on platforms that count at all; all that do ask for about this."""


class Pace:
    """Counts what was sent within the last minute; not thread-safe, a channel has one thread."""

    def __init__(self, capabilities: Capabilities, clock: Callable[[], float] = time.monotonic) -> None:
        self._room_per_minute = capabilities.room_per_minute
        self._all_per_second = capabilities.all_per_second
        self._clock = clock
        self._all: deque[float] = deque()
        self._chats: dict[str, deque[float]] = {}

    def sent(self, chat: str, *, room: bool) -> None:
        """One message went to a chat."""
        now = self._clock()
        if self._all_per_second:
            self._all.append(now)
        if self._room_per_minute:
            self._chats.setdefault(chat, deque(maxlen=self._room_per_minute if room else 1)).append(now)

    def wait(self) -> float:
        """Seconds until the platform takes another message at all."""
        now = self._clock()
        while self._all and self._all[0] <= now - 1:
            self._all.popleft()
        return 0.0 if not self._all_per_second or len(self._all) < self._all_per_second else self._all[0] + 1 - now

    def resting(self) -> dict[str, float]:
        """The chats that have had their share, and in how many seconds each takes more."""
        now = self._clock()
        self._chats = {chat: times for chat, times in self._chats.items() if times[-1] > now - 60}
        waits = {chat: self._free_at(times) - now for chat, times in self._chats.items()}
        return {chat: wait for chat, wait in waits.items() if wait > 0}

    def _free_at(self, times: deque[float]) -> float:
        soon = times[-1] + CHAT_SECONDS
        full = times.maxlen is not None and times.maxlen > 1 and len(times) == times.maxlen
        return max(soon, times[0] + 60) if full else soon
