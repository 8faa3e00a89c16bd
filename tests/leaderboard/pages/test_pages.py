"""What the pages say, also where little can be said; figures aside."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from nasarena.leaderboard.figures.styles import method_styles
from nasarena.leaderboard.pages.benchmark import benchmark_page_of
from nasarena.leaderboard.pages.ecdf_table import ecdf_grid
from nasarena.leaderboard.pages.findings import findings
from nasarena.leaderboard.pages.method import method_page_of
from nasarena.leaderboard.pages.overview import comparison_part
from nasarena.leaderboard.pages.published_tables import published_section
from nasarena.leaderboard.pages.rendering import renderer
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.records.method_description import MethodDescription
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.published import verdicts
from nasarena.suite.statistics.run_set import RunSet
from random_search_by_isomorphism import expected_samples_by_isomorphism

CIFAR10, PROTEINS, ARXIV = "nasbench201/cifar10", "nasbenchgraph/proteins", "nasbenchgraph/arxiv"
"""The first has training times and no tests, the others tests and no training times."""


def runs(
    method: str,
    samples: Sequence[int | None],
    benchmark: str = PROTEINS,
    budget: int = 20,
    first_seed: int = 0,
    reason: str | None = None,
    length: int | None = None,
    **rules: Any,
) -> RunSet:
    """Runs that found the optimum after so many queries; None for never, up to the budget."""
    table = load_benchmark(benchmark).table
    others = np.flatnonzero(table.mean_validation < table.best_validation - 1)
    stop = rules.get("stop", "optimum")
    traces = []
    for run, needed in enumerate(samples):
        trace = np.random.default_rng(run).permutation(others)[: length or budget]
        if needed is not None:
            trace[needed - 1] = table.optimum[0]
            trace = trace[:needed] if stop == "optimum" else trace
        traces.append(trace)
    given = {"protocol_version": 1, "labels": "mean", "duplicates": "by_id", "stop": "optimum"}
    name = "one-run" if rules.get("labels") == "one_run" else "weaknas-paper"
    return RunSet(
        identity=CellIdentity(
            method=method,
            method_version="1",
            benchmark=benchmark,
            table_sha256=table.sha256,
            protocol=f"{name}[budget={budget}]",
            budget=budget,
            patience=20 * budget,
            **(given | rules),
        ),
        seeds=np.arange(first_seed, first_seed + len(samples)),
        ids=np.concatenate(traces).astype(np.int64),
        rounds=np.concatenate([np.arange(len(trace)) for trace in traces]),
        starts=np.cumsum([0, *map(len, traces)]),
        stop_reasons=[reason or ("budget" if n is None else stop) for n in samples],
    )


class Text(HTMLParser):
    """The text of a page in one line."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.feed(html[html.index("<body") :].partition("<script>")[0])
        self.text = " ".join("".join(self.parts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("wbr", "code", "strong", "span", "a"):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def texts(*run_sets: RunSet) -> dict[str, str]:
    """The text of every page: `overview`, and by the names of benchmarks and methods."""
    styles = method_styles([one.identity.method for one in run_sets])
    every = [findings(one, styles) for one in comparisons(run_sets)]
    render = renderer().page
    parts = [comparison_part(one, {}) for one in every]
    pages = {"overview": render("index.html", "index.html.j2", parts=parts, live=[])}
    for one in every:
        for benchmark in one.comparison.benchmarks:
            page: object = benchmark_page_of(one, benchmark, {})
            pages[benchmark] = render("benchmark/x.html", "benchmark.html.j2", page=page)
    for method in styles:
        page = method_page_of(method, every)
        pages[method] = render("method/x.html", "method.html.j2", page=page)
    for html in pages.values():
        assert "None" not in Text(html).text.replace("None stated", "")
        assert not re.search(r"\bnan\b|\binf\b", Text(html).text)
        assert html.count("<table") == html.count("</table>") == html.count("<caption")
    return {name: Text(html).text for name, html in pages.items()}


FAST, SLOW = [2, 3, 4, 3, 2, 3, 4, 2, 3, 2], [11, 14, 12, 15, 13, 12, 14, 11, 13, 15]


def test_a_clear_answer_is_said_in_one_look() -> None:
    pages = texts(runs("local-search", FAST), runs("random-search", SLOW))
    overview = pages["overview"]
    start = overview.index("Fewest samples")
    said = overview[start : overview.index("Ranking", start)]
    assert "local-search 2.80 [2." in said
    assert "queries to the best architecture, on average over 10 seeds on nasbenchgraph" in said
    assert "times fewer samples than random search" in said
    assert re.search(
        r"Clear on this benchmark: fewer samples than the other \(p = 0\.0001; "
        r"unpaired \(labels are means\), over all runs of both\)\.",
        said,
    )
    assert "Only one search space: too few to say anything about other search spaces." in said
    assert "At most 20 charged queries" in said
    assert "clear: fewer than random-search (p = 0.0001)" in pages[PROTEINS]
    assert "1 of 2" in pages["local-search"]
    assert "2 of 2" in pages["random-search"]


def test_what_overlaps_is_not_clear() -> None:
    pages = texts(runs("local-search", FAST), runs("random-search", [*FAST[:-1], 3]))
    (p,) = set(
        re.findall(r"ot clear: not separated from random-search \(p = (.*?)\)", pages["overview"])
    )
    assert float(p) > 0.5
    assert f"not clear: not separated from random-search (p = {p})" in pages[PROTEINS]
    assert "With 10 seeds, a true difference of" in pages[PROTEINS]
    assert "samples would need" in pages[PROTEINS]


def test_one_method_one_seed_nothing_found() -> None:
    pages = texts(runs("random-search", [None], CIFAR10, first_seed=7))
    assert "No run found the optimum." in pages["overview"]
    assert "No method" in pages["overview"]
    page = pages[CIFAR10]
    assert "No method is the best here: no ranked method found the optimum" in page
    assert "one seed: no interval" in page
    assert "20.0 (one seed)" in page
    assert "--seeds 7:8" in page
    assert "Fewer than two ranked methods: there is nothing to compare." in page
    assert "No method was run for 50 queries" in page
    assert "No other ranked method was run" in pages["random-search"]


def test_one_method_that_always_finds_it_at_once() -> None:
    pages = texts(runs("random-search", [1] * 8, first_seed=0))
    assert "not clear: it is the only ranked method" in pages[PROTEINS]
    assert "1.00 in 8 of 8" in pages[PROTEINS]
    assert "there is nothing to compare it with" in pages["overview"]


def test_two_methods_one_seed() -> None:
    pages = texts(runs("local-search", [2]), runs("random-search", [9]))
    assert "Not clear: with one seed the order may be chance." in pages["overview"]
    assert "with one seed the order may be chance" in pages[PROTEINS]
    assert "Fewer than 6 seeds give no interval: local-search, random-search." in pages["overview"]
    assert "These seeds cannot show a difference between" in pages[PROTEINS]


def test_methods_without_a_seed_in_common() -> None:
    one_run = {"labels": "one_run", "stop": "budget"}
    pages = texts(
        runs("local-search", FAST, **one_run),
        runs("random-search", SLOW, first_seed=50, **one_run),
    )
    assert "not separated from random-search (no seed in common)" in pages[PROTEINS]
    assert "The two have no seed in common" in pages[PROTEINS]


def test_two_methods_that_never_find_it() -> None:
    pages = texts(runs("local-search", [None] * 7), runs("random-search", [None] * 7))
    assert "no ranked method found the optimum" in pages[PROTEINS]
    assert "samples cannot tell them apart" in pages[PROTEINS]
    assert "nasbenchgraph/proteins is too hard to be informative" in pages["overview"]
    assert "No run found the optimum of nasbenchgraph/proteins" in pages["overview"]


def test_captions_explain_what_the_tables_beside_them_leave_out() -> None:
    never: list[int | None] = [None] * 10
    pages = texts(
        *(runs("local-search", FAST, name) for name in (PROTEINS, CIFAR10)),
        runs("random-search", SLOW),
        runs("random-search", never, CIFAR10),
    )
    overview = pages["overview"]
    assert "A dash: on some benchmark no run of the method found the optimum." in overview
    uncoloured = "more samples than that, the optimum was never found, or the method is not ranked."
    assert f"No colour: {uncoloured}" in overview
    assert "corrected by Holm's method over all 2 pairs of methods" in overview
    hours = pages[CIFAR10]
    assert "A dash: at least half of the runs (median), or all (ERT), did not find it." in hours
    alone = texts(runs("local-search", FAST), runs("random-search", FAST))["overview"]
    assert "fewer samples than every other method at 5 %, tested unpaired" in alone
    assert "1 pairs" not in alone
    assert "A dash: on some benchmark" not in alone


def test_hard_benchmarks_are_ranked_with_and_without() -> None:
    found, never = FAST, [None] * 10
    pages = texts(
        runs("local-search", found),
        runs("random-search", SLOW),
        runs("local-search", never, ARXIV),
        runs("random-search", never, ARXIV),
    )
    overview = pages["overview"]
    assert "nasbenchgraph/arxiv is too hard to be informative" in overview
    assert "Samples to the optimum over 2 benchmarks" in overview
    assert "Samples to the optimum over nasbenchgraph/proteins" in overview


def test_methods_that_failed_are_shown_and_not_ranked_anywhere() -> None:
    pages = texts(
        runs("local-search", FAST, reason="failed"),
        runs("local-search", FAST, ARXIV),
        runs("random-search", SLOW),
        runs("random-search", SLOW, ARXIV),
    )
    assert "10 failed: not ranked" in pages[PROTEINS]
    assert "10 optimum: not ranked, as runs on other benchmarks failed" in pages[ARXIV]
    assert "Not ranked: local-search (some of its runs failed)" in pages["overview"]
    assert "Some of its runs failed, so it is shown but not ranked." in pages["local-search"]
    assert "random-search has the fewest samples" in pages[ARXIV]


def test_where_all_failed_nobody_is_named() -> None:
    pages = texts(runs("local-search", FAST, reason="failed"))
    assert "every method has failed or rejected runs: none is ranked" in pages[PROTEINS]
    assert "No method is without failed or rejected runs: none is ranked." in pages["overview"]
    assert "All benchmarks are included" not in pages["overview"]
    assert "Ranking over several targets" not in pages["overview"]


def test_methods_with_equal_samples_have_equal_places() -> None:
    (comparison,) = comparisons(
        [runs("local-search", FAST), runs("random-search", FAST), runs("weaknas-lite", SLOW)]
    )
    grid = ecdf_grid(findings(comparison, method_styles(comparison.methods)))
    assert grid is not None
    (places,) = (column for column in grid.columns if column.key == "place")
    assert sorted(cell.text for cell in places.cells) == ["1", "1", "3"]


def test_runs_that_a_larger_budget_leaves_out_are_named() -> None:
    longer = runs("local-search", FAST)
    longer = replace(
        longer,
        identity=replace(
            longer.identity,
            protocol=longer.identity.protocol.partition("[")[0] + "[budget=900]",
            budget=900,
            patience=20 * 900,
        ),
    )
    shorter = runs("local-search", FAST)
    pages = texts(shorter, longer, runs("random-search", SLOW))
    said = f"Left out: {shorter.count} runs of local-search on {PROTEINS} with a budget of"
    assert said in pages["overview"]
    assert said not in texts(shorter, runs("random-search", SLOW))["overview"]


def test_runs_without_any_query() -> None:
    empty = replace(
        runs("local-search", [None] * 3, reason="returned"),
        ids=np.zeros(0, dtype=np.int64),
        rounds=np.zeros(0, dtype=np.int64),
        starts=np.zeros(4, dtype=np.int64),
    )
    pages = texts(empty, runs("random-search", [3, 4, 5]))
    assert "3 returned" in pages[PROTEINS]
    assert "random-search has the fewest samples" in pages[PROTEINS]


def test_other_budgets_are_cut_at_the_smallest() -> None:
    pages = texts(
        runs("local-search", [3, 30, 30, 3, 3, 3], budget=40, length=40),
        runs("random-search", [19, 20, None, 20, 18, None], budget=20),
    )
    page = pages[PROTEINS]
    assert "all counted up to 20 queries" in page
    # (4 * 3 + 2 * 20) / 6, and two thirds found by then.
    assert "local-search 8.67 [" in page
    assert "67 [30, 90]" in page
    assert "own budget" in page
    assert "p, log-rank" in page
    assert "At most 20 charged queries" in pages["overview"]


def test_methods_that_were_not_run_everywhere_are_named() -> None:
    pages = texts(
        runs("local-search", FAST),
        runs("random-search", SLOW),
        runs("weaknas-lite", FAST),
        runs("local-search", FAST, CIFAR10),
        runs("random-search", SLOW, CIFAR10),
    )
    overview = pages["overview"]
    assert "2 methods are ranked; 1 could not be ranked." in overview
    assert "Not ranked: weaknas-lite (not run on nasbench201/cifar10)" in overview
    assert "Not in the ranking: not run on nasbench201/cifar10." in pages["weaknas-lite"]


def test_what_the_oracle_overstates_has_its_own_column() -> None:
    rules = {"labels": "one_run", "stop": "budget", "budget": 60}
    some = runs("local-search", FAST, **rules), runs("random-search", SLOW, **rules)
    page = texts(*some)[PROTEINS]
    assert "After 50 queries" in page
    assert "oracle test" in page
    assert "overstates by" in page
    assert "An oracle picks by test accuracy" in page
    assert "The source records no training times" in page


def test_without_tests_or_without_going_on_the_oracle_is_not_known() -> None:
    page = texts(runs("local-search", FAST, CIFAR10))[CIFAR10]
    assert "The source has no test accuracies" in page
    assert "An oracle" not in page
    assert "Regret and true rank (geometric mean; 1 is best) of the architecture" in page
    page = texts(runs("local-search", FAST, budget=60))[PROTEINS]
    assert "Runs stop at the optimum, so" in page
    assert "overstates by" not in page


def test_training_hours_are_shown_where_the_table_has_them() -> None:
    page = texts(runs("local-search", FAST, CIFAR10))[CIFAR10]
    assert "hours to the optimum" in page
    assert "The source records no training times" not in page


def test_a_method_of_somebodys_own_says_so() -> None:
    pages = texts(runs("mine[width=3]", FAST), runs("random-search", SLOW))
    assert "No description was stored for this method" in pages["mine[width=3]"]
    assert "width 3 not known" in pages["mine[width=3]"]
    assert (
        "Its author does not state on which benchmarks its settings were chosen."
        in pages["overview"]
    )
    assert "give its file and class, as in file.py:Class" in pages[PROTEINS]


def test_what_is_stored_of_a_method_is_shown_where_it_is_not_installed() -> None:
    said = MethodDescription(
        method="mine",
        version="1",
        reference="search/mine.py:Mine",
        description="Reads <b>minds</b>.\n\nOften.\n\nArgs:\n    width: How wide.",
        paper="<script>alert(1)</script>",
        tuned_on=("nasbenchgraph/*",),
        parameters={"width": "2", "depth": "7"},
    )
    mine = replace(runs("mine[width=3]", FAST), description=said)
    pages = texts(mine, runs("random-search", SLOW))
    page = pages["mine[width=3]"]
    assert "Reads <b>minds</b>." in page
    assert "it is what its author says" in page
    assert "paper <script>alert(1)</script> settings chosen on nasbenchgraph/*" in page
    assert "width 3 2 How wide. depth 7 7" in page
    assert "--methods 'search/mine.py:Mine[width=3]'" in page
    assert "needs search/mine.py of its author in the current folder" in page
    assert "Its settings were chosen on this benchmark." in pages["overview"]

    installed = replace(mine, description=replace(said, reference="a.b:Mine", package="ab==1.0"))
    page = texts(installed, runs("random-search", SLOW))["mine[width=3]"]
    assert "--methods 'a.b:Mine[width=3]'" in page
    assert "python -m pip install ab==1.0" in page


def test_another_version_than_the_installed_says_so() -> None:
    ran = runs("local-search", FAST)
    ran = replace(ran, identity=replace(ran.identity, method_version="7"))
    page = texts(ran)["local-search"]
    assert "describes version 1, which is installed; the runs were made with version 7" in page


def test_settings_chosen_on_the_benchmark_are_marked() -> None:
    pages = texts(
        runs("weaknas-lite", FAST, CIFAR10),
        runs("weaknas-lite", FAST),
        runs("random-search", SLOW, CIFAR10),
        runs("random-search", SLOW),
    )
    assert "Its settings were chosen on 1 of these 2 benchmarks." in pages["overview"]
    assert "tuned here" in pages[CIFAR10]


def test_parameters_that_were_changed_stand_beside_their_defaults() -> None:
    page = texts(runs("weaknas-lite[batch=10]", FAST), runs("weaknas-lite", FAST))
    said = page["weaknas-lite[batch=10]"]
    assert "batch 10 5 architectures queried in every round." in said
    assert "The same with other parameters: weaknas-lite." in said


def test_published_figures_stand_beside_ours() -> None:
    samples = [7782] * 10
    page = texts(runs("random-search", samples, CIFAR10, budget=15_000))["random-search"]
    assert "Paper versus reproduced" in page
    assert "7,782" in page
    assert "Wu et al., NeurIPS 2021" in page
    assert "not verified against its source: context only" in page
    nothing = texts(runs("weaknas-lite", FAST))["weaknas-lite"]
    assert "No published results for this method." in nothing


def test_figures_that_count_otherwise_say_so() -> None:
    found = verdicts(comparisons([runs("weaknas", FAST, CIFAR10)])[0])
    section = published_section(found, "published", "Published figures", [])
    (of_all,) = (fold.grid for fold in section.folded)
    notes = [cell.note for cell in of_all.columns[1].cells]
    by_notebooks = [one.figure for one in found if one.figure.counted == "notebooks"]
    assert [note for note in notes if "as the released notebooks count" in note] == [
        one.metric for one in by_notebooks
    ]
    assert "mean queries to the best mean test accuracy" in notes
    assert "after 2,000 queries: mean test accuracy of the ten best by validation" in notes


def test_why_figures_cannot_be_compared_is_said_in_full() -> None:
    """19 and 1 more need NAS-Bench-101's official file, and 6 ImageNet; 12 would not compare."""
    found = verdicts(comparisons([runs("weaknas", FAST, CIFAR10)])[0])
    words = [one.words for one in found]
    official = [one for one in words if "it needs the official file" in one]
    imagenet = [one for one in words if "it needs trainings on ImageNet" in one]
    assert (len(official), len(imagenet)) == (20, 6)
    for one in found:
        if one.figure.incomparable and one.figure.benchmark != CIFAR10:
            assert f"; {one.figure.incomparable}." in one.words
    assert sum("it is one architecture of one search" in one for one in imagenet) == 6
    assert sum("incumbent" in one or "ten best" in one for one in official) == 6
    (ofa,) = (one.words for one in found if one.figure.method == "OFA")
    assert "OFA has no counterpart here" in ofa


@pytest.mark.parametrize("duplicates", ["by_id", "by_isomorphism"])
def test_random_search_is_exact(duplicates: str) -> None:
    page = texts(runs("local-search", FAST, CIFAR10, duplicates=duplicates))[CIFAR10]
    without_limit = {
        "by_id": (15_625 + 1) / 2,
        "by_isomorphism": expected_samples_by_isomorphism(load_benchmark(CIFAR10)),
    }[duplicates]
    assert (
        f"({without_limit:,.0f} without a budget). These values are exact, not simulated." in page
    )
