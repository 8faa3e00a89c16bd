"""docs/simulations/gate.py, with few comparisons: how often the gate says what."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from nasarena.methods.path_gp import PathGP
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.problem import Problem, SearchEnded
from simulations import simulation


@pytest.fixture(scope="module")
def script() -> Any:
    return simulation("gate")


def cells(make_outcomes: Any, times: float = 1.0) -> list[Any]:
    """Runs of all lengths between 50 and 150 queries."""
    return [
        make_outcomes(np.linspace(50, 150, 60) * times, benchmark=f"toy/{place}", budget=1_000)
        for place in range(3)
    ]


def test_nothing_changed(script: Any, make_outcomes: Any) -> None:
    designs = script.false_alarms({"m": cells(make_outcomes)}, 20)
    assert len(designs) == 3
    for _, shares in designs:
        # At 1 %, two or more in 20 are as rare as 1.7 %.
        assert shares.worse <= shares.p_below <= 1 / 20
    *_, (_, looked) = designs
    assert 10 <= looked.seeds < 40


def test_a_slow_down_is_found_with_fewer_seeds_in_looks(script: Any, make_outcomes: Any) -> None:
    slow = cells(make_outcomes, 1.5)
    (_, fixed), (_, looked) = script.power(cells(make_outcomes), slow, 10)
    assert fixed.worse == looked.worse == 1
    assert looked.seeds < 20 < fixed.seeds


def test_slowed_runs_take_so_many_times_more_queries(script: Any) -> None:
    (runs, *_) = script.stored(str(script.RESULTS / "nasbench201"), "weaknas-paper", "weaknas-lite")
    slower = script.slowed(runs, 1.2)
    assert slower.samples_to_optimum == pytest.approx(
        np.ceil(runs.samples_to_optimum * 1.2 - 1e-6), abs=1
    )


def test_the_parts_of_a_split_share_no_run(script: Any, make_outcomes: Any) -> None:
    for pair in script.split(cells(make_outcomes), 0.3, np.random.default_rng(0)):
        both = [*pair.base.traces, *pair.head.traces]
        assert (pair.base.count, pair.head.count) == (42, 18)
        assert len(set(both)) == 60
        assert not {*pair.base.seeds.tolist()} & {*pair.head.seeds.tolist()}


def test_a_doubled_length_changes_its_own_runs_alone() -> None:
    benchmark = load_benchmark("nasbenchgraph/proteins")
    labels = np.asarray(benchmark.table.mean_validation)

    def trace(method: PathGP) -> list[int]:
        problem = Problem(benchmark.space, labels, 40, 10**6)
        with suppress(SearchEnded):
            method.search(problem, np.random.default_rng(0))
        return problem.trace.tolist()

    before = trace(PathGP())
    assert trace(simulation("harmed_methods").DoubledLength()) != before
    assert trace(PathGP()) == before
