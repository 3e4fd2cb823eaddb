"""What can be set of the Telegram channel, from the environment, checked once.

LINLI_TELEGRAM_TOKEN          the bot's token                         none: no Telegram
LINLI_TELEGRAM_BASE_URL       another Bot API server                  Telegram's own
LINLI_TELEGRAM_MODE           polling or webhook                      polling
LINLI_TELEGRAM_WEBHOOK_URL    where Telegram shall send, https        needed for webhook
LINLI_TELEGRAM_WEBHOOK_PORT   port on loopback that the proxy knows   8443
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.settings import SettingInvalid

DEFAULT_PORT = 8443
MODES = ("polling", "webhook")

_TOKEN = re.compile(r"[\w:-]+", re.ASCII)
PREFIX = "LINLI_TELEGRAM_"


@dataclass(frozen=True)
class TelegramSettings:
    """What this process was told of Telegram. The token is never shown."""

    token: str = field(repr=False)
    base_url: str | None = None
    mode: str = "polling"
    webhook_url: str | None = None
    webhook_port: int = DEFAULT_PORT

    def checked(self) -> TelegramSettings:
        """The same.

        Raises:
            SettingInvalid: a value makes no sense; its name, never the value.
        """
        wrong = {
            "TOKEN": not _TOKEN.fullmatch(self.token),
            "BASE_URL": self.base_url is not None and not _is_url(self.base_url),
            "MODE": self.mode not in MODES,
            "WEBHOOK_URL": not _is_url(self.webhook_url) if self.mode == "webhook" else False,
            "WEBHOOK_PORT": not 0 < self.webhook_port < 65536,
        }
        for name, is_wrong in wrong.items():
            if is_wrong:
                raise SettingInvalid(f"{PREFIX}{name}")
        return self


def _is_url(value: str | None) -> bool:
    try:
        parts = urlsplit(value or "")
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def read_telegram_settings(environment: Mapping[str, str]) -> TelegramSettings | None:
    """The settings of the environment; None when no token is set.

    Raises:
        SettingInvalid: a value makes no sense.
    """
    given = {name: environment.get(f"{PREFIX}{name}", "").strip() for name in _NAMES}
    if not given["TOKEN"]:
        return None
    port = given["WEBHOOK_PORT"] or str(DEFAULT_PORT)
    if not port.isdecimal():
        raise SettingInvalid(f"{PREFIX}WEBHOOK_PORT")
    return TelegramSettings(
        given["TOKEN"], given["BASE_URL"] or None, given["MODE"] or MODES[0], given["WEBHOOK_URL"] or None, int(port)
    ).checked()


_NAMES = ("TOKEN", "BASE_URL", "MODE", "WEBHOOK_URL", "WEBHOOK_PORT")
