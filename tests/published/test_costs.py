"""What the docs say of costs is in the published run records."""

import math

import pyarrow.parquet as pq
import pytest

from nasarena.leaderboard.texts import interval_text
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.methods import method_card, method_names
from nasarena.suite.statistics.pairwise import compare
from published_records import RESULTS, RESULTS_PAGE, RunSets, cpu_seconds


def test_what_the_docs_say_of_costs_is_in_the_records(rivals: RunSets) -> None:
    page = RESULTS_PAGE.read_text(encoding="utf-8")
    cifar100, arxiv = "nasbench201/cifar100", "nasbenchgraph/arxiv"
    citeseer, mnist = "nasbenchgraph/citeseer", "nasbench101-5/rotated-mnist"

    own = [cpu_seconds("nevergrad", place) for place in (arxiv, citeseer)]
    means, most = [f"{x.mean():.0f}" for x in own], [f"{x.max():.0f}" for x in own]
    assert (
        f"costs {means[0]} CPU seconds on arxiv and {means[1]} on citeseer on average, and up to "
        f"{most[0]} and {most[1]}." in page
    )
    cheap = "nevergrad[optimiser=TwoPointsDE]"
    assert {f"{cpu_seconds(cheap, place).mean():.0f}" for place in (arxiv, citeseer)} == {"2"}
    assert f"`{cheap}` costs 2 on both." in page
    networks = ("weaknas[predictor=flan]", "weaknas[predictor=gates]")
    flan, gates = (cpu_seconds(name, citeseer) for name in networks)
    assert (
        f"costs {flan.mean():.0f} CPU seconds on citeseer on average, and up to {flan.max():.0f}. "
        f"`{networks[1]}` costs {gates.mean():.0f} and up to {gates.max():.0f}; no difference "
        "between the two was found there" in page
    )
    for pair in (("nevergrad", cheap), networks):
        assert compare(*(rivals[name, citeseer] for name in pair), 300).p > 0.05
    assert "on citeseer no difference was found" in page
    costs = {
        method: [cpu_seconds(method, place).mean() for place in (cifar100, arxiv)]
        for method in ("smac", "smac[retrain_after=32]", "botorch")
    }
    own, plain, botorch = costs.values()
    assert "`smac` costs {:.0f} CPU seconds on cifar100 and {:.0f} on arxiv".format(*own) in page
    assert "`smac[retrain_after=32]`, it costs {:.0f} and {:.0f};".format(*plain) in page
    assert "`botorch` costs {:.0f} CPU seconds on cifar100 and {:.0f}".format(*botorch) in page
    dear = cpu_seconds("smac", mnist).mean()
    assert f"for at most 300 queries, and {dear:.0f} on rotated-mnist" in page
    space = load_benchmark(mnist).space
    combinations = math.prod(len(values) for values in space.choices)
    said = f"{combinations:,} combinations of {len(space.choices)} decisions denote {space.size:,}"
    assert f"on rotated-mnist, where {said} cells" in page
    for benchmark, clear in ((cifar100, True), (arxiv, False)):
        one = compare(*(rivals[f"smac{x}", benchmark] for x in ("[retrain_after=32]", "")), 300)
        assert (one.p < 0.05) == clear
        if clear:
            assert one.mean is not None
            more = interval_text(one.mean, "{:.0f}".format)
            assert f"on cifar100 it then needs {more} samples more (p = {one.p:.2g})" in page


@pytest.mark.parametrize(
    ("form", "digits", "unit", "said"),
    [
        ("gbdt-nas-released", 1, 1, "GBDT-NAS as released ({} CPU seconds a run)"),
        ("gbdt-nas", 0, 1, "its plain form ({} CPU seconds)"),
        ("brp-nas-released", 0, 60, "BRP-NAS as released ({} CPU minutes a run)"),
        ("brp-nas", 0, 1, "its plain form ({} CPU seconds)"),
        ("seminas-released", 0, 60, "SemiNAS as released ({} CPU minutes a run)"),
        ("seminas", -1, 1, "its plain form ({} CPU seconds)"),
    ],
)
def test_what_the_readme_says_of_costs_is_in_the_records(
    form: str, digits: int, unit: int, said: str
) -> None:
    """The least and the most, or one number where both are the same when rounded."""
    folder = f"{form.removesuffix('-released')}-released"
    (line,) = (
        line
        for line in (RESULTS / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| `{folder}` |")
    )
    (file,) = (RESULTS / folder).glob(f"*/nasbench201/cifar100/{form}/executions.parquet")
    costs = pq.read_table(file)["cpu_seconds"].to_numpy() / unit
    ends = [f"{round(float(end), digits):.{max(digits, 0)}f}" for end in (costs.min(), costs.max())]
    assert said.format(" to ".join(dict.fromkeys(ends))) in line


def test_stated_costs_are_about_those_of_the_dearest_records() -> None:
    """Of methods for which it matters: at least a millisecond a query, with their defaults."""
    stated = {
        name: getattr(method_card(name).make, "seconds_per_query", None) for name in method_names()
    }
    dearest: dict[str, float] = {}
    for file in RESULTS.rglob("executions.parquet"):
        name = file.parent.name
        if stated.get(name) is not None:
            runs = pq.read_table(file.parent / "runs.parquet", columns=["ids"])
            queries = runs["ids"].combine_chunks().value_lengths().to_numpy().sum()
            seconds = pq.read_table(file)["cpu_seconds"].to_numpy().sum()
            dearest[name] = max(dearest.get(name, 0), float(seconds / queries))
    matters = {name: cost for name, cost in dearest.items() if max(cost, stated[name]) >= 1e-3}
    assert len(matters) >= 35
    wrong = {
        name: (cost, stated[name])
        for name, cost in matters.items()
        if not cost / 3 <= stated[name] <= 3 * cost
    }
    assert not wrong
