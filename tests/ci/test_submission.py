"""The workflow for submissions: its steps run here as plain shell, in a board's repository."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ci_files import WORKFLOW, Run, documents, environment_with, run_steps
from submissions import make_submission

FILE = WORKFLOW.with_name("submission.yml")
DEFINITION = documents(FILE.read_text(encoding="utf-8"))[0]
INPUTS = DEFINITION["on"]["workflow_call"]["inputs"]
JOB = DEFINITION["jobs"]["check"]


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_submission(tmp_path_factory.mktemp("submitted") / "theirs").parent


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """The repository of a board, before the pull request."""
    folder = tmp_path / "board"
    folder.mkdir()
    (folder / "README.md").write_text("A board.\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "The board")
    return folder


def check(repository: Path, environment: dict[str, str], **inputs: str) -> Run:
    """Commit what is in the repository, and run the job on that."""
    git(repository, "add", "--force", ".")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "A submission")
    runner = repository.parent / "runner"
    values = {f"inputs.{name}": str(one["default"]) for name, one in INPUTS.items()}
    values |= {f"inputs.{name.replace('_', '-')}": text for name, text in inputs.items()}
    values |= {"runner.temp": str(runner)}
    values |= {f"steps.{name}.outputs.exit-code": "" for name in ("records", "again")}
    return run_steps(JOB["steps"], values, repository, runner, environment)


def test_a_whole_submission_is_green_with_a_preview(
    board: Path, submitted: Path, environment: dict[str, str]
) -> None:
    shutil.copytree(submitted, board / "submissions" / "it's theirs")
    (board / "submissions" / "it's theirs" / "requirements.txt").write_text("some-package==1\n")
    run = check(board, environment, rerun="1", seeds="4", board="submissions/*/results")
    assert run.code == 0, run.printed
    assert "nothing is wrong with it" in run.summary
    assert "rerun: 1 of 1 runs made again are equal" in run.summary
    (page,) = (board.parent / "runner" / "nasarena-preview" / "1" / "method").glob("*.html")
    assert "Draws at random, and climbs from there." in page.read_text(encoding="utf-8")
    notes = Path(environment["NOTES"]).read_text(encoding="utf-8").splitlines()
    assert notes[-2:] == ["-r", "requirements.txt"]


def test_what_is_wrong_is_red_and_its_code_does_not_run(
    board: Path, submitted: Path, environment: dict[str, str]
) -> None:
    theirs = board / "submissions" / "theirs"
    shutil.copytree(submitted, theirs)
    (theirs / "submitted.py").write_text("open('planted', 'w')\n", encoding="utf-8")
    (theirs / "results" / "notes.txt").write_text("$(touch planted)\n", encoding="utf-8")
    run = check(board, environment)
    assert run.code == 1, run.printed
    assert "wrong: it holds files that nasarena does not write" in run.summary
    assert "::error title=nasarena submit-check::" in run.printed
    assert not list(board.parent.rglob("planted"))


def test_a_pull_request_without_a_submission_is_green(
    board: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    environment |= environment_with(tmp_path / "none", nasarena="#!/bin/sh\nexit 2\n")
    environment["PATH"] = f"{tmp_path / 'programs'}:{environment['PATH']}"
    (board / "submissions").mkdir()
    (board / "submissions" / "README.md").write_text("How to submit.\n", encoding="utf-8")
    run = check(board, environment)
    assert run.code == 0, run.printed
    assert "No results folder below submissions is changed." in run.summary


def test_code_of_strangers_meets_no_secret_and_no_token_that_writes() -> None:
    assert DEFINITION["permissions"] == {}
    assert JOB["permissions"] == {"contents": "read"}
    assert set(DEFINITION["on"]) == {"workflow_call"}
    assert "secrets" not in DEFINITION["on"]["workflow_call"]
    text = FILE.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "github.token" not in text
    checkouts = [step for step in JOB["steps"] if "checkout@" in step.get("uses", "")]
    assert [step["with"]["persist-credentials"] for step in checkouts] == [False, False]
    names = [step.get("name") for step in JOB["steps"]]
    assert names.index("Check the records") < names.index("Keep the preview")
    assert names.index("Keep the preview") < names.index("Run again")
