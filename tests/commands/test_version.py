"""`nasarena --version`."""

import subprocess
import sys
from collections.abc import Callable

from nasarena.suite.packages import nasarena_version


def test_the_version_is_said(nasarena: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = nasarena("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"nasarena {nasarena_version()}\n"


def test_saying_it_loads_no_arrays() -> None:
    program = (
        "import sys\n"
        "from nasarena.suite.cli import run_command\n"
        "assert run_command(['--version']) == 0\n"
        "assert not {'numpy', 'pydantic', 'pandas'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
