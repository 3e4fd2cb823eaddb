"""Neighbours add to a matter: they share it, know more of it, or want it hurried."""

from actions.base import DeskAction
from desk.domain.words import Act


class Second(DeskAction):
    """Act `second`."""

    act = Act.SECOND


class Supplement(DeskAction):
    """Act `supplement`."""

    act = Act.SUPPLEMENT


class Urge(DeskAction):
    """Act `urge`."""

    act = Act.URGE
