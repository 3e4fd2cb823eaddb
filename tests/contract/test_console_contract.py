"""The console channel through the suite: a person who types into a pipe and reads a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from suite import ContractSuite, Heard, Peer

from bot.channels.console import ConsoleChannel
from bot.gateway.transcript import arrivals_of


class ConsolePeer:
    """李姐 types lines of JSON."""

    room, user, gone = "三号楼群", "u-li", None

    def __init__(self, out: Path) -> None:
        reads, writes = os.pipe()
        self._types = os.fdopen(writes, "wb", buffering=0)
        self._stdin = os.fdopen(reads, "rb")
        self._hears = out
        self._stdout = out.open("w", encoding="utf-8")
        self._lines: dict[str, dict[str, Any]] = {}
        self.channel = ConsoleChannel(arrivals_of(self._stdin), self._stdout)

    def say(self, text: str, *, private: bool = False, mention: bool = False, reply_to: str | None = None) -> str:
        return self._message({"text": text, "direct": private, "mentioned": mention, "reply_to": reply_to})

    def repeat(self, message: str) -> None:
        self._type(self._lines[message])

    def edit(self, message: str, text: str) -> None:
        self._type({**self._about(), "edit": message, "text": text})

    def recall(self, message: str) -> None:
        self._type({**self._about(), "recall": message})

    def photo(self, content: bytes) -> str:
        return self._message({"text": "", "attachments": [{"kind": "photo", "name": "电梯.jpg"}]})

    def said(self) -> list[Heard]:
        lines = [json.loads(line) for line in self._hears.read_bytes().split(b"\n")[:-1]]
        return [Heard(line["text"], line["room"], line["to"], line["id"], line["reply_to"]) for line in lines]

    def close(self) -> None:
        self._types.close()
        self._stdout.close()

    def _message(self, said: dict[str, Any]) -> str:
        line = {**self._about(), "id": f"m{len(self._lines) + 1}", "sender": {"id": self.user, "name": "李姐"}, **said}
        if line.get("direct"):
            line["room"] = None
        self._lines[line["id"]] = line
        self._type(line)
        return str(line["id"])

    def _about(self) -> dict[str, Any]:
        return {"at": datetime.now(timezone.utc).isoformat(), "channel": "console", "room": self.room}

    def _type(self, line: dict[str, Any]) -> None:
        self._types.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


class TestConsole(ContractSuite):
    @pytest.fixture
    def peer(self, tmp_path: Path) -> Iterator[Peer]:
        peer = ConsolePeer(tmp_path / "said.jsonl")
        yield peer
        peer.close()
