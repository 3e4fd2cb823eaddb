"""The pages name files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "tests" / "nlu" / "README.md"])

TOPS = "actions|bot|benchmarks|data|deploy|desk|docs|nlu|scripts|tests|\\.ci"
MADE_THERE = {"deploy/.env"}
"""What its reader makes."""

_PATH = re.compile(rf"`((?:{TOPS})/[\w./*<>{{}},-]+)(?::[\w.,`* -]+)?`")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#([^)\s]+))?\)")


def named(page: Path) -> set[str]:
    """The paths in backquotes; a pattern (*) or a placeholder (<name>) stands for what it fits."""
    return {found[1].rstrip("/") for found in _PATH.finditer(page.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_is_there(page: Path) -> None:
    missing = {path for path in named(page) - MADE_THERE if not list(ROOT.glob(re.sub(r"<[^>]*>", "*", path)))}
    assert missing == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target, _ in links if not (page.parent / target).exists()] == []


def test_paths_are_found_at_all() -> None:
    assert len({path for page in PAGES for path in named(page)}) > 60
