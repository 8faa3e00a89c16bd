"""Accel-NASBench, fetched: the networks of an open space that were trained on ImageNet."""

from functools import cache

import numpy as np

from nasarena.suite.arrays import Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.tables.fetched.accel_nasbench import SPACE, read, read_architectures
from nasarena.suite.tables.fetched.catalogue import FetchedFile, entry
from nasarena.suite.tables.fetched.metric_copies import open_columns

ENTRY = "accel-nasbench"


@cache
def measured() -> Ids:
    """The ids of the measured networks in the open space, ascending, shape (networks,)."""
    file = FetchedFile(ENTRY)
    columns = open_columns(
        f"{ENTRY}-architectures", entry(ENTRY), lambda: read_architectures(file.read())
    )
    high, low = (column.values.astype(np.int64) for column in columns)
    return high * 2**32 + low


def _measured_part() -> MeasuredCells:
    return MeasuredCells(SPACE, measured())


def _what_was_measured() -> dict[str, str]:
    return {
        "measured part": f"{measured().size:,} of {SPACE.size:,} networks, drawn at random: the "
        "best of them is the optimum here; the whole space is accel-nasbench/imagenet-surrogate",
        "labels": "top-1 accuracies on ImageNet's validation images after a short training",
    }


imagenet = Benchmark(
    name="accel-nasbench/imagenet",
    make_space=_measured_part,
    file=FetchedFile(ENTRY),
    read=read,
    licence=entry(ENTRY).licence,
    citation=entry(ENTRY).citation,
    architectures=FetchedFile(ENTRY).sha256,
    space_name=ENTRY,
    further_facts=_what_was_measured,
)
