"""An evaluation as one page of HTML that needs nothing else: no script, no font, no picture from anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.cli import evaluation_words
from bot.cli.words import word
from bot.texts import quoted
from nlu.evaluation import Calibration, Evaluation, Hearing
from nlu.text import clean

FOLDER = Path(__file__).parent.parent / "texts"

CONFUSIONS = 8
"""Confusions of a field that are shown unfolded."""

PARTS = 5
"""Sections of an axis."""

ENDS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
"""Where the axis of false alarms may end: the interesting part of it is short."""


@dataclass(frozen=True)
class Frame:
    """A diagram: shares to places in a picture of `width` by `height`."""

    x_end: float = 1.0
    width: int = 560
    height: int = 340
    left: int = 52
    right: int = 26
    top: int = 14
    bottom: int = 46

    def x(self, share: float) -> float:
        """From the left edge."""
        return round(self.left + (self.width - self.left - self.right) * min(share / self.x_end, 1), 1)

    def y(self, share: float) -> float:
        """From the upper edge."""
        return round(self.top + (self.height - self.top - self.bottom) * (1 - share), 1)

    def ticks(self, end: float) -> list[tuple[float, str]]:
        """Shares to mark, and their names."""
        return [(end * part / PARTS, f"{100 * end * part / PARTS:g}%") for part in range(PARTS + 1)]


def page_of(evaluation: Evaluation, file: str) -> str:
    """The page; every text in it is escaped."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(word=word, words=evaluation_words, quoted=quoted)
    return environment.get_template("evaluation.html").render(
        evaluation=evaluation,
        file=clean(Path(file).name),
        made=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        first=CONFUSIONS,
        curve=_curve_frame(evaluation.hearing),
        line=_line(evaluation.hearing),
        bins=Frame(),
        weights=_weights(evaluation.calibration),
    )


def _curve_frame(hearing: Hearing) -> Frame:
    most = max((point.false_alarms or 0.0 for point in hearing.curve), default=0.0)
    return Frame(x_end=next(end for end in ENDS if end >= most))


def _line(hearing: Hearing) -> str | None:
    """The curve as points of a picture; None when one of its sides has nothing to count."""
    frame = _curve_frame(hearing)
    known = [(p.false_alarms, p.heard) for p in hearing.curve if p.false_alarms is not None and p.heard is not None]
    return " ".join(f"{frame.x(false)},{frame.y(heard)}" for false, heard in known) or None


def _weights(calibration: Calibration) -> list[float]:
    """How much of the colour each bin gets: few messages are pale."""
    most = max(one.count for one in calibration.bins)
    return [round(0.25 + 0.75 * (one.count / most) ** 0.5, 2) for one in calibration.bins]
