"""Pairs of methods against scipy's permutation test and bootstrap, and against arithmetic."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import bootstrap, chi2, mannwhitneyu, permutation_test, ttest_1samp

from nasarena.suite.statistics import resampling
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.pairwise import Difference, compare, differences, log_rank
from nasarena.suite.statistics.resampling import drawn_counts, draws_for, sign_flip_p
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.separation import holm

NEVER = math.inf
PAIRED = {"labels": "one_run"}
Sampled = Callable[..., RunSet]


@pytest.fixture(scope="module")
def sampled(make_benchmark: Any, make_runs: Any) -> Sampled:
    """Runs that need so many samples."""
    benchmark = make_benchmark([1, 2, 3])

    def sampled(samples: Sequence[float], budget: int = 1000, **changes: Any) -> RunSet:
        runs: RunSet = make_runs(benchmark, [[]] * len(samples), budget=budget, **changes)
        runs.__dict__["samples_to_optimum"] = np.array(samples, dtype=float)
        return runs

    return sampled


def skewed(seed: int, count: int, scale: float = 300) -> NDArray[np.float64]:
    """Whole numbers of samples, some beyond a budget of 1,000."""
    drawn = np.random.default_rng(seed).exponential(scale, size=count)
    return np.where(drawn > 1000, NEVER, np.ceil(drawn))


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), min_size=2, max_size=8),
)
@settings(max_examples=40, deadline=None)
def test_with_few_seeds_p_is_the_exact_permutation_tests(pairs: list[tuple[int, int]]) -> None:
    a, b = np.array(pairs, dtype=float).T
    exact = permutation_test(
        (a, b),
        lambda x, y, axis: (x - y).sum(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    (p,) = sign_flip_p((a - b)[None])
    assert p == pytest.approx(exact.pvalue)


def test_with_many_seeds_p_is_near_the_permutation_tests() -> None:
    rng = np.random.default_rng(5)
    values = rng.integers(-20, 26, size=(3, 40)).astype(float)
    for sample, p in zip(values, sign_flip_p(values), strict=True):
        drawn = permutation_test(
            (sample, np.zeros(40)),
            lambda x, y, axis: (x - y).sum(axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=20_000,
            rng=np.random.default_rng(1),
        )
        error = math.sqrt(p * (1 - p) * (1 / 9_999 + 1 / 20_000))
        assert p == pytest.approx(drawn.pvalue, abs=4 * error + 1e-3)


def test_p_does_not_depend_on_how_many_samples_are_flipped_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.random.default_rng(8).integers(-30, 40, size=(17, 20)).astype(float)
    at_once = sign_flip_p(values)
    monkeypatch.setattr(resampling, "_SAMPLES", 5)
    assert sign_flip_p(values).tolist() == at_once.tolist()


def test_whole_numbers_and_their_halves_have_the_same_p() -> None:
    """The first are flipped in another precision."""
    values = np.random.default_rng(9).integers(-300, 330, size=(40, 30)).astype(float)
    assert sign_flip_p(values).tolist() == sign_flip_p(values / 2).tolist()
    few = values[:, :8]
    assert sign_flip_p(few).tolist() == sign_flip_p(few / 2).tolist()


def test_no_difference_is_found_as_often_as_stated() -> None:
    rng = np.random.default_rng(3)
    p = sign_flip_p(
        rng.exponential(300, (2000, 20)).round() - rng.exponential(300, (2000, 20)).round()
    )
    assert 0.035 <= (p <= 0.05).mean() <= 0.065
    assert p.min() >= 1e-4


def test_the_smallest_p_suffices_for_the_pairs_of_many_methods() -> None:
    for methods, benchmarks in ((2, 1), (20, 12), (40, 12), (63, 1)):
        pairs = benchmarks * methods * (methods - 1) // 2
        assert pairs / (1 + draws_for(pairs)) < 0.05


def test_a_pair_by_hand(sampled: Sampled) -> None:
    a = sampled([10, 20, NEVER, 40], method="a", seeds=[1, 2, 3, 4], **PAIRED)
    b = sampled([500, 10, 20, 150, 40], method="b", seeds=[0, 1, 2, 3, 4], **PAIRED)
    difference = compare(a, b, budget=100)
    assert (difference.a, difference.b, difference.seeds) == ("a", "b", 4)
    # min(T, 100) less the other's of the same seed: 0, 0, 0, 0; the budget hides 100 < 150.
    assert difference.mean is not None
    assert difference.mean.value == 0
    assert difference.p == 1
    difference = compare(a, b, budget=1000)
    assert difference.mean is not None
    assert difference.mean.value == pytest.approx((1000 - 150) / 4)
    assert difference.deviation == pytest.approx(425)
    assert difference.probability is not None
    assert difference.probability.value == pytest.approx((3 * 0.5 + 0) / 4)
    assert difference.p == 1  # one seed differs: either sign is as extreme
    assert "no difference could be shown" in difference.note


def test_the_intervals_are_those_of_a_paired_bootstrap(sampled: Sampled) -> None:
    a, b = skewed(1, 60), skewed(2, 60, 200)
    difference = compare(sampled(a, **PAIRED), sampled(b, **PAIRED), 1000)
    paired = np.minimum(a, 1000) - np.minimum(b, 1000)
    fewer = (paired < 0) + 0.5 * (paired == 0)
    for values, estimate in ((paired, difference.mean), (fewer, difference.probability)):
        theirs = bootstrap(
            (values,), np.mean, method="BCa", n_resamples=9_999, rng=np.random.default_rng(7)
        ).confidence_interval
        assert estimate is not None
        assert estimate.value == pytest.approx(values.mean(), rel=1e-5)
        width = theirs.high - theirs.low
        assert (estimate.low, estimate.high) == pytest.approx(tuple(theirs), abs=0.08 * width)


@pytest.mark.parametrize("labels", ["mean", "one_run"])
def test_the_interval_covers_the_difference_as_often_as_it_says(
    sampled: Sampled, labels: str
) -> None:
    # Means of exponentials cut at the budget: scale (1 - exp(-budget / scale)).
    truth = [scale * (1 - math.exp(-1000 / scale)) for scale in (300, 200)]
    rng = np.random.default_rng(11)
    covered = []
    for _ in range(200):
        a, b = (sampled(rng.exponential(scale, 40), labels=labels) for scale in (300, 200))
        mean = compare(a, b, 1000).mean
        assert mean is not None
        assert mean.low is not None
        assert mean.high is not None
        covered.append(mean.low <= truth[0] - truth[1] <= mean.high)
    assert 0.89 <= np.mean(covered) <= 0.99


@pytest.mark.parametrize("labels", ["mean", "one_run"])
def test_the_other_way_round_only_the_sign_changes(sampled: Sampled, labels: str) -> None:
    a = sampled(skewed(3, 30), method="a", labels=labels)
    b = sampled(skewed(4, 30, 100), method="b", labels=labels)
    one, other = compare(a, b, 1000), compare(b, a, 1000)
    assert one.mean is not None
    assert other.mean is not None
    assert one.probability is not None
    assert other.probability is not None
    assert one.mean.value == -other.mean.value
    assert one.probability.value == pytest.approx(1 - other.probability.value)
    assert (one.p, one.deviation) == (other.p, other.deviation)


def test_only_seeds_in_common_count_where_labels_are_of_one_run(sampled: Sampled) -> None:
    whole = sampled(skewed(5, 30), method="a", **PAIRED)
    part = sampled(skewed(6, 20, 200), method="b", seeds=range(10, 30), **PAIRED)
    cut = sampled(whole.samples_to_optimum[10:], method="a", seeds=range(10, 30), **PAIRED)
    assert compare(whole, part, 1000) == compare(cut, part, 1000)


def test_all_runs_of_both_count_where_labels_are_means(sampled: Sampled) -> None:
    a, b = skewed(5, 100), skewed(6, 20, 200)
    difference = compare(sampled(a, method="a"), sampled(b, method="b", seeds=range(90, 110)), 1000)
    assert not difference.paired
    assert (difference.seeds_a, difference.seeds_b) == (100, 20)
    cut = np.minimum(a, 1000), np.minimum(b, 1000)
    assert difference.mean is not None
    assert difference.mean.value == pytest.approx(cut[0].mean() - cut[1].mean(), rel=1e-5)
    error = math.sqrt(cut[0].var(ddof=1) / 100 + cut[1].var(ddof=1) / 20)
    assert difference.error == pytest.approx(error, rel=1e-5)
    assert difference.probability is not None
    u = mannwhitneyu(cut[1], cut[0]).statistic
    assert difference.probability.value == pytest.approx(u / 2000, rel=1e-5)
    # Which seeds they have does not matter.
    again = compare(sampled(a, method="a", seeds=range(1000, 1100)), sampled(b, method="b"), 1000)
    assert again == difference


def test_without_a_seed_in_common_nothing_is_said(sampled: Sampled) -> None:
    difference = compare(sampled([5, 6], **PAIRED), sampled([7, 8], seeds=[2, 3], **PAIRED), 1000)
    assert difference.seeds == 0
    assert (difference.mean, difference.p, difference.p_holm) == (None, None, None)
    assert (difference.probability, difference.deviation) == (None, None)
    assert "no seed in common" in difference.note


def test_one_seed_has_a_difference_without_interval(sampled: Sampled) -> None:
    difference = compare(sampled([5]), sampled([7]), 1000)
    assert difference.mean is not None
    assert (difference.mean.value, difference.mean.low, difference.mean.high) == (-2, None, None)
    assert difference.p == 1
    assert difference.deviation is None
    assert "One seed" in difference.note


def test_where_nobody_finds_the_optimum_there_is_no_interval(sampled: Sampled) -> None:
    difference = compare(sampled([NEVER] * 20), sampled([NEVER] * 20), 1000)
    assert difference.mean is not None
    assert (difference.mean.value, difference.mean.low, difference.p) == (0, None, 1)
    assert "Neither found" in difference.note


def test_where_all_seeds_agree_the_probability_is_not_certain(sampled: Sampled) -> None:
    difference = compare(sampled([5] * 20, method="a"), sampled([7] * 20, method="b"), 1000)
    assert difference.probability is not None
    assert (difference.probability.value, difference.probability.high) == (1, 1)
    # Wilson: 1 / (1 + z^2 / n)
    assert difference.probability.low == pytest.approx(1 / (1 + 1.959964**2 / 20), rel=1e-5)
    assert difference.note == ""


def test_a_budget_that_a_method_did_not_have_is_refused(sampled: Sampled) -> None:
    with pytest.raises(ValueError, match="below 1000"):
        compare(sampled([5, 6]), sampled([7, 8], budget=900), 1000)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_rejects_step_by_step(p: list[float]) -> None:
    corrected = holm(np.array(p))
    for alpha in (0.01, 0.05, 0.3):
        rejected = set()
        for rank, index in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
            if p[index] * (len(p) - rank) > alpha:
                break
            rejected.add(index)
        assert {int(index) for index in np.flatnonzero(corrected <= alpha)} == rejected
    assert (corrected >= np.array(p)).all()
    assert (corrected <= 1).all()


def test_holm_by_hand() -> None:
    corrected = holm(np.array([0.04, 0.01, 0.03]))
    assert corrected.tolist() == pytest.approx([0.06, 0.03, 0.06])
    assert holm(np.empty(0)).size == 0


def textbook_log_rank(times: list[NDArray[np.float64]], found: list[NDArray[np.bool_]]) -> float:
    """Mantel's test: observed less expected events of the first group, over its variance."""
    excess = variance = 0.0
    for time in np.unique(np.concatenate([t[f] for t, f in zip(times, found, strict=True)])):
        at_risk = [int((t >= time).sum()) for t in times]
        events = [int(((t == time) & f).sum()) for t, f in zip(times, found, strict=True)]
        n, d = sum(at_risk), sum(events)
        excess += events[0] - d * at_risk[0] / n
        if n > 1:
            variance += d * (at_risk[0] / n) * (at_risk[1] / n) * (n - d) / (n - 1)
    return float(chi2.sf(excess**2 / variance, 1))


def test_the_log_rank_test_censors_runs_at_their_own_budget(sampled: Sampled) -> None:
    a, b = skewed(8, 50), skewed(9, 40, 150)
    b[b > 400] = NEVER
    longer, shorter = sampled(a), sampled(b, budget=400)
    expected = textbook_log_rank(
        [np.minimum(a, 1000), np.minimum(b, 400)], [np.isfinite(a), np.isfinite(b)]
    )
    assert log_rank(longer, shorter) == pytest.approx(expected)
    assert compare(longer, shorter, 400).log_rank_p == pytest.approx(expected, rel=1e-5)
    assert compare(longer, longer, 400).log_rank_p is None
    assert log_rank(sampled([NEVER] * 3), sampled([NEVER] * 3, budget=400)) is None


def comparison_of(*run_sets: RunSet) -> Comparison:
    return Comparison("p", {"listed/one": {runs.identity.method: runs for runs in run_sets}})


def test_all_pairs_of_a_benchmark_are_the_pairs_one_by_one(sampled: Sampled) -> None:
    a = sampled(skewed(1, 30), method="a", budget=2000)
    b = sampled(skewed(2, 30, 100), method="b")
    c = sampled(skewed(3, 20, 150), method="c", seeds=range(15, 35))
    failed = sampled([3, 4], method="d", budget=10, reasons=["failed", "budget"])
    pairs = differences(comparison_of(a, b, c, failed))["listed/one"]
    assert [(pair.a, pair.b) for pair in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    alone = [compare(*two, 1000) for two in ((a, b), (a, c), (b, c))]

    def without_correction(difference: Difference) -> dict[str, Any]:
        return {key: value for key, value in vars(difference).items() if key != "p_holm"}

    assert list(map(without_correction, pairs)) == list(map(without_correction, alone))
    corrected = holm(np.array([pair.p for pair in alone]))
    assert [pair.p_holm for pair in pairs] == pytest.approx(corrected.tolist(), rel=1e-5)


def test_one_method_has_no_pair(sampled: Sampled) -> None:
    assert differences(comparison_of(sampled([3, 4]))) == {"listed/one": []}


def test_p_is_corrected_over_the_pairs_of_all_benchmarks(sampled: Sampled) -> None:
    easy = {m: sampled(skewed(n, 30, 50 * n), method=m) for n, m in enumerate("abc", start=1)}
    hard = {m: sampled(skewed(9 + n, 30), method=m) for n, m in enumerate("abcd")}
    alone = differences(Comparison("p", {"listed/one": easy}))["listed/one"]
    renamed = {
        m: replace(runs, identity=replace(runs.identity, benchmark="listed/two"))
        for m, runs in hard.items()
    }
    for m, runs in renamed.items():
        runs.__dict__.update(
            benchmark=hard[m].benchmark, samples_to_optimum=hard[m].samples_to_optimum
        )
    found = differences(Comparison("p", {"listed/one": easy, "listed/two": renamed}))
    every = [*found["listed/one"], *found["listed/two"]]
    assert len(every) == 3 + 6
    assert [pair.p for pair in found["listed/one"]] == [pair.p for pair in alone]
    assert [pair.p_holm for pair in every] == pytest.approx(
        holm(np.array([pair.p for pair in every])).tolist(), rel=1e-5
    )


def test_pairing_by_seed_finds_what_the_noise_of_seeds_hides(sampled: Sampled) -> None:
    rng = np.random.default_rng(0)
    shared = rng.integers(1, 900, size=30)
    other = shared + rng.integers(0, 3, 30)
    difference = compare(sampled(shared + 5, **PAIRED), sampled(other, **PAIRED), 1000)
    assert difference.p is not None
    assert difference.p < 0.001
    unpaired = compare(sampled(shared + 5), sampled(other), 1000).p
    assert unpaired is not None
    assert unpaired > 0.5
    assert ttest_1samp(shared, shared.mean() + 5).pvalue > 0.5


def test_draws_keep_pairs_and_each_samples_number_of_runs() -> None:
    have = np.array([[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 1]], dtype=bool)
    counts = np.concatenate(list(drawn_counts(have, "b")))
    assert (counts @ have.T == have.sum(axis=1)).all()
    assert (counts[:, 5] == 1).all()
    assert counts[:, :3].mean() == pytest.approx(1)
    assert counts[:, 0].var() == pytest.approx(2 / 3, abs=0.04)  # 3 draws of 3: binomial
    assert (np.concatenate(list(drawn_counts(have, "b"))) == counts).all()
    assert (np.concatenate(list(drawn_counts(have, "c"))) != counts).any()
