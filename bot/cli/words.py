"""What the command says, from bot/texts/cli.zh_CN.yml."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).parent.parent / "texts" / "cli.zh_CN.yml"

PROBLEMS_SHOWN = 20
"""Problems of a file that are listed; the first of them usually cause the rest."""


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded


def word(path: str, /, **facts: Any) -> str:
    """The sentence at `section.name`, filled."""
    section, name = path.split(".", 1)
    return _words()[section][name].format(**facts)


def words_of(section: str) -> dict[str, str]:
    """All words of a section, by name."""
    return _words()[section]


def reason_of(code: str) -> str:
    """The word for a reason code; the code itself where there is none."""
    return _words()["reasons"].get(code, code)


def tell(path: str, /, **facts: Any) -> None:
    """Says it on stderr: stdout is for what was asked."""
    print(word(path, **facts), file=sys.stderr, flush=True)


def progress(step: str) -> None:
    """Says what long work is under way."""
    tell(f"progress.{step}")
