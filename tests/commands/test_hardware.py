"""docs/hardware.md with what it fetches: a limit on latency, and the front of two objectives."""

import json
from pathlib import Path

import pytest

from fetched_fixtures import reopen_all
from nasarena.suite.cli import run_command


def test_fetch_run_and_table(
    published: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NASARENA_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    reopen_all()
    options = ["--benchmarks", "nasbench201/cifar10", "--limit", "latency_ms.edgegpu:5"]
    run = ["run", "--methods", "random-search", *options, "--seeds", "2", "--workers", "1"]
    run += ["--budget", "60", "--results", "fast-enough"]
    table = ["table", "--results", "fast-enough", "--format", "json"]
    try:
        assert run_command(run) == 2
        assert "nasarena fetch" in capsys.readouterr().err
        assert run_command(["fetch", "hw-nas-bench", "--from", str(published)]) == 0
        assert run_command(run) == 0
        capsys.readouterr()
        assert run_command(table) == 0
        (row,) = json.loads(capsys.readouterr().out)
        assert run_command([*table, "--with", "energy_mj.edgegpu"]) == 0
        found = json.loads(capsys.readouterr().out)
    finally:
        monkeypatch.undo()
        reopen_all()
    assert row["protocol"] == "weaknas-paper[budget=60,limit=latency_ms.edgegpu:5]"
    assert row["limit"] == "latency_ms.edgegpu of at most 5 ms"
    assert row["table_sha256"] == found["rows"][0]["table_sha256"]
    assert [one["queries"] for one in found["rows"]] == [50, 60]
    (front,) = found["fronts"]
    assert front["unit"] == "mJ"
    assert front["measured"] == 6_546  # that keep to the limit
