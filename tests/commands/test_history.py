"""`nasarena history`: in a repository of its own."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RUN = ("--benchmarks", "nasbenchgraph/proteins", "--seeds", "3", "--budget", "30", "--workers", "1")


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., str]:
    """Runs git in a new repository."""
    environment = os.environ | {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "n"), ("EMAIL", "n@example.org"))
    }

    def run(*arguments: str, date: str = "2026-11-01T10:00:00+02:00") -> str:
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        done = subprocess.run(
            ["git", "-c", "commit.gpgsign=false", *arguments],
            cwd=tmp_path,
            env=environment | dates,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    run("init", "--quiet")
    return run


def test_runs_of_commits_are_added_and_listed(
    nasarena: Any, refused: Any, git: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "code.py").write_text("1\n", encoding="utf-8")
    git("add", "code.py")
    git("commit", "--quiet", "--message", "First\n\nand more")
    first = git("rev-parse", "HEAD")
    assert nasarena("run", "--methods", "random-search", *RUN, "--results", "r").returncode == 0

    added = nasarena("history", "add", "r")
    assert added.returncode == 0, added.stderr
    assert f"1 method x 1 benchmark x 3 seeds of commit {first[:12]}" in added.stdout
    assert "warning" not in added.stderr
    assert (tmp_path / "nasarena-history" / f"{first}.parquet").is_file()
    assert nasarena("history", "add", "r", "--commit", first[:8]).returncode == 0

    git("commit", "--quiet", "--allow-empty", "--message", "Second", date="2026-11-02T00:30:00Z")
    second = git("rev-parse", "HEAD")
    (tmp_path / "code.py").write_text("2\n", encoding="utf-8")
    dirty = nasarena("history", "add", "r")
    assert dirty.returncode == 0
    assert (
        f"warning: the work tree has changes that commit {second[:12]} does not have"
        in dirty.stderr
    )
    assert "other runs" in refused("history", "add", "r", "--subject", "Other")
    assert nasarena("history", "add", "r", "--subject", "[Other]", "--replace").returncode == 0

    listed = json.loads(nasarena("history", "list", "--json").stdout)
    assert [(one["commit"], one["time"], one["subject"]) for one in listed] == [
        (first, "2026-11-01T08:00:00+00:00", "First"),
        (second, "2026-11-02T00:30:00+00:00", "[Other]"),
    ]
    assert [one["runs"] for one in listed] == [3, 3]
    text = nasarena("history", "list").stdout
    assert text.index(first[:12]) < text.index(second[:12])
    assert "[Other]" in text
    unknown = refused("history", "add", "r", "--commit", "1234567")
    assert "git knows no commit 1234567" in unknown
    assert "give --commit and --date" in unknown
    assert "does not exist" in refused("history", "list", "--history", "none")
