"""Imports run one way, and what is not used is not loaded."""

import re
import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from importlib.util import find_spec
from pathlib import Path

import grimp
import pytest

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    roots = [f"nasarena.{root}" for root in ("suite", "methods", "baselines", "leaderboard")]
    return grimp.build_graph(*roots, exclude_type_checking_imports=True, cache_dir=None)


def test_imports_run_downwards(tmp_path: Path) -> None:
    """The layers in pyproject.toml, checked by import-linter."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--config", REPOSITORY / "pyproject.toml", "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "1 kept, 0 broken" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_every_module_stands_in_a_layer(graph: grimp.ImportGraph) -> None:
    """A new file that the contract does not name would escape it."""
    config = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = config["tool"]["importlinter"]["contracts"]
    named = {name.strip() for layer in contract["layers"] for name in re.split(r"[|:]", layer)}
    loose = {"nasarena.suite", "nasarena.suite.__main__"}
    for module in graph.modules - loose:
        parts = module.split(".")
        assert any(".".join(parts[:end]) in named for end in (2, 3)), f"{module} is in no layer"


def test_no_modules_import_each_other_in_a_circle(graph: grimp.ImportGraph) -> None:
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other: {error.args[1]}")


@pytest.mark.parametrize(("root", "most"), [("suite", 16), ("leaderboard", 5)])
def test_few_files_lie_loose(root: str, most: int) -> None:
    spec = find_spec(f"nasarena.{root}")
    assert spec is not None
    assert spec.origin is not None
    files = {path.name for path in Path(spec.origin).parent.glob("*.py")}
    assert len(files - {"__init__.py", "__main__.py"}) <= most, sorted(files)


def loaded_by(program: str, names: set[str]) -> set[str]:
    """Which of `names` a fresh interpreter has loaded after `program`."""
    report = f"import sys\n{program}\nprint(*sorted({names!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_listing_methods_loads_no_learning_library_and_no_plotting() -> None:
    program = (
        "from nasarena.suite.methods import method_cards, method_names\n"
        "cards, warnings = method_cards(method_names())\n"
        "assert len(cards) == len(method_names()) and not warnings"
    )
    heavy = {"torch", "xgboost", "lightgbm", "sklearn", "matplotlib", "seaborn"}
    assert loaded_by(program, heavy) == set()


def test_listing_benchmarks_loads_none_of_them() -> None:
    program = (
        "from nasarena.suite.benchmarks.registry import benchmark_names\n"
        "assert len(benchmark_names()) >= 12"
    )
    assert (
        loaded_by(program, {"nasarena.suite.benchmarks.nasbench201", "pyarrow", "pandas"}) == set()
    )


def test_the_command_line_starts_without_heavy_libraries() -> None:
    heavy = {"pandas", "scipy", "pyarrow", "matplotlib", "seaborn", "sklearn", "torch"}
    assert loaded_by("import nasarena.suite.cli", heavy) == set()


def test_the_public_names_are_there() -> None:
    program = (
        "from nasarena import suite\nassert all(hasattr(suite, name) for name in suite.__all__)"
    )
    assert loaded_by(program, {"torch", "matplotlib"}) == set()
