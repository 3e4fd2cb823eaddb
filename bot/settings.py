"""Everything that can be set, from the environment, checked once.

LINLI_HOME          state: `linli.db`, `models/`, `files/`  the user's data directory
LINLI_DATABASE_URL  the desk's database                     the file in $LINLI_HOME
LINLI_MODEL         a trained model                         that of this checkout in $LINLI_HOME/models
LINLI_RASA_URL      a running Rasa server                   none: Rasa in this process
LINLI_RASA_SECRET   shared secret of gateway and server     none: the server takes loopback callers only
LINLI_SPEAK         confidence from which a report speaks   0.82, between 0 and 1
LINLI_DIGEST        local time of the staff's digest        18:00; on a quarter of an hour, `-` for none

LINLI_TELEGRAM_TOKEN     the bot's token: the Telegram channel     none: no such channel
LINLI_TELEGRAM_BASE_URL  another Bot API server                    Telegram's own
LINLI_TELEGRAM_MODE      `polling` or `webhook`                    polling
LINLI_TELEGRAM_WEBHOOK_URL   where Telegram shall send, https     needed for `webhook`
LINLI_TELEGRAM_WEBHOOK_PORT  what the proxy passes on to, loopback  8443
LINLI_WECHAT_ENDPOINT    a wechaty gateway, host:port              none: no such channel
LINLI_WECHAT_TOKEN       its token                                 none: no such channel
LINLI_METRICS_PORT       `/metrics` and `/healthz`                 none: off
LINLI_METRICS_HOST       where they listen                         127.0.0.1
LINLI_LOG                `text` or `json`, on stderr               text
LINLI_KEEP_DAYS     days that words are kept                30, from 1 to 3650; those left alone: a day
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

from platformdirs import user_data_path

from desk.domain.keeping import KEEP
from desk.storage.engine import sqlite_url

CHECKOUT = Path(__file__).resolve().parent.parent
"""Where the sources lie; a checkout when the Rasa project lies there too."""

SPEAK_FROM = 0.82

DIGEST_AT = "18:00"
LOOPBACK = "127.0.0.1"

TELEGRAM_MODES = ("polling", "webhook")

WEBHOOK_PORT = 8443

LOG_FORMS = ("text", "json")
LONGEST_KEEP = 3650
"""Days; who wants to keep for ever has not understood what it is for."""


class SettingInvalid(Exception):
    """A setting that makes no sense; `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class TelegramSettings:
    """The Telegram channel; `base_url` None is Telegram's own server."""

    token: str = field(repr=False)
    base_url: str | None = None
    mode: str = "polling"
    webhook_url: str | None = None
    webhook_port: int = WEBHOOK_PORT


@dataclass(frozen=True)
class WechatSettings:
    """The WeChat channel: a wechaty gateway at `endpoint` (host:port)."""

    endpoint: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """What this process was told."""

    home: Path
    database_url: str = field(repr=False)
    model: Path | None
    rasa_url: str | None
    rasa_secret: str | None = field(repr=False)
    speak_from: float
    digest_at: time | None
    telegram: TelegramSettings | None = None
    wechat: WechatSettings | None = None
    metrics_port: int | None = None
    metrics_host: str = LOOPBACK
    keep: timedelta = KEEP

    @property
    def models(self) -> Path:
        """Where trained models are kept."""
        return self.home / "models"

    @property
    def files(self) -> Path:
        """Where photos and other files of tickets are kept."""
        return self.home / "files"


def read_settings(environment: Mapping[str, str] | None = None, *, database_url: str | None = None) -> Settings:
    """The settings of the environment; an argument of the command line wins.

    Raises:
        SettingInvalid: a value makes no sense.
    """
    given = os.environ if environment is None else environment
    home = Path(given.get("LINLI_HOME") or user_data_path("linli", appauthor=False)).expanduser()
    url = database_url or given.get("LINLI_DATABASE_URL") or sqlite_url(home / "linli.db")
    model = given.get("LINLI_MODEL")
    return Settings(
        home=home,
        database_url=url,
        model=Path(model).expanduser() if model else None,
        rasa_url=given.get("LINLI_RASA_URL") or None,
        rasa_secret=given.get("LINLI_RASA_SECRET") or None,
        speak_from=_share("LINLI_SPEAK", given.get("LINLI_SPEAK")),
        digest_at=_quarter("LINLI_DIGEST", given.get("LINLI_DIGEST")),
        telegram=_telegram(given),
        wechat=_wechat(given),
        metrics_port=_port("LINLI_METRICS_PORT", given.get("LINLI_METRICS_PORT")),
        metrics_host=given.get("LINLI_METRICS_HOST") or LOOPBACK,
        keep=_days("LINLI_KEEP_DAYS", given.get("LINLI_KEEP_DAYS")),
    )


def log_form(environment: Mapping[str, str] | None = None) -> str:
    """How logs are written.

    Raises:
        SettingInvalid: in no way that we know.
    """
    given = os.environ if environment is None else environment
    return _one_of("LINLI_LOG", given.get("LINLI_LOG"), LOG_FORMS)


def _telegram(given: Mapping[str, str]) -> TelegramSettings | None:
    token = (given.get("LINLI_TELEGRAM_TOKEN") or "").strip()
    mode = _one_of("LINLI_TELEGRAM_MODE", given.get("LINLI_TELEGRAM_MODE"), TELEGRAM_MODES)
    if not token:
        return None
    if not re.fullmatch(r"\d+:[\w-]+", token):
        raise SettingInvalid("LINLI_TELEGRAM_TOKEN")
    base = _url("LINLI_TELEGRAM_BASE_URL", given)
    hook = _url("LINLI_TELEGRAM_WEBHOOK_URL", given, needed=mode == "webhook")
    port = _port("LINLI_TELEGRAM_WEBHOOK_PORT", given.get("LINLI_TELEGRAM_WEBHOOK_PORT"))
    return TelegramSettings(token, base, mode, hook, port or WEBHOOK_PORT)


def _url(name: str, given: Mapping[str, str], *, needed: bool = False) -> str | None:
    value = (given.get(name) or "").strip()
    if (value or needed) and not re.fullmatch(r"https?://[^\s/?#]+\S*", value):
        raise SettingInvalid(name)
    return value or None


def _wechat(given: Mapping[str, str]) -> WechatSettings | None:
    endpoint = (given.get("LINLI_WECHAT_ENDPOINT") or "").strip()
    token = (given.get("LINLI_WECHAT_TOKEN") or "").strip()
    if not endpoint and not token:
        return None
    if not re.fullmatch(r"[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}", endpoint):
        raise SettingInvalid("LINLI_WECHAT_ENDPOINT")
    if not token:
        raise SettingInvalid("LINLI_WECHAT_TOKEN")
    return WechatSettings(endpoint, token)


def _one_of(name: str, value: str | None, known: tuple[str, ...]) -> str:
    if not value:
        return known[0]
    if value not in known:
        raise SettingInvalid(name)
    return value


def _port(name: str, value: str | None) -> int | None:
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or not 0 <= int(value) <= 65_535:
        raise SettingInvalid(name)
    return int(value)


def _days(name: str, value: str | None) -> timedelta:
    if not value:
        return KEEP
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= LONGEST_KEEP):
        raise SettingInvalid(name)
    return timedelta(days=int(value))


def _share(name: str, value: str | None) -> float:
    try:
        number = SPEAK_FROM if not value else float(value)
    except ValueError as error:
        raise SettingInvalid(name) from error
    if not 0 <= number <= 1:
        raise SettingInvalid(name)
    return number


def _quarter(name: str, value: str | None) -> time | None:
    """A time of day on a quarter of an hour, the grain of what is counted; `-` is never."""
    if value == "-":
        return None
    try:
        found = datetime.strptime(value or DIGEST_AT, "%H:%M").time()
    except ValueError as error:
        raise SettingInvalid(name) from error
    if found.minute % 15:
        raise SettingInvalid(name)
    return found


def is_checkout() -> bool:
    """Whether the Rasa project lies beside the code, so that a model can be trained."""
    return (CHECKOUT / "config.yml").is_file() and (CHECKOUT / "data" / "nlu").is_dir()
