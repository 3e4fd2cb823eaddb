"""Reads a register file, YAML or XLSX, into one shape; whatever is wrong with it is a RegisterInvalid.

    a.yml   ─ events, no tags, anchors or types ─┐
                                                 ├─ Raw ─ register.checked ─ RegisterFile
    a.xlsx  ─ sheets, rows joined by code ───────┘

Nothing in a file is ever executed, resolved or expanded, and its size is bounded before it is read.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from openpyxl import load_workbook
from openpyxl.cell.cell import ERROR_CODES

from desk.domain.errors import RegisterInvalid
from desk.services.register import checked
from desk.services.register_model import KEYS, Problems, Raw, RegisterFile

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
MOST_VALUES = 500_000
MOST_ROWS = 200_000
MOST_COLUMNS = 32
DEEPEST = 8
LARGEST_EXACT = 10**15
"""Excel keeps 15 digits of a number; a longer code typed as a number is already another one."""

WHOLE_FILE = "file"

SHEETS: dict[str, tuple[str, ...]] = {
    "community": KEYS["community"],
    "members": ("id", "name", "role", "roles"),
    "identities": ("member", *KEYS["identities"]),
    "grids": ("code", "name", "officer", "helpers"),
    "covers": ("grid", *KEYS["covers"]),
    "leaders": ("grid", "key", "member"),
    "rooms": KEYS["rooms"],
    "aliases": KEYS["aliases"],
}
_LISTS = {("members", "roles"), ("grids", "helpers")}
_JOINED = {  # sheet: the sheet of its owner, the owner's key, the column that names it
    "identities": ("members", "id", "member"),
    "covers": ("grids", "code", "grid"),
    "leaders": ("grids", "code", "grid"),
}
_TAGS = (None, "", "tag:yaml.org,2002:str")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_COMMA = re.compile("[,\uff0c\u3001;\uff1b]")
_Row = dict[str, Raw]


def read_register(path: Path) -> RegisterFile:
    """The register of a file, checked in itself.

    Raises:
        RegisterInvalid: `problems` lists what is wrong and where; `more` counts those not listed.
    """
    problems = Problems()
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise _unreadable("format", known=sorted(_READERS))
    root = reader(_bytes(path), problems)
    found = checked(root, problems)
    problems.raise_if_any()
    return found


def _unreadable(reason: str, where: str = WHOLE_FILE, **facts: Any) -> RegisterInvalid:
    return RegisterInvalid(problems=[{"where": where, "code": "unreadable", "reason": reason, **facts}], more=0)


def _bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise _unreadable("no_file")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise _unreadable("not_found") from error
    except (OSError, ValueError) as error:
        raise _unreadable("refused") from error
    if len(data) > MOST_BYTES:
        raise _unreadable("too_large", most=MOST_BYTES)
    return data


# --- YAML -----------------------------------------------------------------------------------------------------------


def _read_yaml(data: bytes, problems: Problems) -> Raw:
    """Every scalar is the text that was typed: no dates, no numbers in octal, no Norway that is false."""
    try:
        events = yaml.parse(data.decode("utf-8-sig"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return _built(events, problems)
    except UnicodeDecodeError as error:
        raise _unreadable("not_utf8", _line(data.count(b"\n", 0, error.start))) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _unreadable("not_yaml", _line(mark.line) if mark else WHOLE_FILE) from error


def _line(index: int) -> str:
    return f"line {index + 1}"


def _built(events: Iterable[yaml.Event], problems: Problems) -> Raw:
    """Builds the tree without recursion, so that neither depth nor aliases can hurt."""
    open_: list[_Open] = [_Open(Raw(WHOLE_FILE, []), problems)]
    for count, event in enumerate(events):
        where = _line(event.start_mark.line if event.start_mark else 0)
        if getattr(event, "anchor", None):
            raise _unreadable("anchor", where)
        if getattr(event, "tag", None) not in _TAGS:
            raise _unreadable("tag", where)
        if len(open_) > DEEPEST or count > MOST_VALUES:
            raise _unreadable("too_deep" if len(open_) > DEEPEST else "too_large", where)
        if isinstance(event, yaml.ScalarEvent):
            is_null = event.implicit[0] and event.value in _NULLS
            open_[-1].take(Raw(where, None if is_null else event.value))
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            open_.append(_Open(Raw(where, {} if isinstance(event, yaml.MappingStartEvent) else []), problems))
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = open_.pop()
            open_[-1].take(closed.raw)
    documents = open_[0].raw.value
    if len(documents) > 1:
        raise _unreadable("several_documents", documents[1].where)
    return Raw(WHOLE_FILE, documents[0].value) if documents else Raw(WHOLE_FILE, None)


class _Open:
    """A list or mapping whose end has not come yet."""

    def __init__(self, raw: Raw, problems: Problems) -> None:
        self.raw, self._problems = raw, problems
        self._key: Raw | None = None

    def take(self, value: Raw) -> None:
        """The next element, key or value."""
        if isinstance(self.raw.value, list):
            self.raw.value.append(value)
        elif self._key is None:
            self._key = value
        else:
            _put(self.raw.value, self._key, value, self._problems)
            self._key = None


def _put(mapping: _Row, key: Raw, value: Raw, problems: Problems) -> None:
    name = key.value.strip() if isinstance(key.value, str) else None
    if not name:
        problems.add(key.where, "bad_key")
    elif name in mapping:
        problems.add(key.where, "duplicate", key=name)
    else:
        mapping[name] = value


# --- XLSX -----------------------------------------------------------------------------------------------------------


def _read_xlsx(data: bytes, problems: Problems) -> Raw:
    """The sheets as the tree that the YAML of the same register would be."""
    try:
        _refuse_bomb(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = {sheet.title.strip().lower(): _rows(sheet, problems) for sheet in book.worksheets}
    except RegisterInvalid:
        raise
    except Exception as error:  # a broken archive makes openpyxl raise anything, from KeyError to its parser's own
        raise _unreadable("not_xlsx") from error
    return _joined({name: rows for name, rows in sheets.items() if name in SHEETS}, problems)


def _refuse_bomb(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
            raise _unreadable("too_large", most=MOST_UNPACKED)
        for part in archive.infolist():
            if b"<!DOCTYPE" in archive.read(part).replace(b"\0", b""):
                raise _unreadable("anchor")


def _rows(sheet: Any, problems: Problems) -> list[Raw]:
    """The rows of a sheet, each a mapping by the names in its first row that is not blank."""
    sheet.reset_dimensions()
    name, rows = sheet.title.strip().lower(), []
    head: list[str | None] | None = None
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), 1):
        where = f"sheet {name} row {number}"
        if number > MOST_ROWS:
            raise _unreadable("too_large", where, most=MOST_ROWS)
        texts = [_cell(value, where, problems) for value in cells]
        if not any(texts):
            continue
        if name not in SHEETS:
            problems.add(f"sheet {name}", "unknown_sheet", key=name, known=list(SHEETS))
            return []
        if head is None:
            head = _head(name, texts, where, problems)
        else:
            rows.append(Raw(where, _row(name, head, texts, where, problems)))
    return rows


def _head(sheet: str, texts: list[str | None], where: str, problems: Problems) -> list[str | None]:
    names = [text.lower() if text else None for text in texts]
    for name in dict.fromkeys(filter(None, names)):
        if name not in SHEETS[sheet]:
            problems.add(where, "unknown_key", key=name, known=list(SHEETS[sheet]))
        elif names.count(name) > 1:
            problems.add(where, "duplicate", key=name)
    return names


def _row(sheet: str, head: list[str | None], texts: list[str | None], where: str, problems: Problems) -> _Row:
    row: _Row = {}
    for index, text in enumerate(texts):
        key = head[index] if index < len(head) else None
        if text and key is None:
            problems.add(where, "no_column", value=text)
        elif text and key in SHEETS[sheet]:
            pieces = [Raw(where, piece.strip()) for piece in _COMMA.split(text) if piece.strip()]
            row[str(key)] = Raw(where, pieces if (sheet, key) in _LISTS else text)
    return row


def _cell(value: Any, where: str, problems: Problems) -> str | None:
    """A cell as text. What Excel has made of it on its own (`3-2` a day in March) is a problem, never a guess."""
    if value is None or (isinstance(value, str) and value not in ERROR_CODES):
        return (value or "").strip() or None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value == value // 1 and abs(value) < LARGEST_EXACT:
            return str(int(value))
        problems.add(where, "bad_number", value=str(value))
    elif isinstance(value, (date, time, timedelta)):
        problems.add(where, "is_date", value=str(value))
    else:
        problems.add(where, "not_text", value=str(value))
    return None


def _joined(sheets: dict[str, list[Raw]], problems: Problems) -> Raw:
    """Puts identities under their member, covers and leaders under their grid."""
    for sheet, (owners, key, column) in _JOINED.items():
        known = {owner.value[key].value: owner for owner in reversed(sheets.get(owners, [])) if key in owner.value}
        for raw in sheets.get(sheet, []):
            named = raw.value.pop(column, Raw(raw.where, None))
            if named.value is None:
                problems.add(raw.where, "missing", key=column)
            elif named.value not in known:
                problems.add(raw.where, f"unknown_{column}", value=named.value)
            elif sheet == "leaders":
                _attach_leader(known[named.value].value, raw, problems)
            else:
                known[named.value].value.setdefault(sheet, Raw(raw.where, [])).value.append(raw)
    communities = sheets.get("community", [])
    for extra in communities[1:]:
        problems.add(extra.where, "duplicate", key="community")
    root = {name: Raw(f"sheet {name}", sheets.get(name, [])) for name in KEYS["file"]}
    root["community"] = communities[0] if communities else Raw("sheet community", None)
    return Raw(WHOLE_FILE, root)


def _attach_leader(owner: _Row, raw: Raw, problems: Problems) -> None:
    leaders = owner.setdefault("leaders", Raw(raw.where, {}))
    absent = [column for column in ("key", "member") if column not in raw.value]
    for column in absent:
        problems.add(raw.where, "missing", key=column)
    if not absent:
        _put(leaders.value, raw.value["key"], raw.value["member"], problems)


_READERS = {".yml": _read_yaml, ".yaml": _read_yaml, ".xlsx": _read_xlsx}
