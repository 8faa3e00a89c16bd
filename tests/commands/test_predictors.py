"""`nasarena predictors`, as a user meets it."""

import csv
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]

SMALL = ("--benchmarks", "nasbenchgraph/proteins", "--sizes", "20,40", "--seeds", 2)
FILE = "predictor-study.csv"
FIGURE = ["predictors.csv", "predictors.pdf", "predictors.png", "predictors.svg"]

PLUGIN = """
import os, time
import numpy as np

class Slow:
    def __init__(self, space, rng):
        pass

    def fit(self, ids, targets):
        time.sleep(0 if len(ids) == 20 or "IN_NO_TIME" in os.environ else 600)

    def predict(self, ids):
        return np.asarray(ids) % 97

class Lacking(Slow):
    def fit(self, ids, targets):
        import no_such_package.part

class Raises(Slow):
    def fit(self, ids, targets):
        raise RuntimeError("no idea what to fit")
"""


@pytest.fixture
def plugin(tmp_path: Path) -> dict[str, str]:
    """The environment in which a package with predictors of its own is installed."""
    info = tmp_path / "site" / "theirs-1.0.dist-info"
    info.mkdir(parents=True)
    (info.parent / "their_predictors.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    lines = [f"their-{name} = their_predictors:{name}" for name in ("Slow", "Lacking", "Raises")]
    (info / "entry_points.txt").write_text("\n".join(["[nasarena.predictors]", *lines]) + "\n")
    return {"PYTHONPATH": str(info.parent)}


def test_a_table_and_a_figure_and_nothing_measured_twice(nasarena: Command, tmp_path: Path) -> None:
    command = ("predictors", "--predictors", "rid*,small-mlp", *SMALL)
    done = nasarena(*command)
    assert done.returncode == 0, done.stderr
    assert "8 measurements done, in nasarena-results" in done.stderr
    assert "nasbenchgraph/proteins: top 1 % = 21 architectures, 2 seeds" in done.stdout
    assert "tau minus ridge" in done.stdout
    assert "\x1b" not in done.stdout
    figure = tmp_path / "nasarena-predictors"
    assert sorted(path.name for path in figure.iterdir()) == FIGURE

    again = nasarena(*command, "--format", "json", "--out", "other")
    assert "0 measurements done (8 were done before)" in again.stderr
    for name in FIGURE:
        assert (tmp_path / "other" / name).read_bytes() == (figure / name).read_bytes()
    rows = json.loads(again.stdout)
    assert {(row["predictor"], row["labels"], row["seeds"]) for row in rows} == {
        (predictor, labels, 2) for predictor in ("ridge", "small-mlp") for labels in (20, 40)
    }

    part = nasarena("predictors", "--predictors", "ridge", *SMALL, "--format", "csv")
    lines = list(csv.DictReader(part.stdout.splitlines()))
    assert [(line["predictor"], line["labels"], float(line["tau"])) for line in lines] == [
        (row["predictor"], str(row["labels"]), row["tau"])
        for row in rows
        if row["predictor"] == "ridge"
    ], "what was not asked for is kept, and not shown"


def test_a_predictor_that_cannot_be_used_and_one_that_fails(
    nasarena: Command, refused: Callable[..., str], plugin: dict[str, str]
) -> None:
    done = nasarena("predictors", "--predictors", "rid*,their-[LR]*", *SMALL, env=plugin)
    assert done.returncode == 1
    assert "warning: left out: predictor their-Lacking needs no_such_package" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "nasarena: their-Raises failed in 4 of 4 measurements (first on nasbenchgraph/proteins "
        "with 20 labels, seed 0): RuntimeError: no idea what to fit"
    )
    assert "ridge" in done.stdout, "what could be measured is shown"
    assert "their-" not in done.stdout
    said = refused("predictors", "--predictors", "their-Lacking", *SMALL, env=plugin)
    assert said.endswith(
        "predictor their-Lacking needs no_such_package, which is not installed; "
        "run: python -m pip install no_such_package"
    )


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(signal.SIGINT, id="ctrl-c"),
        # Both are also tried with `nasarena run`, which keeps its runs in the same way.
        pytest.param(signal.SIGKILL, id="kill-9", marks=pytest.mark.on_demand),
    ],
)
def test_interrupted_and_completed_is_as_if_never_interrupted(
    nasarena: Command,
    started: Callable[..., subprocess.Popen[str]],
    plugin: dict[str, str],
    tmp_path: Path,
    how: signal.Signals,
) -> None:
    command = ("predictors", "--predictors", "ridge,their-Slow", *SMALL, "--workers", 2)
    process = started(*command, "--results", "mine", env=plugin)
    measured = tmp_path / "mine" / FILE
    deadline = time.monotonic() + 120
    # The first two, with 20 labels, and ridge with 40, while their-Slow sleeps with 40.
    while not measured.exists() or measured.read_text().count("\n") < 4:
        assert process.poll() is None, "it ended before it could be interrupted"
        assert time.monotonic() < deadline, "no measurement reached the disk"
        time.sleep(0.05)
    # Ctrl-C reaches all processes of the terminal's group, kill -9 only the one it is aimed at.
    if how == signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        process.send_signal(how)
    process.wait(timeout=60)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert process.stderr is not None
        assert (
            "finished measurements are kept, give the same command again" in process.stderr.read()
        )
    at_once = plugin | {"IN_NO_TIME": "1"}
    completed = nasarena(*command, "--results", "mine", env=at_once)
    assert completed.returncode == 0, completed.stderr
    assert " done before)" in completed.stderr
    assert nasarena(*command, "--results", "whole", env=at_once).returncode == 0
    assert measured.read_bytes() == (tmp_path / "whole" / FILE).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--benchmarks", "live/*"], "is live: its accuracies are not known"),
        (["--sizes", "50,many"], "as in 50,100,200, not 'many'"),
        (["--labels", "50"], "nasarena predictors has no option --labels; it is called --sizes"),
        (["--workers", "0"], "'--workers'"),
        (["--results", "photos"], "photos is not a results folder"),
        (["--out", "photos/cat.jpg"], "the figure cannot be written to photos/cat.jpg"),
    ],
)
def test_bad_input_is_one_sentence(
    refused: Callable[..., str], tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    assert said in refused("predictors", "--predictors", "ridge", *SMALL, *arguments)


def test_the_help_has_an_example_and_the_defaults(nasarena: Command) -> None:
    shown = nasarena("predictors", "--help").stdout
    assert "Example" in shown
    assert "nasarena predictors --predictors" in shown
    for default in ("50,100,200,400", "nasbench201/cifar10", "nasbenchgraph/citeseer"):
        assert default in shown
