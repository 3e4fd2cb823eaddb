"""Judges recorded traffic by the published types of aiogram. Runs in an environment of its own, without ours.

    python check_types.py TRAFFIC.jsonl

A line is {"update": …}, {"request": METHOD, "given": …} or {"result": METHOD, "is": …}. Prints what does not fit and
how many lines were looked at; exit 1 if anything does not fit.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from aiogram import methods
from aiogram.types import Update
from pydantic import BaseModel, TypeAdapter, ValidationError


def unknown(found: Any, here: str = "") -> Iterator[str]:
    """Fields that the types do not know: they are allowed for what is to come, and would hide a wrong name."""
    if isinstance(found, BaseModel):
        yield from (f"{here}.{name}: no such field" for name in found.model_extra or {})
        for name in found.model_fields_set:
            yield from unknown(getattr(found, name, None), f"{here}.{name}")
    elif isinstance(found, (list, tuple)):
        for item in found:
            yield from unknown(item, f"{here}[]")


def method_named(name: str) -> Any:
    return getattr(methods, name[0].upper() + name[1:])


def problems(line: dict[str, Any]) -> Iterator[str]:
    if "update" in line:
        found: Any = Update.model_validate(line["update"])
    elif "request" in line:
        found = method_named(line["request"]).model_validate(line["given"])
    else:
        found = TypeAdapter(method_named(line["result"]).__returning__).validate_python(line["is"])
    yield from unknown(found)


def main(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        lines = [json.loads(text) for text in file]
    bad = 0
    for line in lines:
        what = line.get("request") or line.get("result") or "update"
        try:
            found = list(problems(line))
        except ValidationError as error:
            found = [str(error)]
        bad += bool(found)
        for problem in found:
            print(f"{what}: {problem}\n    {json.dumps(line, ensure_ascii=False)[:600]}")
    print(f"{len(lines)} looked at, {bad} do not fit")
    return 1 if bad or not lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
