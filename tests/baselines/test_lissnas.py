"""LISSNAS: spaces that shrink, and a part of a space as a problem that its whole charges."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from nasarena.baselines.lissnas import LISSNAS, grown, with_neighbours
from nasarena.baselines.part_problem import PartProblem
from nasarena.suite.errors import UserError
from nasarena.suite.methods import choose_methods
from nasarena.suite.problem import BudgetExhausted, InvalidQuery, Problem, SearchEnded
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph
from nasarena.suite.tables.proxies import Proxies

SPACE = NASBench201()
LABELS = 50.0 + SPACE.decisions(np.arange(SPACE.size)).sum(axis=1)
MEMBERS = np.array([3, 50, 700, 701, 15_000])


def whole(budget: int) -> Problem:
    scores = Proxies({"params": np.arange(float(SPACE.size))}, {"params": np.ones(SPACE.size)})
    return Problem(SPACE, LABELS, budget, 50, proxies=scores.select, metrics=lambda _: LABELS / 2)


def test_what_a_part_asks_is_charged_and_answered_by_the_whole() -> None:
    problem = whole(4)
    problem.query([700, 9])
    part = PartProblem(problem, MEMBERS)
    assert (part.space.size, part.budget, part.remaining) == (5, 2, 2)
    assert part.query([4, 2]).tolist() == LABELS[[15_000, 700]].tolist()
    assert part.query(4) == LABELS[15_000]
    assert problem.trace.tolist() == [700, 9, 15_000]
    assert (part.trace.tolist(), part.rounds.tolist(), part.remaining) == ([4], [0], 1)
    part.recommend(1)
    part.note("told", 2.0)
    assert problem.recommendations == [(3, 50)]
    assert part.recommendations == [(1, 1)]
    assert problem.diagnostics["told"] == [2.0]
    with pytest.raises(BudgetExhausted):
        part.query([0, 1])
    assert part.exhausted
    assert isinstance(problem.ended, BudgetExhausted)
    assert isinstance(part.ended, BudgetExhausted)


def test_a_part_has_the_scores_of_its_members() -> None:
    part = PartProblem(whole(4), MEMBERS)
    assert part.proxies("params").scores["params"].tolist() == MEMBERS.tolist()
    assert part.metric("parameters", [1, 0]).tolist() == (LABELS[[50, 3]] / 2).tolist()


@pytest.mark.parametrize("asked", [5, -1, [0, 5], [0.5]])
def test_what_is_none_of_a_part_is_refused(asked: object) -> None:
    problem = whole(4)
    with pytest.raises(InvalidQuery):
        PartProblem(problem, MEMBERS).query(asked)  # type: ignore[arg-type]
    assert problem.remaining == 4


def test_a_space_shrinks_to_neighbours_and_grows_by_them() -> None:
    best = np.array([0, 7])
    around = with_neighbours(SPACE, best)
    expected = {0, 7, *SPACE.neighbours(0).tolist(), *SPACE.neighbours(7).tolist()}
    assert around.tolist() == sorted(expected)
    larger = grown(SPACE, around)
    assert larger is not None
    distances = (SPACE.decisions(larger)[:, None] != SPACE.decisions(best)).sum(axis=2)
    assert distances.min(axis=1).max() == 2
    assert grown(SPACE, np.arange(SPACE.size - 3)) is None


class Recorded(LISSNAS):
    """Notes among which architectures its method searches."""

    searched: list[np.ndarray] = []  # noqa: RUF012  # of the one run of a test

    def __init__(self) -> None:
        super().__init__(method="random-search", sample=30, seeds=5)
        made = self._made

        class Noting:
            def search(self, problem: Problem, rng: np.random.Generator) -> None:
                space = problem.space
                Recorded.searched.append(getattr(space, "members", np.arange(space.size)))
                made.search(problem, rng)

        self._made = Noting()


def test_the_method_searches_near_the_best_and_at_last_everywhere() -> None:
    Recorded.searched.clear()
    space = NASBenchGraph(PROTEINS_OPERATIONS)
    labels = 50.0 + space.decisions(np.arange(space.size)).sum(axis=1)
    problem = Problem(space, labels, space.size + 1, 10_000)
    Recorded().search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(space.size))
    sizes = [members.size for members in Recorded.searched]
    assert sizes == sorted(sizes)
    assert sizes[-1] == space.size
    assert labels[Recorded.searched[0]].mean() > labels.mean() + labels.std()
    # Before the method begins, samples of the spaces are drawn, whose means rise.
    first = Recorded.searched[0].size
    assert first < space.size / 4


def test_spaces_are_around_the_best_of_all_until_draws_are_no_better() -> None:
    Recorded.searched.clear()
    asked: list[np.ndarray] = []

    class Followed(Problem):
        def query(self, ids: Any, fidelity: Any = None) -> Any:
            asked.append(np.asarray(ids))
            return super().query(ids, fidelity)

    problem = Followed(SPACE, LABELS, 300, 1_000)
    with suppress(SearchEnded):
        Recorded().search(problem, np.random.default_rng(6))
    first, *later = asked
    assert first.size == 30
    found, mean, spaces = first.tolist(), LABELS[first].mean(), []
    for drawn in later:
        best = sorted(dict.fromkeys(found), key=lambda id: -LABELS[id])[:5]
        around = {*best, *SPACE.neighbours(best).ravel().tolist()}
        assert np.unique(drawn).size == drawn.size == 30
        assert set(drawn.tolist()) <= around
        if LABELS[drawn].mean() <= mean:
            break
        mean = LABELS[drawn].mean()
        found += drawn.tolist()
        spaces.append(sorted(around))
    assert len(spaces) > 2
    assert sorted(around) != spaces[-1], "the last space, which was no better, is another one"
    assert Recorded.searched[0].tolist() == spaces[-1]


def test_it_finds_more_than_its_method_does_alone() -> None:
    best = []
    for name in ("lissnas[method=random-search]", "random-search"):
        (choice,) = choose_methods([name])
        problem = Problem(SPACE, LABELS, 150, 3_000)
        with suppress(SearchEnded):
            choice.build().search(problem, np.random.default_rng(1))
        best.append(LABELS[problem.trace].max())
    assert best[0] > best[1]


def test_its_source_is_that_of_its_method_too() -> None:
    (choice,) = choose_methods(["lissnas[method=path-gp]"])
    assert choice.build().sources == ("nasarena.methods.path_gp:PathGP",)  # type: ignore[attr-defined]
    assert "nasarena.methods.predictors.small_mlp:SmallMLP" in LISSNAS().sources


def test_what_cannot_search_is_refused() -> None:
    with pytest.raises(UserError, match="cannot search by itself"):
        LISSNAS(method="lissnas")
    with pytest.raises(UserError, match="unknown method 'nothing'"):
        LISSNAS(method="nothing")
    with pytest.raises(ValueError, match="seeds must be at least 1, not 0"):
        LISSNAS(seeds=0)
