"""What the desk does about news of a room, by what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from bot.channels.contract import RoomChange, RoomNews
from desk.services.fallback import tell_staff_of_room
from desk.services.rooms import move_room
from desk.services.welcoming import welcome


def do_room_news(session: Session, news: RoomNews, now: datetime) -> None:
    """Acts on it; news told twice changes nothing the second time."""
    act = _DEEDS.get(news.change)
    if act is not None:
        act(session, news, now)


def _moved(session: Session, news: RoomNews, _now: datetime) -> None:
    if news.to:
        move_room(session, news.channel, news.room, news.to)


def _joined(session: Session, news: RoomNews, now: datetime) -> None:
    welcome(session, news.channel, news.room, now)


def _left(session: Session, news: RoomNews, now: datetime) -> None:
    tell_staff_of_room(session, news.channel, news.room, now, "room_lost")


_DEEDS: dict[RoomChange, Callable[[Session, RoomNews, datetime], None]] = {
    RoomChange.MOVED: _moved,
    RoomChange.JOINED: _joined,
    RoomChange.LEFT: _left,
}
