"""`linli train --with-corrections`: a second model that learnt what staff corrected, and what it reads differently.

It is used from then on if no class of the test set is read worse and whoever runs the command agrees.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import typer

from bot.bootstrap import open_desk, open_reader, stdout_kept
from bot.cli.errors import NOTHING_DONE, one_line
from bot.cli.evaluate import Labelled, judged, read_labelled
from bot.cli.evaluation_words import field_name, label_name
from bot.cli.streams import opened
from bot.cli.train import present_model, trained_anew
from bot.cli.words import progress, tell, word
from bot.gateway.transcript import lines_of
from bot.settings import CHECKOUT, Settings, read_settings
from desk.domain.corrections import Correction
from desk.services.corrections import learnable
from desk.storage.engine import transaction
from nlu import engine as nlu
from nlu.evaluation import FIELDS, Judged, evaluate
from nlu.learning import ClassChange, as_nlu, class_changes, count_right, rereadings, usable
from nlu.nearness import Example
from nlu.recorded import figures_of, worse

TEST_SET = CHECKOUT / "tests" / "nlu" / "messages.jsonl"

SHOWN = 10
"""Messages that are shown of the test set, and of the corrections."""

SHORT = 60
"""Characters of a message that are shown."""


class Readings(NamedTuple):
    """What one model reads."""

    test: list[Judged]
    corrected: list[Judged]


def run(database_url: str | None, *, force: bool, agreed: bool) -> None:
    """Prints the path of the model that is used from now on; exit 2 when it is none that learnt anything."""
    with one_line():
        settings = read_settings(database_url=database_url)
        measured_on = _test_set()
        corrections = _corrections(settings, [message.text for message in measured_on])
        present = (None if force else present_model(settings.models)) or trained_anew(settings.models)
        target = nlu.corrected_path(settings.models, CHECKOUT)
        with TemporaryDirectory(prefix="linli-") as folder:
            candidate = _trained(Path(folder), corrections)
            before = _readings(settings, present, measured_on, corrections)
            after = _readings(settings, candidate, measured_on, corrections)
            _decide(before, after, settings.speak_from, agreed=agreed)
            nlu.keep(candidate, target)
        tell("learn.kept")
        print(target)


def _test_set() -> list[Labelled]:
    with opened(str(TEST_SET)) as stream:
        return read_labelled(lines_of(stream))[0]


def _corrections(settings: Settings, measured_on: Sequence[str]) -> list[Example]:
    with transaction(open_desk(settings)) as session:
        found = [_example(correction) for correction in learnable(session)]
    learnt = usable(found, measured_on)
    left = len(found) - len(learnt)
    if not learnt:
        tell("learn.nothing", left=left)
        raise typer.Exit(NOTHING_DONE)
    tell("learn.found", count=len(learnt), left=left)
    return learnt


def _example(correction: Correction) -> Example:
    matter = (correction.kind, correction.category, correction.urgency)
    kind, category, urgency = (None if label is None else str(label) for label in matter)
    return Example(correction.text, str(correction.act), kind, category, urgency, "corrections")


def _trained(folder: Path, corrections: Sequence[Example]) -> Path:
    sentences = folder / "corrections.yml"
    sentences.write_text(as_nlu(corrections), encoding="utf-8")
    progress("learn")
    with stdout_kept():
        nlu.train(CHECKOUT, folder / "candidate.tar.gz", [sentences])
    return folder / "candidate.tar.gz"


def _readings(
    settings: Settings, model: Path, measured_on: Sequence[Labelled], corrections: Sequence[Example]
) -> Readings:
    texts = [*measured_on, *map(_labelled, corrections)]
    with closing(open_reader(replace(settings, model=model), progress)) as reader:
        read = judged(reader, texts, settings.speak_from)
    return Readings(read[: len(measured_on)], read[len(measured_on) :])


def _labelled(correction: Example) -> Labelled:
    gold = {field: label for field in FIELDS if (label := getattr(correction, field)) is not None}
    return Labelled(correction.text, gold)


def _decide(before: Readings, after: Readings, speak_from: float, *, agreed: bool) -> None:
    """Shows what changed; exit 2 unless the new model is to be kept."""
    old, new = (figures_of(evaluate(readings.test, speak_from)) for readings in (before, after))
    _show_corrections(before.corrected, after.corrected)
    _show_rereadings("test", before.test, after.test)
    _show_classes(class_changes(old, new))
    fallen = worse(old, new)
    refused = refusal(fallen, agreed=agreed, terminal=sys.stdin.isatty() and sys.stderr.isatty(), ask=_ask)
    if refused is not None:
        tell(f"learn.{refused}", count=len(fallen))
        raise typer.Exit(NOTHING_DONE)


def refusal(fallen: Sequence[str], *, agreed: bool, terminal: bool, ask: Callable[[], bool]) -> str | None:
    """Why the new model is not kept; None when it is. Nobody can agree to a class that fell."""
    if fallen:
        return "worse"
    if agreed:
        return None
    if not terminal:
        return "unasked"
    return None if ask() else "declined"


def _ask() -> bool:
    # `input` would ask on stdout, which is for the path.
    print(word("learn.question"), end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in word("learn.agreeing").split()


def _show_corrections(before: Sequence[Judged], after: Sequence[Judged]) -> None:
    tell("learn.right", before=count_right(before), after=count_right(after), count=len(after))
    _show_rereadings("corrected", before, after)


def _show_rereadings(which: str, before: Sequence[Judged], after: Sequence[Judged]) -> None:
    found = rereadings(before, after)
    tell(f"learn.reread_{which}", count=len(found))
    for one in found[:SHOWN]:
        text = one.text if len(one.text) <= SHORT else one.text[:SHORT] + "…"
        tell("learn.message", text=text, before=_named(one.before), after=_named(one.after), right=_named(one.right))


def _named(labels: Sequence[str]) -> str:
    return word("learn.between").join(label_name(field, label) for field, label in zip(FIELDS, labels, strict=False))


def _show_classes(changes: Sequence[ClassChange]) -> None:
    tell("learn.classes", count=len(changes))
    for field, label, before, after in changes:
        named = f"{field_name(field)} {label_name(field, label)}"
        tell("learn.class", named=named, before=f"{before:.4f}", after=f"{after:.4f}")
