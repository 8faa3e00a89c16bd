"""The ledger, against a naive one that keeps a dict and takes proposals one at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.problem import (
    BudgetExhausted,
    InvalidQuery,
    OptimumFound,
    PatienceExhausted,
    Problem,
    SearchEnded,
)
from nasarena.suite.spaces import CategoricalSpace, by_slot

SIZE = 24
LABELS = np.round(np.random.default_rng(0).permutation(SIZE) * 3.7, 2)
CLASSES = np.array([0, 1, 2, 2, 2, 5, 0, 7, 8, 8, 10, 2, 12, 13, 14, 15, 16, 16, 18, 18] + [20] * 4)
TARGETS = np.array([9, 17])


class Line(CategoricalSpace):
    """One decision."""

    name = "line"
    choices = (tuple(map(str, range(SIZE))),)
    size = SIZE

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        return np.asarray(ids)[..., None]

    def ids(self, decisions: ArrayLike) -> Ids:
        return np.asarray(decisions)[..., 0]


SPACE = Line()


def make_problem(
    budget: int = 10,
    patience: int = 1000,
    classes: Ids | None = None,
    targets: Ids | None = None,
) -> Problem:
    return Problem(SPACE, LABELS, budget, patience, classes, targets)


@dataclass
class Ledger:
    """What the design says a problem does, without any care for speed."""

    budget: int
    patience: int
    by_isomorphism: bool
    stops_at_optimum: bool
    answers: dict[int, float] = field(default_factory=dict)
    trace: list[int] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    round: int = 0
    repeats: int = 0

    def slot(self, id: int) -> int:
        return int(CLASSES[id]) if self.by_isomorphism else id

    def query(self, ids: list[int]) -> list[float] | type[SearchEnded]:
        """Answers, or how the search ends."""
        charged_before = len(self.trace)
        end: type[SearchEnded] | None = None
        if not ids:  # asking for nothing is a proposal, too
            self.repeats += 1
            return PatienceExhausted if self.repeats >= self.patience else []
        for id in ids:
            slot = self.slot(id)
            if slot in self.answers:
                self.repeats += 1
                if self.repeats >= self.patience:
                    end = PatienceExhausted
                    break
                continue
            if len(self.trace) == self.budget:
                end = BudgetExhausted
                break
            self.answers[slot] = float(LABELS[id])
            self.trace.append(id)
            self.rounds.append(self.round)
            self.repeats = 0
            if self.stops_at_optimum and slot in {self.slot(target) for target in TARGETS.tolist()}:
                end = OptimumFound
                break
        self.round += len(self.trace) > charged_before
        return end or [self.answers[self.slot(id)] for id in ids]


an_id = st.integers(0, SIZE - 1)
queries = st.lists(st.one_of(an_id, st.lists(an_id, max_size=12)), max_size=25)


@settings(deadline=None, max_examples=400)
@given(
    asked=queries,
    budget=st.integers(1, SIZE + 3),
    patience=st.integers(1, 15),
    by_isomorphism=st.booleans(),
    stops_at_optimum=st.booleans(),
    most_in_arrays=st.sampled_from([SIZE, SIZE - 1]),
)
def test_a_problem_keeps_the_books_as_a_naive_ledger_does(
    asked: list[int | list[int]],
    budget: int,
    patience: int,
    by_isomorphism: bool,
    stops_at_optimum: bool,
    most_in_arrays: int,
) -> None:
    ledger = Ledger(budget, patience, by_isomorphism, stops_at_optimum)
    with mock.patch.object(by_slot, "MOST_IN_ARRAYS", most_in_arrays):  # below: as an open space
        problem = make_problem(
            budget,
            patience,
            CLASSES if by_isomorphism else None,
            TARGETS if stops_at_optimum else None,
        )
    for ids in asked:
        expected = ledger.query([ids] if isinstance(ids, int) else ids)
        end: type[SearchEnded] | None = None
        try:
            answer: Any = problem.query(ids)
        except SearchEnded as ended:
            end = type(ended)
        finally:
            assert problem.trace.tolist() == ledger.trace
            assert problem.rounds.tolist() == ledger.rounds
            assert problem.remaining == budget - len(ledger.trace)
        if end is not None:
            assert end is expected
            break
        assert isinstance(expected, list)
        assert (answer if isinstance(ids, list) else [answer]) == pytest.approx(expected, abs=0)


@settings(deadline=None, max_examples=100)
@given(asked=st.lists(an_id, max_size=60), by_isomorphism=st.booleans())
def test_a_batch_charges_what_its_members_would_one_by_one(
    asked: list[int], by_isomorphism: bool
) -> None:
    classes = CLASSES if by_isomorphism else None
    together, alone = make_problem(SIZE, 10**6, classes), make_problem(SIZE, 10**6, classes)
    answers = together.query(np.array(asked, dtype=np.int64))
    assert answers.tolist() == [alone.query(id) for id in asked]
    assert together.trace.tolist() == alone.trace.tolist()
    assert set(together.rounds.tolist()) <= {0}


@settings(deadline=None, max_examples=100)
@given(
    asked=queries,
    budget=st.integers(1, SIZE),
    less=st.integers(0, SIZE),
    by_isomorphism=st.booleans(),
)
def test_a_smaller_budget_gives_a_prefix(
    asked: list[int | list[int]], budget: int, less: int, by_isomorphism: bool
) -> None:
    traces = []
    for allowed in (budget, max(1, budget - less)):
        problem = make_problem(allowed, classes=CLASSES if by_isomorphism else None)
        try:
            for ids in asked:
                problem.query(ids)
        except BudgetExhausted:
            assert problem.remaining == 0
        traces.append((problem.trace.tolist(), problem.rounds.tolist()))
    (ids, rounds), (fewer_ids, fewer_rounds) = traces
    assert fewer_ids == ids[: len(fewer_ids)]
    assert fewer_rounds == rounds[: len(fewer_rounds)]
    assert len(fewer_ids) == min(len(ids), max(1, budget - less))


INVALID: list[Any] = [
    1.0,
    float("nan"),
    float("inf"),
    np.float64(3),
    True,
    False,
    np.True_,
    None,
    "5",
    -1,
    SIZE,
    2**63,
    -(2**63) - 1,
    10**30,
    np.int64(-1),
    np.uint64(2**63 + 1),
    [0, 1.5],
    [0, float("nan")],
    [True, False],
    np.array([True] * SIZE),
    np.array(1.0),
    np.array([1, 2], dtype=object),
    np.array([0, -1]),
    [0, SIZE],
    [[0, 1], [2, SIZE]],
    np.array([2**64 - 1], dtype=np.uint64),
    np.array([3], dtype="m8[s]"),
    [10**30],
    {0, 1},
]


@pytest.mark.parametrize("ids", INVALID, ids=repr)
def test_what_is_no_architecture_is_refused_and_nothing_charged(ids: Any) -> None:
    problem = make_problem()
    problem.query([5, 6])
    with pytest.raises(InvalidQuery):
        problem.query(ids)
    assert problem.trace.tolist() == [5, 6]
    assert problem.remaining == 8
    problem.query(7)
    assert problem.rounds.tolist() == [0, 0, 1]


@pytest.mark.parametrize("ids", [[[1], [2, 3]], np.timedelta64(5)], ids=repr)
def test_what_cannot_be_an_array_of_ids_is_refused_as_well(ids: Any) -> None:
    problem = make_problem()
    with pytest.raises((InvalidQuery, ValueError, TypeError)):
        problem.query(ids)
    assert problem.trace.size == 0


@pytest.mark.parametrize(
    "as_scalar", [int, np.int8, np.int64, np.uint8, np.uint64], ids=lambda type_: type_.__name__
)
def test_any_integer_scalar_is_an_id(as_scalar: Callable[[int], Any]) -> None:
    problem = make_problem()
    answer = problem.query(as_scalar(23))
    assert isinstance(answer, float)
    assert answer == LABELS[23]
    assert problem.trace.tolist() == [23]


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "i4", "u4", "i8", "u8", ">i4"])
def test_any_integer_array_is_ids(dtype: str) -> None:
    answers = make_problem().query(np.array([[23, 0], [5, 23]], dtype=dtype))
    assert answers.tolist() == LABELS[[[23, 0], [5, 23]]].tolist()


@pytest.mark.parametrize("shape", [(0,), (3, 0), (1,), (2, 3), (1, 1, 4), (0, 2)])
def test_answers_have_the_shape_of_the_ids(shape: tuple[int, ...]) -> None:
    count = int(np.prod(shape))
    ids = np.arange(count).reshape(shape)
    problem = make_problem()
    assert problem.query(ids).shape == shape
    assert problem.trace.tolist() == list(range(count))


def test_views_with_strides_are_read_in_their_own_order() -> None:
    ids = np.arange(6).reshape(2, 3).T[::-1]
    problem = make_problem()
    assert problem.query(ids).tolist() == LABELS[ids].tolist()
    assert problem.trace.tolist() == [2, 5, 1, 4, 0, 3]


def test_an_empty_batch_is_no_round_but_a_proposal() -> None:
    problem = make_problem(patience=2)
    assert problem.query([]).shape == (0,)
    problem.query(3)
    assert problem.query([]).shape == (0,)
    problem.query(4)
    assert problem.rounds.tolist() == [0, 1]
    problem.query([])
    with pytest.raises(PatienceExhausted):
        problem.query([])


def test_a_batch_over_the_budget_is_charged_up_to_it() -> None:
    problem = make_problem(budget=4)
    problem.query(9)
    with pytest.raises(BudgetExhausted):
        problem.query([1, 9, 2, 1, 3, 4])
    assert problem.trace.tolist() == [9, 1, 2, 3]
    assert problem.remaining == 0
    for over in (4, [1, 9]):
        with pytest.raises(BudgetExhausted):
            problem.query(over)
    assert problem.trace.tolist() == [9, 1, 2, 3]


def test_a_batch_with_the_optimum_is_charged_up_to_it() -> None:
    problem = make_problem(targets=TARGETS)
    with pytest.raises(OptimumFound):
        problem.query([1, 2, 9, 3])
    assert problem.trace.tolist() == [1, 2, 9]


def test_the_optimum_beyond_the_budget_is_not_found() -> None:
    problem = make_problem(budget=2, targets=TARGETS)
    with pytest.raises(BudgetExhausted):
        problem.query([1, 2, 9])


def test_a_twin_of_the_optimum_finds_it() -> None:
    problem = make_problem(classes=CLASSES, targets=TARGETS)
    with pytest.raises(OptimumFound):
        problem.query(8)
    assert problem.trace.tolist() == [8]


def test_nothing_is_charged_once_the_search_ended_at_the_optimum() -> None:
    problem = make_problem(targets=TARGETS)
    with pytest.raises(OptimumFound):
        problem.query(9)
    with pytest.raises(SearchEnded):
        problem.query(10)
    with pytest.raises(SearchEnded):
        problem.query([11, 12])
    assert problem.trace.tolist() == [9]


def test_twins_answer_with_the_label_of_the_first_that_was_charged() -> None:
    problem = make_problem(classes=CLASSES)
    assert problem.query([11, 3, 2, 4]).tolist() == [LABELS[11]] * 4
    assert problem.query(2) == LABELS[11]
    assert problem.trace.tolist() == [11]


def test_patience_counts_repeats_since_the_last_charge() -> None:
    problem = make_problem(patience=3)
    problem.query([5, 5, 5])  # two repeats
    problem.query(6)  # starts over
    problem.query(6)
    problem.query([6])
    with pytest.raises(PatienceExhausted):
        problem.query(5)


@pytest.mark.parametrize("ended", [BudgetExhausted, OptimumFound, PatienceExhausted])
def test_the_end_is_not_caught_by_except_exception(ended: type[SearchEnded]) -> None:
    assert issubclass(ended, SearchEnded)
    assert not issubclass(ended, Exception)
    problem = make_problem(budget=2, patience=2, targets=TARGETS)
    asked = {BudgetExhausted: [1, 2, 3], OptimumFound: [9], PatienceExhausted: [1, 1, 1]}[ended]
    with pytest.raises(ended):
        persistent_search(problem, asked)


def persistent_search(problem: Problem, ids: list[int]) -> None:
    for id in ids:
        try:
            problem.query(id)
        except Exception:
            continue


def test_recommendations_note_how_much_was_charged_and_need_no_query() -> None:
    problem = make_problem()
    problem.recommend(7)
    problem.query([1, 2])
    problem.recommend(np.int64(3))  # type: ignore[arg-type]
    assert problem.recommendations == [(0, 7), (2, 3)]
    assert problem.remaining == 8
    for _, id in problem.recommendations:
        assert type(id) is int


@pytest.mark.parametrize(
    "id", [-1, SIZE, 1.0, float("nan"), True, False, None, "1", np.array([1])], ids=repr
)
def test_only_architectures_are_recommended(id: Any) -> None:
    problem = make_problem()
    with pytest.raises(InvalidQuery):
        problem.recommend(id)
    assert problem.recommendations == []


def test_notes_are_numbers_by_name() -> None:
    problem = make_problem()
    problem.note("loss", 1)
    problem.note("loss", np.float32(0.5))  # type: ignore[arg-type]
    assert problem.diagnostics == {"loss": [1.0, 0.5]}
    with pytest.raises((TypeError, ValueError)):
        problem.note("loss", "much")  # type: ignore[arg-type]
    with pytest.raises((TypeError, ValueError)):
        problem.note(5, 1.0)  # type: ignore[arg-type]


def test_a_method_cannot_change_the_ledger_through_what_it_was_given() -> None:
    problem = make_problem()
    answers = problem.query([5, 3, 8])
    answers[:] = 0
    assert problem.query([5, 3, 8]).tolist() == LABELS[[5, 3, 8]].tolist()
    for array in (problem.trace, problem.rounds):
        try:
            array[:] = 0
        except ValueError:
            continue  # read-only
    assert problem.trace.tolist() == [5, 3, 8]
    assert problem.rounds.tolist() == [0, 0, 0]


def test_one_problem_leaves_the_labels_to_the_next() -> None:
    before = LABELS.copy()
    make_problem(budget=SIZE).query(np.arange(SIZE))[:] = 0
    assert np.array_equal(LABELS, before)
