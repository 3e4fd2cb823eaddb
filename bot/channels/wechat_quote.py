"""A quoted message of WeChat (引用), which has no field of its own.

    「李姐：三号楼电梯坏了」                 the form that gateways make of it; a full-width or an ASCII colon
    - - - - - - - - - - - - - - -
    我来

    <msg><appmsg><title>我来</title><type>57</type><refermsg>…</refermsg></appmsg></msg>    what WeChat itself sends

Anybody can type the first form, so that the name in it is nobody's: at most it says that the bot is spoken to, as a
typed @ would. The quoted words only say which message is meant, as a typed number would; who may act on it is looked up
from the account that speaks.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

LONGEST_NAME = 64
"""Characters of a display name; WeChat allows 32."""

LONGEST_XML = 200_000
"""Characters of XML that are looked at; what WeChat sends has a few thousand."""

_DASHES = frozenset("-—–_ ")
_FEWEST_DASHES = 5
_QUOTES = "57"


@dataclass(frozen=True)
class Quote:
    """What was quoted and what is said to it; `message` is the id of the quoted message where the platform gave it."""

    text: str
    reply: str
    message: str | None = None
    name: str = field(default="", compare=False)


def quote_in_text(text: str) -> Quote | None:
    """The quote of the first form, or None for any other text."""
    if not text.lstrip().startswith("「"):
        return None
    lines = text.strip().split("\n")
    for number, line in enumerate(lines):
        if number and _is_rule(line):
            return _quote("\n".join(lines[:number]).strip(), "\n".join(lines[number + 1 :]).strip())
    return None


def _is_rule(line: str) -> bool:
    bare = line.strip()
    return set(bare) <= _DASHES and len(bare) - bare.count(" ") >= _FEWEST_DASHES


def _quote(head: str, reply: str) -> Quote | None:
    if not head.endswith("」"):
        return None
    inner = head[1:-1]
    ends = [at for at in (inner.find("：", 0, LONGEST_NAME + 1), inner.find(":", 0, LONGEST_NAME + 1)) if at > 0]
    if not ends or "\n" in inner[: min(ends)]:
        return None
    return Quote(inner[min(ends) + 1 :].strip(), reply, name=inner[: min(ends)].strip())


def quote_in_xml(text: str) -> Quote | None:
    """The quote of the second form, or None."""
    message = parsed(text)
    app = message.find(".//appmsg") if message is not None else None
    if app is None or _said(app, "type") != _QUOTES:
        return None
    quoted = app.find("refermsg")
    if quoted is None:
        return None
    words, name = _words_of(_said(quoted, "content")), _said(quoted, "displayname")
    return Quote(words, _said(app, "title"), _said(quoted, "svrid") or None, name)


def _words_of(content: str) -> str:
    """The words of a quoted message: itself, or the title of what stands there as XML (a quote, a link)."""
    return title_in_xml(content) if content.startswith("<") else content


def title_in_xml(text: str) -> str:
    """What people see of a card that is sent as XML: a link's title, a place's name; empty without one."""
    message = parsed(text)
    title = message.find(".//title") if message is not None else None
    return (title.text or "").strip() if title is not None else ""


def attributes_in_xml(text: str, tag: str) -> dict[str, str]:
    """The attributes of the first element of that name; empty without one."""
    message = parsed(text)
    found = message if message is not None and message.tag == tag else None
    if found is None and message is not None:
        found = message.find(f".//{tag}")
    return dict(found.attrib) if found is not None else {}


def parsed(text: str) -> ET.Element | None:
    """The XML of a message; None when it is none, too large, or declares entities, which WeChat never does.

    In rooms some gateways leave the sender's id and a line break before it.
    """
    start = text.find("<", 0, LONGEST_NAME * 2)
    if start < 0 or len(text) > LONGEST_XML or "<!" in text.replace("<![CDATA[", ""):
        return None
    try:
        return ET.fromstring(text[start:].strip())
    except (ET.ParseError, ValueError, RecursionError):
        return None


def _said(element: ET.Element, tag: str) -> str:
    found = element.find(tag)
    return (found.text or "").strip() if found is not None else ""
