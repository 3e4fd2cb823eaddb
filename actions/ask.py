"""Questions about tickets and about the bot itself."""

from actions.base import DeskAction
from desk.domain.words import Act


class Query(DeskAction):
    """Act `query`."""

    act = Act.QUERY


class Help(DeskAction):
    """Act `help`."""

    act = Act.HELP


class Manage(DeskAction):
    """Act `manage`."""

    act = Act.MANAGE
