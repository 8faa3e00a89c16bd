"""Runs of a method that a test asks for."""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.gate.candidate import CACHE, kept_folder, kept_runs, run_kept
from nasarena.suite.gate.outcomes import Outcomes
from nasarena.suite.methods import Method
from nasarena.suite.protocol import Protocol
from nasarena.suite.runs.execute import Cell
from nasarena.suite.runs.experiment import Experiment
from nasarena.suite.statistics.run_frames import load_runs
from nasarena.suite.testing.timing import time_search
from nasarena.suite.workers.processes import default_workers

if TYPE_CHECKING:
    import pandas as pd

Failing = Callable[[], AbstractContextManager[None]]
"""Makes a block in which what cannot be used fails the test in one sentence."""


@dataclass(frozen=True)
class Runs:
    """The runs of one method on some benchmarks.

    * `outcomes`: how they ended, for each benchmark.
    * `failures`: a sentence where runs failed.
    * `folder`: the results folder they are kept in, for `nasarena runs` and others; it can have
      other runs of the same source as well.
    """

    outcomes: list[Outcomes]
    failures: list[str]
    folder: Path
    cells: list[Cell]
    seeds: range
    cache: Path
    workers: int

    @property
    def method(self) -> str:
        """The name under which the method is recorded."""
        return self.cells[0].method.name

    @property
    def samples(self) -> dict[str, NDArray[np.float64]]:
        """Charged queries until the optimum by benchmark, (seeds,); infinity where not found."""
        return {one.identity.benchmark: one.samples for one in self.outcomes}

    def frame(self) -> "pd.DataFrame":
        """The runs as a data frame, a row each: see `nasarena.suite.load_runs`."""
        with kept_runs(self.cells[0].method, self.cache) as folder:
            every = load_runs(folder)
        own = every["benchmark"].isin([cell.benchmark for cell in self.cells])
        own &= every["protocol"] == self.cells[0].protocol.name
        own &= (every["method"] == self.method) & every["seed"].isin(self.seeds)
        return every[own].reset_index(drop=True)

    def with_seeds(self, seeds: range) -> "Runs":
        """The same for other seeds; what is missing is run."""
        choice = self.cells[0].method
        outcomes, failures = run_kept(choice, self.cells, seeds, self.workers, cache=self.cache)
        folder = kept_folder(choice, self.cache)
        return replace(self, outcomes=outcomes, failures=failures, folder=folder, seeds=seeds)


@dataclass(frozen=True)
class Runner:
    """What the fixture `nasarena_run` gives."""

    root: Path
    failing: Failing

    def __call__(
        self,
        method: str | type[Method] | Method,
        benchmarks: str | Sequence[str],
        seeds: int | str | range = 30,
        budget: int | None = None,
        protocol: str | Path | Protocol = "weaknas-paper",
        *,
        workers: int | None = None,
        benchmark: Any = None,
    ) -> Runs:
        """Run a method, or take the runs that are kept from an earlier session.

        Args:
            method: a class, an instance, a name, `module:Class` or `path/to/file.py:Class`.
            benchmarks: names or patterns, as in `nasarena run`.
            seeds: a number (30: seeds 0 to 29), a text (`100:200`) or a range.
            budget: charged queries allowed in a run; the protocol's if None.
            protocol: a name, a .toml file or a `Protocol`.
            workers: processes; if None, one for each processor, shared by xdist's workers.
            benchmark: the fixture of pytest-benchmark. It times the search with the first seed,
                on all benchmarks one after another, and carries the samples in `extra_info`.

        Relative paths start at pytest's root directory. Runs that fail are in `failures`, and
        `nasarena_gate` counts them as a regression. What cannot be used fails the test.
        """
        with self.failing():
            if isinstance(benchmark, str):
                raise UserError(
                    f"benchmark='{one_line(benchmark, 60)}' is not pytest-benchmark's fixture; "
                    "give names of benchmarks as benchmarks="
                )
            experiment = Experiment(
                methods=[self._from_root(method, ".py:")],
                benchmarks=benchmarks if isinstance(benchmarks, str) else list(benchmarks),
                seeds=seeds,
                budget=budget,
                protocol=self._from_root(protocol, ".toml"),
            )
            if len(experiment.method_names) > 1:
                raise UserError(
                    f"nasarena_run runs one method, and '{method}' stands for "
                    f"{', '.join(experiment.method_names)}; call it for each"
                )
            runs = Runs(
                outcomes=[],
                failures=[],
                folder=Path(),
                cells=experiment.cells(),
                seeds=experiment.seed_range,
                cache=self.root / CACHE,
                workers=workers or _workers(),
            ).with_seeds(experiment.seed_range)
            if benchmark is not None:
                time_search(benchmark, runs.cells, runs.seeds[0], runs.outcomes)
            return runs

    def _from_root(self, given: Any, file: str) -> Any:
        """What is given; a text with a file's path with it from the root directory."""
        named = isinstance(given, (str, Path)) and file in str(given)
        return str(self.root / given) if named else given


def _workers() -> int:
    """Processes for the runs of one test, beside those of xdist's other workers."""
    sessions = os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
    return max(1, default_workers() // int(sessions))
