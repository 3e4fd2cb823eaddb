"""Faults on order: what goes wrong with the next calls of a method, or with all calls about a chat for a while."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

KINDS = ("retry_after", "status", "drop_before", "drop_after", "hang", "late", "garbage", "garbage_after")


@dataclass
class Fault:
    """`retry_after`: 429 with so many seconds; `status`: that status; `drop_*`: the connection ends, before or after
    the effect; `hang`: no answer; `late`: one so many seconds after the effect; `garbage`: a body that is no answer, `garbage_after` when the effect has happened."""

    kind: str
    value: Any = None
    method: str | None = None
    chat: int | None = None
    times: int = 1
    until: float = 0.0

    def fits(self, method: str, chat: Any) -> bool:
        return self.method in (None, method) and self.chat in (None, chat)


class Faults:
    """The faults that are on order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: list[Fault] = []
        self.happened: list[str] = []

    def order(self, kind: str, value: Any = None, *, method: str | None = None, chat: int | None = None, times: int = 1,
              seconds: float = 0.0) -> None:  # fmt: skip
        """For the next `times` calls that fit, or for so many seconds."""
        assert kind in KINDS
        until = time.monotonic() + seconds if seconds else 0.0
        with self._lock:
            self._ordered.append(Fault(kind, value, method, chat, times, until))

    def clear(self) -> None:
        with self._lock:
            self._ordered.clear()

    def take(self, method: str, chat: Any) -> Fault | None:
        """The fault of this call, if there is one."""
        with self._lock:
            now = time.monotonic()
            self._ordered = [f for f in self._ordered if (f.until > now if f.until else f.times > 0)]
            fault = next((f for f in self._ordered if f.fits(method, chat)), None)
            if fault is not None:
                fault.times -= 1
                self.happened.append(fault.kind)
            return fault
