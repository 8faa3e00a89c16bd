"""The command `nasarena submit-check`: what it prints, writes, and ends with."""

import json
from pathlib import Path

import pytest

from nasarena.suite.cli import run_command
from nasarena.suite.records.method_description import DESCRIPTION
from submissions import copied, make_submission

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_submission(tmp_path_factory.mktemp("made") / "theirs")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_whole_submission_is_run_again_and_shown(
    made: Path, tmp_path: Path, capsys: Capture
) -> None:
    before = contents(made)
    options = ["--code", str(made.parent), "--preview", str(tmp_path / "site"), "--workers", "1"]
    options += ["--rerun", "1", "--fresh-seeds", "2", "--after", "1a2b"]
    assert run_command(["submit-check", str(made), *options]) == 0
    said = capsys.readouterr().out
    assert "rerun: 1 of 1 runs made again are equal" in said
    assert "fresh: Submitted under weaknas-paper[budget=30]: plausible: 2 fresh seeds" in said
    assert "nothing is wrong with it" in said
    (page,) = (tmp_path / "site" / "method").glob("submitted*.html")
    assert "Draws at random, and climbs from there." in page.read_text(encoding="utf-8")
    assert {key: value for key, value in contents(made).items() if ".lock" not in key} == {
        key: value for key, value in before.items() if ".lock" not in key
    }, "nothing is written into it"


def test_what_is_to_be_put_right_is_exit_code_1(
    made: Path, tmp_path: Path, capsys: Capture
) -> None:
    results = copied(made, tmp_path / "theirs")
    (path,) = results.rglob(DESCRIPTION)
    path.write_text(path.read_text().replace("https://example.org/submitted", "\\u001b[2J"))
    options = ["--json", "--rerun", "0"]
    assert run_command(["submit-check", str(results), *options]) == 1
    captured = capsys.readouterr()
    said = json.loads(captured.out)
    assert said["acceptable"] is False
    assert ["its paper has no address" in one["what"] for one in said["wrong"]] == [True]
    assert said["wrong"][0]["where"] == "Submitted"
    assert "1 thing to put right" in captured.err
    assert "\x1b" not in captured.out + captured.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["{made}", "--after", "1a2b"], "give both --fresh-seeds and --after"),
        (["{made}", "--fresh-seeds", "2", "--after", " "], "give both --fresh-seeds and --after"),
        (["{made}", "--board", "{made}/.."], "is not a results folder"),
        (["{made}", "--code", "nowhere"], "there is no folder nowhere; give --code with"),
        (["{made}", "--methods", "unknown"], "unknown method 'unknown'"),
    ],
)
def test_what_cannot_be_used_is_exit_code_2(
    options: list[str], said: str, made: Path, capsys: Capture
) -> None:
    given = [one.replace("{made}", str(made)) for one in options]
    assert run_command(["submit-check", *given]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--preview", "{file}"], "does not hold a site of nasarena"),
        (["--fresh-seeds", "2", "--after", "1a2b", "--fresh-results", "{file}"], "{file}"),
    ],
)
def test_a_file_in_the_way_is_said_before_anything_is_run(
    options: list[str],
    said: str,
    made: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nasarena.suite.submission.check.read_submission", None)
    file = tmp_path / "file"
    file.write_text("x")
    given = [one.replace("{file}", str(file)) for one in options]
    assert run_command(["submit-check", str(made), *given]) == 2
    assert said.replace("{file}", str(file)) in capsys.readouterr().err
    assert file.read_text() == "x"
