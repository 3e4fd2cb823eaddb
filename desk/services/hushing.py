"""What staff set about a room by saying so in it: silence for an hour, speech again, what is listened to.

Whoever else says so is not answered: he asked for silence.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from desk.domain.manners import HUSH
from desk.domain.model import Room
from desk.domain.replies import NOTHING, Answer, Effect
from desk.domain.words import Listening, Outcome, Role
from desk.services import manners
from desk.services.room_manners import manners_of, open_manners
from desk.services.scene import Scene


def do_hush(session: Session, scene: Scene) -> Effect:
    """Silence in this room for an hour; what is due meanwhile is held or said in private, emergencies are not."""
    room = _room_of_staff(scene)
    if room is None:
        return _elsewhere(scene)
    until = scene.now + HUSH
    open_manners(session, room).hushed_until = until
    return _said("hushed", at=until.isoformat(), timezone=scene.community.timezone)


def do_speak(session: Session, scene: Scene) -> Effect:
    """Ends the silence; without one there is nothing to end and, to who did not turn to us, nothing to say."""
    room = _room_of_staff(scene)
    if room is None:
        return _elsewhere(scene)
    own = manners_of(session, room)
    hushed = own is not None and own.hushed_until is not None and own.hushed_until > scene.now
    if own is not None and hushed:
        own.hushed_until = None
        manners.release(session, room.channel, room.room, scene.now)
    return _said("speaks_again") if hushed or scene.addressed else NOTHING


def do_listen_all(session: Session, scene: Scene) -> Effect:
    """Hears everything in this room."""
    return _listen(scene, Listening.ALL, "listens_to_all")


def do_listen_addressed(session: Session, scene: Scene) -> Effect:
    """Hears in this room only what is said to the bot."""
    return _listen(scene, Listening.ADDRESSED, "listens_when_addressed")


def _listen(scene: Scene, listening: Listening, answer: str) -> Effect:
    room = _room_of_staff(scene)
    if room is None:
        return _elsewhere(scene)
    room.listening = listening
    return _said(answer)


def _room_of_staff(scene: Scene) -> Room | None:
    return scene.room if Role.STAFF in scene.roles else None


def _elsewhere(scene: Scene) -> Effect:
    """Staff in private do not say which room they mean; anybody else is not answered."""
    return _said("say_it_in_the_room") if scene.room is None and Role.STAFF in scene.roles else NOTHING


def _said(answer: str, **facts: str) -> Effect:
    return Effect(Outcome.ACTED, (Answer(answer, facts),))
