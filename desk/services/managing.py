"""What people set about the bot itself: the act `manage`, by the word that the reply grammar read into `manage`.

A word that is not in the table, or a freer message that only sounds like a setting, is referred to staff.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from desk.domain.replies import NOTHING, Answer, Effect
from desk.domain.words import Outcome
from desk.services.hushing import do_hush, do_listen_addressed, do_listen_all, do_speak
from desk.services.scene import Scene

Deed = Callable[[Session, Scene], Effect]


def refer(session: Session, scene: Scene) -> Effect:
    """Not ours to do: staff are who to ask, said only to who spoke to us."""
    return Effect(Outcome.ANSWERED, (Answer("manage_by_staff"),)) if scene.addressed else NOTHING


DEEDS: Mapping[str, Deed] = {
    "hush": do_hush,
    "speak": do_speak,
    "listen_all": do_listen_all,
    "listen_addressed": do_listen_addressed,
    "erase": refer,
}
"""Manage-word to what it does; who may do it is each deed's own first question."""


def do_manage(session: Session, scene: Scene) -> Effect:
    """Does the setting that the message names."""
    return DEEDS.get(str(scene.reading.get("manage") or ""), refer)(session, scene)
