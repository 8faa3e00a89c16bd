"""README.md: its Python runs as it stands, its Quick start is what it says it is."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_five_lines_run_as_a_script(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", README, re.M | re.S)
    assert len(code.splitlines()) == 5
    script = tmp_path / "five_lines.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "nasarena-site" / "index.html").read_text(encoding="utf-8")
    page = page.replace("<wbr>", "")  # where a long name may be broken
    assert done.stdout.strip() == "nasarena-site/index.html"
    for name in ("nasbench201/imagenet16-120", "nasbenchgraph/proteins", "weaknas-lite"):
        assert name in page


def test_the_quick_start_begins_with_two_command_lines() -> None:
    section = README.split("## Quick start\n")[1].split("\n## ")[0]
    commands = re.findall(r"^```sh\n(.*?)\n```$", section, re.M | re.S)
    assert commands[:2] == [
        "python3 -m venv .venv && .venv/bin/python -m pip install tox && "
        f".venv/bin/python -m tox run -e {environment}"
        for environment in ("quickstart", "tests")
    ]


def test_links_and_pictures_are_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)", README)
    assert len(targets) >= 8
    for target in targets:
        assert (ROOT / target).is_file(), f"README.md links to {target}, which is not there"
