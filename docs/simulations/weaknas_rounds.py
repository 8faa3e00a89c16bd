"""What the rounds of WeakNAS sample: a table and figures of docs/weaknas.md."""

import numpy as np
from numpy.typing import NDArray
from weaknas_runs import BENCHMARK, LINES, PREDICTORS, ROUNDS, TOP, line, lines_figure, whole_runs

from nasarena.leaderboard.figures.curves import (
    Scale,
    curve_legend,
    data_of,
    draw_curves,
    log_axis,
    share_axis,
)
from nasarena.leaderboard.figures.drawing import Drawing, drawing_of, look
from nasarena.leaderboard.figures.drawing import place_legend as legend
from nasarena.leaderboard.tables.formats import Column
from nasarena.leaderboard.texts import interval_text
from nasarena.suite.statistics.process import true_ranks
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import Estimate, means_of


def mean_count(value: float) -> str:
    """A mean number of architectures."""
    return f"{value:.1f}"


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
    ranks = sampled(whole_runs("mlp"))
    at = np.unique(np.round(np.geomspace(1, 15_625, 60)))
    curves = []
    for place in (20, 10, 2, 0):
        shares = (ranks[:, place, :, None] <= at).mean(axis=1)
        found = dict(zip(at, means_of(shares.T), strict=True))
        name = f"round {place}" if place else "random sample"
        curves.append(line(name, {int(x): one for x, one in found.items() if one is not None}))
    styles = {it.name: LINES[place] for place, it in enumerate(curves)}
    with look("weaknas-ranks") as (figure, axes):
        scale = Scale(1, at[-1], 100, 1, False, lambda rank: f"% up to {rank:,.0f}")
        draw_curves(axes, curves, styles, scale)
        log_axis(axes, "true rank", 1, at[-1])
        share_axis(axes, "queries of the round (%)")
        legend(figure, *curve_legend(curves, styles))
        return drawing_of(
            figure,
            "weaknas-ranks",
            "True ranks that a round samples",
            f"Empirical distributions over {len(ranks)} runs of WeakNAS around the paper's network "
            f"on {BENCHMARK}, with 95 % bands over runs.",
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
