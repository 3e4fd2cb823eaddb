"""Everything that can be set, from the environment, checked once.

LINLI_HOME          state: `linli.db` and `models/`         the user's data directory
LINLI_DATABASE_URL  the desk's database                     the file in $LINLI_HOME
LINLI_MODEL         a trained model                         that of this checkout in $LINLI_HOME/models
LINLI_RASA_URL      a running Rasa server                   none: Rasa in this process
LINLI_RASA_SECRET   shared secret of gateway and server     none: the server takes loopback callers only
LINLI_SPEAK         confidence from which a report speaks   0.82, between 0 and 1
LINLI_KEEP_DAYS     days that words are kept                30, from 1 to 3650; those left alone: a day
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from platformdirs import user_data_path

from desk.domain.keeping import KEEP
from desk.storage.engine import sqlite_url

CHECKOUT = Path(__file__).resolve().parent.parent
"""Where the sources lie; a checkout when the Rasa project lies there too."""

SPEAK_FROM = 0.82

LONGEST_KEEP = 3650
"""Days; who wants to keep for ever has not understood what it is for."""


class SettingInvalid(Exception):
    """A setting that makes no sense; `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Settings:
    """What this process was told."""

    home: Path
    database_url: str
    model: Path | None
    rasa_url: str | None
    rasa_secret: str | None
    speak_from: float
    keep: timedelta = KEEP

    @property
    def models(self) -> Path:
        """Where trained models are kept."""
        return self.home / "models"


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
        keep=_days("LINLI_KEEP_DAYS", given.get("LINLI_KEEP_DAYS")),
    )


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


def is_checkout() -> bool:
    """Whether the Rasa project lies beside the code, so that a model can be trained."""
    return (CHECKOUT / "config.yml").is_file() and (CHECKOUT / "data" / "nlu").is_dir()
