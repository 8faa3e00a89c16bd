"""The only thing a method sees: a space, `query`, and what is left of the budget.

The ledger is kept behind it, not by the method: what counts as a query is the harness's business.
"""

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Accuracies, Ids, Labels
from nasarena.suite.errors import UserError
from nasarena.suite.ledgers.fidelity_ledger import FidelityLedger
from nasarena.suite.ledgers.ledger import (
    BudgetExhausted,
    InvalidQuery,
    Kept,
    Ledger,
    OptimumFound,
    PatienceExhausted,
    SearchEnded,
)
from nasarena.suite.predictors import Predict
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.tables.fidelities import Fidelities, ObservedTrainings
from nasarena.suite.tables.proxies import Proxies

__all__ = [
    "BudgetExhausted",
    "InvalidQuery",
    "OptimumFound",
    "PatienceExhausted",
    "Problem",
    "SearchEnded",
]


class Problem:
    """A search problem, as a method meets it.

    Args:
        space: the search space.
        labels: shape (architectures,), the accuracy that a query of each answers, percent; or
            what measures it when it is charged.
        budget: charged queries allowed.
        patience: proposals in a row without a charge after which the search ends.
        classes: shape (architectures,), the duplicate class of each, named by one of its
            members; None when every architecture is a class of its own.
        targets: ids that end the search when charged; None when nothing does.
        judge: is given the predictors that are shown, with the charged queries by then; None
            where nobody asks.
        kept: what the search goes on from; None where it begins.
        keep: is given what the search could go on from; None where nobody keeps it.
        proxies: gives zero-cost scores by their names, all without names; None where there are
            none.
        metrics: gives what is known of all architectures without training, by its name: shape
            (architectures,), higher is better; None where nothing is.
        trainings: what shorter trainings answer and cost; None where all are full ones.
    """

    def __init__(
        self,
        space: CategoricalSpace,
        labels: Labels,
        budget: int,
        patience: int,
        classes: Ids | None = None,
        targets: Ids | None = None,
        judge: Callable[[int, Predict], None] | None = None,
        kept: Kept | None = None,
        keep: Callable[[Kept], None] | None = None,
        proxies: Callable[[Sequence[str]], Proxies] | None = None,
        metrics: Callable[[str], NDArray[np.float64]] | None = None,
        trainings: ObservedTrainings | None = None,
    ) -> None:
        self.space = space
        if trainings is None:
            ledger = Ledger(labels, budget, patience, classes, targets, judge)
        else:
            ledger = FidelityLedger(trainings, labels, budget, patience, classes, targets, judge)
        if kept is not None:
            ledger.restore(kept.ledger)

        # Functions, not the ledger: a method that looks into its problem's attributes finds no
        # labels there by accident.
        def query(ids: ArrayLike, fidelity: int | None = None) -> float | Accuracies:
            return ledger.query(ids, fidelity)

        def recommend(id: int) -> None:
            ledger.recommend(id)

        def note(name: str, value: float) -> None:
            ledger.note(name, value)

        def give_up() -> None:
            ledger.give_up()

        def show_predictor(predict: Predict) -> None:
            ledger.show_predictor(predict)

        def checkpoint(state: object) -> None:
            if keep is not None:
                keep(Kept(state, ledger.state()))

        def scores(names: Sequence[str]) -> Proxies:
            found = (proxies or Proxies().select)(names)
            for note, seconds in found.notes().items():
                if note not in ledger.diagnostics:
                    ledger.note(note, seconds)
            return found

        @cache
        def metric(name: str) -> NDArray[np.float64]:
            if metrics is None:
                raise UserError(f"no metric is known here without training, and so no {name}")
            values = metrics(name)
            digest = sha256(np.ascontiguousarray(values, dtype="<f8").data).hexdigest()
            note = f"metric {name} sha256 {digest[:16]}"
            if note not in ledger.diagnostics:  # it is where the search goes on
                ledger.note(note, float((~np.isnan(values)).sum()))
            return values

        def look(name: str) -> Any:
            if name not in VISIBLE:
                raise AttributeError(f"a problem does not show {name}")
            return getattr(ledger, name)

        self._query = query
        self._recommend = recommend
        self._note = note
        self._give_up = give_up
        self._show_predictor = show_predictor
        self._checkpoint = checkpoint
        self._resumed = None if kept is None else kept.state
        self._proxies = scores
        self._metric = metric
        self._look = look

    @property
    def ended(self) -> SearchEnded | None:
        """How the search ended; None while it goes on."""
        ended: SearchEnded | None = self._look("ended")
        return ended

    @property
    def recommendations(self) -> list[tuple[int, int]]:
        """The recommendations in order: (charged queries by then, id)."""
        recommendations: list[tuple[int, int]] = self._look("recommendations")
        return recommendations

    @property
    def diagnostics(self) -> dict[str, list[float]]:
        """What was noted, by name in alphabetical order."""
        diagnostics: dict[str, list[float]] = self._look("diagnostics")
        return diagnostics

    @property
    def budget(self) -> int:
        """Charged queries allowed; full trainings, where queries can ask for shorter ones."""
        budget: int = self._look("budget")
        return budget

    @property
    def remaining(self) -> int:
        """Charged queries left; full trainings, where queries can ask for shorter ones."""
        remaining: int = self._look("remaining")
        return remaining

    @property
    def remaining_cost(self) -> float:
        """What is left of the budget, in full trainings: also a part of one."""
        remaining: float = self._look("remaining_cost")
        return remaining

    @property
    def fidelities(self) -> Fidelities | None:
        """The lengths of training that `query` takes as `fidelity`, and what each costs.

        None where queries answer full trainings only: the protocol or the benchmark has no others.

        Example:
            >>> problem.fidelities.epochs, problem.fidelities.costs
            ((12, 200), (0.06, 1.0))
        """
        fidelities: Fidelities | None = self._look("fidelities")
        return fidelities

    @property
    def trace(self) -> Ids:
        """The charged architectures in order, shape (charged,); read-only."""
        trace: Ids = self._look("trace")
        return trace

    @property
    def rounds(self) -> NDArray[np.int64]:
        """The round in which each of the trace was charged, from 0, shape (charged,); read-only."""
        rounds: NDArray[np.int64] = self._look("rounds")
        return rounds

    @property
    def exhausted(self) -> bool:
        """Whether no query can be paid any more."""
        exhausted: bool = self._look("exhausted")
        return exhausted

    @property
    def fidelity_trace(self) -> list[int] | None:
        """The epochs of each of the trace; None where all are full trainings."""
        trace: list[int] | None = self._look("fidelity_trace")
        return trace

    @property
    def cost_trace(self) -> list[float] | None:
        """What each of the trace cost, in full trainings; None where each costs 1."""
        trace: list[float] | None = self._look("cost_trace")
        return trace

    @overload
    def query(self, ids: int | np.integer, fidelity: int | None = None) -> float: ...
    @overload
    def query(self, ids: ArrayLike, fidelity: int | None = None) -> Accuracies: ...
    def query(self, ids: ArrayLike, fidelity: int | None = None) -> float | Accuracies:
        """The validation accuracies (percent) of architectures, in the shape of `ids`.

        Where a benchmark has another objective, they are its values: higher is always better, as
        what is to be minimised is negated.

        New ones are charged in their order; repeats are answered from the ledger, free. One call
        that charges is one round.

        `fidelity` is the number of epochs of the training, one of `fidelities.epochs`; a full one
        if None. Each costs its part of a full training. Where a longer training goes on from a
        shorter one, only the rest is paid, and what it passed is free. Full trainings alone find
        the optimum and can be the answer of a run.

        Raises:
            InvalidQuery: `ids` are not integers in `range(space.size)`, or there are no trainings
                of this length; nothing was charged.
            SearchEnded: the protocol ends the search here. What was charged before stays so, and
                every later call raises it again.
        """
        return self._query(ids, fidelity)

    def metric(self, name: str, ids: ArrayLike) -> NDArray[np.float64]:
        """What is measured of architectures without training, free of charge, in the shape of ids.

        Such as `parameters` or the latency on a device, where the benchmark has it. Higher is
        better: what is to be minimised is negated. NaN where an architecture was not measured. A
        run's diagnostics say which metric it asked for, with its sha256.

        Raises UserError where the benchmark has no such metric, and InvalidQuery as `query`.
        """
        values, places = self._metric(name), np.asarray(ids)
        if places.dtype.kind not in "iu" or ((places < 0) | (places >= values.size)).any():
            raise InvalidQuery(f"ids are integers from 0 to {values.size - 1}")
        return np.asarray(values[places])

    def recommend(self, id: int) -> None:
        """State, free of charge, what the method would answer now. It need not be queried."""
        self._recommend(id)

    def give_up(self) -> None:
        """End the search as repeated proposals do; it counts as not having found the optimum."""
        self._give_up()

    def note(self, name: str, value: float) -> None:
        """Add a number to the run's diagnostics, under a name of the method's choice.

        Raises ValueError for the names under which the harness notes what it judged.
        """
        self._note(name, value)

    def show_predictor(self, predict: Predict) -> None:
        """Show, free of charge, what the method predicts with now: higher is better.

        Where the harness judges predictors it asks `predict` about the whole space, here and now,
        and keeps the answer to itself; elsewhere this does nothing. `predict` must not draw random
        numbers: the trace is the same, judged or not.
        """
        self._show_predictor(predict)

    def proxies(self, *names: str) -> Proxies:
        """Zero-cost scores of the architectures, free of charge: those named, or all there are.

        Which scores a run asked for is in its diagnostics, with their sha256. A score is NaN for an
        architecture that has none. Raises UserError where the benchmark has none, or lacks one.
        """
        return self._proxies(names)

    def checkpoint(self, state: object) -> None:
        """Keep `state`, free of charge, so that the run can go on from here if it is interrupted.

        Call it between two rounds, in runs of many minutes. The harness keeps with it what was
        queried, and the states of `rng` and of the global generators (random, NumPy, torch on the
        CPU). Raises TypeError where `state` cannot be pickled.
        """
        self._checkpoint(state)

    @property
    def resumed(self) -> Any:
        """What the last checkpoint of this run kept; None where the run begins."""
        return self._resumed


VISIBLE = (
    "budget",
    "cost_trace",
    "diagnostics",
    "ended",
    "exhausted",
    "fidelities",
    "fidelity_trace",
    "recommendations",
    "remaining",
    "remaining_cost",
    "rounds",
    "trace",
)
"""What a problem shows of its ledger."""
