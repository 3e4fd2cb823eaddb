"""How the channel fares, in words that doctor and the metrics look up. Written by one thread, read by any."""

from __future__ import annotations

from datetime import datetime, timezone

from bot.channels.contract import AccountLost, ChannelError, Health, Transient, Uncertain
from bot.channels.telegram.api import Elsewhere

PRIVACY_MODE = "privacy_mode"
"""The bot hears only commands and replies to it in groups."""


class Pulse:
    """The last good answer, and what is the matter; a trouble lasts until something is well again."""

    def __init__(self) -> None:
        self._last_good: datetime | None = None
        self._account_in = True
        self._trouble: str | None = None
        self._hears_all = True
        self.unusable = 0
        """Updates that could not be read."""

    def good(self) -> None:
        """The platform answered and what it gave is stored."""
        self._last_good, self._account_in, self._trouble = datetime.now(timezone.utc), True, None

    def bad(self, error: Exception) -> None:
        """Something failed; an error that is none of the channel's is the database's."""
        self._trouble = trouble_of(error)
        if isinstance(error, AccountLost):
            self._account_in = False

    def hears_all(self, hears: bool) -> None:
        """Whether the bot is shown everything that is said in groups."""
        self._hears_all = hears

    def health(self) -> Health:
        """As it is now."""
        trouble = self._trouble or (None if self._hears_all else PRIVACY_MODE)
        return Health(self._last_good, self._account_in, trouble)


def trouble_of(error: Exception) -> str:
    """The word for a failure while taking in."""
    if isinstance(error, AccountLost):
        return "token_refused"
    if isinstance(error, Elsewhere):
        return "polled_elsewhere"
    if isinstance(error, Uncertain):
        return "no_answer"
    if isinstance(error, Transient):
        return "unreachable" if error.everywhere else "busy"
    if isinstance(error, OSError):
        return "port_taken"
    return "refused" if isinstance(error, ChannelError) else "not_stored"
