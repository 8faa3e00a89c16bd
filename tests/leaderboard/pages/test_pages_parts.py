"""What pages are made of: names, cuts, pairs, tables as files, docstrings."""

import csv
import re
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasarena.leaderboard.figures.styles import PLACES, method_styles
from nasarena.leaderboard.pages.docstring import read_docstring
from nasarena.leaderboard.pages.drawing_pool import drawn_figures
from nasarena.leaderboard.pages.grid import (
    Cell,
    Grid,
    GridColumn,
    estimate_column,
    grid_csv,
    grid_latex,
    number_column,
    shade_of,
    text_column,
)
from nasarena.leaderboard.pages.pairs import flipped, judge, seen_from
from nasarena.leaderboard.pages.rendering import breakable, code, interval, raw_data, together
from nasarena.leaderboard.pages.samples_tables import hours
from nasarena.leaderboard.pages.slugs import slug
from nasarena.leaderboard.tables.formats import records_csv
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.goal_table import goal_table
from nasarena.suite.statistics.pairwise import Difference
from nasarena.suite.statistics.run_set import RunSet, cut_at
from nasarena.suite.statistics.samples import Estimate

PROTEINS = "nasbenchgraph/proteins"
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(NAMES)
def test_a_slug_is_a_safe_file_name(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", slug(name))
    assert slug(name, name) != slug(name)


@given(st.lists(st.text("ab-/[=]1", min_size=1, max_size=12), min_size=2, unique=True))
def test_different_names_have_different_slugs(names: list[str]) -> None:
    assert len({slug(name) for name in names}) == len(names)


def test_plain_names_stay_readable_and_cannot_be_taken_for_a_digest() -> None:
    assert slug("weaknas-paper", "nasbench201/cifar10") == "weaknas-paper--nasbench201--cifar10"
    digested = slug("weaknas-lite[batch=10]")
    assert re.fullmatch(r"weaknas-lite-batch-10-[0-9a-f]{8}", digested)
    assert slug(digested) != digested
    assert len(slug("x" * 500)) < 100


def run_set(method: str, lengths: list[int], budget: int, recommended: list[int]) -> RunSet:
    rng = np.random.default_rng(len(lengths))
    ids = np.concatenate([rng.permutation(2021)[:length] for length in lengths])
    return RunSet(
        identity=CellIdentity(
            *(method, "1", PROTEINS, "", f"weaknas-paper[budget={budget}]", 1, budget),
            *("mean", "by_id", "optimum", 20 * budget),
        ),
        seeds=np.arange(len(lengths)),
        ids=ids,
        rounds=np.concatenate([np.arange(length) for length in lengths]),
        starts=np.cumsum([0, *lengths]),
        stop_reasons=["budget"] * len(lengths),
        recommended_run=np.zeros(len(recommended), dtype=np.int64),
        recommended_after=np.array(recommended, dtype=np.int64),
        recommended_ids=np.arange(len(recommended)),
    )


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5), st.integers(1, 40))
def test_a_cut_keeps_the_first_queries_of_every_run(lengths: list[int], budget: int) -> None:
    runs = run_set("m", lengths, 30, [5, 25])
    cut = cut_at(runs, budget)
    assert cut.identity.budget == min(30, budget)
    for (_, whole), (_, part) in zip(runs.traces(), cut.traces(), strict=True):
        assert part.tolist() == whole[:budget].tolist()
    assert cut.rounds.size == cut.ids.size
    assert cut.recommended_after.tolist() == [after for after in (5, 25) if after <= budget]


def pair(a: str, b: str, mean: float, p: float | None, seeds: int = 9) -> Difference:
    share = Estimate(0.9, 0.8, 1.0)
    return Difference(
        *(PROTEINS, a, b, 100, True, seeds, seeds, Estimate(mean, mean - 1, mean + 2), 1.0, 1.0),
        *(p, p, share, None, ""),
    )


def test_a_pair_seen_from_the_other_side_is_mirrored() -> None:
    mirrored = flipped(pair("a", "b", -5, 0.01))
    assert (mirrored.a, mirrored.b) == ("b", "a")
    assert mirrored.mean == Estimate(5, 3, 6)
    assert mirrored.probability == Estimate(0.1, 0.0, 0.2)
    assert flipped(mirrored) == pair("a", "b", -5, 0.01)
    seen = seen_from("b", [pair("a", "b", -5, 0.01), pair("b", "c", 2, 0.2), pair("a", "c", 1, 1)])
    assert [one.b for one in seen] == ["a", "c"]
    assert {one.a for one in seen} == {"b"}


def test_the_best_is_clear_only_if_separated_from_every_other() -> None:
    means = {"a": 50.0, "b": 90.0, "c": 300.0}
    clear = [pair("a", "b", -40, 0.01), pair("a", "c", -250, 0.003), pair("b", "c", -210, 1.0)]
    verdict = judge(means, means, clear)
    assert (verdict.best, verdict.clear) == ("a", True)
    assert verdict.reason == "fewer than all 2 others (p ≤ 0.01)"
    close = [pair("a", "b", -40, 0.05), *clear[1:]]
    verdict = judge(means, means, close)
    assert (verdict.best, verdict.clear) == ("a", False)
    assert verdict.reason == "not separated from b (p = 0.05)"
    both = [pair("a", "b", -40, 0.3), pair("a", "c", -250, None, seeds=0)]
    assert judge(means, means, both).reason == "not separated from b (p = 0.3) and 1 more"
    # The lowest mean of all runs is not clear where the other needs fewer on the seeds of both.
    opposed = [pair("a", "b", 145, 0.0001), clear[1]]
    verdict = judge(means, means, opposed)
    assert (verdict.best, verdict.clear) == ("a", False)
    assert verdict.reason == "b needs fewer on the seeds that both have (p = 0.0001)"
    assert judge({"a": 50.0}, ["a"], []).reason == "it is the only ranked method"
    assert judge(means, ["c"], clear).best is None
    assert judge({}, [], []).best is None
    one_seed = [pair("a", "b", -40, None, 1), pair("a", "c", -40, None, 1)]
    assert judge(means, means, one_seed).reason == "with one seed the order may be chance"
    # Whose name is first in the alphabet is no reason.
    tied = judge(means | {"b": 50.0}, means, clear)
    assert (tied.best, tied.clear, tied.reason) == ("a", False, "b needs as few")
    assert judge(dict.fromkeys(means, 50.0), means, clear).reason == "2 others need as few"


GRID = Grid(
    name="x",
    caption="100 % of <it>",
    columns=[
        text_column("method", "method", ["a&b", "c"]),
        estimate_column("mean", "mean", [Estimate(1.25, 1, 2), None], lambda value: f"{value:.1f}"),
        number_column("n", "n", [15625, None], lambda value: f"{value:,.0f}"),
        GridColumn("what", "what", [Cell("x", note="more"), Cell("y")], number=False),
    ],
)


def test_a_table_as_csv_has_its_numbers_and_intervals() -> None:
    lines = list(csv.DictReader(StringIO(grid_csv(GRID))))
    assert lines == [
        {
            **{"method": "a&b", "mean": "1.25", "mean_low": "1", "mean_high": "2", "n": "15625"},
            **{"what": "x", "what_note": "more"},
        },
        {
            **{"method": "c", "mean": "", "mean_low": "", "mean_high": "", "n": ""},
            **{"what": "y", "what_note": ""},
        },
    ]


def test_a_table_as_latex_is_what_people_see() -> None:
    text = grid_latex(GRID)
    assert r"\caption{100 \% of \ensuremath{<}it\ensuremath{>}}" in text
    assert r"\begin{tabular}{lrrl}" in text
    assert r"a\&b & 1.2 {[}1.0, 2.0{]} & 15,625 & x (more) \\" in text
    assert r"c & --- & --- & y \\" in text


def test_rows_of_statistics_as_csv_have_every_field() -> None:
    comparison = comparisons([run_set("m", [9, 8] * 3, 20, []), run_set("n", [9, 7] * 3, 20, [])])[
        0
    ]
    rows = goal_table(comparison)
    lines = list(csv.DictReader(StringIO(records_csv(rows))))
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        assert line["method"] == row.method
        assert float(line["samples"]) == row.samples.value
        assert float(line["samples_high"]) == row.samples.high
        assert line["hours"] == ""
    assert records_csv([]) == ""


def test_the_best_has_the_strongest_colour_and_ten_times_it_none() -> None:
    shades = [shade_of(ratio) for ratio in (1, 1.5, 2.5, 5, 10, 10.1)]
    assert shades == [5, 4, 3, 2, 1, 0]


def test_docstrings_become_paragraphs_lists_and_arguments() -> None:
    read = read_docstring(
        """What it is.

        A paragraph of
        two lines.

        * one
          item
        * another

        Args:
            first: what it is,
                in two lines.
            second: another.
        """
    )
    assert [paragraph.text for paragraph in read.paragraphs] == [
        *("What it is.", "A paragraph of two lines.", "")
    ]
    assert read.paragraphs[2].items == ["one item", "another"]
    assert read.arguments == {"first": "what it is, in two lines.", "second": "another."}
    assert read_docstring("").paragraphs == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.00123, "0.00123"),
        (0.0999, "0.0999"),
        (0.25, "0.250"),
        (1, "1.00"),
        (321, "321"),
    ],
)
def test_hours_have_three_digits_also_where_they_are_seconds(value: float, text: str) -> None:
    assert hours(value) == text


def test_texts_are_escaped_before_they_are_marked_up() -> None:
    assert breakable("a/<b>[c,d]") == "a/<wbr>&lt;b&gt;<wbr>[c,<wbr>d]"
    assert breakable("x[a=1]: speed-up at 1,000") == "x<wbr>[a=<wbr>1]: speed-up at 1,000"
    assert interval("1 [<, 2]") == '1 <span class="interval">[&lt;, 2]</span>'
    assert code("`<x>` & y") == "<code>&lt;x&gt;</code> &amp; y"
    assert code("one ` alone <") == "one ` alone &lt;"
    assert raw_data("a</script>\x1b,1\nb,2\n") == "a/script>\ufffd,1\nb,2\n"


def test_numbers_stay_on_the_line_of_what_belongs_to_them() -> None:
    text = "5 % of 30 runs (p ≤ 0.05; 20 x budget), p = 1"
    assert together(text).split(" ") == [
        "5\xa0%",
        "of",
        "30",
        "runs",
        "(p\xa0≤\xa00.05;",
        "20\xa0x",
        "budget),",
        "p\xa0=\xa01",
    ]


def test_figures_are_the_same_from_processes_of_their_own() -> None:
    sets = [
        replace(runs, identity=replace(runs.identity, protocol=f"p[patience={n}]", patience=n))
        for n in range(1, 9)
        for runs in [run_set("m", [9, 3], 20, [])]
    ]
    compared, styles = comparisons(sets), method_styles(["m"])
    assert len(compared) == 8
    with drawn_figures(compared, styles, processors=1) as drawn:
        here = [drawn(one.name, PROTEINS) for one in compared[-2:]]
    with drawn_figures(compared, styles, processors=2) as drawn:
        there = [drawn(one.name, PROTEINS) for one in compared[-2:]]
    assert here == there
    assert set(here[0]) == {"found", "regret"}


def test_styles_are_fixed_for_the_projects_methods_and_distinct() -> None:
    strangers = [f"stranger-{index}" for index in range(28 - len(PLACES))]
    styles = method_styles([*strangers, *PLACES])
    assert len(set(styles.values())) == 28
    assert method_styles(["weaknas"])["weaknas"] == styles["weaknas"]
    assert method_styles(["stranger-0"]) == method_styles(["stranger-0"])


@pytest.mark.parametrize("name", ["a", "a/b", "a-b"])
def test_a_page_is_named_after_what_it_is_of(name: str) -> None:
    assert slug("p", name).startswith("p--a")
