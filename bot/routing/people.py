"""Reads what is said about rooms and people, exactly: 绑定第一网格, 关联 123456, 我住3-2-501, 同意, 231地点是3号楼.

Only the words are looked at. Who may, and whether it means anything here, is decided by the route and by the desk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.routing import people_phrases as phrases
from bot.routing.phrases import RATINGS
from desk.domain.words import Act
from nlu.location import read_place
from nlu.summary import person_in
from nlu.text import clean

Found = tuple[Act, "int | None", dict[str, Any]]
"""An act, the number it names, its details."""

SHORTEST_MATTER = 4
"""Characters; nothing that is filed for somebody else is said in fewer."""


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted((re.escape(word) for word in words), key=len, reverse=True))


_NUMBER = r"(?:(?P<number>\d{1,7})\s*(?:号单|号|单)?\s*的?\s*)?"
_CODE = re.compile(f"^(?:{_any(phrases.LINK)})\\s*(?P<code>\\d{{6}})?$")
_BIND = re.compile(f"^(?:{_any(phrases.BIND)})\\s*(?P<words>.{{0,60}})$", re.IGNORECASE)
_TAKES = re.compile(f"(?:{_any(phrases.TAKE_OVER)})\\s*(?P<room>\\S.*)$")
_PURPOSE = re.compile(f"(?:^|\\s*)(?P<purpose>{_any(phrases.PURPOSES)})$")
_HOME = re.compile(f"^(?:{_any(phrases.HOME)})\\s*(?P<where>.+)$")
_HOME_END = re.compile(f"^(?:{_any(phrases.HOME_ENDS)})*\\W*$")
_BEFORE_HOME = re.compile("^(?:[^\\W\\d_]{2,8}|\\W*)\\W*$")
_ADMIT = re.compile(f"^(?P<verb>{_any([*phrases.ALLOW, *phrases.REFUSE])})\\s*(?P<whom>.{{0,30}})$")
_RATE_FOR = re.compile(
    f"^(?:{_any(phrases.RATE_FOR)})\\s*{_NUMBER}(?P<rating>{_any(RATINGS)}|[1-5]分|[1-5]星)$",
)
_PLACE = re.compile(f"^{_NUMBER}(?:{_any(phrases.PLACE)})\\s*(?:{_any(phrases.PLACE_IS)})\\s*(?P<where>.+)$")
_URGENCY = re.compile(
    f"^{_NUMBER}(?:(?:{_any(phrases.URGENCY_IS)})\\s*(?P<named>{_any(phrases.URGENCIES)})(?:单|的)?"
    f"|(?P<alone>{_any(phrases.URGENCIES_ALONE)}))$"
)
_TELL = re.compile(f"^(?:@\\S{{1,32}}\\s+)?[\\s/]*(?:{_any(phrases.TELL)})[\\s:：,，]*(?P<matter>.+)$", re.DOTALL)


_CALLED = re.compile(
    f"[\\s:：,，]*(?:\\+?(?:86)?[\\s-]?1\\d{{2}}[\\s-]?\\d{{4}}[\\s-]?\\d{{4}}|{_any(phrases.CALLED)})[\\s:：,，]*"
)


def read_about_people(plain: str) -> Found | None:
    """The command that the plain text is, or None."""
    return _setting(plain) or _on_behalf(plain) or _correction(plain)


def _manage(word: str, **details: Any) -> Found:
    return Act.MANAGE, None, {"manage": word, **details}


def _setting(plain: str) -> Found | None:
    if plain in phrases.UNLINK:
        return _manage("unlink")
    if code := _CODE.match(plain):
        return _manage("link", code=code["code"])
    if plain in phrases.UNBIND:
        return _manage("unbind")
    if plain in phrases.FORGET_HOME:
        return _manage("forget_home")
    return _bind(plain) or _home(plain)


def _bind(plain: str) -> Found | None:
    found = _BIND.match(plain)
    if not found:
        return None
    words, details = found["words"].strip(), {}
    if taken := _TAKES.search(words):
        details["takes_over"], words = taken["room"].strip(), words[: taken.start()].strip()
    if purpose := _PURPOSE.search(words):
        details["purpose"], words = phrases.PURPOSES[purpose["purpose"]], words[: purpose.start()].strip()
    return _manage("bind", bind_to=words, **details)


def _home(plain: str) -> Found | None:
    """A home is a place and nothing else: what follows it makes a matter of it (我家在3栋，水管漏了)."""
    found = _HOME.match(plain)
    if not found:
        return None
    said = read_place(found["where"])
    if said.place.building is None:
        return None
    start, end = min(span[1] for span in said.spans), max(span[2] for span in said.spans)
    whole = _BEFORE_HOME.match(found["where"][:start]) and _HOME_END.match(found["where"][end:])
    return _manage("home") if whole else None


def read_joining(plain: str) -> Found | None:
    """报到 and the answer to it: words of every day that mean this only where the scene says so."""
    if plain in phrases.JOIN:
        return _manage("join")
    found = _ADMIT.match(plain)
    return _manage("admit", allow=found["verb"] in phrases.ALLOW, whom=found["whom"].strip()) if found else None


def _on_behalf(plain: str) -> Found | None:
    found = _RATE_FOR.match(plain)
    if not found:
        return None
    rating = RATINGS.get(found["rating"]) or int(found["rating"][0])
    return Act.RATE, _int(found["number"]), {"rating": rating, "on_behalf": True, "bare": True}


def _correction(plain: str) -> Found | None:
    found = _URGENCY.match(plain)
    if found and (found["named"] or found["number"]):
        urgency = phrases.URGENCIES[found["named"] or found["alone"]]
        return Act.CORRECT, _int(found["number"]), {"urgency_to": urgency}
    found = _PLACE.match(plain)
    if not found or any(word in found["where"] for word in phrases.NO_PLACE):
        return None
    return Act.CORRECT, _int(found["number"]), {"place_words": found["where"]}


def _int(digits: str | None) -> int | None:
    return int(digits) if digits else None


@dataclass(frozen=True)
class Told:
    """A matter that staff file for somebody else: its words, whose it is, and the words without the caller."""

    matter: str
    name: str
    heard: str


def read_told(text: str) -> Told | None:
    """The matter behind 代报, or None."""
    found = _TELL.match(clean(text))
    matter = found["matter"].strip() if found else ""
    if len(matter) < SHORTEST_MATTER:
        return None
    name = person_in(matter) or phrases.SOMEBODY
    heard = _CALLED.sub(" ", matter.replace(name, " ")).strip()
    return Told(matter, name, heard if len(heard) >= SHORTEST_MATTER else matter)
