"""`nasarena runs`: what is stored, and how it ended."""

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

METHODS = Path(__file__).with_name("methods_for_tests.py")


def test_runs_are_listed_with_their_endings_and_errors(
    nasarena: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    made = nasarena(
        *("run", "--methods", f"{METHODS}:Raises,{METHODS}:SaysTooMuch,{METHODS}:Good"),
        *("--benchmarks", "nasbenchgraph/proteins", "--seeds", 2, "--budget", 20),
        *("--results", "mine"),
    )
    assert made.returncode == 1
    for path in (tmp_path / "mine").glob("**/runs.parquet"):
        stored = "".join(pq.read_table(path)["error"].drop_null().to_pylist())
        assert str(tmp_path) not in stored
        assert str(METHODS.parent) not in stored

    rows = json.loads(nasarena("runs", "mine", "--format", "json").stdout)
    assert [(row["method"], row["seed"]) for row in rows] == [
        (method, seed) for method in ("Good", "Raises", "SaysTooMuch") for seed in (0, 1)
    ]
    good, raises = rows[0], rows[2]
    assert (good["charged"], good["stop_reason"], good["error"]) == (20, "budget", None)
    assert (raises["charged"], raises["found_at"], raises["stop_reason"]) == (1, None, "failed")
    assert raises["error"] == "RuntimeError: no idea what to query"
    assert 'File "methods_for_tests.py", line' in raises["traceback"]

    (line, *more) = csv.DictReader(
        nasarena("runs", "mine", "--failed", "--format", "csv").stdout.splitlines(keepends=True)
    )
    assert (line["method"], line["traceback"]) == ("Raises", raises["traceback"])
    assert len(more) == 3

    shown = nasarena("runs", "mine", "--failed", "--traceback").stdout
    assert "Good" not in shown
    assert "\x1b" not in shown
    assert shown.count("Traceback (most recent call last)") == 2, "the same error is shown once"
    assert "Raises on nasbenchgraph/proteins, seed 0 (and 1 other run): RuntimeError" in shown


def test_where_the_optimum_was_found(
    nasarena: Callable[..., subprocess.CompletedProcess[str]],
    refused: Callable[..., str],
) -> None:
    nasarena(
        *("run", "--methods", "local-search", "--benchmarks", "nasbenchgraph/proteins"),
        *("--seeds", 1, "--budget", 2000),
    )
    (row,) = json.loads(nasarena("runs", "--format", "json").stdout)
    assert row["stop_reason"] == "optimum"
    assert row["found_at"] == row["charged"]
    assert "nowhere does not exist" in refused("runs", "nowhere")
