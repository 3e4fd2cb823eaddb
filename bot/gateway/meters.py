"""What the gateway counts, and how it fares, as Prometheus reads it; nobody's words are in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily

from desk.domain.words import OutboxState, Outcome

_ANSWERED = {Outcome.FILED, Outcome.ACTED, Outcome.SUPPLEMENT, Outcome.ANSWERED}


@dataclass(frozen=True)
class Fare:
    """How a channel fares; `seconds` since the platform answered, `alarm` what staff are told."""

    seconds: float
    trouble: str | None
    alarm: str | None


@dataclass(frozen=True)
class Report:
    """How the gateway fares. Ages are those of what has waited longest, 0 for nothing."""

    database: bool
    turning: bool
    inbox_seconds: float
    outbox_seconds: float
    channels: dict[str, Fare]

    @property
    def well(self) -> bool:
        """Whether nobody needs to look."""
        return self.database and self.turning and all(fare.alarm is None for fare in self.channels.values())

    def as_dict(self) -> dict[str, Any]:
        """As `/healthz` shows it."""
        return {"status": "ok" if self.well else "unwell", **asdict(self)}


class Meters:
    """The counters of this process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._received = self._counter("received", "Messages taken in", "channel")
        self._repeated = self._counter("repeated", "Messages that were here already", "channel")
        self._answered = self._counter("answered", "Messages that came to something", "channel")
        self._left_alone = self._counter("left_alone", "Messages knowingly left alone", "channel")
        self._failed = self._counter("failed", "Messages that nothing came of", "channel")
        self._delivered = self._counter("delivered", "Messages out of the outbox, by their fate", "channel", "state")

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"linli_{name}", what, labels, registry=self.registry)

    def received(self, channel: str, *, repeated: bool) -> None:
        """A channel handed a message over."""
        (self._repeated if repeated else self._received).labels(channel).inc()

    def handled(self, channel: str, outcome: Outcome, count: int) -> None:
        """So many messages have their outcome; those put back have none yet."""
        if outcome in _ANSWERED:
            self._answered.labels(channel).inc(count)
        elif outcome is Outcome.LEFT_ALONE:
            self._left_alone.labels(channel).inc(count)
        elif outcome is Outcome.FAILED:
            self._failed.labels(channel).inc(count)

    def delivered(self, channel: str, state: OutboxState) -> None:
        """A message left the outbox, or its fate is unknown."""
        self._delivered.labels(channel, state.value).inc()

    def watch(self, report: Callable[[], Report]) -> None:
        """The gauges: asked for at each look."""
        self.registry.register(_Gauges(report))


class _Gauges:
    def __init__(self, report: Callable[[], Report]) -> None:
        self._report = report

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Called by the registry."""
        report = self._report()
        yield _gauge("inbox_oldest_seconds", "Age of the oldest message that waits to be handled", report.inbox_seconds)
        yield _gauge("outbox_oldest_seconds", "Age of the oldest message that waits to be sent", report.outbox_seconds)
        yield _gauge("database_up", "Whether the database answers", float(report.database))
        polls = GaugeMetricFamily("linli_last_good_seconds", "Since the platform answered", labels=["channel"])
        ins = GaugeMetricFamily("linli_channel_well", "Whether nobody needs to look", labels=["channel"])
        for name, fare in report.channels.items():
            polls.add_metric([name], fare.seconds)
            ins.add_metric([name], float(fare.alarm is None))
        yield polls
        yield ins


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"linli_{name}", what, value=value)
