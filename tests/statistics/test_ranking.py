"""The ranking across benchmarks, by hand, against naive loops, and for coverage."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import permutation_test, rankdata

from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.random_search import expected_samples
from nasarena.suite.statistics.random_search_by_isomorphism import expected_restricted_samples
from nasarena.suite.statistics.ranking import RankedMethod, ranking
from nasarena.suite.statistics.samples import Estimate, restricted_mean
from nasarena.suite.statistics.separation import holm

NEVER = math.inf
Samples = Mapping[str, Mapping[str, Sequence[float] | NDArray[np.float64]]]
Compared = Callable[..., Comparison]


@pytest.fixture(scope="module")
def compared(make_benchmark: Any, make_runs: Any) -> Compared:
    """A comparison of samples by benchmark and method; changes by (benchmark, method)."""

    def compared(
        samples: Samples, changes: Mapping[tuple[str, str], Any] | None = None, **rules: Any
    ) -> Comparison:
        run_sets: dict[str, dict[str, Any]] = {}
        for name, cells in samples.items():
            benchmark = make_benchmark(np.arange(30), classes=[0] * 10 + list(range(20)), name=name)
            run_sets[name] = {}
            for method, values in sorted(cells.items()):
                own = {"budget": 1000} | rules | dict((changes or {}).get((name, method), {}))
                runs = make_runs(benchmark, [[]] * len(values), method=method, **own)
                runs.__dict__["samples_to_optimum"] = np.array(values, dtype=float)
                run_sets[name][method] = runs
        return Comparison("p", run_sets)

    return compared


THREE: Samples = {
    "one/a": {"x": [10, 30], "y": [40, 40], "z": [90, 110]},
    "one/b": {"x": [60, 60], "y": [20, 20], "z": [20, 20]},
    "two/c": {"x": [5, 5], "y": [50, NEVER], "z": [7, 9]},
}


def by_method(rows: Sequence[RankedMethod]) -> dict[str, RankedMethod]:
    return {row.method: row for row in rows}


def test_a_ranking_by_hand_averages_within_spaces_first(compared: Compared) -> None:
    found = ranking(compared(THREE))
    rows = by_method(found.rows)
    # Ranks: a 1 2 3, b 3 1.5 1.5, c 1 3 2; spaces count alike.
    assert rows["x"].mean_rank.value == pytest.approx((2 + 1) / 2)
    assert rows["y"].mean_rank.value == pytest.approx((1.75 + 3) / 2)
    assert rows["z"].mean_rank.value == pytest.approx((2.25 + 2) / 2)
    assert [row.method for row in found.rows] == ["x", "z", "y"]
    samples = math.sqrt(math.sqrt(20 * 60) * 5)
    assert rows["x"].samples.value == pytest.approx(samples, rel=1e-5)
    assert rows["y"].samples.value == pytest.approx(math.sqrt(math.sqrt(40 * 20) * 525), rel=1e-5)
    # a and c are x's alone; b is shared by y and z.
    assert rows["x"].best_share == pytest.approx(0.75)
    assert rows["y"].best_share == rows["z"].best_share == pytest.approx(0.125)
    exact = expected_samples(compared(THREE).run_sets["one/a"]["x"].benchmark, 1000)
    assert rows["x"].speed_up.value == pytest.approx(exact / samples, rel=1e-5)
    assert found.random_search == "exact"
    assert found.benchmarks == ("one/a", "one/b", "two/c")
    assert found.left_out == {}


def test_random_search_is_taken_as_simulated_where_it_ran(compared: Compared) -> None:
    samples = {name: {**cells, "random-search": [400, 500]} for name, cells in THREE.items()}
    found = ranking(compared(samples))
    rows = by_method(found.rows)
    assert found.random_search == "simulated"
    assert rows["random-search"].speed_up.value == 1
    assert rows["x"].speed_up.value == pytest.approx(450 / rows["x"].samples.value, rel=1e-5)


def test_the_speed_up_varies_with_random_search(compared: Compared) -> None:
    samples = {"x": [10] * 20, "random-search": exponential(1, 300, 20)}
    rows = by_method(ranking(compared({"one/a": samples})).rows)
    simulated = rows["random-search"].samples
    assert simulated.low is not None
    assert simulated.high is not None
    assert rows["x"].speed_up.low == pytest.approx(simulated.low / 10, rel=1e-5)
    assert rows["x"].speed_up.high == pytest.approx(simulated.high / 10, rel=1e-5)
    assert rows["random-search"].speed_up.low == rows["random-search"].speed_up.high == 1


def test_random_search_in_closed_form_knows_of_twins(compared: Compared) -> None:
    comparison = compared(THREE, duplicates="by_isomorphism")
    exact = expected_restricted_samples(
        comparison.run_sets["one/a"]["x"].benchmark, 1000, "by_isomorphism"
    )
    row = by_method(ranking(comparison).rows)["x"]
    assert row.speed_up.value * row.samples.value == pytest.approx(exact, rel=1e-4)


def exponential(seed: int, scale: float, count: int) -> NDArray[np.float64]:
    return np.ceil(np.random.default_rng(seed).exponential(scale, count))


@pytest.mark.parametrize("samples", [[NEVER] * 8, [NEVER] * 7 + [3], [4] * 8, list(range(1, 13))])
def test_on_one_benchmark_the_interval_is_that_of_the_table(
    compared: Compared, samples: list[float]
) -> None:
    comparison = compared({"one/a": {"x": samples, "y": [5, 6] * 4}})
    row = by_method(ranking(comparison).rows)["x"]
    assert row.samples == restricted_mean(np.array(samples), 1000).rounded()


def test_the_intervals_are_about_those_of_a_naive_bootstrap(compared: Compared) -> None:
    names = ["one/a", "one/b", "two/c"]
    samples = {
        name: {
            method: exponential(10 * place + shift, scale, 25)
            for shift, (method, scale) in enumerate({"x": 100, "y": 130, "z": 140}.items())
        }
        for place, name in enumerate(names)
    }
    weights = [0.25, 0.25, 0.5]
    rng = np.random.default_rng(99)
    ranks, logs = [], []
    for _ in range(4000):
        rank, log = np.zeros(3), np.zeros(3)
        for weight, name in zip(weights, names, strict=True):
            drawn = rng.integers(25, size=25)
            means = [np.minimum(samples[name][m], 1000)[drawn].mean() for m in "xyz"]
            rank += weight * rankdata(means)
            log += weight * np.log(means)
        ranks.append(rank)
        logs.append(log)
    rows = by_method(ranking(compared(samples)).rows)
    for column, method in enumerate("xyz"):
        low, high = np.quantile(np.exp(np.array(logs)[:, column]), [0.025, 0.975])
        ours = rows[method].samples
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=0.25 * (high - low))
        low, high = np.quantile(np.array(ranks)[:, column], [0.025, 0.975])
        ours = rows[method].mean_rank
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=0.26)  # ranks are discrete


def test_the_interval_of_the_geometric_mean_covers_it(compared: Compared) -> None:
    truth = math.sqrt(100 * 200)
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(40):
        samples = {
            "one/a": {"x": rng.exponential(100, 40)},
            "two/b": {"x": rng.exponential(200, 40)},
        }
        (row,) = ranking(compared(samples, budget=10**6)).rows
        assert row.samples.low is not None
        assert row.samples.high is not None
        covered.append(row.samples.low <= truth <= row.samples.high)
    assert 0.8 <= np.mean(covered) <= 1


def test_on_one_benchmark_the_test_is_the_exact_permutation_test(compared: Compared) -> None:
    samples = {
        m: exponential(seed, scale, 10)
        for seed, (m, scale) in enumerate({"x": 60, "y": 120, "z": 130}.items())
    }
    found = ranking(compared({"one/a": samples}, labels="one_run"))
    pairs = [("x", "y"), ("x", "z"), ("y", "z")]
    exact = np.array(
        [
            permutation_test(
                (samples[a], samples[b]),
                lambda p, q, axis: (p - q).sum(axis=axis),
                permutation_type="samples",
                vectorized=True,
                n_resamples=np.inf,
            ).pvalue
            for a, b in pairs
        ]
    )
    ours = [(found.pairs.get(pair) or found.pairs[pair[::-1]]).p_holm for pair in pairs]
    assert ours == pytest.approx(holm(exact).tolist(), abs=0.03)


def test_equal_methods_share_a_letter_and_others_do_not(compared: Compared) -> None:
    samples: dict[str, dict[str, NDArray[np.float64]]] = {}
    for place, name in enumerate(["one/a", "two/b"]):
        base = exponential(place, 100, 30)
        samples[name] = {
            "x": base,
            "x2": base + np.tile([9, -9, 0], 10),
            "slow": base + 300,
            "slower": 4 * base + 400,
        }
    rows = by_method(ranking(compared(samples)).rows)
    assert rows["x"].tie_group == rows["x2"].tie_group == "a"
    assert (rows["slow"].tie_group, rows["slower"].tie_group) == ("b", "c")


def test_the_order_is_that_of_samples_where_ranks_disagree(compared: Compared) -> None:
    samples: dict[str, dict[str, NDArray[np.float64]]] = {}
    for place in range(3):
        base = exponential(place, 50, 30) + 100
        # Twice a little worse, once far better.
        other = base + 3 if place < 2 else base - 95
        samples[f"one/{place}"] = {"often": base, "far": other}
    found = ranking(compared(samples, labels="one_run"))
    assert [row.method for row in found.rows] == ["far", "often"]
    assert [row.tie_group for row in found.rows] == ["a", "b"]
    assert found.rows[0].mean_rank.value > found.rows[1].mean_rank.value
    assert list(found.pairs) == [("far", "often")]


def test_groups_are_wrong_as_seldom_as_stated(compared: Compared) -> None:
    rng = np.random.default_rng(8)
    separated = 0
    for _ in range(60):
        samples = {
            name: {m: np.ceil(rng.exponential(200, 12)) for m in "wxyz"} for name in ("a/a", "b/b")
        }
        letters = {row.tie_group for row in ranking(compared(samples)).rows}
        separated += letters != {"a"}
    assert separated <= 8  # 3 expected; more than 8 of 60 at 5 % has probability 0.003


def test_failed_and_incomplete_methods_are_left_out(compared: Compared) -> None:
    samples = {**THREE, "two/c": {m: v for m, v in THREE["two/c"].items() if m != "y"}}
    samples["one/a"] = {**samples["one/a"], "broken": [1, 1]}
    broken = {("one/a", "broken"): {"reasons": ["optimum", "failed"], "budget": 3}}
    found = ranking(compared(samples, broken))
    assert [row.method for row in found.rows] == ["x", "z"]
    assert found.left_out == {"broken": "some of its runs failed", "y": "not run on two/c"}
    assert found.rows[0].mean_rank.value == pytest.approx(1.25)


def test_without_two_complete_methods_the_largest_block_is_ranked(compared: Compared) -> None:
    samples: Samples = {
        "one/a": {"x": [1, 2], "y": [3, 4], "z": [5, 6]},
        "one/b": {"x": [1, 2], "y": [3, 4]},
        "two/c": {"z": [5, 6]},
    }
    found = ranking(compared(samples))
    assert found.benchmarks == ("one/a", "one/b")
    assert [row.method for row in found.rows] == ["x", "y"]
    assert found.left_out == {"z": "not run on one/b"}
    assert "two/c" in found.notes[0]


def test_a_benchmark_that_few_methods_met_does_not_shrink_the_ranking(compared: Compared) -> None:
    everybody = {method: [index, index] for index, method in enumerate("vwxyz", start=1)}
    found = ranking(compared({"one/a": everybody, "two/c": {"x": [5, 6], "y": [7, 8]}}))
    assert found.benchmarks == ("one/a",)
    assert len(found.rows) == 5
    assert "two/c" in found.notes[0]


def test_hard_benchmarks_can_be_left_out(compared: Compared) -> None:
    hard = {m: [NEVER] * 9 + [3] for m in "xy"}
    easy = {"x": [5] * 8 + [NEVER] * 2, "y": [9] * 10}
    comparison = compared({"one/a": easy, "one/b": hard})
    everything, without = ranking(comparison), ranking(comparison, leave_out_hard=True)
    assert everything.hard == without.hard == ("one/b",)
    assert everything.benchmarks == ("one/a", "one/b")
    assert without.benchmarks == ("one/a",)
    assert [row.method for row in without.rows] == ["y", "x"]
    alone = ranking(compared({"one/a": easy}))
    assert without.rows == alone.rows


def test_a_fifth_of_the_runs_is_not_hard(compared: Compared) -> None:
    comparison = compared({"one/a": {"x": [NEVER] * 4 + [999], "y": [NEVER] * 5}})
    assert ranking(comparison).hard == ()
    cut = {("one/a", "y"): {"budget": 998}}
    assert ranking(compared({"one/a": {"x": [NEVER] * 4 + [999], "y": [NEVER] * 5}}, cut)).hard == (
        "one/a",
    )


def test_a_method_that_is_not_ranked_cuts_nobody(compared: Compared) -> None:
    samples: Samples = {
        "one/a": {"x": [500, 700], "y": [50, 600], "z": [NEVER, NEVER]},
        "two/b": {"x": [1, 2], "y": [3, 4]},
    }
    found = ranking(compared(samples, {("one/a", "z"): {"budget": 10}}))
    assert found.budgets == {"one/a": 1000, "two/b": 1000}
    assert found.hard == ()
    assert by_method(found.rows)["x"].samples.value == pytest.approx(math.sqrt(600 * 1.5))


def test_nothing_is_ranked_where_nothing_is_left(compared: Compared) -> None:
    hard = compared({"one/a": {"x": [NEVER, NEVER], "y": [NEVER, NEVER]}})
    found = ranking(hard, leave_out_hard=True)
    assert found.rows == ()
    assert "all benchmarks are hard" in found.notes[-1]
    failed = compared({"one/a": {"x": [3, 4]}}, {("one/a", "x"): {"reasons": ["failed"] * 2}})
    found = ranking(failed)
    assert found.rows == ()
    assert found.left_out == {"x": "some of its runs failed"}
    assert "No method" in found.notes[-1]


def test_where_nobody_finds_the_optimum_all_tie(compared: Compared) -> None:
    found = ranking(compared({"one/a": {m: [NEVER] * 8 for m in "xyz"}}))
    assert [row.mean_rank.value for row in found.rows] == [2, 2, 2]
    assert {row.tie_group for row in found.rows} == {"a"}
    assert found.rows[0].best_share == pytest.approx(1 / 3, rel=1e-5)
    assert "No run found the optimum of one/a" in found.notes[0]


def test_where_all_find_it_at_once_all_agree(compared: Compared) -> None:
    found = ranking(compared({"one/a": {"x": [4] * 8, "y": [5] * 8}}))
    assert found.rows[0].samples == Estimate(4, agreeing=8)
    assert [row.tie_group for row in found.rows] == ["a", "b"]


def test_one_method_and_one_seed_say_what_they_cannot(compared: Compared) -> None:
    found = ranking(compared({"one/a": {"x": [4]}}))
    (row,) = found.rows
    assert (row.mean_rank.value, row.mean_rank.low, row.tie_group) == (1, None, None)
    assert (row.samples.value, row.samples.low) == (4, None)
    assert row.speed_up.low is None
    assert "One method alone" in found.notes[0]
    assert "Fewer than 6 seeds give no interval: x" in found.notes[1]
    pair = ranking(compared({"one/a": {"x": [4] * 5, "y": [5, 6, 7, 8, 9, 9]}}))
    rows = by_method(pair.rows)
    assert rows["x"].samples.low is None
    assert rows["y"].samples.low is not None
    # Too few seeds for an interval, and enough for the test: 2 of 462 exchanges are as extreme.
    assert (rows["x"].tie_group, rows["y"].tie_group) == ("a", "b")


def test_methods_without_common_seeds_are_ranked_and_not_separated(compared: Compared) -> None:
    samples = {"one/a": {"x": [4] * 20, "y": [500] * 20}}
    apart = {("one/a", "y"): {"seeds": range(20, 40)}}
    found = ranking(compared(samples, apart, labels="one_run"))
    assert [row.method for row in found.rows] == ["x", "y"]
    assert found.pairs["x", "y"].p_holm is None
    assert found.rows[0].tie_group == found.rows[1].tie_group == "a"
    unpaired = ranking(compared(samples, apart))
    assert [row.tie_group for row in unpaired.rows] == ["a", "b"]


def test_all_are_cut_at_the_smallest_budget(compared: Compared) -> None:
    samples = {"one/a": {"x": [500, 700], "y": [5, NEVER]}}
    found = by_method(ranking(compared(samples, {("one/a", "y"): {"budget": 100}})).rows)
    assert found["x"].samples.value == 100
    assert found["y"].samples.value == 52.5


def test_the_same_runs_have_the_same_ranking(compared: Compared) -> None:
    samples = {
        name: {m: exponential(len(m + name), 100, 20) for m in ("x", "yy", "zzz")}
        for name in ("one/a", "two/bb")
    }
    turned = {name: dict(reversed(cells.items())) for name, cells in samples.items()}
    assert ranking(compared(samples)) == ranking(compared(turned))
