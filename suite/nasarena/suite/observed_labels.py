"""What queries answer, and the streams of random numbers of a run."""

from hashlib import sha256

import numpy as np

from nasarena.suite.arrays import Accuracies, Labels
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.live.benchmark import LiveBenchmark


def random_stream(benchmark: str, seed: int, purpose: str) -> np.random.Generator:
    """The stream of random numbers for one purpose in runs of one seed on one benchmark.

    Not of the method: methods meet the same labels and pair by seed.
    """
    words = np.frombuffer(sha256(f"{benchmark}\0{purpose}".encode()).digest(), dtype="<u4")
    return np.random.default_rng(np.random.SeedSequence([seed, *words.tolist()]))


def observed_labels(benchmark: Benchmark, labels: str, seed: int) -> Labels:
    """What queries answer in runs of one seed: the mean, or one of the training runs of each."""
    if isinstance(benchmark, LiveBenchmark):  # one value for each, whichever is asked for
        return benchmark.labels()
    table = benchmark.table
    if labels == "mean":
        return table.mean_validation
    draw = random_stream(benchmark.name, seed, "labels").random(table.size)
    run = (draw * table.runs).astype(np.int64)
    chosen: Accuracies = table.validation[np.arange(table.size), run]
    return chosen
