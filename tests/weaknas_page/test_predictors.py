"""docs/weaknas.md: the paper's network, trees and a forest, the scale of labels, costs."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from nasarena.leaderboard.texts import interval_text, number
from nasarena.suite.methods import choose_methods
from nasarena.suite.statistics import published as figures
from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.run_set import cut_at
from weaknas_docs import CONSTANTS, DATA, PAGE, README, RESULTS, RESULTS_PAGE


def test_what_is_said_of_trees(made: Any) -> None:
    of_trees, of_network = made.published("weaknas"), made.published("nasbench201")
    for data, text in (
        ("cifar10", "{} on cifar10 (p = {:.2g})"),
        ("cifar100", "{} on cifar100 (p = {:.2g})"),
        ("imagenet16-120", "On imagenet16-120 no difference was found ({}, p = {:.2g})"),
    ):
        trees, network = (
            runs[made.METHODS[predictor], f"nasbench201/{data}"]
            for runs, predictor in ((of_trees, "gbrt"), (of_network, "small-mlp"))
        )
        one = compare(trees, cut_at(network, 300), 300)
        assert (one.seeds_a, one.seeds_b) == (100, 100)
        assert one.mean is not None
        assert (one.mean.low > 0) == text.startswith("{}")
        more = interval_text(one.mean, lambda value: f"{value:.0f}")
        assert text.format(more, one.p) in PAGE
    (released,) = (
        figure
        for figure in figures.published()
        if (figure.value, figure.spread, figure.runs, figure.cap) == (108, 15, 18, 250)
    )
    assert (released.ours, released.benchmark) == (CONSTANTS, made.BENCHMARK)
    assert "108 samples (standard error 15; 18 runs of at most 250" in PAGE


def test_what_is_said_of_the_papers_network(made: Any) -> None:
    stored = made.published("weaknas")
    others = {
        "the small network": (made.published("nasbench201"), made.METHODS["small-mlp"]),
        "boosted trees": (stored, "weaknas-gbrt"),
        "a random forest": (stored, "weaknas-forest"),
    }
    clear = set()
    for text, (runs, method) in others.items():
        cells = []
        for data in DATA:
            place = f"nasbench201/{data}"
            one = compare(stored["weaknas", place], cut_at(runs[method, place], 300), 300)
            assert one.mean is not None
            cells.append(f"{interval_text(one.mean, made.signed)}, p = {one.p:.2g}")
            if one.p * len(others) * len(DATA) < 0.05:
                clear.add((text, data))
                assert one.mean.high < 0
        assert f"| {text} | {' | '.join(cells)} |" in PAGE
    trees = {("boosted trees", data) for data in DATA[:2]}
    forest = {("a random forest", data) for data in DATA}
    assert clear == trees | forest | {("the small network", "cifar100")}
    assert "These six differences are clear, also when p is corrected for nine" in PAGE
    for data in DATA:
        two = [stored[name, f"nasbench201/{data}"] for name in ("weaknas-forest", "weaknas-gbrt")]
        p = compare(*two, 300).p
        assert p * 12 > 0.05
        assert data != "cifar100" or f"(on cifar100 p = {p:.2g}, before a correction" in PAGE
    small = made.published("nasbench201")[made.METHODS["small-mlp"], made.BENCHMARK]
    network = stored["weaknas", made.BENCHMARK]
    share = made.samples(network).value / made.samples(cut_at(small, 300)).value
    assert share == pytest.approx(3 / 4, abs=0.03)
    assert "three quarters of the samples of [its rule around the small network]" in RESULTS_PAGE
    for name, text in (("weaknas", "87, 100 and 88"), ("weaknas-forest", "46, 50 and 46")):
        found = [
            np.isfinite(stored[name, f"nasbench201/{data}"].samples_to_optimum).sum()
            for data in DATA
        ]
        assert "{}, {} and {}".format(*found) == text
        (line,) = [line for line in RESULTS_PAGE.splitlines() if line.startswith(f"* **`{name}`**")]
        assert f"in {text} of 100 runs" in line
    seconds = [
        pd.read_parquet(path)["cpu_seconds"].mean()
        for name in ("weaknas", "weaknas-forest")
        for path in sorted((RESULTS / "weaknas").glob(f"*/nasbench201/*/{name}/executions.parquet"))
    ]
    assert f"100 seeds ({min(seconds):.0f} to {max(seconds):.0f} CPU seconds a run)" in README
    assert network.samples_to_optimum.max() < 300
    cell = RESULTS / "weaknas" / "weaknas-paper[budget=300]" / made.BENCHMARK / "weaknas"
    each = pd.read_parquet(cell / "executions.parquet").set_index("seed")["cpu_seconds"]
    slow, fast = each.loc[2000:2009].mean(), each.loc[2010:].mean()
    assert f"take {slow:.0f} on average on a slow processor (seeds 2000 to 2009)" in PAGE
    assert f"and {fast:.0f} on a faster one." in PAGE


def test_what_is_said_of_the_releases_scale_of_labels(made: Any) -> None:
    """The numbers are those of the space; the released program is reproduced with them."""
    (scaled,) = (
        runs for runs in load_run_sets(RESULTS / "weaknas") if runs.identity.method == CONSTANTS
    )
    labels = scaled.benchmark.table.mean_validation
    (choice,) = choose_methods([CONSTANTS])
    method = choice.build()
    assert labels.mean() == pytest.approx(method.label_mean, abs=5e-6)
    assert labels.std() == pytest.approx(method.label_deviation, abs=5e-6)
    assert scaled.count == 100
    samples = interval_text(made.samples(scaled), number)
    assert f"| `{CONSTANTS}`, seeds 2000 to 2099 | 300 | — | {samples} | — |" in RESULTS_PAGE
    at_250 = interval_text(made.samples(cut_at(scaled, 250)), number)
    assert f"`weaknas` [reproduces](results.md#published-figures) it: {at_250}, 100 runs" in PAGE
    own = made.published("weaknas")["weaknas", made.BENCHMARK]
    difference = compare(scaled, own, 300)
    assert difference.mean is not None
    more = interval_text(difference.mean, lambda value: f"{value:.0f}")
    assert f"needs {more} samples fewer on cifar100 (p = {difference.p:.2g})" in RESULTS_PAGE
    assert f"With the release's scale it needs {more} samples more on cifar100." in PAGE
    assert f"`weaknas` needs {interval_text(made.samples(own), number)}." in PAGE
    said = " ".join((type(method).__doc__ or "").split())
    means = [number(made.samples(one).value) for one in (scaled, own)]
    assert f"{more} more samples are needed ({means[0]} instead of {means[1]}, 100" in said
    both = [
        verdict
        for verdict in figures.verdicts(comparisons([scaled])[0])
        if verdict.figure.ours == CONSTANTS
    ]
    assert [one.verdict for one in both] == ["reproduced"] * 2


def test_what_is_said_of_expected_improvement(made: Any) -> None:
    stored = made.published("weaknas")
    ours, others = (stored[name, made.BENCHMARK] for name in ("weaknas-ei", "weaknas"))
    samples = interval_text(made.samples(ours), number)
    assert f"| `weaknas-ei`, seeds 2000 to 2019 | 300 | — | {samples} | — |" in RESULTS_PAGE
    found = np.isfinite(ours.samples_to_optimum).sum()
    assert f"within 300 queries in {found} of {ours.count} runs" in RESULTS_PAGE
    p = compare(ours, others, 300).p
    assert p > 0.05
    assert f"No difference from `weaknas` was found (p = {p:.2g})" in RESULTS_PAGE
    cells = (RESULTS / "weaknas").glob(f"*/{made.BENCHMARK}/*/executions.parquet")
    cost = {path.parent.name: pd.read_parquet(path)["cpu_seconds"].mean() for path in cells}
    assert f"({cost['weaknas-ei']:.0f} CPU seconds)" in RESULTS_PAGE
    assert cost["weaknas-ei"] / cost["weaknas"] == pytest.approx(4, abs=0.5)


def test_what_is_said_of_costs(made: Any) -> None:
    def seconds(method: str) -> float:
        folder = RESULTS / "weaknas-settings" / "weaknas-paper[budget=300,stop=budget]"
        runs = pd.read_parquet(folder / made.BENCHMARK / method / "executions.parquet")
        return float(runs["cpu_seconds"].mean())

    assert f"A run of 300 queries takes about {seconds('weaknas'):.0f} CPU seconds." in PAGE
    assert seconds(made.setting_name()) < 1
    cells = RESULTS.glob(f"weaknas-settings/*/{made.BENCHMARK}/weaknas[[]*/executions.parquet")
    means = sorted(pd.read_parquet(path)["cpu_seconds"].mean() for path in cells)
    assert len(means) == 11
    (row,) = [row for row in README.splitlines() if "results/weaknas-settings-network.toml" in row]
    said = f"{means[0]:.0f} to {means[-2]:.0f} CPU seconds a run, and {means[-1]:.0f} with batches"
    assert said in row
