"""The commands of docs/cluster.md that need other hosts, or certificates: all on this one."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dask_fleet import free_port
from markdown_blocks import blocks

pytest.importorskip("distributed", reason="needs nasarena[dask]")

PAGE = Path(__file__).parents[2] / "docs" / "cluster.md"
EXPERIMENT = """
methods = "random-search"
benchmarks = "nasbenchgraph/proteins"
seeds = 4
budget = 20
results = "mine"
"""
LISTENS = """
until {python} -c "import socket; socket.create_connection(('127.0.0.1', {port}))" 2> /dev/null
do sleep 0.1; done
"""


def script(heading: str, port: int) -> str:
    """The commands below a heading, with this host for others; what goes on does so beside them."""
    below = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
    content = next(block for block in blocks(below) if block.language == "sh").content
    lines = []
    for line in re.sub(r"\bhost-0\b", "127.0.0.1", content).replace("8786", str(port)).splitlines():
        here = re.sub(r'^ssh host-\d "path/to/.venv/bin/(.*)"$', r"\1", line)
        started = here.startswith("dask ")
        lines.append(f"{here.replace('--nworkers 16', '--nworkers 1')}{' &' * started}")
        if here.startswith("dask scheduler"):
            lines.append(LISTENS.format(python=sys.executable, port=port))
    return "\n".join(lines)


@pytest.mark.parametrize("heading", ["A list of hosts", "TLS"])
def test_the_commands_run(heading: str, tmp_path: Path) -> None:
    (tmp_path / "experiment.toml").write_text(EXPERIMENT)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "dask").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dask "$@"\n')
    (programs / "dask").chmod(0o755)
    if heading == "TLS":
        certify(tmp_path)
    process = subprocess.Popen(
        ["sh", "-e", "-c", script(heading, free_port())],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        code = process.wait(timeout=120)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        said = process.communicate()[0]
    assert code == 0, said
    assert "4 runs done, in mine" in said


def certify(folder: Path) -> None:
    """A certificate that is its own authority."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    made = (
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"),
        *("-keyout", "mine-key.pem", "-out", "mine.pem"),
    )
    subprocess.run([openssl, *made], cwd=folder, check=True, capture_output=True)
    shutil.copy(folder / "mine.pem", folder / "ca.pem")
