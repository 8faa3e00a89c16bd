"""A search as a row of pytest-benchmark."""

import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from nasarena.suite.gate.outcomes import Outcomes
from nasarena.suite.runs.execute import Cell, execute, source_digest_of
from nasarena.suite.statistics.intervals import rounded


def time_search(
    benchmark: Any, cells: Sequence[Cell], seed: int, outcomes: Sequence[Outcomes]
) -> None:
    """Time one seed's search in all cells, in this process, with pytest-benchmark's fixture.

    Its `extra_info` gets, by benchmark, the mean of min(samples, budget) and the share of runs
    that found the optimum.
    """
    digests = [source_digest_of(cell.method) for cell in cells]

    def search() -> None:
        for cell, digest in zip(cells, digests, strict=True):
            execute(cell, seed, digest)

    with _random_numbers_untouched():
        benchmark(search)
    benchmark.extra_info["method"] = cells[0].method.name
    benchmark.extra_info["protocol"] = cells[0].protocol.name
    benchmark.extra_info["seeds"] = min(one.count for one in outcomes)
    benchmark.extra_info["samples"] = {
        one.identity.benchmark: rounded(float(one.censored.mean())) for one in outcomes
    }
    benchmark.extra_info["found"] = {
        one.identity.benchmark: rounded(float(np.isfinite(one.samples).mean())) for one in outcomes
    }


@contextmanager
def _random_numbers_untouched() -> Iterator[None]:
    """A run seeds the global generators of this process; the tests after it keep theirs."""
    torch = sys.modules.get("torch")
    # numpy's legacy generator is what a run seeds.
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    torchs = torch.get_rng_state() if torch else None
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        if torch:
            torch.set_rng_state(torchs)
