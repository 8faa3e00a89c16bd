"""Early stopping by a prediction: a linear model of the final accuracy on the first epochs."""

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.successive_halving import Draws
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.problem import Problem


class EarlyStopRidge:
    """Trains many architectures for a few epochs, and those of highest predicted accuracy in full.

    A ridge regression predicts the accuracy of a full training from those after the epochs of a
    short one. It is fitted to all architectures that were trained in full, again in each round.

    Source: the idea of predicting final accuracies from early ones by a linear model is Hakim et
    al., "NAAP-440 dataset and baseline for neural architecture accuracy prediction", 2022; the
    search around it is nasarena's own. Where each length of training has a schedule of its own,
    only the longest of the short trainings is made and predicted from.

    Args:
        share: the highest cost of a short training, in full trainings; where all cost more, the
            shortest is taken.
        first: architectures that are trained in full before the first prediction.
        batch: architectures that get a short training in a round.
        top: architectures that are trained in full in a round.
        penalty: of the squared coefficients, for features and targets of unit variance.
    """

    version = "1"
    kind = "baseline"
    paper = "Hakim et al., 2022, arXiv:2209.06626"
    tuned_on: tuple[str, ...] = ()
    fidelities = True
    seconds_per_query = 2e-5

    def __init__(
        self,
        share: float = 0.25,
        first: int = 10,
        batch: int = 12,
        top: int = 2,
        penalty: float = 1.0,
    ) -> None:
        if min(first, batch, top) < 1 or penalty <= 0 or top > batch:
            raise ValueError(
                "first, batch and top must be at least 1, top at most batch, and penalty above 0"
            )
        self.share = share
        self.first = first
        self.batch = batch
        self.top = top
        self.penalty = penalty

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        known = problem.fidelities
        assert known is not None
        shorter = zip(known.epochs[:-1], known.costs, strict=False)
        short = [epochs for epochs, cost in shorter if cost <= self.share]
        short = short or [known.epochs[0]]
        # The longest first: of one schedule, the others are then free.
        lengths = short[::-1] if known.continues else short[-1:]
        draws = Draws(problem.space, rng)
        early: dict[int, list[float]] = {}
        final: dict[int, float] = {}

        def train_shortly(count: int) -> Ids:
            ids = draws.draw(count)
            columns = [problem.query(ids, fidelity=epochs).tolist() for epochs in lengths]
            early.update(zip(ids.tolist(), map(list, zip(*columns, strict=True)), strict=True))
            return ids

        def train_in_full(ids: Ids) -> None:
            final.update(zip(ids.tolist(), problem.query(ids).tolist(), strict=True))

        train_in_full(train_shortly(self.first))
        while True:
            if not draws.is_empty:
                train_shortly(self.batch)
            waiting = np.array([id for id in early if id not in final], dtype=np.int64)
            if not waiting.size:  # the whole space was trained
                return
            predicted = self._predicted(
                np.array([early[id] for id in final]),
                np.array(list(final.values())),
                np.array([early[id] for id in waiting.tolist()]),
            )
            train_in_full(waiting[np.argsort(-predicted, kind="stable")[: self.top]])

    def _predicted(
        self, features: NDArray[np.float64], targets: Accuracies, asked: NDArray[np.float64]
    ) -> Accuracies:
        """The predicted accuracies of shape (asked,), from features of shape (..., lengths)."""
        center, scale = features.mean(axis=0), features.std(axis=0)
        scale[scale == 0] = 1.0
        known, unknown = (features - center) / scale, (asked - center) / scale
        spread = targets.std() or 1.0
        normal = known.T @ known + self.penalty * np.eye(known.shape[1])
        weights = np.linalg.solve(normal, known.T @ ((targets - targets.mean()) / spread))
        predicted: Accuracies = unknown @ weights * spread + targets.mean()
        return predicted
