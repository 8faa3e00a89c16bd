"""The figures of a search's process: what they show, for whom, and that they stay the same."""

import csv
import re
import subprocess
import sys
from collections.abc import Sequence
from io import StringIO
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from nasarena.leaderboard.figures.path_figure import path
from nasarena.leaderboard.figures.phases import phase_styles
from nasarena.leaderboard.figures.process_figures import PROCESS_FIGURES, drift, top_probability
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.statistics.process import true_ranks
from nasarena.suite.statistics.run_set import RunSet

CIFAR10 = "nasbench201/cifar10"
PROTEINS = "nasbenchgraph/proteins"


def run_set(
    traces: Sequence[Sequence[int]], benchmark: str = PROTEINS, batch: int = 1, **rules: Any
) -> RunSet:
    """Runs with seeds from 0 that queried so many a round."""
    given: dict[str, Any] = {
        "method": "m",
        "labels": "mean",
        "duplicates": "by_id",
        "stop": "budget",
        "protocol": "p",
    }
    return RunSet(
        identity=CellIdentity(
            method_version="1",
            benchmark=benchmark,
            table_sha256="",
            protocol_version=1,
            budget=50,
            patience=1000,
            **(given | rules),
        ),
        seeds=np.arange(len(traces)),
        ids=np.array([id for ids in traces for id in ids], dtype=np.int64),
        rounds=np.array(
            [place // batch for ids in traces for place in range(len(ids))], dtype=np.int64
        ),
        starts=np.cumsum([0, *[len(ids) for ids in traces]]),
        stop_reasons=["budget"] * len(traces),
    )


def climbing(count: int, length: int, benchmark: str = PROTEINS) -> list[list[int]]:
    """Traces that are uniform at first, then from the ever better part of the space."""
    rng = np.random.default_rng(0)
    best_first = np.argsort(true_ranks(load_benchmark(benchmark).table), kind="stable")
    within = np.geomspace(best_first.size, 5 * length, length).astype(np.int64)
    traces = []
    for _ in range(count):
        places = dict.fromkeys(int(rng.integers(limit)) for limit in within)
        traces.append(best_first[list(places)].tolist())
    return traces


def rows(data: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(data)))


def texts(svg: str) -> str:
    return "\n".join(ElementTree.fromstring(svg).itertext())


CASES = {
    "many runs": run_set(climbing(5, 80), batch=10),
    "one query a round": run_set(climbing(3, 80)),
    "one run": run_set(climbing(1, 40), batch=5),
    "one query": run_set([[3]]),
    "a run without a query": run_set([[], [4, 5, 6]]),
    "no query at all": run_set([[], []]),
    "by isomorphism": run_set(
        climbing(2, 60, CIFAR10), CIFAR10, 5, labels="one_run", duplicates="by_isomorphism"
    ),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("figure", PROCESS_FIGURES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", [None, 0])
def test_every_run_has_every_figure(case: str, figure: str, seed: int | None) -> None:
    drawing = PROCESS_FIGURES[figure](CASES[case], f"x-{figure}", seed)
    root = ElementTree.fromstring(drawing.svg)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == f"x-{figure}-title x-{figure}-desc"
    title, description = (
        root.findtext(f".//*[@id='x-{figure}-{what}']") for what in ("title", "desc")
    )
    assert title
    assert "m on nasbench" in title
    assert description
    assert len(description) > 100
    assert "nan" not in drawing.svg.lower().split("base64")[0]
    assert "currentColor" in drawing.svg
    assert "#010203" not in drawing.svg
    assert "<style" not in drawing.svg
    assert len(drawing.svg.encode()) < 300_000
    assert drawing.data.count("\n") > 0


@pytest.mark.parametrize("figure", PROCESS_FIGURES)
def test_a_seed_without_a_run_is_one_sentence(figure: str) -> None:
    with pytest.raises(UserError, match="no run of m on nasbenchgraph/proteins with seed 9"):
        PROCESS_FIGURES[figure](CASES["many runs"], "x", 9)


@pytest.mark.parametrize("figure", PROCESS_FIGURES)
def test_two_drawings_are_the_same_bytes_whatever_the_callers_settings(figure: str) -> None:
    draw, runs = PROCESS_FIGURES[figure], CASES["many runs"]
    first = draw(runs, "x", None)
    with matplotlib.rc_context({"axes.linewidth": 7, "savefig.dpi": 300, "font.size": 30}):
        assert draw(runs, "x", None) == first


def test_another_process_draws_the_same_bytes() -> None:
    program = (
        "import sys, numpy as np\n"
        "from nasarena.suite.records.run_record import CellIdentity\n"
        "from nasarena.suite.statistics.run_set import RunSet\n"
        "from nasarena.leaderboard.figures.path_figure import path\n"
        f"identity = CellIdentity('m', '1', '{PROTEINS}', '', 'p', 1, 50, 'mean', 'by_id', "
        "'budget', 1000)\n"
        "ids = np.arange(30)\n"
        "runs = RunSet(identity, np.array([0]), ids, ids, np.array([0, 30]), ['budget'])\n"
        "drawing = path(runs, 'x')\n"
        "sys.stdout.buffer.write((drawing.svg + drawing.data).encode())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    drawing = path(run_set([range(30)]), "x")
    assert done.stdout == (drawing.svg + drawing.data).encode()


def test_names_keep_the_ids_of_two_figures_apart() -> None:
    runs = CASES["one run"]
    one, other = (re.findall(r' id="([^"]+)"', path(runs, name).svg) for name in ("a", "b"))
    assert len(one) == len(other) > 2
    assert not set(one) & set(other)


def test_a_hostile_method_name_is_text() -> None:
    name = '<script>alert(1)</script>"&$\\frac{1}$%\x1b'
    for draw in PROCESS_FIGURES.values():
        svg = draw(run_set(climbing(1, 20), method=name), "x", None).svg
        assert "<script" not in svg
        assert name.replace("\x1b", "\ufffd") in texts(svg)


def test_the_drift_is_counted_and_its_phases_are_named() -> None:
    runs = CASES["many runs"]
    drawing = drift(runs, "x")
    counted = rows(drawing.data)
    phases = list(dict.fromkeys(row["phase"] for row in counted))
    assert len(phases) == 7
    assert phases[0] == "round 1 (5 runs)"
    assert phases[-1] == "uniform sampling"
    for phase in phases:
        assert phase in texts(drawing.svg)

    ranks = true_ranks(runs.benchmark.table)
    first = ranks[runs.ids[runs.rounds == 0]]
    uniform = [row for row in counted if row["phase"] == "uniform sampling"]
    for row in counted[:: len(uniform) // 9]:
        among = {"round 1 (5 runs)": first, "uniform sampling": ranks}.get(row["phase"])
        if among is not None:
            share = (among <= int(row["true_rank"])).mean()
            assert float(row["share_of_sampled"]) == pytest.approx(share, rel=1e-5)
    assert [float(row["share_of_sampled"]) for row in uniform][-1] == 1


def test_a_search_that_climbs_is_seen_to_climb() -> None:
    runs = CASES["many runs"]
    tops = [row for row in rows(top_probability(runs, "x").data) if row["top"] == "true top 10 %"]
    shares = [float(row["share"]) for row in tops]
    assert shares[0] < 0.25
    assert shares[-1] > 0.35
    # Five runs are too few for an interval.
    assert {(row["low"], row["high"]) for row in tops} == {("", "")}
    assert float(tops[0]["uniform"]) == pytest.approx(0.1, rel=0.02)
    assert sum(int(row["queries"]) for row in tops) == runs.ids.size


def test_a_single_run_has_no_interval() -> None:
    for row in rows(top_probability(CASES["many runs"], "x", seed=1).data):
        assert row["low"] == row["high"] == ""
        assert row["runs"] == "1"


def test_the_axis_says_what_a_round_is() -> None:
    for case, said in (
        ("many runs", "round (mostly of 10 queries)"),
        ("one query a round", "round (one query each)"),
        ("no query at all", "round (no queries)"),
    ):
        assert said in texts(top_probability(CASES[case], "x").svg)


def test_few_runs_left_are_marked_and_named() -> None:
    long, short = climbing(1, 80)[0], [1, 2, 3]
    said = "under half of the runs left"
    assert said in texts(top_probability(run_set([long, short, short]), "x").svg)
    assert said not in texts(top_probability(run_set([long, long]), "x").svg)


def test_the_path_is_in_the_order_of_the_trace() -> None:
    runs = CASES["many runs"]
    table = runs.benchmark.table
    drawing = path(runs, "x", seed=2)
    every = rows(drawing.data)
    assert [int(row["architecture"]) for row in every] == list(range(table.size))
    assert [int(row["true_rank"]) for row in every] == true_ranks(table).tolist()
    asked = sorted((row for row in every if row["query"]), key=lambda row: int(row["query"]))
    trace = runs.ids[runs.starts[2] : runs.starts[3]].tolist()
    assert [int(row["architecture"]) for row in asked] == trace

    labels = table.mean_validation[trace]
    last_rise = int(labels.argmax()) + 1
    shown = texts(drawing.svg)
    assert f"\n{last_rise}\n" in re.sub(r"\s*\n\s*", "\n", shown)
    assert f"at query {last_rise}." in shown


def test_without_a_seed_the_path_is_the_typical_runs() -> None:
    optimum = int(load_benchmark(PROTEINS).table.optimum[0])
    runs = run_set([[1, 2, 3, optimum], [optimum], [4, optimum]])
    drawing = path(runs, "x")
    assert "seed 2" in texts(drawing.svg)
    assert drawing == path(runs, "x", seed=2)


def test_a_run_over_the_whole_space_stays_small() -> None:
    whole = np.random.default_rng(0).permutation(15_625).tolist()
    drawing = path(run_set([whole], CIFAR10), "x")
    assert len(drawing.svg.encode()) < 300_000
    few = path(run_set([whole[:50]], CIFAR10), "x").svg
    # The space is one picture; the dots of a short run stay sharp.
    assert few.count("data:image/png;base64") == 1
    assert few.count("<use") > 50 > drawing.svg.count("<use")


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG defines it."""
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("count", range(7))
def test_phases_can_be_told_from_both_pages_and_from_each_other(count: int) -> None:
    styles = phase_styles(count)
    assert len(set(styles)) == count
    assert [style.dash == () for style in styles] == [False] * (count - 1) + [True] * min(count, 1)
    for style in styles:
        for page in ("#ffffff", "#14171b"):
            darker, lighter = sorted([luminance(style.colour), luminance(page)])
            assert (lighter + 0.05) / (darker + 0.05) >= 3
