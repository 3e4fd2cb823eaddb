"""The requester has the last word."""

from actions.base import DeskAction
from desk.domain.words import Act


class Rate(DeskAction):
    """Act `rate`."""

    act = Act.RATE


class Withdraw(DeskAction):
    """Act `withdraw`."""

    act = Act.WITHDRAW
