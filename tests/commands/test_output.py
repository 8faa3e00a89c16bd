"""How commands speak: nothing that names or files hold steers a terminal."""

import json
import subprocess
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from nasarena.suite.cli import run_command
from nasarena.suite.commands.output import console, print_json, say, warn

HOSTILE = "a\x1b[31mred\x07\x08\x9b2J\u202e\x7fb"
SHOWN = "a\ufffd[31mred\ufffd\ufffd\ufffd2J\ufffd\ufffdb"


def test_texts_warnings_and_tables_show_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say(HOSTILE)
    say(HOSTILE, stderr=True)
    warn(HOSTILE)
    table = Table(title=HOSTILE)
    table.add_column(Text(HOSTILE))
    table.add_row(Text(HOSTILE))
    console().print(table)
    console().print(Text(HOSTILE, style="bold"))
    printed = capsys.readouterr()
    for line in (printed.out + printed.err).splitlines():
        assert line.isprintable(), line
    assert printed.out.count("[31mred") == 5
    assert printed.err == f"{SHOWN}\nnasarena: warning: {SHOWN}\n"


def test_json_is_the_same_data(capsys: pytest.CaptureFixture[str]) -> None:
    value = {HOSTILE: ["Zürich", "类", "\U000e0041", 'quote " \\ \n']}
    print_json(value)
    printed = capsys.readouterr().out
    assert json.loads(printed) == value
    assert all(line.isprintable() for line in printed.splitlines())
    assert "类" in printed


def test_what_the_user_gave_is_shown_in_a_complaint(capsys: pytest.CaptureFixture[str]) -> None:
    for name in (HOSTILE, "x" * 100_000):
        assert (
            run_command(["run", "--methods", name, "--benchmarks", "nasbenchgraph/proteins"]) == 2
        )
        (line,) = capsys.readouterr().err.splitlines()
        assert line.isprintable()
        assert len(line) < 2_100


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("format", [(), ("--json",)])
def test_output_that_cannot_be_written(nasarena_program: Path, format: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [nasarena_program, "methods", *format],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == (
        "nasarena: what was to be printed cannot be read or written (No space left on device)\n"
    )
