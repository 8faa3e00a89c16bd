"""The reusable workflow: it hands its inputs on, and comments."""

from pathlib import Path
from typing import Any

import pytest

from ci_files import ACTION, WORKFLOW, Run, documents, environment_with, run_steps

DEFINITION = documents(WORKFLOW.read_text(encoding="utf-8"))[0]
INPUTS = DEFINITION["on"]["workflow_call"]["inputs"]

FAKE_GH = """#!/bin/sh
# Notes what it is asked for; knows the comments in the file `known`, each an id and its first line.
printf '%s ' "$@" >> gh.txt; echo >> gh.txt
case "$*" in
  *--paginate*) for one in "$@"; do asked=$one; done
    while read -r id first; do
      case "$asked" in *"\\"$first\\""*) echo "$id";; esac
    done < known ;;
esac
"""


def comment(folder: Path, known: str = "", **values: str) -> tuple[Run, list[str], str]:
    """Run the job that comments; what it asked `gh` for, and the comment."""
    folder.mkdir(exist_ok=True)
    (folder / "known").write_text(known, encoding="utf-8")
    given = {
        "github.token": "no token",
        "github.repository": "someone/project",
        "github.event.pull_request.number": "7",
        "inputs.artifact": "nasarena-gate",
        "needs.gate.outputs.report": "## Search quality: 1 of 1 is worse\n\n$(touch planted)",
    }
    run = run_steps(
        DEFINITION["jobs"]["comment"]["steps"],
        given | values,
        folder,
        folder / "runner",
        environment_with(folder / "programs", gh=FAKE_GH),
    )
    asked = (folder / "gh.txt").read_text(encoding="utf-8").splitlines()
    return run, asked, (folder / "comment.md").read_text(encoding="utf-8")


def test_a_first_report_is_a_comment(tmp_path: Path) -> None:
    run, asked, text = comment(tmp_path, "3 <!-- another tool -->\n")
    assert run.code == 0, run.printed
    assert asked[-1].startswith("pr comment 7 --repo someone/project --body-file comment.md")
    assert text.startswith("<!-- nasarena gate: nasarena-gate -->\n## Search quality: 1 of 1")
    assert "$(touch planted)" in text
    assert not (tmp_path / "planted").exists()


def test_a_later_report_takes_its_place(tmp_path: Path) -> None:
    known = "3 <!-- nasarena gate: other -->\n4 <!-- nasarena gate: nasarena-gate -->\n"
    run, asked, _ = comment(tmp_path, known)
    assert run.code == 0, run.printed
    assert asked[-1].startswith("api --method PATCH repos/someone/project/issues/comments/4 ")
    assert len(asked) == 2


def test_a_failing_gh_fails_the_step(tmp_path: Path) -> None:
    programs = tmp_path / "failing"
    run = run_steps(
        DEFINITION["jobs"]["comment"]["steps"],
        {
            "github.token": "",
            "github.repository": "someone/project",
            "github.event.pull_request.number": "7",
            "inputs.artifact": "a",
            "needs.gate.outputs.report": "text",
        },
        tmp_path,
        tmp_path / "runner",
        environment_with(programs, gh="#!/bin/sh\nexit 4\n"),
    )
    assert run.code == 4


def test_every_input_reaches_the_action() -> None:
    (call,) = [
        step for step in DEFINITION["jobs"]["gate"]["steps"] if step["uses"].startswith("./")
    ]
    (action,) = documents(ACTION.read_text(encoding="utf-8"))
    assert call["with"] == {name: f"${{{{ inputs.{name} }}}}" for name in action["inputs"]}
    for name, one in action["inputs"].items():
        default = INPUTS[name]["default"]
        assert (str(default).lower() if isinstance(default, bool) else default) == one["default"]


@pytest.mark.parametrize(
    ("job", "allowed"),
    [("gate", {"contents": "read"}), ("comment", {"pull-requests": "write"})],
)
def test_code_of_a_pull_request_never_meets_a_token_that_writes(
    job: str, allowed: dict[str, Any]
) -> None:
    assert DEFINITION["permissions"] == {}
    assert DEFINITION["jobs"][job]["permissions"] == allowed
    checkouts = [
        step
        for step in DEFINITION["jobs"][job]["steps"]
        if step.get("uses", "").startswith("actions/checkout@")
    ]
    assert bool(checkouts) == (job == "gate")
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
