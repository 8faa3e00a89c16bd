"""Settings of a release beside others: what the docs say of them is in the records."""

import numpy as np
import pytest

from nasarena.leaderboard.tables.formats import markdown_table
from nasarena.leaderboard.tables.two_methods import columns
from nasarena.leaderboard.texts import interval_text
from nasarena.suite.methods import method_card
from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.samples import restricted_mean
from nasarena.suite.statistics.separation import holm
from nasarena.suite.statistics.summary import restricted
from nasarena.suite.statistics.two_methods import MEASURES, paired_measures
from published_records import BENCHMARKS, DATASETS, RESULTS, RESULTS_PAGE, RunSets


@pytest.mark.parametrize(
    ("fewer", "more", "unclear", "said"),
    [
        (
            "regularized-evolution[population=30]",
            "regularized-evolution[population=10,tournament=3]",
            {"nasbench201/imagenet16-120", "nasbenchgraph/citeseer"},
            "on four of the six benchmarks; on imagenet16-120 and citeseer no difference was found",
        ),
        (
            "local-search-released[stop_at_minimum=False]",
            "local-search-released",
            {*BENCHMARKS} - {"nasbench101-5/rotated-mnist"},
            "on rotated-mnist ({}, not {}) than the one that begins again at random; elsewhere no",
        ),
    ],
)
def test_released_settings_differ_where_the_docs_say(
    rivals: RunSets, fewer: str, more: str, unclear: set[str], said: str
) -> None:
    page = RESULTS_PAGE.read_text(encoding="utf-8")
    means = [
        f"{restricted(rivals[name, 'nasbench101-5/rotated-mnist']).mean():.0f}"
        for name in (fewer, more)
    ]
    assert said.format(*means) in page
    tests = {one: compare(rivals[fewer, one], rivals[more, one], 300) for one in BENCHMARKS}
    corrected = dict(zip(tests, holm(np.array([test.p for test in tests.values()])), strict=True))
    assert {one for one, p in corrected.items() if p >= 0.05} == unclear
    for one in {*tests} - unclear:
        mean = tests[one].mean
        assert mean is not None
        assert mean.value < 0


def test_what_docstrings_say_of_samples_is_in_the_records(
    run_sets: RunSets, rivals: RunSets
) -> None:
    def mean(method: str, dataset: str) -> float:
        return float(restricted(run_sets[method, f"nasbench201/{dataset}"]).mean())

    def said(method: str) -> str:
        card = method_card(method)
        return " ".join((card.make.__doc__ or "").split())

    times = [
        mean("regularized-evolution-paper", one) / mean("regularized-evolution", one)
        for one in DATASETS
    ]
    assert f"it needs {min(times):.1f} to {max(times):.1f} times as many samples" in said(
        "regularized-evolution-paper"
    )
    six = {benchmark for method, benchmark in rivals if method == "flan"}
    tests = {one: compare(rivals["flan[epochs=20]", one], rivals["flan", one], 300) for one in six}
    assert len(six) == 6
    assert {one for one, test in tests.items() if test.p < 0.05} == {"nasbench201/cifar10"}
    assert tests["nasbench201/cifar10"].p * 6 < 0.05
    fast, slow = (
        restricted_mean(rivals[name, "nasbench201/cifar10"].samples_to_optimum, 300).value
        for name in ("flan[epochs=20]", "flan")
    )
    assert f"needed half as many ({fast:.0f} against {slow:.0f}, ten seeds" in said("flan")
    assert fast / slow == pytest.approx(0.5, abs=0.05)
    for benchmark in BENCHMARKS:
        quick, published_rate = (
            rivals["reinforce[learning_rate=0.1]", benchmark],
            rivals["reinforce", benchmark],
        )
        test = compare(quick, published_rate, 300)
        assert test.mean is not None
        if benchmark.startswith("nasbench201/"):
            assert test.p < 0.05
            assert test.mean.value < 0
        elif benchmark == "nasbench101-5/rotated-mnist":
            assert test.p < 0.05
            assert test.mean.value > 0
    assert "finds more within 300 queries on NAS-Bench-201, and less on" in said("reinforce")


def test_what_gbdt_nas_needs_as_released_is_in_the_records(run_sets: RunSets) -> None:
    cells = []
    for dataset in DATASETS:
        runs = run_sets["gbdt-nas-released", f"nasbench201/{dataset}"]
        assert (runs.count, runs.identity.budget) == (100, 2000)
        mean = restricted_mean(runs.samples_to_optimum, 2000)
        cells.append(interval_text(mean, lambda value: f"{value:,.0f}"))
    readme = (RESULTS / "README.md").read_text(encoding="utf-8")
    assert "On NAS-Bench-201 it needs {}, {} and {} samples".format(*cells) in readme
    row = f"| `gbdt-nas-released` | 2,000 | {' | '.join(cells)} |"
    assert row in RESULTS_PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("method", "labels"),
    [
        ("seminas", [1100, 1400, 1700, 2000]),
        ("brp-nas", [40, 60, 80, 100, 140]),
        ("gbdt-nas", [1000, 1500, 2000]),
    ],
)
def test_released_settings_are_compared_as_the_readme_shows(method: str, labels: list[int]) -> None:
    run_sets = load_run_sets([RESULTS / f"{method}-released"])
    rows = paired_measures(comparisons(run_sets), method, f"{method}-released", labels)
    assert {(row.seeds_a, row.seeds_b) for row in rows} == {(3, 3)}
    assert {row.measure for row in rows} == set(MEASURES)
    page = (RESULTS / "README.md").read_text(encoding="utf-8")
    assert markdown_table(columns(rows)) in page
    if method == "seminas":
        at_first = {row.measure: row for row in rows if row.labels == 1100}
        tau, top = at_first["tau"], at_first["precision"]
        assert (
            f"after 1,100 labels its tau is {tau.of_b.value:.2f}, that of the plain form "
            f"{tau.of_a.value:.2f}) but orders the top worse (precision at 1 % is "
            f"{100 * top.of_b.value:.0f} % and {100 * top.of_a.value:.0f} %)" in page
        )
        (samples,) = (row for row in rows if row.measure == "samples")
        assert f"needed 1,320 samples instead of {samples.of_b.value:,.0f}." in page
    if method == "brp-nas":
        (tau,) = (row for row in rows if (row.measure, row.labels) == ("tau", 40))
        said = f"its tau is {tau.of_b.value:.2f}, that of the plain form {tau.of_a.value:.2f}."
        assert f"with 40 labels {said} In the released code it is 0.61 to 0.66" in page
        assert 0.61 <= tau.of_b.value <= 0.66
