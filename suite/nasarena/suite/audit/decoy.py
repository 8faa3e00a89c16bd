"""The decoy test: does a search know what it did not query?

The labels of the best architectures are exchanged with those of others, drawn at random: a decoy
now carries the best label, and the real optimum an ordinary one. Nothing in the structure of the
space leads to the decoy. A search that reads the table, or a file of it, goes to the real optimum
all the same; one that reads labels through the problem goes to the decoy.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.protocol import Protocol
from nasarena.suite.runs.execute import Cell, execute
from nasarena.suite.tables.table import OPTIONAL_COLUMNS, Table

EXCHANGED = 100
"""Architectures whose labels are exchanged with those of as many others; fewer in small spaces."""

QUERIES = 200
"""Charged queries of a decoy run; fewer in small spaces."""

SHARE = 75
"""At most one in so many architectures is queried: chance finds few of them."""


@dataclass(frozen=True)
class DecoyRun:
    """When a run first charged the real optimum and the decoy, from 1; None where it never did."""

    real: int | None
    decoy: int | None
    error: str | None = None


def queries_of(benchmark: Benchmark) -> int:
    """Charged queries of a decoy run on a benchmark."""
    return max(1, min(QUERIES, benchmark.table.size // SHARE))


def decoy_protocol(benchmark: Benchmark) -> Protocol:
    """The rules of decoy runs: they go on after any optimum."""
    return Protocol(
        name="decoy",
        version=1,
        budget=queries_of(benchmark),
        labels="mean",
        duplicates="by_id",
        stop="budget",
    )


@lru_cache(maxsize=4)
def decoy_of(name: str, draw: int) -> Benchmark:
    """A benchmark whose best architectures have exchanged their rows with others."""
    benchmark = load_benchmark(name)
    rows = exchanged_rows(benchmark.table, draw)
    decoy = replace(benchmark)
    # As if they had been opened: no file holds such a table.
    decoy.__dict__["space"] = benchmark.space
    decoy.__dict__["table"] = _with_rows(benchmark.table, rows)
    return decoy


def exchanged_rows(table: Table, draw: int) -> NDArray[np.int64]:
    """For each architecture, whose row it has; shape (architectures,)."""
    rng = np.random.default_rng(draw)
    order = np.argsort(-table.mean_validation, kind="stable")
    count = max(table.optimum.size, min(EXCHANGED, table.size // 20))
    best, others = order[:count], rng.permutation(order[count:])[:count]
    rows = np.arange(table.size)
    rows[best], rows[others] = others, best
    return rows


def _with_rows(table: Table, rows: NDArray[np.int64]) -> Table:
    known = {name: getattr(table, name) for name in OPTIONAL_COLUMNS}
    columns: dict[str, Any] = {
        name: None if column is None else column[rows] for name, column in known.items()
    }
    return replace(table, validation=table.validation[rows], sha256="decoy", **columns)


def decoy_run(cell: Cell, seed: int, draw: int) -> DecoyRun:
    """Run a cell's method, under `decoy_protocol`, on the decoy that `draw` makes."""
    decoy = decoy_of(cell.benchmark, draw)
    record = execute(cell, seed, "decoy", decoy).record
    trace = np.array(record.ids, dtype=np.int64)
    return DecoyRun(
        real=_first(trace, load_benchmark(cell.benchmark).table.optimum),
        decoy=_first(trace, decoy.table.optimum),
        error=record.error,
    )


def _first(trace: NDArray[np.int64], wanted: NDArray[np.int64]) -> int | None:
    hits = np.flatnonzero(np.isin(trace, wanted))
    return int(hits[0]) + 1 if hits.size else None
