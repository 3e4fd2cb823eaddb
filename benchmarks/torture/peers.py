"""The platforms as a run sees them: people talk, the platform misbehaves, and what the bot said is there to read."""

from __future__ import annotations

import itertools
import json
import os
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

from benchmarks.torture.stream import GRIDS, SENDERS, Item, register


@dataclass(frozen=True)
class Said:
    """A message as the platform knows it: `room` and `id` name it, `user` is its sender."""

    item: Item
    room: str
    id: str
    user: str
    made: Any

    @property
    def key(self) -> tuple[str, str]:
        """As the inbox names it."""
        return self.room, self.id


@dataclass(frozen=True)
class Heard:
    """Something the bot said, in a room or to somebody; `reply_to` where the platform has such."""

    room: str | None
    to: str | None
    text: str
    reply_to: str | None = None


class Peer(Protocol):
    """One platform. `forgets`: what nobody took is gone, so that it is the driver who says it again.

    `greeting`: seconds that a gateway takes until it hears anything.
    """

    channel: str
    forgets: bool
    greeting: float

    def open(self, home: Path, rooms: int, wanted: int) -> None:
        """Makes rooms, people and officers."""

    def register(self) -> dict[str, Any]:
        """Who is who."""

    def environment(self) -> dict[str, str]:
        """What the gateway is told."""

    def life(self) -> dict[str, Any]:
        """What a new gateway gets besides."""

    def write(self, item: Item) -> Said:
        """Somebody writes it."""

    def send(self, said: Said) -> None:
        """The platform hands it on; again for a duplicate."""

    def trouble(self, chance: random.Random) -> str:
        """Something goes wrong for a while; its name."""

    def heal(self) -> None:
        """Nothing goes wrong any more."""

    def heard(self) -> list[Heard]:
        """Everything the bot said."""

    def close(self) -> None:
        """Ends it."""


class Telegram:
    """The Bot API server of the tests."""

    channel = "telegram"
    forgets = False
    greeting = 0.2

    def __init__(self) -> None:
        from tests.peers.telegram.driver import Town
        from tests.peers.telegram.server import BotApi

        self._api = BotApi().__enter__()
        self._town = Town(self._api)

    def open(self, home: Path, rooms: int, wanted: int) -> None:
        """See `Peer`."""
        world = self._town.world
        self._rooms = [world.group(f"群{number}") for number in range(rooms)]
        self._staff = world.group("工作群")
        self._people = [self._town.person(f"R{number}") for number in range(SENDERS + wanted)]
        self._officers = [self._town.person(f"officer{number}") for number in range(GRIDS)]
        for officer in self._officers:
            officer.private.started = True

    def register(self) -> dict[str, Any]:
        """See `Peer`."""
        rooms = [str(room.id) for room in self._rooms]
        return register(self.channel, rooms, str(self._staff.id), [officer.id for officer in self._officers])

    def environment(self) -> dict[str, str]:
        """See `Peer`."""
        return {"LINLI_TELEGRAM_TOKEN": self._town.world.token, "LINLI_TELEGRAM_BASE_URL": self._api.base_url}

    def life(self) -> dict[str, Any]:
        """See `Peer`."""
        return {}

    def write(self, item: Item) -> Said:
        """See `Peer`."""
        room, sender = self._rooms[item.room], self._people[item.sender]
        message = self._town.world.say(room, sender.json, text=item.text)
        return Said(item, str(room.id), str(message["message_id"]), sender.id, message)

    def send(self, said: Said) -> None:
        """See `Peer`."""
        self._town.world.publish(message=said.made)

    def trouble(self, chance: random.Random) -> str:
        """See `Peer`."""
        kind, value, method = chance.choice(
            (
                ("retry_after", 2, "sendMessage"), ("status", 502, "sendMessage"), ("status", 500, "getUpdates"),
                ("drop_before", None, "sendMessage"), ("drop_before", None, "getUpdates"),
                ("drop_after", None, "sendMessage"), ("drop_after", None, "getUpdates"),
                ("garbage_after", None, "sendMessage"), ("hang", 3, "sendMessage"),
            )
        )  # fmt: skip
        self._api.faults.order(kind, value, method=method, times=chance.randint(1, 3))
        return f"{method} {kind}{'' if value is None else f' {value}'}"

    def heal(self) -> None:
        """See `Peer`."""
        self._api.faults.clear()

    def heard(self) -> list[Heard]:
        """See `Peer`."""
        said = [(str(chat.id), m) for chat in (*self._rooms, self._staff) for m in self._town.said(chat)]
        private = [(who.id, m) for who in (*self._people, *self._officers) for m in self._town.said(who)]
        return [Heard(room, None, m["text"], _answered(m)) for room, m in said] + [
            Heard(None, user, m["text"]) for user, m in private
        ]

    def close(self) -> None:
        """See `Peer`."""
        self._api.__exit__(None, None, None)


def _answered(message: dict[str, Any]) -> str | None:
    target = message.get("reply_to_message")
    return str(target["message_id"]) if target else None


class Wechat:
    """The Node gateway of the tests, behind a line that can be cut."""

    channel = "wechat"
    forgets = True
    greeting = 2.5

    def __init__(self) -> None:
        from benchmarks.torture.line import Line
        from tests.wechat_driver import Gateway, installed

        self._folder = installed()
        self._make = Gateway
        self._line_to = Line
        self._frozen = threading.Event()
        self._timers: list[threading.Timer] = []

    def open(self, home: Path, rooms: int, wanted: int) -> None:
        """See `Peer`."""
        self._gateway = self._make(self._folder, home / "node.log").start()
        self._line = self._line_to(self._gateway.port)
        self._rooms = [f"9{number:04}@chatroom" for number in range(rooms)]
        self._staff = "99999@chatroom"
        self._people = [f"wxid_r{number}" for number in range(SENDERS + wanted)]
        self._officers = [f"wxid_officer{number}" for number in range(GRIDS)]
        for number, user in enumerate(self._people):
            self._gateway.person(user, f"R{number}")
        for number, user in enumerate(self._officers):
            self._gateway.person(user, f"officer{number}")
        for number, room in enumerate(self._rooms):
            self._gateway.room(room, f"群{number}", *self._people)
        self._gateway.room(self._staff, "工作群", *self._officers)

    def register(self) -> dict[str, Any]:
        """See `Peer`."""
        return register(self.channel, self._rooms, self._staff, self._officers)

    def environment(self) -> dict[str, str]:
        """See `Peer`."""
        from tests.wechat_driver import TOKEN

        return {"LINLI_WECHAT_ENDPOINT": f"127.0.0.1:{self._line.port}", "LINLI_WECHAT_TOKEN": TOKEN}

    def life(self) -> dict[str, Any]:
        """See `Peer`."""
        return {}

    def write(self, item: Item) -> Said:
        """See `Peer`."""
        at = int(time.time() * 1000)
        return Said(item, self._rooms[item.room], f"t{item.number}", self._people[item.sender], at)

    def send(self, said: Said) -> None:
        """See `Peer`; a frozen gateway hears nobody, not even us: it is said again when it is thawed."""
        if not self._frozen.is_set():
            self._gateway.say(said.room, said.user, said.item.text, id=said.id, at=said.made)

    def trouble(self, chance: random.Random) -> str:
        """See `Peer`."""
        kind = chance.choice(("frozen", "frozen", "cut", "cut", "slow", "refuses"))
        if kind == "cut":
            self._line.cut()
        elif not self._frozen.is_set():
            {"frozen": self._freeze, "slow": self._slow, "refuses": self._refuse}[kind](chance.uniform(2, 8))
        return kind

    def _freeze(self, seconds: float) -> None:
        self._frozen.set()
        self._gateway.freeze()
        self._after(seconds, self._thaw)

    def _thaw(self) -> None:
        self._gateway.thaw()
        self._frozen.clear()

    def _slow(self, seconds: float) -> None:
        self._gateway.call("/mood", slow=1500)
        self._after(seconds, lambda: self._mood(slow=0))

    def _refuse(self, _seconds: float) -> None:
        self._gateway.call("/mood", refuse="busy")
        self._after(1.0, lambda: self._mood(refuse=""))

    def _mood(self, **mood: Any) -> None:
        while self._frozen.is_set():
            time.sleep(0.1)
        self._gateway.call("/mood", **mood)

    def _after(self, seconds: float, what: Any) -> None:
        timer = threading.Timer(seconds, what)
        self._timers.append(timer)
        timer.start()

    def heal(self) -> None:
        """See `Peer`."""
        for timer in self._timers:
            timer.join()

    def heard(self) -> list[Heard]:
        """See `Peer`."""
        return [Heard(row["room"], row["to"], row["text"]) for row in self._gateway.sent()]

    def close(self) -> None:
        """See `Peer`."""
        self.heal()
        self._line.close()
        self._gateway.kill()


class Console:
    """Lines of JSON through a pipe; what a dead gateway had read and not stored is typed again."""

    channel = "console"
    forgets = True
    greeting = 0.2

    def open(self, home: Path, rooms: int, wanted: int) -> None:
        """See `Peer`."""
        self._home = home
        self._rooms = [f"room{number}" for number in range(rooms)]
        self._pipes = itertools.count()
        self._pipe = -1

    def register(self) -> dict[str, Any]:
        """See `Peer`."""
        return register(self.channel, self._rooms, "staff", [f"officer{number}" for number in range(GRIDS)])

    def environment(self) -> dict[str, str]:
        """See `Peer`."""
        return {}

    def life(self) -> dict[str, Any]:
        """See `Peer`: a fresh pipe, so that no half line of the dead one is in it."""
        self._hang_up()
        path = self._home / f"pipe{next(self._pipes)}"
        os.mkfifo(path)
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        return {"stdin": str(path), "arguments": ["--console"]}

    def write(self, item: Item) -> Said:
        """See `Peer`."""
        room, user = self._rooms[item.room], f"r{item.sender}"
        line = {
            "at": datetime.now(timezone.utc).isoformat(), "channel": self.channel, "room": room,
            "id": f"t{item.number}", "sender": {"id": user, "name": f"R{item.sender}"}, "text": item.text,
        }  # fmt: skip
        return Said(item, room, f"t{item.number}", user, json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def send(self, said: Said) -> None:
        """See `Peer`; a full pipe is a reader that does not read."""
        with suppress(BlockingIOError):
            os.write(self._pipe, said.made)

    def trouble(self, chance: random.Random) -> str:
        """See `Peer`: the one who types may type the same once more, nothing else."""
        return "none"

    def heal(self) -> None:
        """See `Peer`."""

    def heard(self) -> list[Heard]:
        """See `Peer`."""
        out = self._home / "linli.out"
        lines = out.read_bytes().split(b"\n") if out.exists() else []
        found = [json.loads(line) for line in lines if line.startswith(b"{") and line.endswith(b"}")]
        return [Heard(one["room"], one["to"], one["text"], one["reply_to"]) for one in found if "template" in one]

    def _hang_up(self) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)

    def close(self) -> None:
        """See `Peer`."""
        self._hang_up()


KINDS: dict[str, type[Any]] = {"telegram": Telegram, "wechat": Wechat, "console": Console}
