"""Imports run one way, and what is not used is not loaded."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGES = ("suite", "methods", "baselines", "leaderboard")
MAY_IMPORT = {
    "suite": {"suite"},
    "methods": {"methods", "suite"},
    "baselines": {"baselines", "suite"},
    "leaderboard": {"leaderboard", "suite"},
}


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def imports_of(path: Path) -> Iterator[str]:
    """The top-level packages of everything a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert node.module is not None
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
            for argument in node.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value).partition(".")[0]


def files_of(package: str) -> list[Path]:
    return sorted(folder_of(package).rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_one_way(package: str) -> None:
    files = files_of(package)
    assert files
    commands = folder_of("suite") / "commands"
    for path in files:
        allowed = MAY_IMPORT[package] | ({"leaderboard"} if commands in path.parents else set())
        wrong = set(imports_of(path)) & set(PACKAGES) - allowed
        assert not wrong, f"{path} imports {', '.join(sorted(wrong))}"


def loaded_by(program: str, names: set[str]) -> set[str]:
    """Which of `names` a fresh interpreter has loaded after `program`."""
    report = f"import sys\n{program}\nprint(*sorted({names!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_listing_methods_loads_no_learning_library_and_no_plotting() -> None:
    program = (
        "from suite.methods import method_cards, method_names\n"
        "cards, warnings = method_cards(method_names())\n"
        "assert len(cards) == len(method_names()) and not warnings"
    )
    heavy = {"torch", "xgboost", "lightgbm", "sklearn", "matplotlib", "seaborn"}
    assert loaded_by(program, heavy) == set()


def test_listing_benchmarks_loads_none_of_them() -> None:
    program = "from suite.benchmarks import benchmark_names\nassert len(benchmark_names()) >= 12"
    assert loaded_by(program, {"suite.tables.nasbench201", "pyarrow", "pandas"}) == set()


def test_the_command_line_starts_without_heavy_libraries() -> None:
    heavy = {"pandas", "scipy", "pyarrow", "matplotlib", "seaborn", "sklearn", "torch"}
    assert loaded_by("import suite.cli", heavy) == set()


def test_the_public_names_are_there() -> None:
    program = "import suite\nassert all(hasattr(suite, name) for name in suite.__all__)"
    assert loaded_by(program, {"torch", "matplotlib"}) == set()
