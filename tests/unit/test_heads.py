"""Heads and the network beside one of them: what they learn, what they keep, and that odds stay what they are."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from nlu.heads import Head, Heads, Trained, given, softmax, threshold_for, train_head
from nlu.nets import MOST_SURE, within_reason

WIDTH = 40
OXYGEN, CUT, ALONE = 0, 1, 2


def sentences() -> tuple[csr_matrix, list[str]]:
    """Danger lies in two words together; each of them, and each with any other word, is harmless."""
    chance = random.Random(7)
    rows, labels = [], []
    for words in [(OXYGEN, CUT), (OXYGEN, ALONE), (CUT, ALONE)] * 3000:
        row = np.zeros(WIDTH)
        row[list(words)] = 1
        row[[chance.randrange(3, WIDTH) for _ in range(3)]] = 1
        rows.append(row)
        labels.append("emergency" if words == (OXYGEN, CUT) else chance.choice(["normal", "urgent"]))
    return csr_matrix(np.array(rows)), labels


@pytest.fixture(scope="module")
def trained() -> Trained:
    rows, labels = sentences()
    return train_head(rows, labels, strength=10.0, units=8, net_of="emergency")


def test_it_knows_what_two_words_mean_together(trained: Trained) -> None:
    rows, labels = sentences()
    chances = Heads({"urgency": trained.head}).probabilities(rows)["urgency"]
    emergency = chances[:, trained.head.labels.index("emergency")]
    danger = np.array(labels) == "emergency"
    assert emergency[danger].min() > emergency[~danger].max()
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)


def test_the_same_sentences_give_the_same_head(trained: Trained) -> None:
    rows, labels = sentences()
    again = train_head(rows, labels, strength=10.0, units=8, net_of="emergency")
    for name, array in trained.head.arrays("x").items():
        assert np.array_equal(array, again.head.arrays("x")[name]), name


def test_what_is_stored_says_the_same(trained: Trained) -> None:
    rows, _ = sentences()
    plain = train_head(*sentences(), strength=1.0)
    for head in (trained.head, plain.head):
        stored = head.arrays("urgency")
        loaded = Head.from_arrays("urgency", stored)
        assert (loaded.net is None) == (head.net is None)
        assert np.allclose(Heads({"a": head}).probabilities(rows)["a"], Heads({"a": loaded}).probabilities(rows)["a"])


def test_several_heads_read_as_each_alone(trained: Trained) -> None:
    rows, _ = sentences()
    plain = train_head(*sentences(), strength=1.0)
    together = Heads({"a": plain.head, "b": trained.head, "c": plain.head}).probabilities(rows)
    for name, head in (("a", plain.head), ("b", trained.head), ("c", plain.head)):
        assert np.allclose(together[name], Heads({name: head}).probabilities(rows)[name], atol=1e-5)


def test_given_odds_are_the_odds_and_the_others_stay() -> None:
    scores = np.array([[2.0, -1.0, 0.5], [900.0, -900.0, 0.0]])
    chances = softmax(given(scores, 1, np.array([0.7, -3.0])))
    assert np.allclose(np.log(chances[:, 1] / (1 - chances[:, 1])), [0.7, -3.0])
    assert np.isclose(np.log(chances[0, 0] / chances[0, 2]), 1.5)


def test_infinite_odds_are_cut() -> None:
    sure = np.array([np.inf, -np.inf, 0.3], dtype=np.float32)
    assert within_reason(sure).tolist() == pytest.approx([MOST_SURE, -MOST_SURE, 0.3])
    assert np.isfinite(softmax(given(np.zeros((3, 3)), 1, within_reason(sure)))).all()


def test_an_alarm_is_given_to_at_most_that_share_of_the_others(trained: Trained) -> None:
    _, labels = sentences()
    others = np.array(labels) != "emergency"
    chances = trained.held_out[:, trained.head.labels.index("emergency")]
    for share in (0.01, 0.05, 0.2):
        assert (chances[others] > threshold_for(trained, labels, "emergency", share)).mean() <= share + 1e-3


def test_a_label_with_fewer_sentences_than_folds_is_refused() -> None:
    rows, labels = sentences()
    assert len(labels) == rows.shape[0]
    with pytest.raises(ValueError, match="every label needs 3 sentences"):
        train_head(rows, ["odd", "odd", *labels[2:]], strength=1.0)
