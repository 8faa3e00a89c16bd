"""Runs under the protocol multi-fidelity: stored, checked, counted in full trainings."""

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasarena.leaderboard.figures.benchmark_figures import found_curves, regret_curves
from nasarena.leaderboard.pages.rules import rules
from nasarena.leaderboard.tables.samples import to_markdown
from nasarena.suite import Experiment, UserError, load_benchmark
from nasarena.suite.checks.record_checks import check_record
from nasarena.suite.gate.outcomes import outcomes_of
from nasarena.suite.methods import choose_methods
from nasarena.suite.observed_labels import drawn_runs, observed_labels
from nasarena.suite.protocol import load_protocol
from nasarena.suite.records.run_record import RunRecord
from nasarena.suite.records.store import cell_folder, open_results
from nasarena.suite.records.stored_runs import StoredRuns
from nasarena.suite.runs import confined
from nasarena.suite.runs.checkpoints import Checkpoint
from nasarena.suite.runs.execute import Cell, execute, make_problem
from nasarena.suite.runs.isolation import CannotIsolate
from nasarena.suite.runs.search import search
from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.incumbents import incumbents
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.run_frames import load_runs
from nasarena.suite.statistics.run_set import cut_at
from nasarena.suite.statistics.summary import summary_rows
from several_lengths import Asks, AsksForSeven

TRAINED = "nasbench101-5/rotated-mnist"
CIFAR10 = "nasbench201/cifar10"
RULES = "multi-fidelity[budget=30]"


def cell(method: Any = Asks, rules: str = RULES, benchmark: str = TRAINED) -> Cell:
    (choice,) = choose_methods([method])
    return Cell(choice, benchmark, load_protocol(rules))


@pytest.fixture(scope="module")
def made() -> RunRecord:
    return execute(cell(), seed=3).record


def store(folder: Path, made_by: Cell, seeds: int = 5) -> Path:
    """A results folder with runs of a cell, made in this process."""
    identity = made_by.identity()
    open_results(folder, create=True)
    place = cell_folder(folder, identity.protocol, identity.benchmark, identity.method)
    stored = StoredRuns(place, identity)
    for seed in range(seeds):
        record, execution, _ = execute(made_by, seed)
        assert check_record(record, identity, load_benchmark(identity.benchmark)) is None
        stored.add(record, execution)
    stored.write()
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    store(folder, cell())
    return store(folder, cell("random-search"))


def test_a_run_keeps_to_its_rules(made: RunRecord) -> None:
    identity, benchmark = cell().identity(), load_benchmark(TRAINED)
    assert (identity.fidelities, made.stop_reason) == ("multi", "budget")
    assert check_record(made, identity, benchmark) is None
    assert made.fidelity is not None
    assert made.cost is not None
    assert len(set(made.fidelity)) > 5
    assert 29 < sum(made.cost) <= 30 + 1e-9


def changed(record: RunRecord, place: int = 5, **values: Any) -> RunRecord:
    """A record with another value at one place of a list."""
    lists = {name: list(getattr(record, name)) for name in values}
    for name, value in values.items():
        lists[name][place] = value
    return replace(record, **lists)


def test_what_no_run_can_leave_is_named(made: RunRecord) -> None:
    identity, benchmark = cell().identity(), load_benchmark(TRAINED)
    assert made.cost is not None
    again = made.ids.index(next(id for id in made.ids if made.ids.count(id) > 1))
    first = made.ids[again]
    later = max(place for place, id in enumerate(made.ids) if id == first)
    half = len(made.ids) // 2
    forged = {
        "a cost that its training has not": changed(made, cost=made.cost[5] / 2),
        "a training of 13 epochs": changed(made, fidelity=13),
        "a training that was part of one before": changed(made, again, fidelity=12),
        "a number in cost is negative or missing": changed(made, cost=-0.5),
        "a cost is not a number above 0": changed(made, cost=0.0),
        "twice for the same number of epochs": changed(
            made,
            later,
            fidelity=made.fidelity[again],  # type: ignore[index]
        ),
        "differ in length": replace(made, cost=made.cost[:-1]),
        "it states no cost": replace(made, cost=None),
        "a full training was left": replace(
            made,
            **{name: getattr(made, name)[:half] for name in ("ids", "rounds", "fidelity", "cost")},
            recommended_after=[],
            recommended_ids=[],
        ),
        "longer than its budget": replace(
            made,
            ids=[*made.ids, 400, 401],
            rounds=[*made.rounds, made.rounds[-1], made.rounds[-1]],
            fidelity=[*(made.fidelity or []), 12, 12],
            cost=[*made.cost, 1.0, 1.0],
        ),
    }
    for said, record in forged.items():
        assert said in (check_record(record, identity, benchmark) or ""), said
    plain = cell("random-search", "one-run[budget=30]").identity()
    complaint = check_record(replace(made, cost=None), plain, benchmark) or ""
    assert "it states a fidelity, and its protocol has full ones only" in complaint


def test_answers_of_one_run_are_those_of_one_training(made: RunRecord) -> None:
    benchmark = load_benchmark(TRAINED)
    shorter = benchmark.shorter_trainings()
    drawn = drawn_runs(benchmark, 3)
    asked: list[tuple[np.ndarray, int, np.ndarray]] = []

    class Watches(Asks):
        def search(self, problem: Any, rng: np.random.Generator) -> None:
            query = problem.query

            def watched(ids: np.ndarray, fidelity: int) -> np.ndarray:
                asked.append((ids, fidelity, query(ids, fidelity)))
                return asked[-1][2]

            problem.query = watched
            super().search(problem, rng)

    assert execute(cell(Watches), seed=3).record.ids == made.ids
    last = observed_labels(benchmark, "one_run", 3)
    for ids, epochs, answers in asked:
        expected = last[ids] if epochs == 12 else shorter[epochs - 1][ids, drawn[ids]]
        assert answers.tolist() == expected.tolist()


def test_the_full_trainings_alone_are_counted_and_their_axis_is_cost(results: Path) -> None:
    runs = next(one for one in load_run_sets(results) if one.identity.method == "Asks")
    records = [execute(cell(), seed).record for seed in range(5)]
    positions = np.array([1, 2, 7, 15, 30])
    found = incumbents(runs, positions)
    for row, record in enumerate(records):
        assert record.fidelity is not None
        assert record.cost is not None
        labels = observed_labels(runs.benchmark, "one_run", row)
        spent = np.cumsum(record.cost)
        full = np.flatnonzero(np.array(record.fidelity) == 12)
        for column, position in enumerate(positions.tolist()):
            by_then = [record.ids[place] for place in full if spent[place] <= position + 1e-9]
            best = max(by_then, key=lambda id: labels[id]) if by_then else -1
            assert found[row, column] == best
        hit = [spent[place] for place in full if record.ids[place] in runs.benchmark.table.optimum]
        assert runs.samples_to_optimum[row] == (pytest.approx(hit[0]) if hit else np.inf)
        assert runs.charged[row] == len(record.ids)
        assert runs.used[row] == pytest.approx(sum(record.cost))
    assert np.isin(found[found >= 0], runs.ids).all()


def test_what_is_shown_counts_full_trainings(results: Path) -> None:
    run_sets = load_run_sets(results)
    regret, found = regret_curves(run_sets), found_curves(run_sets)
    assert regret.axis == found.axis == "full trainings spent"
    # Short trainings come first in some runs: a curve begins where all have an answer.
    assert {one.name for one in regret.curves} == {"Asks", "random-search"}
    markdown = to_markdown(summary_rows(run_sets))
    assert "budget 30 full trainings" in markdown
    assert "shorter trainings cost their part of one" in markdown
    (comparison,) = comparisons(run_sets)
    first, second, *_ = rules(comparison)
    assert "At most 30 full trainings are counted" in first
    assert "only the rest is paid" in second


def test_runs_are_cut_at_what_they_had_spent(results: Path) -> None:
    for runs in load_run_sets(results):
        cut = cut_at(runs, 12)
        assert np.array_equal(
            incumbents(cut, np.array([3, 12])), incumbents(runs, np.array([3, 12]))
        )
        assert (cut.used <= 12 + 1e-9).all()
        assert cut.identity.budget == 12


def test_rounds_of_shorter_trainings_count(results: Path) -> None:
    run_sets = {runs.identity.method: runs for runs in load_run_sets(results)}
    rows = {row.method: row for row in summary_rows(run_sets.values())}
    frame = load_runs(results)
    records = [execute(cell(), seed).record for seed in range(5)]
    after_the_last_full = 0
    for place, record in enumerate(records):
        assert record.fidelity is not None
        assert record.cost is not None
        spent = np.cumsum(record.cost)
        begun = max(record.rounds) + 1
        assert run_sets["Asks"].rounds_by(np.full(5, np.inf))[place] == begun
        of_run = frame[(frame["method"] == "Asks") & (frame["seed"] == place)]
        assert of_run["rounds"].tolist() == [begun]
        for budget in (3, 12):
            by_then = np.array(record.rounds)[spent <= budget + 1e-9]
            cut = cut_at(run_sets["Asks"], budget)
            assert cut.rounds_by(np.full(5, np.inf))[place] == by_then.max(initial=-1) + 1
            assert cut.charged[place] == by_then.size
        full_rounds = [record.rounds[at] for at, one in enumerate(record.fidelity) if one == 12]
        after_the_last_full += max(full_rounds, default=-1) < max(record.rounds)
    assert after_the_last_full
    missed = [not np.isfinite(one) for one in run_sets["Asks"].samples_to_optimum]
    assert all(missed)
    assert rows["Asks"].rounds == np.mean([max(record.rounds) + 1 for record in records])


def test_a_method_of_full_trainings_counts_as_under_other_rules(
    results: Path, tmp_path: Path
) -> None:
    store(tmp_path, cell("random-search", "one-run[budget=30]"))
    (plain,) = load_run_sets(tmp_path)
    multi = next(one for one in load_run_sets(results) if one.identity.method == "random-search")
    assert multi.ids.tolist() == plain.ids.tolist()
    (one,), (other,) = summary_rows([multi]), summary_rows([plain])
    assert replace(one, protocol=other.protocol, fidelities="full") == other
    first, second = outcomes_of(multi, results), outcomes_of(plain, tmp_path)
    assert first.samples.tolist() == second.samples.tolist()
    assert first.areas.tolist() == second.areas.tolist()


def test_a_run_goes_on_from_a_checkpoint(made: RunRecord) -> None:
    kept: list[bytes] = []
    benchmark, identity = load_benchmark(TRAINED), cell().identity()

    class Keeps:
        last: Checkpoint | None = None

        def begin(self, rng: np.random.Generator) -> None:
            self.rng = rng
            if self.last is not None:
                rng.bit_generator.state = self.last.generators["rng"]

        def keep(self, state: Any, notes: Any) -> None:
            checkpoint = Checkpoint(state, notes, {"rng": self.rng.bit_generator.state}, 0.0, 0.0)
            kept.append(pickle.dumps(checkpoint))

        def forget(self) -> None: ...

    def searched(checkpoints: Any) -> Any:
        problems = []

        def new_problem() -> Any:
            problems.append(make_problem(benchmark, identity, 3, None, checkpoints))
            return problems[-1]

        (choice,) = choose_methods([Asks])
        assert search(choice, TRAINED, 3, new_problem, checkpoints).error is None
        return problems[-1]

    searched(Keeps())
    resumed = Keeps()
    resumed.last = pickle.loads(kept[len(kept) // 2])
    problem = searched(resumed)
    assert problem.trace.tolist() == made.ids
    assert (problem.fidelity_trace, problem.cost_trace) == (made.fidelity, made.cost)
    assert problem.rounds.tolist() == made.rounds


def test_a_confined_search_is_the_same(tmp_path: Path, made: RunRecord) -> None:
    with confined.hidden_from_methods(tmp_path):
        try:
            confined._confined()
        except CannotIsolate as error:
            pytest.skip(f"needs user namespaces: {error}")
        there = execute(replace(cell(), strict=True), seed=3).record
        confined._confined().end()
        confined._confined.cache_clear()
    assert there == made


def test_by_isomorphism_twins_share_their_trainings(everything_fetched: Path) -> None:
    rules = "multi-fidelity[budget=40,duplicates=by_isomorphism]"
    twins = cell(Asks(few=60), rules, CIFAR10)
    record = execute(twins, seed=1).record
    benchmark = load_benchmark(CIFAR10)
    assert check_record(record, twins.identity(), benchmark) is None
    classes = benchmark.space.classes(np.array(record.ids))
    pairs = list(zip(classes.tolist(), record.fidelity or [], strict=True))
    assert len(set(pairs)) == len(pairs) > len(set(classes.tolist()))
    assert set(record.cost or []) == {0.06, 1.0}


def test_by_the_seconds_of_the_source_12_epochs_cost_what_is_declared(
    everything_fetched: Path,
) -> None:
    benchmark = load_benchmark(CIFAR10)
    seconds = benchmark.metric("training_seconds.12_epochs").values
    assert benchmark.fidelities is not None
    np.testing.assert_allclose(
        seconds / benchmark.table.training_seconds, benchmark.fidelities.costs[0], rtol=1e-9
    )


@pytest.mark.parametrize("name", [TRAINED, "naap-440/cifar10"])
def test_every_epoch_of_a_training_is_there(name: str, everything_fetched: Path) -> None:
    benchmark = load_benchmark(name)
    known, shorter = benchmark.require_fidelities(), benchmark.shorter_trainings()
    assert len(shorter) == known.full
    assert known.continues
    assert all(values.shape[0] == benchmark.space.size for values in shorter)
    means = [np.nanmean(values) for values in shorter]
    assert means[0] < means[known.full // 2] < benchmark.table.mean_validation.mean()


def refused(**given: Any) -> str:
    with pytest.raises(UserError) as error:
        Experiment(**{"benchmarks": TRAINED, "protocol": "multi-fidelity"} | given)
    return str(error.value)


def test_rules_that_a_method_or_table_cannot_keep_are_one_sentence(tmp_path: Path) -> None:
    said = refused(methods="random-search", benchmarks="nasbenchgraph/proteins")
    assert "nasbenchgraph/proteins has full trainings only" in said
    said = refused(methods="random-search", benchmarks=CIFAR10)
    assert said.endswith("give: nasarena fetch nasbench201-12-epochs")
    said = refused(methods=Asks, protocol="one-run")
    assert "method Asks searches by trainings of several lengths" in said
    seven = execute(cell(AsksForSeven, RULES, TRAINED), 0).record
    assert (seven.stop_reason, seven.fidelity) == ("returned", [7])
    full = execute(cell(AsksForSeven, "one-run[budget=5]", TRAINED), 0).record
    assert "queries answer full trainings only in this run" in (full.error or "")


def test_a_length_that_a_table_lacks_is_one_sentence(everything_fetched: Path) -> None:
    error = execute(cell(AsksForSeven, RULES, CIFAR10), 0).record.error or ""
    assert "there are no trainings of 7 epochs; this benchmark has 12, 200" in error
