"""Watches how channels fare, and tells staff on another one: once when one goes away, once when it is back.

What was told is read from the outbox, so that a gateway that starts anew, or a second one, does not tell it again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.contract import Channel, Health
from desk.services.fallback import tell_staff_of_channel
from desk.storage.tables import outbox

log = logging.getLogger(__name__)

SILENT_FOR = timedelta(minutes=5)
"""After so long without a word of the platform's a channel counts as away."""

AWAY, ACCOUNT, BACK = "channel_away", "account_away", "channel_back"


class Watch:
    """The channels of this process since `began`."""

    def __init__(self, channels: Mapping[str, Channel], began: datetime) -> None:
        self._channels = channels
        self._began = began

    def troubles(self, now: datetime) -> dict[str, str | None]:
        """Of every channel, what staff should hear: a template, or None where all is well."""
        return {name: trouble(channel.health(), self._began, now) for name, channel in self._channels.items()}

    def look(self, session: Session, now: datetime) -> None:
        """Tells what is new."""
        troubles = self.troubles(now)
        well = [name for name, template in troubles.items() if template is None]
        for name, template in troubles.items():
            through = [other for other in well if other != name]
            told_away = _told(session, name) in (AWAY, ACCOUNT)
            news = BACK if told_away and template is None else template
            if news is None or (told_away and template is not None):
                continue
            if not tell_staff_of_channel(session, name, now, news, through):
                log.error("%s: %s, and nobody can be told", name, news)


def trouble(health: Health, began: datetime, now: datetime) -> str | None:
    """What is wrong with a channel, as the name of a sentence."""
    if not health.account_in:
        return ACCOUNT
    return AWAY if now - max(health.last_good or began, began) > SILENT_FOR else None


def _told(session: Session, channel: str) -> str | None:
    query = select(outbox.c.template).where(outbox.c.dedup_key.startswith(f"channel:{channel}:", autoescape=True))
    template: str | None = session.scalars(query.order_by(outbox.c.id.desc()).limit(1)).first()
    return template
