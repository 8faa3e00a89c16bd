"""The GitLab template: its script runs here as plain shell."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ci_files import TEMPLATE, documents, turn_round

HEADER, BODY = documents(TEMPLATE.read_text(encoding="utf-8"))
INPUTS = HEADER["spec"]["inputs"]
(JOB,) = BODY.values()


def script(
    project: Path, environment: dict[str, str], shell: str = "bash", **inputs: str
) -> subprocess.CompletedProcess[str]:
    """Run the job's script in a project, with inputs as in `include` (`_` for `-`)."""
    given = {name: one["default"] for name, one in INPUTS.items()}
    given |= {name.replace("_", "-"): text for name, text in inputs.items()}
    assert set(given) == set(INPUTS)
    for line in JOB["script"]:
        assert "$[[" not in line, "an input in a command can be more than a value"
    variables = {
        name: re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda match: given[match[1]], one["value"])
        for name, one in JOB["variables"].items()
    }
    return subprocess.run(
        [shell, "-e", "-c", "\n".join(JOB["script"])],
        cwd=project,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_unchanged_code_is_green_and_worse_code_is_red(
    project: Path, environment: dict[str, str]
) -> None:
    reports = project / "nasarena-gate"
    done = script(project, environment, methods="climb.py:Climb", seeds="10")
    assert done.returncode == 0, done.stderr
    assert 'failures="0"' in (reports / "gate.xml").read_text(encoding="utf-8")

    turn_round(project / "climb.py")
    done = script(project, environment, methods="climb.py:Climb", max_seeds="30")
    assert done.returncode == 1, done.stderr
    assert "Climb: worse" in done.stdout
    assert 'failures="1"' in (reports / "gate.xml").read_text(encoding="utf-8")
    assert "1 of 1 method is worse" in (reports / "gate.md").read_text(encoding="utf-8")


def test_a_missing_baseline_is_said(project: Path, environment: dict[str, str]) -> None:
    done = script(project, environment, methods="climb.py:Climb", baseline="none")
    assert done.returncode == 2
    assert "none does not exist" in done.stderr


def test_a_new_baseline_is_kept(project: Path, environment: dict[str, str]) -> None:
    new: dict[str, Any] = {"baseline": "new", "update": "true", "budget": "30", "seeds": "5"}
    new["benchmarks"] = "nasbench201/cifar10"
    done = script(project, environment, "sh", methods="climb.py:Climb", **new)
    assert done.returncode == 0, done.stderr
    assert (project / "nasarena-gate" / "baseline" / "baseline.parquet").is_file()


def test_what_is_installed(project: Path, environment: dict[str, str], tmp_path: Path) -> None:
    script(project, environment, "sh", baseline="none", install="-e .[*]")
    words = (tmp_path / "notes").read_text(encoding="utf-8").splitlines()
    assert words[words.index("--disable-pip-version-check") + 1 :] == ["nasarena", "-e", ".[*]"]


@pytest.mark.parametrize("text", ['"; touch planted; "', "$(touch planted)"])
def test_an_input_is_no_command(project: Path, environment: dict[str, str], text: str) -> None:
    given = {name.replace("-", "_"): text for name, one in INPUTS.items() if "options" not in one}
    done = script(project, environment, **given)
    assert done.returncode == 2, done.stdout + done.stderr
    assert not list(project.parent.rglob("planted"))


def test_variables_are_not_expanded_and_reports_are_kept() -> None:
    assert all(one["expand"] is False for one in JOB["variables"].values())
    assert JOB["artifacts"]["reports"] == {"junit": "nasarena-gate/gate.xml"}
    assert JOB["artifacts"]["when"] == "always"
