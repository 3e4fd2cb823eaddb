"""Staff and officers steer a ticket."""

from actions.base import DeskAction
from desk.domain.words import Act


class Assign(DeskAction):
    """Act `assign`."""

    act = Act.ASSIGN


class Escalate(DeskAction):
    """Act `escalate`."""

    act = Act.ESCALATE


class Correct(DeskAction):
    """Act `correct`."""

    act = Act.CORRECT
