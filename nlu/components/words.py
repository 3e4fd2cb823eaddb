"""Segments many messages with jieba and the project's dictionary."""

from __future__ import annotations

from functools import lru_cache

import jieba
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.segmenter import Segmenter

WORDS = "words"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class JiebaWords(JiebaTokenizer):
    """Rasa's JiebaTokenizer (which keeps the dictionary in the model), but it sets plain `words` and no tokens.

    A token object a word, and jieba's guesses at unknown words (HMM), take more time than segmentation itself, and the
    characters say of an unknown word what there is to say.
    """

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the words of each message."""
        cut = _segmenter(jieba.dt.total).lcut
        for message in messages:
            text = message.get(TEXT)
            if text is not None:
                message.set(WORDS, cut(text, HMM=False))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training sees what inference sees."""
        self.process(training_data.training_examples)
        return training_data


@lru_cache(maxsize=1)
def _segmenter(_size_of_dictionary: int) -> Segmenter:
    """A new one when Rasa has loaded a dictionary into jieba since."""
    return Segmenter(jieba.dt)
