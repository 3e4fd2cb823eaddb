"""Where a message goes: done at once, talked over, or left alone. One table of reasons, first that fits.

nothing to hear      → LEAVE      unknown room, a room that wants to be addressed, no words
answers a question   → PLACE      the sender's next place
an exact command     → DO         works with Rasa down
a report             → TALK       sure enough, or said to us
another act          → TALK       on a known ticket, or said to us
all else             → LEAVE
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from bot.routing import phrases
from bot.routing.grammar import Command
from desk.domain.words import Act, Listening, Role


class Way(Enum):
    """What to do with a message."""

    LEAVE = "leave"
    PLACE = "place"
    DO = "do"
    TALK = "talk"
    SAY = "say"
    LATER = "later"
    SOON = "soon"


@dataclass(frozen=True)
class Route:
    """The way, and the act that goes it, or the one sentence that is said; `by_command`: the text is that command."""

    way: Way
    act: Act = Act.CHITCHAT
    template: str = ""
    by_command: bool = False


@dataclass(frozen=True)
class Situation:
    """What the decision needs to know of a message."""

    text: str
    reading: dict[str, Any]
    command: Command | None
    read: bool
    addressed: bool
    listening: Listening
    has_target: bool
    number_exists: bool
    asked_place: bool
    roles: frozenset[Role]
    attachments: tuple[str, ...] = ()
    speak_from: float = 0.82
    command_number_exists: bool = False


LEAVE = Route(Way.LEAVE)

ON_TICKETS = frozenset(
    {Act.CLAIM, Act.RELEASE, Act.FINISH, Act.RATE, Act.WITHDRAW, Act.ASSIGN, Act.ESCALATE, Act.CORRECT}
)
"""Acts that mean nothing without a ticket."""

IMPLIED = frozenset({Act.SECOND, Act.SUPPLEMENT, Act.URGE})
"""Acts that may mean what was said last."""

ACT_FROM = 0.5
"""Confidence from which another act than a report is believed on a ticket."""

IMPLIED_FROM = 0.7
"""The same without a reply or number: a wrong guess would annoy."""

FILLER = 8
"""Characters around a place that make no new matter of it (就在这边的楼下呢)."""


def decide(s: Situation) -> Route:
    """The way of one message."""
    if s.listening is Listening.ADDRESSED and not (
        s.addressed or (s.command and (s.has_target or s.command_number_exists))
    ):
        return LEAVE
    if not s.text.strip():
        return _wordless(s)
    command = _command(s)
    if command is not None:
        return command
    if s.asked_place and _answers_place(s):
        return Route(Way.PLACE, Act.SUPPLEMENT)
    if not s.read:
        return Route(Way.LATER)
    return _talk(s)


def _wordless(s: Situation) -> Route:
    """A photo under a ticket adds to it, to us alone it is asked about; a voice cannot be heard."""
    if "voice" in s.attachments and not s.has_target:
        return Route(Way.SAY, template="voice_unheard") if s.addressed else LEAVE
    if s.attachments and s.has_target:
        return Route(Way.DO, Act.SUPPLEMENT)
    return Route(Way.SAY, template="photo_unclear") if s.attachments and s.addressed else LEAVE


def _command(s: Situation) -> Route | None:
    """The exact command that the text is, if it can be one here; else it is read like any other text."""
    command = s.command
    return Route(Way.DO, command.act, by_command=True) if command is not None and _applies(s, command) else None


def _applies(s: Situation, command: Command) -> bool:
    if command.number is not None:
        # Said to us, of a ticket, or by those who type numbers all day, a slip of the finger is a command all the same:
        # read like any other text it would be done to the ticket at hand.
        return s.command_number_exists or s.addressed or s.has_target or bool(s.roles & WORKERS)
    if command.act is Act.QUERY and command.details.get("listing"):
        # A list is for those whose work it is, one's own for anybody, any for who speaks to us.
        return bool(s.roles & WORKERS) or command.details["listing"] == "mine" or s.addressed
    if command.act is Act.MANAGE:
        return _may_manage(s, str(command.details.get("manage") or ""))
    if command.act is Act.HELP:
        return s.addressed
    if command.act in NAMING:
        # 转弯处路灯坏了 is a report from anybody but those who say 转物业 all day.
        return bool(s.roles & WORKERS) and (s.has_target or s.addressed)
    return s.has_target or command.act in (Act.SECOND, Act.URGE) or (s.addressed and command.act in ON_TICKETS)


def _may_manage(s: Situation, word: str) -> bool:
    """Settings are said to us, but for those that the gateway has found to fit in here, and 删除我的信息."""
    if word in ("join", "admit", "erase"):
        return True
    if word == "home" and s.asked_place:
        return False  # the answer to the question of where it is
    return s.addressed or (Role.STAFF in s.roles and word in ("bind", "unbind", *phrases.QUIETLY.values()))


WORKERS = frozenset({Role.STAFF, Role.OFFICER})
"""Those who steer tickets."""

NAMING = frozenset({Act.ASSIGN, Act.ESCALATE, Act.CORRECT})
"""Commands that name somebody or something, in words that can mean anything else as well."""


def _answers_place(s: Situation) -> bool:
    """Whether a message is the place that was asked for and not another matter with a place of its own."""
    if not any(s.reading["place"].values()):
        return False
    act, sure = Act(s.reading["act"]), s.reading["confidence"]
    if act is not Act.REPORT or sure < s.speak_from:
        return True
    said = sum(len(value) for value in s.reading["place"].values() if value)
    return len(s.text) - said <= FILLER


def _talk(s: Situation) -> Route:
    act, sure = Act(s.reading["act"]), s.reading["confidence"]
    if act is Act.REPORT:
        return Route(Way.TALK, act) if sure >= s.speak_from or s.addressed else LEAVE
    if act in (Act.CHITCHAT, Act.ADVERT, Act.MANAGE):
        return _spoken_to(s, act)
    if act is Act.HELP:
        about_us = s.addressed or (sure >= s.speak_from and any(name in s.text for name in phrases.BOT_NAMES))
        return Route(Way.TALK, act) if about_us else LEAVE
    return Route(Way.TALK, act) if _believed(s, act, sure) else _spoken_to(s, act)


def _believed(s: Situation, act: Act, sure: float) -> bool:
    if s.has_target or s.number_exists:
        return sure >= ACT_FROM
    if act is Act.QUERY:
        return bool(s.reading.get("listing")) and sure >= ACT_FROM
    return act in IMPLIED and sure >= IMPLIED_FROM


def _spoken_to(s: Situation, act: Act) -> Route:
    """Who speaks to us gets a word, unless it is thanks or an advert."""
    thanks = len(s.text) <= FILLER * 2 and any(word in s.text for word in phrases.THANKS)
    if not s.addressed or thanks or act is Act.ADVERT or (s.has_target and act is Act.CHITCHAT):
        return LEAVE
    return Route(Way.TALK, act)
