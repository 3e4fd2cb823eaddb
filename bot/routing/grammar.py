"""Reads the exact reply grammar: a verb, by reply or with a ticket's number (接231, 231办结, 满意).

A number is a ticket only beside a verb. Everything that does not match exactly is left to the pipeline, whose act then
takes its details (rating, list, person) from `details_of`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.routing import phrases
from bot.routing.people import read_about_people, read_joining
from desk.domain.words import Act
from nlu.numerals import in_digits
from nlu.text import normalise

LONGEST_COMMAND = 40
"""Characters; nobody types a longer one."""

_EDGES = re.compile(r"^[\W_]+|[^\w+]+$")
_INNER = re.compile(r"[\s,，。.!！~～、:：;；]+")
_TICKET = "号(?:工?单(?!元)|心愿)"
"""What makes a ticket of a number said in Chinese: 三号单, and neither 三号楼 nor 三号单元."""

_NUMBER = r"(?P<number>\d{1,7})\s*(?:号(?:工?单|心愿)?|单)?"


@dataclass(frozen=True)
class Command:
    """An exact command: its act, the number it names, its details."""

    act: Act
    number: int | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, Any]:
        """What goes into the reading."""
        return {**self.details, **({"number": self.number} if self.number is not None else {})}


def read_command(text: str) -> Command | None:
    """The command that the text is, or None."""
    if len(text) > LONGEST_COMMAND * 4:
        return None
    plain = _plain(in_digits(normalise(text), _TICKET))
    if not plain or len(plain) > LONGEST_COMMAND:
        return None
    if (found := read_about_people(plain)) is not None:
        return Command(*found)
    return _listing(plain) or _verb(plain) or _named(plain) or _supplement(plain) or _manage(plain)


def read_joining_command(text: str) -> Command | None:
    """报到, 同意, 不同意: commands only where somebody reports in or is asked about it."""
    found = read_joining(_plain(normalise(text))) if len(text) <= LONGEST_COMMAND else None
    return Command(*found) if found is not None else None


def _plain(text: str) -> str:
    trimmed = _EDGES.sub("", text) if not text.startswith("+") else text
    bare = _without_politeness(trimmed)
    return _INNER.sub(" ", bare).strip()


def _without_politeness(text: str) -> str:
    for _ in range(2):
        for word in sorted(phrases.POLITE, key=len, reverse=True):
            if text.endswith(word) and len(text) > len(word):
                text = _EDGES.sub("", text[: -len(word)])
    return text or ""


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(sorted((re.escape(word) for word in words), key=len, reverse=True))


def _around(words: Iterable[str]) -> re.Pattern[str]:
    """The verb alone, or with a number before or behind it."""
    verb = f"(?P<verb>{_alternatives(words)})"
    before, after = (_NUMBER.replace("number", name) for name in ("before", "after"))
    return re.compile(f"^(?:{before})?\\s*{verb}了?\\s*(?:{after})?$")


_VERBS = {
    Act.CLAIM: _around(phrases.CLAIM),
    Act.RELEASE: _around(phrases.RELEASE),
    Act.FINISH: _around(phrases.FINISH),
    Act.RATE: _around([*phrases.RATINGS, *(f"{n}{unit}" for n in range(1, 6) for unit in "分星")]),
    Act.WITHDRAW: _around(phrases.WITHDRAW),
    Act.URGE: _around(phrases.URGE),
    Act.SECOND: _around(phrases.SECOND),
    Act.QUERY: _around(phrases.QUERY_ONE),
    Act.HELP: _around(phrases.HELP),
}


_JUDGED = re.compile(f"^(?:{_NUMBER})?\\s*(?P<verb>{_alternatives(phrases.RATINGS)})[ 还又但就,].*$")


def _verb(plain: str) -> Command | None:
    for act, pattern in _VERBS.items():
        found = pattern.match(plain)
        if found:
            number = found["before"] or found["after"]
            details = {"rating": rating_of(found["verb"]), "bare": True} if act is Act.RATE else {}
            return Command(act, int(number) if number else None, details)
    if judged := _JUDGED.match(plain):
        return Command(Act.RATE, _int(judged["number"]), {"rating": rating_of(judged["verb"])})
    return None


_GRID = "(?<![\\d一二三四五六七八九十])第?(?:[一二三四五六七八九十]{1,3}|\\d{1,3})号?网格"
_STATS = re.compile(
    f"^(?P<of>{_GRID})?的?(?P<period>{_alternatives(w for words in phrases.PERIODS.values() for w in words)})?的?"
    f"(?P<what>{_alternatives(w for words in phrases.LISTINGS.values() for w in words)})"
    "(?:的单|单|有哪些|的有哪些|几单)?$"
)


def _listing(plain: str) -> Command | None:
    found = _STATS.match(plain)
    if not found:
        return None
    details = {"listing": _key(phrases.LISTINGS, found["what"]), "period": period_of(plain)}
    return Command(Act.QUERY, None, {**details, **({"of_grid": found["of"]} if found["of"] else {})})


def _key(table: dict[str, list[str]], word: str) -> str:
    return next(key for key, words in table.items() if word in words)


_ASSIGN = re.compile(
    f"^(?:{_NUMBER.replace('number', 'before')})?\\s*(?:{_alternatives(phrases.ASSIGN)})\\s*"
    f"(?:{_NUMBER.replace('number', 'after')}\\s*给?)?\\s*(?P<name>[^\\d\\s给我你他她它][^\\d\\s]{{1,11}}?)"
    f"(?:{_alternatives(phrases.TO_DO)})?$"
)
_ESCALATE = re.compile(
    f"^(?:{_NUMBER.replace('number', 'before')})?\\s*(?:{_alternatives(phrases.ESCALATE)})\\s*"
    f"(?:{_NUMBER.replace('number', 'after')})?\\s*(?P<name>[^\\d\\s]{{2,16}})$"
)
_CORRECT = re.compile(
    f"^(?:{_NUMBER.replace('number', 'before')})?\\s*(?:{_alternatives(phrases.CORRECT)})\\s*"
    f"(?P<name>{_alternatives([*phrases.KINDS, *phrases.CATEGORIES])})(?:\\s*(?:不是|不算).*|类)?$"
)
_NOT_REQUEST = re.compile(f"^(?:{_NUMBER.replace('number', 'before')})?\\s*(?:{_alternatives(phrases.NOT_REQUEST)})$")


def _named(plain: str) -> Command | None:
    """The verbs of staff, which name somebody or something."""
    if found := _NOT_REQUEST.match(plain):
        return Command(Act.CORRECT, _int(found["before"]), {"not_request": True})
    if found := _CORRECT.match(plain):
        return Command(Act.CORRECT, _int(found["before"]), _correction(found["name"]))
    if found := _ESCALATE.match(plain):
        return Command(Act.ESCALATE, _int(found["before"] or found["after"]), {"department": found["name"]})
    if found := _ASSIGN.match(plain):
        return Command(Act.ASSIGN, _int(found["before"] or found["after"]), {"assign_to": found["name"]})
    return None


def _correction(name: str) -> dict[str, Any]:
    kind, category = phrases.KINDS.get(name), phrases.CATEGORIES.get(name)
    return {"kind_to": kind} if kind else {"category_to": category}


def _int(digits: str | None) -> int | None:
    return int(digits) if digits else None


_SUPPLEMENT = re.compile(
    f"^(?:{_NUMBER.replace('number', 'before')})?\\s*(?:{_alternatives(phrases.SUPPLEMENT)})(?:一下|一点|说明)?\\s*"
    # Behind the verb a number stands alone: 补充3号楼 is a place.
    f"(?:(?P<after>\\d{{1,7}})(?:号?单)?(?:\\s|$)(?!号|楼|栋|幢|座|单元|层))?\\s*(?P<rest>.*)$"
)


def _supplement(plain: str) -> Command | None:
    found = _SUPPLEMENT.match(plain)
    return Command(Act.SUPPLEMENT, _int(found["before"] or found["after"])) if found else None


_CALLED = re.compile(f"^(?:{_alternatives(phrases.BOT_NAMES)})\\s+")


def _manage(plain: str) -> Command | None:
    plain = _CALLED.sub("", plain)
    return Command(Act.MANAGE, details={"manage": phrases.MANAGE[plain]}) if plain in phrases.MANAGE else None


def rating_of(text: str) -> int | None:
    """1 to 5, as said anywhere in the text; the longest word wins, so that 不满意 is not 满意."""
    if found := re.search(r"([1-5])\s*(?:分|颗?星)", text):
        return int(found[1])
    said = [word for word in sorted(phrases.RATINGS, key=len, reverse=True) if word in text]
    return phrases.RATINGS[said[0]] if said else None


def period_of(text: str) -> str:
    """today, week or month; today when nothing is said."""
    return next((key for key, words in phrases.PERIODS.items() if any(word in text for word in words)), "today")


_NAMED_TICKET = re.compile(
    r"(?:单号|编号|工单|心愿)\s*(\d{1,6})|(\d{1,6})\s*(?:号单|号工单|号心愿|这单|那单|单(?!元))"
    r"|^(\d{1,6})\s*号?(?=那个|这个|的?事|到|怎|啥|什么|处理|办|修|还没|进度)"
    r"|(?:催|查|问|接|退|撤销?|补充|附议|办结)(?:一下)?\s*(\d{1,6})(?![\d号楼栋幢座单元室年月日点分:.%块元米])"
)


def details_of(act: Act, text: str) -> dict[str, Any]:
    """The details of a freer message whose act the pipeline has read."""
    plain = in_digits(normalise(text), _TICKET)
    maker = _DETAILS.get(act)
    details = maker(plain) if maker else {}
    number = _ticket_number(act, plain)
    return {**details, **({"number": number} if number is not None else {})}


def _ticket_number(act: Act, plain: str) -> int | None:
    if act in (Act.REPORT, Act.CHITCHAT, Act.ADVERT, Act.HELP, Act.MANAGE):
        return None
    found = _NAMED_TICKET.search(plain)
    return int(next(group for group in found.groups() if group)) if found else None


_OF_GRID = re.compile(_GRID)
_OF_MEMBER = re.compile(
    f"^(?:{_alternatives(phrases.LEAD_IN)})*"
    f"(?!{_alternatives(phrases.NOBODY)})(?P<name>[\\u4e00-\\u9fff]{{2,4}}?)(?:{_alternatives(phrases.IN_HAND)})"
)


def _query_details(plain: str) -> dict[str, Any]:
    about = any(word in plain for word in phrases.ABOUT_TICKETS)
    for listing, words in phrases.LISTING_CUES.items():
        if any(word in plain for word in words) and (about or listing == "mine"):
            return _of_whom(listing, plain)
    return {}


def _of_whom(listing: str, plain: str) -> dict[str, Any]:
    """The list, of a grid (二网格没办完的) or of what a person has in hand (张伟手里还有几单) where one is named."""
    details = {"listing": listing, "period": period_of(plain)}
    if listing == "mine":
        return details
    if grid := _OF_GRID.search(plain):
        return {**details, "of_grid": grid[0]}
    if named := _OF_MEMBER.match(plain):
        asked = "open" if listing == "stats" and not any(word in plain for word in phrases.FIGURES) else listing
        return {**details, "listing": asked, "of_member": named["name"]}
    return details


def _rate_details(plain: str) -> dict[str, Any]:
    return {"rating": rating_of(plain)}


_TO_WHOM = re.compile(
    f"(?:{_alternatives(w for w in phrases.ASSIGN if len(w) > 1)}|让|叫)\\s*(?P<name>[\\u4e00-\\u9fff]{{2,8}}?)"
    "(?:去|来|处理|跟进|看|办|吧|,|，|。|$)"
)
_TO_LEVEL = re.compile(
    f"(?:{_alternatives(phrases.ESCALATE)}|报给|报)\\s*(?P<name>[\\u4e00-\\u9fff]{{2,10}}?)(?:来|处理|看|吧|,|，|。|$)"
)


def _assign_details(plain: str) -> dict[str, Any]:
    found = _TO_WHOM.search(plain)
    return {"assign_to": found["name"]} if found else {}


def _escalate_details(plain: str) -> dict[str, Any]:
    found = _TO_LEVEL.search(plain)
    return {"department": found["name"]} if found else {}


def _correct_details(plain: str) -> dict[str, Any]:
    if any(phrase in plain for phrase in phrases.NOT_REQUEST):
        return {"not_request": True}
    named = re.search(
        f"(?<!不)(?:是|算|属于|改成|改为|归)\\s*(?P<name>{_alternatives([*phrases.KINDS, *phrases.CATEGORIES])})", plain
    )
    return _correction(named["name"]) if named else {}


_DETAILS = {
    Act.QUERY: _query_details,
    Act.RATE: _rate_details,
    Act.ASSIGN: _assign_details,
    Act.ESCALATE: _escalate_details,
    Act.CORRECT: _correct_details,
}
