"""What the docs say of the rivals is in their published run records."""

import re
from fnmatch import fnmatch

import pytest

from nasarena.leaderboard.tables.formats import markdown_table
from nasarena.leaderboard.tables.samples import columns as samples_columns
from nasarena.leaderboard.texts import interval_text, number
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.methods import method_card
from nasarena.suite.names import Spec
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.random_search import expected_samples
from nasarena.suite.statistics.samples import restricted_mean
from nasarena.suite.statistics.summary import Row, summary_rows
from published_records import BENCHMARKS, RESULTS_PAGE, RunSets, cpu_seconds
from simulations import simulation

NOT_BETTER = {
    "nasbench201/cifar100": {
        "lanas",
        "mcts",
        "regularized-evolution-paper",
        "reinforce",
        "reinforce[learning_rate=0.1,optimiser=ascent,reward=fraction,spread=0.0]",
        "reinforce[learning_rate=0.5]",
        "smac[retrain_after=32]",
    },
    "nasbenchgraph/arxiv": {
        "agnn",
        "arch2vec-bo",
        "arch2vec-rl",
        "bananas[pool=all]",
        "dngo[pool=space]",
        "fp-nas",
        "lanas",
        "lanas[fit=ridge]",
        "lissnas",
        "mcts",
        "nevergrad[optimiser=TwoPointsDE]",
        "parsec",
        "regularized-evolution-paper",
        "regularized-evolution[population=10,tournament=3]",
        "reinforce",
        "reinforce[learning_rate=0.1,optimiser=ascent,reward=fraction,spread=0.0]",
        "reinforce[learning_rate=0.1]",
        "reinforce[learning_rate=0.5]",
        "smac",
        "smac[retrain_after=32]",
    },
    "nasbench201/cifar10": {
        "arch2vec-bo",
        "arch2vec-rl",
        "dngo[pool=space]",
        "lanas",
        "mcts",
        "nao",
        "predictor-gcn-released",
        "regularized-evolution-paper",
        "reinforce",
        "reinforce[learning_rate=0.1,optimiser=ascent,reward=fraction,spread=0.0]",
        "reinforce[learning_rate=0.5]",
        "smac",
    },
    "nasbench201/imagenet16-120": {
        "arch2vec-rl",
        "ddp-nas",
        "dngo[pool=space]",
        "lanas",
        "local-search",
        "mcts",
        "nao",
        "nevergrad",
        "nevergrad[optimiser=TwoPointsDE]",
        "optuna-tpe[multivariate=False]",
        "regularized-evolution-paper",
        "reinforce",
        "reinforce[learning_rate=0.1,optimiser=ascent,reward=fraction,spread=0.0]",
        "reinforce[learning_rate=0.5]",
        "smac",
    },
    "nasbenchgraph/citeseer": {
        "acenas",
        "agnn",
        "arch2vec-bo",
        "arch2vec-rl",
        "botorch",
        "ddp-nas",
        "dngo[pool=space]",
        "fbnetv3-predictor",
        "fp-nas",
        "lanas",
        "lanas[fit=ridge]",
        "lissnas",
        "local-search",
        "local-search-released",
        "mcts",
        "nao",
        "nevergrad",
        "nevergrad[optimiser=TwoPointsDE]",
        "npenas-bo",
        "optuna-tpe",
        "optuna-tpe[multivariate=False]",
        "parsec",
        "predictor-gcn-released",
        "regularized-evolution-paper",
        "regularized-evolution[population=10,tournament=3]",
        "regularized-evolution[population=30]",
        "reinforce",
        "reinforce[learning_rate=0.1,optimiser=ascent,reward=fraction,spread=0.0]",
        "reinforce[learning_rate=0.1]",
        "reinforce[learning_rate=0.5]",
        "smac",
    },
    "nasbench101-5/rotated-mnist": {
        "arch2vec-rl",
        "mcts",
        "nevergrad[optimiser=TwoPointsDE]",
        "parsec",
        "regularized-evolution-paper",
        "regularized-evolution[population=10,tournament=3]",
        "reinforce[learning_rate=0.1,optimiser=ascent,reward=fraction,spread=0.0]",
        "reinforce[learning_rate=0.1]",
        "reinforce[learning_rate=0.5]",
        "smac",
    },
}
"""Than random search, as docs/results.md says and explains."""
NOWHERE = {
    "mcts",
    "regularized-evolution-paper",
    "reinforce[learning_rate=0.1,optimiser=ascent,reward=fraction,spread=0.0]",
    "reinforce[learning_rate=0.5]",
}
"""Not better on any of the six; `reinforce` is on one."""


DATA = ("cifar10", "cifar100", "imagenet16-120")
MEAN = "samples, mean"


@pytest.mark.parametrize("place", NOT_BETTER)
def test_every_other_rival_needs_fewer_samples_than_random_search(
    rivals: RunSets, place: str
) -> None:
    rows = {row.method: row for row in summary_rows([*rivals.values()]) if row.benchmark == place}
    random_search = rows.pop("random-search")
    assert set(rows) >= NOT_BETTER[place]
    for method, row in rows.items():
        assert (row.budget, row.failed) == (300, False)
        assert row.seeds in (10, 20, 30)
        assert row.restricted_mean_high is not None
        assert random_search.restricted_mean_low is not None
        fewer = row.restricted_mean_high < random_search.restricted_mean_low
        assert fewer == (method not in NOT_BETTER[place])
        if fewer:
            assert row.restricted_mean_high < expected_samples(load_benchmark(place), 300)


def test_what_the_docs_say_of_rivals_is_in_the_records(rivals: RunSets) -> None:
    page = RESULTS_PAGE.read_text(encoding="utf-8")
    section = page.partition("## Rivals")[2].partition("\n## ")[0]
    rows = {(row.method, row.benchmark): row for row in summary_rows([*rivals.values()])}
    shown = set()
    for table in re.findall(r"(?:^\|.*\|\n)+", section, re.M):
        header, _, *lines = [line.strip("| ").split(" | ") for line in table.splitlines()]
        if header[1] != "cap":
            continue
        for name, cap, seeds, *cells in lines:
            assert cap == "300"
            for place, cell in zip(header[3:], cells, strict=True):
                if cell == "—":
                    other = rows.get((name.strip("`"), place))
                    assert other is None or other.seeds != int(seeds)
                    continue
                row = rows[name.strip("`"), place]
                (mean,) = (one for one in samples_columns([row]) if one.title == MEAN)
                assert (int(seeds), cell) == (row.seeds, mean.cells[0])
                shown.add((row.method, place))
    assert shown == set(rows)
    stops = {key: row.stop_reasons for key, row in rows.items()}
    assert stops["gp-onehot", "nasbench201/cifar100"]["optimum"] == 21
    samples = rivals["gp-onehot", "nasbench201/cifar100"].samples_to_optimum
    assert f"in 21 of 30 runs, in {(samples <= 100).sum()} of them within 100 queries" in section
    table = section.partition("### Not clearly better than random search")[2]
    said = dict(re.findall(r"^\| ([a-z0-9-]+) \| (`[^|]*`) \|$", table, re.M))
    assert {place: {*re.findall(r"`(\S+)`", names)} for place, names in said.items()} == {
        place.partition("/")[2]: worse - NOWHERE - {"reinforce"}
        for place, worse in NOT_BETTER.items()
        if worse - NOWHERE - {"reinforce"}
    }
    assert all(worse >= NOWHERE for worse in NOT_BETTER.values())
    assert sum("lanas" in worse for worse in NOT_BETTER.values()) == 5
    assert "`lanas` is no better than random search on five of the six benchmarks**" in section
    start, accuracy = simulation("lanas_start").correlations()
    said = f"a correlation of {start:.2f} with those before it, and of {accuracy:.2f} with accuracy"
    assert said in section
    assert stops["lanas[fit=ridge]", "nasbench201/cifar100"] == {"optimum": 30}
    assert "`lanas[fit=ridge]`, finds the optimum of cifar100 in all 30 runs" in section
    assert [place for place, worse in NOT_BETTER.items() if "reinforce" not in worse] == [
        "nasbench101-5/rotated-mnist"
    ]
    first = {place: _by_samples(rows, place)[0][1] for place in NOT_BETTER}
    for text, places in (
        ("`path-gp[skip_twins=False]` on {}", ("nasbench201/cifar10",)),
        (
            "`path-net-gp[skip_twins=False]` on {} and {}",
            ("nasbench201/imagenet16-120", "nasbenchgraph/citeseer"),
        ),
        ("`additive` on {} (24, and the next best 25)", ("nasbench101-5/rotated-mnist",)),
    ):
        assert text.format(*(place.partition("/")[2] for place in places)) in section
        assert {first[place] for place in places} == {text.split("`")[1]}
    best = _by_samples(rows, "nasbench101-5/rotated-mnist")[:2]
    assert [f"{samples:.0f}" for samples, _ in best] == ["24", "25"]
    contender = "path-net-gp[skip_twins=False]"
    for place, least in (
        ("nasbench201/cifar100", "flan[epochs=20]"),
        ("nasbenchgraph/arxiv", contender),
    ):
        assert _by_samples(rows, place)[0][1] == least
        for other in ("flan", contender):
            assert compare(rivals["flan[epochs=20]", place], rivals[other, place], 300).p > 0.05
    assert (
        compare(*(rivals[name, place] for name in ("flan[epochs=20]", "npenas-np")), 300).p > 0.05
    )
    nao = rivals["nao", "nasbench201/cifar100"]
    first_ten = restricted_mean(nao.samples_to_optimum[nao.seeds < 1010], 300)
    assert f"ten seeds at first: {interval_text(first_ten, number)} on cifar100" in section
    assert nao.count == 20


def test_what_is_said_of_policies_that_become_certain(rivals: RunSets) -> None:
    page, queries = RESULTS_PAGE.read_text(encoding="utf-8"), []
    runs = [rivals["reinforce[learning_rate=0.5]", place] for place in BENCHMARKS]
    for one in runs:
        for (_, trace), why in zip(one.traces(), one.stop_reasons, strict=True):
            if why == "patience":
                queries.append(trace.size)
    said = f"after {min(queries)} to {max(queries)} queries"
    assert said in " ".join((method_card("reinforce").make.__doc__ or "").split())
    assert f"certain of one architecture {said}, and" in page
    assert f"{len(queries)} of {sum(one.count for one in runs)} runs on the six" in page
    (ascent,) = (name for name in NOWHERE if "ascent" in name)
    for place in BENCHMARKS:
        of_ascent, own = (
            restricted_mean(rivals[name, place].samples_to_optimum, 300).value
            for name in (ascent, "reinforce")
        )
        assert of_ascent >= own
    slower = rivals["reinforce[learning_rate=0.1]", "nasbenchgraph/arxiv"]
    assert f"{slower.stop_reasons.count('patience')} of 30 runs on arxiv" in page


def _by_samples(rows: dict[tuple[str, str], Row], place: str) -> list[tuple[float | None, str]]:
    """The mean samples of each method on a benchmark, the fewest first."""
    return sorted(
        (row.restricted_mean_samples, method)
        for (method, benchmark), row in rows.items()
        if benchmark == place
    )


def test_what_is_said_of_weaknas_as_released(rivals: RunSets) -> None:
    page = RESULTS_PAGE.read_text(encoding="utf-8")
    (line,) = [line for line in page.splitlines() if line.startswith("* **WeakNAS as released**")]
    places = {place for method, place in rivals if method in ("weaknas", "weaknas-gbrt")}
    assert places == set(BENCHMARKS) - {f"nasbench201/{x}" for x in DATA}
    assert not [place for place in places if NOT_BETTER[place] & {"weaknas", "weaknas-gbrt"}]
    two = (rivals[name, "nasbenchgraph/arxiv"] for name in ("weaknas", "weaknas-lite"))
    difference = compare(*two, 300)
    assert difference.p is not None
    assert difference.p < 0.05
    assert difference.mean is not None
    assert f"needs {interval_text(difference.mean, number)} samples more than" in line
    costs = [cpu_seconds("weaknas", place).mean() for place in places]
    readme = (RESULTS_PAGE.parents[1] / "results" / "README.md").read_text(encoding="utf-8")
    (row,) = [row for row in readme.splitlines() if "results/rivals-weaknas.toml" in row]
    assert f"({min(costs):.0f} to {max(costs):.0f} CPU seconds a run)" in row
    runs = rivals["weaknas", "nasbench101-5/rotated-mnist"]
    for start in runs.starts[:-1]:
        assert runs.rounds[start : start + 101].tolist() == [0] * 100 + [1]


def test_what_those_find_that_miss_the_optimum_is_said() -> None:
    made, page = simulation("rivals_goals"), RESULTS_PAGE.read_text(encoding="utf-8")
    assert markdown_table(made.columns()) in page
    sooner = {}
    for place in made.BENCHMARKS:
        of = made.not_better(place)
        assert set(of) - {"random-search"} == NOT_BETTER[place]
        own = of["random-search"]
        sooner[place] = {name for name, runs in of.items() if made.sooner(runs, own, made.TOP_10)}
    cifar100, arxiv = sooner.values()
    assert cifar100 == {"lanas", "regularized-evolution-paper"}
    assert "On cifar100 `lanas` and `regularized-evolution-paper` also reach one of the" in page
    (line,) = [line for line in page.splitlines() if line.startswith("* **Nine of them do find")]
    said = line.partition(" need clearly fewer samples")[0]
    assert {*re.findall(r"`(\S+)`", said)} == arxiv
    assert len(arxiv) == 9
    shares = [made.late_share(made.cells("nasbenchgraph/arxiv")[name]).value for name in arxiv]
    assert f"{min(shares):.0f} to {max(shares):.0f} % of their later" in line
    places = [made.cells(place) for place in made.BENCHMARKS]
    dngo = places[1]["dngo[pool=space]"]
    tau = simulation("surrogates").tau("dngo", "nasbenchgraph/arxiv")
    assert f"Its model has a tau of {tau:.2f} on arxiv" in page
    assert (
        f"the mean rank of its later queries is {made.late_rank(dngo).value:.1f} %, and "
        f"{made.late_share(dngo).value:.0f} % of them are in the best 1 %" in page
    )

    def ranks(name: str) -> list[str]:
        return [f"{made.late_rank(of[name]).value:.1f} %" for of in places]

    def best(name: str) -> list[str]:
        return [f"{made.late_share(of[name]).value:.1f} %" for of in places]

    said = "rank of its later queries is {} on cifar100 and {} on arxiv"
    assert said.format(*ranks("smac[retrain_after=32]")) in page
    shares = [*best("smac"), *best("smac[retrain_after=32]")]
    said = "{} and {} of the later queries of `smac` are in the best 1 %, instead of {} and {}"
    assert said.format(*shares) in page
    assert "their mean rank, {} and {}, is not much better".format(*ranks("smac")) in page
    said = "what it draws is {} of the space on cifar100, and on arxiv {}, as at random"
    assert said.format(*ranks("reinforce")) in page
    ascent = "reinforce[learning_rate=0.1,optimiser=ascent,reward=fraction,spread=0.0]"
    assert "change it less ({} and {})".format(*ranks(ascent)) in page


@pytest.mark.on_demand
def test_how_well_the_models_order_is_as_said() -> None:
    page, tau = RESULTS_PAGE.read_text(encoding="utf-8"), simulation("surrogates").tau
    cifar100, arxiv = "nasbench201/cifar100", "nasbenchgraph/arxiv"
    said = f"is {tau('arch2vec', arxiv):.2f} on arxiv and {tau('arch2vec', cifar100):.2f} on"
    assert f"after 100 random labels, {said} cifar100;" in page
    assert round(tau("dngo", arxiv) / tau("arch2vec", arxiv)) == 4
    assert "four times that of `arch2vec-bo`" in page
    said = f"is {tau('flan', arxiv):.2f} and {tau('flan', cifar100):.2f}"
    assert f"that of FLAN's predictor {said}" in page


def test_what_settings_were_chosen_on_is_said(rivals: RunSets) -> None:
    """Of both tables: the pages name every method whose card has one of the benchmarks."""
    page = RESULTS_PAGE.read_text(encoding="utf-8").partition("## Rivals")[2]
    first, _, second = page.partition("Some were also run on four other benchmarks:")
    chosen = {
        place: {method for method, there in rivals if there == place and _chosen_on(method, place)}
        for place in BENCHMARKS
    }
    of_weaknas = {"weaknas[predictor=flan]", "weaknas[predictor=gates]"}
    ours = {"path-gp[skip_twins=False]", "path-net-gp[skip_twins=False]", "weaknas-gp"}
    of_nasbench201 = {"regularized-evolution-paper"} | of_weaknas
    assert chosen["nasbench201/cifar100"] == ours | of_nasbench201
    assert chosen["nasbenchgraph/arxiv"] == ours
    assert (
        "No rival was tuned on these two benchmarks, except `path-gp`, "
        "`path-net-gp`, `weaknas-gp` and `regularized-evolution-paper`, and the settings of "
        "WeakNAS's release, which are for all of NAS-Bench-201." in first
    )
    shown = {name for line in second.splitlines() for name in re.findall(r"^\| `(\S+)` \|", line)}
    of_both = {"ddp-nas", "gbdt-nas", "predictor-gcn"} | ours
    of_cifar10 = {"fp-nas", "lissnas", "nao", "parsec", "weaknas-lite"}
    assert chosen["nasbench201/cifar10"] & shown == of_both | of_cifar10 | of_nasbench201
    assert chosen["nasbenchgraph/citeseer"] & shown == of_both
    assert chosen["nasbench201/imagenet16-120"] & shown == ours | of_nasbench201
    assert not chosen["nasbench101-5/rotated-mnist"]
    assert (
        "The settings of `ddp-nas`, `gbdt-nas` and `predictor-gcn` were chosen on cifar10 and "
        "citeseer, those of `fp-nas`, `lissnas`, `nao` and `parsec` on cifar10. `path-gp`, "
        "`path-net-gp` and `weaknas-gp` were chosen with NAS-Bench-201 and NAS-Bench-Graph in "
        "view, `weaknas-lite` on cifar10, `regularized-evolution-paper` on NAS-Bench-201, and "
        "WeakNAS's settings are its release's for NAS-Bench-201." in second
    )


def _chosen_on(method: str, benchmark: str) -> bool:
    return any(fnmatch(benchmark, one) for one in method_card(Spec.parse(method).name).tuned_on)
