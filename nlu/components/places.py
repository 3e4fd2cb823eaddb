"""Reads what the text says about the place."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.normaliser import ORIGINAL_TEXT
from nlu.location import read_place

LOCATION = "location"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PlaceReader(GraphComponent):
    """Adds `location` to the parse: six levels, null where unsaid."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PlaceReader:
        """Nothing to set, nothing to load."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to learn."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Reads each message's own words (segmentation does not matter here)."""
        for message in messages:
            text = message.get(ORIGINAL_TEXT) or message.get(TEXT)
            if text is not None:
                message.set(LOCATION, read_place(text).place.as_dict(), add_to_output=True)
        return messages
