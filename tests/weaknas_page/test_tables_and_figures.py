"""docs/weaknas.md: its tables and figures are made of the committed records."""

import re
from typing import Any

import pytest

from nasarena.leaderboard.figures.drawing import Drawing
from nasarena.leaderboard.tables.formats import csv_of, markdown_table
from nasarena.leaderboard.texts import interval_text, number, percent
from nasarena.suite.statistics.run_set import cut_at
from nasarena.suite.statistics.samples import found_share
from simulations import simulation
from weaknas_docs import DOCS, PAGE, SCRIPTS


@pytest.mark.parametrize(
    "table", ["settings", "settings-small", "best", "knowledge", "dynamics", "relations"]
)
def test_a_table_is_made_of_the_records(made: Any, table: str) -> None:
    assert markdown_table(made.TABLES[table]()) in PAGE


@pytest.mark.parametrize(
    "figure",
    [
        "settings",
        "settings-small",
        "best",
        "best-small",
        "best-trees",
        "ranks",
        "top",
        "tau",
        "predictors",
        "relations",
    ],
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
