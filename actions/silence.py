"""Chatter and adverts: nothing is done and nothing is said, and that is an outcome, not a failure."""

from actions.base import DeskAction
from desk.domain.words import Act


class StaySilent(DeskAction):
    """Act `chitchat` and `advert`."""

    act = Act.CHITCHAT

    def name(self) -> str:
        """As domain.yml has it."""
        return "action_stay_silent"
