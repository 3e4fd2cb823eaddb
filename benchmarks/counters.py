"""Counts and times what the gateway does by wrapping its parts from outside; the product knows nothing of it."""

from __future__ import annotations

import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import event
from sqlalchemy.engine import Engine

MEBI = 2**20


class Stages:
    """Wall time by stage. Stages nest: what an inner one takes is not counted for the outer one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._since = 0.0

    def wrap(self, owner: Any, method: str, stage: str) -> None:
        """Counts every call of the owner's method to the stage."""
        inner: Callable[..., Any] = getattr(owner, method)

        def timed(*args: Any, **named: Any) -> Any:
            self._turn_to(stage)
            try:
                return inner(*args, **named)
            finally:
                self._turn_back()

        setattr(owner, method, timed)

    def _turn_to(self, stage: str) -> None:
        self._account()
        self._open.append(stage)

    def _turn_back(self) -> None:
        self._account()
        self._open.pop()

    def _account(self) -> None:
        now = time.perf_counter()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now


def count_database(engine: Engine) -> Counter[str]:
    """Counts transactions and statements from now on."""
    counts: Counter[str] = Counter()
    event.listen(engine, "commit", lambda _connection: counts.update(["transactions"]))
    event.listen(engine, "after_cursor_execute", lambda *_args: counts.update(["statements"]))
    return counts


def peak_memory(pid: int | None = None) -> float:
    """The most resident memory that a process ever had, in MiB; where nobody kept it, what it has now.

    `ru_maxrss` counts what was there before exec, so that Linux's own figure comes first.
    """
    try:
        status = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        pass
    if pid is not None:
        return float(psutil.Process(pid).memory_info().rss) / MEBI
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBI


def peak_of_tree(pid: int) -> float:
    """The same of a process and all it started."""
    everybody = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(peak_memory(process.pid) for process in everybody)


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Count, mean, median, 95th and 99th percentile (of the values measured, none between two) in milliseconds."""
    if not seconds:
        return {"count": 0, "mean": 0.0, "median": 0.0, "p95": 0.0, "p99": 0.0}
    ordered = sorted(seconds)
    at = {name: ordered[min(len(ordered) - 1, int(len(ordered) * share))] for name, share in _SHARES.items()}
    return {
        "count": len(ordered),
        "mean": 1000 * sum(ordered) / len(ordered),
        **{name: 1000 * value for name, value in at.items()},
    }


_SHARES = {"median": 0.5, "p95": 0.95, "p99": 0.99}
