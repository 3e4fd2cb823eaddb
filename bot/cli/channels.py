"""For `linli doctor`: what is set of each platform, and whether it answers. Nothing here shows a token."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.bootstrap import ExtraMissing, library
from bot.cli.words import word
from bot.settings import Settings

BUSY = "busy"

Found = tuple[bool, str]


def findings(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    """Asks each platform that is set, for some seconds at most."""
    for extra, is_set, look in (
        ("telegram", settings.telegram is not None, _telegram),
        ("wechat", settings.wechat is not None, _wechat),
    ):
        well, found = _looked(settings, extra, look) if is_set else (True, word("doctor.not_set"))
        yield extra, well, found


def _looked(settings: Settings, extra: str, look: Callable[[Settings], Found]) -> Found:
    try:
        return look(settings)
    except ExtraMissing:
        return False, word("doctor.extra_missing", extra=extra)


def _telegram(settings: Settings) -> Found:
    account = library("bot.channels.telegram.looking", "telegram").look_at(settings.telegram)
    if account.trouble is None:
        return True, word("doctor.telegram_in", name=account.name)
    trouble = word(f"troubles.{account.trouble}")
    return False, word("doctor.telegram_trouble", name=account.name, trouble=trouble) if account.name else trouble


def _wechat(settings: Settings) -> Found:
    looking, wechat = library("bot.channels.wechat_looking", "wechat"), settings.wechat
    if wechat is None:
        return True, word("doctor.not_set")
    trouble = looking.look_at(wechat.endpoint, wechat.token)
    if trouble is None:
        return True, word("doctor.wechat_in", endpoint=wechat.endpoint)
    # A gateway that another Linli listens to is as well as can be.
    name = "listened_to" if trouble == BUSY else trouble
    return trouble == BUSY, word("doctor.wechat_trouble", endpoint=wechat.endpoint, trouble=word(f"troubles.{name}"))
