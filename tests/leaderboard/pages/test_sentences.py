"""What the pages say in words, read back from them and held against their own tables.

A parser reads the finished pages: each sentence that names a best method is checked against the
tables of the overview, of the benchmarks and of the methods.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

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

from nasarena.leaderboard.figures.styles import method_styles
from nasarena.leaderboard.pages.benchmark import benchmark_page_of
from nasarena.leaderboard.pages.findings import Findings, findings
from nasarena.leaderboard.pages.headline import first_because, headline_first
from nasarena.leaderboard.pages.method import method_page_of
from nasarena.leaderboard.pages.overview import comparison_part
from nasarena.leaderboard.pages.rendering import renderer
from nasarena.suite.errors import UserError
from nasarena.suite.statistics.comparisons import Comparison, comparisons
from nasarena.suite.statistics.run_set import RunSet

ARXIV = "nasbenchgraph/arxiv"
BUDGET = 300
Samples = Mapping[str, Mapping[str, Sequence[int]]]
ONE_RUN = {"labels": "one_run", "stop": "budget"}


class Tables(HTMLParser):
    """The tables of a page by their captions' beginnings, each row by the columns' titles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, list[dict[str, str]]] = {}
        self.caption, self.rows, self.cells, self.text = "", [], [], None
        self.is_in_head = False
        self.words = ""
        self.feed(html[html.index("<body") :].partition("<script")[0])

    caption: str
    rows: list[list[str]]
    cells: list[str]
    text: str | None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.rows = []
        if tag == "tr":
            self.cells = []
        if tag in ("td", "th", "caption"):
            self.text = ""
        if tag in ("p", "div", "li", "h2", "h3"):
            self.words += " "

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text += data
        else:
            self.words += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.cells.append(" ".join((self.text or "").split()))
            self.text = None
        if tag == "caption":
            self.caption, self.text = " ".join((self.text or "").split()), None
        if tag == "tr":
            self.rows.append(self.cells)
        if tag == "table":
            head, *body = self.rows
            self.found[self.caption] = [dict(zip(head, row, strict=True)) for row in body]

    def table(self, start: str) -> list[dict[str, str]]:
        """The one table whose caption starts so; none where there is none."""
        (rows,) = [rows for caption, rows in self.found.items() if caption.startswith(start)] or [
            []
        ]
        return rows


def pages_of(found: Findings) -> dict[str, Tables]:
    """The overview, and the pages of benchmarks and methods by their names."""
    render = renderer().page
    shown: dict[str, Any] = {"parts": [comparison_part(found, {})], "live": [], "first_because": ""}
    pages = {"overview": Tables(render("index.html", "index.html.j2", **shown))}
    for name in found.comparison.benchmarks:
        page: object = benchmark_page_of(found, name, {})
        pages[name] = Tables(render("benchmark/x.html", "benchmark.html.j2", page=page))
    for method in found.comparison.methods:
        page = method_page_of(method, [found])
        pages[method] = Tables(render("method/x.html", "method.html.j2", page=page))
    return pages


def compared(
    samples: Samples, first_seeds: Mapping[str, int] | None = None, **rules: Any
) -> Comparison:
    """Runs that need so many samples; a method's seeds start at 0 or where `first_seeds` says."""
    sets: list[RunSet] = []
    for benchmark, cells in samples.items():
        for method, needed in cells.items():
            traces = traces_with(
                [None if count > BUDGET else int(count) for count in needed], benchmark, BUDGET
            )
            runs = run_set(traces, benchmark, method, BUDGET, **rules)
            seeds = np.arange(len(needed)) + (first_seeds or {}).get(method, 0)
            sets.append(replace(runs, seeds=seeds))
    (comparison,) = comparisons(sets)
    return comparison


def said_of(comparison: Comparison) -> Findings:
    return findings(comparison, method_styles(comparison.methods))


def number_in(text: str) -> float:
    return float(text.split(maxsplit=1)[0].replace(",", ""))


def check_pages(pages: Mapping[str, Tables], benchmarks: Sequence[str]) -> int:
    """Every sentence that names a best method agrees with every table; how many were clear."""
    overview = pages["overview"]
    check_headline(overview)
    clear = 0
    for row in overview.table("The method with the lowest mean on each benchmark"):
        name, best, sure = row["benchmark"], row["fewest samples"], row["how sure"]
        pairs = [
            pair
            for pair in pages[name].table("All pairs on")
            if best in (pair["fewer samples"], pair["than"])
        ]
        heat = overview.table("Mean samples to the optimum, all methods")
        means = {one["method"]: number_in(one[name]) for one in heat if one[name] != "\u2014"}
        assert means[best] == min(means.values())
        wins = [p for p in pairs if p["separated"] == "yes" and p["fewer samples"] == best]
        assert sure.startswith("clear: fewer than") == (len(wins) == len(pairs)), (name, sure)
        clear += sure.startswith("clear")
        if named := re.search("not separated from (\\S+)", sure):
            (pair,) = [p for p in pairs if named[1] in (p["fewer samples"], p["than"])]
            assert pair["separated"] == "no"
        (own,) = [
            one
            for one in pages[best].table("Samples to the optimum (the bar")
            if one["benchmark"] == name
        ]
        assert own["place"].startswith("1 of")
        assert int(own["fewer than"]) == len(wins)
    assert len(overview.table("The method with the lowest mean")) == len(benchmarks)
    return clear


def check_headline(overview: Tables) -> None:
    """The method named first is the ranking's first; where clear, no other shares its letters."""
    words = " ".join(overview.words.split())
    (named,) = re.findall(r"Fewest samples (No overall answer|\S+)", words)
    ranking = overview.table("Samples to the optimum over")
    first, *others = ranking
    shared = [row for row in others if set(row["group"]) & set(first["group"])]
    if named == "No overall answer":
        assert f"{first['method']} needs the fewest of the methods that are ranked" in words
        assert "Clear on" not in words
        return
    assert named == first["method"]
    assert number_in(first["samples"]) == min(number_in(row["samples"]) for row in ranking)
    assert ("Clear on" in words) == (not shared)
    if close := re.search(r"not separated from ([^\s,]+)", words):
        assert close[1] in [row["method"] for row in shared]


@pytest.mark.parametrize("labels", ["mean", "one_run"])
@pytest.mark.parametrize("seed", range(4))
def test_every_sentence_agrees_with_every_table(labels: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scales = {"local-search": 20, "random-search": 90, "weaknas-lite": 22 + 30 * (seed % 2)}
    sizes = {method: int(rng.integers(8, 40)) for method in scales}
    samples = {
        name: {m: np.ceil(rng.exponential(s, sizes[m])).tolist() for m, s in scales.items()}
        for name in (CIFAR10, PROTEINS, CORA)
    }
    starts = {method: int(rng.integers(0, 4)) for method in scales}
    rules = ONE_RUN if labels == "one_run" else {}
    found = said_of(compared(samples, starts, **rules))
    check_pages(pages_of(found), list(samples))


def test_a_method_that_needs_more_on_every_common_seed_is_never_clear() -> None:
    """100 seeds against 20: the order is of all seeds, the test was of the common ones only."""
    shared = np.random.default_rng(0).integers(100, 120, 20)
    fast = {"a": np.concatenate([shared + 145, np.full(80, 20)]).tolist(), "b": shared.tolist()}
    samples = dict.fromkeys((CIFAR10, PROTEINS), fast)
    found = said_of(compared(samples, **ONE_RUN))
    pages = pages_of(found)
    words = " ".join(pages["overview"].words.split())
    assert "Not clear: b needs fewer samples on the seeds that both have" in words
    for row in pages["overview"].table("The method with the lowest mean"):
        assert row["fewest samples"] == "a"
        assert row["how sure"].startswith("not clear: b needs fewer on the seeds that both have")
    assert check_pages(pages, list(samples)) == 0
    # Where labels are means, all runs of both count: there a needs fewer indeed.
    assert check_pages(pages_of(said_of(compared(samples))), list(samples)) == 2


def test_more_seeds_of_one_method_do_not_turn_what_is_clear_into_its_opposite() -> None:
    a, b = [40, 60] * 10, [20, 30] * 10
    for more in (1, 5):
        found = said_of(compared({PROTEINS: {"a": a * more, "b": b}}))
        assert found.judgements[PROTEINS].best == "b"
        assert found.judgements[PROTEINS].clear


SLOW, MIDDLE, FAST = [60, 70, 80, 90] * 5, [50, 40, 45, 48] * 5, [5, 6, 7, 9] * 5
SHARED = (CIFAR10, PROTEINS, CORA)


def test_a_method_that_is_left_out_and_beats_the_winner_leaves_no_overall_answer() -> None:
    """Ranked are two methods on five benchmarks; the better one was not run on all of them."""
    samples = {
        name: {"middle": MIDDLE, "slow": SLOW} | ({"better": FAST} if name in SHARED else {})
        for name in (CIFAR10, CIFAR100, PROTEINS, CORA, ARXIV)
    }
    found = said_of(compared(samples))
    assert [row.method for row in found.ranking.rows] == ["middle", "slow"]
    pages = pages_of(found)
    words = " ".join(pages["overview"].words.split())
    assert "Fewest samples No overall answer" in words
    assert re.search(
        r"better is not ranked, as it was not run on all of these benchmarks, and beats middle: "
        r"6\.\d+ times fewer samples on the 3 benchmarks that both were run on \(p = 0\.0001\)",
        words,
    )
    check_headline(pages["overview"])


def test_a_method_that_is_left_out_and_no_better_changes_nothing() -> None:
    samples = {
        name: {"middle": MIDDLE, "slow": SLOW} | ({"other": MIDDLE} if name in SHARED else {})
        for name in (CIFAR10, CIFAR100, PROTEINS, CORA, ARXIV)
    }
    words = pages_of(said_of(compared(samples)))["overview"].words
    assert "No overall answer" not in words
    assert "Not compared with" not in words


def test_with_fewer_than_three_shared_benchmarks_the_comparison_is_said_to_be_missing() -> None:
    samples = {
        name: {"middle": MIDDLE, "slow": SLOW} | ({"other": FAST} if name in SHARED[:2] else {})
        for name in (CIFAR10, CIFAR100, PROTEINS, CORA, ARXIV)
    }
    words = " ".join(pages_of(said_of(compared(samples)))["overview"].words.split())
    assert "Not compared with other: too few benchmarks in common." in words


def test_the_least_number_of_seeds_is_named() -> None:
    samples = {name: {"a": FAST * 5, "b": SLOW} for name in (CIFAR10, PROTEINS)}
    words = " ".join(pages_of(said_of(compared(samples)))["overview"].words.split())
    assert "in geometric mean over at least 20 seeds on 2 benchmarks" in words


def test_nothing_is_said_of_other_benchmarks_by_two_search_spaces() -> None:
    samples = {name: {"a": FAST, "b": MIDDLE, "c": SLOW} for name in (CIFAR10, PROTEINS)}
    words = " ".join(pages_of(said_of(compared(samples)))["overview"].words.split())
    assert "Only 2 search spaces: too few to say anything about other search spaces." in words
    assert "differs from all others across benchmarks" not in words


def test_the_headline_is_by_methods_and_benchmarks_and_can_be_chosen() -> None:
    wide = compared({name: {"a": FAST, "b": SLOW} for name in (CIFAR10, PROTEINS)})
    deep = compared({PROTEINS: {"a": FAST * 9, "b": SLOW * 9}}, protocol="deep")
    assert sum(r.count for c in deep.run_sets.values() for r in c.values()) > 160
    assert headline_first([deep, wide], None) == [wide, deep]
    assert headline_first([deep, wide], "deep") == [deep, wide]
    assert headline_first([deep, wide], f"weaknas-paper[budget={BUDGET}]") == [wide, deep]
    assert "it has the most methods x benchmarks (4)" in first_because([wide, deep], None)
    other = compared({name: {"a": FAST, "b": SLOW} for name in SHARED[:2]}, protocol="other")
    tied = first_because([wide, other], None)
    assert "no other has more methods x benchmarks (4)" in tied
    assert "as chosen with --headline" in first_because([deep, wide], "deep")
    assert first_because([wide], None) == ""
    with pytest.raises(UserError, match=r"--headline other: .* they hold weaknas-paper, deep"):
        headline_first([deep, wide], "other")


def test_what_found_the_optimum_comes_before_what_did_not_with_as_many_samples() -> None:
    """With a budget of 1, a run that does not find it counts as one query, too."""
    found = said_of(comparison_of({PROTEINS: {"a": [None] * 8, "b": [1] * 8}}, budget=1))
    pages = pages_of(found)
    words = " ".join(pages["overview"].words.split())
    assert "Fewest samples b 1.00 queries to the best architecture, on average over 8" in words
    assert "No run found the optimum" not in words
    assert (found.judgements[PROTEINS].best, found.judgements[PROTEINS].clear) == ("b", False)
    nobody = said_of(comparison_of({PROTEINS: {"a": [None] * 8, "b": [None] * 8}}, budget=1))
    assert "No run found the optimum" in pages_of(nobody)["overview"].words
    assert nobody.judgements[PROTEINS].best is None


@pytest.mark.parametrize(("least", "most", "said"), [(298, 300, "as many"), (5, 9, "fewer")])
def test_more_samples_than_random_search_are_not_called_fewer(
    least: int, most: int, said: str
) -> None:
    found = said_of(compared({PROTEINS: {"m": [least, most] * 4}}))
    words = " ".join(pages_of(found)["overview"].words.split())
    (times,) = re.findall(rf"([\d.]+) \[[\d., ]+\] times {said} samples", words)
    assert float(times) > 1
    equal = said_of(compared({PROTEINS: {"random-search": [20] * 8, "m": [20] * 8}}))
    words = " ".join(pages_of(equal)["overview"].words.split())
    assert "About as many samples as random search." in words
    assert "times" not in words.partition("How sure")[0]


def test_methods_with_equal_samples_share_a_place() -> None:
    found = said_of(compared({PROTEINS: {"a": SLOW, "b": FAST, "c": FAST, "d": MIDDLE}}))
    words = {name: " ".join(page.words.split()) for name, page in pages_of(found).items()}
    for method, place in {"a": "4 of 4", "b": "1 of 4 (shared)", "c": "1 of 4 (shared)"}.items():
        assert f"Place {place} in the ranking" in words[method]


def test_rejected_methods_are_not_said_to_have_failed() -> None:
    runs = run_set(traces_with([3] * 8, PROTEINS, BUDGET), PROTEINS, "m", BUDGET)
    (comparison,) = comparisons([replace(runs, mark="rejected")])
    found = said_of(comparison)
    words = " ".join(pages_of(found)["overview"].words.split())
    assert "No method is without failed or rejected runs" in words
    assert "every method has failed or rejected runs" in found.judgements[PROTEINS].reason
    alone = " ".join(pages_of(found)["m"].words.split())
    assert "No other ranked method was run on its benchmarks" in alone


def test_all_benchmarks_are_included_only_where_they_are() -> None:
    whole = {name: {"a": FAST, "b": SLOW} for name in (CIFAR10, PROTEINS)}
    assert "All benchmarks are included" in pages_of(said_of(compared(whole)))["overview"].words
    part = whole | {CORA: {"c": FAST}}
    found = said_of(compared(part))
    words = " ".join(pages_of(found)["overview"].words.split())
    assert {*found.ranking.benchmarks} < {CIFAR10, PROTEINS, CORA}
    assert "All benchmarks are included" not in words
    assert "None of them is too hard: on each" in words
    one = said_of(compared({PROTEINS: {"a": FAST, "b": SLOW}, CORA: {"c": FAST}}))
    assert f"It is not too hard: on {PROTEINS}, the" in pages_of(one)["overview"].words
