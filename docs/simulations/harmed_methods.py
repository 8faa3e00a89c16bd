"""Methods with a planted mistake each, for `docs/simulations/gate.py`."""

from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from nasarena.methods.cell_kernel import CellKernel
from nasarena.methods.path_gp import PathGP
from nasarena.methods.weaknas_lite import WeakNASLite
from nasarena.suite import Problem
from nasarena.suite.arrays import Accuracies, Ids


class ShuffledLabels(WeakNASLite):
    """In every round, the labels of 20 % of the queries are shuffled among them."""

    def scaled(self, accuracies: Accuracies) -> Accuracies:
        rng = np.random.default_rng(accuracies.size)
        some = np.flatnonzero(rng.random(accuracies.size) < 0.2)
        shuffled = accuracies.copy()
        shuffled[some] = accuracies[rng.permutation(some)]
        return super().scaled(shuffled)


class BestDropped(WeakNASLite):
    """The architecture that is predicted to be the best is not queried in its round."""

    def choose(
        self, predicted: NDArray[np.floating], queried: NDArray[np.bool_], rng: np.random.Generator
    ) -> Ids:
        without = queried.copy()
        without[np.where(queried, -np.inf, predicted).argmax()] = True
        return super().choose(predicted, without, rng)


class DoubledLength(PathGP):
    """The length of the kernel on paths is twice as large."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        with patch.object(CellKernel.__init__, "__defaults__", (2.8, None)):
            super().search(problem, rng)
