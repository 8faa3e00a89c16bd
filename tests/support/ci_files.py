"""The CI files that nasarena offers, run here as a runner would run them."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parents[2]
ACTION = REPOSITORY / "action.yml"
WORKFLOW = REPOSITORY / ".github" / "workflows" / "gate.yml"
TEMPLATE = REPOSITORY / "templates" / "gate.yml"


def documents(text: str) -> list[Any]:
    """The documents of a YAML 1.2 text."""
    return list(YAML(typ="safe", pure=True).load_all(text))


def expanded(text: Any, values: Mapping[str, str]) -> str:
    """A text with the value of each `${{ name }}`; a name without a value is a KeyError."""
    return re.sub(r"\$\{\{ *(.*?) *\}\}", lambda match: values[match[1]], str(text))


@dataclass
class Run:
    """What steps left: the exit code of the last one run, and what each printed and wrote."""

    code: int = 0
    printed: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)


def run_steps(
    steps: list[Any],
    values: dict[str, str],
    folder: Path,
    runner: Path,
    environment: Mapping[str, str],
) -> Run:
    """Run the `run:` steps of a job or a composite action until one fails.

    `values` are those of expressions. `folder` is the project, `runner` is for what a runner
    brings: its temporary folder and the files that steps write to. Steps that use an action of
    others are listed, not run.
    """
    run = Run()
    runner.mkdir(parents=True, exist_ok=True)
    for number, step in enumerate(steps):
        if "uses" in step:
            run.used.append(step["uses"])
            continue
        assert "${{" not in step["run"], "an expression in a command can be more than a value"
        files = {name: runner / f"{name}-{number}" for name in ("output", "summary")}
        for file in files.values():
            file.touch()
        env = environment | {
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "GITHUB_ACTION_PATH": str(REPOSITORY),
            "RUNNER_TEMP": str(runner),
            **{name: expanded(text, values) for name, text in step.get("env", {}).items()},
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder / expanded(step.get("working-directory", "."), values),
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        run.printed += done.stdout + done.stderr
        run.summary += files["summary"].read_text(encoding="utf-8")
        if "id" in step:
            written = outputs(files["output"].read_text(encoding="utf-8"))
            run.outputs |= written
            values |= {f"steps.{step['id']}.outputs.{key}": text for key, text in written.items()}
        run.code = done.returncode
        if run.code:
            break
    return run


def outputs(text: str) -> dict[str, str]:
    """What a step wrote to its file of outputs: `name=value`, or `name<<end` over lines."""
    found = {}
    lines = iter(text.splitlines())
    for line in lines:
        if several := re.fullmatch(r"([\w-]+)<<(.+)", line):
            value = []
            while (one := next(lines)) != several[2]:
                value.append(one)
            found[several[1]] = "\n".join(value)
        else:
            name, _, value_of_one = line.partition("=")
            found[name] = value_of_one
    return found


def environment_with(programs: Path, **scripts: str) -> dict[str, str]:
    """The environment of this process, with `nasarena` and some programs found first."""
    programs.mkdir(parents=True, exist_ok=True)
    for name, script in scripts.items():
        program = programs / name
        program.write_text(script, encoding="utf-8")
        program.chmod(0o755)
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    return os.environ | {"PATH": path}


def turn_round(method: Path) -> None:
    """Make a method follow the worse architecture instead of the better one, or back."""
    text = method.read_text(encoding="utf-8")
    better, worse = "found > accuracy", "found < accuracy"
    assert (better in text) != (worse in text)
    turned = text.replace(better, worse) if better in text else text.replace(worse, better)
    method.write_text(turned, encoding="utf-8")
