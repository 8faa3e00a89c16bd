"""A pool of candidates from spaces of all kinds, and searches that rank nothing else."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasarena.methods.candidate_pool import PARENTS, candidate_pool
from nasarena.suite.errors import UserError
from nasarena.suite.methods import choose_methods
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph

SPACES = (NASBench101(5), NASBenchGraph(PROTEINS_OPERATIONS))


@given(
    space=st.sampled_from(SPACES),
    count=st.integers(1, 3000),
    queried=st.integers(0, 200),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_a_pool_is_at_most_half_neighbours(
    space: NASBench101 | NASBenchGraph, count: int, queried: int, seed: int
) -> None:
    best = space.sample(queried, np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    pool = candidate_pool(space, count, rng, best)
    if count >= space.size:
        assert pool.tolist() == list(range(space.size))
        return
    assert (np.diff(pool) > 0).all()
    assert 0 <= pool[0] <= pool[-1] < space.size
    near = np.setdiff1d(space.neighbours(best[:PARENTS]), [-1])
    taken = min(near.size, count // 2)
    # What was drawn uniformly can be among the neighbours too.
    assert max(taken, count - taken) <= pool.size <= count
    assert np.isin(pool, near).sum() >= taken


@pytest.mark.parametrize("ranked", [1, 40, 500])
@pytest.mark.parametrize("space", SPACES)
def test_a_search_of_small_pools_does_not_end_before_its_budget(
    space: NASBench101 | NASBenchGraph, ranked: int
) -> None:
    decisions = space.decisions(np.arange(space.size))
    accuracy = 80.0 + decisions.sum(axis=1)
    accuracy += np.random.default_rng(0).normal(scale=0.3, size=space.size)
    problem = Problem(space, accuracy, budget=60, patience=10**6)
    (method,) = choose_methods([f"path-gp[ranked={ranked}]"])
    with suppress(SearchEnded):
        method.build().search(problem, np.random.default_rng(1))
    assert problem.remaining == 0
    if ranked == 500:
        # By chance 60 draws miss the best 1 % with a probability of 0.55.
        assert (accuracy > accuracy[problem.trace].max()).mean() < 0.01


def test_everything_is_queried_in_the_end() -> None:
    space = NASBench101(4)
    accuracy = np.random.default_rng(0).normal(size=space.size)
    problem = Problem(space, accuracy, budget=10**4, patience=10**6)
    (method,) = choose_methods(["path-gp[ranked=3]"])
    with suppress(SearchEnded):
        method.build().search(problem, np.random.default_rng(1))
    assert sorted(problem.trace) == list(range(space.size))


def test_a_pool_of_nothing_is_refused() -> None:
    with pytest.raises(UserError, match="ranked must be at least 1, not 0"):
        choose_methods(["path-gp[ranked=0]"])
