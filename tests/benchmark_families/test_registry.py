"""Benchmarks by name and pattern."""

from nasarena.suite.benchmarks.registry import benchmark_names, choose_benchmarks


def test_only_patterns_that_say_so_stand_for_live_benchmarks() -> None:
    live = {name for name in benchmark_names() if name.startswith("live/")}
    assert live
    assert set(choose_benchmarks(["*"])) == set(benchmark_names()) - live
    assert not live & set(choose_benchmarks(["*mnist"]))
    assert set(choose_benchmarks(["live/*"])) == live
    assert set(choose_benchmarks(["*", *live])) == set(benchmark_names())
