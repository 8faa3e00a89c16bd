"""Searches by zero-cost scores: in their order, whatever queries answer."""

from contextlib import suppress

import numpy as np
import pytest

from nasarena.suite.methods import choose_methods, method_names
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.tables.proxies import Proxies
from scored_methods import asked_for, some_scores

SPACE = NASBench201()
BY_ONE_SCORE = [name for name in method_names() if len(asked_for(name) or ()) == 1]


def trace(method: str, scores: Proxies, seed: int, budget: int = SPACE.size) -> list[int]:
    problem = Problem(SPACE, np.zeros(SPACE.size), budget, 10**6, proxies=scores.select)
    (choice,) = choose_methods([method])
    with suppress(SearchEnded):
        choice.build().search(problem, np.random.default_rng(seed))
    return list(problem.trace)


@pytest.mark.parametrize("method", BY_ONE_SCORE)
def test_each_is_named_after_the_score_in_whose_order_it_queries(method: str) -> None:
    scores = some_scores(SPACE.size)
    (name,) = asked_for(method) or ()
    assert method in (f"proxy-{name}", "proxy")
    score = scores.scores[name]
    found = trace(method, scores, seed=0)
    assert sorted(found) == list(range(SPACE.size)), "those without a score are queried as well"
    in_order = score[found]
    known = in_order[~np.isnan(in_order)]
    assert (np.diff(known) <= 0).all()
    assert np.isnan(in_order[known.size :]).all()
    assert found[:500] != trace(method, scores, seed=1, budget=500), "equal ones in another order"


def test_the_names_are_those_that_tables_have() -> None:
    from nasarena.suite.tables.fetched.nasbench201_csv import PROXIES
    from nasarena.suite.tables.fetched.transnasbench101 import SCORES

    known = {name.removeprefix("proxy-") for name in BY_ONE_SCORE}
    assert {*PROXIES, *SCORES} <= known


def test_the_ensemble_queries_by_mean_rank() -> None:
    scores = some_scores(SPACE.size)
    ranks = scores.mean_rank()
    found = ranks[trace("proxy-ensemble", scores, seed=0)]
    known = found[~np.isnan(found)]
    assert known.size == (~np.isnan(ranks)).sum() < SPACE.size
    assert (np.diff(known) <= 0).all()
    some = scores.select(["zen", "nwot"]).mean_rank()
    first = trace("proxy-ensemble[scores=zen+nwot]", scores, seed=0, budget=50)
    np.testing.assert_array_equal(some[first], np.sort(some[~np.isnan(some)])[::-1][:50])
