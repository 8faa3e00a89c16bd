"""Same identity, same trace: any number of workers, any order, any process, resumed or not."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from brief_methods import brief
from brief_seminas import BriefSemiNAS
from nasarena.suite.methods import method_card, method_names
from nasarena.suite.runs.experiment import Experiment
from nasarena.suite.runs.runner import run_cells
from scored_methods import lacking
from several_lengths import by_several_lengths

# What it runs is measured in the tests of each method; measured, it takes half as long again.
pytestmark = pytest.mark.no_cover

# Budgets with which every method meets its predictor at least twice, and ends within seconds.
BUDGETS = {
    "weaknas": 20,
    "weaknas-forest": 20,
    "weaknas-ei": 15,
    "gbdt-nas-released": 1005,
    "botorch": 16,
    "smac": 12,
}
SEEDS = (0, 1)
# Minutes to hours until they meet their predictor: the same searches as brp-nas and seminas, which
# are tried here, with longer training (tests/baselines).
TOO_LONG = {"brp-nas-released", "seminas-released"}
# The same search as proxy-params, also by scores that this benchmark lacks.
OTHER_SCORES = lacking() | {"proxy", "proxy-ensemble"}

# They need trainings of several lengths.
BY_LENGTHS, TRAINED = by_several_lengths(), "nasbench101-5/rotated-mnist"

# Also completed after a kill, in new processes; that is the runner's work, whatever the method.
KILLED = {
    "gbdt-nas",
    "hyperband",
    "local-search",
    "nsga2",
    "path-gp",
    "random-search",
    "weaknas-lite",
}
# Of the same records, tables are the same whatever the method: those of one are printed.
ITS_TABLE = "weaknas-lite"


def _experiment(name: str, results: Path) -> Experiment:
    return Experiment(
        methods=BriefSemiNAS if name == "seminas" else brief(name),
        benchmarks=TRAINED if name in BY_LENGTHS else "nasbenchgraph/proteins",
        protocol="multi-fidelity" if name in BY_LENGTHS else "one-run",
        budget=BUDGETS.get(name, 30),
        results=results,
    )


def _run(name: str, results: Path, seeds: Sequence[int], workers: int) -> None:
    experiment = _experiment(name, results)
    report = run_cells(experiment.cells(), seeds, results, workers)
    assert (report.failures, report.warnings) == ([], [])


def _runs(results: Path) -> bytes:
    (file,) = results.glob("**/runs.parquet")
    return file.read_bytes()


def _table(results: Path) -> str:
    program = Path(sys.executable).with_name("nasarena")
    command = [program, "table", "--results", results, "--format", "json"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _killed_half_way(name: str, results: Path) -> None:
    """Run the command in a process of its own, killed as soon as a run is on the disk."""
    experiment = _experiment(name, results)
    process = subprocess.Popen(
        [
            *(Path(sys.executable).with_name("nasarena"), "run", "--methods", experiment.methods),
            *("--benchmarks", experiment.benchmarks, "--protocol", experiment.protocol),
            *("--budget", str(experiment.budget), "--seeds", str(len(SEEDS))),
            *("--workers", "1", "--results", results),
        ],
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not list(results.glob("**/runs.parquet")):
        time.sleep(0.02)
    process.kill()
    process.wait()


@pytest.mark.parametrize("name", sorted(set(method_names()) - TOO_LONG - OTHER_SCORES))
def test_every_method_is_a_pure_function_of_its_identity(name: str, tmp_path: Path) -> None:
    if method_card(name).missing:
        pytest.skip(f"{name} needs {method_card(name).missing}, which is not installed")
    _run(name, tmp_path / "one", SEEDS, workers=1)
    # Two workers, seeds in reverse order; each of the runs in a process where another or none
    # ran before.
    _run(name, tmp_path / "two", SEEDS[::-1], workers=2)
    assert _runs(tmp_path / "one") == _runs(tmp_path / "two")
    if name in KILLED:
        _killed_half_way(name, tmp_path / "killed")
        _run(name, tmp_path / "killed", SEEDS, workers=2)
        assert _runs(tmp_path / "one") == _runs(tmp_path / "killed")
    if name == ITS_TABLE:
        tables = {_table(tmp_path / part) for part in ("one", "two", "killed")}
        assert len(tables) == 1


def test_a_method_that_imports_torch_while_it_searches_is_seeded_all_the_same(
    tmp_path: Path,
) -> None:
    pytest.importorskip("torch")
    file = tmp_path / "draws.py"
    file.write_text(
        "class DrawsWithTorch:\n"
        "    def search(self, problem, rng):\n"
        "        import torch\n"
        "        while True:\n"
        "            problem.query(int(torch.randint(problem.space.size, ())))\n"
    )
    for part, seeds in (("forth", SEEDS), ("back", SEEDS[::-1])):
        experiment = Experiment(
            methods=f"{file}:DrawsWithTorch",
            benchmarks="nasbenchgraph/proteins",
            protocol="one-run",
            budget=20,
        )
        run_cells(experiment.cells(), seeds, tmp_path / part, workers=1)
    assert _runs(tmp_path / "forth") == _runs(tmp_path / "back")


def _in_a_new_program(methods: str, budget: int, results: Path, hashes: str) -> bytes:
    """The records of a run that a command made whose own sets of texts are in another order."""
    command = [
        *(Path(sys.executable).with_name("nasarena"), "run", "--methods", methods),
        *("--benchmarks", "nasbenchgraph/proteins", "--protocol", "one-run", "--seeds", "1"),
        *("--budget", str(budget), "--workers", "1", "--results", results),
    ]
    variables = os.environ | {"PYTHONHASHSEED": hashes}
    subprocess.run(command, env=variables, capture_output=True, check=True)
    return _runs(results)


def test_sets_of_texts_have_the_same_order_in_every_command(tmp_path: Path) -> None:
    file = tmp_path / "sets.py"
    file.write_text(
        "class InOrderOfASet:\n"
        "    def search(self, problem, rng):\n"
        "        for architecture in {str(number) for number in range(100)}:\n"
        "            problem.query(int(architecture))\n"
    )
    ordered = [
        _in_a_new_program(f"{file}:InOrderOfASet", 20, tmp_path / hashes, hashes)
        for hashes in ("1", "2")
    ]
    assert ordered[0] == ordered[1]


def test_what_smac_asks_for_is_the_same_in_every_command(tmp_path: Path) -> None:
    pytest.importorskip("smac", reason="needs smac")
    # What its forest proposes, after ten of its Sobol sequence, hangs on the order of sets.
    asked = [_in_a_new_program("smac", 20, tmp_path / hashes, hashes) for hashes in ("1", "2")]
    assert asked[0] == asked[1]


def test_what_a_method_draws_when_it_is_built_is_seeded(tmp_path: Path) -> None:
    file = Path(__file__).parent / "commands" / "methods_for_tests.py"
    for part, seeds in (("forth", SEEDS), ("back", SEEDS[::-1])):
        experiment = Experiment(
            methods=f"{file}:DrawsWhenBuilt", benchmarks="nasbenchgraph/proteins", budget=20
        )
        run_cells(experiment.cells(), seeds, tmp_path / part, workers=1)
    assert _runs(tmp_path / "forth") == _runs(tmp_path / "back")


def test_a_smaller_budget_gives_a_prefix(tmp_path: Path) -> None:
    from nasarena.suite.statistics.load_run_sets import load_run_sets

    for budget in (40, 80):
        experiment = Experiment(
            methods="weaknas-lite,regularized-evolution,local-search,random-search",
            benchmarks="nasbenchgraph/proteins",
            protocol="one-run",
            budget=budget,
        )
        run_cells(experiment.cells(), SEEDS, tmp_path / str(budget), workers=2)
    small, large = (load_run_sets([tmp_path / budget]) for budget in ("40", "80"))
    for few, many in zip(small, large, strict=True):
        assert few.identity.method == many.identity.method
        for (_, short), (_, long) in zip(few.traces(), many.traces(), strict=True):
            assert short.tolist() == long[: len(short)].tolist()


def test_methods_meet_the_same_labels_and_the_same_stream() -> None:
    from nasarena.suite.benchmarks.registry import load_benchmark
    from nasarena.suite.observed_labels import observed_labels, random_stream

    benchmark = load_benchmark("nasbench201/cifar10")
    labels = observed_labels(benchmark, "one_run", seed=3)
    assert (labels == observed_labels(benchmark, "one_run", seed=3)).all()
    assert (labels != observed_labels(benchmark, "one_run", seed=4)).mean() > 0.4
    # Each architecture's label is one of its own runs, each run as often as any other.
    table = benchmark.table
    run = (table.validation == labels[:, None]).argmax(axis=1)
    assert (table.validation[range(table.size), run] == labels).all()
    triple = table.runs == 3
    shares = [(run[triple] == which).mean() for which in range(3)]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.03)
    first, second = (random_stream("a/b", 1, purpose).random() for purpose in ("search", "labels"))
    assert first != second
