"""Reads act, kind, category and urgency of many messages in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    METADATA,
    METADATA_INTENT,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.words import WORDS
from nlu.features import rarity, vectorise
from nlu.heads import Head, Heads, Trained, threshold_for, train_head

MATTER = "matter"
REPORT = "report"
URGENCY = "urgency"
EMERGENCY = "emergency"
OF_REPORTS = ("kind", "category", URGENCY)
_ALARM = "alarm_from"

STRENGTH = {INTENT: 10.0, "kind": 30.0, "category": 30.0, URGENCY: 10.0}
"""How far each head may trust its sentences (C of logistic regression)."""

BALANCE = {INTENT: 0.75, "kind": 0.0, "category": 0.75, URGENCY: 1.0}
"""How far rare labels are lifted."""

RARITY = {INTENT: 0.5, "kind": 1.0, "category": 1.0, URGENCY: 0.0}
"""How much more freely rare words may weigh than common ones: a topic lies in rare words, a tone in common ones."""

UNITS = 16
"""Hidden units of the network that knows an emergency: danger lies in what words mean together."""

RANKED = 5
"""Acts that a parse names, the likeliest first."""
_FILE = "heads.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MatterClassifier(GraphComponent):
    """Sets `intent` (the act, with calibrated confidence) and `matter` (kind, category, urgency of a report).

    Training sentences of `report` carry the other labels as metadata of their block. `matter` is given for every
    message, as what it would be if it were a report; whether it is one is the act's business.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The settings.

        `strength` is C of each logistic regression; `balance` lifts rare labels and `rarity` rare words, by head (see
        `nlu.heads`, `nlu.features.rarity`). A network of `units` says what is an emergency (`nlu.nets`). Of the reports
        that are none at most `false_alarms` are called one: a missed emergency is worse than a false one, so the label
        is given long before it is the likeliest.
        """
        return {
            "strength": dict(STRENGTH),
            "balance": dict(BALANCE),
            "rarity": dict(RARITY),
            "units": UNITS,
            "false_alarms": 0.03,
        }

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        heads: dict[str, Head],
        alarm_from: float = 1.0,
    ) -> None:
        self._config = config
        self._alarm_from = alarm_from
        self._storage = storage
        self._resource = resource
        self._heads = heads
        self._together = Heads(heads)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MatterClassifier:
        """An untrained component."""
        return cls(config, model_storage, resource, {})

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_more: Any,
    ) -> MatterClassifier:
        """The trained component."""
        with model_storage.read_from(resource) as folder, np.load(folder / _FILE, allow_pickle=False) as stored:
            heads = {name: Head.from_arrays(name, stored) for name in (INTENT, *OF_REPORTS)}
            alarm_from = float(stored[_ALARM])
        return cls(config, model_storage, resource, heads, alarm_from)

    def train(self, training_data: TrainingData) -> Resource:
        """Fits one head on all sentences and three on the reports."""
        examples = training_data.intent_examples
        rows = vectorise(_seen(examples))
        reports = [number for number, example in enumerate(examples) if example.get(INTENT) == REPORT]
        self._heads[INTENT] = self._trained(INTENT, rows, [example.get(INTENT) for example in examples]).head
        for name in OF_REPORTS:
            labels = [_label(examples[number], name) for number in reports]
            trained = self._trained(name, rows[reports], labels)
            self._heads[name] = trained.head
            if name == URGENCY:
                self._alarm_from = threshold_for(trained, labels, EMERGENCY, self._config["false_alarms"])
        self._together = Heads(self._heads)
        self._persist()
        return self._resource

    def _trained(self, head: str, rows: Any, labels: list[str]) -> Trained:
        return train_head(
            rows,
            labels,
            strength=self._config["strength"][head],
            balance=self._config["balance"][head],
            scale=rarity(rows, self._config["rarity"][head]),
            units=self._config["units"] if head == URGENCY else 0,
            net_of=EMERGENCY,
        )

    def _persist(self) -> None:
        arrays = {key: value for name, head in self._heads.items() for key, value in head.arrays(name).items()}
        with self._storage.write_to(self._resource) as folder:
            np.savez_compressed(folder / _FILE, **arrays, **{_ALARM: np.array(self._alarm_from)})

    def process(self, messages: list[Message]) -> list[Message]:
        """Reads all messages with one matrix."""
        readable = [message for message in messages if message.get(TEXT) is not None]
        if readable and self._heads:
            chances = self._together.probabilities(vectorise(_seen(readable)))
            best = {name: chances[name].argmax(axis=1) for name in OF_REPORTS}
            alarmed = chances[URGENCY][:, self._heads[URGENCY].labels.index(EMERGENCY)] >= self._alarm_from
            for number, message in enumerate(readable):
                matter = {name: self._heads[name].labels[best[name][number]] for name in OF_REPORTS}
                if alarmed[number]:
                    matter[URGENCY] = EMERGENCY
                message.set(MATTER, matter, add_to_output=True)
                self._rank(message, chances[INTENT][number])
        return messages

    def _rank(self, message: Message, chances: Any) -> None:
        acts = self._heads[INTENT].labels
        order = np.argsort(-chances)[:RANKED]
        ranking = [{INTENT_NAME_KEY: acts[i], PREDICTED_CONFIDENCE_KEY: float(chances[i])} for i in order]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)


def _seen(messages: list[Message]) -> list[tuple[str, list[str]]]:
    return [(message.get(TEXT), message.get(WORDS) or []) for message in messages]


def _label(example: Message, name: str) -> str:
    labels = (example.get(METADATA) or {}).get(METADATA_INTENT) or {}
    if name not in labels:
        raise ValueError(f"a sentence of `{REPORT}` has no {name}: {example.get(TEXT)!r}")
    return str(labels[name])
