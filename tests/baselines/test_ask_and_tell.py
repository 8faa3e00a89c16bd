"""Optimisers that are asked and told, as methods."""

import ast
import inspect
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from nasarena.baselines.ask_and_tell import REPEATS, AskAndTell
from nasarena.suite.methods import choose_methods
from nasarena.suite.problem import BudgetExhausted, PatienceExhausted, Problem, SearchEnded
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.choices import Choices
from nasarena.suite.spaces.nasbench201 import NASBench201

SPACE = NASBench201()
LABELS = 50.0 + SPACE.decisions(np.arange(SPACE.size)).sum(axis=1)
"""Better with every decision: 50 to 74."""


class Scripted:
    """Asks for what it was given, and notes what it is told."""

    def __init__(self, asked: Sequence[Sequence[int]]) -> None:
        self.asked = list(asked)
        self.told: list[tuple[list[int], float]] = []

    def ask(self) -> Sequence[int]:
        return self.asked[len(self.told) % len(self.asked)]

    def tell(self, decisions: Sequence[int], accuracy: float) -> None:
        self.told.append((list(decisions), accuracy))


class Made(AskAndTell):
    def __init__(self, optimiser: Scripted) -> None:
        self.optimiser = optimiser

    def make_optimiser(
        self, space: CategoricalSpace, budget: int, rng: np.random.Generator
    ) -> Scripted:
        return self.optimiser


def test_it_is_told_what_it_asked_for_also_when_it_repeats_itself() -> None:
    asked = [[0, 0, 0, 0, 0, 1], [4, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1]]
    optimiser = Scripted(asked)
    problem = Problem(SPACE, LABELS, 3, 100)
    with pytest.raises(PatienceExhausted):
        Made(optimiser).search(problem, np.random.default_rng(0))
    told = [accuracy for _, accuracy in optimiser.told]
    assert told[:5] == [51.0, 54.0, 51.0, 56.0, 51.0]
    assert [decisions for decisions, _ in optimiser.told[:4]] == asked
    assert problem.trace.tolist() == SPACE.ids(np.array(asked))[[0, 1, 3]].tolist()


@pytest.mark.parametrize(
    "wrong",
    [
        *([0.5] * 6, [0, 0, 0, 0, 0, 5], [0, 0, 0, 0, 1, -1], [0, 0, 0, 0, 0, float("nan")]),
        *([0] * 5, [0] * 7, 0, "decisions", None, [None] * 6, [[0] * 6]),
    ],
)
def test_what_names_no_value_is_refused_and_nothing_is_queried(wrong: Any) -> None:
    problem = Problem(SPACE, LABELS, 3, 100)
    with pytest.raises(ValueError, match="it must return 6 whole numbers, one for each decision"):
        Made(Scripted([wrong])).search(problem, np.random.default_rng(0))
    assert not problem.trace.size


def test_numbers_of_other_types_are_taken_as_they_are() -> None:
    problem = Problem(SPACE, LABELS, 1, 100)
    with pytest.raises(SearchEnded):
        Made(Scripted([[0.0, np.int8(0), True, 0, 0, np.float32(4)]])).search(
            problem, np.random.default_rng(0)
        )
    assert SPACE.decisions(problem.trace).tolist() == [[0, 0, 1, 0, 0, 4]]


def test_one_that_only_repeats_itself_comes_to_an_end_before_patience_does() -> None:
    optimiser = Scripted([[0, 0, 0, 0, 0, 1], [4, 0, 0, 0, 0, 0]])
    problem = Problem(SPACE, LABELS, 3, 10**6)
    Made(optimiser).search(problem, np.random.default_rng(0))
    assert isinstance(problem.ended, PatienceExhausted)
    assert problem.trace.size == 2
    assert len(optimiser.told) == 2 + REPEATS


def test_for_what_is_no_architecture_a_near_one_is_queried() -> None:
    rows = np.random.default_rng(1).integers(3, size=(150, 6))
    rows = np.unique(rows[rows.any(axis=1)], axis=0)  # without six zeros
    space = Choices({f"d{place}": ("a", "b", "c") for place in range(6)}, rows)
    labels, asked = np.arange(float(space.size)), [0] * 6
    optimiser = Scripted([asked])
    problem = Problem(space, labels, 100, 200)
    with pytest.raises(SearchEnded):
        Made(optimiser).search(problem, np.random.default_rng(0))
    assert problem.trace.size > 10
    assert [decisions for decisions, _ in optimiser.told] == [asked] * len(optimiser.told)
    assert {accuracy for _, accuracy in optimiser.told} <= {*labels[problem.trace].tolist()}
    # A uniform draw differs in four of six; the nearest of 32 in fewer.
    assert (space.decisions(problem.trace) != asked).sum(axis=1).mean() < 3


LIBRARIES = {
    "botorch": ("botorch", 30),
    "optuna-tpe": ("optuna", 60),
    "nevergrad": ("nevergrad", 60),
    "smac": ("smac", 30),
}

SEEDS = (1, 2, 3, 4)
"""Half of what smac asks for is drawn, and the rest hangs on the order of sets of this process."""


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.filterwarnings("ignore")
def test_a_library_climbs(name: str) -> None:
    package, budget = LIBRARIES[name]
    pytest.importorskip(package, reason=f"needs {package}")
    (choice,) = choose_methods([name])

    late = []
    for seed in SEEDS:
        problem = Problem(SPACE, LABELS, budget, 10_000)
        with pytest.raises(BudgetExhausted):
            choice.build().search(problem, np.random.default_rng(seed))
        late += LABELS[problem.trace[-budget // 3 :]].tolist()
    # Uniform draws have a mean of 62 and a standard deviation of 3.5.
    assert np.mean(late) > 62 + 3 * 3.5 / len(late) ** 0.5, "it goes the wrong way, or nowhere"


@pytest.mark.parametrize("name", LIBRARIES)
def test_an_adapter_is_thin(name: str) -> None:
    """At most 60 lines of code; docstrings, comments and empty lines are not counted."""
    (choice,) = choose_methods([name])
    source = inspect.getsource(sys.modules[type(choice.build()).__module__])
    told = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    code = [
        line
        for place, line in enumerate(source.splitlines(), 1)
        if place not in told and line.strip() and not line.strip().startswith("#")
    ]
    assert 20 < len(code) <= 60
