"""`linli replay`: a recorded chat through the whole system."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from bot.bootstrap import open_desk, open_dialogue
from bot.cli.community import import_file
from bot.cli.errors import SOME_UNUSABLE, one_line
from bot.cli.streams import opened
from bot.cli.words import progress, tell
from bot.gateway.replay import Replay, TranscriptChannel
from bot.gateway.transcript import lines_of
from bot.settings import read_settings


def run(file: str, database_url: str | None, community: Path | None) -> None:
    """Prints what the bot says, a line a message; exit 1 when some lines were unusable."""
    with one_line(), opened(file) as stream:
        settings = read_settings(database_url=database_url)
        engine = open_desk(settings)
        if community is not None:
            import_file(engine, community)
        dialogue = open_dialogue(settings, engine, progress)
        replay = Replay(engine, dialogue, TranscriptChannel(sys.stdout), settings.speak_from, keep=settings.keep)
        replay.run(lines_of(stream))
        dialogue.close()
        left = replay.left()
        if left:
            tell("progress.left", count=left)
        if replay.unusable or left:
            raise typer.Exit(SOME_UNUSABLE)
