"""What the compare page is given: everything its script needs, exactly, in few bytes."""

import json
from base64 import b64decode
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nasarena.leaderboard.figures.styles import method_styles
from nasarena.leaderboard.pages.compare_data import compare_page_data, compare_page_json
from nasarena.leaderboard.pages.slugs import benchmark_page, method_page
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.statistics.comparisons import Comparison, comparisons
from nasarena.suite.statistics.fixed_budgets import fixed_budgets
from nasarena.suite.statistics.goals import GOALS, samples_to
from nasarena.suite.statistics.incumbents import POLICIES
from nasarena.suite.statistics.run_set import RunSet

PROTEINS = "nasbenchgraph/proteins"


def runs_of(
    method: str,
    seeds: Sequence[int],
    length: int = 60,
    *,
    benchmark: str = PROTEINS,
    budget: int = 60,
    reason: str = "budget",
) -> RunSet:
    """Runs that query `length` architectures in random order and recommend each."""
    table = load_benchmark(benchmark).table
    identity = CellIdentity(
        method=method,
        method_version="1",
        benchmark=benchmark,
        table_sha256=table.sha256,
        protocol=f"one-run[budget={budget}]",
        protocol_version=1,
        budget=budget,
        labels="mean",
        duplicates="by_id",
        stop="budget",
        patience=20 * budget,
    )
    traces = [np.random.default_rng(seed).permutation(table.size)[:length] for seed in seeds]
    ids, queries = np.concatenate(traces), np.tile(np.arange(length), len(seeds))
    return RunSet(
        identity=identity,
        seeds=np.array(seeds),
        ids=ids,
        rounds=queries,
        starts=length * np.arange(len(seeds) + 1),
        stop_reasons=[reason] * len(seeds),
        recommended_run=np.repeat(np.arange(len(seeds)), length),
        recommended_after=queries + 1,
        recommended_ids=ids,
    )


def cells_of(data: dict[str, Any], benchmark: int = 0) -> dict[str, dict[str, Any]]:
    cells = data["comparisons"][0]["benchmarks"][benchmark]["cells"]
    return {data["methods"][cell["method"]]["name"]: cell for cell in cells}


def samples_in(cell: dict[str, Any], kind: str = "<u2") -> NDArray[np.float64]:
    return np.frombuffer(b64decode(cell["samples"]), kind).reshape(len(GOALS), -1).astype(float)


@pytest.fixture(scope="module")
def compared() -> list[Comparison]:
    """Two methods with different seeds and budgets, and one whose runs failed."""
    return comparisons(
        [
            runs_of("first", [0, 2, 5]),
            runs_of("second[x=1,y=2]", [5, 2**40], 80, budget=80),
            runs_of("broken", [1], reason="failed"),
        ]
    )


def test_samples_to_each_goal_are_kept_exactly(compared: list[Comparison]) -> None:
    cells = cells_of(compare_page_data(compared))
    for method, seeds in {"first": [0, 1, 2], "second[x=1,y=2]": [2, 3]}.items():
        runs = compared[0].run_sets[PROTEINS][method]
        kept = samples_in(cells[method])
        assert kept.shape == (len(GOALS), 4)
        assert cells[method]["budget"] == runs.identity.budget
        expected = np.zeros_like(kept)
        for row, goal in enumerate(GOALS):
            expected[row, seeds] = np.minimum(samples_to(runs, goal), runs.identity.budget + 1)
        assert (kept == expected).all()
        assert kept[:, seeds].min() <= runs.identity.budget < kept.max(), "one kind of run only"


def test_answers_are_those_of_the_tables(compared: list[Comparison]) -> None:
    cells = cells_of(compare_page_data(compared))
    known = [
        row for row in fixed_budgets(compared[0]) if row.method in cells and row.regret is not None
    ]
    assert {row.policy for row in known} == set(POLICIES)
    answers = [(method, answer) for method, cell in cells.items() for answer in cell["answers"]]
    assert len(answers) == len(known)
    for row, (method, (policy, queries, *numbers)) in zip(known, answers, strict=True):
        assert (row.method, row.policy, row.budget) == (method, POLICIES[policy], queries)
        # Where all runs agree, their number takes the place of the ends.
        ends = [
            (each.value, each.agreeing, None)
            if each.agreeing
            else (each.value, each.low, each.high)
            for each in (row.regret, row.test)
            if each
        ]
        assert numbers == pytest.approx([end for three in ends for end in three], abs=0.005)
        shown = [number for number in numbers[3:] if number is not None]
        assert shown == [round(number, 2) for number in shown]


def test_failed_methods_are_named_and_left_out(compared: list[Comparison]) -> None:
    data = compare_page_data(compared)
    assert data["comparisons"][0]["failed"] == ["broken"]
    assert set(cells_of(data)) == {"first", "second[x=1,y=2]"}


def test_every_method_failed() -> None:
    data = compare_page_data(comparisons([runs_of("broken", [1], reason="failed")]))
    assert data["comparisons"] == [
        {
            "name": "one-run",
            "unit": "queries",
            "failed": ["broken"],
            "paired": False,
            "benchmarks": [],
        },
    ]


def test_methods_are_linked_and_drawn_as_everywhere(compared: list[Comparison]) -> None:
    data: dict[str, Any] = compare_page_data(compared)
    styles = method_styles(["first", "second[x=1,y=2]", "broken"])
    for method in data["methods"]:
        style = styles[method["name"]]
        assert (method["colour"], method["dash"]) == (style.colour, style.dash)
        assert method["page"] == method_page(method["name"])
    (benchmark,) = data["comparisons"][0]["benchmarks"]
    assert benchmark["page"] == benchmark_page("one-run", PROTEINS)


def test_large_budgets_have_four_bytes() -> None:
    runs = runs_of("patient", [0, 1], 3, budget=200_000)
    (cell,) = cells_of(compare_page_data(comparisons([runs]))).values()
    assert samples_in(cell, "<u4").max() == 200_001


def test_one_seed_has_no_intervals() -> None:
    (cell,) = cells_of(compare_page_data(comparisons([runs_of("once", [3])]))).values()
    assert cell["answers"]
    for answer in cell["answers"]:
        assert [answer[place] for place in (3, 4, 6, 7)] == [None] * 4


def test_nothing_in_the_json_can_end_its_element(compared: list[Comparison]) -> None:
    hostile = runs_of("</script><!--<script>\u202e", [0])
    text = compare_page_json(comparisons([hostile]))
    assert "<" not in text
    assert text.isascii()
    (method,) = json.loads(text)["methods"]
    assert method["name"] == "</script><!--<script>\ufffd"
    assert compare_page_json(compared) == compare_page_json(compared)


def test_four_hundred_cells_of_a_hundred_runs_fit_into_the_page() -> None:
    runs = runs_of("largest", range(100), 1000, budget=1000)
    (cell,) = cells_of(compare_page_data(comparisons([runs]))).values()
    assert len(cell["answers"]) == 4 * 7
    assert 400 * len(json.dumps(cell, separators=(",", ":"))) < 1_300_000
