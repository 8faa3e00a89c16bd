"""Regularized evolution, followed through its own queries."""

from collections import Counter, deque
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chisquare

from nasarena.baselines.regularized_evolution import RegularizedEvolution, RegularizedEvolutionPaper
from nasarena.suite.problem import BudgetExhausted, PatienceExhausted, Problem
from nasarena.suite.spaces.nasbench201 import NASBench201

SPACE = NASBench201()
LABELS = np.random.default_rng(5).permutation(SPACE.size) / 200


class Recorded(Problem):
    """Keeps every proposal, charged or not."""

    proposals: list[int]

    def query(self, ids):  # type: ignore[no-untyped-def]
        self.__dict__.setdefault("proposals", []).append(ids)
        return super().query(ids)


def searched(
    method: RegularizedEvolution, budget: int = 300, labels: NDArray[np.float64] = LABELS
) -> list[int]:
    problem = Recorded(SPACE, labels, budget, 2000)
    with pytest.raises((BudgetExhausted, PatienceExhausted)):
        method.search(problem, np.random.default_rng(0))
    return problem.proposals


def one_change_away(child: int, parents: list[int]) -> list[int]:
    changed = (SPACE.decisions(parents) != SPACE.decisions(child)).sum(axis=1)
    return [parent for parent, count in zip(parents, changed, strict=True) if count == 1]


@pytest.mark.parametrize(
    ("make", "population", "tournament"),
    [(RegularizedEvolution, 50, 10), (RegularizedEvolutionPaper, 100, 3)],
)
def test_the_published_sizes_are_the_defaults(
    make: type[RegularizedEvolution], population: int, tournament: int
) -> None:
    method = make()
    assert (method.population, method.tournament) == (population, tournament)


def test_children_are_one_change_from_a_member_alive_and_the_oldest_dies() -> None:
    proposals = searched(RegularizedEvolution(population=20, tournament=5))
    alive = deque(proposals[:20], maxlen=20)
    for child in proposals[20:]:
        assert one_change_away(child, list(alive))
        alive.append(child)  # repeated children, too; the oldest goes


def test_a_tournament_of_all_has_the_best_member_alive_as_parent() -> None:
    proposals = searched(RegularizedEvolution(population=12, tournament=12))
    alive = deque(proposals[:12], maxlen=12)
    for child in proposals[12:]:
        best = max(alive, key=lambda id: LABELS[id])
        assert one_change_away(child, [best]), "the parent is not the best alive"
        alive.append(child)


def test_a_repeated_child_is_free_and_enters_the_population() -> None:
    problem = Recorded(SPACE, LABELS, 2000, 10**6)
    with pytest.raises(BudgetExhausted):
        RegularizedEvolution(population=3, tournament=3).search(problem, np.random.default_rng(0))
    proposals = problem.proposals[:-1]  # the last was over the budget
    assert problem.trace.tolist() == list(dict.fromkeys(proposals))
    assert len(proposals) > 2000  # some came again
    alive = deque(proposals[:3], maxlen=3)
    for child in proposals[3:]:
        assert one_change_away(child, [max(alive, key=lambda id: LABELS[id])])
        alive.append(child)


def test_the_first_population_is_drawn_uniformly() -> None:
    problem = Recorded(SPACE, LABELS, 4000, 10**6)
    with pytest.raises(BudgetExhausted):
        RegularizedEvolution(population=5000).search(problem, np.random.default_rng(1))
    counts = np.histogram(problem.proposals[:4000], bins=25, range=(0, SPACE.size))[0]
    assert chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize(("population", "tournament"), [(6, 1), (6, 3), (6, 5), (5, 2)])
def test_tournaments_are_uniform_over_subsets(population: int, tournament: int) -> None:
    # The child's parent is the best of the drawn; with accuracies as ranks, who is drawn shows in
    # who wins: member of rank r wins in C(r, tournament - 1) of C(population, tournament) draws.
    method = RegularizedEvolution(population, tournament)
    alive = deque((float(member), member) for member in range(population))
    rng = np.random.default_rng(7)
    drawn = Counter(
        frozenset(member for _, member in method._drawn(alive, rng)) for _ in range(6000)
    )
    subsets = [frozenset(subset) for subset in combinations(range(population), tournament)]
    assert set(drawn) <= set(subsets)  # all of the full size: without replacement
    if len(subsets) > 1:
        assert chisquare([drawn[subset] for subset in subsets]).pvalue > 1e-3


@pytest.mark.parametrize(("population", "tournament"), [(5, 6), (5, 0), (0, 0)])
def test_sizes_that_cannot_be_are_refused(population: int, tournament: int) -> None:
    with pytest.raises(ValueError, match="tournament"):
        RegularizedEvolution(population, tournament)
