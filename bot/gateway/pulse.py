"""Serves `/metrics` (Prometheus) and `/healthz` (200 or 503, JSON) on a port of the loopback interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from bot.gateway.meters import Report

_Start = Callable[..., Any]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    timeout = 10  # whoever connects and says nothing is hung up on

    def log_message(self, *_: Any) -> None:
        """Whoever looks every few seconds would fill the log."""


class Pulse:
    """The server; `port` 0 takes a free one, `self.port` says which.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, registry: CollectorRegistry, report: Callable[[], Report], host: str, port: int) -> None:
        self._metrics = make_wsgi_app(registry)
        self._report = report
        self._server = make_server(host, port, self._answer, _Server, _Silent)
        self.port = int(self._server.server_port)
        threading.Thread(target=self._server.serve_forever, name="pulse", daemon=True).start()

    def close(self) -> None:
        """Gives the port back."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start: _Start) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/metrics":
            found: Iterable[bytes] = self._metrics(environ, start)
            return found
        if environ.get("PATH_INFO") != "/healthz":
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"/metrics or /healthz\n"]
        report = self._report()
        start("200 OK" if report.well else "503 Service Unavailable", [("Content-Type", "application/json")])
        return [json.dumps(report.as_dict()).encode()]
