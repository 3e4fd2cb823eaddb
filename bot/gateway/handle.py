"""Handles messages that were taken in: reads them in one pass, routes each, and makes sure each has an outcome.

leased rows ─► read (one pass) ─► T2 route + deed ─┬─► left alone: done with it
                                                   ├─► T3 answers, row done
                                                   └─► dialogue ─► action: T2 ─► T3
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.dialogue.contract import Dialogue, DialogueError, Parse, Talk
from bot.gateway.bursts import Burst, burst_of, continued, is_unclear
from bot.gateway.matters import with_second_matters
from bot.gateway.people import is_spoken_in, meant, nowhere, outside, told_elsewhere, told_in, told_reading
from bot.gateway.reading import act_of, commanded, reading_of
from bot.routing.grammar import Command, read_command
from bot.routing.people import Told
from bot.routing.route import LEAVE, Route, Situation, Way, decide
from desk.domain.errors import DatabaseAway, RowGone
from desk.domain.model import InboxMessage, Person
from desk.domain.replies import NOTHING, Answer, Effect
from desk.domain.words import Act, Listening, MessageKind, Outcome
from desk.services import mailroom
from desk.services.delivery import may_be_to_us
from desk.services.filing import open_question
from desk.services.known import Known
from desk.services.notices import staff_alarm
from desk.services.people import names_of_people
from desk.services.perform import answer_place, kept, perform
from desk.services.revising import do_edit, do_recall
from desk.services.scene import Scene, open_scene, ticket_numbered
from desk.storage.engine import transaction
from nlu.text import normalise

log = logging.getLogger(__name__)

A_MOMENT = timedelta(seconds=0.3)
"""Before a row is looked at again that needs nothing but the end of a call that is under way."""


def wall_clock() -> datetime:
    """The time of leases, whatever time the messages live in."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Handled:
    """What became of a row: its effect, or None when it was put back or set aside.

    `quiet` says that it was left alone: nothing was done and nothing waits to be delivered because of it.
    """

    row: int
    effect: Effect | None
    quiet: bool = False


@dataclass(frozen=True)
class Step:
    """Where a row goes: done at once (`effect`), talked over (`talk`), or read again with the lines before it."""

    route: Route
    effect: Effect | None = None
    talk: Talk | None = None
    burst: Burst | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether the row is left alone, and done with."""
        return self.route.way is Way.LEAVE and self.effect is NOTHING


class Handler:
    """Handles leased rows with one database and one dialogue."""

    def __init__(
        self, engine: Engine, dialogue: Dialogue, speak_from: float, wall: Callable[[], datetime] = wall_clock
    ) -> None:
        self._engine = engine
        self._dialogue = dialogue
        self._speak_from = speak_from
        self._wall = wall

    def read(self, texts: Sequence[str]) -> list[Parse | None]:
        """The parses; all None while the dialogue is away (exact commands work all the same)."""
        try:
            parses = list(self._dialogue.read(list(texts)))
            return with_second_matters(texts, parses, self._dialogue.read, self._speak_from)
        except DialogueError as error:
            log.warning("reading put off: %s", error)
            return [None] * len(texts)

    def handle_one(self, row_id: int, token: str, parse: Parse | None, step: Step | None = None) -> Handled:
        """One row from lease to outcome; `step` is its way, if that was found already."""
        try:
            return self._outcome_of(row_id, token, parse, step or self._route(row_id, token, parse))
        except RowGone:
            log.warning("row %s was taken over", row_id)
            return Handled(row_id, None)
        except DialogueError as error:
            log.warning("talk put off: %s", error)
            return self._put_back(row_id, token, count=False)
        except DatabaseAway:
            raise  # the fault is not the message's: it stays leased until somebody can go on
        except Exception:
            if not self._is_ours(row_id, token):
                raise
            log.exception("row %s failed", row_id)
            return self._put_back(row_id, token, count=True)

    def _outcome_of(self, row_id: int, token: str, parse: Parse | None, step: Step) -> Handled:
        if step.burst is not None:
            together = replace(step.burst, parse=self.read([step.burst.text])[0])
            step = self._route(row_id, token, parse, together)
        if step.is_quiet:
            return Handled(row_id, step.effect, quiet=True)
        if step.route.way in (Way.LATER, Way.SOON):
            return self._put_back(row_id, token, count=False, after=A_MOMENT if step.route.way is Way.SOON else None)
        effect = step.effect if step.talk is None else self._talk(step.talk)
        if effect is None:
            return self._put_back(row_id, token, count=True)
        return self._finish(row_id, token, effect)

    def _is_ours(self, row_id: int, token: str) -> bool:
        """Whether the fault lies with the message and not with the database."""
        with transaction(self._engine) as session:
            row = session.get(InboxMessage, row_id)
            return row is not None and row.lease_token == token

    def _route(self, row_id: int, token: str, parse: Parse | None, burst: Burst | None = None) -> Step:
        """T2 for what is done at once; for a talk only the reading is kept."""
        with transaction(self._engine) as session:
            row = mailroom.held_row(session, row_id, token)
            return self.route_row(session, row, parse, burst, Known(session, [row]))

    def route_row(
        self, session: Session, row: InboxMessage, parse: Parse | None, burst: Burst | None, known: Known
    ) -> Step:
        """The same in a transaction that is open; `known` may remember what it said of other rows left alone in it."""
        if row.effect is not None:
            return Step(Route(Way.DO), Effect.from_dict(row.effect))
        scene = open_scene(session, row, row.received_at, known)
        if row.kind is MessageKind.RECALLED:
            return Step(Route(Way.DO), kept(row, do_recall(session, row, scene)))
        if scene is None:
            return Step(LEAVE, _left_alone(session, row, outside(session, row) or nowhere(session, row)))
        if scene.target is None and not scene.to_bot and may_be_to_us(session, row, self._wall()):
            return Step(Route(Way.SOON))
        told = told_in(scene)
        if told is not None:
            return self._route_told(session, scene, told, burst)
        joined = self._route_burst(session, scene, burst, known) if burst is not None else None
        return joined or self._route_in(session, scene, parse, known, alone=burst is not None)

    def _route_in(self, session: Session, scene: Scene, parse: Parse | None, known: Known, *, alone: bool) -> Step:
        row = scene.row
        scene = _read(session, scene, parse, known)
        command = meant(session, scene, read_command(row.text))
        if row.kind is MessageKind.EDITED:
            edited = do_edit(session, scene)
            if edited is not None:
                return Step(Route(Way.DO), kept(row, edited))
        route = decide(self._situation(session, scene, command, known, read=parse is not None))
        if route.by_command and command is not None:
            scene = _keep(scene, commanded(scene.reading, command))
        if not alone and is_unclear(route, scene):
            part = _part_of_something(session, scene, route)
            if part is not None:
                return part
        return Step(route, _done_at_once(session, scene, route), _talk_of(scene, route, parse))

    def _route_told(self, session: Session, scene: Scene, told: Told, again: Burst | None) -> Step:
        """The way of what staff file for somebody else: it is read again without the words around it."""
        elsewhere = told_elsewhere(scene)
        if elsewhere is not None:
            return Step(Route(Way.DO), elsewhere)
        if again is None:
            return Step(LEAVE, burst=Burst(told.heard, ()))
        scene = _read(session, scene, again.parse, Known(session), again)
        scene = _keep(scene, told_reading(session, scene, told))
        route = Route(Way.LATER) if again.parse is None else Route(Way.TALK, Act.REPORT)
        return Step(route, None, _talk_of(scene, route, again.parse))

    def _route_burst(self, session: Session, scene: Scene, burst: Burst, known: Known) -> Step | None:
        """The way of the lines together if they are a report; else None: the last one is taken by itself."""
        scene = _read(session, scene, burst.parse, known, burst)
        route = decide(self._situation(session, scene, None, known, read=burst.parse is not None))
        if route.way is not Way.TALK or route.act is not Act.REPORT:
            return None
        return Step(route, None, _talk_of(scene, route, burst.parse))

    def _situation(
        self, session: Session, scene: Scene, command: Command | None, known: Known, *, read: bool
    ) -> Situation:
        def exists(number: object) -> bool:
            known = isinstance(number, int) and ticket_numbered(session, scene.community.id, number)
            return bool(known)

        return Situation(
            text=scene.said,
            reading=scene.reading,
            command=command,
            read=read,
            addressed=scene.addressed,
            listening=scene.room.listening if scene.room else Listening.ALL,
            has_target=scene.target is not None,
            number_exists=exists(scene.reading.get("number")),
            command_number_exists=exists(command.number if command else None),
            asked_place=any(scene.reading["place"].values()) and open_question(session, scene) is not None,
            roles=scene.roles,
            attachments=tuple(str(item.get("kind")) for item in scene.row.attachments),
            speak_from=known.speak(scene.room, self._speak_from),
        )

    def _talk(self, talk: Talk) -> Effect | None:
        effect = self._dialogue.say(talk)
        if effect is not None:
            return effect
        # The action may have kept its transaction and lost its answer on the way.
        with transaction(self._engine) as session:
            row = mailroom.held_row(session, talk.row, talk.token)
            return Effect.from_dict(row.effect) if row.effect is not None else None

    def _finish(self, row_id: int, token: str, effect: Effect) -> Handled:
        """T3."""
        with transaction(self._engine) as session:
            row = mailroom.held_row(session, row_id, token)
            mailroom.finish(session, row, effect, row.received_at)
        return Handled(row_id, effect)

    def _put_back(self, row_id: int, token: str, *, count: bool, after: timedelta | None = None) -> Handled:
        with transaction(self._engine) as session:
            row = mailroom.held_row(session, row_id, token)
            if not mailroom.give_back(row, self._wall(), count=count, after=after):
                self._give_up(session, row)
        return Handled(row_id, None)

    def _give_up(self, session: Session, row: InboxMessage) -> None:
        """Nothing came of it: staff are told, and who wanted something hears an honest sentence."""
        reading = row.reading or {}
        wanted = row.direct or row.mentioned or reading.get("act") not in (None, Act.CHITCHAT.value, Act.ADVERT.value)
        if wanted and is_spoken_in(session, row):
            apology = Effect(Outcome.FAILED, (Answer("failed_sorry"),))
            mailroom.finish(session, row, apology, row.received_at)
        staff_alarm(session, row, row.received_at, "alarm_failed")
        mailroom.set_aside(row)


def _read(session: Session, scene: Scene, parse: Parse | None, known: Known, burst: Burst | None = None) -> Scene:
    sender = session.get(Person, scene.row.person_id)
    home = scene.room or scene.home
    reading = reading_of(
        burst.text if burst else scene.row.text,
        parse,
        sender=sender.name if sender else "",
        title=home.room if home else None,
        estates=known.estates(scene.community.id),
        people=lambda: names_of_people(session, scene.community.id),
    )
    return _keep(scene, reading | {"said": burst.text, "burst": list(burst.rows)} if burst else reading)


def _keep(scene: Scene, reading: dict[str, Any]) -> Scene:
    scene.row.reading = reading
    return replace(scene, reading=reading)


def _part_of_something(session: Session, scene: Scene, route: Route) -> Step | None:
    """A line that says too little by itself: a part of what its sender has just reported, or of what is being typed."""
    ticket = continued(session, scene) if route is LEAVE else None
    if ticket is not None:
        return Step(Route(Way.DO), perform(session, replace(scene, target=ticket), Act.SUPPLEMENT))
    burst = burst_of(session, scene)
    return Step(LEAVE, burst=burst) if burst else None


def _talk_of(scene: Scene, route: Route, parse: Parse | None) -> Talk | None:
    if route.way is not Way.TALK or parse is None:
        return None
    row = scene.row
    asserted = {**parse, "intent": {"name": route.act.value, "confidence": act_of(parse)[1]}}
    return Talk(_conversation(row), normalise(scene.said), asserted, row.id, row.lease_token or "")


def _done_at_once(session: Session, scene: Scene, route: Route) -> Effect | None:
    if route.way is Way.LEAVE:
        return _left_alone(session, scene.row, NOTHING)
    if route.way is Way.SAY:
        return kept(scene.row, Effect(Outcome.ANSWERED, (Answer(route.template),)))
    if route.way is Way.PLACE:
        return answer_place(session, scene)
    return perform(session, scene, route.act) if route.way is Way.DO else None


def _left_alone(session: Session, row: InboxMessage, effect: Effect) -> Effect:
    """Chatter is most of what is said: it is done with in the transaction that routed it."""
    if effect is NOTHING:
        mailroom.finish(session, row, effect, row.received_at)
    return effect


def _conversation(row: InboxMessage) -> str:
    """Two residents of one room are two conversations."""
    return f"{row.channel}:{row.scope}:{row.person_id}"
