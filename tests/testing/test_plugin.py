"""The pytest plug-in, in sessions of a small project of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nasarena.suite.gate.baseline import read_baseline

pytestmark = pytest.mark.usefixtures("measured_processes")

SEARCH = Path(__file__).parents[2] / "examples/own-method/own_method/search.py"
BEST_PARENT = "rng.random() < self.explore"

GATES = """
import pytest
from my_search import OwnMethod

RULES = {"benchmarks": "nasbenchgraph/proteins", "seeds": 8, "budget": 80, "workers": 1}


@pytest.mark.parametrize("explore", [0.1, 0.3])
def test_gate(nasarena_run, nasarena_gate, explore):
    nasarena_gate(nasarena_run(OwnMethod(explore), **RULES), "baseline", baseline_seeds=20)
"""

RUNS = """
from my_search import OwnMethod


class Broken:
    def search(self, problem, rng):
        raise ValueError("not written yet")


def test_runs(nasarena_run):
    runs = nasarena_run("my_search:OwnMethod", "nasbenchgraph/proteins", 8, 80)
    assert runs.method == "OwnMethod"
    assert runs.samples["nasbenchgraph/proteins"].shape == (8,)
    assert runs.frame()["seed"].tolist() == list(range(8))
    assert (runs.folder / "nasarena-results.json").is_file()


def test_failures(nasarena_run):
    runs = nasarena_run(Broken, "nasbenchgraph/proteins", seeds=1, budget=10)
    assert "not written yet" in runs.failures[0]


def test_speed(nasarena_run, benchmark):
    nasarena_run(OwnMethod, "nasbenchgraph/proteins", 8, 80, benchmark=benchmark)
"""

BAD_INPUT = """
from my_search import OwnMethod

PROTEINS = "nasbenchgraph/proteins"


def test_no_baseline(nasarena_run, nasarena_gate):
    nasarena_gate(nasarena_run("random-search", PROTEINS, 2, 20, workers=1), "nowhere")


def test_truncated(nasarena_run, nasarena_gate):
    nasarena_gate(nasarena_run("random-search", PROTEINS, 2, 20, workers=1), "truncated")


def test_other_method(nasarena_run, nasarena_gate):
    nasarena_gate(nasarena_run("random-search", PROTEINS, 2, 20, workers=1), "baseline")


def test_other_budget(nasarena_run, nasarena_gate):
    nasarena_gate(nasarena_run(OwnMethod, PROTEINS, 2, 20, workers=1), "baseline")


def test_alpha(nasarena_run, nasarena_gate):
    nasarena_gate(nasarena_run("random-search", PROTEINS, 2, 20, workers=1), "baseline", alpha=5)


def test_two_methods(nasarena_run):
    nasarena_run("random-search,local-search", PROTEINS, 2, 20, workers=1)


def test_unknown_benchmark(nasarena_run):
    nasarena_run("random-search", "nasbenchgraph/protein", 2, 20)


def test_benchmark_by_name(nasarena_run):
    nasarena_run("random-search", PROTEINS, 2, 20, benchmark=PROTEINS)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a method and its gate, beside packages named as parts of nasarena."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("methods", "suite"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"raise ImportError('the decoy {name}')\n")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    (folder / "my_search.py").write_text(SEARCH.read_text(encoding="utf-8"))
    tests = folder / "tests"
    tests.mkdir()
    (tests / "test_gates.py").write_text(GATES)
    (tests / "test_runs.py").write_text(RUNS)
    (tests / "test_bad_input.py").write_text(BAD_INPUT)
    return folder


def session(folder: Path, *arguments: str, ends_with: int = 0) -> str:
    """What a session of pytest in a folder prints."""
    outside = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        env=outside | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ends_with, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def updated(project: Path) -> str:
    """A session on two workers that write one baseline."""
    return session(project, "-n", "2", "--nasarena-update", "tests/test_gates.py")


@pytest.fixture(scope="module")
def unchanged(project: Path, updated: str) -> str:
    """A second session, of the same code; the first one's runs stay as they are."""
    before = kept(project)
    printed = session(project, "tests/test_gates.py")
    assert kept(project) == before
    return printed


@pytest.fixture(scope="module")
def planted(project: Path, unchanged: str) -> str:
    """A session in which one method does not use its best parent, and input is bad."""
    search = project / "my_search.py"
    text = search.read_text(encoding="utf-8")
    (project / "truncated").mkdir()
    whole = (project / "baseline/baseline.parquet").read_bytes()
    (project / "truncated/baseline.parquet").write_bytes(whole[:-100])
    search.write_text(
        text.replace(BEST_PARENT, f"self.explore == 0.1 or {BEST_PARENT}"), encoding="utf-8"
    )
    try:
        return session(project, "tests/test_gates.py", "tests/test_bad_input.py", ends_with=1)
    finally:
        search.write_text(text, encoding="utf-8")


def between(text: str, start: str, end: str) -> str:
    """What stands in a text after its first `start` and before the next `end`."""
    return text.partition(start)[2].partition(end)[0]


def kept(project: Path) -> dict[str, int]:
    """When the files of kept runs were written."""
    files = (project / ".nasarena/runs").rglob("*.parquet")
    return {str(path): path.stat().st_mtime_ns for path in files}


def test_an_update_on_two_workers_writes_one_baseline(project: Path, updated: str) -> None:
    cells = read_baseline(project / "baseline")
    assert {one.identity.method: one.count for one in cells} == {
        "OwnMethod": 20,
        "OwnMethod[explore=0.3]": 20,
    }
    written = re.findall(r"^tests/\S+: wrote baseline/baseline.parquet: (\S+),", updated, re.M)
    assert sorted(written) == ["OwnMethod", "OwnMethod[explore=0.3]"]


def test_unchanged_code_passes_and_the_summary_says_so(unchanged: str) -> None:
    for method in ("OwnMethod", "OwnMethod[explore=0.3]"):
        assert f"]: {method}: identical. Identical traces: 8 of 8" in unchanged


def test_what_is_kept_is_for_this_machine_alone(project: Path, unchanged: str) -> None:
    assert (project / ".nasarena/.gitignore").read_text() == "*\n"


def test_a_regression_fails_with_the_report_alone(planted: str) -> None:
    failure = between(planted, "test_gate[0.1] ____", "\n____")
    assert "OwnMethod: worse\n" in failure
    assert "more than 1.1 times by ranks counts as a regression" in " ".join(failure.split())
    assert "nasbenchgraph/proteins" in failure
    assert ".py:" not in failure
    assert "test_gate[0.1]: OwnMethod: worse. It needs " in planted
    assert "FAILED tests/test_gates.py::test_gate[0.1] - Failed: OwnMethod: worse" in planted


def test_the_other_method_passes_as_its_source_alone_has_changed(planted: str) -> None:
    assert "FAILED tests/test_gates.py::test_gate[0.3]" not in planted
    assert "test_gate[0.3]: OwnMethod[explore=0.3]: " in planted


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        (
            "no_baseline",
            "there is no baseline nowhere/baseline.parquet; write it with pytest "
            "--nasarena-update and add it to git",
        ),
        ("truncated", "or delete it and write it again with pytest --nasarena-update"),
        ("other_method", "the baseline baseline has no runs of random-search (known: "),
        ("other_budget", "with protocol weaknas-paper[budget=20], the baseline with"),
        ("alpha", "alpha is 5; give a chance between 0 and 1, as 0.01"),
        ("two_methods", "nasarena_run runs one method, and 'random-search,local-search' stands"),
        ("unknown_benchmark", "did you mean 'nasbenchgraph/proteins'?"),
        ("benchmark_by_name", "is not pytest-benchmark's fixture; give names of benchmarks as"),
    ],
)
def test_bad_input_fails_with_a_sentence(planted: str, test: str, sentence: str) -> None:
    (failure,) = re.findall(rf"_ test_{test} _+\n(.*?)\n(?:_____|=====)", planted, re.DOTALL)
    assert sentence in failure
    assert len(failure.splitlines()) == 1


def test_runs_tell_samples_and_the_speed_is_a_row_of_pytest_benchmark(
    project: Path, updated: str
) -> None:
    session(project, "tests/test_runs.py", "--benchmark-json", "speed.json")
    (row,) = json.loads((project / "speed.json").read_text())["benchmarks"]
    assert row["name"] == "test_speed"
    told = row["extra_info"]
    assert told["method"] == "OwnMethod"
    assert told["seeds"] == 8
    assert 1 <= told["samples"]["nasbenchgraph/proteins"] <= 80
    assert 0 <= told["found"]["nasbenchgraph/proteins"] <= 1


def test_the_plug_in_imports_nothing_but_pytest() -> None:
    program = (
        "import sys, pytest\nbefore = set(sys.modules)\nimport nasarena.suite.testing.plugin\n"
        "print(*sorted(sys.modules.keys() - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        "nasarena",
        "nasarena.suite",
        "nasarena.suite.testing",
        "nasarena.suite.testing.plugin",
    ]
