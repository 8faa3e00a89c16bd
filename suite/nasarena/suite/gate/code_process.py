"""A process that measures searches with one version of the code, asked from here."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.workers.processes import INHERITED, interrupts_held

WORKER = Path(__file__).with_name("speed_worker.py")
"""What it runs: see there for tasks and replies."""


class CodeProcess:
    """A started process; `what` names its code in messages."""

    def __init__(self, what: str, process: subprocess.Popen[str], errors: IO[bytes]) -> None:
        self.what = what
        self._process = process
        self._errors = errors

    def ask(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """The reply to a task. Raises UserError with what went wrong there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(task) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise UserError(f"{self.what}: its process died: {self._last_words()}")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise UserError(f"{self.what}: {reply['error']}")
        return reply

    def _last_words(self) -> str:
        code = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return one_line(lines[-1]) if lines else f"exit code {code}, without a message"


@contextmanager
def code_process(what: str, python: Path, variables: Mapping[str, str]) -> Iterator[CodeProcess]:
    """Start a process on one thread; it is killed at the end of the block, whatever it does."""
    with tempfile.TemporaryFile() as errors:
        with interrupts_held():  # which the process inherits: Ctrl-C is for its parent
            process = subprocess.Popen(
                [str(python), "-P", str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**variables, **INHERITED},
                encoding="utf-8",
            )
        try:
            yield CodeProcess(what, process, errors)
        finally:
            with interrupts_held():
                process.kill()
                process.communicate()
