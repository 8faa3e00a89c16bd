"""One strong predictor or a sequence of weak ones: tables and figures of docs/weaknas.md."""

from functools import cache

import numpy as np
from weaknas_runs import (
    BENCHMARK,
    PREDICTORS,
    SEARCHES,
    fits,
    line,
    lines_figure,
    points,
    weak_runs,
)

from nasarena.leaderboard.figures.drawing import Drawing
from nasarena.leaderboard.tables.formats import Column
from nasarena.leaderboard.texts import NOTHING, interval_text
from nasarena.suite.statistics.incumbents import regret_at
from nasarena.suite.statistics.independent_means import difference_of_means
from nasarena.suite.statistics.samples import Estimate, means_of


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
        Column(
            "sequence minus one predictor (half)",
            [signed_points(fewer_points(*key)) for key in keys],
        ),
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
    """`best_of` the paper's network."""
    return best_of("mlp", "weaknas-best")


def best_small_figure() -> Drawing:
    """`best_of` the small network."""
    return best_of("small-mlp", "weaknas-best-small")


def best_trees_figure() -> Drawing:
    """`best_of` the boosted trees."""
    return best_of("gbrt", "weaknas-best-trees")


def tau_figure() -> Drawing:
    """Tau over the whole space and at the top, of weak predictors and of strong ones."""
    curves = [
        line(title, estimates("mlp", search, value))
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
        f"The paper's network on {BENCHMARK}, 30 seeds, means with 95 % bands.",
        "labels",
        "Kendall's tau",
        1.0,
    )
