"""The figures of a benchmark: what they show, for any runs, and that they stay the same."""

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from xml.etree import ElementTree

import numpy as np
import pytest
from tests.leaderboard.runs_by_hand import CIFAR10, CORA, PROTEINS, run_set, traces_with

from nasarena.leaderboard.figures.benchmark_figures import (
    FIGURES,
    benchmark_figures,
    regret,
    share_found,
    share_found_by_cost,
)
from nasarena.leaderboard.figures.styles import method_styles
from nasarena.suite.statistics.intervals import mean_intervals, share_interval
from nasarena.suite.statistics.run_set import RunSet


def rows(data: str, method: str) -> list[dict[str, float]]:
    return [
        {key: float(value) if value else np.nan for key, value in row.items() if key != "method"}
        for row in csv.DictReader(StringIO(data))
        if row["method"] == method
    ]


def methods_of(data: str) -> list[str]:
    return list(dict.fromkeys(row["method"] for row in csv.DictReader(StringIO(data))))


def texts(svg: str) -> str:
    return "\n".join(ElementTree.fromstring(svg).itertext())


def styles_of(run_sets: Sequence[RunSet]) -> dict:
    return method_styles([runs.identity.method for runs in run_sets])


def with_samples(samples: Sequence[int | None], method: str = "m", budget: int = 50) -> RunSet:
    return run_set(traces_with(samples, PROTEINS, budget), PROTEINS, method, budget)


FEW = [3, 20, 20, None]
CASES = {
    "one method": [with_samples(FEW)],
    "one seed": [with_samples([5])],
    "never found": [with_samples([None, None]), with_samples([None], "other")],
    "found at once": [with_samples([1, 1, 1])],
    "different seeds and budgets": [with_samples(FEW), with_samples([9, 70], "other", 90)],
    "a run without a query": [run_set([[], [4, 5]])],
    "no query at all": [run_set([[], []])],
    "a budget of one query": [run_set([[3], [4]], budget=1)],
    "by isomorphism, one run's labels": [
        run_set(
            traces_with([8, None], CIFAR10),
            CIFAR10,
            labels="one_run",
            duplicates="by_isomorphism",
            stop="budget",
        )
    ],
    "a protocol with a strange name": [run_set([[1, 2]], protocol="a[[b")],
    "many methods": [with_samples([3, 30], f"method-{index}") for index in range(30)],
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("case", CASES)
def test_any_runs_have_every_figure(case: str, figure: str) -> None:
    run_sets = CASES[case]
    drawing = FIGURES[figure](run_sets, styles_of(run_sets), f"x-{figure}", 80)
    if drawing is None:
        assert figure == "cost"
        assert run_sets[0].benchmark.table.training_seconds is None
        return
    root = ElementTree.fromstring(drawing.svg)
    assert root.attrib["aria-labelledby"] == f"x-{figure}-title x-{figure}-desc"
    for what, said in (("title", drawing.title), ("desc", drawing.description)):
        assert root.findtext(f".//*[@id='x-{figure}-{what}']") == said
    assert run_sets[0].identity.benchmark in drawing.title
    assert "nan" not in drawing.svg.lower()
    assert "inf" not in drawing.svg.lower()
    assert drawing.pdf.startswith(b"%PDF-")
    assert drawing.data.startswith("method,")


def test_the_found_curve_counts_runs() -> None:
    runs = with_samples(FEW)
    for row in rows(share_found([runs], styles_of([runs]), "x").data, "m"):
        found = sum(1 for samples in FEW if samples is not None and samples <= row["queries"])
        assert row["share_found"] == found / 4
        assert (row["low"], row["high"]) == pytest.approx(share_interval(found, 4), rel=1e-5)


def test_a_curve_ends_at_its_methods_budget_with_a_dot_unless_all_was_found() -> None:
    shorter, longer = with_samples(FEW), with_samples([None, 80], "longer", 90)
    drawing = share_found([shorter, longer], styles_of([shorter, longer]), "x")
    assert rows(drawing.data, "m")[-1]["queries"] == 50
    assert rows(drawing.data, "longer")[-1]["queries"] == 90
    assert "smallest budget (50)" in texts(drawing.svg)
    assert "up to each method's budget, 50 to 90, beyond which nothing is known" in texts(
        drawing.svg
    )
    assert "(weaknas-paper)" in drawing.title

    def parts(method: str, drawn: str) -> int:
        return drawn.count(f'<g class="series" data-series="{method}">')

    line_and_band = 2
    assert parts("m", drawing.svg) == line_and_band + 1
    assert parts("longer", drawing.svg) == line_and_band
    finished = with_samples([3, 4])
    drawing = share_found([finished, longer], styles_of([finished, longer]), "x")
    assert parts("m", drawing.svg) == line_and_band
    alone = share_found([shorter], styles_of([shorter]), "x")
    assert parts("m", alone.svg) == line_and_band
    assert "smallest budget" not in texts(alone.svg)
    assert "weaknas-paper[budget=50]" in alone.title


def test_random_search_is_exact_by_id_only() -> None:
    runs = with_samples(FEW)
    exact = rows(share_found([runs], styles_of([runs]), "x").data, "random search, exact")
    assert exact[-1]["share_found"] == pytest.approx(50 / 2021, rel=1e-5)
    for row in exact:
        assert row["share_found"] == pytest.approx(row["queries"] / 2021, rel=1e-5)
    (twins,) = CASES["by isomorphism, one run's labels"]
    assert methods_of(share_found([twins], styles_of([twins]), "x").data) == ["m"]


def test_too_many_steps_are_drawn_on_a_grid() -> None:
    runs = with_samples(list(range(2, 50)))
    data = share_found([runs], styles_of([runs]), "x", points=20).data
    drawn = rows(data, "m")
    assert len(drawn) <= 20
    for row in drawn:
        found = max(0, min(row["queries"], 49) - 1)
        assert row["share_found"] == pytest.approx(found / 48, rel=1e-5)
    assert drawn[-1]["queries"] == 50


def test_regret_is_the_mean_of_the_best_so_far() -> None:
    traces = [[5, 9, 2, 7], [30, 31, 32, 33], [8, 1, 4, 3]] * 2
    runs = run_set(traces, budget=4, stop="budget")
    accuracy = runs.benchmark.table.mean_validation
    drawn = rows(regret([runs], styles_of([runs]), "x").data, "m")
    assert [row["queries"] for row in drawn] == [1, 2, 3, 4]
    for row in drawn:
        each = [accuracy.max() - accuracy[trace[: int(row["queries"])]].max() for trace in traces]
        assert row["regret"] == pytest.approx(np.mean(each), rel=1e-5)
        low, high = mean_intervals(np.array([each]))
        assert (row["low"], row["high"]) == pytest.approx((low[0], high[0]), rel=1e-5)


def test_regret_ends_at_the_budget_also_where_a_run_ended_early() -> None:
    runs = with_samples([3, None])
    other = with_samples([60], "longer", 90)
    drawing = regret([runs, other], styles_of([runs, other]), "x")
    assert rows(drawing.data, "m")[-1]["queries"] == 50
    assert rows(drawing.data, "longer")[-1] == pytest.approx(
        {"queries": 90, "regret": 0, "low": np.nan, "high": np.nan}, nan_ok=True
    )
    assert "nothing is known of it" in drawing.description


def test_the_axis_of_regret_has_a_zero_only_where_a_curve_comes_to_it() -> None:
    def ticks(runs: RunSet) -> list[str]:
        svg = regret([runs], styles_of([runs]), "x").svg
        labels = re.findall(r"<text[^>]*>([0-9.]+)</text>", svg)
        return labels[labels.index("50") + 1 :]  # those of the y axis come after the x axis'

    assert ticks(with_samples([20, 30]))[0] == "0"
    assert "0" not in ticks(with_samples([20, None]))


def test_cost_adds_up_what_the_table_says_and_ends_at_the_tables_share() -> None:
    traces = traces_with([4, 9, None], CIFAR10)
    runs = run_set(traces, CIFAR10)
    seconds = runs.benchmark.table.training_seconds
    assert seconds is not None
    drawing = share_found_by_cost([runs], styles_of([runs]), "x")
    assert drawing is not None
    drawn = rows(drawing.data, "m")
    hours = sorted(float(seconds[trace].sum()) / 3600 for trace in traces[:2])
    assert [row["hours"] for row in drawn[1:3]] == pytest.approx(hours, rel=1e-5)
    spent = max(float(seconds[trace].sum()) / 3600 for trace in traces)
    assert drawn[-1]["hours"] == pytest.approx(spent, rel=1e-5)
    assert [row["share_found"] for row in drawn] == pytest.approx(
        [0, 1 / 3, 2 / 3, 2 / 3], rel=1e-5
    )


@pytest.mark.parametrize(
    ("seconds", "drawn"),
    [(0.0, False), (1e20, False), (7200.0, True)],
)
def test_cost_of_anybodys_table(seconds: float, drawn: bool) -> None:
    """Costs that make no axis leave the figure out; a free optimum among others does not."""
    runs = run_set(traces_with([4, 9, None], CIFAR10), CIFAR10)
    table = runs.benchmark.table
    costs = np.full(table.size, seconds)
    costs[table.optimum] = 0.0
    runs.__dict__["benchmark"] = replace(runs.benchmark)
    runs.benchmark.__dict__["table"] = replace(table, training_seconds=costs, sha256=table.sha256)
    assert (share_found_by_cost([runs], styles_of([runs]), "x") is not None) == drawn


def test_cost_is_none_without_training_seconds() -> None:
    runs = run_set([[1, 2], [3]], CORA)
    assert share_found_by_cost([runs], styles_of([runs]), "x") is None
    assert list(benchmark_figures([runs], styles_of([runs]), "x")) == ["found", "regret"]
    assert benchmark_figures([], {}, "x") == {}


def test_legends_are_in_the_order_of_what_is_shown() -> None:
    slow, fast = with_samples([30, 40], "a-slow"), with_samples([10, 12], "fast")
    styles = styles_of([slow, fast])
    for drawing in (share_found([slow, fast], styles, "x"), regret([slow, fast], styles, "x")):
        keys = re.findall(r'<g class="key" data-series="([^"]*)">', drawing.svg)
        assert list(dict.fromkeys(keys))[:2] == ["fast", "a-slow"]
        assert "At the end: fast" in drawing.description


def test_every_curve_is_marked_and_says_where_it_ends() -> None:
    runs = with_samples(FEW, 'a"<b>&')
    svg = share_found([runs], styles_of([runs]), "x").svg
    said = [
        group.findtext("{*}title")
        for group in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}g")
        if group.get("class") == "series" and group.get("data-series") == 'a"<b>&'
    ]
    assert said == ['a"<b>&: 75 % after 50 queries'] * 2


@pytest.mark.parametrize("figure", FIGURES)
def test_two_drawings_are_the_same_bytes(figure: str) -> None:
    runs = [run_set(traces_with(FEW, CIFAR10), CIFAR10)]
    first, second = (FIGURES[figure](runs, styles_of(runs), "x", 80) for _ in range(2))
    assert first == second
