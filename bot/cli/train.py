"""`linli train`: a model of the checkout's data."""

from __future__ import annotations

import time

from bot.bootstrap import NoModel
from bot.cli.errors import one_line
from bot.cli.words import progress, tell
from bot.settings import CHECKOUT, is_checkout, read_settings


def run(*, force: bool) -> None:
    """Trains unless a model of the very same data is there; prints where it is, for `rasa run -m`."""
    from nlu import engine as nlu

    with one_line():
        if not is_checkout():
            raise NoModel
        path = nlu.model_path(read_settings().models, CHECKOUT)
        if path.is_file() and not force:
            tell("progress.current")
            print(path)
            return
        progress("train")
        began = time.monotonic()
        nlu.train(CHECKOUT, path)
        tell("progress.trained", seconds=round(time.monotonic() - began))
        print(path)
