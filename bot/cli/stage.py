"""Shows a conversation in a terminal as people would see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.channels.contract import Outgoing
from bot.cli.words import word
from bot.gateway.transcript import Entry
from bot.texts import ledger_word, place_words

_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan")


class Stage:
    """Prints who says what where; a room keeps its colour."""

    def __init__(self, console: Console, names: Mapping[str, str]) -> None:
        """`names` gives the name of a user id, for private messages."""
        self._console = console
        self._names = dict(names)
        self._colours: dict[str, str] = {}
        self.heard = 0
        self.spoken = 0
        self.answered: set[str] = set()

    def person(self, entry: Entry) -> None:
        """Somebody says something."""
        arrival = entry.arrival
        if arrival is None or arrival.user is None:
            return
        self.heard += 1
        self._names[arrival.user] = arrival.name
        where = arrival.room or word("demo.private")
        extra = " ".join(f"[{item['kind']}]" for item in arrival.attachments)
        said = " ".join(part for part in (arrival.text, extra) if part)
        self._line(entry.at, where, f"{escape(arrival.name)}：{escape(said)}")

    def bot(self, message: Outgoing, zone: tzinfo, number: str = "") -> None:
        """The bot says something."""
        self.spoken += 1
        if message.reply_to:
            self.answered.add(message.reply_to)
        where = message.room or f"{word('demo.private')} {self._names.get(message.to or '', message.to or '')}"
        name = f"[bold]{word('console.bot')}[/bold]" + (f" ({number})" if number else "")
        lines = escape(message.text).split("\n")
        self._line(message.at.astimezone(zone), where, f"  ⮑ {name}：{lines[0]}", style="bold")
        for line in lines[1:]:
            self._console.print(f"{'':>18}{line}", highlight=False)

    def ledger(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """The ledger as a table."""
        columns = ("code", "kind", "category", "urgency", "state", "summary", "location", "assignee", "rating")
        table = Table(title=word("demo.ledger"), show_lines=False)
        for column in columns:
            table.add_column(ledger_word("column", column), overflow="fold")
        for row in rows:
            table.add_row(*[escape(_cell(column, row[column])) for column in columns])
        self._console.print(table)

    def _line(self, at: datetime, where: str, said: str, style: str = "") -> None:
        colour = self._colours.setdefault(where, _COLOURS[len(self._colours) % len(_COLOURS)])
        head = f"[dim]{at:%m-%d %H:%M}[/dim] [{colour}]{escape(where)}[/{colour}]"
        self._console.print(f"{head}  {said}", style=style, highlight=False, soft_wrap=True)


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column == "location":
        return place_words({**value, "room": None})
    if isinstance(value, Mapping):
        return str(value.get("name") or "")
    return ledger_word(column, value) if column in ("kind", "category", "urgency", "state") else str(value)
