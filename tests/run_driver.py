"""`linli run` as a real process, with everything real but the model: acts are read from a table.

    python run_driver.py ARGUMENTS...       the arguments of `linli run`

RUN_DRIVER_ACTS is a JSON object of texts and their acts. A text `explode` makes the dialogue raise an error that quotes
it, `sleep` makes it take a second.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from helpers_e2e import TableDialogue, parse

import bot.cli.run
from bot.cli import main
from bot.dialogue.contract import Parse, Talk


class Table(TableDialogue):
    def read(self, texts: Sequence[str]) -> list[Parse]:
        for text in texts:
            if "explode" in text:
                raise ValueError(f"cannot read {text}")
            if "sleep" in text:
                time.sleep(1)
        return super().read(texts)

    def say(self, talk: Talk) -> Any:
        logging.getLogger("some.library").error("says %s", talk.text)
        logging.getLogger("httpx").warning("POST https://example/bot123456:AAtoken/sendMessage")
        return super().say(talk)


def open_dialogue(_settings: Any, engine: Any, _progress: Any, **_more: bool) -> Table:
    acts = json.loads(os.environ.get("RUN_DRIVER_ACTS", "{}"))
    chatty = logging.getLogger("some.library")
    chatty.addHandler(logging.StreamHandler())  # as wechaty does
    return Table(engine, {text: parse(act) for text, act in acts.items()})


if __name__ == "__main__":
    bot.cli.run.open_dialogue = open_dialogue  # type: ignore[assignment]
    sys.argv[1:1] = ["run"]
    main()
