"""The tables and figures of docs/weaknas.md, from the run records and `weaknas_fits.csv`.

Run from the repository's folder, some seconds. It writes the figures, each with its data as CSV,
to `docs/weaknas/`, and prints the tables:

    python docs/simulations/weaknas_page.py
"""

from functools import partial

import numpy as np
from weaknas_labels import (
    best_columns,
    best_figure,
    best_small_figure,
    best_trees_figure,
    knowledge_columns,
    tau_figure,
)
from weaknas_predictors import predictors_figure
from weaknas_rounds import dynamics_columns, ranks_figure, top_figure
from weaknas_runs import BENCHMARK, OUT, line, lines_figure, points, published, samples, stored
from weaknas_settings import settings_columns, settings_figure, settings_small_figure

from nasarena.leaderboard.figures.drawing import Drawing
from nasarena.leaderboard.figures.sheets import Sheet, on_sheet
from nasarena.leaderboard.tables.formats import Column, markdown_table
from nasarena.leaderboard.texts import interval_text, number, percent
from nasarena.suite.statistics.incumbents import regret_at
from nasarena.suite.statistics.independent_means import difference_of_means
from nasarena.suite.statistics.run_set import RunSet, cut_at
from nasarena.suite.statistics.samples import Estimate, found_share, mean_of


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


def relations_figure() -> Drawing:
    """Regret of the best label of both, after every iteration and then every ten queries."""
    at = (*range(20, 101, 20), *range(110, 141, 10))
    return lines_figure(
        "weaknas-relations",
        [
            line(
                f"labels chosen by {name}", {queries: regret_after(runs, queries) for queries in at}
            )
            for name, runs in relations_runs().items()
        ],
        "Regret around BRP-NAS's graph network",
        f"100 labels, then the 40 best predicted, on {BENCHMARK}; means with 95 % bands.",
        "queries",
        "regret of the best label (points)",
        None,
    )


TABLES = {
    "settings": partial(settings_columns, "mlp"),
    "settings-small": partial(settings_columns, "small-mlp"),
    "best": best_columns,
    "knowledge": knowledge_columns,
    "dynamics": dynamics_columns,
    "relations": relations_columns,
}
FIGURES = (
    settings_figure,
    settings_small_figure,
    best_figure,
    best_small_figure,
    best_trees_figure,
    ranks_figure,
    top_figure,
    tau_figure,
    predictors_figure,
    relations_figure,
)


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
