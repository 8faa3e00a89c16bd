"""Where searches sample: on runs made by hand, and against independent implementations."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import bootstrap, ecdf, rankdata
from sklearn.decomposition import PCA

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.statistics.intervals import share_interval
from nasarena.suite.statistics.process import (
    Phases,
    Sampled,
    improvements,
    last_rank,
    phases,
    plane,
    rank_distribution,
    sampled,
    space_distribution,
    top_shares,
    true_ranks,
    typical_seed,
)
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.tables.table import Table

PROTEINS = "nasbenchgraph/proteins"

Run = tuple[list[int], list[int]]
"""Ids, and the round of each from 0."""


def run_set(runs: Sequence[Run], benchmark: str = PROTEINS, **rules: Any) -> RunSet:
    """Runs with seeds from 100 on."""
    given: dict[str, Any] = {"labels": "mean", "duplicates": "by_id", "stop": "budget"} | rules
    return RunSet(
        identity=CellIdentity("m", "1", benchmark, "", "p", 1, 50, patience=1000, **given),
        seeds=np.arange(100, 100 + len(runs)),
        ids=np.array([id for ids, _ in runs for id in ids], dtype=np.int64),
        rounds=np.array([number for _, rounds in runs for number in rounds], dtype=np.int64),
        starts=np.cumsum([0, *[len(ids) for ids, _ in runs]]),
        stop_reasons=["budget"] * len(runs),
    )


def queries_of(ranks: Sequence[int], rounds: Sequence[int], run: Sequence[int]) -> Sampled:
    """Queries of which only these matter; rounds from 1."""
    nothing = np.zeros(len(ranks))
    return Sampled(
        seeds=np.arange(max(run, default=0) + 1),
        ids=nothing.astype(np.int64),
        labels=nothing,
        ranks=np.array(ranks, dtype=np.int64),
        rounds=np.array(rounds, dtype=np.int64),
        run=np.array(run, dtype=np.int64),
    )


@given(st.lists(st.sampled_from([50.0, 60.0, 60.5, 91.25, 91.5]), min_size=1, max_size=40))
def test_ranks_start_at_the_best_and_ties_share_the_smallest(accuracies: list[float]) -> None:
    expected = rankdata(-np.array(accuracies), method="min")
    # The last bits of a float are not a difference.
    noise = 1e-12 * np.arange(len(accuracies))
    ranks = true_ranks(Table("", (np.array(accuracies) + noise)[:, None]))
    assert ranks.tolist() == expected.tolist()


@pytest.mark.parametrize("name", ["nasbench201/cifar10", "nasbenchgraph/cora"])
def test_the_optimum_has_rank_one(name: str) -> None:
    table = load_benchmark(name).table
    ranks = true_ranks(table)
    assert np.flatnonzero(ranks == 1).tolist() == table.optimum.tolist()
    assert ranks.max() <= table.size


def test_the_last_rank_of_a_share_is_at_least_the_best() -> None:
    assert last_rank(0.1, 15_625) == 1_562
    assert last_rank(0.01, 26_200) == 262
    assert last_rank(0.001, 500) == 1
    assert last_rank(1, 7) == 7


def test_what_all_runs_and_one_run_sampled() -> None:
    runs = run_set([([5, 6], [0, 0]), ([], []), ([7, 8, 9], [0, 2, 2])])
    table = load_benchmark(PROTEINS).table
    every = sampled(runs)
    assert every.seeds.tolist() == [100, 101, 102]
    assert every.ids.tolist() == [5, 6, 7, 8, 9]
    assert every.rounds.tolist() == [1, 1, 1, 3, 3]
    assert every.run.tolist() == [0, 0, 2, 2, 2]
    assert every.ranks.tolist() == true_ranks(table)[5:10].tolist()
    assert every.labels.tolist() == table.mean_validation[5:10].tolist()

    one = sampled(runs, seed=102)
    assert one.seeds.tolist() == [102]
    assert one.ids.tolist() == [7, 8, 9]
    assert one.run.tolist() == [0, 0, 0]
    assert sampled(runs, seed=101).ids.size == 0


def test_a_seed_without_a_run_is_one_sentence() -> None:
    with pytest.raises(UserError, match=r"no run of m on .* with seed 7; choose one from 100 to"):
        sampled(run_set([([5], [0])] * 3), seed=7)


def test_ranks_are_those_of_the_seed_mean_where_a_query_answers_one_run() -> None:
    runs = run_set([([400], [0])], benchmark="nasbench201/cifar10", labels="one_run")
    table = load_benchmark("nasbench201/cifar10").table
    queries = sampled(runs)
    assert queries.labels[0] in table.validation[400]
    assert queries.ranks[0] == (table.mean_validation > table.mean_validation[400]).sum() + 1


def test_the_typical_run_has_the_median_samples_to_the_optimum() -> None:
    optimum = int(load_benchmark(PROTEINS).table.optimum[0])
    others = [id for id in range(9) if id != optimum]
    finds = [([*others[:count], optimum], [0] * (count + 1)) for count in (5, 0, 3)]
    assert typical_seed(run_set(finds)) == 102
    assert typical_seed(run_set(finds[:2])) == 101  # of two, the one with fewer
    never = [(others, [0] * len(others))] * 2
    assert typical_seed(run_set([finds[0], *never])) == 101


def test_few_rounds_are_phases_by_themselves() -> None:
    parts = phases(queries_of([1] * 5, [1, 1, 2, 4, 4], [0] * 5), most=6)
    assert parts.first.tolist() == parts.last.tolist() == [1, 2, 4]
    assert parts.of_query.tolist() == [0, 0, 1, 2, 2]


def test_many_rounds_are_grouped_evenly_and_the_first_sample_stays_alone() -> None:
    rounds = [1] * 10 + [number for number in range(2, 22) for _ in range(5)]
    parts = phases(queries_of([1] * 110, rounds, [0] * 110), most=6)
    assert parts.first.tolist() == [1, 2, 6, 10, 14, 18]
    assert parts.last.tolist() == [1, 5, 9, 13, 17, 21]
    assert np.bincount(parts.of_query).tolist() == [10, 20, 20, 20, 20, 20]


def test_a_first_round_of_one_query_a_run_is_grouped_as_the_others() -> None:
    rounds = list(range(1, 61)) * 2
    parts = phases(queries_of([1] * 120, rounds, [0] * 60 + [1] * 60), most=6)
    assert parts.first.tolist() == [1, 11, 21, 31, 41, 51]
    assert np.bincount(parts.of_query).tolist() == [20] * 6


def test_nothing_sampled_has_no_phase() -> None:
    queries = queries_of([], [], [])
    parts = phases(queries, most=6)
    assert parts.count == 0
    assert rank_distribution(queries, parts, np.array([1, 2])).shape == (0, 2)
    assert top_shares(queries, parts, np.array([1, 2])).share.shape == (2, 0)


@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(0, 3)), min_size=1, max_size=300),
    st.integers(1, 30),
)
def test_phases_are_all_queries_in_order(drawn: list[tuple[int, int]], most: int) -> None:
    rounds, run = map(list, zip(*drawn, strict=True))
    queries = queries_of([1] * len(rounds), rounds, run)
    parts = phases(queries, most)
    assert 1 <= parts.count <= most
    assert (parts.first <= parts.last).all()
    assert (parts.last[:-1] < parts.first[1:]).all()
    counts = np.bincount(parts.of_query)
    assert (counts > 0).all()
    for phase in range(parts.count):
        inside = queries.rounds[parts.of_query == phase]
        assert (inside.min(), inside.max()) == (parts.first[phase], parts.last[phase])
    largest = np.bincount(rounds).max()
    assert counts.max() <= len(rounds) / max(1, most - 1) + largest


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 9)), min_size=1, max_size=60))
def test_the_distribution_of_ranks_is_the_empirical_one(drawn: list[tuple[int, int]]) -> None:
    ranks, rounds = map(list, zip(*drawn, strict=True))
    queries = queries_of(ranks, rounds, [0] * len(ranks))
    parts, at = phases(queries, most=3), np.arange(1, 31)
    for phase, shares in enumerate(rank_distribution(queries, parts, at)):
        expected = ecdf(queries.ranks[parts.of_query == phase]).cdf.evaluate(at)
        assert shares == pytest.approx(expected)


def test_uniform_sampling_has_the_distribution_of_the_space() -> None:
    table = Table("", np.array([[50.0], [90.0], [90.0], [70.0]]))
    assert space_distribution(table, np.array([1, 2, 3, 4])).tolist() == [0.5, 0.5, 0.75, 1]


def two_phases(ranks: Sequence[Sequence[int]]) -> tuple[Sampled, Phases]:
    """Runs of four queries (or fewer), two in each of two rounds."""
    queries = queries_of(
        [rank for run in ranks for rank in run],
        [1 + place // 2 for run in ranks for place in range(len(run))],
        [number for number, run in enumerate(ranks) for _ in run],
    )
    return queries, phases(queries, most=6)


def test_the_probability_of_the_top_is_that_of_all_queries_of_the_phase() -> None:
    shares = top_shares(*two_phases([[9, 1, 2, 1], [9, 9], [9, 3, 1, 9]]), np.array([1, 3]))
    assert shares.share.tolist() == [[1 / 6, 2 / 4], [2 / 6, 3 / 4]]
    assert shares.runs.tolist() == [3, 2]
    assert shares.queries.tolist() == [6, 4]
    assert np.isnan(shares.low).all(), "too few runs"
    shares = top_shares(
        *two_phases([[9, 1, 2, 1], [9, 9], [9, 3, 1, 9]] * 6 + [[9, 9, 9, 9]]), np.array([1, 3])
    )
    assert (shares.low < shares.share).all()
    assert (shares.share < shares.high).all()


def test_the_interval_is_the_bootstrap_over_whole_runs() -> None:
    rng = np.random.default_rng(5)
    lengths = rng.integers(5, 40, size=30)
    chance = rng.random(30)
    run = np.repeat(np.arange(30), lengths)
    ranks = np.where(rng.random(run.size) < chance[run], 1, 50)
    queries = queries_of(ranks.tolist(), [1] * run.size, run.tolist())
    shares = top_shares(queries, phases(queries, most=1), np.array([1]))

    hits = np.bincount(run, ranks == 1)

    def ratio(hits: NDArray[Any], asked: NDArray[Any], axis: int) -> NDArray[Any]:
        share: NDArray[Any] = hits.sum(axis=axis) / asked.sum(axis=axis)
        return share

    expected = bootstrap(
        (hits, lengths), ratio, paired=True, vectorized=True, method="percentile", rng=rng
    ).confidence_interval
    assert shares.low[0, 0] == pytest.approx(expected.low, abs=0.015)
    assert shares.high[0, 0] == pytest.approx(expected.high, abs=0.015)
    # Queries of one run are alike: an interval that took them as independent would be narrower.
    low, high = share_interval(int(hits.sum()), run.size)
    assert shares.high[0, 0] - shares.low[0, 0] > 1.5 * (high - low)


def test_where_runs_agree_the_interval_is_wilsons_over_runs() -> None:
    shares = top_shares(*two_phases([[9, 9, 1, 1]] * 5), np.array([1]))
    assert (shares.low[0, 0], shares.high[0, 0]) == share_interval(0, 5)
    assert (shares.low[0, 1], shares.high[0, 1]) == share_interval(5, 5)


def test_a_phase_of_a_single_run_has_no_interval() -> None:
    shares = top_shares(*two_phases([[9, 1]] * 5 + [[1, 9, 1, 9]]), np.array([1]))
    assert np.isfinite(shares.low[0, 0])
    assert np.isnan([shares.low[0, 1], shares.high[0, 1]]).all()
    assert shares.share.tolist() == [[0.5, 0.5]]


def test_random_sampling_hits_the_top_as_often_as_it_is_large() -> None:
    size = load_benchmark(PROTEINS).table.size
    rng = np.random.default_rng(1)
    runs = run_set([(rng.permutation(size)[:300].tolist(), list(range(300))) for _ in range(40)])
    queries = sampled(runs)
    lasts = np.array([last_rank(0.1, size)])
    shares = top_shares(queries, phases(queries, most=4), lasts)
    uniform = space_distribution(runs.benchmark.table, lasts)
    assert shares.share[0] == pytest.approx(np.full(4, uniform[0]), abs=0.02)


def one_hot_of(benchmark: str) -> NDArray[np.float64]:
    space = load_benchmark(benchmark).space
    encodings = space.one_hot(np.arange(space.size)).astype(np.float64)
    return encodings - encodings.mean(axis=0)


@pytest.mark.parametrize("name", ["nasbench201/cifar100", "nasbenchgraph/cora", PROTEINS])
def test_the_map_leads_to_the_top_and_shows_its_variety(name: str) -> None:
    encodings, table = one_hot_of(name), load_benchmark(name).table
    best = np.sort(table.mean_validation)[::-1][last_rank(0.01, table.size) - 1]
    top = table.mean_validation >= best - 1e-9
    points = plane(load_benchmark(name))
    assert points.shape == (table.size, 2)
    assert points.mean(axis=0) == pytest.approx([0, 0], abs=1e-6)

    # No direction parts the means of the space and its top more than the first, which is how far
    # they are apart; on the second they are the same.
    apart = np.linalg.norm(encodings[top].mean(axis=0))
    assert points[top].mean(axis=0) == pytest.approx([apart, 0], abs=1e-5)

    across = encodings[top] - np.outer(points[top, 0], encodings[top].mean(axis=0) / apart)
    components = PCA(n_components=3).fit(across)
    assert points[top, 1].var(ddof=1) == pytest.approx(components.explained_variance_[0], rel=1e-4)
    assert components.explained_variance_[0] > 1.05 * components.explained_variance_[1]


def test_plain_principal_components_of_nasbench201_would_be_any() -> None:
    values = np.linalg.svd(one_hot_of("nasbench201/cifar10"), compute_uv=False)
    assert values[:24] == pytest.approx(np.full(24, values[0]))
    assert values[24:] == pytest.approx(np.zeros(6), abs=1e-6)


def test_the_plane_does_not_hang_on_the_last_bits() -> None:
    benchmark = load_benchmark(PROTEINS)
    assert np.array_equal(plane(benchmark), plane(benchmark))
    assert np.array_equal(plane(benchmark), plane(benchmark).round(6))


def test_improvements_are_where_the_best_label_rises() -> None:
    table = load_benchmark(PROTEINS).table
    worse, middle, best = np.argsort(table.mean_validation)[[3, 900, -1]].tolist()
    runs = run_set([([middle, worse, best], [0, 1, 2]), ([], [])])
    assert improvements(sampled(runs, seed=100)).tolist() == [0, 2]
    assert improvements(sampled(runs, seed=101)).tolist() == []
