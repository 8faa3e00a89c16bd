"""The figures across benchmarks: what they show, and when there is nothing to show."""

import csv
import re
from io import StringIO
from math import comb
from xml.etree import ElementTree

import numpy as np
import pytest
from tests.leaderboard.runs_by_hand import (
    CIFAR10,
    CIFAR100,
    CORA,
    PROTEINS,
    comparison_of,
    run_set,
    traces_with,
)

from nasarena.leaderboard.figures import heat_map as heat_maps
from nasarena.leaderboard.figures.drawing import Drawing
from nasarena.leaderboard.figures.heat_map import FASTER, OPACITY, SLOWER, heat_map, speed_ups
from nasarena.leaderboard.figures.ranking_figures import (
    _lanes,
    critical_difference,
    performance_profile,
    ranking_figures,
)
from nasarena.leaderboard.figures.sheets import ONE_COLUMN, PAGE, TWO_COLUMNS, Sheet, on_sheet
from nasarena.leaderboard.figures.styles import method_styles
from nasarena.suite.benchmarks.registry import benchmark_names, load_benchmark
from nasarena.suite.statistics import critical_difference as differences
from nasarena.suite.statistics.comparisons import Comparison, comparisons
from nasarena.suite.statistics.ranking import ranking

THREE = {
    "fast": [3, 5, 9, 2],
    "slow": [30, 40, None, 35],
    "random-search": [None, 44, None, None],
}


def styles_of(comparison: Comparison) -> dict:
    return method_styles(comparison.methods)


FIGURES = ("critical-difference", "profile", "targets", "heat-map")


def drawn(comparison: Comparison, name: str = "x") -> dict[str, Drawing]:
    return ranking_figures(comparison, styles_of(comparison), name, ranking(comparison))


def rows(data: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(data)))


@pytest.fixture(scope="module")
def several() -> Comparison:
    enough = {method: samples * 2 for method, samples in THREE.items()}
    return comparison_of(dict.fromkeys((CIFAR10, CIFAR100, CORA, PROTEINS), enough))


@pytest.fixture(scope="module", params=[PAGE, ONE_COLUMN, TWO_COLUMNS], ids=["page", "one", "two"])
def drawn_twice(several: Comparison, request: pytest.FixtureRequest) -> list[dict[str, Drawing]]:
    with on_sheet(request.param):
        return [drawn(several) for _ in range(2)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_says_what_it_shows(
    several: Comparison, drawn_twice: list[dict[str, Drawing]], figure: str
) -> None:
    drawing, again = (drawings[figure] for drawings in drawn_twice)
    assert drawing == again
    root = ElementTree.fromstring(drawing.svg)
    for what, said in (("title", drawing.title), ("desc", drawing.description)):
        assert root.findtext(f".//*[@id='x-{figure}-{what}']") == said
    assert several.name in drawing.title
    for method in several.methods:
        assert method in drawing.description
        assert method in "".join(root.itertext())
    assert "nan" not in drawing.svg.lower()
    assert drawing.pdf.startswith(b"%PDF-")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "samples",
    [
        {PROTEINS: {"only": [3, None]}},
        {PROTEINS: {"one": [3], "two": [5]}},
        {PROTEINS: {"one": [None]}, CORA: {"one": [None]}},
        {PROTEINS: THREE, CORA: {"fast": [3], "another": [4]}},
        {PROTEINS: {f"m{n}": [n + 1, 2] for n in range(30)}, CORA: {"m1": [3]}},
        {
            PROTEINS: {f"m{n}": [n + 1, 2] for n in range(30)},
            CORA: {f"m{n}": [1] for n in range(30)},
        },
    ],
    ids=["one method", "two, one seed", "never found", "gaps", "many, gaps", "many"],
)
def test_any_comparison_is_drawn_or_none(samples: dict) -> None:
    for drawing in drawn(comparison_of(samples)).values():
        ElementTree.fromstring(drawing.svg)
        assert "nan" not in drawing.svg.lower()


def test_methods_with_failed_runs_are_in_none() -> None:
    sound = comparison_of({PROTEINS: THREE, CORA: THREE})
    failed = run_set(traces_with([2, 3]), PROTEINS, "broken", reason="failed")
    sets = [runs for cells in sound.run_sets.values() for runs in cells.values()]
    (compared,) = comparisons([*sets, failed])
    drawings = drawn(compared)
    assert set(drawings) == set(FIGURES)
    for drawing in drawings.values():
        assert "broken" not in drawing.svg + drawing.data
    (alone,) = comparisons([failed])
    assert drawn(alone) == {}


def test_hostile_names_are_text() -> None:
    name = '<b>"&$\\frac{1}$%\x1b_'
    cells = {name: [1, 2], "_other": [3, 4], "random-search": [None, 5]}
    comparison = comparison_of({PROTEINS: cells, CORA: cells})
    drawings = drawn(comparison)
    assert set(drawings) == set(FIGURES)
    for drawing in drawings.values():
        shown = [text.strip() for text in ElementTree.fromstring(drawing.svg).itertext()]
        assert {name.replace("\x1b", "\ufffd"), "_other"} < set(shown)


def test_critical_differences_are_those_of_the_statistics(several: Comparison) -> None:
    found, ranks = differences.critical_difference(several), ranking(several)
    drawing = critical_difference(several, styles_of(several), "x", ranks)
    assert drawing is not None
    shown = {row["method"]: row for row in rows(drawing.data)}
    assert {method: float(row["mean_rank"]) for method, row in shown.items()} == found.mean_ranks
    assert list(shown) == ["fast", "slow", "random-search"]
    for row in ranks.rows:
        assert float(shown[row.method]["low"]) == pytest.approx(row.mean_rank.low)
        assert float(shown[row.method]["high"]) == pytest.approx(row.mean_rank.high)
    joined = {frozenset(group) for group in found.groups}
    assert joined
    for method, row in shown.items():
        others = set(row["not_separated_from"].split())
        assert others == {it for group in joined if method in group for it in group} - {method}
    assert f"{found.distance:.3g} ranks" in drawing.svg
    for note in found.notes:
        assert note in drawing.description
    assert "95 % interval" in drawing.svg


def test_one_seed_has_no_whiskers_of_ranks() -> None:
    cells = {"a": [1], "b": [2], "c": [3]}
    one = comparison_of(dict.fromkeys((CIFAR10, CIFAR100, CORA, PROTEINS), cells))
    assert "95 % interval" not in drawn(one)["critical-difference"].svg


def test_there_is_no_critical_difference_of_two_methods_or_one_benchmark() -> None:
    two = comparison_of({name: {"a": [1, 2], "b": [3, 4]} for name in (PROTEINS, CORA)})
    one = comparison_of({PROTEINS: THREE})
    for comparison in (two, one):
        assert "critical-difference" not in drawn(comparison)


def test_bars_of_groups_do_not_touch() -> None:
    methods = [f"m{index}" for index in range(12)]
    rng = np.random.default_rng(0)
    for _ in range(200):
        starts = np.unique(rng.integers(0, 9, size=4))
        groups = [methods[start : start + rng.integers(2, 5)] for start in starts.tolist()]
        bars = _lanes(groups, methods)
        assert [(methods[first], methods[last]) for _, first, last in bars] == [
            (group[0], group[-1]) for group in groups
        ]
        for place, (lane, first, last) in enumerate(bars):
            for other, begin, end in bars[:place]:
                assert other != lane or end < first or last < begin
        depth = max(sum(row in group for group in groups) for row in methods)
        assert max(lane for lane, *_ in bars) + 1 <= max(depth, 1)


def test_profiles_count_the_problems_solved(several: Comparison) -> None:
    drawing = performance_profile(several, styles_of(several), "x")
    assert drawing is not None
    best = np.mean(THREE["fast"])
    for row in rows(drawing.data):
        samples = [found or np.inf for found in THREE[row["method"]]]
        share = np.mean(np.array(samples) <= float(row["factor"]) * best)
        assert float(row["share_solved"]) == share
    assert {row["method"] for row in rows(drawing.data)} == set(THREE)


def test_nothing_solved_has_no_profile() -> None:
    comparison = comparison_of({PROTEINS: {"a": [None, None], "b": [None]}})
    assert performance_profile(comparison, styles_of(comparison), "x") is None


def test_speed_ups_are_those_of_the_ranking(several: Comparison) -> None:
    found, ranks = speed_ups(several), ranking(several)
    assert found.methods == ["fast", "slow", "random-search"]
    assert not found.exact
    means = dict(zip(found.methods, found.means.tolist(), strict=True))
    for row in ranks.rows:
        assert means[row.method] == pytest.approx(row.speed_up.value, rel=1e-5)
    reference = np.mean([50, 44, 50, 50])
    assert found.values[0] == pytest.approx(reference / np.mean(THREE["fast"]), rel=1e-5)
    assert found.values[2] == pytest.approx(1)


def test_without_random_search_it_is_exact() -> None:
    comparison = comparison_of({PROTEINS: {"a": [2, 4]}, CORA: {"a": [3, 3]}})
    found = speed_ups(comparison)
    assert found.exact
    ranks = ranking(comparison)
    assert found.means[0] == pytest.approx(ranks.rows[0].speed_up.value, rel=1e-5)
    for benchmark, value in zip(found.benchmarks, found.values[0], strict=True):
        table = load_benchmark(benchmark).table
        size, optima = table.size, len(table.optimum)
        expected = sum(comb(size - query, optima) / comb(size, optima) for query in range(50))
        assert value == pytest.approx(expected / 3, rel=1e-5)


def numbers(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([0-9.]+)</text>", svg)


def test_cells_hold_the_numbers_and_gaps_hold_none() -> None:
    comparison = comparison_of({PROTEINS: THREE, CORA: {"fast": [3], "random-search": [None]}})
    drawing = heat_map(comparison, "x")
    assert drawing is not None
    found = speed_ups(comparison)
    values = np.column_stack([found.values, found.means])
    assert np.isnan(values).sum() == 2  # slow: on cora, and so no mean
    assert numbers(drawing.svg) == [
        f"{it:.{0 if it >= 9.95 else 1}f}" for it in values.ravel() if np.isfinite(it)
    ]
    assert [row["speed_up"] for row in rows(drawing.data)].count("") == 2
    assert "geometric mean" in drawing.svg


def test_columns_that_do_not_fit_go_below(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = {benchmark: {"a": [3], "b": [9]} for benchmark in benchmark_names()[:12]}
    comparison = comparison_of(samples)

    def height(sheet: Sheet) -> float:
        with on_sheet(sheet):
            drawing = heat_map(comparison, "x")
        assert drawing is not None
        assert len(numbers(drawing.svg)) == 2 * 13
        return float(re.search(r'height="([0-9.]+)pt"', drawing.svg)[1])

    wide = height(TWO_COLUMNS)
    monkeypatch.setattr(heat_maps, "CELL", 1)
    assert height(TWO_COLUMNS) > 1.5 * wide


def test_ink_is_read_on_the_strongest_cells() -> None:
    def luminance(channels: np.ndarray) -> float:
        share = channels / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    def channels(colour: str) -> np.ndarray:
        return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)])

    for page, ink in (("#ffffff", "#1b1f24"), ("#14171b", "#e4e8ec")):
        for colour in (FASTER, SLOWER):
            cell = OPACITY * channels(colour) + (1 - OPACITY) * channels(page)
            darker, lighter = sorted([luminance(cell), luminance(channels(ink))])
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5
