"""What people set about the bot itself: the act `manage`, by the word that the reply grammar read into `manage`.

A word that is not in the table, or a freer message that only sounds like a setting, is referred to staff.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from desk.domain.model import InboxMessage
from desk.domain.place import Place
from desk.domain.replies import NOTHING, Answer, Effect
from desk.domain.words import Outcome
from desk.services.binding import do_bind, do_unbind
from desk.services.erasing import do_erase
from desk.services.homes import do_forget_home, do_home
from desk.services.hushing import do_hush, do_listen_addressed, do_listen_all, do_speak
from desk.services.joining import do_admit, do_join
from desk.services.linking import do_link, do_unlink
from desk.services.scene import Scene

Deed = Callable[[Session, Scene], Effect]


def refer(session: Session, scene: Scene) -> Effect:
    """Not ours to do: staff are who to ask, said only to who spoke to us."""
    return Effect(Outcome.ANSWERED, (Answer("manage_by_staff"),)) if scene.addressed else NOTHING


def _of_row(deed: Callable[[Session, InboxMessage], Effect]) -> Deed:
    """What is done alike where no community is known."""
    return lambda session, scene: deed(session, scene.row)


def _bind(session: Session, scene: Scene) -> Effect:
    """In private nobody binds a room: who binds himself to a door says where he lives."""
    at_home = scene.row.room is None and Place.from_dict(scene.reading.get("place")).building is not None
    return do_home(session, scene.row, scene.community) if at_home else do_bind(session, scene.row)


DEEDS: Mapping[str, Deed] = {
    "hush": do_hush,
    "speak": do_speak,
    "listen_all": do_listen_all,
    "listen_addressed": do_listen_addressed,
    "erase": lambda session, scene: do_erase(session, scene.row, scene.person),
    # rooms and people
    "bind": _bind,
    "unbind": _of_row(do_unbind),
    "link": _of_row(do_link),
    "unlink": _of_row(do_unlink),
    "home": lambda session, scene: do_home(session, scene.row, scene.community),
    "forget_home": _of_row(do_forget_home),
    "join": do_join,
    "admit": do_admit,
}
"""Manage-word to what it does; who may do it is each deed's own first question."""


NOWHERE: Mapping[str, Callable[[Session, InboxMessage], Effect]] = {
    "bind": do_bind,
    "link": do_link,
    "unlink": do_unlink,
    "home": lambda session, row: do_home(session, row, None),
    "forget_home": do_forget_home,
}
"""What can be done where no community is known: in a room that is not in the register only staff bind it."""


def do_manage_nowhere(session: Session, row: InboxMessage) -> Effect | None:
    """Does the setting that the message names, outside of every community; None when it is no such setting."""
    word = str((row.reading or {}).get("manage") or "")
    deed = NOWHERE.get(word) if row.direct or word == "bind" else None
    return deed(session, row) if deed is not None else None


def do_manage(session: Session, scene: Scene) -> Effect:
    """Does the setting that the message names."""
    return DEEDS.get(str(scene.reading.get("manage") or ""), refer)(session, scene)
