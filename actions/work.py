"""Volunteers and officers take a ticket, give it back, or are done with it."""

from actions.base import DeskAction
from desk.domain.words import Act


class Claim(DeskAction):
    """Act `claim`."""

    act = Act.CLAIM


class Release(DeskAction):
    """Act `release`."""

    act = Act.RELEASE


class Finish(DeskAction):
    """Act `finish`."""

    act = Act.FINISH
