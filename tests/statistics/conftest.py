"""Benchmarks and runs made by hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.tables.sources import PackagedFile
from nasarena.suite.tables.table import Table

MakeBenchmark = Callable[..., Benchmark]
MakeRuns = Callable[..., RunSet]


class Listed(CategoricalSpace):
    """So many architectures, each of a class that is stated."""

    name = "listed"

    def __init__(self, classes: Sequence[int]) -> None:
        self._classes = np.array(classes)
        self.size = len(classes)
        self.choices = (tuple(map(str, range(self.size))),)

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        return np.asarray(ids)[..., None]

    def ids(self, decisions: ArrayLike) -> Ids:
        return np.asarray(decisions)[..., 0]

    def classes(self, ids: ArrayLike) -> Ids:
        named: Ids = self._classes[np.asarray(ids)]
        return named


def _benchmark(
    validation: ArrayLike,
    test: ArrayLike | None = None,
    seconds: ArrayLike | None = None,
    classes: Sequence[int] | None = None,
    name: str = "listed/one",
) -> Benchmark:
    columns = np.array(validation, dtype=float)
    columns = columns[:, None] if columns.ndim == 1 else columns
    table = Table(
        "source",
        columns,
        test=None if test is None else np.array(test, dtype=float),
        training_seconds=None if seconds is None else np.array(seconds, dtype=float),
    )
    benchmark = Benchmark(
        name=name,
        make_space=lambda: Listed(classes or range(len(columns))),
        file=PackagedFile("none", "0", "none", ""),
        read=lambda content, sha256: table,
        licence="MIT",
        citation="",
    )
    benchmark.__dict__["table"] = table
    return benchmark


def _runs(
    benchmark: Benchmark,
    traces: Sequence[Sequence[int]],
    reasons: Sequence[str] | None = None,
    recommendations: Sequence[Sequence[tuple[int, int]]] = (),
    seeds: Sequence[int] | None = None,
    **identity: Any,
) -> RunSet:
    """Runs with these traces; recommendations of each are pairs (charged by then, id)."""
    shared = CellIdentity(
        method="m",
        method_version="1",
        benchmark=benchmark.name,
        table_sha256=benchmark.table.sha256,
        protocol="p",
        protocol_version=1,
        budget=10,
        labels="mean",
        duplicates="by_id",
        stop="budget",
        patience=200,
    )
    if "budget" in identity:
        identity.setdefault("patience", 20 * identity["budget"])
    made = [(run, *pair) for run, pairs in enumerate(recommendations) for pair in pairs]
    columns = np.array(made, dtype=np.int64).reshape(-1, 3).T
    runs = RunSet(
        identity=replace(shared, **identity),
        seeds=np.array(range(len(traces)) if seeds is None else seeds),
        ids=np.array([id for trace in traces for id in trace], dtype=np.int64),
        rounds=np.array([round for trace in traces for round in range(len(trace))], dtype=np.int64),
        starts=np.cumsum([0, *map(len, traces)]),
        stop_reasons=list(reasons or ["budget"] * len(traces)),
        recommended_run=columns[0],
        recommended_after=columns[1],
        recommended_ids=columns[2],
    )
    runs.__dict__["benchmark"] = benchmark
    return runs


@pytest.fixture(scope="session")
def make_benchmark() -> MakeBenchmark:
    """Makes a benchmark of accuracies, one or more validation runs an architecture."""
    return _benchmark


@pytest.fixture(scope="session")
def make_runs() -> MakeRuns:
    """Makes the runs of one method on a benchmark."""
    return _runs
