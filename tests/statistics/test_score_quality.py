"""How well scores order a table: Spearman's correlation, over all and at the top, with intervals.

Each caption would be false if: an architecture without the score counted; the top were that of the
score; parameters were taken on other architectures; an interval did not cover what it is of; or a
benchmark whose objective is to be small were counted as if higher were better.
"""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from nasarena.leaderboard.pages.scores_table import scores_sections
from nasarena.suite import load_benchmark
from nasarena.suite.statistics import score_quality as module
from nasarena.suite.statistics.score_quality import quality_of, score_rows, spearman, top_count
from nasarena.suite.tables.proxies import Proxies

RNG = np.random.default_rng(0)
LABELS = RNG.normal(size=400)


def rows(labels: np.ndarray = LABELS, **scores: np.ndarray) -> dict[str, module.ScoreRow]:
    return {row.score: row for row in quality_of(Proxies(scores), labels, "a/b")}


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=12))
@settings(max_examples=60)
def test_it_is_spearmans_correlation_with_ties(pairs: list[tuple[int, int]]) -> None:
    one, other = np.array(pairs, dtype=float).T
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        assert spearman(one, other) == 0
    else:
        assert spearman(one, other) == pytest.approx(spearmanr(one, other).statistic)


def test_resamples_are_ranked_anew() -> None:
    """A resample given by counts is what repeating the values gives."""
    one, other = RNG.integers(9, size=(2, 50)).astype(float)
    counts = np.stack([np.bincount(RNG.integers(50, size=50), minlength=50) for _ in range(5)])
    ranks = module._Ranks(one), module._Ranks(other)
    found = module._correlations([ranks[0]], ranks[1], counts.astype(float))[:, 0]
    expected = [spearmanr(np.repeat(one, c), np.repeat(other, c)).statistic for c in counts]
    np.testing.assert_allclose(found, expected)


def test_what_has_no_score_does_not_count() -> None:
    score = LABELS + RNG.normal(size=400)
    score[:150] = np.nan
    row = rows(x=score)["x"]
    assert (row.architectures, row.top) == (250, 25)
    assert row.spearman.value == pytest.approx(spearmanr(score[150:], LABELS[150:]).statistic, 1e-5)
    assert "nowhere" not in rows(x=score, nowhere=np.full(400, np.nan))


def test_the_top_is_that_of_the_labels_with_ties() -> None:
    labels = np.concatenate([np.arange(90.0), np.full(12, 95.0)])
    score = RNG.normal(size=102)
    score[:90] = -labels[:90] - 100  # at odds with the labels below the top, and below it in score
    score[90:] = np.arange(12)
    row = rows(labels, x=score)["x"]
    assert top_count(102) == 11
    assert row.top == 12, "all that tie with the last of the best 11"
    assert row.spearman_top.value == 0, "the best are all equal: nothing to order"
    labels[90:] += np.arange(12)
    row = rows(labels, x=score)["x"]
    assert row.spearman_top.value == 1
    assert row.spearman.value < 0


def test_parameters_are_taken_on_the_same_architectures() -> None:
    params = LABELS + RNG.normal(size=400)
    score = LABELS.copy()
    score[LABELS > 0] = np.nan
    found = rows(params=params, x=score)
    on_these = spearmanr(params[LABELS <= 0], LABELS[LABELS <= 0]).statistic
    less = found["x"].minus_params
    assert less is not None
    assert less.value == pytest.approx(1 - on_these, 1e-5)
    assert found["params"].spearman.value > on_these
    assert found["params"].minus_params is None
    assert rows(x=score)["x"].minus_params is None
    same = rows(params=params, copy=params.copy())["copy"].minus_params
    assert same is not None
    assert (same.value, same.low, same.high) == (0, 0, 0), "they share the resamples"


def test_only_the_order_of_a_score_counts() -> None:
    score = LABELS + RNG.normal(size=400)
    one, other = rows(x=score)["x"], rows(x=np.exp(score))["x"]
    assert one == other
    opposite = rows(x=-score)["x"].spearman
    assert (opposite.value, opposite.low, opposite.high) == pytest.approx(
        (-one.spearman.value, -one.spearman.high, -one.spearman.low), abs=1e-6
    )


@pytest.mark.parametrize(("size", "noise"), [(40, 1.0), (120, 0.5)])
def test_intervals_cover_the_correlation_of_the_population(size: int, noise: float) -> None:
    """47 of 50 samples of a bivariate normal: Spearman's there is 6 / pi asin(r / 2)."""
    r = 1 / np.sqrt(1 + noise**2)
    true, covered = 6 / np.pi * np.arcsin(r / 2), 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        labels = rng.normal(size=size)
        (row,) = quality_of(Proxies({"x": labels + noise * rng.normal(size=size)}), labels, "a/b")
        assert row.spearman.low is not None
        assert row.spearman.high is not None
        covered += row.spearman.low <= true <= row.spearman.high
    assert 43 <= covered <= 50


def test_few_architectures_have_no_interval() -> None:
    row = rows(LABELS[:30], x=LABELS[:30] ** 3)["x"]
    assert row.top == 3
    assert (row.spearman_top.value, row.spearman_top.low) == (1, None)
    assert row.spearman.low == 1


def test_known_correlations(everything_fetched: Path) -> None:
    found = {row.score: row for row in score_rows("transnasbench101-micro/room_layout")}
    benchmark = load_benchmark("transnasbench101-micro/room_layout")
    assert benchmark.objective.direction == "min"
    score = benchmark.metric("proxy.snip").values
    losses = benchmark.metric("validation").values
    some = ~np.isnan(score)
    expected = -spearmanr(score[some], losses[some]).statistic
    assert found["snip"].spearman.value == pytest.approx(expected, 1e-5), "lower is better"
    taken = benchmark.metric("proxy_seconds.snip").values[some].mean()
    assert found["snip"].seconds == pytest.approx(taken)
    assert found["params"].seconds is None
    assert score_rows("live/nasbench101-rotated-mnist") == []


def test_the_tables_in_every_format(
    everything_fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from nasarena.suite.cli import run_command

    given = ["proxies", "--benchmarks", "nasbench-macro/cifar10"]
    printed = {}
    for kind in ("terminal", "markdown", "csv", "json"):
        assert run_command([*given, "--format", kind]) == 0
        printed[kind] = capsys.readouterr().out
    flops, params = score_rows("nasbench-macro/cifar10")
    shown = f"{flops.spearman.value:.3f} [{flops.spearman.low:.3f}, {flops.spearman.high:.3f}]"
    assert shown in printed["terminal"]
    assert shown.replace("[", "\\[") in printed["markdown"].replace("\\]", "]")
    assert "nasbench-macro/cifar10,flops,6561," in printed["csv"]
    assert f'"spearman": {flops.spearman.value}' in printed["json"].replace("\n", "")
    assert printed["terminal"].index("flops") < printed["terminal"].index("\nparams ")
    assert flops.spearman.value > params.spearman.value


def test_no_scores_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    from nasarena.suite.cli import run_command

    assert run_command(["proxies", "--benchmarks", "live/*"]) == 2
    assert capsys.readouterr().err.startswith(
        "nasarena: no benchmark of 'live/*' has zero-cost scores; choose others, or fetch some"
    )


def test_the_section_of_a_page(request: pytest.FixtureRequest) -> None:
    assert scores_sections("c", "nasbench201/cifar100") == [], "parameters alone tell little"
    request.getfixturevalue("everything_fetched")
    name = "transnasbench101-micro/jigsaw"
    (section,) = scores_sections("c", name)
    (grid,) = section.grids
    found = {row.score: row for row in score_rows(name)}
    shown = {cells[0].text: cells for cells in grid.rows}
    assert shown.keys() == found.keys()
    assert [cells[2].value for cells in grid.rows] == sorted(
        (row.spearman.value for row in found.values()), reverse=True
    )
    for score, cells in shown.items():
        row = found[score]
        assert cells[1].value == row.architectures
        assert (cells[4].value, cells[4].low) == (row.spearman_top.value, row.spearman_top.low)
        less = row.minus_params_top
        assert cells[5].value == (less and less.value)
        assert cells[6].value == row.seconds
    counts = [row.architectures for row in found.values()]
    assert f"{min(counts):,} to {max(counts):,} architectures with scores" in section.sentences[0]
