"""What queries answer, and the streams of random numbers of a run."""

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Ids, Labels
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.live.benchmark import LiveBenchmark
from nasarena.suite.tables.fidelities import ObservedTrainings


def random_stream(benchmark: str, seed: int, purpose: str) -> np.random.Generator:
    """The stream of random numbers for one purpose in runs of one seed on one benchmark.

    Not of the method: methods meet the same labels and pair by seed.
    """
    words = np.frombuffer(sha256(f"{benchmark}\0{purpose}".encode()).digest(), dtype="<u4")
    return np.random.default_rng(np.random.SeedSequence([seed, *words.tolist()]))


def observed_labels(benchmark: Benchmark, labels: str, seed: int) -> Labels:
    """What queries answer in runs of one seed: the mean, or one of the training runs of each."""
    if isinstance(benchmark, LiveBenchmark):
        return benchmark.labels(labels, random_stream(benchmark.name, seed, "labels"))
    table = benchmark.table
    if labels == "mean":
        return table.mean_validation
    chosen: Accuracies = table.validation[np.arange(table.size), drawn_runs(benchmark, seed)]
    return chosen


def observed_trainings(benchmark: Benchmark, labels: str, seed: int) -> ObservedTrainings:
    """What queries of shorter trainings answer in runs of one seed.

    Of as many runs as the table has, the one that answers for the full training answers here, too.
    Raises UserError where the benchmark has full trainings only.
    """
    observed: list[Labels] = []
    for values in benchmark.shorter_trainings():
        if labels == "one_run" and values.shape == benchmark.table.validation.shape:
            observed.append(values[np.arange(len(values)), drawn_runs(benchmark, seed)])
        else:
            observed.append(np.nanmean(values, axis=1))
    return ObservedTrainings(benchmark.require_fidelities(), observed)


def drawn_runs(benchmark: Benchmark, seed: int, ids: Ids | None = None) -> NDArray[np.int64]:
    """Which training run answers for each of `ids`, or of all, in runs of one seed. Their shape."""
    runs = benchmark.table.runs
    draw = random_stream(benchmark.name, seed, "labels").random(runs.size)
    return ((draw * runs) if ids is None else draw[ids] * runs[ids]).astype(np.int64)
