"""Runs under a limit: what can be the answer, what counts as found, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nasarena.leaderboard.pages.assembly import site_files
from nasarena.leaderboard.pages.rendering import renderer
from nasarena.leaderboard.tables.samples import heading
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.record_checks import check_record
from nasarena.suite.errors import UserError
from nasarena.suite.observed_labels import observed_labels
from nasarena.suite.protocol import load_protocol
from nasarena.suite.records.run_record import RunRecord
from nasarena.suite.runs.execute import Cell
from nasarena.suite.runs.experiment import Experiment
from nasarena.suite.runs.runner import run_cells
from nasarena.suite.statistics.facts import facts
from nasarena.suite.statistics.fronts import two_objectives
from nasarena.suite.statistics.goals import TOP_10
from nasarena.suite.statistics.incumbents import final_incumbents, regret_at
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.random_search_by_isomorphism import expected_restricted_samples
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.summary import summary_rows
from nasarena.suite.tables.limited_table import LimitedTable
from nasarena.suite.tables.metric import Column, Metric

WHOLE = load_benchmark("nasbench201/cifar10")
LIMIT = "parameters:400000"
PROTEINS = "nasbenchgraph/proteins"
PARAMETERS = WHOLE.metric("parameters").values


@pytest.fixture(scope="module")
def under() -> Benchmark:
    return load_benchmark("nasbench201/cifar10", LIMIT)


def table_of(benchmark: Benchmark) -> LimitedTable:
    assert isinstance(benchmark.table, LimitedTable)
    return benchmark.table


def test_the_optimum_is_the_best_that_keeps_to_the_limit(under: Benchmark) -> None:
    table, whole = table_of(under), WHOLE.table
    feasible = np.flatnonzero(PARAMETERS <= 400_000)
    best = whole.mean_validation[feasible].max()
    assert np.array_equal(np.flatnonzero(table.feasible), feasible)
    assert table.best_validation == best < whole.best_validation
    assert table.optimum.tolist() == [
        id for id in feasible.tolist() if whole.mean_validation[id] >= best - 1e-9
    ]
    assert table.regret(feasible).tolist() == (best - whole.mean_validation[feasible]).tolist()
    assert table.regret(whole.optimum).tolist() == [best]  # as if it answered 0 %


@pytest.mark.parametrize("labels", ["mean", "one_run"])
def test_what_does_not_keep_to_it_answers_nothing(under: Benchmark, labels: str) -> None:
    answers, before = (observed_labels(one, labels, 3) for one in (under, WHOLE))
    ids, feasible = np.arange(WHOLE.space.size), table_of(under).feasible
    assert np.array_equal(answers[ids], np.where(feasible, before[ids], 0))


def test_random_search_meets_its_exact_expectation(under: Benchmark) -> None:
    size, optima = under.table.size, under.table.optimum.size
    assert expected_restricted_samples(under, size, "by_id") == pytest.approx(
        (size + 1) / (optima + 1)
    )
    rng = np.random.default_rng(0)
    hits = [
        1 + int(np.isin(rng.permutation(size), under.table.optimum).argmax()) for _ in range(300)
    ]
    assert np.mean(hits) == pytest.approx((size + 1) / (optima + 1), rel=0.15)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("limited")
    for stop, method in (("optimum", "random-search"), ("budget", "local-search")):
        experiment = Experiment(
            methods=method,
            benchmarks=PROTEINS,
            budget=800,
            stop=stop,
            limit="parameters:5e5",
            results=results,
        )
        report = run_cells(experiment.cells(), range(6), results, workers=1)
        assert report.failures == []
    return results


@pytest.fixture(scope="module")
def run_sets(stored: Path) -> list[RunSet]:
    return load_run_sets(stored)


def test_the_protocol_is_named_after_the_limit(run_sets: list[RunSet]) -> None:
    assert {runs.identity.protocol for runs in run_sets} == {
        "weaknas-paper[budget=800,limit=parameters:500000]",
        "weaknas-paper[budget=800,limit=parameters:500000,stop=budget]",
    }
    assert {runs.identity.limit for runs in run_sets} == {"parameters:500000"}


def test_runs_are_judged_by_what_keeps_to_the_limit(run_sets: list[RunSet]) -> None:
    found, accuracies = 0, load_benchmark(PROTEINS).table.mean_validation
    for runs in run_sets:
        table = table_of(runs.benchmark)
        incumbents = final_incumbents(runs)
        assert table.feasible[incumbents].all()
        for (_, ids), samples, incumbent in zip(
            runs.traces(), runs.samples_to_optimum.tolist(), incumbents.tolist(), strict=True
        ):
            hits = np.flatnonzero(np.isin(ids, table.optimum))
            assert samples == (hits[0] + 1 if hits.size else np.inf)
            kept = ids[table.feasible[ids]]
            assert incumbent == kept[accuracies[kept].argmax()]
            found += hits.size
            if runs.identity.stop == "optimum" and hits.size:
                assert hits.tolist() == [len(ids) - 1]
        first = regret_at(runs, np.array([1]), "best_validation")[:, 0]
        expected = table.regret(np.array([ids[0] for _, ids in runs.traces()]))
        assert first.tolist() == expected.tolist()
    assert found


def test_tables_and_pages_say_the_limit_in_words(run_sets: list[RunSet]) -> None:
    shown = [runs for runs in run_sets if runs.identity.stop == "budget"]
    rows = summary_rows(shown)
    words = "parameters of at most 500,000"
    assert {row.limit for row in rows} == {words}
    assert heading(rows).endswith(f"only architectures with {words} can be the answer")
    files = site_files(shown, renderer("", has_trends=False), metrics=["latency_seconds"])
    (page,) = [text.decode() for path, text in files.items() if path.startswith("benchmark/")]
    page = page.replace("\xa0", " ")
    kept = int(table_of(shown[0].benchmark).feasible.sum())
    assert f"Only architectures with {words} can be the answer: {kept:,} of 2,021." in page
    # The captions of two figures and of three tables.
    assert page.count(f"Only architectures with {words} can be the answer.") >= 5
    # Those of a second objective, too.
    _, front = page.split('<section id="front-')
    assert front.count(f"Only architectures with {words} can be the answer.") >= 3
    assert "average within the limit" in page
    assert f"Only architectures with {words}" in files["rules.html"].decode().replace("\xa0", " ")


def test_a_run_that_stopped_at_what_breaks_the_limit_is_no_run(under: Benchmark) -> None:
    protocol = load_protocol(f"weaknas-paper[limit={LIMIT}]")
    (choice,) = (
        cell.method
        for cell in Experiment(methods="random-search", benchmarks="nasbench201/cifar10").cells()
    )
    identity = Cell(choice, "nasbench201/cifar10", protocol).identity()

    def complaint(id: int, reason: str) -> str | None:
        record = RunRecord(0, [5, id], [0, 1], [], [], reason, None)
        return check_record(record, identity, under)

    assert complaint(under.table.optimum[0].item(), "optimum") is None
    assert "does not end there" in str(complaint(WHOLE.table.optimum[0].item(), "optimum"))
    assert "its trace ends at the optimum" in str(
        complaint(under.table.optimum[0].item(), "returned")
    )
    other = replace(identity, limit="parameters:5000000")
    assert "its limit is" in str(
        check_record(RunRecord(0, [], [], [], [], "returned", None), other, under)
    )


def changed(metric: Metric, values: np.ndarray) -> Benchmark:
    """The benchmark with another metric beside its own."""
    benchmark = replace(WHOLE)
    column = Column(metric, values, "", "")
    vars(benchmark)["metrics"] = {**WHOLE.metrics, metric.name: column}
    return benchmark


def test_other_values_of_the_metric_make_another_table(under: Benchmark) -> None:
    latency = Metric("latency", "ms", "min")
    values = np.arange(WHOLE.space.size, dtype=np.float64)
    one, other = changed(latency, values), changed(latency, values + 0.25)
    tables = {benchmark.limited("latency:9.5").table.sha256 for benchmark in (one, other)}
    assert len(tables | {under.table.sha256, WHOLE.table.sha256}) == 4
    assert one.limited("latency:9.5").table.sha256 in tables


def test_of_what_is_to_be_maximised_the_limit_is_the_least(tmp_path: Path) -> None:
    values = np.where(np.arange(WHOLE.space.size) % 2, np.nan, 100.0)
    values[[0, 2]] = [50.5, 99.0]
    benchmark = changed(Metric("throughput.v100", "images/s", "max", device="v100"), values)
    under = benchmark.limited("throughput.v100:99")
    feasible = table_of(under).feasible
    assert (feasible[2], feasible[0], feasible[1::2].any()) == (True, False, False)
    assert under.limit_sentence == (
        "Only architectures with throughput.v100 of at least 99 images/s can be the answer: 7,812 "
        "of 15,625. The 7,812 that were not measured do not count among them."
    )
    with pytest.raises(UserError, match=r"at least 101 images/s; the best has 100$"):
        benchmark.limited("throughput.v100:101")


def test_facts_and_goals_are_of_what_keeps_to_the_limit(under: Benchmark) -> None:
    feasible = table_of(under).feasible
    found = facts(under)
    assert found.mean_validation == pytest.approx(
        WHOLE.table.mean_validation[feasible].mean(), rel=1e-5
    )
    assert found.best_validation == pytest.approx(under.table.best_validation, rel=1e-5)
    few = WHOLE.limited("parameters:75000")
    members = TOP_10.members(few)
    assert not members[~table_of(few).feasible].any()
    both = two_objectives(under, "latency_seconds")
    assert feasible[both.front].all()


def test_limits_on_fetched_metrics_hold_for_what_was_measured(everything_fetched: Path) -> None:
    under = load_benchmark("nasbench201/cifar10", "latency_ms.edgetpu:0.6")
    values = under.metric("latency_ms.edgetpu").values
    assert np.array_equal(table_of(under).feasible, values <= 0.6)
    assert "The 4,699 that were not measured" in under.limit_sentence


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("parameters", "a limit is written as metric:number, as in latency_ms.edgegpu:5"),
        ("parameters:few", "parameters is to be limited by a number, .*, not by 'few'"),
        ("parameters:nan", "not by 'nan'"),
        ("parameter:5", "has no metric 'parameter'; did you mean 'parameters'"),
        ("latency_ms.edgegpu:5", "more can be fetched: nasarena fetch .*hw-nas-bench"),
        ("parameters:5", "no architecture of .* has parameters of at most 5; the best has 73306"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_before_any_run(
    limit: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NASARENA_DATA", str(tmp_path))
    WHOLE.forget_table()
    with pytest.raises(UserError, match=said):
        Experiment(methods="random-search", benchmarks="nasbench201/cifar10", limit=limit)


def test_a_limit_stands_alone(everything_fetched: Path) -> None:
    with pytest.raises(UserError, match="allowed with fidelities 'full' only"):
        load_protocol("one-run[limit=parameters:5,fidelities=multi]")
    with pytest.raises(UserError, match="neither more nor less of it is better"):
        load_benchmark("nasbench201/cifar10", "arithmetic_intensity.eyeriss:3")
