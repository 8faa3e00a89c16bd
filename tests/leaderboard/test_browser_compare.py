"""The compare page in a real browser: its numbers, and the choice in its address."""

import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from nasarena.leaderboard.pages.grid import interval_text
from nasarena.leaderboard.pages.pairs import is_separated, needs_fewer
from nasarena.leaderboard.texts import number
from nasarena.suite.statistics.comparisons import Comparison, comparisons
from nasarena.suite.statistics.fixed_budgets import fixed_budgets
from nasarena.suite.statistics.goal_table import goal_table
from nasarena.suite.statistics.goals import GOALS, TOP_10, samples_to
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.pairwise import Difference, differences
from nasarena.suite.statistics.samples import restricted_mean

CIFAR10, PROTEINS = "nasbench201/cifar10", "nasbenchgraph/proteins"
EVOLUTION = "regularized-evolution[population=%d,tournament=5]"
HOSTILE = "<img src=x onerror=\"document.title='taken'\">"

Page = Any


@pytest.fixture(scope="module")
def compared(browsed_results: Path) -> dict[str, Comparison]:
    return {one.name: one for one in comparisons(load_run_sets([browsed_results]))}


@pytest.fixture
def compare(page: Page, site: Path) -> Page:
    """The compare page, opened as it is."""
    page.goto((site / "compare.html").as_uri())
    return page


def part(page: Page, name: str) -> Any:
    return page.locator(f"[data-part={name}]")


def cells(page: Page, name: str) -> dict[str, dict[str, str]]:
    """The texts of a table: by its rows' names, then its columns'."""
    titles, *rows = part(page, name).evaluate(
        "part => [...part.querySelectorAll('tr')].map(row => "
        "[...row.cells].map(cell => cell.innerText.replace(/\\s+/g, ' ').trim()))"
    )
    columns = [title.removesuffix(title[title.find(" ") :]) for title in titles[1:]]
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows}


def set_budget(page: Page, budget: int) -> None:
    part(page, "budget").fill(str(budget))
    part(page, "budget").press("Enter")


def choose_only(page: Page, *methods: str) -> None:
    page.get_by_role("button", name="none").first.click()
    for method in methods:
        part(page, "methods").get_by_label(method, exact=True).check()


def shown_text(page: Page) -> str:
    """Everything the page shows, and what its fields hold."""
    fields = page.locator("main :is(select, input)").evaluate_all(
        "fields => fields.map(field => field.checked + field.value)"
    )
    return f"{page.locator('main').inner_text()} {fields}"


def test_samples_are_those_of_the_tables(compare: Page, compared: dict[str, Comparison]) -> None:
    rows = goal_table(compared["weaknas-paper"])
    assert len(rows) == 11 * len(GOALS)
    for goal in GOALS:
        part(compare, "goal").select_option(goal.slug)
        shown = cells(compare, "samples")
        for row in (row for row in rows if row.goal == goal.slug):
            text = shown[row.method][row.benchmark]
            assert text.startswith(f"{interval_text(row.samples, number)} "), row
            found = row.found.map(lambda share: 100 * share)
            assert f"{interval_text(found, lambda share: f'{share:.0f}')} % of" in text


def test_samples_are_judged_at_any_budget(compare: Page, compared: dict[str, Comparison]) -> None:
    part(compare, "goal").select_option(TOP_10.slug)
    for budget in (1, 23):
        set_budget(compare, budget)
        shown = cells(compare, "samples")
        for benchmark, every in compared["weaknas-paper"].run_sets.items():
            for method, runs in every.items():
                mean = restricted_mean(samples_to(runs, TOP_10), budget)
                text = shown[method][benchmark]
                assert text.startswith(f"{interval_text(mean, number)} "), (budget, method)


def test_the_fewest_samples_are_those_of_the_tables(
    compare: Page, compared: dict[str, Comparison]
) -> None:
    """Equal means count for each method that reached the goal; the sentence says so."""
    run_sets = compared["weaknas-paper"].run_sets
    with_ties = set()
    part(compare, "goal").select_option(TOP_10.slug)
    for budget in (1, 2, 9, 20, 23):
        expected: Counter[str] = Counter()
        tied = unreached = False
        for every in run_sets.values():
            samples = {method: samples_to(runs, TOP_10) for method, runs in every.items()}
            means = {name: restricted_mean(of, budget).value for name, of in samples.items()}
            best = [
                name
                for name, of in samples.items()
                if means[name] == min(means.values()) and (of <= budget).any()
            ]
            expected.update(best)
            tied |= len(best) > 1
            unreached |= not best
        set_budget(compare, budget)
        said = part(compare, "summary").inner_text()
        counts = re.findall(rf"(\S+) on (\d+) of {len(run_sets)} \(clearly", said)
        assert {name: int(count) for name, count in counts} == expected, budget
        assert ("the same mean" in said) == tied
        assert ("no run reached the goal" in said) == unreached
        with_ties.add(tied)
    assert with_ties == {False, True}


def test_differences_are_those_of_the_tables(
    compare: Page, compared: dict[str, Comparison]
) -> None:
    part(compare, "goal").select_option("optimum")
    pairs = [
        pair
        for of_benchmark in differences(compared["weaknas-paper"]).values()
        for pair in of_benchmark
    ]
    assert {pair.benchmark for pair in pairs} == {CIFAR10, PROTEINS}
    assert any(pair.mean and pair.mean.low is not None for pair in pairs), "none has an interval"
    for pair in pairs:
        check_pair(compare, pair, "c=weaknas-paper&")


def test_pairs_of_other_rules_are_those_of_the_tables(
    compare: Page, compared: dict[str, Comparison]
) -> None:
    """Where labels are of one run, seeds pair the runs."""
    for pairs in differences(compared["one-run"]).values():
        for pair in pairs:
            assert pair.paired
            check_pair(compare, pair, "c=one-run&")


def check_pair(page: Page, pair: Difference, rules: str) -> None:
    """The row of a pair on the page, all methods and benchmarks being chosen: p and verdict too."""
    go_to(page, rules + urlencode({"d": [pair.a, pair.b]}, doseq=True))
    row = part(page, "differences").locator("tbody tr", has_text=pair.benchmark)
    mean, share, p, verdict, seeds = row.locator("td").all_inner_texts()
    assert pair.mean is not None
    assert mean.replace("\u2212", "-") == interval_text(pair.mean, signed)
    assert pair.probability is not None
    percent = pair.probability.map(lambda value: 100 * value)
    assert share == interval_text(percent, lambda value: f"{value:.0f}")
    assert pair.p_holm is not None
    assert float(p) == pytest.approx(float(f"{pair.p_holm:.2g}"))
    assert (" needs fewer" in verdict) == is_separated(pair)
    if is_separated(pair):
        assert verdict == f"{pair.a if needs_fewer(pair) else pair.b} needs fewer"
    unequal = f"{pair.seeds_a} and {pair.seeds_b}"
    assert seeds == (str(pair.seeds_a) if pair.seeds_a == pair.seeds_b else unequal)


def test_what_is_clear_on_the_overview_is_clear_here(
    compare: Page, page: Page, site: Path, compared: dict[str, Comparison]
) -> None:
    """The number of benchmarks on which a method is clearly best is the same on both pages."""
    said = part(compare, "summary").inner_text()
    clear = sum(int(count) for count in re.findall(r"\(clearly on (\d+)\)", said))
    page.goto((site / "index.html").as_uri())
    part_of = page.locator("section.part", has_text="weaknas-paper").first
    verdicts = part_of.locator("td", has_text=re.compile("^(not )?clear: ")).all_inner_texts()
    assert len(verdicts) == len(compared["weaknas-paper"].benchmarks)
    assert clear == sum(text.startswith("clear") for text in verdicts)


def test_a_budget_that_is_no_methods_own_has_no_test(compare: Page) -> None:
    go_to(compare, "q=37")
    texts = part(compare, "differences").locator("tbody tr").all_inner_texts()
    assert all("not tested at this budget" in t or "neither" in t for t in texts), texts


def go_to(page: Page, fragment: str) -> None:
    """Change what stands after the # of the page that is open."""
    if page.url.partition("#")[2] == fragment:
        return
    page.evaluate(
        "fragment => new Promise(done => {"
        " addEventListener('hashchange', done, { once: true }); location.hash = fragment })",
        fragment,
    )


def signed(value: float) -> str:
    return f"-{number(-value)}" if value < 0 and float(number(-value)) else number(abs(value))


def test_answers_follow_rules_and_policy(compare: Page, compared: dict[str, Comparison]) -> None:
    part(compare, "policy").select_option("oracle_test")
    assert not part(compare, "regrets").is_visible()
    assert "There is nothing to show" in part(compare, "no-answers").inner_text()
    part(compare, "comparison").select_option("one-run")
    shown = cells(compare, "tests")
    rows = [
        row
        for row in fixed_budgets(compared["one-run"])
        if (row.policy, row.budget, row.benchmark) == ("oracle_test", 50, PROTEINS)
    ]
    assert len(rows) == len(shown) == 2
    for row in rows:
        assert row.test is not None
        assert shown[row.method][PROTEINS] == interval_text(row.test, lambda value: f"{value:.2f}")


def test_the_budget_goes_as_far_as_all_that_is_chosen(compare: Page) -> None:
    budget = part(compare, "budget")
    assert budget.input_value() == budget.get_attribute("max") == "60"
    choose_only(compare, EVOLUTION % 10)
    assert budget.input_value() == budget.get_attribute("max") == "90"
    assert part(compare, "no-pair").is_visible()
    set_budget(compare, 1000)
    assert budget.input_value() == "90"
    compare.get_by_role("button", name="all methods").click()
    assert budget.input_value() == "60"
    assert "The budget ends at 60" in part(compare, "notes").inner_text()


def test_a_view_can_be_linked(compare: Page, page: Page, site: Path) -> None:
    assert "#" not in compare.url
    before = shown_text(compare)
    part(compare, "goal").select_option("within-0-5")
    set_budget(compare, 40)
    choose_only(compare, "local-search", "random-search", EVOLUTION % 20, HOSTILE)
    part(compare, "benchmarks").get_by_label(CIFAR10).uncheck()
    part(compare, "first").select_option(EVOLUTION % 20)
    compare.get_by_role("button", name="swap").click()
    chosen, address = shown_text(compare), compare.url
    other = page.context.new_page()
    other.goto(address)
    assert shown_text(other) == chosen
    assert chosen != before
    other.evaluate("location.hash = ''")
    other.wait_for_function(
        "!location.hash && document.querySelector('main').innerText.includes('5 of 6') === false"
    )
    assert part(other, "budget").input_value() == "60"
    other.go_back()
    other.wait_for_function("document.querySelector('[data-part=budget]').value === '40'")
    assert shown_text(other) == chosen
    other.close()


GARBAGE = (
    "%",
    "m=%E0%A4%A&b=%ff",
    "c=__proto__&m=constructor&b=<script>alert(1)</script>&g=toString&p=valueOf&d=hasOwnProperty",
    "q=-1",
    "q=99999999999999999999",
    "q=1e3&q=NaN",
    "q=0",
    "&&==&=&",
    "d=local-search&d=local-search",
    "d=local-search",
    "m=nobody&b=nothing",
    "x" * 3_000 + "=" + "m=x&" * 3_000,
)


def test_garbage_in_the_address_is_left_out(page: Page, site: Path) -> None:
    address = (site / "compare.html").as_uri()
    page.goto(address)
    whole, notice = shown_text(page), part(page, "unknown")
    for garbage in GARBAGE:
        go_to(page, "q=7")
        assert shown_text(page) != whole
        go_to(page, garbage if "=" in garbage else "")
        if "=" in garbage:
            assert notice.inner_text().startswith("Parts of the link are not"), garbage
            notice.evaluate("notice => { notice.textContent = '' }")
        assert shown_text(page) == whole, garbage
    for garbage in GARBAGE[:3]:
        page.goto("about:blank")
        page.goto(f"{address}#{garbage}")
        assert part(page, "samples").is_visible()


def test_nothing_chosen_is_said(page: Page, site: Path) -> None:
    page.goto(f"{(site / 'compare.html').as_uri()}#m=&b=")
    assert part(page, "summary").inner_text() == "Choose at least one method and one benchmark."
    assert page.locator("main table:visible").count() == 0
    assert not part(page, "unknown").inner_text()


def test_a_plain_anchor_keeps_the_choice(compare: Page) -> None:
    set_budget(compare, 7)
    compare.evaluate("location.hash = '#main'")
    compare.wait_for_function("location.hash === '#main'")
    assert part(compare, "budget").input_value() == "7"


def test_names_stay_texts(compare: Page) -> None:
    part(compare, "benchmarks").get_by_label(CIFAR10).uncheck()
    choose_only(compare, HOSTILE, "local-search")
    assert HOSTILE in cells(compare, "samples")
    assert compare.locator("main img").count() == 0
    assert compare.title() != "taken"


def test_a_sorted_table_stays_sorted(compare: Page) -> None:
    header = part(compare, "samples").locator("thead th").nth(1)
    header.get_by_role("button").click()
    header.get_by_role("button").click()
    part(compare, "goal").select_option("top-0-1")
    means = [
        float(columns[CIFAR10].split()[0])
        for columns in cells(compare, "samples").values()
        if columns[CIFAR10] != "\u2014"
    ]
    assert len(set(means)) > 2
    assert means == sorted(means, reverse=True)
