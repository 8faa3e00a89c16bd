"""The tables and figures of docs/weaknas.md, from the run records and `weaknas_fits.csv`.

Run from the repository's folder, some seconds. It writes the figures, each with its data as CSV,
to `docs/weaknas/`, and prints the tables:

    python docs/simulations/weaknas_page.py
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasarena.leaderboard.figures.curves import (
    Curve,
    Scale,
    curve,
    curve_legend,
    data_of,
    draw_curves,
    log_axis,
    share_axis,
)
from nasarena.leaderboard.figures.drawing import HEIGHT, INK, Drawing, drawing_of, look
from nasarena.leaderboard.figures.drawing import place_legend as legend
from nasarena.leaderboard.figures.sheets import Sheet, on_sheet
from nasarena.leaderboard.figures.styles import COLOURS, DASHES, Style
from nasarena.leaderboard.tables.formats import Column, markdown_table
from nasarena.leaderboard.texts import NOTHING, interval_text, number, percent
from nasarena.suite.methods import choose_methods
from nasarena.suite.statistics.incumbents import regret_at
from nasarena.suite.statistics.independent_means import difference_of_means
from nasarena.suite.statistics.load_run_sets import cell_folders, load_run_sets, put_together
from nasarena.suite.statistics.pairwise import Difference, compare, corrected
from nasarena.suite.statistics.process import true_ranks
from nasarena.suite.statistics.run_set import RunSet, cut_at
from nasarena.suite.statistics.samples import (
    Estimate,
    found_share,
    mean_of,
    means_of,
    restricted_mean,
)

REPOSITORY = Path(__file__).parents[2]
RESULTS, OUT = REPOSITORY / "results", REPOSITORY / "docs" / "weaknas"
FITS = Path(__file__).with_name("weaknas_fits.csv")

BENCHMARK = "nasbench201/cifar100"
RELEASED = {"batch": 10, "top_n": 100, "targets": "z-score", "weight_decay": 1.0}
"""WeakNAS's rule with released settings, as parameters of `weaknas-lite`."""

SETTINGS = {
    "first labels": ("initial", 10, (30, 50, 100)),
    "batch": ("batch", 10, (1, 5, 20, 50)),
    "Top-N": ("top_n", 100, (10, 30, 300, 1000)),
}
"""What is varied: the parameter, its released value, and the others."""

PREDICTORS = {"small-mlp": "small network", "gbrt": "boosted trees"}
SEARCHES = {
    "weak": "a sequence of weak predictors",
    "strong-half": "one predictor, then as many of its best",
    "strong-10": "one predictor, then 10 of its best",
    "strong": "random labels",
}
"""The searches of `weaknas_fits.py`; `strong` is one predictor of random labels."""

TOP = 50
ROUNDS = (0, 1, 2, 5, 10, 20, 29)
"""Rounds that are shown; round 0 is the random sample."""

LINES = [
    *(Style(COLOURS[place], dash) for place, dash in zip((0, 4, 2, 1), DASHES, strict=True)),
    Style(COLOURS[3], DASHES[0]),
]


@cache
def stored() -> tuple[RunSet, ...]:
    """The runs of `results/weaknas-settings`."""
    return tuple(load_run_sets(RESULTS / "weaknas-settings"))


@cache
def fits() -> pd.DataFrame:
    """The rows of `weaknas_fits.csv`."""
    return pd.read_csv(FITS)


def setting_name(parameter: str = "batch", value: int = 10) -> str:
    """The method with one setting changed, as it is recorded."""
    given = RELEASED | {parameter: value}
    text = ",".join(f"{name}={value}" for name, value in given.items())
    (choice,) = choose_methods([f"weaknas-lite[{text}]"])
    return choice.name


METHODS = {"small-mlp": setting_name(), "gbrt": "weaknas-gbrt"}
"""The method around each predictor, with released settings."""


PUBLISHED = (
    *(*METHODS.values(), "weaknas", "weaknas-forest"),
    *("weaknas-gcn", "weaknas-gp", "predictor-gcn", "brp-nas"),
)
"""The methods whose runs in other results folders are looked at."""


@cache
def published(folder: str) -> dict[tuple[str, str], RunSet]:
    """Their runs on NAS-Bench-201 in a results folder, by method and benchmark."""
    cells = [
        cell
        for cell in cell_folders([RESULTS / folder])
        if cell.name in PUBLISHED and cell.parent.parent.name == "nasbench201"
    ]
    found = put_together(cells, keep_going=False)
    return {(runs.identity.method, runs.identity.benchmark): runs for runs in found}


def whole_runs(predictor: str) -> RunSet:
    """The runs around a predictor that go on after the optimum."""
    (runs,) = (
        one
        for one in stored()
        if one.identity.stop == "budget" and one.identity.method == METHODS[predictor]
    )
    return runs


# Settings


def settings_runs() -> dict[str, RunSet]:
    """The runs with each setting; those with released ones go on after the optimum."""
    runs = {one.identity.method: one for one in stored() if one.identity.stop == "optimum"}
    names = [
        setting_name(parameter, value)
        for parameter, _, values in SETTINGS.values()
        for value in values
    ]
    return {setting_name(): whole_runs("small-mlp")} | {
        name: runs[name] for name in names if name in runs
    }


@cache
def settings_differences() -> dict[str, Difference]:
    """Each setting against the released ones; p is corrected over the settings."""
    released, *others = settings_runs().values()
    compared = corrected([compare(runs, released, released.identity.budget) for runs in others])
    return {one.a: one for one in compared}


def settings_columns() -> list[Column]:
    """Samples with each setting, and the difference from the released ones."""
    runs, differences = settings_runs(), settings_differences()
    changed = {
        setting_name(parameter, value): (title, str(value))
        for title, (parameter, _, values) in SETTINGS.items()
        for value in values
    }
    lines = [("nothing", NOTHING), *(changed[name] for name in differences)]

    def found(one: RunSet) -> str:
        return interval_text(found_share(one.samples_to_optimum, one.identity.budget), percent)

    return [
        Column("changed", [title for title, _ in lines], number=False),
        Column("to", [value for _, value in lines]),
        Column("seeds", [str(one.count) for one in runs.values()]),
        Column("samples", [interval_text(samples(one), number) for one in runs.values()]),
        Column("found, %", [found(one) for one in runs.values()]),
        Column(
            "difference",
            [
                NOTHING,
                *(interval_text(one.mean, signed) for one in differences.values() if one.mean),
            ],
        ),
        Column("p", [NOTHING, *(f"{one.p_holm:.2g}" for one in differences.values())]),
    ]


def samples(runs: RunSet) -> Estimate:
    """The restricted mean of the samples to the optimum."""
    return restricted_mean(runs.samples_to_optimum, runs.identity.budget)


def signed(value: float) -> str:
    """A difference of samples."""
    return f"{round(value):+d}"


def settings_figure() -> Drawing:
    """Mean samples with each setting as a dot with its interval."""
    runs, marks = settings_runs(), []
    for parameter, released, values in SETTINGS.values():
        for value in sorted((released, *values)):
            name = setting_name(parameter, value)
            if name in runs:
                mean = samples(runs[name]).rounded()
                marks.append((f"{parameter} {value:,}", mean.value, mean.low, mean.high, name))
    data = pd.DataFrame(marks, columns=["setting", "samples", "low", "high", "method"])
    places = (
        np.arange(len(marks))
        + data["setting"]
        .str.split(" ")
        .str[0]
        .ne(data["setting"].str.split(" ").str[0].shift())
        .cumsum()
    )
    as_released = data["method"] == setting_name()
    with look("weaknas-settings") as (figure, axes):
        for chosen, colour in ((~as_released, COLOURS[0]), (as_released, COLOURS[4])):
            part = data[chosen]
            ends = [part["samples"] - part["low"], part["high"] - part["samples"]]
            axes.errorbar(
                part["samples"], places[chosen], xerr=ends, fmt="o", color=colour, ms=5, lw=1.6
            )
        axes.set_yticks(places, data["setting"])
        axes.invert_yaxis()
        axes.set(xlabel="mean samples to the optimum, at most 300", xlim=(0, 300))
        axes.axvline(data.loc[as_released, "samples"].iloc[0], color=INK, alpha=0.55, lw=0.9)
        figure.set_size_inches(5.2, HEIGHT + 0.12 * len(marks))
        return drawing_of(
            figure,
            "weaknas-settings",
            "Samples to the optimum by setting",
            f"WeakNAS around a small network on {BENCHMARK}, with 95 % intervals. "
            "One setting differs from the released ones, which are orange, and the line.",
            data,
        )


# One strong predictor, or a sequence of weak ones


@cache
def estimates(predictor: str, search: str, value: str) -> dict[int, Estimate]:
    """The mean over seeds of one column of the fits, by number of labels.

    Numbers of labels at which a seed has no value are left out.
    """
    rows = fits()
    rows = rows[(rows["predictor"] == predictor) & (rows["search"] == search)]
    rows = rows.pivot(index="labels", columns="seed", values=value).dropna()
    found = means_of(rows.to_numpy(np.float64))
    return {
        int(labels): one.rounded()
        for labels, one in zip(rows.index, found, strict=True)
        if one is not None
    }


def equal_labels(predictor: str) -> list[int]:
    """The numbers of labels at which searches are compared."""
    rows = fits()
    rows = rows[(rows["predictor"] == predictor) & (rows["search"] == "strong")]
    return sorted(int(count) for count in rows["labels"].unique())


def mean_count(value: float) -> str:
    """A mean number of architectures."""
    return f"{value:.1f}"


def points(value: float) -> str:
    """Regret, or tau."""
    return f"{value:.2f}"


def released_runs() -> RunSet:
    """The 100 published runs around the released trees, which stop at the optimum."""
    return published("weaknas")[METHODS["gbrt"], BENCHMARK]


def weak_runs(predictor: str) -> RunSet:
    """WeakNAS's runs around a predictor: the most there are."""
    return released_runs() if predictor == "gbrt" else whole_runs(predictor)


@cache
def best_regrets(predictor: str, search: str) -> dict[int, Estimate]:
    """The mean regret of the best label, by number of labels."""
    if search != "weak":
        return estimates(predictor, search, "regret_best")
    labels = equal_labels(predictor)
    found = means_of(regret_at(weak_runs(predictor), np.array(labels), "best_validation").T)
    return {
        count: one.rounded() for count, one in zip(labels, found, strict=True) if one is not None
    }


def best_columns() -> list[Column]:
    """Regret of the best of equal numbers of labels, by predictor and search."""
    keys = [(predictor, labels) for predictor in PREDICTORS for labels in equal_labels(predictor)]
    return [
        Column("predictor", [PREDICTORS[predictor] for predictor, _ in keys], number=False),
        Column("labels", [str(labels) for _, labels in keys]),
        *(
            Column(
                title,
                [
                    interval_text(best_regrets(predictor, search)[labels], points)
                    for predictor, labels in keys
                ],
            )
            for search, title in SEARCHES.items()
        ),
        Column("first minus second", [signed_points(fewer_points(*key)) for key in keys]),
    ]


def fewer_points(predictor: str, labels: int, other: str = "strong-half") -> Estimate:
    """The regret of the best label of WeakNAS minus that of another search."""
    weak, strong = (best_regrets(predictor, search)[labels] for search in ("weak", other))
    return difference_of_means(weak, strong).rounded()


def signed_points(difference: Estimate) -> str:
    """A difference of regrets, with its interval."""
    return interval_text(difference, lambda value: f"{value:+.2f}")


def seeds_of(predictor: str, search: str) -> int:
    """Of how many seeds there are fits."""
    rows = fits()
    rows = rows[(rows["predictor"] == predictor) & (rows["search"] == search)]
    return int(rows["seed"].nunique())


def knowledge_columns() -> list[Column]:
    """What one strong predictor and the last weak one know, after equal numbers of labels."""
    titles = {
        "regret_predicted": "regret of the predicted best",
        "draw": "chance of a top 50, %",
        "tau": "tau, whole space",
        "tau_top": "tau, true top 50",
        "tau_unseen": "tau, top 50 without a label",
    }
    keys = [
        (predictor, count, search)
        for predictor in PREDICTORS
        for count in equal_labels(predictor)
        if count in (50, 100, 200)
        for search in ("weak", "strong")
    ]

    def cell(predictor: str, count: int, search: str, value: str) -> str:
        one = estimates(predictor, search, value).get(count)
        if one is None:
            return NOTHING
        if value == "draw":
            return interval_text(one, lambda share: f"{100 * share:.0f}")
        return interval_text(one, points)

    return [
        Column("predictor", [PREDICTORS[name] for name, _, _ in keys], number=False),
        Column("labels", [str(count) for _, count, _ in keys]),
        Column("of", ["WeakNAS" if one == "weak" else "random" for *_, one in keys], number=False),
        Column("seeds", [str(seeds_of(name, search)) for name, _, search in keys]),
        *(Column(title, [cell(*key, value) for key in keys]) for value, title in titles.items()),
    ]


def line(name: str, found: Mapping[int, Estimate]) -> Curve:
    """Means with their band, by number of labels or round."""
    ends = [
        (one.value if one.low is None else one.low, one.value if one.high is None else one.high)
        for one in found.values()
    ]
    low, high = np.array(ends, dtype=np.float64).T
    at = np.array(list(found), dtype=np.float64)
    return curve(name, at, np.array([one.value for one in found.values()]), low, high)


def lines_figure(
    name: str, curves: Sequence[Curve], title: str, says: str, x: str, y: str, top: float | None
) -> Drawing:
    """Curves with bands on plain axes."""
    styles = {it.name: LINES[place] for place, it in enumerate(curves)}
    end = max(it.at[-1] for it in curves)
    with look(name) as (figure, axes):
        draw_curves(axes, curves, styles, Scale(0, end, 1, np.nan, False, f"after {{:,.0f}} {x}"))
        axes.set(xlim=(0, end), ylim=(0, top), xlabel=x, ylabel=y)
        legend(figure, *curve_legend(curves, styles))
        return drawing_of(figure, name, title, says, data_of(curves, x, "value"))


def best_of(predictor: str, name: str) -> Drawing:
    """Regret of the best of equal numbers of labels, around one predictor."""
    compared = equal_labels(predictor)
    curves = [
        line(title, {labels: best_regrets(predictor, search)[labels] for labels in compared})
        for search, title in SEARCHES.items()
    ]
    return lines_figure(
        name,
        curves,
        "Regret of the best of equal numbers of labels",
        f"{PREDICTORS[predictor].capitalize()} on {BENCHMARK}, means with 95 % bands; "
        f"{weak_runs(predictor).count} runs of WeakNAS, 30 seeds of random labels.",
        "labels",
        "regret of the best label (points)",
        None,
    )


def best_figure() -> Drawing:
    """`best_of` the small network."""
    return best_of("small-mlp", "weaknas-best")


def best_trees_figure() -> Drawing:
    """`best_of` the boosted trees."""
    return best_of("gbrt", "weaknas-best-trees")


def tau_figure() -> Drawing:
    """Tau over the whole space and at the top, of weak predictors and of strong ones."""
    curves = [
        line(title, estimates("small-mlp", search, value))
        for title, search, value in (
            ("WeakNAS, true top 50", "weak", "tau_top"),
            ("WeakNAS, top 50 without a label", "weak", "tau_unseen"),
            ("WeakNAS, whole space", "weak", "tau"),
            ("random labels, whole space", "strong", "tau"),
            ("random labels, true top 50", "strong", "tau_top"),
        )
    ]
    return lines_figure(
        "weaknas-tau",
        curves,
        "Kendall's tau of the predictor after so many labels",
        f"A small network on {BENCHMARK}, 30 seeds, means with 95 % bands.",
        "labels",
        "Kendall's tau",
        0.8,
    )


# What is sampled in a round


def sampled(runs: RunSet) -> NDArray[np.int64]:
    """The true ranks that runs sampled, shape (runs, rounds, batch): all rounds have ten."""
    ranks = true_ranks(runs.benchmark.table)[runs.ids]
    return ranks.reshape(runs.count, -1, 10)


def top_shares(runs: RunSet) -> dict[int, Estimate]:
    """The share of a round's queries in the true top 50, by round."""
    shares = (sampled(runs) <= TOP).mean(axis=2)
    found = means_of(shares.T.astype(np.float64))
    return {place: one.rounded() for place, one in enumerate(found) if one is not None}


def found_by(runs: RunSet) -> dict[int, Estimate]:
    """How many of the true top 50 are labelled after each round."""
    counts = (sampled(runs) <= TOP).sum(axis=2).cumsum(axis=1)
    found = means_of(counts.T.astype(np.float64))
    return {place: one.rounded() for place, one in enumerate(found) if one is not None}


def shown_predictor(name: str) -> str:
    """A predictor with its number of runs."""
    return f"{PREDICTORS[name]}, {whole_runs(name).count} seeds"


def dynamics_columns() -> list[Column]:
    """What whole runs sample in some rounds."""
    keys = [
        (predictor, place)
        for predictor in PREDICTORS
        for place in ROUNDS
        if place < sampled(whole_runs(predictor)).shape[1]
    ]

    def medians(predictor: str, place: int) -> str:
        ranks = sampled(whole_runs(predictor))[:, place]
        low, middle, high = np.percentile(ranks, [25, 50, 75])
        return f"{middle:,.0f} ({low:,.0f} to {high:,.0f})"

    def share(predictor: str, place: int) -> str:
        one = top_shares(whole_runs(predictor))[place]
        return interval_text(one.map(lambda value: 100 * value), lambda value: f"{value:.0f}")

    return [
        Column("predictor", [shown_predictor(name) for name, _ in keys], number=False),
        Column("round", [str(place) for _, place in keys]),
        Column("median true rank (middle half)", [medians(*key) for key in keys]),
        Column("in the true top 50, %", [share(*key) for key in keys]),
        Column(
            "of the top 50 labelled by then",
            [interval_text(found_by(whole_runs(name))[place], mean_count) for name, place in keys],
        ),
    ]


def ranks_figure() -> Drawing:
    """The distribution of the true ranks that rounds sample."""
    ranks = sampled(whole_runs("small-mlp"))
    at = np.unique(np.round(np.geomspace(1, 15_625, 60)))
    curves = []
    for place in (20, 10, 2, 0):
        shares = (ranks[:, place, :, None] <= at).mean(axis=1)
        found = dict(zip(at, means_of(shares.T), strict=True))
        name = f"round {place}" if place else "random sample"
        curves.append(line(name, {int(x): one for x, one in found.items() if one is not None}))
    styles = {it.name: LINES[place] for place, it in enumerate(curves)}
    with look("weaknas-ranks") as (figure, axes):
        draw_curves(axes, curves, styles, Scale(1, at[-1], 100, 1, False, "% up to {:,.0f}"))
        log_axis(axes, "true rank", 1, at[-1])
        share_axis(axes, "queries of the round (%)")
        legend(figure, *curve_legend(curves, styles))
        return drawing_of(
            figure,
            "weaknas-ranks",
            "True ranks that a round samples",
            f"Empirical distributions over {len(ranks)} runs of WeakNAS around a small network on "
            f"{BENCHMARK}, with 95 % bands over runs.",
            data_of(curves, "rank", "share"),
        )


def top_figure() -> Drawing:
    """The share of a round's queries in the true top 50."""
    curves = []
    for name in PREDICTORS:
        runs = whole_runs(name)
        shares = top_shares(runs).items()
        in_percent = {place: one.map(lambda value: 100 * value) for place, one in shares}
        curves.append(line(shown_predictor(name), in_percent))
    return lines_figure(
        "weaknas-top",
        curves,
        "Queries of a round in the true top 50",
        f"WeakNAS on {BENCHMARK}, means over runs with 95 % bands; round 0 is random.",
        "rounds",
        "in the true top 50 (%)",
        None,
    )


# BRP-NAS's graph network


def relations_runs() -> dict[str, RunSet]:
    """BRP-NAS, and its network in WeakNAS's loop, to 140 queries."""
    theirs = published("rivals")["brp-nas", BENCHMARK]
    (ours,) = (runs for runs in stored() if runs.identity.method == "WeakNASRelations")
    return {"BRP-NAS": cut_at(theirs, 140), "WeakNAS's rule": ours}


def regret_after(runs: RunSet, queries: int) -> Estimate:
    """The mean regret of the best label after so many queries."""
    return mean_of(regret_at(runs, np.array([queries]), "best_validation")[:, 0])


def relations_regret(a: RunSet, b: RunSet, queries: int) -> Estimate:
    """The mean regret of one minus that of the other."""
    return difference_of_means(regret_after(a, queries), regret_after(b, queries)).rounded()


def relations_columns() -> list[Column]:
    """Both, after 100 labels and after the 40 best predicted."""
    runs = relations_runs()
    return [
        Column("labels chosen by", list(runs), number=False),
        Column("seeds", [str(one.count) for one in runs.values()]),
        *(
            Column(
                f"regret after {queries}",
                [interval_text(regret_after(one, queries), points) for one in runs.values()],
            )
            for queries in (100, 140)
        ),
        Column(
            "samples, at most 140", [interval_text(samples(one), number) for one in runs.values()]
        ),
        Column(
            "found, %",
            [
                interval_text(found_share(one.samples_to_optimum, 140), percent)
                for one in runs.values()
            ],
        ),
    ]


TABLES = {
    "settings": settings_columns,
    "best": best_columns,
    "knowledge": knowledge_columns,
    "dynamics": dynamics_columns,
    "relations": relations_columns,
}
FIGURES = (settings_figure, best_figure, best_trees_figure, ranks_figure, top_figure, tau_figure)


def main() -> None:
    """Write the figures, and print the tables."""
    OUT.mkdir(exist_ok=True)
    for draw in FIGURES:
        with on_sheet(Sheet(6.4, 1.1, 1, frozenset({"svg"}))):
            drawing = draw()
        name = draw.__name__.removesuffix("_figure").replace("_", "-")
        # Beside text of either colour: the figure brings its own paper.
        paper = '<svg style="color:#1f2328;background:#fff" '
        svg = drawing.svg.replace("<svg ", paper, 1)
        (OUT / f"{name}.svg").write_text(svg, encoding="utf-8")
        (OUT / f"{name}.csv").write_text(drawing.data, encoding="utf-8")
    for name, columns in TABLES.items():
        print(f"{name}\n\n{markdown_table(columns())}")


if __name__ == "__main__":
    main()
