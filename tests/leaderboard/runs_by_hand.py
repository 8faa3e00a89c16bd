"""Runs made by hand on benchmarks that are shipped, for tests of figures."""

from collections.abc import Sequence

import numpy as np

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.statistics.comparisons import Comparison, comparisons
from nasarena.suite.statistics.run_set import RunSet

CIFAR10, CIFAR100 = "nasbench201/cifar10", "nasbench201/cifar100"
PROTEINS, CORA = "nasbenchgraph/proteins", "nasbenchgraph/cora"


def run_set(
    traces: Sequence[Sequence[int]],
    benchmark: str = PROTEINS,
    method: str = "m",
    budget: int = 50,
    reason: str = "budget",
    **rules: str,
) -> RunSet:
    """Runs with seeds from 0, one query a round."""
    name = "weaknas-paper" if budget == 1000 else f"weaknas-paper[budget={budget}]"
    identity = CellIdentity(
        method=method,
        method_version="1",
        benchmark=benchmark,
        table_sha256="",
        protocol=rules.pop("protocol", name),
        protocol_version=1,
        budget=budget,
        patience=20 * budget,
        **({"labels": "mean", "duplicates": "by_id", "stop": "optimum"} | rules),
    )
    return RunSet(
        identity=identity,
        seeds=np.arange(len(traces)),
        ids=np.array([id for trace in traces for id in trace], dtype=np.int64),
        rounds=np.array([place for trace in traces for place in range(len(trace))], dtype=np.int64),
        starts=np.cumsum([0, *map(len, traces)]),
        stop_reasons=[reason] * len(traces),
    )


def traces_with(
    samples: Sequence[int | None], benchmark: str = PROTEINS, budget: int = 50
) -> list[list[int]]:
    """Traces that find the optimum at these queries, or (None) not within the budget."""
    table = load_benchmark(benchmark).table
    optimum = table.optimum.tolist()
    others = [id for id in range(table.size) if id not in optimum]
    traces = []
    for run, found in enumerate(samples):
        start = 7 * run
        trace = others[start : start + (budget if found is None else found - 1)]
        traces.append(trace + ([] if found is None else optimum[:1]))
    return traces


def comparison_of(
    samples: dict[str, dict[str, Sequence[int | None]]], budget: int = 50
) -> Comparison:
    """One comparison of methods, by benchmark and method the samples of each run."""
    (compared,) = comparisons(
        [
            run_set(traces_with(found, benchmark, budget), benchmark, method, budget)
            for benchmark, cells in samples.items()
            for method, found in cells.items()
        ]
    )
    return compared
