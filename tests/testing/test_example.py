"""The project in examples/own-method, installed in an environment of its own."""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nasarena.suite.gate.baseline import read_baseline

EXAMPLE = Path(__file__).parents[2] / "examples/own-method"
LEFT_OUT = (".nasarena", ".benchmarks", "__pycache__", "*.egg-info")
BEST_PARENT = "best_parent = parents[0]"
SOME_PARENT = "best_parent = parents[-1] if parents[-1][2] else parents[0]"


@dataclass(frozen=True)
class Project:
    """A copy of the example, and the Python of its environment."""

    folder: Path
    python: Path

    def run(self, *arguments: str, ends_with: int) -> str:
        """What a Python module prints, run in the project's folder."""
        outside = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        done = subprocess.run(
            [self.python, "-m", *arguments],
            cwd=self.folder,
            env=outside | {"COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == ends_with, done.stdout + done.stderr
        return done.stdout

    def test(self, ends_with: int) -> str:
        """What its tests print."""
        return self.run("pytest", "-p", "no:cacheprovider", ends_with=ends_with)

    def gate(self, ends_with: int) -> str:
        """The comment for a pull request, from the command of its CI file."""
        line = next(
            line.partition("run: nasarena ")[2]
            for line in (self.folder / ".github/workflows/gate.yml").read_text().splitlines()
            if "run: nasarena gate" in line
        )
        self.run("nasarena.suite", *line.split(), ends_with=ends_with)
        return (self.folder / "gate.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example, installed where the packages of this environment can be imported as well."""
    folder = tmp_path_factory.mktemp("example")
    copy = folder / "own-method"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    environment = folder / "environment"
    venv.create(environment, symlinks=True)
    (packages,) = environment.glob("**/site-packages")
    here = [path for path in sys.path if Path(path).name == "site-packages"]
    lines = [f"import site; site.addsitedir({path!r})" for path in here]
    (packages / "here.pth").write_text("\n".join(lines) + "\n")
    python = environment / "bin/python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--editable", copy], check=True)
    return Project(copy, python)


@pytest.fixture
def regression(project: Project) -> Generator[None]:
    """A regression in the example's search, taken out at the end."""
    search = project.folder / "own_method/search.py"
    text = search.read_text(encoding="utf-8")
    assert BEST_PARENT in text
    search.write_text(text.replace(BEST_PARENT, SOME_PARENT), encoding="utf-8")
    yield
    search.write_text(text, encoding="utf-8")


def test_its_baseline_is_small_and_has_a_hundred_seeds() -> None:
    baseline = EXAMPLE / "baseline"
    assert [path.name for path in baseline.iterdir()] == ["baseline.parquet"]
    assert (baseline / "baseline.parquet").stat().st_size < 200_000
    cells = read_baseline(baseline)
    assert [one.identity.benchmark for one in cells] == [
        "nasbench201/cifar10",
        "nasbench201/cifar100",
        "nasbench201/imagenet16-120",
    ]
    assert {one.count for one in cells} == {100}
    assert max(one.cpu_seconds.mean() for one in cells) < 0.1


def test_it_is_green_as_it_is(project: Project) -> None:
    printed = project.test(ends_with=0)
    assert "OwnMethod: identical. Identical traces: 90 of 90; nothing to test." in printed
    assert "test_speed" in printed
    assert "no regression in 1 method" in project.gate(ends_with=0)


@pytest.mark.usefixtures("regression")
def test_a_regression_turns_it_red_with_a_report(project: Project) -> None:
    printed = project.test(ends_with=1)
    assert "OwnMethod: worse" in printed
    said = " ".join(printed.split())
    assert "more than 1.1 times by ranks counts as a regression" in said
    assert "Its source has changed" in said  # and where it runs on another processor, that, too
    assert "Traceback" not in printed
    comment = project.gate(ends_with=1)
    assert "## Search quality: 1 of 1 method is worse" in comment
    assert "| nasbench201/cifar10 |" in comment


def test_it_is_green_again_without_the_regression(project: Project) -> None:
    assert "OwnMethod: identical." in project.test(ends_with=0)
    assert "no regression in 1 method" in project.gate(ends_with=0)
