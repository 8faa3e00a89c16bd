"""Benchmarks by name: registered or imported, found by pattern and loaded when used."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.imported import UnknownImport, imported, load_imported
from nasarena.suite.errors import UserError, nearest
from nasarena.suite.names import expand
from nasarena.suite.plugins import load_plugin, plugins

GROUP = "nasarena.benchmarks"
LIVE = "live/"
"""What the names of benchmarks that train begin with."""


class UnknownBenchmark(UserError):
    """No benchmark of this name is installed or imported."""


def benchmark_names() -> list[str]:
    """The names of all benchmarks, registered and imported; no table is opened."""
    return sorted({*plugins(GROUP), *imported()})


_searches: list[None] = []
"""One for each method that searches in this process."""


@contextmanager
def closed_to_methods() -> Iterator[None]:
    """No benchmark can be loaded in this block: a method has its problem to ask."""
    before = len(_searches)
    _searches.append(None)
    try:
        yield
    finally:
        del _searches[before:]


def load_benchmark(name: str) -> Benchmark:
    """The benchmark of this name, always the same object.

    Raises UserError when there is none, and while a method searches in this process.
    """
    if _searches:
        raise UserError(
            "a method asked for a benchmark's table while it searched; what it may know, it gets "
            "from problem.query and problem.space"
        )
    if name in plugins(GROUP):
        return _load_registered(name)
    try:
        return load_imported(name)
    except UnknownImport:
        raise UnknownBenchmark(
            f"unknown benchmark '{name}'; {nearest(name, benchmark_names())}"
        ) from None


@cache
def _load_registered(name: str) -> Benchmark:
    benchmark = load_plugin(GROUP, name, "benchmark")
    if not isinstance(benchmark, Benchmark):
        raise UserError(f"benchmark '{name}' is a {type(benchmark).__name__}, not a Benchmark")
    return benchmark


def require_accuracies(name: str) -> None:
    """Raises UserError where predictions have no accuracies to be held against."""
    if not load_benchmark(name).table.optimum_known:
        raise UserError(
            f"{name} is live: its accuracies are not known, and predictions of them cannot be "
            "judged; give benchmarks that have a table"
        )


def choose_benchmarks(patterns: list[str]) -> list[str]:
    """The benchmarks that patterns stand for. Raises UserError for what matches none.

    Live ones train for hours: only patterns that begin with `live/` stand for them.
    """
    every = benchmark_names()
    with_table = [name for name in every if not name.startswith(LIVE)]
    chosen: dict[str, None] = {}
    for pattern in patterns:
        meant = with_table if pattern.startswith(("*", "?")) else every
        chosen |= dict.fromkeys(expand([pattern], meant, "benchmark"))
    return list(chosen)
