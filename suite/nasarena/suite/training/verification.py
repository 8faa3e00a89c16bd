"""Some cells trained again, and compared with what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nasarena.suite.errors import UserError
from nasarena.suite.training.plan import EVERY_CELL
from nasarena.suite.training.stored_trainings import Group
from nasarena.suite.training.train_cell import Trainings
from nasarena.suite.training.train_table import train_groups

MOST_DEVIATIONS = 3.0
"""Of the seeds: a cell that differs by more is another."""

SHARE_WITHIN = 0.95
"""Of the cells, that must differ by less."""


@dataclass(frozen=True)
class Verification:
    """How cells that were trained again compare with what is stored.

    `equal` is how many give the same accuracies and losses after every epoch, bit for bit;
    `within` how many mean final validation accuracies differ by at most three standard deviations
    of the seeds. `largest` is the largest such difference, in points, `deviation` that standard
    deviation (pooled over all stored cells).
    """

    cells: int
    equal: int
    within: int
    largest: float
    deviation: float

    @property
    def allowed(self) -> float:
        """How far a cell's mean may be from what is stored, points."""
        return MOST_DEVIATIONS * self.deviation

    @property
    def passed(self) -> bool:
        """All bits as stored, or as near as another processor's rounding may come."""
        return self.equal == self.cells or self.within >= SHARE_WITHIN * self.cells


def verify(
    trainings: Mapping[Group, Trainings], cells: int, seed: int, workers: int
) -> Verification:
    """Trains random cells again, with the seeds that all cells have.

    Raises UserError when fewer cells are stored.
    """
    stored = sorted(group for group in trainings if group.first_seed == EVERY_CELL.start)
    if len(stored) < cells:
        raise UserError(f"there are {len(stored)} trained cells to verify, not {cells}; give fewer")
    chosen = np.random.default_rng(seed).choice(len(stored), cells, replace=False)
    again = dict(train_groups((stored[place] for place in chosen), workers))
    differences = np.array(
        [
            abs(new.validation[:, -1].mean() - trainings[group].validation[:, -1].mean())
            for group, new in again.items()
        ]
    )
    deviation = seed_deviation(trainings)
    return Verification(
        cells=cells,
        equal=sum(_same(new, trainings[group]) for group, new in again.items()),
        within=int((differences <= MOST_DEVIATIONS * deviation).sum()),
        largest=float(differences.max()),
        deviation=deviation,
    )


def seed_deviation(trainings: Mapping[Group, Trainings]) -> float:
    """The standard deviation of final validation accuracy over a cell's seeds, points; pooled."""
    variances = [
        training.validation[:, -1].var(ddof=1)
        for group, training in trainings.items()
        if group.first_seed == EVERY_CELL.start
    ]
    return float(np.sqrt(np.mean(variances)))


def _same(new: Trainings, stored: Trainings) -> bool:
    """Whether accuracies and losses are the same; losses in single precision, as stored."""
    return (
        np.array_equal(np.rint(new.validation * 1e6), np.rint(stored.validation * 1e6))
        and np.array_equal(np.rint(new.test * 1e6), np.rint(stored.test * 1e6))
        and np.array_equal(
            new.validation_loss.astype(np.float32), stored.validation_loss.astype(np.float32)
        )
    )
