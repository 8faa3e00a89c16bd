"""docs/python.md, executed: its blocks are one program."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "python.md"


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def test_the_page_runs_from_top_to_bottom(tmp_path: Path) -> None:
    program = tmp_path / "page.py"
    program.write_text("\n".join(blocks()), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, program.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == "", "a script is quiet"
    for said in (
        "15 runs done, 0 were there before",
        "unknown method 'randomsearch'; did you mean 'random-search'?",
        "Broken failed in 1 of 1 runs (on nasbenchgraph/proteins): ValueError: not written yet",
        "[  0 971]",
        "weaknas[predictor=RandomForestRegressor(max_depth=5;n_estimators=20)]",
        "['thrifty']",
    ):
        assert said in done.stdout


def test_every_public_name_is_on_the_page() -> None:
    from nasarena import suite

    shown = PAGE.read_text(encoding="utf-8")
    recipes = PAGE.parents[1].joinpath("CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [name for name in suite.__all__ if name not in shown + recipes] == []


def test_the_package_is_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nasarena.suite", "run", "--methods", "randm-search"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("nasarena: the experiment names no benchmarks")
