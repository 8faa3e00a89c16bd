"""The ledger of a run whose queries can ask for trainings of several lengths."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Accuracies, Ids, Labels
from nasarena.suite.ledgers.ledger import (
    BudgetExhausted,
    InvalidQuery,
    Ledger,
    LedgerState,
    OptimumFound,
    PatienceExhausted,
    SearchEnded,
)
from nasarena.suite.predictors import Predict
from nasarena.suite.tables.fidelities import TIE, Fidelities, ObservedTrainings


class FidelityLedger(Ledger):
    """Counts in full trainings what queries cost, and remembers which trainings were paid.

    Only full trainings find a target. Of one schedule, what a longer training passed on its way is
    answered free of charge.

    Args:
        trainings: what shorter trainings answer, and what all cost.
        labels, budget, patience, classes, targets, judge: as in `Ledger`; the budget is in full
            trainings.
    """

    def __init__(
        self,
        trainings: ObservedTrainings,
        labels: Labels,
        budget: int,
        patience: int,
        classes: Ids | None = None,
        targets: Ids | None = None,
        judge: Callable[[int, Predict], None] | None = None,
    ) -> None:
        super().__init__(labels, budget, patience, classes, targets, judge)
        self._fidelities = trainings.fidelities
        self._labels_at = [*trainings.shorter, labels]
        # By the place of a length: what its queries answer, by class (or id).
        self._known: list[dict[int, float]] = [{} for _ in self._labels_at]
        # By class (or id): the member that was charged, and the place of its longest training.
        self._member: dict[int, int] = {}
        self._longest: dict[int, int] = {}
        self._charges: list[tuple[int, int, int, float]] = []
        self._spent = 0.0

    @property
    def fidelities(self) -> Fidelities:
        """As `Problem.fidelities`."""
        return self._fidelities

    @property
    def remaining(self) -> int:
        """Full trainings that the budget still holds."""
        return int(self.remaining_cost + TIE)

    @property
    def remaining_cost(self) -> float:
        """What is left of the budget, in full trainings."""
        return max(0.0, self._budget - self._spent)

    @property
    def exhausted(self) -> bool:
        """Whether no query can be paid any more."""
        return self._spent + self._fidelities.smallest > self._budget + TIE

    @property
    def trace(self) -> Ids:
        """The charged architectures in order, shape (charged,); read-only."""
        return self._column(0, np.int64)

    @property
    def rounds(self) -> NDArray[np.int64]:
        """The round in which each of the trace was charged, from 0, shape (charged,); read-only."""
        return self._column(1, np.int64)

    @property
    def fidelity_trace(self) -> list[int]:
        """The epochs of each charged query."""
        return [self._fidelities.epochs[charge[2]] for charge in self._charges]

    @property
    def cost_trace(self) -> list[float]:
        """What each charged query cost, in full trainings."""
        return [charge[3] for charge in self._charges]

    def state(self) -> LedgerState:
        """What `restore` takes."""
        state = super().state()
        return state._replace(
            trace=self.trace.copy(),
            rounds=self.rounds.copy(),
            fidelity=self.fidelity_trace,
            cost=self.cost_trace,
        )

    def restore(self, state: LedgerState) -> None:
        """Go on where another ledger of the same run was."""
        assert state.fidelity is not None
        assert state.cost is not None
        places = [self._fidelities.epochs.index(epochs) for epochs in state.fidelity]
        charges = zip(state.trace.tolist(), state.rounds.tolist(), places, state.cost, strict=True)
        for id, round, place, cost in charges:
            self._note_charge(id, round, place, cost, self._labels_at[place].item(id))
        nothing = np.empty(0, dtype=np.int64)
        super().restore(state._replace(trace=nothing, rounds=nothing))
        self._charged = len(self._charges)
        self._round = int(state.rounds[-1]) + 1 if self._charges else 0

    def _query_one(self, id: int) -> float:
        return float(self._answers_at(np.array([id]), self._fidelities.full)[0])

    def _query_many(self, asked: ArrayLike) -> Accuracies:
        return self._answers_at(self._as_ids(asked), self._fidelities.full)

    def _query_at(self, ids: ArrayLike, fidelity: Any) -> float | Accuracies:
        try:
            place = self._fidelities.epochs.index(fidelity)
        except ValueError:
            lengths = ", ".join(map(str, self._fidelities.epochs))
            raise InvalidQuery(
                f"there are no trainings of {fidelity} epochs; this benchmark has {lengths}"
            ) from None
        if isinstance(ids, (int, np.integer)):
            return float(self._answers_at(np.array([self._as_id(ids)]), place)[0])
        return self._answers_at(self._as_ids(ids), place)

    def _answers_at(self, ids: Ids, place: int) -> Accuracies:
        """What queries of one length answer, in the shape of `ids`; new ones are charged."""
        if ids.size == 0:
            self._unrewarded += 1
            if self._unrewarded >= self._patience:
                raise PatienceExhausted
            return np.empty(ids.shape)
        self._check_range(int(ids.min()), int(ids.max()))
        flat = ids.ravel()
        slots = (flat if self._classes is None else self._classes[flat]).tolist()
        known = self._known[place]
        charged: dict[int, tuple[int, float]] = {}  # by class (or id): member and cost
        spent = self._spent
        ended: SearchEnded | None = None
        for id, slot in zip(flat.tolist(), slots, strict=True):
            paid = self._longest.get(slot)
            member = self._member.get(slot, id)
            if slot in known or slot in charged:
                self._unrewarded += 1
            elif self._fidelities.continues and paid is not None and paid > place:
                known[slot] = self._labels_at[place].item(member)
                self._unrewarded += 1
            else:
                cost = self._fidelities.cost(place, paid)
                if spent + cost > self._budget + TIE:
                    ended = BudgetExhausted()
                    break
                charged[slot] = member, cost
                spent += cost
                self._unrewarded = 0
                if place == self._fidelities.full and self._is_target.item(slot):
                    ended = OptimumFound()
                    break
            if self._unrewarded >= self._patience:
                ended = PatienceExhausted()
                break
        self._charge_at(charged, place)
        if isinstance(ended, BudgetExhausted):
            # Where labels are elsewhere, the ledger there has to end the search as well.
            self._labels_at[place][np.array([member])]
        if ended is not None:
            raise ended
        return np.array([known[slot] for slot in slots]).reshape(ids.shape)

    def _charge_at(self, charged: dict[int, tuple[int, float]], place: int) -> None:
        """Charge trainings of one length, as one round."""
        if not charged:
            return
        members = np.array([member for member, _ in charged.values()])
        answers = self._labels_at[place][members].tolist()
        for (member, cost), answer in zip(charged.values(), answers, strict=True):
            self._note_charge(member, self._round, place, cost, answer)
        self._charged = len(self._charges)
        self._round += 1

    def _note_charge(self, id: int, round: int, place: int, cost: float, answer: float) -> None:
        slot = id if self._classes is None else self._classes.item(id)
        self._known[place][slot] = answer
        self._member[slot] = id
        self._longest[slot] = max(place, self._longest.get(slot, place))
        self._charges.append((id, round, place, cost))
        self._spent += cost

    def _column(self, place: int, kind: type) -> NDArray[Any]:
        column: NDArray[Any] = np.array([charge[place] for charge in self._charges], dtype=kind)
        column.flags.writeable = False
        return column
