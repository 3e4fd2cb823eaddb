"""`linli console`: talk in a terminal as several people."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from prompt_toolkit import PromptSession
from rich.console import Console
from sqlalchemy import select
from sqlalchemy.engine import Engine

from bot.bootstrap import open_desk, open_dialogue
from bot.channels.console import CHANNEL, Shown
from bot.channels.contract import Outgoing
from bot.cli.community import import_file
from bot.cli.errors import one_line
from bot.cli.stage import Stage
from bot.cli.words import progress, word
from bot.dialogue.contract import Dialogue
from bot.gateway.replay import Replay
from bot.gateway.transcript import Entry
from bot.settings import read_settings
from desk.domain.model import Community, Identity, Member, Room
from desk.services.mailroom import Arrival
from desk.storage.engine import transaction
from desk.storage.tables import identities, members, rooms

_SPAN = re.compile(r"(\d{1,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass
class Talk:
    """Who speaks where at the moment, and how far the clock was put forward."""

    zone: ZoneInfo
    room: str | None
    user: str
    name: str
    ahead: timedelta = timedelta()
    mentioned: bool = False
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:6])

    @property
    def now(self) -> datetime:
        """The clock of this console."""
        return datetime.now(self.zone) + self.ahead


def run(database_url: str | None, community: Path | None, speaker: str | None, room: str | None) -> None:
    """Until /quit or the end of the input."""
    with one_line():
        settings = read_settings(database_url=database_url)
        engine = open_desk(settings)
        if community is not None:
            import_file(engine, community)
        dialogue = open_dialogue(settings, engine, progress)
        talk_on(engine, dialogue, settings.speak_from, speaker=speaker, room=room)
        dialogue.close()


def talk_on(
    engine: Engine,
    dialogue: Dialogue,
    speak_from: float,
    *,
    speaker: str | None = None,
    room: str | None = None,
    ahead: timedelta = timedelta(),
) -> None:
    """A console on an open desk."""
    talk = replace(_opening(engine, speaker, room), ahead=ahead)
    stage = Stage(Console(), names_of(engine))
    shown = Shown(lambda number, message: _show(stage, talk, number, message))
    replay = Replay(engine, dialogue, shown, speak_from)
    replay.finish_leftovers()
    print(word("console.hello"))
    session: PromptSession[str] = PromptSession()
    while True:
        try:
            line = session.prompt(
                word("console.who", room=talk.room or word("console.private"), name=talk.name)
            ).strip()
        except (EOFError, KeyboardInterrupt):
            break
        if line == "/quit":
            break
        entry = _entry(engine, talk, line)
        if entry is not None:
            replay.feed(entry)
    print(word("console.bye"))


def _show(stage: Stage, talk: Talk, number: str, message: Outgoing) -> None:
    stage.bot(message, talk.zone, number)


def _opening(engine: Engine, speaker: str | None, room: str | None) -> Talk:
    with transaction(engine) as session:
        community = session.scalars(select(Community)).first()
        known = session.scalars(select(Room).where(rooms.c.channel == CHANNEL).order_by(rooms.c.id)).first()
    zone = ZoneInfo(community.timezone if community else "Asia/Shanghai")
    user, name = _who(engine, speaker or "3-2-501")
    return Talk(zone, room or (known.room if known else None), user, name)


def names_of(engine: Engine) -> dict[str, str]:
    """The register's name of every account on the console."""
    query = select(identities.c.user, members.c.name).join(members, identities.c.member_id == members.c.id)
    with transaction(engine) as session:
        return {row.user: row.name for row in session.execute(query)}


def _who(engine: Engine, said: str) -> tuple[str, str]:
    """The account and name of a member (by code or name), else of somebody new."""
    query = (
        select(Identity.user, Member.name)  # type: ignore[misc]
        .join(Member, identities.c.member_id == members.c.id)
        .where(identities.c.channel == CHANNEL, (members.c.code == said) | (members.c.name == said))
    )
    with transaction(engine) as session:
        found = session.execute(query).first()
    return (found[0], found[1]) if found else (f"u-{said}", said)


def _entry(engine: Engine, talk: Talk, line: str) -> Entry | None:
    """What a line does: an entry for the bot, or None for a change of scene."""
    if not line:
        return None
    if not line.startswith("/"):
        return _say(talk, line)
    command, _space, rest = line.partition(" ")
    handler = _COMMANDS.get(command)
    if handler is None:
        print(word("console.unknown", command=command))
        return None
    return handler(engine, talk, rest.strip())


def _say(talk: Talk, text: str, reply_to: str | None = None) -> Entry:
    message = f"{talk.run}-{next(talk.numbers)}"
    mentioned, talk.mentioned = talk.mentioned, False
    arrival = Arrival(
        CHANNEL, talk.room, message, talk.user, talk.name, text, talk.now,
        reply_to=reply_to, direct=talk.room is None, mentioned=mentioned,
    )  # fmt: skip
    return Entry(talk.now, arrival)


def _as(engine: Engine, talk: Talk, rest: str) -> Entry | None:
    talk.user, talk.name = _who(engine, rest or talk.name)
    return None


def _room(_engine: Engine, talk: Talk, rest: str) -> Entry | None:
    talk.room = rest or talk.room
    return None


def _private(_engine: Engine, talk: Talk, _rest: str) -> Entry | None:
    talk.room = None
    return None


def _mention(_engine: Engine, talk: Talk, rest: str) -> Entry | None:
    talk.mentioned = True
    return _say(talk, rest) if rest else None


def _reply(_engine: Engine, talk: Talk, rest: str) -> Entry | None:
    target, _space, text = rest.partition(" ")
    if not text:
        print(word("console.bad_reply"))
        return None
    return _say(talk, text, target)


def _time(_engine: Engine, talk: Talk, rest: str) -> Entry | None:
    span = _SPAN.fullmatch(rest)
    if span is None:
        print(word("console.bad_time"))
        return None
    talk.ahead += timedelta(**{_UNITS[span[2]]: int(span[1])})
    return Entry(talk.now, None)


def _help(_engine: Engine, _talk: Talk, _rest: str) -> Entry | None:
    print(word("console.hello"))
    return None


_COMMANDS: dict[str, Callable[[Engine, Talk, str], Entry | None]] = {
    "/as": _as,
    "/room": _room,
    "/dm": _private,
    "/at": _mention,
    "/reply": _reply,
    "/time": _time,
    "/help": _help,
}
