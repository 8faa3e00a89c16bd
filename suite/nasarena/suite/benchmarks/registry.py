"""Benchmarks by name: registered, imported or fetched; found by pattern, loaded when used."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.imported import UnknownImport, imported, load_imported
from nasarena.suite.errors import UserError, nearest
from nasarena.suite.names import expand
from nasarena.suite.plugins import load_plugin, plugins
from nasarena.suite.tables.fetched.catalogue import (
    Entry,
    benchmark_entries,
    catalogue,
    named_object,
)

GROUP = "nasarena.benchmarks"
LIVE = "live/"
"""What the names of benchmarks that train begin with."""
SURROGATE = "-surrogate"
"""What the names of benchmarks that a model predicts end with."""


class UnknownBenchmark(UserError):
    """No benchmark of this name is installed or imported."""


class NotFetched(UnknownBenchmark):
    """A benchmark that `entry` of the catalogue adds has not been fetched."""

    def __init__(self, name: str, entry: Entry) -> None:
        super().__init__(
            f"benchmark '{name}' has to be fetched first ({entry.shown_size}); give: "
            f"{entry.command} (or nasarena run with --fetch)"
        )
        self.entry = entry


def benchmark_names() -> list[str]:
    """The names of all benchmarks, registered, imported and fetched; no table is opened."""
    fetched = {name for name, entry in benchmark_entries().items() if entry.is_here}
    return sorted({*plugins(GROUP), *imported(), *fetched})


def not_fetched() -> dict[str, Entry]:
    """The benchmarks that are not here, by name, each with the entry that adds it."""
    names = benchmark_names()
    return {name: entry for name, entry in benchmark_entries().items() if name not in names}


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


def load_benchmark(name: str, limit: str = "") -> Benchmark:
    """The benchmark of this name, always the same object; under a protocol's limit, if one is set.

    Raises UserError when there is none, while a method searches in this process, and for a limit
    that it cannot have.
    """
    if limit:
        return load_benchmark(name).limited(limit)
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
        pass
    if name not in benchmark_entries():
        raise UnknownBenchmark(f"unknown benchmark '{name}'; {nearest(name, benchmark_names())}")
    entry = benchmark_entries()[name]
    if not entry.is_here:
        raise NotFetched(name, entry)
    fetched: Benchmark = named_object(entry.benchmarks[name])
    return fetched


def reopen(names: Iterable[str]) -> None:
    """What is kept in this process of the tables of benchmarks is read anew when it is used."""
    known = benchmark_names()
    for name in names:
        if name in known:
            load_benchmark(name).forget_table()


@cache
def _load_registered(name: str) -> Benchmark:
    benchmark = load_plugin(GROUP, name, "benchmark")
    if not isinstance(benchmark, Benchmark):
        raise UserError(f"benchmark '{name}' is a {type(benchmark).__name__}, not a Benchmark")
    return benchmark


def require_accuracies(name: str) -> None:
    """Raises UserError where predictions have no accuracies to be held against."""
    if not load_benchmark(name).table.optimum_known:
        what = "a surrogate of an open space" if name.endswith(SURROGATE) else "live"
        raise UserError(
            f"{name} is {what}: its accuracies are not known, and predictions of them cannot be "
            "judged; give benchmarks that have a table"
        )


def choose_benchmarks(patterns: list[str]) -> list[str]:
    """The benchmarks that patterns stand for. Raises UserError for what matches none.

    Live ones train for hours, and surrogates are not measured: patterns that begin with a wildcard
    do not stand for them. Raises NotFetched where a pattern stands only for benchmarks that have
    to be fetched.
    """
    every = benchmark_names()
    with_table = [
        name for name in every if not name.startswith(LIVE) and not name.endswith(SURROGATE)
    ]
    missing = not_fetched()
    chosen: dict[str, None] = {}
    for pattern in patterns:
        if pattern in catalogue() and pattern not in every:
            raise UnknownBenchmark(_instead_of(catalogue()[pattern]))
        first = next((name for name in missing if fnmatchcase(name, pattern)), None)
        if first is not None and not any(fnmatchcase(name, pattern) for name in every):
            raise NotFetched(first, missing[first])
        meant = with_table if pattern.startswith(("*", "?")) else every
        chosen |= dict.fromkeys(expand([pattern], meant, "benchmark"))
    return list(chosen)


def _instead_of(entry: Entry) -> str:
    """What to give where the name of something that can be fetched was given."""
    names = ", ".join(entry.benchmarks or entry.metrics_of)
    if not names:
        return f"'{entry.name}' is not a benchmark; give: {entry.command}, then {entry.next}"
    adds = "adds" if entry.benchmarks else "adds metrics to"
    return f"'{entry.name}' is not a benchmark; {entry.command} {adds} {names}"
