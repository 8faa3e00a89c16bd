"""The decoy test: does a search know what it did not query?

The labels of the best architectures are exchanged with those of others, drawn at random: a decoy
now carries the best label, and the real optimum an ordinary one. Nothing leads to the decoy but its
label: a search that reads labels which it did not query goes there. A search that reads the table,
or knows it by heart, goes to the real optimum all the same. An honest one may come across the real
optimum, as it comes across others of the best, to which the structure of the space leads as well;
but it does not prefer it to them.
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
from nasarena.suite.tables.proxies import Proxies
from nasarena.suite.tables.table import OPTIONAL_COLUMNS, Table

EXCHANGED = 100
"""Architectures whose labels are exchanged with those of as many others; fewer in small spaces."""

QUERIES = 200
"""Charged queries of a decoy run; fewer in small spaces."""

SHARE = 75
"""At most one in so many architectures is queried: chance finds few of them."""


@dataclass(frozen=True)
class DecoyRun:
    """What a decoy run charged of what it could not know.

    `real` is the place, from 1, of the real optimum among those of the real best that the run
    charged, in its order; `decoy` the query that charged the decoy. None where none did.
    """

    real: int | None
    decoy: int | None
    error: str | None = None


@dataclass(frozen=True)
class Exchange:
    """Whose row each architecture has, shape (architectures,), and the real best, best first."""

    rows: NDArray[np.int64]
    best: NDArray[np.int64]


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


@lru_cache(maxsize=1)
def decoy_of(name: str, draw: int) -> Benchmark:
    """A benchmark whose best architectures have exchanged their rows with others."""
    benchmark = load_benchmark(name)
    rows = exchanged(benchmark.table, draw).rows
    decoy = replace(benchmark)
    # As if they had been opened: no file holds such a table.
    decoy.__dict__["space"] = benchmark.space
    decoy.__dict__["table"] = _with_rows(benchmark.table, rows)
    decoy.__dict__["scores"] = _shuffled(benchmark, draw)
    return decoy


def exchanged(table: Table, draw: int) -> Exchange:
    """The best architectures and as many others, drawn at random, with one another's rows."""
    rng = np.random.default_rng(draw)
    order = np.argsort(-table.mean_validation, kind="stable")
    count = exchanged_count(table)
    best, others = order[:count], rng.permutation(order[count:])[:count]
    rows = np.arange(table.size)
    rows[best], rows[others] = others, best
    return Exchange(rows, best)


def exchanged_count(table: Table) -> int:
    """How many of the best have other labels: so many for each of them that ties as best."""
    ties = table.optimum.size
    return max(ties, min(EXCHANGED * ties, table.size // 20))


def _with_rows(table: Table, rows: NDArray[np.int64]) -> Table:
    known = {name: getattr(table, name) for name in OPTIONAL_COLUMNS}
    columns: dict[str, Any] = {
        name: None if column is None else column[rows] for name, column in known.items()
    }
    return replace(table, validation=table.validation[rows], sha256="decoy", **columns)


def _shuffled(benchmark: Benchmark, draw: int) -> Proxies:
    """Zero-cost scores, exchanged among the real best: they lead to these, and not to the best one.

    A score knows no labels, and may rank the optimum first; an honest search by it would then go
    there in every run.
    """
    rng = np.random.default_rng([draw, 1])
    best = exchanged(benchmark.table, draw).best
    rows = np.arange(benchmark.table.size)
    rows[best] = rng.permutation(best)
    scores = benchmark.scores
    return Proxies({name: score[rows] for name, score in scores.scores.items()}, scores.seconds)


def decoy_run(cell: Cell, seed: int, draw: int) -> DecoyRun:
    """Run a cell's method, under `decoy_protocol`, on the decoy that `draw` makes."""
    decoy = decoy_of(cell.benchmark, draw)
    record = execute(cell, seed, "decoy", decoy).record
    trace = np.array(record.ids, dtype=np.int64)
    real = load_benchmark(cell.benchmark).table
    best = trace[np.isin(trace, exchanged(real, draw).best)]
    return DecoyRun(
        real=_first(best, real.optimum),
        decoy=_first(trace, decoy.table.optimum),
        error=record.error,
    )


def _first(trace: NDArray[np.int64], wanted: NDArray[np.int64]) -> int | None:
    hits = np.flatnonzero(np.isin(trace, wanted))
    return int(hits[0]) + 1 if hits.size else None
