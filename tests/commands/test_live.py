"""A live benchmark, searched from the command line: trained, stored, replayed, shown."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("nasbench_pytorch")
pytest.importorskip("mlxtend")

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.live.stored import MEASURED, read_measured

Command = Callable[..., subprocess.CompletedProcess[str]]

BENCHMARK = "live/nasbench101-rotated-mnist"
RUN = ("run", "--benchmarks", BENCHMARK, "--methods", "random-search")


def cell(results: Path, budget: int) -> Path:
    return results / f"weaknas-paper[budget={budget}]" / BENCHMARK / "random-search"


def trained(data: Path) -> int:
    """How many whole lines the cache of trainings has."""
    return sum(path.read_bytes().count(b"\n") for path in data.glob("live/**/*.jsonl"))


def test_a_live_run_is_stored_replayed_and_shown(nasarena: Command, tmp_path: Path) -> None:
    run = (*RUN, "--seeds", 1, "--budget", 2)
    first = nasarena(*run, "--workers", 2, "--results", "one", env={"NASARENA_DATA": "here"})
    assert first.returncode == 0, first.stderr
    assert trained(tmp_path / "here") == 2

    # What was trained is answered from the cache, and the trace is the same.
    nasarena(*run, "--results", "two", env={"NASARENA_DATA": "here"})
    assert trained(tmp_path / "here") == 2
    # Elsewhere it is trained again, by another number of processes: the same bits.
    nasarena(*run, "--workers", 1, "--results", "three", env={"NASARENA_DATA": "elsewhere"})
    assert trained(tmp_path / "elsewhere") == 2
    one, two, three = (cell(tmp_path / name, 2) for name in ("one", "two", "three"))
    runs = (one / "runs.parquet").read_bytes()
    assert runs == (two / "runs.parquet").read_bytes() == (three / "runs.parquet").read_bytes()
    live = load_benchmark(BENCHMARK)
    measured, again = (read_measured(live, folder) for folder in (one, three))
    assert measured.keys() == again.keys()
    assert all(measured[id].same_as(again[id]) for id in measured)

    # The results alone suffice to be shown.
    shown = nasarena(
        "table", "--results", "one", "--format", "json", env={"NASARENA_DATA": "nowhere"}
    )
    (row,) = json.loads(shown.stdout)
    assert row["restricted_mean_samples"] is None
    assert row["found_share"] is None
    assert row["best_validation_regret"] == 0.0  # the only run found the best known
    best = max(measured.values(), key=lambda one: one.validation)
    assert row["test_of_best_validation"] == pytest.approx(best.test)

    site = nasarena("site", "--results", "one", "--out", "page")
    assert site.returncode == 0, site.stderr
    page = (tmp_path / "page" / "index.html").read_text()
    assert "Live benchmarks" in page
    assert "the optimum is not known: regret is from the best known" in page
    assert f"nasarena run --methods random-search --benchmarks {BENCHMARK} --seeds 0:1" in page
    figures = nasarena("figures", "--results", "one", "--out", "figures")
    assert figures.returncode == 2
    assert "all runs are on live benchmarks" in figures.stderr

    # A trace whose measurements are gone is not shown.
    (one / MEASURED).unlink()
    refused = nasarena("table", "--results", "one")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1


def test_an_interrupted_search_keeps_what_was_trained(
    nasarena: Command, started: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    process = started(*RUN, "--seeds", 1, "--budget", 200, env={"NASARENA_DATA": str(data)})
    try:
        deadline = time.monotonic() + 240
        while trained(data) < 2:
            assert process.poll() is None, "it ended before it could be interrupted"
            assert time.monotonic() < deadline, "nothing was trained"
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=240)
    finally:
        process.kill()
    assert process.returncode == 130
    assert said == (
        "nasarena: interrupted; finished runs are kept, give the same command again to continue\n"
    )
    kept = trained(data)
    # The same search to two queries finds both there.
    again = nasarena(*RUN, "--seeds", 1, "--budget", 2, env={"NASARENA_DATA": str(data)})
    assert again.returncode == 0, again.stderr
    assert trained(data) == kept
