"""`nasarena run`: what is run, under which name, and what is kept."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
METHODS = Path(__file__).with_name("methods_for_tests.py")


def _rows(nasarena: Command, results: str = "nasarena-results") -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(
        nasarena("table", "--results", results, "--format", "json").stdout
    )
    return rows


def test_patterns_seeds_and_parameters(nasarena: Command) -> None:
    done = nasarena(
        *("run", "--methods", "random-*,weaknas-lite[batch=7,top_n=30,steps=20]"),
        *("--benchmarks", "nasbenchgraph/p*", "--seeds", "100:102", "--budget", 20),
    )
    assert done.returncode == 0, done.stderr
    rows = _rows(nasarena)
    assert {row["benchmark"] for row in rows} == {
        f"nasbenchgraph/{name}" for name in ("photo", "physics", "proteins", "pubmed")
    }
    # Parameters in alphabetical order; top_n=30 is the default, and none.
    assert {row["method"] for row in rows} == {"random-search", "weaknas-lite[batch=7,steps=20]"}
    assert {row["protocol"] for row in rows} == {"weaknas-paper[budget=20]"}
    assert {row["seeds"] for row in rows} == {2}


def test_an_experiment_file_and_flags_before_it(nasarena: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'methods = ["random-search"]\nbenchmarks = ["nasbenchgraph/proteins"]\n'
        'seeds = 3\nbudget = 10\nlabels = "one_run"\nresults = "mine"\n'
    )
    assert nasarena("run", "--experiment", "mine.toml").returncode == 0
    assert nasarena("run", "--experiment", "mine.toml", "--budget", 12).returncode == 0
    assert {(row["protocol"], row["budget"]) for row in _rows(nasarena, "mine")} == {
        ("weaknas-paper[budget=10,labels=one_run]", 10),
        ("weaknas-paper[budget=12,labels=one_run]", 12),
    }


def test_a_budget_above_the_space_is_the_space(nasarena: Command) -> None:
    command = ("--methods", "random-search", "--benchmarks", "nasbenchgraph/proteins")
    rules = ("--seeds", 2, "--budget", 99999, "--stop", "budget")
    assert nasarena("run", *command, *rules).returncode == 0
    (row,) = _rows(nasarena)
    assert (row["budget"], row["stop_reasons"], row["found_share"]) == (2021, {"budget": 2}, 1.0)


def test_twins_are_free_by_isomorphism(nasarena: Command) -> None:
    done = nasarena(
        *("run", "--methods", f"{METHODS}:Good", "--benchmarks", "nasbench201/cifar10"),
        *("--seeds", 1, "--budget", 99999, "--stop", "budget", "--duplicates", "by_isomorphism"),
    )
    assert done.returncode == 0, done.stderr
    (row,) = _rows(nasarena)
    assert (row["budget"], row["found_share"]) == (6466, 1.0)


def test_what_is_there_is_not_run_again(nasarena: Command) -> None:
    command = ("run", "--methods", "random-search", "--benchmarks", "nasbenchgraph/proteins")
    assert "3 runs done, in" in nasarena(*command, "--seeds", 3, "--budget", 9).stderr
    assert (
        "2 runs done (3 were done before)" in nasarena(*command, "--seeds", 5, "--budget", 9).stderr
    )


def test_a_method_that_swallows_the_end_has_ended_as_the_harness_says(nasarena: Command) -> None:
    done = nasarena(
        *("run", "--methods", f"{METHODS}:SwallowsTheEnd"),
        *("--benchmarks", "nasbenchgraph/proteins", "--seeds", 1, "--budget", 9999),
    )
    assert done.returncode == 0, done.stderr
    (row,) = _rows(nasarena)
    assert row["stop_reasons"] == {"optimum": 1}


def test_a_dry_run_runs_nothing(nasarena: Command, tmp_path: Path) -> None:
    done = nasarena(
        *("run", "--methods", f"random-search,{METHODS}:Good", "--benchmarks", "nasbench201/*"),
        *("--dry-run", "--budget", 300),
    )
    assert done.returncode == 0
    assert (
        "600 runs (2 methods x 3 benchmarks x 100 seeds, weaknas-paper[budget=300])" in done.stdout
    )
    assert "MB on disk" in done.stdout
    assert "Good" in done.stdout, "a method that states no cost is said to"
    assert list(tmp_path.iterdir()) == []
    command = ("run", "--methods", "random-search", "--benchmarks", "nasbenchgraph/proteins")
    nasarena(*command, "--seeds", 3, "--budget", 9)
    again = nasarena(*command, "--seeds", 5, "--budget", 9, "--dry-run")
    assert "weaknas-paper[budget=9]), 3 of them done before: at most about 3" in again.stdout


def test_another_source_under_the_same_version_is_said(nasarena: Command, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(METHODS.read_text())
    command = ("run", "--methods", "mine.py:Good", "--benchmarks", "nasbenchgraph/proteins")
    assert "warning" not in nasarena(*command, "--seeds", 1, "--budget", 9).stderr
    file.write_text(METHODS.read_text() + "\n# changed\n\nOTHER = 3\n")
    assert "warning" not in nasarena(*command, "--seeds", 2, "--budget", 9).stderr
    file.write_text(METHODS.read_text().replace("range(problem", "range(0, problem"))
    said = nasarena(*command, "--seeds", 3, "--budget", 9).stderr
    assert "warning: the source of Good has changed" in said
    file.write_text(
        METHODS.read_text().replace('in order."""', 'in order."""\n\n    version = "2"')
    )
    refused = nasarena(*command, "--seeds", 2, "--budget", 9)
    assert refused.returncode == 2
    assert "holds runs with method_version 1, the new ones would have 2" in refused.stderr


def test_a_class_of_an_importable_module_runs_in_several_processes(
    nasarena: Command, tmp_path: Path
) -> None:
    package = tmp_path / "installed" / "their_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "searches.py").write_text(METHODS.read_text())
    options = ("--benchmarks", "nasbenchgraph/proteins,nasbenchgraph/cora", "--budget", 9)
    command = ("run", "--methods", "their_package.searches:Good", *options, "--seeds", 4)
    done = nasarena(*command, "--workers", 2, env={"PYTHONPATH": str(package.parent)})
    assert done.returncode == 0, done.stderr
    assert "8 runs done" in done.stderr
    refused = nasarena(*command)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert "there is no module their_package to take the method Good from" in refused.stderr


def test_runs_of_a_changed_method_are_marked_and_made_anew_with_fresh(
    nasarena: Command, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(METHODS.read_text())
    command = ("run", "--methods", "mine.py:Good", "--benchmarks", "nasbenchgraph/proteins")
    nasarena(*command, "--seeds", 2, "--budget", 9)
    file.write_text(METHODS.read_text().replace("range(problem", "range(1, problem"))
    said = nasarena(*command, "--seeds", 3, "--budget", 9).stderr
    assert "make them again with --fresh" in said
    assert "source code changed between runs" in nasarena("table", "--format", "markdown").stdout
    refused = nasarena(*command, "--seeds", 2, "--budget", 9, "--fresh")
    assert refused.returncode == 2
    assert "--seeds leaves out 1 of them (seed 2, for example)" in refused.stderr
    assert "3 runs done" in nasarena(*command, "--seeds", 3, "--budget", 9, "--fresh").stderr
    assert "source code changed" not in nasarena("table", "--format", "markdown").stdout
    (runs,) = (tmp_path / "nasarena-results").glob("**/runs.parquet*")
    assert pq.read_table(runs)["ids"].to_pylist() == [list(range(1, 10))] * 3
    assert "warning" not in nasarena(*command, "--seeds", 3, "--budget", 9).stderr
    # A raised version is another method: the old runs are in its place until they are replaced.
    file.write_text(
        METHODS.read_text().replace('in order."""', 'in order."""\n\n    version = "2"')
    )
    assert nasarena(*command, "--seeds", 3, "--budget", 9).returncode == 2
    assert nasarena(*command, "--seeds", 3, "--budget", 9, "--fresh").returncode == 0


def test_digests_from_before_they_were_by_definition_are_said_once(
    nasarena: Command, tmp_path: Path
) -> None:
    """They were of whole modules: that another is computed now means nothing."""
    command = ("run", "--methods", "random-search,local-search", "--budget", 9, "--benchmarks")
    benchmarks = "nasbenchgraph/proteins,nasbenchgraph/photo"
    assert nasarena(*command, benchmarks, "--seeds", 1).returncode == 0
    for path in (tmp_path / "nasarena-results").glob("**/photo/*/executions.parquet"):
        table = pq.read_table(path)
        at = table.schema.get_field_index("source_digest")
        old = pa.array(["0123456789abcdef" * 4] * table.num_rows)
        pq.write_table(table.set_column(at, table.schema.field(at), old), path)
    said = nasarena(*command, benchmarks, "--seeds", 2).stderr
    assert said.count("warning") == 1
    assert "warning: 2 of 4 cells have runs recorded before digests were by definition" in said


@pytest.mark.parametrize("workers", [1, 2])
def test_a_progress_bar_is_no_output(nasarena: Command, workers: int) -> None:
    done = nasarena(
        *("run", "--methods", "random-search", "--benchmarks", "nasbenchgraph/proteins"),
        *("--seeds", 2, "--budget", 9, "--workers", workers),
    )
    assert done.stdout == ""
    assert done.stderr == "2 runs done, in nasarena-results\n"
