"""A process that measures searches with one version of the code, told so line by line.

It is run as a file, so that it can also measure code older than itself: it imports only what
nasarena had before it. A line of input is a task and a line of output its reply, both JSON:

* `{"load": [texts]}`: the names of the methods, each with its file and the digest of its source.
* `{"method": name, "benchmark": name, "protocol": {...}, "seed": 3}`: one search's charged
  `queries`, the CPU `seconds` of the whole run, and those of the `harness` alone.

What cannot be done is `{"error": sentence}`.
"""

import copy
import gc
import json
import os
import sys
from typing import IO, Any

import numpy as np

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.methods import MethodChoice, choose_methods
from nasarena.suite.problem import InvalidQuery, Problem
from nasarena.suite.protocol import Protocol
from nasarena.suite.runs.execute import Cell, execute, source_digest_of


def main() -> None:
    """Answer tasks until the input ends."""
    tasks, replies = _own_pipes()
    chosen: dict[str, MethodChoice] = {}
    for line in tasks:
        try:
            reply = _answer(json.loads(line), chosen)
        except UserError as error:
            reply = {"error": str(error)}
        except BaseException as error:  # anybody's code can raise anything
            reply = {"error": one_line(f"{type(error).__name__}: {error}")}
        print(json.dumps(reply), file=replies, flush=True)


def _own_pipes() -> tuple[IO[str], IO[str]]:
    """Input and output for tasks alone: methods may read and print, too."""
    pipes = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return pipes


def _answer(task: dict[str, Any], chosen: dict[str, MethodChoice]) -> dict[str, Any]:
    if "load" in task:
        loaded = {choice.name: choice for choice in choose_methods(task["load"])}
        chosen |= loaded
        return {name: _described(choice) for name, choice in loaded.items()}
    # Not validated: a name with brackets is not what a protocol is written with.
    protocol = Protocol.model_construct(**task["protocol"])
    return _measured(chosen[task["method"]], task["benchmark"], protocol, task["seed"])


def _described(choice: MethodChoice) -> dict[str, str | None]:
    home = sys.modules[choice.card.make.__module__]
    return {"digest": source_digest_of(choice), "file": getattr(home, "__file__", None)}


class _Recorder:
    """A method whose search keeps what it asks in `kept.asked`."""

    def __init__(self, method: Any, kept: "Recorded") -> None:
        self.method = method
        self.kept = kept

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        query = problem.query
        asked = self.kept.asked = []

        def recorded(ids: Any, fidelity: int | None = None) -> Any:
            # A method may write into its array again.
            asked.append((ids if isinstance(ids, int) else copy.copy(ids), fidelity))
            return query(ids, fidelity)

        # Of this problem alone, so that the harness answers as it always does.
        problem.query = recorded  # type: ignore[method-assign]
        self.method.search(problem, rng)


class _Replay:
    """Asks what was asked before, and does nothing else."""

    def __init__(self, asked: list[Any]) -> None:
        self.asked = asked

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        for ids, fidelity in self.asked:
            try:
                problem.query(ids, fidelity)
            except InvalidQuery:  # the method went on as well
                continue


class Recorded(MethodChoice):
    """A chosen method whose latest search has `asked` these; or in its place queries replayed."""

    def __init__(self, choice: MethodChoice, replayed: list[Any] | None = None) -> None:
        vars(self).update(vars(choice))
        self.replayed = replayed
        self.asked: list[Any] = []

    def build(self) -> _Recorder:
        method = super().build() if self.replayed is None else _Replay(self.replayed)
        return _Recorder(method, self)


def _measured(
    choice: MethodChoice, benchmark: str, protocol: Protocol, seed: int
) -> dict[str, Any]:
    """One search, and then its queries without the method: what is left is the method's own."""
    searching = Recorded(choice)
    seconds, queries = _run(Cell(searching, benchmark, protocol), seed)
    harness, _ = _run(Cell(Recorded(choice, searching.asked), benchmark, protocol), seed)
    return {"seconds": seconds, "harness": harness, "queries": queries}


def _run(cell: Cell, seed: int) -> tuple[float, int]:
    """The CPU seconds of a run, of all threads, and its charged queries."""
    gc.collect()
    gc.freeze()  # what is there already is not looked through again while the method searches
    record, execution, *_ = execute(cell, seed, digest="not asked for")
    if record.error is not None:
        said = one_line(record.error.partition("\n")[0])
        raise UserError(f"{cell.method.name} fails on {cell.benchmark}, seed {seed}: {said}")
    return execution.cpu_seconds, len(record.ids)


if __name__ == "__main__":
    main()
