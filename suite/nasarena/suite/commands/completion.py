"""Names that the shell completes; nothing that they stand for is loaded.

Each function takes the word that is being typed and returns the words it can become.
"""

from collections.abc import Callable, Iterable

from nasarena.suite.names import split_list
from nasarena.suite.plugins import plugins

Complete = Callable[[str], list[str]]


def methods(incomplete: str) -> list[str]:
    """Names of registered methods, in a list with commas."""
    return _in_list(incomplete, plugins("nasarena.methods"))


def one_method(incomplete: str) -> list[str]:
    """The name of one registered method."""
    return _starting(incomplete, plugins("nasarena.methods"))


def predictors(incomplete: str) -> list[str]:
    """Names of registered predictors, in a list with commas."""
    return _in_list(incomplete, plugins("nasarena.predictors"))


def benchmarks(incomplete: str) -> list[str]:
    """Names of benchmarks that are here, in a list with commas."""
    from nasarena.suite.benchmarks.registry import benchmark_names

    return _in_list(incomplete, benchmark_names())


def protocols(incomplete: str) -> list[str]:
    """The name of one protocol that comes with nasarena."""
    from nasarena.suite.protocol import protocol_names

    return _starting(incomplete, protocol_names())


def fetchable(incomplete: str) -> list[str]:
    """The name of one thing that `nasarena fetch` knows."""
    from nasarena.suite.tables.fetched.catalogue import catalogue

    return _starting(incomplete, catalogue())


def figure_kinds(incomplete: str) -> list[str]:
    """Kinds of figures for papers, in a list with commas."""
    from nasarena.leaderboard.paper_figures import KINDS

    return _in_list(incomplete, KINDS)


def values(*known: str) -> Complete:
    """Completes an option that takes one of `known`."""

    def complete(incomplete: str) -> list[str]:
        return _starting(incomplete, known)

    return complete


def value_lists(*known: str) -> Complete:
    """Completes an option that takes some of `known`, with commas."""

    def complete(incomplete: str) -> list[str]:
        return _in_list(incomplete, known)

    return complete


def _starting(incomplete: str, known: Iterable[str]) -> list[str]:
    return [name for name in known if name.startswith(incomplete)]


def _in_list(incomplete: str, known: Iterable[str]) -> list[str]:
    """The list typed so far, ended with each of the known names that it does not hold."""
    if incomplete.count("[") > incomplete.count("]"):  # within a method's parameters
        return []
    before, comma, last = incomplete.rpartition(",")
    given = split_list(before)
    names = (name for name in known if name not in given)
    return [f"{before}{comma}{name}" for name in _starting(last, names)]
