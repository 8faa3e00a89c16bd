"""Trainings of several lengths: what each costs, and whether one goes on from another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nasarena.suite.arrays import Labels

TIE = 1e-9
"""Sums of costs, in full trainings, closer than this are equal."""


@dataclass(frozen=True)
class Fidelities:
    """The lengths of training that an architecture can be queried at.

    `epochs` rise; the last are those of a full training. `costs` are what each length costs from
    the start, in full trainings: the last is 1. With `continues`, all are points of one schedule,
    so that a longer training goes on from a shorter one and only the rest is paid; without, each
    length has a schedule of its own and is paid in full.

    Example:
        >>> Fidelities.proportional([4, 12, 36, 108], continues=False).costs[2]
        0.3333333333333333
    """

    epochs: tuple[int, ...]
    costs: tuple[float, ...]
    continues: bool

    @classmethod
    def proportional(cls, epochs: Sequence[int], continues: bool) -> "Fidelities":
        """Trainings whose cost is their share of the epochs of a full one."""
        return cls(tuple(epochs), tuple(each / epochs[-1] for each in epochs), continues)

    @property
    def full(self) -> int:
        """The place of the full training in `epochs`."""
        return len(self.epochs) - 1

    def cost(self, place: int, paid: int | None = None) -> float:
        """What a training costs, in full trainings; `paid` is the place of the longest before.

        Places are those in `epochs`.
        """
        if paid is None or not self.continues:
            return self.costs[place]
        return self.costs[place] - self.costs[paid]

    @property
    def smallest(self) -> float:
        """The least that a query can cost."""
        if not self.continues:
            return self.costs[0]
        steps = (self.cost(place, place - 1) for place in range(1, len(self.costs)))
        return min([self.costs[0], *steps])


class ObservedTrainings(NamedTuple):
    """What queries of shorter trainings answer in a run: `shorter` has the labels of each length.

    They stand beside `fidelities.epochs`, without the last: a full training answers as elsewhere.
    """

    fidelities: Fidelities
    shorter: Sequence[Labels]
