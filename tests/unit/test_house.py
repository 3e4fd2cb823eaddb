"""The size of things: a function that fits a screen, a file that is about one thing."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
FOLDERS = ("actions", "bot", "desk", "nlu")
LONGEST_FUNCTION, LONGEST_FILE = 40, 320
MEDIAN = 10
"""House rule: the median function is short; most are read at a glance."""


def files() -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


@cache
def functions(path: Path) -> list[tuple[str, int]]:
    """Name and length of every function, without its docstring."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first, words = node.body[0], 0
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                words = (first.end_lineno or 0) - first.lineno + 1
            found.append((node.name, (node.end_lineno or 0) - node.lineno + 1 - words))
    return found


def test_no_function_is_longer_than_a_screen() -> None:
    long = [(str(path), name, n) for path in files() for name, n in functions(path) if n > LONGEST_FUNCTION]
    assert long == []


def test_no_file_is_about_several_things() -> None:
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files()}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_the_median_function_is_short() -> None:
    lengths = [lines for path in files() for _, lines in functions(path)]
    assert len(lengths) > 300
    assert median(lengths) <= MEDIAN
    assert sorted(lengths)[len(lengths) * 9 // 10] <= 30


def test_no_two_test_files_have_one_name() -> None:
    """pytest takes the second for the first, and stops."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py") if "peers" not in path.parts]
    assert {name for name in names if names.count(name) > 1} == set()
