"""Distributions over the architectures of a space: each decision is drawn by itself."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.baselines.ask_and_tell import near
from nasarena.suite.arrays import Ids
from nasarena.suite.spaces import CategoricalSpace

REDRAWS = 100
"""How often decisions that denote no architecture are drawn again."""


class CategoricalDistribution:
    """A product of categorical distributions, one for each decision of a space.

    Attributes:
        logits: shape (decisions, V), where V is the largest number of values that a decision has:
            what the softmax is taken of; minus infinity for values that a decision lacks.

    Args:
        space: the space whose decisions are drawn. Raises UserError if it has none.
    """

    def __init__(self, space: CategoricalSpace) -> None:
        space.decisions(np.zeros(1, dtype=np.int64))  # refused by spaces without decisions
        counts = np.array([len(values) for values in space.choices])
        self.space = space
        self.logits = np.where(np.arange(counts.max()) < counts[:, None], 0.0, -np.inf)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The probability of each value of each decision, shape (decisions, V)."""
        exponentials = np.exp(self.logits - self.logits.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float64] = exponentials / exponentials.sum(axis=1, keepdims=True)
        return probabilities

    @property
    def entropies(self) -> NDArray[np.float64]:
        """The entropy of each decision in nats, shape (decisions,)."""
        probabilities = self.probabilities
        logarithms = np.log(np.where(probabilities > 0, probabilities, 1))
        entropies: NDArray[np.float64] = -(probabilities * logarithms).sum(axis=1)
        return entropies

    @property
    def entropy(self) -> float:
        """The entropy of the product, in nats."""
        return float(self.entropies.sum())

    def draw(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Decisions, shape (count, decisions); they need not denote architectures."""
        below = self.probabilities.cumsum(axis=1)
        below /= below[:, -1:]  # exactly 1 from the last value on that the decision has
        values: NDArray[np.int64] = (rng.random((count, len(below), 1)) >= below).sum(axis=2)
        return values

    def architectures(self, count: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], Ids]:
        """Drawn decisions, shape (count, decisions), and the architectures, shape (count,).

        What denotes no architecture is drawn again, up to 100 times. If that does not help, the
        nearest of a few random architectures is taken (`near`), with its own decisions.
        """
        decisions = self.draw(count, rng)
        ids = self.space.ids(decisions)
        for place in np.flatnonzero(ids < 0).tolist():
            again = self.draw(REDRAWS, rng)
            found = self.space.ids(again)
            first = int((found >= 0).argmax())
            if found[first] >= 0:
                decisions[place], ids[place] = again[first], found[first]
            else:
                ids[place] = near(self.space, decisions[place].tolist(), rng)
                decisions[place] = self.space.decisions(ids[place])
        return decisions, ids

    def gradient(self, decisions: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
        """The weighted sum of the gradients of log-probabilities by the logits.

        `decisions` have shape (drawn, decisions), `weights` (drawn,); the sum has the shape of
        `logits`. For each decision it is how often a value was drawn, minus how often it is
        expected to be.
        """
        drawn, each = np.asarray(decisions), np.asarray(weights, dtype=np.float64)
        total = np.zeros_like(self.logits)
        for place in range(drawn.shape[1]):
            total[place] = np.bincount(drawn[:, place], weights=each, minlength=total.shape[1])
        total -= float(each.sum()) * self.probabilities
        return total
