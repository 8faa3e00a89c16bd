"""Published figures: the table and the sentences of the docs are the verdicts on our records."""

import re

import numpy as np

from nasarena.leaderboard.texts import interval_text, number
from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.published import Verdict, verdicts
from nasarena.suite.statistics.samples import mean_of, restricted_mean
from published_records import DATASETS, RESULTS, RESULTS_PAGE, RunSets


def test_what_the_docs_say_of_published_figures_are_the_verdicts() -> None:
    """On each figure for NAS-Bench-201, of the first comparison that can say most."""
    folders = [RESULTS / name for name in ("nasbench201", "weaknas", "weaknas-long", "rivals")]
    of_each = zip(*map(verdicts, comparisons(load_run_sets(folders))), strict=True)
    found = [
        min(several, key=lambda one: (one.verdict == "not comparable", one.ours is None))
        for several in of_each
    ]
    expected = [
        f"| {one.figure.method} | {one.figure.benchmark.partition('/')[2]} "
        f"| {one.figure.value:g} | {_ours(one)} | {one.verdict} |"
        for one in found
        if one.figure.benchmark.startswith("nasbench201/")
    ]
    assert len(expected) == 17
    page = RESULTS_PAGE.read_text(encoding="utf-8")
    section = page.partition("## Published figures")[2].partition("\n## ")[0]
    shown = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert shown == expected
    here = [one for one in found if one.figure.benchmark.startswith("nasbench201/")]
    assert "not comparable" not in {one.verdict for one in here}
    (cut_short,) = (one for one in here if "count as 1,000 queries" in one.words)
    assert (cut_short.figure.ours, cut_short.verdict) == ("weaknas", "reproduced")
    longer = _longer()
    stopped = longer["weaknas", cut_short.figure.benchmark]
    samples = stopped.samples_to_optimum
    assert (np.isinf(samples).sum(), samples.size) == (1, 30)
    assert cut_short.figure.benchmark == "nasbench201/cifar10"
    assert "On cifar10 one of 30 runs of `weaknas` had not found the optimum after 1,000" in section
    as_cap = restricted_mean(samples, 1000)
    as_space = mean_of(np.where(np.isinf(samples), stopped.benchmark.space.size, samples))
    assert f"The mean is {interval_text(as_cap, number)} if this run counts as 1,000" in section
    text = interval_text(as_space, lambda value: f"{value:,.0f}")
    assert f"and {text} if it counts as the whole space." in section
    assert all(one.low <= cut_short.figure.value <= one.high for one in (as_cap, as_space))
    (all_found,) = (
        runs
        for runs in load_run_sets([RESULTS / "weaknas"])
        if (runs.identity.method, runs.identity.benchmark) == ("weaknas", "nasbench201/cifar100")
    )
    assert all_found.count == 100
    assert all_found.samples_to_optimum.max() <= 300
    early = restricted_mean(all_found.samples_to_optimum[all_found.seeds < 2030], 300)
    assert f"the first 30 of them have a mean of {number(early.value)}" in section
    assert early.low <= 78.4 <= early.high
    of_lanas = {
        runs.identity.benchmark: number(float(np.median(runs.samples_to_optimum)))
        for runs in load_run_sets([RESULTS / "nasbench201"])
        if runs.identity.method == "lanas"
    }
    medians = [of_lanas[f"nasbench201/{name}"] for name in DATASETS]
    assert "its median run needs {}, {} and {} samples".format(*medians) in section
    assert {one.verdict for one in here if one.figure.ours == "lanas"} == {"worse"}
    (own,) = (one.figure for one in found if one.figure.runs == 41)
    assert f"Its own 41 runs needed {own.value:,.0f} on average" in section
    elsewhere = [one for one in found if not one.figure.benchmark.startswith("nasbench201/")]
    assert {one.verdict for one in elsewhere} == {"not comparable"}
    of_nasbench101 = sum(one.figure.benchmark.startswith("nasbench101/") for one in elsewhere)
    never = [one for one in elsewhere if one.figure.incomparable]
    on_nasbench101 = [one for one in never if one.figure.benchmark.startswith("nasbench101/")]
    assert (
        f"{of_nasbench101} are of NAS-Bench-101, whose official file is not shipped "
        f"({len(on_nasbench101)} of them could not be compared with runs on it either" in section
    )
    assert f"{len(elsewhere) - of_nasbench101} need trainings on ImageNet" in section


def test_the_rows_of_longer_runs_are_in_the_records() -> None:
    longer, page = _longer(), RESULTS_PAGE.read_text(encoding="utf-8")
    for method in {method for method, _ in longer}:
        cells = [
            interval_text(restricted_mean(runs.samples_to_optimum, 1000), number)
            if (runs := longer.get((method, f"nasbench201/{name}")))
            else "—"
            for name in DATASETS
        ]
        assert f"| `{method}`, seeds 2000 to 2029 | 1,000 | {' | '.join(cells)} |" in page
    for method in ("weaknas-gbrt", "weaknas-forest"):
        of = [longer[method, f"nasbench201/{name}"].samples_to_optimum for name in DATASETS]
        found_by = [int(np.isfinite(samples).sum()) for samples in of]
        (line,) = [line for line in page.splitlines() if line.startswith(f"* **`{method}`** is")]
        assert "and within 1,000 in {}, {} and {} of 30.".format(*found_by) in line


def _longer() -> RunSets:
    """Of `results/weaknas-long`, by method and benchmark."""
    loaded = load_run_sets([RESULTS / "weaknas-long"])
    return {(runs.identity.method, runs.identity.benchmark): runs for runs in loaded}


def _ours(verdict: Verdict) -> str:
    if verdict.ours is None:
        return "—"
    return f"{interval_text(verdict.ours, number)}, {verdict.runs} runs"


def test_the_whole_leaderboard_has_the_runs_behind_the_verdicts() -> None:
    readme = (RESULTS / "README.md").read_text(encoding="utf-8")
    (whole,) = (line for line in readme.splitlines() if line.startswith("The whole leaderboard:"))
    section = RESULTS_PAGE.read_text(encoding="utf-8").partition("## Published figures")[2]
    behind = re.findall(r"--results (\S+?)[`)\s]", section.partition("\n## ")[0])
    assert len(behind) == 4
    assert all(f"--results {folder}" in whole for folder in behind)
