"""What the tests of the Telegram channel share: an intake that keeps, channels that end, small payloads."""

from __future__ import annotations

import copy
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from helpers_e2e import ledger_of, rows_of
from peers.telegram.driver import Town, wait_until
from peers.telegram.server import BotApi
from sqlalchemy.engine import Engine

from bot.channels.contract import Outgoing, RoomNews
from bot.channels.telegram import TelegramChannel
from bot.gateway.live import Gateway
from bot.settings import TelegramSettings
from desk.services.mailroom import Arrival
from desk.services.register import import_register
from desk.services.register_file import read_register
from desk.storage.engine import transaction

AT = datetime(2026, 11, 22, 1, 0, tzinfo=timezone.utc)


class Kept:
    """Keeps what arrives, without what came before; refuses while `broken` or for the next `refuse` times."""

    def __init__(self) -> None:
        self.arrivals: dict[tuple[str, str], Arrival] = {}
        self.news: list[RoomNews] = []
        self.refuse = 0
        self.offered = 0
        self.lock = threading.Lock()

    def take_in(self, arrival: Arrival) -> None:
        with self.lock:
            self.offered += 1
            self._maybe_refuse()
            self.arrivals.setdefault((arrival.scope, arrival.message), arrival)

    def room_news(self, news: RoomNews) -> None:
        with self.lock:
            self._maybe_refuse()
            self.news.append(news)

    def _maybe_refuse(self) -> None:
        if self.refuse > 0:
            self.refuse -= 1
            raise RuntimeError("the database is away")

    @property
    def texts(self) -> list[str]:
        with self.lock:
            return [arrival.text for arrival in self.arrivals.values()]


@contextmanager
def town() -> Iterator[Town]:
    with BotApi() as api:
        yield Town(api)


@contextmanager
def listening(town: Town, kept: Any, **more: Any) -> Iterator[TelegramChannel]:
    """A channel that takes in from this town and has greeted it."""
    channel = channel_of(town, **more)
    channel.start(kept)
    try:
        yield channel
    finally:
        channel.stop()


def channel_of(town: Town, **more: Any) -> TelegramChannel:
    settings = TelegramSettings(town.world.token, town.api.base_url, **more)
    return TelegramChannel(settings, poll_seconds=1)


def good(channel: TelegramChannel) -> None:
    """Waits until the platform answered well."""
    wait_until(lambda: channel.health().last_good is not None, lambda: str(channel.health()))


def out(room: Any = None, to: Any = None, text: str = "您好", **more: Any) -> Outgoing:
    fields = {"reply_to": None, "ticket": None, "template": "help", **more}
    return Outgoing(AT, "telegram", None if room is None else str(room), to, text, **fields)


# ---------------------------------------------------------------- through the desk

REGISTER = """\
community: {{code: "220103001001", name: 幸福里社区, timezone: Asia/Shanghai}}
members:
  - {{id: zhang, name: 张伟, role: officer, identities: [{{channel: telegram, user: "{zhang}"}}]}}
  - {{id: he, name: 何大勇, role: volunteer, identities: [{{channel: telegram, user: "{he}"}}]}}
  - {{id: wu, name: 吴敏, role: staff, identities: [{{channel: telegram, user: "{wu}"}}, {{channel: telegram, user: "1087968824"}}]}}
grids:
  - {{code: g1, name: 第一网格, officer: zhang, covers: [{{estate: 幸福里, buildings: 1-12}}]}}
rooms:
  - {{channel: telegram, id: "{room}", purpose: residents, quiet: none, grid: g1}}
  - {{channel: telegram, id: "{other}", purpose: residents, quiet: none, grid: g1}}
  - {{channel: telegram, id: "{volunteers}", purpose: volunteers, quiet: none}}
  - {{channel: telegram, id: "{staff}", purpose: staff}}
"""


class Estate:
    """幸福里 on Telegram: its people, its rooms, and the real gateway with a dialogue."""

    def __init__(self, town: Town, engine: Engine, folder: Path, **kind: bool) -> None:
        world = town.world
        self.town, self.engine = town, engine
        self.li, self.zhao = town.person("3-2-501", last_name="李姐"), town.person("3-2-702", last_name="老赵")
        self.zhang, self.he, self.wu = (town.person(name) for name in ("张伟", "何大勇", "吴敏"))
        self.room, self.other = world.group("幸福里邻里群", **kind), world.group("幸福里二群")
        self.volunteers, self.staff = world.group("志愿者群"), world.group("工作群")
        file = folder / "register.yml"
        rooms = {name: getattr(self, name).id for name in ("room", "other", "volunteers", "staff")}
        people = {name: getattr(self, name).id for name in ("zhang", "he", "wu")}
        file.write_text(REGISTER.format(**rooms, **people), encoding="utf-8")
        with transaction(engine) as session:
            import_register(session, read_register(file))

    @contextmanager
    def open(self, dialogue: Any) -> Iterator[TelegramChannel]:
        """The channel and the gateway, running."""
        channel = channel_of(self.town)
        gateway = Gateway(self.engine, dialogue, {"telegram": channel}, 0.5)
        running = threading.Thread(target=gateway.run, daemon=True)
        running.start()
        try:
            yield channel
        finally:
            gateway.stop()
            running.join(30)

    def ticket(self, number: int = 1) -> dict[str, Any]:
        """A ticket of the ledger; empty while there is none."""
        return next((row for row in ledger_of(self.engine) if row["code"] == str(number)), {})

    def wait_state(self, state: str, number: int = 1) -> None:
        """Until a ticket is in a state."""
        wait_until(lambda: self.ticket(number).get("state") == state, lambda: str(self.ticket(number)))

    def settled(self) -> None:
        """Until everything that was said is handled and everything that is to be told is told."""

        def all_done() -> bool:
            # Looked at in the order in which it moves on, so that nothing slips by between two looks.
            return self.town.has_drained() and not open_rows("inbox") and not open_rows("outbox")

        def open_rows(table: str) -> list[Any]:
            states = ("pending", "leased", "sending")
            return [row for row in rows_of(self.engine, table) if row["state"].value in states]

        wait_until(all_done, lambda: str(rows_of(self.engine, "outbox")))


# ---------------------------------------------------------------- updates that are none

STRANGE: list[Any] = [None, True, -1, 2**70, 1e308, "", "\x00", "\ud800", "x" * 5000, [], {}, [[]], {"id": {}}, "/help"]


def broken_update(draw: random.Random, chat: dict[str, Any]) -> dict[str, Any]:
    """An update in which some things are missing or something else."""
    user = {"id": 77, "is_bot": False, "first_name": "甲"}
    message = {"message_id": draw.randrange(10**6), "date": 1795309200, "chat": chat, "from": user}
    update: dict[str, Any] = draw.choice(
        [
            {"message": {**message, "text": "早", "entities": [{"type": "mention", "offset": 0, "length": 1}]}},
            {"message": {**message, "photo": [{"file_id": "a", "width": 1, "height": 1}], "reply_to_message": message}},
            {"edited_message": {**message, "text": "早", "edit_date": 1795309300}},
            {"callback_query": {"id": "1", "from": user, "message": message, "data": "say:接单"}},
            {"my_chat_member": {"chat": chat, "from": user, "old_chat_member": {}, "new_chat_member": {}}},
        ]
    )
    for _ in range(draw.randint(1, 3)):
        holder: Any = update
        while True:
            key = draw.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            inner = holder[key]
            if not isinstance(inner, (dict, list)) or not inner or draw.random() < 0.3:
                break
            holder = inner
        holder[key] = copy.deepcopy(draw.choice(STRANGE))
    return json.loads(json.dumps(update))  # type: ignore[no-any-return]
