"""Sentences live in bot/texts and phrases in bot/routing/phrases.py: nowhere else in our code is Chinese said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HAN = re.compile("[\u3400-\u9fff]")  # a sign of punctuation alone is no sentence
ALLOWED = {"bot/routing/phrases.py", "bot/routing/people_phrases.py"}
# Patterns of the reply grammar: full-width signs and single characters around phrases that are in the table.
PATTERNS = {"bot/routing/grammar.py", "bot/routing/people.py", "bot/gateway/matters.py", "desk/services/quotes.py"}


def sources() -> list[str]:
    found = [p.relative_to(ROOT).as_posix() for f in ("desk", "actions", "bot") for p in (ROOT / f).rglob("*.py")]
    return sorted(path for path in found if path not in ALLOWED)


def chinese_in(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every Chinese string that is no docstring."""
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings, also of attributes
    for node in ast.walk(tree):
        said = node.value if isinstance(node, ast.Constant) and id(node) not in alone else None
        if isinstance(said, str) and HAN.search(said):
            yield node.lineno, said


def test_the_search_tells_a_docstring_from_a_sentence() -> None:
    source = '"""模块"""\nx = 1\n"""属性"""\ndef f():\n    """函数"""\n    return f"{x}号单"  # 注释\n'
    assert list(chinese_in(source)) == [(6, "号单")]


def test_there_are_sources() -> None:
    assert {"desk/services/filing.py", "actions/base.py", "bot/texts/__init__.py"} <= set(sources())


def test_no_chinese() -> None:
    found = {path: list(chinese_in((ROOT / path).read_text(encoding="utf-8"))) for path in sources()}
    assert {path: said for path, said in found.items() if said and path not in PATTERNS} == {}


@pytest.mark.parametrize("path", sorted(PATTERNS))
def test_patterns_hold_no_sentences(path: str) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")
    for line, text in chinese_in(source):
        assert re.search(r"[(\[|?*\\+^$]", text) or len(text) <= 4, f"line {line}: {text}"
