"""What only the scene can say of commands about rooms and people, and what is done where no community is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from bot.routing.grammar import Command, read_command, read_joining_command
from bot.routing.people import Told, read_told
from desk.domain.model import InboxMessage, Person
from desk.domain.replies import NOTHING, Answer, Effect
from desk.domain.words import Act, MessageKind, Outcome, Purpose
from desk.services.erasing import do_erase
from desk.services.joining import asked_about
from desk.services.managing import do_manage_nowhere
from desk.services.people import names_of_people
from desk.services.perform import kept
from desk.services.places import every_estate, known_estates
from desk.services.scene import Scene, find_room
from desk.services.telling import TELLERS, may_tell
from nlu.location import read_place
from nlu.summary import mask, summarise


def meant(session: Session, scene: Scene, command: Command | None) -> Command | None:
    """The command as it is meant here: 报到 among volunteers is no claim, 同意 to nobody who asked is talk."""
    joining = read_joining_command(scene.row.text)
    if joining is not None and _fits(session, scene, joining):
        return joining
    if command is not None and "place_words" in command.details:
        words = str(command.details["place_words"])
        place = read_place(words, frozenset(known_estates(session, scene.community.id))).place
        return replace(command, details={"place_to": place.as_dict()})
    return command


def _fits(session: Session, scene: Scene, joining: Command) -> bool:
    if joining.details["manage"] == "admit":
        answering = replace(scene, reading={**scene.reading, **joining.fields})
        return asked_about(session, answering) is not None
    among_volunteers = scene.room is not None and scene.room.purpose is Purpose.VOLUNTEERS
    replies = scene.row.reply_to is not None or scene.row.reply_to_bot_about is not None
    return among_volunteers and not replies


def outside(session: Session, row: InboxMessage) -> Effect | None:
    """What a message comes to where no community is known: a room that staff bind, a private setting; else None."""
    command = read_command(row.text) if row.kind is MessageKind.SAID else None
    if command is None or command.act is not Act.MANAGE:
        return None
    place = read_place(row.text, frozenset(every_estate(session))).place.as_dict()
    row.reading = {"act": command.act.value, "confidence": 1.0, "place": place, **command.fields}
    effect = do_manage_nowhere(session, row)
    if effect is None or effect is NOTHING:
        row.reading = None
        return effect
    return kept(row, effect)


def told_in(scene: Scene) -> Told | None:
    """The matter that the speaker files for somebody else; None for whom nobody rings up."""
    said = scene.row.kind is MessageKind.SAID and bool(scene.roles & TELLERS)
    return read_told(scene.row.text) if said else None


def told_elsewhere(scene: Scene) -> Effect | None:
    """Names and phones are for the staff room: whoever files for others before residents hears so in private."""
    if may_tell(scene):
        return None
    return kept(scene.row, Effect(Outcome.ANSWERED, (Answer("tell_where", private=True),)))


def told_reading(session: Session, scene: Scene, told: Told) -> dict[str, Any]:
    """The reading of a matter that is told: a report for certain, without the names of who told it."""
    everybody = names_of_people(session, scene.community.id)
    return {
        **scene.reading,
        "act": Act.REPORT.value,
        "confidence": 1.0,
        "told": told.name,
        "said": told.matter,
        "summary": summarise(told.heard, [told.name]),
        "masked": mask(told.heard, [told.name], everybody),
    }


def nowhere(session: Session, row: InboxMessage) -> Effect:
    """What is said in private to whom no community knows; a room that nobody bound gets nothing."""
    command, person = read_command(row.text), session.get(Person, row.person_id) if row.person_id else None
    if row.direct and person is not None and command is not None and command.details.get("manage") == "erase":
        return kept(row, do_erase(session, row, person))  # to be forgotten one need not be known
    return Effect(Outcome.ANSWERED, (Answer("nowhere"),)) if row.direct and row.text.strip() else NOTHING


def is_spoken_in(session: Session, row: InboxMessage) -> bool:
    """Whether the bot says anything there: never in a room that nobody bound."""
    return row.room is None or find_room(session, row.channel, row.room) is not None
