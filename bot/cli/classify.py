"""`linli classify`: what each line of a file wants."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import typer

from bot.bootstrap import open_reader
from bot.cli.errors import SOME_UNUSABLE, one_line
from bot.cli.streams import opened
from bot.cli.words import progress
from bot.dialogue.contract import Dialogue, Parse
from bot.gateway.reading import act_of
from bot.gateway.transcript import LineUnusable, checked_text, lines_of, parse_object
from bot.settings import read_settings
from desk.domain.words import Act

CHUNK = 1_000
"""Lines read in one pass."""


def run(file: str) -> None:
    """Prints one object a line; exit 1 when some lines were unusable."""
    with one_line(), opened(file) as stream:
        settings = read_settings()
        reader = open_reader(settings, progress)
        unusable = 0
        for result in classify(reader, lines_of(stream), settings.speak_from):
            unusable += "error" in result
            sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        if unusable:
            raise typer.Exit(SOME_UNUSABLE)


def classify(reader: Dialogue, lines: Iterable[str | LineUnusable], speak_from: float) -> Iterator[dict[str, Any]]:
    """One result a line, in order, read in chunks."""
    return results(reader, (_text_of(line) for line in lines), speak_from)


def results(reader: Dialogue, texts: Iterable[str | LineUnusable], speak_from: float) -> Iterator[dict[str, Any]]:
    """One result a text, in order, read in chunks; an unusable one is its error."""
    left = iter(texts)
    while chunk := list(islice(left, CHUNK)):
        parses = iter(reader.read([text for text in chunk if isinstance(text, str)]))
        for text in chunk:
            yield text.as_dict() if isinstance(text, LineUnusable) else result_of(text, next(parses), speak_from)


def _text_of(line: str | LineUnusable) -> str | LineUnusable:
    try:
        if isinstance(line, LineUnusable):
            return line
        return checked_text(parse_object(line).get("text") if line.startswith("{") else line)
    except LineUnusable as unusable:
        return unusable


def result_of(text: str, parse: Parse, speak_from: float) -> dict[str, Any]:
    """The reading of one text as the interface has it."""
    act, confidence = act_of(parse)
    report = act is Act.REPORT
    matter = parse.get("matter") or {}
    return {
        "text": text,
        "act": act.value,
        "confidence": round(confidence, 4),
        "kind": matter.get("kind") if report else None,
        "category": matter.get("category") if report else None,
        "urgency": matter.get("urgency") if report else None,
        "speak": report and confidence >= speak_from,
        "location": parse.get("location"),
    }
