"""NAS-BOWL: its kernel, its Gaussian process, and what it queries."""

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import multivariate_normal, norm

from nasarena.baselines.nas_bowl.process import NOISES, SubtreeProcess
from nasarena.baselines.nas_bowl.search import NASBOWL, log_errors
from nasarena.baselines.nas_bowl.subtrees import (
    functional,
    in_common,
    numbered,
    subtree_labels,
    with_itself,
)
from nasarena.suite.problem import BudgetExhausted, Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import EDGES, NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

SPACE = NASBench201()
EVERYTHING = np.arange(SPACE.size)
SPACES = [SPACE, NASBenchGraph(PROTEINS_OPERATIONS), NASBench101(5)]
every_space = pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)


def subtrees(space: CategoricalSpace, id: int) -> list[Counter[str]]:
    """A cell's subtrees of 0 to 3 rounds, written out as texts."""
    graphs = space.graphs(np.array([id]))
    (edges,), (there,) = functional(graphs)
    texts = {node: graphs.labels[graphs.nodes[0, node]] for node in np.flatnonzero(there).tolist()}
    found = [Counter(texts.values())]
    for _ in range(3):
        followers = {node: sorted(texts[u] for u in texts if edges[node, u]) for node in texts}
        texts = {node: f"{texts[node]}({','.join(followers[node])})" for node in texts}
        found.append(Counter(texts.values()))
    return found


@every_space
def test_the_kernel_counts_subtrees_that_are_written_alike(space: CategoricalSpace) -> None:
    ids = np.random.default_rng(0).choice(space.size, size=24, replace=False)
    written = [subtrees(space, id) for id in ids.tolist()]
    labels = subtree_labels(space.graphs(ids), 3)
    products = np.zeros((4, 24, 24))
    smaller = np.zeros((4, 24, 24))
    for one in range(24):
        for other in range(24):
            for turn in range(4):
                a, b = written[one][turn], written[other][turn]
                products[turn:, one, other] += sum(a[text] * b[text] for text in a)
                smaller[turn:, one, other] += (a & b).total()
    assert np.array_equal(in_common(labels, labels), products)
    assert np.array_equal(in_common(numbered(labels), numbered(labels)), smaller)
    for these, expected in ((labels, products), (numbered(labels), smaller)):
        assert np.array_equal(with_itself(these), np.diagonal(expected, axis1=1, axis2=2))


WAYS = [(0, 4), (1, 5), (0, 2, 5), (3,)]
"""The edges of NAS-Bench-201 along each way from input to output."""


def test_paths_through_several_skips_are_kept() -> None:
    """The release joins what stands before and after one `skip` only: 1,356 cells lose a path."""
    assert all(EDGES[way[0]][0] == 0 and EDGES[way[-1]][1] == 3 for way in WAYS)
    lost = 0
    _, there = functional(SPACE.graphs(EVERYTHING))
    for cell, kept in zip(SPACE.decisions(EVERYTHING).tolist(), there[:, 1:-1], strict=True):
        alive = [way for way in WAYS if all(cell[edge] != 0 for edge in way)]
        assert {edge for way in alive for edge in way if cell[edge] != 1} == {
            *np.flatnonzero(kept).tolist()
        }
        paths, released = set(), set()
        for way in alive:
            path = tuple(cell[edge] for edge in way if cell[edge] != 1)
            paths.add(path)
            if not any(cell[one] == cell[next] == 1 for one, next in pairwise(way)):
                released.add(path)
        lost += paths != released
    assert lost == 1_356


def test_twins_by_skips_and_dead_branches_have_one_graph() -> None:
    # skip on 0-1, then a convolution on 1-3: as the convolution on 0-3; the rest is dead.
    twins = SPACE.ids([[1, 0, 0, 0, 3, 0], [0, 0, 0, 3, 0, 0], [0, 2, 4, 3, 0, 0]])
    labels = subtree_labels(SPACE.graphs(twins), 3)
    assert (in_common(labels, labels)[3] == in_common(labels, labels)[3, 0, 0]).all()


def normalised(ids: NDArray[np.int64], rounds: int, space: CategoricalSpace) -> NDArray[np.float64]:
    labels = subtree_labels(space.graphs(ids), 3)
    products = in_common(labels, labels)[rounds]
    covariance: NDArray[np.float64] = products / np.sqrt(
        np.outer(products.diagonal(), products.diagonal())
    )
    return covariance


def test_the_process_is_the_closed_form_of_highest_likelihood() -> None:
    rng = np.random.default_rng(2)
    ids = rng.choice(SPACE.size, size=60, replace=False)
    labelled, asked = ids[:40], ids[40:]
    targets = log_errors(80.0 + SPACE.decisions(labelled).sum(axis=1) * rng.random(40))
    process = SubtreeProcess(SPACE, assignment=False)
    process.fit(labelled, targets)
    likelihoods = {
        (rounds, noise): multivariate_normal.logpdf(
            targets, np.zeros(40), normalised(labelled, rounds, SPACE) + noise * np.eye(40)
        )
        for rounds in (1, 2, 3)
        for noise in NOISES
    }
    assert (process.rounds, process.noise) == max(likelihoods, key=likelihoods.__getitem__)
    covariance = normalised(ids, process.rounds, SPACE)
    known = covariance[:40, :40] + process.noise * np.eye(40)
    between = covariance[40:, :40]
    means, deviations = process.predict(asked)
    assert means == pytest.approx(between @ np.linalg.solve(known, targets), abs=1e-6)
    explained = np.diag(between @ np.linalg.solve(known, between.T))
    assert deviations == pytest.approx(np.sqrt(1 - explained), abs=1e-5)


def test_targets_are_logarithms_of_errors_where_labels_are_percentages() -> None:
    found = log_errors(np.array([0.0, 90.0, 99.0]))
    assert np.diff(found)[0] == pytest.approx(np.diff(found)[1])
    assert log_errors(np.array([-5.0, 0.0, 250.0])).argmax() == 2


LABELS = 70.0 + SPACE.decisions(EVERYTHING).sum(axis=1)


@pytest.mark.parametrize("incumbent", ["best-label", "highest-mean"])
def test_it_finds_better_ones_by_mutating_the_best(incumbent: str) -> None:
    problem = Problem(SPACE, LABELS, 60, 1_000)
    with pytest.raises(BudgetExhausted):
        NASBOWL(incumbent=incumbent).search(problem, np.random.default_rng(0))
    trace = problem.trace
    assert max(Counter(problem.rounds.tolist())) <= 10
    assert LABELS[trace[-10:]].mean() > LABELS[trace[:10]].max()


@pytest.mark.parametrize("incumbent", ["best-label", "highest-mean"])
def test_each_round_queries_those_of_highest_expected_improvement(
    incumbent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Cells that differ in their last edge alone have the same numbers, as equal graphs would.
    rng = np.random.default_rng(8)
    means = rng.normal(size=SPACE.size // 5).repeat(5)
    deviations = rng.uniform(0.2, 2, SPACE.size // 5).repeat(5)
    fitted: list[tuple[Any, Any]] = []
    pools: list[NDArray[np.int64]] = []

    class Known:
        def __init__(self, space: Any, assignment: bool) -> None:
            assert not assignment

        def fit(self, ids: Any, targets: Any) -> None:
            fitted.append((ids, targets))

        def predict(self, ids: Any) -> Any:
            return means[ids], deviations[ids]

    class Recorded(NASBOWL):
        def candidates(self, *queried: Any) -> Any:
            pools.append(super().candidates(*queried))
            return pools[-1]

    monkeypatch.setattr("nasarena.baselines.nas_bowl.process.SubtreeProcess", Known)
    problem = Problem(SPACE, LABELS, 40, 1_000)
    with pytest.raises(BudgetExhausted):
        Recorded(incumbent=incumbent).search(problem, np.random.default_rng(0))

    twins = 0
    assert len(fitted) == len(pools) == 7
    for place, ((ids, targets), pool) in enumerate(zip(fitted, pools, strict=True)):
        known = problem.trace[: 10 + 5 * place]
        assert np.array_equal(ids, known)
        logarithms = -np.log(100 - LABELS[known])
        scores = (logarithms - logarithms.mean()) / logarithms.std()
        assert targets == pytest.approx(scores)
        best = scores.max() if incumbent == "best-label" else scores[means[known].argmax()]
        improvement = {}
        for id in pool.tolist():
            z = (means[id] - best) / deviations[id]
            improvement[id] = (means[id] - best) * norm.cdf(z) + deviations[id] * norm.pdf(z)
        ranked = sorted(improvement, key=improvement.__getitem__, reverse=True)
        # Of equal ones the first in the pool is queried, and the others are not.
        different = {improvement[id]: id for id in ranked[::-1]}
        highest = list(different.values())[::-1][:5]
        twins += highest != ranked[:5]
        chosen = problem.trace[known.size : known.size + 5].tolist()
        assert chosen == highest[: 40 - known.size]
    assert twins > 0, "equal ones were among the highest"


def test_of_equal_graphs_one_is_queried_in_a_round() -> None:
    problem = Problem(SPACE, LABELS, 60, 1_000)
    with pytest.raises(BudgetExhausted):
        NASBOWL().search(problem, np.random.default_rng(3))
    for turn in range(1, problem.rounds.max() + 1):
        ids = problem.trace[problem.rounds == turn]
        covariance = normalised(ids, 3, SPACE)
        assert (covariance > 1 - 1e-9).sum() == ids.size


def test_a_space_that_is_used_up_ends_the_search() -> None:
    space = MeasuredCells(SPACE, np.arange(0, SPACE.size, 900))
    problem = Problem(space, LABELS[space.members], space.size + 1, 1_000)
    NASBOWL().search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(space.size))


def test_on_nasbench101_half_the_pool_is_drawn_uniformly() -> None:
    space = NASBench101(5)
    ids = np.arange(30)
    accuracies = np.linspace(80, 90, 30)
    rng = np.random.default_rng(0)
    pool = NASBOWL().candidates(space, ids, accuracies, rng)
    assert 100 < pool.size <= 200
    assert not np.isin(pool, ids).any()
    assert np.unique(pool).size == pool.size


def test_settings_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="batch must be at least 1, not 0"):
        NASBOWL(batch=0)
    with pytest.raises(ValueError, match="incumbent must be best-label or highest-mean, not 'x'"):
        NASBOWL(incumbent="x")
