"""CONTRIBUTING.md, followed word for word."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from markdown_blocks import blocks

RECIPES = Path(__file__).parents[1] / "CONTRIBUTING.md"


def _section(title: str) -> str:
    text = RECIPES.read_text(encoding="utf-8")
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def _follow(title: str, folder: Path) -> list[str]:
    """Write the files and run the commands of a section; what each command printed."""
    section = _section(title)
    for block in blocks(section):
        if block.file:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_with_checksum(block.content, folder), encoding="utf-8")
    # `pip install` goes into a folder of the test's, not into the environment that runs it.
    installed = folder / "installed"
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(installed),
    }
    printed = []
    for block in blocks(section):
        if block.language != "sh":
            continue
        for command in block.content.strip().splitlines():
            done = subprocess.run(
                command.replace("pip install", f"pip install --no-deps --target {installed}"),
                shell=True,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            printed.append(done.stdout)
    return printed


def _with_checksum(content: str, folder: Path) -> str:
    if '"SHA256"' not in content:
        return content
    (data,) = folder.glob("**/digits.csv")
    return content.replace("SHA256", hashlib.sha256(data.read_bytes()).hexdigest())


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Add a method", ["BestOfNeighbours[explore=0.5]", "random-search"]),
        ("Add a benchmark", ["toy/digits", "local-search"]),
        ("Add a protocol", ["thrifty", "random-search"]),
    ],
)
def test_following_the_recipe_leads_to_a_table(
    title: str, shown: list[str], tmp_path: Path
) -> None:
    table = _follow(title, tmp_path)[-1]
    for text in shown:
        assert text in table
