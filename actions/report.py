"""A resident states something that somebody should deal with."""

from actions.base import DeskAction
from desk.domain.words import Act


class Report(DeskAction):
    """Act `report`."""

    act = Act.REPORT
