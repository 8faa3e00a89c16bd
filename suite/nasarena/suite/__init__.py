"""The harness: what is searched, under which rules, how runs are executed, stored and judged."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasarena.suite.problem import Problem as Problem
    from nasarena.suite.runs.experiment import Experiment as Experiment
    from nasarena.suite.runs.experiment import run as run
    from nasarena.suite.statistics.summary import summarize as summarize

_HOMES = {
    "Experiment": "nasarena.suite.runs.experiment",
    "run": "nasarena.suite.runs.experiment",
    "Problem": "nasarena.suite.problem",
    "summarize": "nasarena.suite.statistics.summary",
}

__all__ = ["Experiment", "Problem", "run", "summarize"]


def __getattr__(name: str) -> Any:
    # Imported when first used: the command line starts without pandas and scipy.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nasarena.suite' has no attribute '{name}'")
