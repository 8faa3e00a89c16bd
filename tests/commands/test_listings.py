"""`nasarena methods`, `nasarena benchmarks`, and help: for people and for machines."""

import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_methods_for_machines(nasarena: Command) -> None:
    methods = json.loads(nasarena("methods", "--json").stdout)
    by_name = {method["name"]: method for method in methods}
    assert set(by_name) >= {
        *("local-search", "random-search", "regularized-evolution"),
        *("regularized-evolution-paper", "weaknas", "weaknas-ei", "weaknas-forest"),
        *("weaknas-gbrt", "weaknas-lite"),
    }
    for method in methods:
        assert {"name", "kind", "paper", "parameters", "tuned_on", "available"} <= set(method)
        assert method["kind"] in ("method", "baseline", "contender")
    assert by_name["weaknas"]["parameters"] == {
        **{"initial": None, "batch": 10, "top_n": 100},
        **{"label_mean": None, "label_deviation": None},
        "predictor": "mlp",
    }
    assert [name for name in by_name if by_name[name]["skips_twins"]] == [
        "path-gp",
        "path-gp-proxies",
        "path-net-gp",
    ]
    assert by_name["weaknas-lite"]["tuned_on"] == ["nasbench201/cifar10"]


def test_benchmarks_for_machines(nasarena: Command) -> None:
    benchmarks = json.loads(nasarena("benchmarks", "--json").stdout)
    assert len(benchmarks) == 14
    by_name = {benchmark["name"]: benchmark for benchmark in benchmarks}
    cifar10 = by_name["nasbench201/cifar10"]
    assert cifar10["size"] == 15_625
    assert cifar10["isomorphism_classes"] == 6_466
    assert cifar10["optimum"] == ["333132"]
    assert cifar10["best_validation"] == pytest.approx(91.6067, abs=1e-4)
    assert cifar10["has_test"] is False
    assert cifar10["licence"] == "MIT"
    assert len(by_name["nasbenchgraph/cora"]["optimum"]) == 2
    for benchmark in benchmarks:
        assert len(benchmark["sha256"]) == 64
        assert benchmark["source"]
        assert "arXiv" in benchmark["citation"]


@pytest.mark.parametrize("command", ["methods", "benchmarks"])
def test_listings_for_people(nasarena: Command, command: str) -> None:
    listed = nasarena(command)
    assert listed.returncode == 0
    assert "\x1b" not in listed.stdout, "no colour codes in a pipe"
    for name in ("weaknas-lite",) if command == "methods" else ("nasbenchgraph/cora", "15,625"):
        assert name in listed.stdout


@pytest.mark.parametrize(
    "command",
    [
        *("quickstart", "run", "table", "compare", "site", "figures", "predictors", "methods"),
        "proxies",
        *("benchmarks", "runs", "schema", "train-table", "fetch"),
        *("import table", "import nasbench101", "import natsbench"),
    ],
)
def test_every_command_has_help_with_an_example(nasarena: Command, command: str) -> None:
    shown = nasarena(*command.split(), "--help", env={"COLUMNS": "80"})
    assert shown.returncode == 0
    assert "Example" in shown.stdout
    assert f"nasarena {command}" in shown.stdout
    _, _, examples = shown.stdout.partition("Example")
    assert all(len(line) <= 80 for line in examples.splitlines())


def test_the_list_of_commands_is_not_cut_off(nasarena: Command) -> None:
    for command in ([], ["import"]):
        assert "..." not in nasarena(*command, "--help", env={"COLUMNS": "80"}).stdout.replace(
            "[ARGS]...", ""
        )


def test_a_broken_plug_in_is_a_warning(nasarena: Command, tmp_path: Path) -> None:
    plugin = tmp_path / "site" / "broken-1.0.dist-info"
    plugin.mkdir(parents=True)
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (plugin / "entry_points.txt").write_text(
        "[nasarena.methods]\nbroken = broken_module:Broken\n"
        "[nasarena.benchmarks]\nbroken/table = broken_module:table\n"
    )
    env = {"PYTHONPATH": str(tmp_path / "site")}
    for command in ("methods", "benchmarks"):
        listed = nasarena(command, env=env)
        assert listed.returncode == 0
        assert listed.stderr.count("warning") == 1
        assert "cannot be loaded: ModuleNotFoundError" in listed.stderr
    used = nasarena("run", "--methods", "broken", "--benchmarks", "nasbench201/*", env=env)
    assert used.returncode == 2
    assert "cannot be loaded" in used.stderr
    others = nasarena(
        *(
            "run",
            "--methods",
            "random-search,brok*,local-*",
            "--benchmarks",
            "nasbenchgraph/proteins",
        ),
        *("--seeds", 1, "--budget", 5),
        env=env,
    )
    assert others.returncode == 2, "nothing that brok* matches can be run"
    assert "no method that 'brok*' matches can be run" in others.stderr
    some = nasarena(
        *("run", "--methods", "*r*-search", "--benchmarks", "nasbenchgraph/proteins"),
        *("--seeds", 1, "--budget", 5),
        env=env,
    )
    assert some.returncode == 0


def test_a_pattern_leaves_out_what_cannot_be_loaded(nasarena: Command, tmp_path: Path) -> None:
    plugin = tmp_path / "site" / "broken-1.0.dist-info"
    plugin.mkdir(parents=True)
    (plugin / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (plugin / "entry_points.txt").write_text(
        "[nasarena.methods]\nrandom-broken = broken_module:Broken\n"
    )
    done = nasarena(
        *("run", "--methods", "random-*", "--benchmarks", "nasbenchgraph/proteins"),
        *("--seeds", 1, "--budget", 5),
        env={"PYTHONPATH": str(tmp_path / "site")},
    )
    assert done.returncode == 0
    assert "warning: method 'random-broken'" in done.stderr
    assert "1 run done" in done.stderr


def test_brackets_in_a_listing_are_brackets(nasarena: Command, tmp_path: Path) -> None:
    package = tmp_path / "site"
    (package / "lacking-1.0.dist-info").mkdir(parents=True)
    (package / "lacking-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: lacking\nVersion: 1.0\n"
    )
    (package / "lacking-1.0.dist-info" / "entry_points.txt").write_text(
        "[nasarena.methods]\nlacking = lacking:Lacking\n"
    )
    (package / "lacking.py").write_text(
        'class Lacking:\n    """Shows [bold] words."""\n\n    requires = ("no_such",)\n'
        "    def search(self, problem, rng):\n        pass\n"
    )
    shown = nasarena("methods", env={"PYTHONPATH": str(package)}).stdout
    assert "[bold]" in shown
    assert "no_such" in shown


def test_a_method_that_lacks_a_package_names_the_command(nasarena: Command, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "class Mine:\n    requires = ('no_such_package',)\n"
        "    def search(self, problem, rng):\n        pass\n"
    )
    done = nasarena("run", "--methods", "mine.py:Mine", "--benchmarks", "nasbenchgraph/proteins")
    assert done.returncode == 2
    assert "needs no_such_package" in done.stderr
    assert "run: python -m pip install no_such_package" in done.stderr


@pytest.mark.parametrize("width", [80, 120])
def test_one_long_name_leaves_the_listing_readable(width: int) -> None:
    from rich.console import Console

    from nasarena.suite.commands.benchmarks import listing

    accuracy = {"name": "accuracy", "unit": "%", "direction": "max"}
    loss = {"name": "validation_loss", "unit": "nats", "direction": "min"}
    facts = [
        {
            **{"name": name, "size": 423_624, "isomorphism_classes": 423_624, "licence": "CC0"},
            **{"optimum": ["x" * 300], "optimum_known": True, "has_test": True},
            **{"best_validation": 1234.5, "objective": objective},
        }
        for name, objective in [
            (f"{'a' * 100}/{'b' * 100}", loss),
            ("live/nasbench101-rotated-mnist", accuracy),
        ]
    ]
    shown = io.StringIO()
    Console(file=shown, width=width).print(listing(facts, width))
    lines = shown.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    (short,) = (line for line in lines if "live/nasbench101-rotated-mnist" in line)
    assert "423,624" in short
    assert "1234.5000 %" in short
    assert shown.getvalue().count("a") >= 100, "a name is cut nowhere"
    assert len(lines) < 20
