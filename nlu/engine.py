"""The Rasa model behind one small contract: train it, load it, read many texts in one pass."""

from __future__ import annotations

import gc
import hashlib
import io
import logging
import os
import shutil
import sys
import tarfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nlu.logs import veiled_event

PROJECT_FILES = (
    "config.yml", "domain.yml", "data", "nlu/components", "nlu/dictionaries", "nlu/lexicons",
    "nlu/text.py", "nlu/importer.py", "nlu/cues.py", "nlu/features.py", "nlu/heads.py", "nlu/nets.py",
)  # fmt: skip
"""What a model is made of; a model is named after their contents."""

CORRECTED = "+corrections"
"""Ends the name of a model that learnt from what staff corrected."""

COMPONENT = "nlu.components.matter.MatterClassifier"


class ModelUnusable(Exception):
    """A model file that cannot be used; `reason` is `missing`, `unreadable` or `foreign`."""

    def __init__(self, reason: str, path: Path) -> None:
        super().__init__(reason, str(path))
        self.reason = reason
        self.path = path


def fingerprint(project: Path) -> str:
    """A short hash of everything that decides what a model says: data, configuration, code, libraries."""
    digest = hashlib.sha256()
    for library in ("rasa", "jieba", "scikit-learn"):
        digest.update(f"{library}={version(library)}\n".encode())
    for path in sorted(_project_files(project)):
        digest.update(path.relative_to(project).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _project_files(project: Path) -> Iterator[Path]:
    for name in PROJECT_FILES:
        top = project / name
        found = top.rglob("*") if top.is_dir() else [top]
        yield from (
            p for p in found if p.is_file() and p.suffix in (".yml", ".py", ".txt") and "samples" not in p.parts
        )


def base_path(models: Path, project: Path) -> Path:
    """Where the model of the project's present contents is kept."""
    return models / f"linli-{fingerprint(project)}.tar.gz"


def corrected_path(models: Path, project: Path) -> Path:
    """Where the model is kept that learnt from corrections beside the project's present contents."""
    return models / f"linli-{fingerprint(project)}{CORRECTED}.tar.gz"


def model_path(models: Path, project: Path) -> Path:
    """The model to use: the one that learnt from corrections where there is one, else the project's own."""
    corrected = corrected_path(models, project)
    return corrected if corrected.is_file() else base_path(models, project)


def keep(model: Path, target: Path) -> None:
    """Puts a model where it is used, all of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}-{os.getpid()}")
    shutil.copyfile(model, half)
    os.replace(half, target)


def train(project: Path, target: Path, extra: Sequence[Path] = ()) -> None:
    """Trains the project's model into `target`; another process that trains the same one at once does no harm.

    `extra` are more files of sentences, with absolute paths.

    Raises:
        ModelUnusable: Rasa made no model.
    """
    with _quietly(project):
        from rasa.model_training import train as rasa_train

        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f".{target.name.removesuffix('.tar.gz')}-{os.getpid()}")
        result = rasa_train(
            domain="domain.yml",
            config="config.yml",
            training_files=["data/nlu", "data/rules.yml", "data/stories.yml", *map(str, extra)],
            output=str(target.parent),
            fixed_model_name=half.name,
            force_training=True,
        )
        if result.model is None:
            raise ModelUnusable("missing", target)
        os.replace(result.model, target)


def check(path: Path) -> None:
    """Looks whether a file is a model of Linli, without loading it.

    Raises:
        ModelUnusable: it is not.
    """
    if not path.is_file():
        raise ModelUnusable("missing", path)
    try:
        with tarfile.open(path) as archive:
            ours = any("MatterClassifier" in name for name in archive.getnames())
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ModelUnusable("unreadable", path) from error
    if not ours:
        raise ModelUnusable("foreign", path)


def load(path: Path, action_endpoint: Any = None) -> Any:
    """A Rasa `Agent` with the model.

    Raises:
        ModelUnusable: the file is no model of ours, or one of another version of Rasa or of our components.
    """
    check(path)
    with _quietly(Path.cwd()):
        from rasa.core.agent import Agent

        from nlu.answers import check_schema_once
        from nlu.tracker import ForgetfulTrackerStore

        check_schema_once()
        try:
            agent = Agent.load(str(path), action_endpoint=action_endpoint, tracker_store=ForgetfulTrackerStore())
        except Exception as error:  # Rasa raises whatever the broken part raised
            raise ModelUnusable("unreadable", path) from error
    if agent.processor is None:
        raise ModelUnusable("unreadable", path)
    # What is loaded now stays: the collector need not walk through half a gigabyte of libraries while it reads.
    gc.collect()
    gc.freeze()
    return agent


def read_batch(agent: Any, texts: Sequence[str]) -> list[dict[str, Any]]:
    """What Rasa's own `/model/parse` would say of each text, in one pass of the graph."""
    from rasa.core.channels.channel import UserMessage
    from rasa.core.processor import MessageProcessor

    from nlu.runner import run_straight

    if not texts:
        return []
    processor: MessageProcessor = agent.processor
    messages = [UserMessage(text) for text in texts]
    target = processor.model_metadata.nlu_target
    with _settled():
        found = run_straight(processor.graph_runner, {"__message__": messages}, target)
    return [_parse(message) for message in found]


def _parse(message: Any) -> dict[str, Any]:
    parse: dict[str, Any] = {"text": "", "intent": {"name": None, "confidence": 0.0}, "entities": []}
    parse.update(message.as_dict(only_output_properties=True))
    return parse


@contextmanager
def _settled() -> Iterator[None]:
    """The graph's own warnings (about numpy, about missing telemetry) say nothing to a reader of messages."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _quietly(project: Path) -> Iterator[None]:
    """Rasa as a guest: from the project's folder, no telemetry, its words to stderr and only when they matter."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("LOG_LEVEL", "ERROR")  # turns Rasa's progress bars off as well
    before = Path.cwd()
    if str(project) not in sys.path:
        sys.path.insert(0, str(project))
    os.chdir(project)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            # Rasa's imports reset the filters: only the printer itself stays silent.
            warnings.showwarning = _unshown
            quiet_logs()
            yield
    finally:
        os.chdir(before)


def _unshown(*_warning: Any, **_more: Any) -> None:
    """Warnings of frozen libraries about their own future."""


def quiet_logs() -> None:
    """Rasa's log goes to stderr, from warnings on; jieba's not at all."""
    import jieba
    import structlog

    jieba.setLogLevel(logging.ERROR)
    for name in ("rasa", "tensorflow", "matplotlib", "apscheduler"):
        logging.getLogger(name).setLevel(logging.ERROR)
    shown = [step for step in structlog.get_config()["processors"] if step is not veiled_event]
    structlog.configure(
        processors=[*shown, veiled_event],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


async def talk(agent: Any, conversation: str, text: str, parse: dict[str, Any], metadata: dict[str, Any]) -> list[Any]:
    """Hands a message that was read already to the dialogue; the custom payloads that the actions answered.

    An empty list is a failure: Rasa turns a broken action into no answer at all.
    """
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    output = CollectingOutputChannel()
    message = UserMessage(text or " ", output, conversation, parse_data=parse, input_channel="linli", metadata=metadata)
    with _settled():
        await agent.handle_message(message)
    return [answer["custom"] for answer in output.messages if "custom" in answer]
