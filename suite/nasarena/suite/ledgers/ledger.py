"""What a run's queries answered and cost: kept by the harness, behind the method's problem."""

import operator
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Accuracies, Ids, Labels
from nasarena.suite.predictors import Predict
from nasarena.suite.records.run_record import NOTES
from nasarena.suite.spaces.by_slot import BySlot, by_slot
from nasarena.suite.tables.fidelities import Fidelities


class SearchEnded(BaseException):
    """The search is over; the runner catches this, methods need not.

    Not an `Exception`, so that a method's own `except Exception` does not search on.
    """

    stop_reason: str


class BudgetExhausted(SearchEnded):
    """A query beyond the budget was asked for."""

    stop_reason = "budget"


class OptimumFound(SearchEnded):
    """The optimum was charged under a protocol that stops there."""

    stop_reason = "optimum"


class PatienceExhausted(SearchEnded):
    """Too many proposals in a row were repeats."""

    stop_reason = "patience"


class InvalidQuery(ValueError):
    """Something that is not an architecture of the space was asked for."""


class LedgerState(NamedTuple):
    """What a ledger has counted and was told, but for the labels, which it has again."""

    trace: Ids
    rounds: NDArray[np.int64]
    unrewarded: int
    recommendations: list[tuple[int, int]]
    diagnostics: dict[str, list[float]]
    fidelity: list[int] | None = None
    cost: list[float] | None = None


class Kept(NamedTuple):
    """What a search goes on from: its method's own state, and that of the ledger."""

    state: Any
    ledger: LedgerState


class Ledger:
    """Answers queries, counts them, and ends the search when the protocol says so.

    Args:
        labels: shape (architectures,), the accuracy that a query of each answers, percent; or
            what measures it when it is charged.
        budget: charged queries allowed.
        patience: proposals in a row without a charge after which the search ends.
        classes: shape (architectures,), the duplicate class of each, named by one of its
            members; None when every architecture is a class of its own.
        targets: ids that end the search when charged; None when nothing does.
        judge: is given the predictors that are shown, with the charged queries by then; None
            where nobody asks.
    """

    def __init__(
        self,
        labels: Labels,
        budget: int,
        patience: int,
        classes: Ids | None = None,
        targets: Ids | None = None,
        judge: Callable[[int, Predict], None] | None = None,
    ) -> None:
        self._budget = budget
        self._labels = labels
        self._patience = patience
        self._judge = judge
        self._classes = classes
        # By class (or id): what a query of its members answers, NaN until one is charged.
        self._answers = by_slot(labels.size, np.nan)
        self._is_target = by_slot(labels.size, False)
        if targets is not None:
            self._is_target[targets if classes is None else classes[targets]] = True
        self._trace = np.empty(budget, dtype=np.int64)
        self._rounds = np.empty(budget, dtype=np.int64)
        self._charged = 0
        self._round = 0
        self._unrewarded = 0
        self._ended: SearchEnded | None = None
        self._recommendations: list[tuple[int, int]] = []
        self._diagnostics: dict[str, list[float]] = {}
        self._scratch: BySlot | None = None

    @property
    def ended(self) -> SearchEnded | None:
        """How the search ended; None while it goes on."""
        return self._ended

    @property
    def recommendations(self) -> list[tuple[int, int]]:
        """The recommendations in order: (charged queries by then, id)."""
        return list(self._recommendations)

    @property
    def diagnostics(self) -> dict[str, list[float]]:
        """What was noted, by name in alphabetical order."""
        return {name: list(self._diagnostics[name]) for name in sorted(self._diagnostics)}

    @property
    def budget(self) -> int:
        """Charged queries allowed."""
        return self._budget

    @property
    def remaining(self) -> int:
        """Charged queries left."""
        return self._budget - self._charged

    @property
    def remaining_cost(self) -> float:
        """What is left of the budget, in full trainings."""
        return float(self.remaining)

    @property
    def exhausted(self) -> bool:
        """Whether no query can be paid any more."""
        return not self.remaining

    @property
    def fidelities(self) -> Fidelities | None:
        """As `Problem.fidelities`."""
        return None

    @property
    def fidelity_trace(self) -> list[int] | None:
        """The epochs of each charged query; None where all are full trainings."""
        return None

    @property
    def cost_trace(self) -> list[float] | None:
        """What each charged query cost, in full trainings; None where each costs 1."""
        return None

    @property
    def trace(self) -> Ids:
        """The charged architectures in order, shape (charged,); read-only."""
        return _read_only(self._trace[: self._charged])

    @property
    def rounds(self) -> NDArray[np.int64]:
        """The round in which each of the trace was charged, from 0, shape (charged,); read-only."""
        return _read_only(self._rounds[: self._charged])

    def query(self, ids: ArrayLike, fidelity: int | None = None) -> float | Accuracies:
        """As `Problem.query`."""
        if self._ended is not None:
            raise self._ended.with_traceback(None)
        try:
            if fidelity is not None:
                return self._query_at(ids, fidelity)
            if isinstance(ids, (int, np.integer)):
                return self._query_one(self._as_id(ids))
            return self._query_many(ids)
        except SearchEnded as ended:
            self._ended = ended
            raise

    def recommend(self, id: int) -> None:
        """As `Problem.recommend`."""
        id = self._as_id(id)
        self._check_range(id, id)
        self._recommendations.append((self._charged, id))

    def give_up(self) -> None:
        """As `Problem.give_up`."""
        if self._ended is None:
            self._ended = PatienceExhausted()

    def note(self, name: str, value: float) -> None:
        """As `Problem.note`."""
        if not isinstance(name, str):
            raise TypeError(f"a diagnostic's name is a text, not {name!r}")
        if name in NOTES:
            raise ValueError(f"the diagnostic {name} is the harness's; choose another name")
        self._diagnostics.setdefault(name, []).append(float(value))

    def show_predictor(self, predict: Predict) -> None:
        """As `Problem.show_predictor`."""
        if self._judge is not None:
            self._judge(self._charged, predict)

    def state(self) -> LedgerState:
        """What `restore` takes."""
        return LedgerState(
            self._trace[: self._charged].copy(),
            self._rounds[: self._charged].copy(),
            self._unrewarded,
            self.recommendations,
            self.diagnostics,
        )

    def restore(self, state: LedgerState) -> None:
        """Go on where another ledger of the same run was."""
        ids, count = state.trace, state.trace.size
        self._answers[ids if self._classes is None else self._classes[ids]] = self._labels[ids]
        self._trace[:count] = ids
        self._rounds[:count] = state.rounds
        self._charged = count
        self._round = int(state.rounds[-1]) + 1 if count else 0
        self._unrewarded = state.unrewarded
        self._recommendations = list(state.recommendations)
        self._diagnostics = {name: list(values) for name, values in state.diagnostics.items()}

    def _query_one(self, id: int) -> float:
        if not 0 <= id < self._labels.size:
            self._check_range(id, id)
        slot = id if self._classes is None else self._classes.item(id)
        answer: float = self._answers.item(slot)
        if answer == answer:  # noqa: PLR0124  # not NaN: charged before; math.isnan is slower
            self._unrewarded += 1
            if self._unrewarded >= self._patience:
                raise PatienceExhausted
            return answer
        charged = self._charged
        if charged == self._budget:
            raise BudgetExhausted
        answer = self._labels.item(id)
        self._answers[slot] = answer
        self._trace[charged] = id
        self._rounds[charged] = self._round
        self._round += 1
        self._charged = charged + 1
        self._unrewarded = 0
        if self._is_target.item(slot):
            raise OptimumFound
        return answer

    def _query_at(self, ids: ArrayLike, fidelity: Any) -> float | Accuracies:
        raise InvalidQuery(
            f"queries answer full trainings only in this run: leave out fidelity={fidelity}, or "
            "run under --protocol multi-fidelity on a benchmark with trainings of several lengths"
        )

    def _query_many(self, asked: ArrayLike) -> Accuracies:
        ids = self._as_ids(asked)
        if ids.size == 0:  # a proposal all the same, or one could ask for nothing for ever
            self._unrewarded += 1
            if self._unrewarded >= self._patience:
                raise PatienceExhausted
            return np.empty(ids.shape)
        self._check_range(int(ids.min()), int(ids.max()))
        flat = ids.ravel().astype(np.int64, copy=False)
        slots = flat if self._classes is None else self._classes[flat]
        fresh = self._first_occurrences(slots)
        if fresh.size:
            repeats_before = np.diff(fresh, prepend=-1 - self._unrewarded) - 1
            too_many = np.flatnonzero(repeats_before >= self._patience)
            if too_many.size:
                fresh = fresh[: too_many[0]]
            self._charge(flat[fresh], slots[fresh])
            if too_many.size:
                raise PatienceExhausted
            # The proposals after the last charge were repeats.
            self._unrewarded = flat.size - 1 - int(fresh[-1])
        else:
            self._unrewarded += flat.size
        if self._unrewarded >= self._patience:
            raise PatienceExhausted
        return self._answers[slots].reshape(ids.shape)

    def _first_occurrences(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where in `slots` something not yet charged stands for the first time, ascending."""
        unknown = np.flatnonzero(np.isnan(self._answers[slots]))
        if unknown.size == 0:
            return unknown
        if self._scratch is None:
            self._scratch = by_slot(self._labels.size, 0)
        # Written backwards, so that of equal slots the first one's position stays.
        wanted = slots[unknown]
        self._scratch[wanted[::-1]] = unknown[::-1]
        first: NDArray[np.int64] = unknown[self._scratch[wanted] == unknown]
        return first

    def _charge(self, ids: Ids, slots: NDArray[np.int64]) -> None:
        hits = np.flatnonzero(self._is_target[slots])
        wanted = int(hits[0]) + 1 if hits.size else ids.size
        count = min(wanted, self.remaining)
        end = self._charged + count
        self._answers[slots[:count]] = self._labels[ids[:count]]
        self._trace[self._charged : end] = ids[:count]
        self._rounds[self._charged : end] = self._round
        self._round += count > 0
        self._charged = end
        if count < wanted:
            raise BudgetExhausted
        if hits.size:
            raise OptimumFound

    @staticmethod
    def _as_ids(asked: ArrayLike) -> NDArray[Any]:
        try:
            ids = np.asarray(asked)
        except ValueError as error:
            raise InvalidQuery(f"query takes an array of ids: {error}") from None
        if ids.size and ids.dtype.kind not in "iu":
            raise InvalidQuery(
                f"query takes integers, the ids of architectures, not {ids.dtype} "
                f"(asked for {ids.ravel()[0]})"
            )
        return ids

    @staticmethod
    def _as_id(id: object) -> int:
        if not isinstance(id, bool):
            with suppress(TypeError):
                return operator.index(id)  # type: ignore[arg-type]  # refused by what it raises
        raise InvalidQuery(f"{id!r} is not an architecture: ids are integers")

    def _check_range(self, low: int, high: int) -> None:
        for id in (low, high):
            if not 0 <= id < self._labels.size:
                raise InvalidQuery(
                    f"there is no architecture {id}: this space has ids 0 to "
                    f"{self._labels.size - 1}"
                )


def _read_only(view: NDArray[np.int64]) -> NDArray[np.int64]:
    view.flags.writeable = False
    return view
