"""Input and output of the commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import typer

from bot.cli.errors import NOTHING_DONE
from bot.cli.words import tell


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """The file, or standard input for `-`."""
    if file == "-":
        yield sys.stdin.buffer
    else:
        with open(file, "rb") as stream:
            yield stream


def raw_lines(descriptor: int) -> Iterator[bytes]:
    """The lines of a descriptor, as they come, with their ends.

    Without a buffered reader: Python aborts when it ends while a thread still waits inside one.
    """
    rest = b""
    while some := os.read(descriptor, 65_536):
        *lines, rest = (rest + some).split(b"\n")
        yield from (line + b"\n" for line in lines)
    if rest:
        yield rest


def write(out: Path, content: bytes) -> None:
    """Writes a file that was asked for, and says so; exit 2 where it cannot be written."""
    try:
        out.write_bytes(content)
    except OSError as error:
        raise unwritable(out) from error
    tell("progress.written", path=out)


def unwritable(out: Path) -> typer.Exit:
    """Says that a file cannot be written; the exit to raise."""
    tell("errors.unwritable", path=out)
    return typer.Exit(NOTHING_DONE)
