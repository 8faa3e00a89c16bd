"""A benchmark whose objective is no accuracy: every command shows it by its name and unit."""

import json
import re
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from nasarena.suite import load_benchmark, load_runs, load_trace
from page_text import text_of

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASARENA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NASARENA_CACHE", str(tmp_path / "cache"))


def test_a_minimised_loss_from_its_file_to_its_page(nasarena: Command, tmp_path: Path) -> None:
    lines = ["depth,width,act,val_loss,test_loss"]
    for row, (depth, width, act) in enumerate(product(range(4), range(4), "xyz")):
        loss = 0.25 + (depth - 1) ** 2 / 8 + width / 64 + (row * 7 % 11) / 512
        lines.append(f"{depth},{width},{act},{loss},{2 * loss}")
    (tmp_path / "loss.csv").write_text("\n".join(lines))
    made = nasarena(
        *("import", "table", "loss.csv", "--space", "choices", "--name", "mine/loss"),
        *("--minimize", "--unit", "nats"),
    )
    assert made.returncode == 0, made.stderr
    run = ("run", "--benchmarks", "mine/loss", "--budget", 30, "--seeds", 3, "--workers", 1)
    methods = ("--methods", "random-search,local-search,weaknas-lite")
    assert nasarena(*run, *methods, "--protocol", "one-run").returncode == 0

    rows = json.loads(nasarena("table", "--format", "json").stdout)
    assert len(rows) == 3
    smallest, largest = 0.25, 0.25 + 0.5 + 3 / 64 + 10 / 512
    for row in rows:
        assert (row["objective"], row["unit"]) == ("val_loss", "nats")
        assert 0 <= row["best_validation_regret"] < largest - smallest
        assert 2 * smallest <= row["oracle_test"] <= row["test_of_best_validation"] < 2 * largest
    assert min(row["best_validation_regret"] for row in rows) < 0.05
    assert "objective val_loss, regret in nats" in nasarena("table").stdout
    assert "regret (nats)" in nasarena("compare", "random-search", "local-search").stdout

    # From Python, too, values are as they were measured.
    known = load_benchmark("mine/loss").look_up(0)
    assert known["validation"] > 0
    assert known["test"] == pytest.approx(2 * known["validation"])
    runs = load_runs(tmp_path / "nasarena-results")
    assert (runs["test"] > 0).all()
    trace = load_trace(tmp_path / "nasarena-results", "random-search", "mine/loss", seed=0)
    assert (trace["validation"] >= smallest).all()
    assert trace["label"].tolist() == trace["validation"].tolist()

    assert nasarena("site", "--out", "page").returncode == 0
    (page,) = (tmp_path / "page").glob("*/*mine*loss*.html")
    text = text_of(page.read_text(encoding="utf-8"))
    assert re.search(r"best val_loss\s+0\.2\d+ nats", text)
    assert "The objective is val_loss in nats; lower is better. Regret in nats." in text
    assert "regret (nats)" in text
    assert "accurac" not in text
    assert " points" not in text
