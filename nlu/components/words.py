"""Segments many messages with jieba and the project's dictionary."""

from __future__ import annotations

import jieba
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

WORDS = "words"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class JiebaWords(JiebaTokenizer):
    """Rasa's JiebaTokenizer (which keeps the dictionary in the model), but it sets plain `words` and no tokens.

    A token object a word, and jieba's guesses at unknown words (HMM), take more time than segmentation itself, and the
    characters say of an unknown word what there is to say.
    """

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the words of each message."""
        for message in messages:
            text = message.get(TEXT)
            if text is not None:
                message.set(WORDS, jieba.lcut(text, HMM=False))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training sees what inference sees."""
        self.process(training_data.training_examples)
        return training_data
