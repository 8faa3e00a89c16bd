"""TransNAS-Bench-101, fetched: the measured part of two spaces, on seven tasks each."""

from functools import cache, partial

import numpy as np

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.spaces.transnasbench101 import ALL, Part, TransNASBench101
from nasarena.suite.tables.fetched.catalogue import FetchedFile, entry
from nasarena.suite.tables.fetched.metric_copies import open_columns
from nasarena.suite.tables.fetched.transnasbench101 import TASKS, read, read_architectures


@cache
def _space(part: Part, task: str) -> TransNASBench101:
    name = f"transnasbench101-{part}"
    columns = open_columns(
        f"{name}-{task}-architectures",
        entry(name),
        lambda: read_architectures(FetchedFile(name).read(), task),
    )
    digits = np.stack([column.values for column in columns], axis=1)
    return TransNASBench101(part, digits.astype(np.int64).tolist())


def _what_was_measured(part: Part, task: str) -> dict[str, str]:
    return {
        "measured part": f"{_space(part, task).size:,} of {ALL[part]:,} architectures, those that "
        "NASLib has zero-cost scores of: the best of them is the optimum here"
    }


def _benchmark(part: Part, task: str) -> Benchmark:
    name = f"transnasbench101-{part}"
    return Benchmark(
        name=f"{name}/{task}",
        make_space=partial(_space, part, task),
        file=FetchedFile(name),
        read=partial(read, task=task),
        licence=entry(name).licence,
        citation=entry(name).citation,
        architectures=FetchedFile(name).sha256,
        space_name=name,
        further_facts=partial(_what_was_measured, part, task),
        objective=TASKS[task],
    )


micro_class_scene = _benchmark("micro", "class_scene")
micro_class_object = _benchmark("micro", "class_object")
micro_autoencoder = _benchmark("micro", "autoencoder")
micro_normal = _benchmark("micro", "normal")
micro_jigsaw = _benchmark("micro", "jigsaw")
micro_room_layout = _benchmark("micro", "room_layout")
micro_segmentsemantic = _benchmark("micro", "segmentsemantic")
macro_class_scene = _benchmark("macro", "class_scene")
macro_class_object = _benchmark("macro", "class_object")
macro_autoencoder = _benchmark("macro", "autoencoder")
macro_normal = _benchmark("macro", "normal")
macro_jigsaw = _benchmark("macro", "jigsaw")
macro_room_layout = _benchmark("macro", "room_layout")
macro_segmentsemantic = _benchmark("macro", "segmentsemantic")
