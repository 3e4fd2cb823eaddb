"""`linli train`: a model of the checkout's data."""

from __future__ import annotations

import time
from pathlib import Path

from bot.bootstrap import NoModel
from bot.cli.errors import one_line
from bot.cli.words import progress, tell
from bot.settings import CHECKOUT, is_checkout, read_settings


def run(*, force: bool) -> None:
    """Trains unless a model of the very same data is there; prints where it is, for `rasa run -m`."""
    with one_line():
        models = read_settings().models
        found = None if force else present_model(models)
        if found is not None:
            tell("progress.current")
        print(found or trained_anew(models))


def present_model(models: Path) -> Path | None:
    """The model of the checkout's data that is used, if there is one.

    Raises:
        NoModel: outside of a checkout.
    """
    from nlu import engine as nlu

    if not is_checkout():
        raise NoModel
    path = nlu.model_path(models, CHECKOUT)
    return path if path.is_file() else None


def trained_anew(models: Path) -> Path:
    """The model of the checkout's data alone, without what was learnt from corrections.

    Raises:
        NoModel: outside of a checkout.
    """
    from nlu import engine as nlu

    if not is_checkout():
        raise NoModel
    progress("train")
    began = time.monotonic()
    path = nlu.base_path(models, CHECKOUT)
    nlu.train(CHECKOUT, path)
    nlu.corrected_path(models, CHECKOUT).unlink(missing_ok=True)
    tell("progress.trained", seconds=round(time.monotonic() - began))
    return path
