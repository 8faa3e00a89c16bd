"""What trainings of several lengths answer and cost, against counting by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasarena.suite import Problem
from nasarena.suite.ledgers.fidelity_ledger import FidelityLedger
from nasarena.suite.ledgers.ledger import BudgetExhausted, InvalidQuery, OptimumFound, SearchEnded
from nasarena.suite.spaces.architecture_list import ArchitectureList
from nasarena.suite.tables.fidelities import Fidelities, ObservedTrainings

SIZE = 6
LABELS = [np.arange(SIZE) * 1.0 + 10 * place for place in range(3)]
ONE_SCHEDULE = Fidelities.proportional([1, 4, 10], continues=True)
OWN_SCHEDULES = Fidelities.proportional([1, 4, 10], continues=False)
CLASSES = np.array([0, 1, 1, 3, 0, 5])


def made(fidelities: Fidelities, budget: int = 3, **options: Any) -> FidelityLedger:
    trainings = ObservedTrainings(fidelities, LABELS[:2])
    return FidelityLedger(trainings, LABELS[2], budget, options.pop("patience", 1000), **options)


def test_a_longer_training_of_one_schedule_pays_the_rest_and_knows_what_it_passed() -> None:
    ledger = made(ONE_SCHEDULE)
    assert ledger.query(2, 4) == 12
    assert ledger.query([2, 3]).tolist() == [22, 23]
    assert ledger.query(3, 1) == 3, "free: the full training passed it"
    assert ledger.cost_trace == pytest.approx([0.4, 0.6, 1.0])
    assert (ledger.trace.tolist(), ledger.fidelity_trace) == ([2, 2, 3], [4, 10, 10])
    assert (ledger.remaining, ledger.remaining_cost) == (1, pytest.approx(1.0))
    assert ledger.rounds.tolist() == [0, 1, 1]


def test_a_schedule_of_its_own_is_paid_in_full() -> None:
    ledger = made(OWN_SCHEDULES)
    ledger.query(2, 4)
    ledger.query(2)
    ledger.query(2, 1)
    assert ledger.cost_trace == pytest.approx([0.4, 1.0, 0.1])
    assert ledger.exhausted is False


def test_the_budget_is_in_full_trainings() -> None:
    ledger = made(ONE_SCHEDULE, budget=1)
    ledger.query([0, 1], 4)
    with pytest.raises(BudgetExhausted):
        ledger.query([2, 3, 4], 1)
    assert ledger.trace.tolist() == [0, 1, 2, 3], "as many as fit, in their order"
    assert ledger.exhausted
    assert isinstance(ledger.ended, BudgetExhausted)


def test_only_a_full_training_finds_the_optimum() -> None:
    ledger = made(ONE_SCHEDULE, targets=np.array([5]))
    assert ledger.query(5, 4) == 15
    with pytest.raises(OptimumFound):
        ledger.query([4, 5, 3])
    assert ledger.trace.tolist() == [5, 4, 5]


@pytest.mark.parametrize("length", [7, 0, -1, "4", 4.5, None.__class__])
def test_a_length_that_is_not_there_is_named(length: Any) -> None:
    ledger = made(ONE_SCHEDULE)
    with pytest.raises(
        InvalidQuery, match=r"no trainings of .* epochs; this benchmark has 1, 4, 10"
    ):
        ledger.query(0, length)
    assert not ledger.trace.size


def test_a_run_of_full_trainings_takes_no_length() -> None:
    space = ArchitectureList("six", [str(number) for number in range(SIZE)])
    problem = Problem(space, LABELS[2], budget=3, patience=9)
    assert problem.fidelities is None
    with pytest.raises(InvalidQuery, match=r"full trainings only.*--protocol multi-fidelity"):
        problem.query(0, fidelity=4)
    assert problem.query(0) == 20
    assert (problem.remaining_cost, problem.cost_trace) == (2.0, None)


QUERIES = st.lists(
    st.tuples(st.lists(st.integers(0, SIZE - 1), max_size=4), st.sampled_from([1, 4, 10, None])),
    max_size=12,
)


def by_hand(
    queries: list[tuple[list[int], int | None]], fidelities: Fidelities, twins: bool
) -> tuple[list[tuple[int, int, float]], list[list[float]]]:
    """What is charged, one after the other, and what is answered; without end."""
    paid: dict[int, list[int]] = {}
    first: dict[int, int] = {}
    charged, answers = [], []
    for ids, length in queries:
        place = 2 if length is None else fidelities.epochs.index(length)
        answer = []
        for id in ids:
            slot = int(CLASSES[id]) if twins else id
            before = paid.setdefault(slot, [])
            member = first.setdefault(slot, id)
            passed = fidelities.continues and any(one > place for one in before)
            if place not in before and not passed:
                done = max([fidelities.costs[one] for one in before], default=0.0)
                rest = done if fidelities.continues else 0.0
                charged.append((member, fidelities.epochs[place], fidelities.costs[place] - rest))
                before.append(place)
            answer.append(float(LABELS[place][member]))
        answers.append(answer)
    return charged, answers


@given(QUERIES, st.booleans(), st.booleans(), st.integers(0, 12))
def test_any_queries_cost_what_counting_by_hand_says(
    queries: list[tuple[list[int], int | None]], one_schedule: bool, twins: bool, cut: int
) -> None:
    fidelities = ONE_SCHEDULE if one_schedule else OWN_SCHEDULES
    options = {"classes": CLASSES} if twins else {}
    charged, answers = by_hand(queries, fidelities, twins)
    ledger = made(fidelities, budget=100, **options)
    for place, ((ids, length), expected) in enumerate(zip(queries, answers, strict=True)):
        if place == cut:  # another ledger goes on
            state, ledger = ledger.state(), made(fidelities, budget=100, **options)
            ledger.restore(state)
        found = ledger.query(np.array(ids, dtype=np.int64), length)
        assert np.asarray(found).tolist() == expected
    assert ledger.cost_trace == [cost for *_, cost in charged]
    assert ledger.trace.tolist() == [id for id, *_ in charged]
    assert ledger.fidelity_trace == [length for _, length, _ in charged]


@given(QUERIES, st.booleans(), st.integers(1, 2))
def test_a_smaller_budget_charges_the_beginning_of_the_same(
    queries: list[tuple[list[int], int | None]], one_schedule: bool, budget: int
) -> None:
    fidelities = ONE_SCHEDULE if one_schedule else OWN_SCHEDULES
    charged, _ = by_hand(queries, fidelities, twins=False)
    ledger = made(fidelities, budget)
    try:
        for ids, length in queries:
            ledger.query(np.array(ids, dtype=np.int64), length)
    except SearchEnded:
        pass
    count = len(ledger.cost_trace)
    assert ledger.trace.tolist() == [id for id, *_ in charged[:count]]
    assert sum(ledger.cost_trace) <= budget + 1e-9
    if count < len(charged):
        assert sum(ledger.cost_trace) + charged[count][2] > budget + 1e-9
