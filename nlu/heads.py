"""Linear classifiers over hashed features: one head each for act, kind, category and urgency.

A head gives calibrated probabilities: its scores are divided by a temperature that makes held-out confidence match
held-out accuracy (Guo et al. 2017, On Calibration of Modern Neural Networks).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

FOLDS = 3
"""Parts for the held-out scores that the temperature is fitted on."""

SEED = 20261122

TOLERANCE = 0.01
"""When the solver stops. With more columns than sentences the dual problem at this tolerance takes a third of the time
of the primal one and changes no decision."""


@dataclass(frozen=True)
class Head:
    """One linear classifier."""

    labels: tuple[str, ...]
    weights: np.ndarray[Any, Any]
    bias: np.ndarray[Any, Any]
    temperature: float

    def arrays(self, name: str) -> dict[str, np.ndarray[Any, Any]]:
        """What to store, under names that begin with the head's."""
        return {
            f"{name}.labels": np.array(self.labels),
            f"{name}.weights": self.weights.astype(np.float16),
            f"{name}.bias": self.bias,
            f"{name}.temperature": np.array(self.temperature),
        }

    @classmethod
    def from_arrays(cls, name: str, stored: Any) -> Head:
        """The inverse of `arrays`."""
        labels = tuple(str(label) for label in stored[f"{name}.labels"])
        temperature = float(stored[f"{name}.temperature"])
        return cls(labels, stored[f"{name}.weights"].astype(np.float32), stored[f"{name}.bias"], temperature)


class Heads:
    """Several heads that read the same rows, in one product."""

    def __init__(self, heads: Mapping[str, Head]) -> None:
        self._heads = dict(heads)
        if heads:
            self._weights = np.ascontiguousarray(np.hstack([head.weights for head in heads.values()]))

    def probabilities(self, rows: csr_matrix) -> dict[str, np.ndarray[Any, Any]]:
        """What each head says of all rows, by the head's name."""
        scores, first, found = rows @ self._weights, 0, {}
        for name, head in self._heads.items():
            own = scores[:, first : first + len(head.labels)]
            found[name] = softmax((own + head.bias) / head.temperature)
            first += len(head.labels)
        return found


def softmax(scores: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Scores to probabilities along the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    probabilities: np.ndarray[Any, Any] = shifted / shifted.sum(axis=-1, keepdims=True)
    return probabilities


@dataclass(frozen=True)
class Trained:
    """A head, and what it said of its own sentences while they were held out."""

    head: Head
    held_out: np.ndarray[Any, Any]


def train_head(
    rows: csr_matrix,
    labels: Sequence[str],
    *,
    strength: float,
    balance: float = 0.0,
    costs: Sequence[float] | None = None,
    scale: np.ndarray[Any, Any] | None = None,
) -> Trained:
    """Fits a head and its temperature.

    Args:
        rows: hashed features, a row a sentence.
        labels: the right label of each.
        strength: inverse of the regularisation (C of logistic regression).
        balance: 0 counts every sentence alike, 1 every label alike.
        costs: what a mistake about each sentence costs, 1 where nothing is said.
        scale: how freely each column may weigh, 1 where nothing is said; it is part of the weights afterwards, so that
            reading needs none of it.

    Raises:
        ValueError: fewer than two labels, or a label with fewer sentences than folds.
    """
    wanted = np.asarray(labels)
    known, counts = np.unique(wanted, return_counts=True)
    if len(known) < 2 or counts.min() < FOLDS:
        raise ValueError(f"every label needs {FOLDS} sentences: {dict(zip(known, counts, strict=True))}")
    weights = ((counts.mean() / counts) ** balance)[np.searchsorted(known, wanted)]
    weights = weights * (np.ones(len(wanted)) if costs is None else np.asarray(costs))
    if scale is not None:
        rows = rows.multiply(scale).tocsr()
    model = LogisticRegression(C=strength, solver="liblinear", dual=True, tol=TOLERANCE, random_state=SEED)
    held_out = cross_val_predict(
        model, rows, wanted, method="decision_function", fit_params={"sample_weight": weights},
        cv=StratifiedKFold(FOLDS, shuffle=True, random_state=SEED), n_jobs=-1,
    )  # fmt: skip
    scores = _two_sided(held_out)
    temperature = fit_temperature(scores, np.searchsorted(known, wanted))
    model.fit(rows, wanted, sample_weight=weights)
    # Half precision is what is kept: it halves the model and changes no decision.
    weighed = model.coef_.T if scale is None else model.coef_.T * scale[:, np.newaxis]
    coefficients = np.ascontiguousarray(_two_sided(weighed), dtype=np.float16).astype(np.float32)
    bias = _two_sided(model.intercept_[np.newaxis])[0].astype(np.float32)
    head = Head(tuple(str(label) for label in known), coefficients, bias, temperature)
    return Trained(head, softmax(scores / temperature))


def threshold_for(trained: Trained, labels: Sequence[str], label: str, false_share: float) -> float:
    """The probability of `label` from which at most this share of the other held-out sentences would get it."""
    others = np.asarray(labels) != label
    chances = trained.held_out[others, trained.head.labels.index(label)]
    return float(np.quantile(chances, 1 - false_share))


def _two_sided(scores: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A column a label, also where scikit-learn gives one column for two labels."""
    columns = scores.reshape(len(scores), -1)
    return np.hstack([-columns, columns]) if columns.shape[1] == 1 else columns


def fit_temperature(scores: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    """The temperature under which held-out scores give the held-out labels the greatest likelihood."""

    def loss(log_temperature: float) -> float:
        chances = softmax(scores / np.exp(log_temperature))[np.arange(len(right)), right]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
