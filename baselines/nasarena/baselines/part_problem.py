"""A part of a space as a search problem of its own, charged by the problem that it is a part of."""

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.predictors import Predict
from nasarena.suite.problem import InvalidQuery, Problem
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.tables.fidelities import Fidelities
from nasarena.suite.tables.proxies import Proxies


class PartProblem(Problem):
    """What a method meets that searches among some architectures of a problem's space.

    It has a space of their own, in which ids count them alone. All that the method asks goes to
    the whole problem, with ids translated: that one charges, answers repeats and ends the search.
    The budget is what was left of the whole one at the beginning. The trace has what was charged
    since then. Predictors are not shown, since they know nothing of other architectures, and no
    checkpoints are kept.

    Args:
        whole: the problem that is queried.
        members: shape (architectures,), different ids in ascending order, at least one.
    """

    def __init__(self, whole: Problem, members: Ids) -> None:
        self.space = MeasuredCells(whole.space, members)
        self._whole = whole
        self._members = members
        self._begin = whole.trace.size
        self._given = whole.remaining
        self._first_round = int(whole.rounds[-1]) + 1 if self._begin else 0
        self._resumed = None

    def _among_all(self, ids: ArrayLike) -> NDArray[np.int64]:
        """The ids of the whole space. Raises InvalidQuery for what is none of the part."""
        places = np.asarray(ids)
        if places.size and places.dtype.kind not in "iu":
            raise InvalidQuery(f"ids are integers, not {places.dtype}")
        if places.size and not 0 <= int(places.min()) <= int(places.max()) < self.space.size:
            raise InvalidQuery(f"ids are integers from 0 to {self.space.size - 1}")
        return self._members[places.astype(np.int64)]

    def _among_members(self, ids: Ids) -> Ids:
        """The ids of the part, for those of its members."""
        return np.searchsorted(self._members, ids)

    @overload
    def query(self, ids: int | np.integer, fidelity: int | None = None) -> float: ...
    @overload
    def query(self, ids: ArrayLike, fidelity: int | None = None) -> Accuracies: ...
    def query(self, ids: ArrayLike, fidelity: int | None = None) -> float | Accuracies:
        """As of the whole problem."""
        asked = self._among_all(ids)
        return self._whole.query(asked if asked.ndim else int(asked), fidelity)

    def metric(self, name: str, ids: ArrayLike) -> NDArray[np.float64]:
        """As of the whole problem."""
        return self._whole.metric(name, self._among_all(ids))

    def recommend(self, id: int) -> None:
        """As of the whole problem."""
        self._whole.recommend(int(self._among_all(id)))

    def give_up(self) -> None:
        """As of the whole problem."""
        self._whole.give_up()

    def note(self, name: str, value: float) -> None:
        """As of the whole problem."""
        self._whole.note(name, value)

    def show_predictor(self, predict: Predict) -> None:
        """Nothing: a predictor of the part says nothing of the whole space."""

    def proxies(self, *names: str) -> Proxies:
        """Those of the members alone."""
        found = self._whole.proxies(*names)
        scores, seconds = (
            {name: values[self._members] for name, values in columns.items()}
            for columns in (found.scores, found.seconds)
        )
        return Proxies(scores, seconds)

    def checkpoint(self, state: object) -> None:
        """Nothing: which architectures the part has would be lost."""

    def _look(self, name: str) -> Any:
        return getattr(self._whole, name)

    @property
    def budget(self) -> int:
        """What was left of the whole budget when the part was made."""
        return self._given

    @property
    def fidelities(self) -> Fidelities | None:
        """As of the whole problem."""
        return self._whole.fidelities

    @property
    def trace(self) -> Ids:
        """The architectures charged since the part was made, shape (charged,)."""
        return self._among_members(self._whole.trace[self._begin :])

    @property
    def rounds(self) -> NDArray[np.int64]:
        """The rounds of the trace, counted from 0, shape (charged,)."""
        return self._whole.rounds[self._begin :] - self._first_round

    @property
    def fidelity_trace(self) -> list[int] | None:
        """As of the whole problem, of the trace."""
        whole = self._whole.fidelity_trace
        return None if whole is None else whole[self._begin :]

    @property
    def cost_trace(self) -> list[float] | None:
        """As of the whole problem, of the trace."""
        whole = self._whole.cost_trace
        return None if whole is None else whole[self._begin :]

    @property
    def recommendations(self) -> list[tuple[int, int]]:
        """Those of the whole problem that are members: (charged since the beginning, id)."""
        return [
            (charged - self._begin, int(self._among_members(np.asarray(id))))
            for charged, id in self._whole.recommendations
            if charged >= self._begin and id in self._members
        ]
