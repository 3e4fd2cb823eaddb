"""A light stand-in for both of Rasa's servers, for the short form: the same channel over HTTP, acts from a table.

It speaks what `nlu/channel.py` speaks, and does the deeds through the actions themselves. The long form has no use
for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.base import DeskAction
from actions.report import Report
from actions.silence import StaySilent
from desk.storage.engine import open_engine

log = logging.getLogger(__name__)


def parse_of(text: str, requests: frozenset[str]) -> dict[str, Any]:
    """A parse as the pipeline would give it."""
    act = "report" if text in requests else "chitchat"
    matter = {"kind": "service", "category": "public_facility", "urgency": "normal"}
    return {"intent": {"name": act, "confidence": 0.99}, "matter": matter}


class Server(BaseHTTPRequestHandler):
    """One call."""

    protocol_version = "HTTP/1.1"

    def __init__(self, requests: frozenset[str], *args: Any) -> None:
        self._requests = requests
        super().__init__(*args)

    def do_GET(self) -> None:
        """Who is there."""
        self._answer({"status": "ready", "model": "table"})

    def do_POST(self) -> None:
        """Reading, or a talk."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.endswith("/read"):
            self._answer({"parses": [parse_of(text, self._requests) for text in body["texts"]]})
        else:
            self._answer({"answers": self._talk(body)})

    def _talk(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        action: Any = Report() if body["parse"]["intent"]["name"] == "report" else StaySilent()
        said = CollectingDispatcher()
        try:
            asyncio.run(action.run(said, SimpleNamespace(latest_message={"metadata": body["metadata"]}), {}))
        except Exception:  # Rasa turns a broken action into no answer at all
            log.exception("an action broke")
        return [message["custom"] for message in said.messages if message.get("custom")]

    def _answer(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing: the log is for what goes wrong."""


def serve(port: int, texts: Path) -> None:
    """Until killed."""
    DeskAction.engine = open_engine(os.environ["LINLI_DATABASE_URL"])
    requests = frozenset(json.loads(texts.read_text(encoding="utf-8")))
    ThreadingHTTPServer(("127.0.0.1", port), partial(Server, requests)).serve_forever()
