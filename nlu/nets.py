"""Small networks beside the linear heads: what words mean together, which no sum of their weights says.

    hashed features ─► hidden units (rectified) ─► the log-odds of one label against all others

老人, 吸氧机 and 停电 are harmless each by itself. One layer of a few units sees that all three are there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.neural_network import MLPClassifier

Array = np.ndarray[Any, Any]

COMMON = 8
"""Sentences that a column must occur in to count: rarer ones are learnt by heart, and make the model large."""

ROUNDS = 4
"""Passes over the sentences; more of them learn by heart."""

MOST_SURE = 15.0
"""Log-odds beyond it are cut: in single precision a chance of one has infinite ones."""


@dataclass(frozen=True)
class Net:
    """A network of one hidden layer; `hidden` has a row a feature, as the weights of a head do."""

    hidden: Array
    hidden_bias: Array
    out: Array
    out_bias: Array

    def log_odds(self, before: Array) -> Array:
        """One figure a row, of `rows @ hidden`."""
        return within_reason(np.maximum(before + self.hidden_bias, 0) @ self.out + self.out_bias)

    def of_rows(self, rows: csr_matrix) -> Array:
        """The log-odds of each row."""
        return self.log_odds(rows @ self.hidden)

    def arrays(self, name: str) -> dict[str, Array]:
        """What to store, under names that begin with the head's."""
        return {f"{name}.{part}": getattr(self, part).astype(np.float16) for part in _parts()}

    @classmethod
    def from_arrays(cls, name: str, stored: Any) -> Net | None:
        """The inverse of `arrays`; None where none was stored."""
        if f"{name}.hidden" not in stored:
            return None
        return cls(*(stored[f"{name}.{part}"].astype(np.float32) for part in _parts()))


def _parts() -> tuple[str, ...]:
    return tuple(field.name for field in fields(Net))


class Network(MLPClassifier):
    """scikit-learn's network of two labels, in passes instead of until it converges."""

    def learn(self, rows: csr_matrix, labels: Array) -> Network:
        """Goes `ROUNDS` times through all sentences."""
        for _ in range(ROUNDS):
            self.partial_fit(rows, labels, classes=[False, True])
        return self

    def net(self, columns: Array, width: int) -> Net:
        """What was learnt, over all `width` features, of which `columns` were seen; rounded as it is stored."""
        hidden = np.zeros((width, self.coefs_[0].shape[1]), dtype=np.float32)
        hidden[columns] = self.coefs_[0]
        parts = (hidden, self.intercepts_[0], self.coefs_[1][:, 0], self.intercepts_[1])
        return Net(*(part.astype(np.float16).astype(np.float32) for part in parts))


def within_reason(log_odds: Array) -> Array:
    """Log-odds of at most `MOST_SURE` either way."""
    found: Array = np.clip(log_odds, -MOST_SURE, MOST_SURE)
    return found


def network(units: int, seed: int) -> Network:
    """An untrained network of so many hidden units."""
    return Network((units,), alpha=1e-3, batch_size=256, learning_rate_init=4e-3, random_state=seed)


def common_columns(rows: csr_matrix) -> Array:
    """The columns that at least `COMMON` rows have."""
    found: Array = np.flatnonzero(np.bincount(rows.indices, minlength=rows.shape[1]) >= COMMON)
    return found
