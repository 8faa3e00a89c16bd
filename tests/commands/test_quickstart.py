"""`nasarena quickstart`: from nothing to a page, and nothing of anybody's removed."""

import subprocess
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_it_removes_nothing_that_it_did_not_write(
    nasarena: Command, refused: Callable[..., str], tmp_path: Path
) -> None:
    run = ("run", "--methods", "random-search", "--benchmarks", "nasbenchgraph/proteins")
    nasarena(*run, "--seeds", 1, "--budget", 5, "--results", "mine/results")
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    assert "did not write" in refused("quickstart", "--out", "mine")
    (tmp_path / "mine" / "thesis.tex").unlink()
    assert "did not write" in refused("quickstart", "--out", "mine")
    assert list(tmp_path.glob("mine/results/**/runs.parquet"))
    (tmp_path / "file").write_text("x")
    assert "cannot be made" in refused("quickstart", "--out", "file")


def test_the_main_job(nasarena: Command, tmp_path: Path) -> None:
    done = nasarena("quickstart")
    assert done.returncode == 0, done.stderr
    assert "600 runs done" in done.stderr
    for name in ("cifar10", "cifar100", "imagenet16-120"):
        assert f"nasbench201/{name}: weaknas-paper[budget=300], budget 300, 30 seeds" in done.stdout
    page = tmp_path / "nasarena-quickstart" / "site" / "index.html"
    assert str(page) in done.stdout
    for method in ("random-search", "regularized-evolution", "local-search", "weaknas-lite"):
        assert method in page.read_text(encoding="utf-8")
    # Something of one's own among what it wrote: nothing is removed.
    (tmp_path / "nasarena-quickstart" / "notes.txt").write_text("mine")
    again = nasarena("quickstart")
    assert again.returncode == 2
    assert page.exists()
