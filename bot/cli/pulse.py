"""Opens the port of metrics and health, if one is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.gateway.live import Gateway
from bot.settings import Settings


class PortTaken(Exception):
    """The port of the metrics cannot be had."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.port = port


@contextmanager
def pulse(settings: Settings, gateway: Gateway) -> Iterator[int | None]:
    """While it is open, `/metrics` and `/healthz` answer; the port, or None without one.

    Raises:
        PortTaken: somebody else has it, or the host is none of this machine's.
    """
    if settings.metrics_port is None:
        yield None
        return
    from bot.gateway.pulse import Pulse

    gateway.meters.watch(gateway.report)
    try:
        server = Pulse(gateway.meters.registry, gateway.report, settings.metrics_host, settings.metrics_port)
    except OSError as error:
        raise PortTaken(settings.metrics_port) from error
    try:
        yield server.port
    finally:
        server.close()
