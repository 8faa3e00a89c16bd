"""The harness: what is searched, under which rules, how runs are executed, stored and judged."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from suite.experiment import Experiment as Experiment
    from suite.experiment import run as run
    from suite.problem import Problem as Problem
    from suite.statistics.summary import summarize as summarize

_HOMES = {
    "Experiment": "suite.experiment",
    "run": "suite.experiment",
    "Problem": "suite.problem",
    "summarize": "suite.statistics.summary",
}

__all__ = ["Experiment", "Problem", "run", "summarize"]


def __getattr__(name: str) -> Any:
    # Imported when first used: the command line starts without pandas and scipy.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'suite' has no attribute '{name}'")
