"""The GitHub Action: its steps run here as plain shell."""

from pathlib import Path

import pytest

from ci_files import ACTION, REPOSITORY, Run, documents, environment_with, run_steps, turn_round

DEFINITION = documents(ACTION.read_text(encoding="utf-8"))[0]


def act(project: Path, environment: dict[str, str], **inputs: str) -> Run:
    """Run the action in a project, with inputs as in a workflow (`_` for `-`)."""
    given = {name.replace("_", "-"): text for name, text in inputs.items()}
    assert set(given) <= set(DEFINITION["inputs"])
    values = {
        f"inputs.{name}": given.get(name, one["default"])
        for name, one in DEFINITION["inputs"].items()
    }
    runner = project.parent / "runner"
    return run_steps(
        DEFINITION["runs"]["steps"],
        values | {"runner.temp": str(runner)},
        project,
        runner,
        environment,
    )


def reports(project: Path) -> Path:
    return project.parent / "runner" / "nasarena-gate"


def test_unchanged_code_is_green(project: Path, environment: dict[str, str]) -> None:
    run = act(project, environment, methods="climb.py:Climb", seeds="10")
    assert run.code == 0, run.printed
    assert run.outputs["exit-code"] == "0"
    assert "## Search quality: no regression in 1 method" in run.summary
    assert "Identical traces: 10 of 10" in run.summary
    assert run.outputs["report"].strip() == run.summary.strip()
    assert {"gate.md", "gate.xml", "gate.json"} <= {one.name for one in reports(project).iterdir()}


def test_a_regression_is_red_and_says_so(project: Path, environment: dict[str, str]) -> None:
    turn_round(project / "climb.py")
    run = act(project, environment, methods="climb.py:Climb", max_seeds="30")
    assert run.code == 1, run.printed
    assert "::error title=nasarena gate::A method is worse" in run.printed
    assert "## Search quality: 1 of 1 method is worse" in run.summary
    assert "Climb: worse" in run.outputs["report"]
    assert "| nasbench201/cifar10 |" in run.outputs["report"]
    assert 'failures="1"' in (reports(project) / "gate.xml").read_text(encoding="utf-8")

    turn_round(project / "climb.py")
    again = act(project, environment, methods="climb.py:Climb", seeds="10")
    assert again.code == 0, again.printed


def test_a_missing_baseline_is_said(project: Path, environment: dict[str, str]) -> None:
    run = act(project, environment, methods="climb.py:Climb", baseline="no such folder")
    assert run.code == 2, run.printed
    assert "## Search quality: not judged" in run.summary
    assert "no such folder does not exist" in run.summary
    assert "write the baseline first" in run.outputs["report"]


def test_a_new_baseline_is_kept(project: Path, environment: dict[str, str]) -> None:
    run = act(
        project,
        environment,
        methods="climb.py:Climb",
        baseline="new",
        update="true",
        benchmarks="nasbench201/cifar10",
        budget="30",
        seeds="5",
    )
    assert run.code == 0, run.printed
    assert "## Search quality: a new baseline" in run.summary
    assert (reports(project) / "baseline" / "baseline.parquet").read_bytes() == (
        project / "new" / "baseline.parquet"
    ).read_bytes()


def test_what_is_installed(project: Path, environment: dict[str, str], tmp_path: Path) -> None:
    environment = environment | environment_with(tmp_path / "none", nasarena="#!/bin/sh\nexit 2\n")
    environment["PATH"] = f"{tmp_path / 'programs'}:{environment['PATH']}"

    def asked(**inputs: str) -> list[str]:
        notes = tmp_path / "notes"
        notes.unlink(missing_ok=True)
        act(project, environment, baseline="none", **inputs)
        words = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
        return words[words.index("--disable-pip-version-check") + 1 :] if words else []

    assert asked() == [str(REPOSITORY)]
    assert asked(nasarena_version="0.1.0", install="-e .[test]") == [
        "nasarena==0.1.0",
        "-e",
        ".[test]",
    ]
    assert asked(nasarena_version="git+https://example.org/nasarena@1234") == [
        "git+https://example.org/nasarena@1234"
    ]
    assert asked(nasarena_version="none", install="-r\nrequirements.txt") == [
        "-r",
        "requirements.txt",
    ]
    assert asked(nasarena_version="none") == []


@pytest.mark.parametrize("text", ['"; touch planted; "', "$(touch planted)", "`touch planted`"])
def test_an_input_is_no_command(project: Path, environment: dict[str, str], text: str) -> None:
    inputs = {name.replace("-", "_"): text for name in DEFINITION["inputs"]}
    run = act(project, environment, **(inputs | {"working_directory": "."}))
    assert run.code == 2, run.printed
    assert not list(project.parent.rglob("planted"))


def test_third_party_steps_are_the_known_ones() -> None:
    used = [
        step["uses"].partition("@")[0] for step in DEFINITION["runs"]["steps"] if "uses" in step
    ]
    assert used == ["actions/setup-python", "actions/upload-artifact"]
