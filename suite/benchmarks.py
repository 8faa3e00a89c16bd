"""Benchmarks by name: the registered ones, found by pattern and loaded when used."""

from functools import cache

from suite.benchmark import Benchmark
from suite.errors import UserError
from suite.names import expand
from suite.plugins import load_plugin, plugins

GROUP = "nasarena.benchmarks"


def benchmark_names() -> list[str]:
    """The names of all registered benchmarks; nothing is imported."""
    return list(plugins(GROUP))


@cache
def load_benchmark(name: str) -> Benchmark:
    """The benchmark registered under `name`. Raises UserError when there is none."""
    benchmark = load_plugin(GROUP, name, "benchmark")
    if not isinstance(benchmark, Benchmark):
        raise UserError(f"benchmark '{name}' is a {type(benchmark).__name__}, not a Benchmark")
    return benchmark


def choose_benchmarks(patterns: list[str]) -> list[str]:
    """The registered benchmarks that patterns stand for. Raises UserError for what matches none."""
    return expand(patterns, benchmark_names(), "benchmark")
