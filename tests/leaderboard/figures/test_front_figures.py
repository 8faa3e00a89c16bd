"""Figures of two objectives draw what was measured."""

import csv

import numpy as np
import pytest
from tests.leaderboard.runs_by_hand import PROTEINS, run_set

from nasarena.leaderboard.figures.front_figures import fronts, hypervolume_missing, median_front
from nasarena.leaderboard.figures.styles import method_styles
from nasarena.leaderboard.pages.front_section import require_metrics
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.statistics.fronts import (
    TwoObjectives,
    front,
    hypervolume,
    hypervolume_shares,
    two_objectives,
)
from nasarena.suite.statistics.run_set import RunSet

STYLES = method_styles(["a", "b[x=1]"])


@pytest.fixture(scope="module")
def both() -> TwoObjectives:
    return two_objectives(load_benchmark(PROTEINS), "parameters")


@pytest.fixture(scope="module")
def drawn() -> list[RunSet]:
    rng = np.random.default_rng(0)
    every = rng.permutation(2021)
    return [
        run_set(every[start : start + 350].reshape(7, 50).tolist(), method=method)
        for start, method in ((0, "a"), (400, "b[x=1]"))
    ]


def test_the_front_shown_is_that_of_the_median_run(
    drawn: list[RunSet], both: TwoObjectives
) -> None:
    for runs in drawn:
        found = median_front(runs, both)
        shares = hypervolume_shares(runs, both, np.array([50]))[:, 0]
        assert shares[found.seed] == np.median(shares)
        trace = runs.ids[runs.starts[found.seed] :][:50]
        expected = trace[front(both.first[trace], both.second[trace])]
        assert sorted(found.ids) == sorted(expected)
        area = hypervolume(both.first[found.ids], both.second[found.ids], both.reference)
        assert area / both.hypervolume == pytest.approx(shares[found.seed])


def test_the_data_have_every_point_as_it_was_measured(
    drawn: list[RunSet], both: TwoObjectives
) -> None:
    drawing = fronts(drawn, both, STYLES, "f")
    rows = list(csv.DictReader(drawing.data.splitlines()))
    assert len([row for row in rows if row["method"] == "true front"]) == both.front.size
    assert {row["method"] for row in rows} == {"true front", "a", "b[x=1]"}
    for row in rows:
        looked_up = both.benchmark.look_up(row["architecture"])
        assert float(row["parameters"]) == pytest.approx(looked_up["parameters"], rel=1e-5)
        assert float(row["validation"]) == pytest.approx(looked_up["validation"], rel=1e-5)
    for series in ("true front", "a", "b[x=1]"):
        assert f'data-series="{series}"' in drawing.svg
    assert drawing == fronts(drawn, both, STYLES, "f")


def test_curves_of_what_is_missing_fall_to_the_end(
    drawn: list[RunSet], both: TwoObjectives
) -> None:
    rows = list(csv.DictReader(hypervolume_missing(drawn, both, STYLES, "h").data.splitlines()))
    for runs in drawn:
        own = [row for row in rows if row["method"] == runs.identity.method]
        missing = [float(row["hypervolume_missing"]) for row in own]
        assert (np.diff(missing) <= 1e-9).all()
        shares = hypervolume_shares(runs, both, np.array([50]))
        assert missing[-1] == pytest.approx(100 * (1 - shares.mean()), rel=1e-5)
        assert float(own[-1]["low"]) < missing[-1] < float(own[-1]["high"])


def test_a_metric_that_no_benchmark_has_is_refused(drawn: list[RunSet]) -> None:
    require_metrics(drawn, ["parameters", "latency_seconds"])
    with pytest.raises(UserError, match="has no metric 'energy'"):
        require_metrics(drawn, ["parameters", "energy"])
