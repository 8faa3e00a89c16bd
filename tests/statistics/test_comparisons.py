"""What is compared with what."""

from dataclasses import replace
from typing import Any

from nasarena.suite.statistics.comparisons import Comparison, comparisons, left_out_notes


def cells(comparison: Comparison) -> dict[str, dict[str, int]]:
    """Budgets by benchmark and method."""
    return {
        benchmark: {method: runs.identity.budget for method, runs in methods.items()}
        for benchmark, methods in comparison.run_sets.items()
    }


def test_budgets_do_not_separate_and_a_methods_largest_counts(
    make_benchmark: Any, make_runs: Any
) -> None:
    one, two = make_benchmark([1, 2], name="s/one"), make_benchmark([1, 2], name="t/two")
    (comparison,) = comparisons(
        [
            make_runs(two, [[0]], method="a", protocol="p", budget=100),
            make_runs(one, [[0]], method="b", protocol="p", budget=100),
            make_runs(one, [[0]], method="b", protocol="p[budget=300]", budget=300),
            make_runs(one, [[0]], method="a", protocol="p[budget=50]", budget=50),
            make_runs(one, [[0]], method="b", protocol="p[budget=200]", budget=200),
        ]
    )
    assert comparison.name == "p"
    assert cells(comparison) == {"s/one": {"a": 50, "b": 300}, "t/two": {"a": 100}}
    assert comparison.benchmarks == ["s/one", "t/two"]
    assert comparison.methods == ["a", "b"]
    assert comparison.budgets == {"s/one": 50, "t/two": 100}
    assert comparison.spaces == {"s/one": "s", "t/two": "t"}


def test_runs_with_smaller_budgets_are_named_as_left_out(
    make_benchmark: Any, make_runs: Any
) -> None:
    one, two = make_benchmark([1, 2], name="s/one"), make_benchmark([1, 2], name="t/two")
    (comparison,) = comparisons(
        [
            make_runs(one, [[0]], method="a", protocol="p[budget=2000]", budget=2000),
            make_runs(one, [[0], [1], [0]], method="a", protocol="p", budget=100),
            make_runs(two, [[0], [1]], method="a", protocol="p", budget=100),
            make_runs(two, [[0]], method="a", protocol="p[budget=300]", budget=300),
            make_runs(two, [[0]], method="b", protocol="p[budget=50]", budget=50),
            make_runs(two, [[0]], method="b", protocol="p", budget=100),
        ]
    )
    assert left_out_notes(comparison) == [
        "Left out: 5 runs of a on 2 benchmarks with a budget of 100. Its runs with 300 or 2,000 "
        "are compared: of several budgets the largest, however few runs there are.",
        "Left out: 1 run of b on t/two with a budget of 50. Its runs with 100 are compared: of "
        "several budgets the largest, however few runs there are.",
    ]
    assert left_out_notes(comparison, {"b", "c"}) == left_out_notes(comparison)[1:]


def test_benchmarks_share_a_space_whatever_they_are_called(
    make_benchmark: Any, make_runs: Any
) -> None:
    one, other = make_benchmark([1, 2], name="s/one"), make_benchmark([1, 2], name="mine/two")
    imported = replace(other, space_name="s")
    imported.__dict__["table"] = other.table
    (comparison,) = comparisons([make_runs(one, [[0]]), make_runs(imported, [[0]])])
    assert comparison.spaces == {"s/one": "s", "mine/two": "s"}


def test_rules_separate_also_under_one_name(make_benchmark: Any, make_runs: Any) -> None:
    benchmark = make_benchmark([1, 2])
    sets = [
        make_runs(benchmark, [[0]], protocol="p"),
        make_runs(benchmark, [[0]], protocol="p[budget=20]", budget=20),
        make_runs(benchmark, [[0]], protocol="p[budget=20,labels=one_run]", labels="one_run"),
        make_runs(benchmark, [[0]], protocol="p[patience=7]", patience=7),
        make_runs(benchmark, [[0]], protocol="q"),
        # Somebody's own protocol of the same name as another's.
        make_runs(benchmark, [[0]], protocol="q[budget=5]", budget=5, stop="optimum"),
    ]
    names = [comparison.name for comparison in comparisons(sets)]
    assert names == ["p", "p[labels=one_run]", "p[patience=7]", "q", "q[budget=5]"]


def test_a_patience_of_so_many_times_the_budget_is_one_rule(
    make_benchmark: Any, make_runs: Any
) -> None:
    benchmark = make_benchmark([1, 2])
    grows = [make_runs(benchmark, [[0]], protocol=f"p[budget={b}]", budget=b) for b in (5, 50)]
    fixed = [
        make_runs(benchmark, [[0]], protocol=f"p[budget={b}]", budget=b, patience=99)
        for b in (6, 60)
    ]
    assert len(comparisons(grows)) == len(comparisons(fixed)) == 1
    both = comparisons(grows + fixed)
    assert [comparison.name for comparison in both] == [
        "p[budget=50], p[budget=5]",
        "p[budget=60], p[budget=6]",
    ]


def test_failed_methods_are_in_and_do_not_set_the_budget(
    make_benchmark: Any, make_runs: Any
) -> None:
    one, two = make_benchmark([1, 2], name="s/one"), make_benchmark([1, 2], name="s/two")
    (comparison,) = comparisons(
        [
            make_runs(one, [[0]], method="a", reasons=["failed"], budget=5),
            make_runs(two, [[0]], method="a", budget=7),
            make_runs(one, [[0]], method="b", budget=10),
            make_runs(two, [[0]], method="c", reasons=["failed"], budget=9),
        ]
    )
    assert comparison.methods == ["a", "b", "c"]
    assert comparison.sound_methods == ["b"]
    assert comparison.failed_methods == ["a", "c"]
    assert comparison.budgets == {"s/one": 10, "s/two": 7}  # nothing is sound on two
