"""docs/weaknas.md: its tables, figures and sentences are what the committed records say."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nasarena.leaderboard.figures.drawing import Drawing
from nasarena.leaderboard.tables.formats import csv_of, markdown_table
from nasarena.leaderboard.texts import interval_text, number, percent
from nasarena.suite.methods import choose_methods
from nasarena.suite.statistics import published as figures
from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.incumbents import regret_at
from nasarena.suite.statistics.independent_means import difference_of_means
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.run_set import cut_at
from nasarena.suite.statistics.samples import Estimate, found_share, mean_of
from simulations import simulation

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = DOCS.parent / "results"
PAGE = (DOCS / "weaknas.md").read_text(encoding="utf-8")
RESULTS_PAGE = (DOCS / "results.md").read_text(encoding="utf-8")
README = (RESULTS / "README.md").read_text(encoding="utf-8")
DATA = ("cifar10", "cifar100", "imagenet16-120")
CONSTANTS = "weaknas[label_deviation=12.14164,label_mean=61.29972]"
"""Labels scaled as the release does."""


SCRIPTS = ("runs", "settings", "labels", "rounds", "page")


@pytest.fixture(scope="module")
def made() -> Any:
    """What the scripts that make tables and figures define."""
    defined = [vars(simulation(f"weaknas_{name}")) for name in SCRIPTS]
    return SimpleNamespace(**{name: value for one in defined for name, value in one.items()})


@pytest.mark.parametrize(
    "table", ["settings", "settings-small", "best", "knowledge", "dynamics", "relations"]
)
def test_a_table_is_made_of_the_records(made: Any, table: str) -> None:
    assert markdown_table(made.TABLES[table]()) in PAGE


@pytest.mark.parametrize(
    "figure",
    ["settings", "settings-small", "best", "best-small", "best-trees", "ranks", "top", "tau"],
)
def test_a_figure_shows_the_records(
    made: Any, figure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its data, that is: writing the picture takes longer than all other tests of the page.
    for name in SCRIPTS:
        if hasattr(simulation(f"weaknas_{name}"), "drawing_of"):
            monkeypatch.setattr(
                f"weaknas_{name}.drawing_of", lambda *given: Drawing("", csv_of(given[-1]))
            )
    draw = next(
        draw for draw in made.FIGURES if draw.__name__ == f"{figure}_figure".replace("-", "_")
    )
    assert (DOCS / "weaknas" / f"{figure}.csv").read_text(encoding="utf-8") == draw().data
    assert f"(weaknas/{figure}.svg)" in PAGE
    assert (DOCS / "weaknas" / f"{figure}.svg").stat().st_size < 40_000


def apart(a: Estimate, b: Estimate) -> bool:
    """Whether the first interval lies below the second."""
    assert a.high is not None
    assert b.low is not None
    return a.high < b.low


def clear(a: dict[int, Estimate], b: dict[int, Estimate]) -> list[int]:
    """At which numbers of labels the first interval lies below the second."""
    return [labels for labels in a if labels in b and apart(a[labels], b[labels])]


def test_what_is_said_of_one_predictor_and_several(made: Any) -> None:
    differences = {}
    for predictor in made.PREDICTORS:
        assert made.equal_labels(predictor) == [50, 100, 150, 200, 250, 300]
        differences[predictor] = {
            labels: made.fewer_points(predictor, labels) for labels in made.equal_labels(predictor)
        }
        for search in ("strong", "strong-10", "strong-half"):
            assert made.seeds_of(predictor, search) == 30
    network, small, trees = differences.values()
    below = [labels for labels, one in network.items() if one.high is not None and one.high < 0]
    assert below == [50, 100, 200]
    assert -0.02 < network[200].high < 0, "the interval just excludes 0"
    assert network[150].high > 0 > network[150].low
    assert f"{-network[50].value:.2f} and {-network[100].value:.2f} points better" in PAGE
    half = made.best_regrets("mlp", "strong-half")
    for labels in (250, 300):
        assert network[labels].low is network[labels].high is None
        assert made.best_regrets("mlp", "weak")[labels].value == 0
    at_250, at_300 = (interval_text(half[labels], made.points) for labels in (250, 300))
    assert f"regret is {at_250} points, then {at_300}" in PAGE
    assert half[250].low > 0 == half[300].low
    assert "with the paper's network at 50 and 100 labels, barely at 200, and at 250;" in PAGE
    assert "At 150 no difference was found. At 200 the interval just excludes 0." in PAGE
    below = [labels for labels, one in small.items() if one.high < 0]
    assert below == [100, 150, 200]
    sizes = [-small[labels].value for labels in below]
    assert f"{min(sizes):.2f} to {max(sizes):.2f} points better" in PAGE
    assert "at 100, 150 and 200 labels: " in PAGE
    assert "At 50, 250 and 300 labels no difference was found." in PAGE
    assert "with a small network from 100 to 200 labels; with boosted trees only at 50" in PAGE
    fewer = {}
    for predictor in made.PREDICTORS:
        two = [made.best_regrets(predictor, f"strong-{last}") for last in ("half", "10")]
        each = {labels: difference_of_means(*(one[labels] for one in two)) for labels in two[0]}
        fewer[predictor] = {labels: -one.value for labels, one in each.items() if one.high < 0}
    assert [[*one] for one in fewer.values()] == [[150], [150, 200, 250, 300], [250]]
    sizes = fewer["small-mlp"].values()
    assert f"best is {min(sizes):.2f} to {max(sizes):.2f} points better than spending ten" in PAGE
    assert [labels for labels, one in trees.items() if one.high < 0] == [50]
    assert [labels for labels, one in trees.items() if one.low > 0] == [250, 300]
    assert f"WeakNAS is {-trees[50].value:.2f} points better" in PAGE
    assert f"by {trees[250].value:.2f} and {trees[300].value:.2f} points" in PAGE
    assert [made.weak_runs(name).count for name in made.PREDICTORS] == [100, 30, 100]
    assert np.isinf(made.weak_runs("gbrt").samples_to_optimum).sum() == 33
    assert "33 of these 100 runs of WeakNAS did not find the optimum" in PAGE


def test_what_is_said_of_the_predictors_knowledge(made: Any) -> None:
    def both(value: str, predictor: str) -> tuple[dict[int, Estimate], dict[int, Estimate]]:
        weak, strong = (made.estimates(predictor, one, value) for one in ("weak", "strong"))
        return weak, strong

    shown = {50, 100, 200}
    weak, strong = both("tau", "mlp")
    assert shown <= set(clear(weak, strong))
    assert f"the tau of the paper's network is {weak[100].value:.2f}" in PAGE
    assert f"same network with random labels {strong[100].value:.2f}" in PAGE
    regret, of_random = both("regret_predicted", "mlp")
    assert shown <= set(clear(regret, of_random))
    assert f"a regret of {regret[100].value:.2f} points, against {of_random[100].value:.2f}" in PAGE
    draw, drawn = both("draw", "mlp")
    assert set(clear(drawn, draw)) >= {50, 100}
    assert f"{100 * draw[100].value:.0f} % of what its next queries are drawn from" in PAGE
    assert f"top 50, against {100 * drawn[100].value:.0f} %" in PAGE
    # Better than with twice as many random labels.
    assert apart(regret[100], of_random[200])
    assert apart(drawn[200], draw[100])
    assert (
        f"the regret is {of_random[200].value:.2f} and the share {100 * drawn[200].value:.0f} %"
        in PAGE
    )
    cells = []
    for predictor in ("small-mlp", "gbrt"):
        weak, strong = both("tau", predictor)
        assert apart(weak[100], strong[100])
        cells += [weak[100].value, strong[100].value]
        weak, strong = both("regret_predicted", predictor)
        assert apart(weak[100], strong[100])
        cells += [weak[100].value, strong[100].value]
    small, trees = cells[:4], cells[4:]
    draw, drawn = both("draw", "small-mlp")
    assert apart(drawn[100], draw[100])
    assert (
        "tau is {:.2f} against {:.2f}, the regret {:.2f} points against {:.2f}".format(*small)
        + f", and the share {100 * draw[100].value:.0f} % against {100 * drawn[100].value:.0f} %"
        in PAGE
    )
    draw, drawn = both("draw", "gbrt")
    assert not clear(drawn, draw)
    assert not clear(draw, drawn)
    assert (
        "tau is {:.2f} against {:.2f}, and the regret of the predicted best {:.2f} points "
        "against {:.2f}".format(*trees)
        in PAGE
    )


def test_what_is_said_of_order_at_the_top(made: Any) -> None:
    weak, strong = (made.estimates("mlp", one, "tau_top") for one in ("weak", "strong"))
    assert not apart(weak[50], strong[50])
    assert not apart(strong[50], weak[50])
    assert apart(strong[100], weak[100])
    assert (
        f"with 100 its tau is {weak[100].value:.2f}, against {strong[100].value:.2f} with random"
        in PAGE
    )
    weak, strong = (made.estimates("mlp", one, "tau_unseen") for one in ("weak", "strong"))
    assert apart(strong[100], weak[100])
    assert f"without a label tau is {weak[100].value:.2f}, against {strong[100].value:.2f}" in PAGE
    small, random = (made.estimates("small-mlp", one, "tau_top") for one in ("weak", "strong"))
    assert set(clear(random, small)) >= {100, 200}
    cells = [small[100].value, random[100].value, small[200].value]
    said = "tau is {:.2f} with 100 labels ({:.2f} with random ones) and {:.2f} with 200"
    assert said.format(*cells) in PAGE
    trees, random = (made.estimates("gbrt", one, "tau_top") for one in ("weak", "strong"))
    assert not apart(trees[100], random[100])
    assert not apart(random[100], trees[100])
    assert apart(random[200], trees[200])
    said = "trees it is {:.2f}, where no difference from random labels was found, and {:.2f} with"
    assert said.format(trees[100].value, trees[200].value) in PAGE


def test_what_is_said_of_rounds(made: Any) -> None:
    every = {name: made.whole_runs(name) for name in made.PREDICTORS}
    assert {runs.count for runs in every.values()} == {30}
    network, small, trees = every.values()
    shares, found = made.top_shares(network), made.found_by(network)
    assert apart(shares[0], shares[2])
    assert apart(shares[2], shares[9])
    assert apart(shares[20], shares[9])
    assert max(shares, key=lambda place: shares[place].value) == 9
    first, ninth = (100 * shares[place].value for place in (0, 9))
    assert f"from {first:.1f} % in the random sample to {ninth:.0f} % in round 9" in PAGE
    before, after = (np.median(made.sampled(network)[:, place]) for place in (0, 10))
    assert f"falls from {before:,.0f} to {after:,.0f} in ten rounds" in PAGE
    assert not [place for place in range(10, 16) if apart(shares[place], shares[9])]
    assert [place for place in range(16, 30) if not apart(shares[place], shares[9])] == []
    numbers = [found[place].value for place in (15, 20, 29)]
    assert (
        "after round 15, {:.1f} of the top 50 are labelled on average, after round 20 {:.1f}, "
        "after round 29 {:.1f}".format(*numbers)
        in PAGE
    )
    cells = []
    for runs in (small, trees):
        of = {place: 100 * one.value for place, one in made.top_shares(runs).items()}
        cells += [max(of.values()), max(of, key=lambda place: of[place])]
    assert (
        "the share rises to {:.0f} % (round {}), with the boosted trees to {:.0f} % (round {})"
    ).format(*cells) in PAGE
    of_trees = made.top_shares(trees)
    assert apart(of_trees[29], of_trees[12])
    first, last = (100 * of_trees[place].value for place in (12, 29))
    assert f"from {first:.0f} % in round 12 to {last:.0f} % in round 29" in PAGE
    assert f"only {made.found_by(trees)[29].value:.1f} of the top 50" in PAGE
    labelled = {
        name: sorted((made.sampled(runs) <= 50).sum(axis=(1, 2))) for name, runs in every.items()
    }
    missed = [np.isinf(runs.samples_to_optimum).sum() for runs in every.values()]
    assert labelled["mlp"][0] == 46
    assert labelled["small-mlp"][:2] == [1, 18]
    assert labelled["gbrt"][:3] == [0, 0, 1]
    assert missed == [0, 2, 10]
    assert "each of the 30 runs labelled at least 46 of the top 50" in PAGE
    assert "30 runs labelled a single one of them, and two did not find the optimum" in PAGE
    assert "with the boosted trees two labelled none, and ten did not find it" in PAGE


@pytest.mark.parametrize(
    ("predictor", "worse", "better", "unclear"),
    [
        (
            "mlp",
            {"initial": (30, 50, 100), "batch": (50,), "top_n": (300, 1000)},
            {"top_n": (10,)},
            {"top_n": (30,)},
        ),
        (
            "small-mlp",
            {"initial": (100,), "top_n": (300, 1000)},
            {},
            {"initial": (30, 50), "batch": (50,)},
        ),
    ],
)
def test_what_is_said_of_settings(
    made: Any,
    predictor: str,
    worse: dict[str, tuple[int, ...]],
    better: dict[str, tuple[int, ...]],
    unclear: dict[str, tuple[int, ...]],
) -> None:
    def named(changed: dict[str, tuple[int, ...]]) -> set[str]:
        return {
            made.setting_name(parameter, value, predictor)
            for parameter, values in changed.items()
            for value in values
        }

    differences = made.settings_differences(predictor)
    assert {one.seeds_a for one in differences.values()} == {30}
    clear = {name for name, one in differences.items() if one.p_holm <= 0.05}
    assert {name for name in clear if differences[name].mean.low > 0} == named(worse)
    assert {name for name in clear if differences[name].mean.high < 0} == named(better)
    without_0 = {name for name, one in differences.items() if one.mean.low > 0 or one.mean.high < 0}
    assert without_0 - clear == named(unclear)


def test_the_sizes_of_differences_of_settings_are_said(made: Any) -> None:
    def more(predictor: str, parameter: str, *values: int) -> list[int]:
        differences = made.settings_differences(predictor)
        return [
            round(abs(differences[made.setting_name(parameter, value, predictor)].mean.value))
            for value in values
        ]

    assert (
        "30, 50 and 100 first labels ({}, {} and {} samples more)".format(
            *more("mlp", "initial", 30, 50, 100)
        )
        in PAGE
    )
    assert "batches of 50 ({} more)".format(*more("mlp", "batch", 50)) in PAGE
    assert (
        "Top-N 300 ({} more) and 1,000 ({} more)".format(*more("mlp", "top_n", 300, 1000)) in PAGE
    )
    of_ten = "a Top-N of 10 needs {} samples fewer"
    assert PAGE.count(of_ten.format(*more("mlp", "top_n", 10))) == 2
    seeds = made.settings_differences("mlp", same_seeds=True)
    assert {(one.seeds_a, one.seeds_b) for one in seeds.values()} == {(30, 30)}
    clear = {name for name, one in seeds.items() if one.p_holm <= 0.05}
    others = [made.setting_name(*it, "mlp") for it in (("initial", 30), ("batch", 50))]
    before = made.settings_differences("mlp")
    assert clear == {name for name, one in before.items() if one.p_holm <= 0.05} - {*others}
    assert "(p = {:.2g} and {:.2g})".format(*(seeds[name].p_holm for name in others)) in PAGE
    ten = seeds[made.setting_name("top_n", 10, "mlp")]
    assert f"{of_ten.format(round(-ten.mean.value))} than they (p = {ten.p_holm:.2g})" in PAGE
    small = more("small-mlp", "initial", 100) + more("small-mlp", "top_n", 300, 1000)
    assert (
        "100 first labels ({} samples more) and Top-N 300 and 1,000 ({} and {} more)".format(*small)
        in PAGE
    )
    assert [len(made.settings_differences(name)) for name in ("mlp", "small-mlp")] == [10, 11]
    for name in ("settings", "settings-small"):
        shown = pd.read_csv(DOCS / "weaknas" / f"{name}.csv")["setting"]
        assert {"initial 10", "batch 10", "top_n 100"} <= {*shown}, "the released ones, in orange"
    assert "ten settings of the paper's network and eleven of the small one" in PAGE


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
    means = [pd.read_parquet(path)["cpu_seconds"].mean() for path in cells]
    assert len(means) == 10
    (row,) = [row for row in README.splitlines() if "results/weaknas-settings-network.toml" in row]
    assert f"{min(means):.0f} to {max(means):.0f} CPU seconds a run" in row


def test_what_is_said_of_a_graph_network(made: Any) -> None:
    loop, alone = (choose_methods([name])[0].build() for name in ("weaknas-gcn", "predictor-gcn"))
    for same in ("epochs", "learning_rate", "targets"):
        assert getattr(loop, same) == getattr(alone, same)
    stored = made.published("rivals")
    loops, alones = (stored[name, made.BENCHMARK] for name in ("weaknas-gcn", "predictor-gcn"))
    assert (loops.count, alones.count) == (20, 30)
    assert f"needs {interval_text(made.samples(loops), number)} samples" in PAGE
    assert f"the network alone {interval_text(made.samples(alones), number)}" in PAGE
    difference = compare(loops, alones, 300).mean
    assert difference is not None
    assert f"a difference of {interval_text(difference, made.signed)}" in PAGE
    assert 100 < alones.samples_to_optimum.min() < 110
    at = np.array([120, 150])
    loop, alone = (
        [mean_of(column).rounded() for column in regret_at(runs, at, "best_validation").T]
        for runs in (loops, alones)
    )
    assert apart(loop[0], alone[0])
    said = [interval_text(one, made.points) for one in (loop[0], *alone)]
    assert "after 120 its regret is {} points, and {} with the network alone".format(*said) in PAGE
    assert (loop[1].value, loop[1].agreeing) == (0, loops.count)
    assert alone[1].low > 0
    assert f"after 150 it is 0 in all runs, and {said[2]}" in PAGE


def test_what_is_said_of_brp_nas(made: Any) -> None:
    theirs, ours = made.relations_runs().values()
    assert (theirs.count, ours.count) == (20, 30)
    assert "no difference was found with 20 and 30 seeds" in PAGE
    samples, regret = compare(ours, theirs, 140).mean, made.relations_regret(ours, theirs, 100)
    assert samples is not None
    assert samples.low < 0 < samples.high
    assert regret.low < 0 < regret.high
    assert f"is {interval_text(samples, made.signed)} samples" in PAGE
    assert f"and {made.signed_points(regret)} points of regret after 100 labels" in PAGE


def test_the_fits_are_of_the_predictors_that_searched(made: Any) -> None:
    """What the trees of a search recommended is what those of the fits predict to be the best."""
    runs, fits = made.whole_runs("gbrt"), made.fits()
    regret = runs.benchmark.table.regret(runs.recommended_ids)
    recommended = pd.DataFrame(
        {
            "seed": runs.seeds[runs.recommended_run],
            "labels": runs.recommended_after,
            "recommended": regret,
        }
    )
    chosen = (fits["predictor"] == "gbrt") & (fits["search"] == "weak")
    both = fits[chosen].merge(recommended, on=["seed", "labels"])
    assert len(both) == chosen.sum() > 0
    assert np.allclose(both["regret_predicted"], both["recommended"], rtol=1e-5)


@pytest.mark.parametrize("predictor", ["small-mlp", "mlp", "gbrt"])
def test_fits_are_what_the_code_makes(predictor: str) -> None:
    if predictor == "gbrt":
        pytest.importorskip("xgboost")
    fitting = simulation("weaknas_fits")
    seed, trace = next(fitting.traces(predictor))
    order = np.random.default_rng(seed).permutation(fitting.BENCHMARK.table.size)
    stored = pd.read_csv(fitting.CSV)
    for search, ids in (("weak", trace[:50]), ("strong", order[:50])):
        again = fitting.predictor_row(predictor, ids, seed)
        (row,) = stored[
            (stored["predictor"] == predictor)
            & (stored["search"] == search)
            & (stored["seed"] == seed)
            & (stored["labels"] == 50)
        ].to_dict("records")
        assert again["regret_best"] == pytest.approx(row["regret_best"], rel=1e-5)
        # On another processor the last bits of a fit differ.
        for key in ("tau", "tau_top", "tau_unseen"):
            assert again[key] == pytest.approx(row[key], abs=0.02)


def test_rows_of_samples_are_of_stored_runs(made: Any) -> None:
    stored = {
        (*key, runs.count): runs
        for folder in ("nasbench201", "weaknas", "rivals")
        for key, runs in made.published(folder).items()
    }
    rows = re.findall(
        r"^\| `(\S+)` \| (nasbench201/\S+) \| (\d+) \| (\d+) \| (.+) \| (.+) \|$", PAGE, re.M
    )
    assert rows
    for method, benchmark, seeds, cap, samples, found in rows:
        runs = cut_at(stored[method, benchmark, int(seeds)], int(cap))
        assert runs.identity.budget == int(cap)
        assert samples == interval_text(made.samples(runs), number)
        assert found == interval_text(found_share(runs.samples_to_optimum, int(cap)), percent)
