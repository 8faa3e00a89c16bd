"""The harness: what is searched, under which rules, how runs are executed, stored and judged.

What `docs/python.md` shows is here by name, and imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasarena.suite.benchmarks.benchmark import Benchmark as Benchmark
    from nasarena.suite.benchmarks.registry import benchmark_names as benchmark_names
    from nasarena.suite.benchmarks.registry import load_benchmark as load_benchmark
    from nasarena.suite.errors import UserError as UserError
    from nasarena.suite.methods import method_names as method_names
    from nasarena.suite.predictor_study.frame import study as study
    from nasarena.suite.problem import Problem as Problem
    from nasarena.suite.protocol import Protocol as Protocol
    from nasarena.suite.runs.experiment import Experiment as Experiment
    from nasarena.suite.runs.experiment import RunsWarning as RunsWarning
    from nasarena.suite.runs.experiment import run as run
    from nasarena.suite.spaces import CategoricalSpace as CategoricalSpace
    from nasarena.suite.spaces import OpenSpace as OpenSpace
    from nasarena.suite.statistics.run_frames import load_runs as load_runs
    from nasarena.suite.statistics.run_frames import load_trace as load_trace
    from nasarena.suite.statistics.stored_rows import summarize as summarize
    from nasarena.suite.tables.sources import PackagedFile as PackagedFile
    from nasarena.suite.tables.table import Table as Table

_HOMES = {
    "Benchmark": "nasarena.suite.benchmarks.benchmark",
    "CategoricalSpace": "nasarena.suite.spaces",
    "Experiment": "nasarena.suite.runs.experiment",
    "OpenSpace": "nasarena.suite.spaces",
    "PackagedFile": "nasarena.suite.tables.sources",
    "Problem": "nasarena.suite.problem",
    "Protocol": "nasarena.suite.protocol",
    "RunsWarning": "nasarena.suite.runs.experiment",
    "Table": "nasarena.suite.tables.table",
    "UserError": "nasarena.suite.errors",
    "benchmark_names": "nasarena.suite.benchmarks.registry",
    "load_benchmark": "nasarena.suite.benchmarks.registry",
    "load_runs": "nasarena.suite.statistics.run_frames",
    "load_trace": "nasarena.suite.statistics.run_frames",
    "method_names": "nasarena.suite.methods",
    "run": "nasarena.suite.runs.experiment",
    "study": "nasarena.suite.predictor_study.frame",
    "summarize": "nasarena.suite.statistics.stored_rows",
}

__all__ = [
    "Benchmark",
    "CategoricalSpace",
    "Experiment",
    "OpenSpace",
    "PackagedFile",
    "Problem",
    "Protocol",
    "RunsWarning",
    "Table",
    "UserError",
    "benchmark_names",
    "load_benchmark",
    "load_runs",
    "load_trace",
    "method_names",
    "run",
    "study",
    "summarize",
]


def __getattr__(name: str) -> Any:
    # Imported when first used: the command line starts without pandas and scipy.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nasarena.suite' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
