"""Classifiers over hashed features: one head each for act, kind, category and urgency.

A head is linear. A small network (`nlu.nets`) may stand beside it that knows one of its labels better: it gives the
odds of that label, the head those among the others. Probabilities are calibrated: scores are divided by a temperature
that makes held-out confidence match held-out accuracy (Guo et al. 2017, On Calibration of Modern Neural Networks).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from nlu.nets import Array, Net, common_columns, network

FOLDS = 3
"""Parts for the held-out scores that the temperature is fitted on."""

SEED = 20261122

TOLERANCE = 0.01
"""When the solver stops. With more columns than sentences the dual problem at this tolerance takes a third of the time
of the primal one and changes no decision."""


@dataclass(frozen=True)
class Head:
    """One classifier; `net` knows the label at `net_of`."""

    labels: tuple[str, ...]
    weights: Array
    bias: Array
    temperature: float
    net: Net | None = None
    net_of: int = 0

    def arrays(self, name: str) -> dict[str, Array]:
        """What to store, under names that begin with the head's."""
        return {
            f"{name}.labels": np.array(self.labels),
            f"{name}.weights": self.weights.astype(np.float16),
            f"{name}.bias": self.bias,
            f"{name}.temperature": np.array(self.temperature),
            f"{name}.net_of": np.array(self.net_of),
            **(self.net.arrays(f"{name}.net") if self.net is not None else {}),
        }

    @classmethod
    def from_arrays(cls, name: str, stored: Any) -> Head:
        """The inverse of `arrays`."""
        labels = tuple(str(label) for label in stored[f"{name}.labels"])
        temperature = float(stored[f"{name}.temperature"])
        weights, net = stored[f"{name}.weights"].astype(np.float32), Net.from_arrays(f"{name}.net", stored)
        return cls(labels, weights, stored[f"{name}.bias"], temperature, net, int(stored[f"{name}.net_of"]))


class Heads:
    """Several heads that read the same rows, in one product."""

    def __init__(self, heads: Mapping[str, Head]) -> None:
        self._heads = dict(heads)
        blocks = [head.weights for head in heads.values()]
        blocks += [head.net.hidden for head in heads.values() if head.net is not None]
        if blocks:
            self._weights = np.ascontiguousarray(np.hstack(blocks))

    def probabilities(self, rows: csr_matrix) -> dict[str, Array]:
        """What each head says of all rows, by the head's name."""
        product, first = rows @ self._weights, 0
        scores = {}
        for name, head in self._heads.items():
            scores[name] = product[:, first : first + len(head.labels)] + head.bias
            first += len(head.labels)
        for name, head in self._heads.items():
            if head.net is not None:
                units = head.net.hidden.shape[1]
                scores[name] = given(scores[name], head.net_of, head.net.log_odds(product[:, first : first + units]))
                first += units
        return {name: softmax(scores[name] / head.temperature) for name, head in self._heads.items()}


def given(scores: Array, label: int, log_odds: Array) -> Array:
    """Scores under which a label has these log-odds against all others."""
    others = np.delete(scores, label, axis=1)
    most = others.max(axis=1)
    found = scores.copy()
    found[:, label] = log_odds + most + np.log(np.exp(others - most[:, np.newaxis]).sum(axis=1))
    return found


def softmax(scores: Array) -> Array:
    """Scores to probabilities along the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    probabilities: Array = shifted / shifted.sum(axis=-1, keepdims=True)
    return probabilities


@dataclass(frozen=True)
class Trained:
    """A head, and what it said of its own sentences while they were held out."""

    head: Head
    held_out: Array


def train_head(
    rows: csr_matrix,
    labels: Sequence[str],
    *,
    strength: float,
    balance: float = 0.0,
    scale: Array | None = None,
    units: int = 0,
    net_of: str = "",
) -> Trained:
    """Fits a head and its temperature.

    Args:
        rows: hashed features, a row a sentence.
        labels: the right label of each.
        strength: inverse of the regularisation (C of logistic regression).
        balance: 0 counts every sentence alike, 1 every label alike; a network that was shown rare labels more often
            knew no more of them.
        scale: how freely each column may weigh, 1 where nothing is said; it is part of the weights afterwards, so that
            reading needs none of it.
        units: of the hidden layer of a network beside it; 0 for none.
        net_of: the label that the network learns to tell from all others.

    Raises:
        ValueError: fewer than two labels, or a label with fewer sentences than folds.
    """
    wanted = np.asarray(labels)
    known, counts = np.unique(wanted, return_counts=True)
    if len(known) < 2 or counts.min() < FOLDS:
        raise ValueError(f"every label needs {FOLDS} sentences: {dict(zip(known, counts, strict=True))}")
    right = np.searchsorted(known, wanted)
    lifted = ((counts.mean() / counts) ** balance)[right]
    said, weights, bias = _train_linear(rows, wanted, lifted, strength, scale)
    temperature, net, at = fit_temperature(said, right), None, 0
    if units:
        at = list(known).index(net_of)
        log_odds, net = _train_net(rows, wanted == net_of, units)
        weights, bias, said = weights / temperature, bias / temperature, given(said / temperature, at, log_odds)
        temperature = fit_temperature(said, right)
    # Half precision is what is kept: it halves the model and changes no decision.
    kept = np.ascontiguousarray(weights, dtype=np.float16).astype(np.float32)
    head = Head(tuple(str(label) for label in known), kept, bias.astype(np.float32), temperature, net, at)
    return Trained(head, softmax(said / temperature))


def _train_linear(
    rows: csr_matrix, wanted: Array, lifted: Array, strength: float, scale: Array | None
) -> tuple[Array, Array, Array]:
    """Scores of sentences that were held out, and weights and bias learnt from all."""
    scaled = rows if scale is None else rows.multiply(scale).tocsr()

    def fit(seen: Array) -> LogisticRegression:
        model = LogisticRegression(C=strength, solver="liblinear", dual=True, tol=TOLERANCE, random_state=SEED)
        return model.fit(scaled[seen], wanted[seen], sample_weight=lifted[seen])

    model, held_out = _fitted(fit, lambda part, unseen: _two_sided(part.decision_function(scaled[unseen])), wanted)
    weights = model.coef_.T if scale is None else model.coef_.T * scale[:, np.newaxis]
    return held_out, _two_sided(weights), _two_sided(model.intercept_[np.newaxis])[0]


def _train_net(rows: csr_matrix, wanted: Array, units: int) -> tuple[Array, Net]:
    """Log-odds of sentences that were held out, and a network that learnt from all."""
    columns = common_columns(rows)
    common = rows[:, columns].astype(np.float32)
    whole, held_out = _fitted(
        lambda seen: network(units, SEED).learn(common[seen], wanted[seen]),
        lambda part, unseen: part.net(np.arange(len(columns)), len(columns)).of_rows(common[unseen]),
        wanted,
    )
    return held_out, whole.net(columns, rows.shape[1])


def _fitted(fit: Callable[[Array], Any], said: Callable[[Any, Array], Array], labels: Array) -> tuple[Any, Array]:
    """A model of all rows, and what models of the others say of each part of them.

    In processes: liblinear's random numbers are one sequence a process, and threads would get another one each time.
    """
    everything = np.arange(len(labels))
    parts = list(StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(everything, labels))
    whole, *others = Parallel(n_jobs=-1)(
        delayed(fit)(seen) for seen in (everything, *(seen for seen, _unseen in parts))
    )
    answers = [said(model, unseen) for model, (_seen, unseen) in zip(others, parts, strict=True)]
    order = np.argsort(np.concatenate([unseen for _seen, unseen in parts]))
    return whole, np.concatenate(answers)[order]


def threshold_for(trained: Trained, labels: Sequence[str], label: str, false_share: float) -> float:
    """The probability of `label` from which at most this share of the other held-out sentences would get it."""
    others = np.asarray(labels) != label
    chances = trained.held_out[others, trained.head.labels.index(label)]
    return float(np.quantile(chances, 1 - false_share))


def _two_sided(scores: Array) -> Array:
    """A column a label, also where scikit-learn gives one column for two labels."""
    columns = scores.reshape(len(scores), -1)
    return np.hstack([-columns, columns]) if columns.shape[1] == 1 else columns


def fit_temperature(scores: Array, right: Array) -> float:
    """The temperature under which held-out scores give the held-out labels the greatest likelihood."""

    def loss(log_temperature: float) -> float:
        chances = softmax(scores / np.exp(log_temperature))[np.arange(len(right)), right]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
