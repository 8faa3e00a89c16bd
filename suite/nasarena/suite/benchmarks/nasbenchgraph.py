"""NAS-Bench-Graph as the package nas-bench-graph ships it: one validation and test value a cell."""

from functools import cache, partial
from typing import Any

import numpy as np

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.spaces.nasbenchgraph import OPERATIONS, PROTEINS_OPERATIONS, NASBenchGraph
from nasarena.suite.tables.sources import PackagedFile, numpy_scalars, unpickle
from nasarena.suite.tables.table import Table

CITATION = (
    "Qin et al., NAS-Bench-Graph: Benchmarking Graph Neural Architecture Search, "
    "NeurIPS 2022, arXiv:2206.09166"
)

make_space = cache(NASBenchGraph)
"""One space for all the data sets with the same operations: its tables are built once."""


def read(content: bytes, source_sha256: str) -> Table:
    """The table in one of the package's `light` pickles.

    The pickle maps a key to `valid_perf` and `perf` (test; fractions, each the mean of three
    training runs), `latency` (seconds) and `para` (millions of parameters).
    """
    rows = [row for _, row in sorted(unpickle(content, allowed=numpy_scalars()).items())]

    def column(name: str, scale: float = 1.0) -> Any:
        return np.array([float(row[name]) for row in rows]) * scale

    return Table(
        source_sha256,
        validation=column("valid_perf", 100.0)[:, None],
        test=column("perf", 100.0),
        parameters=np.round(column("para", 1e6)),
        latency_seconds=column("latency"),
    )


def _benchmark(dataset: str, sha256: str, operations: tuple[str, ...] = OPERATIONS) -> Benchmark:
    return Benchmark(
        name=f"nasbenchgraph/{dataset}",
        make_space=partial(make_space, operations),
        file=PackagedFile(
            package="nas-bench-graph",
            version="1.4.0",
            path=f"nas_bench_graph/light/{dataset}.bench",
            sha256=sha256,
        ),
        read=read,
        licence="Apache-2.0",
        citation=CITATION,
    )


cora = _benchmark("cora", "5e69b2f9bb08d8927d9ffd4921f8494a3cea349c9c3a461334cb9dc9e11701a8")
citeseer = _benchmark(
    "citeseer", "99c7f79b73372636305bf73fb32a58b63c57bd1871a152dd62ec72d984c8c50f"
)
pubmed = _benchmark("pubmed", "10b4dcf6cfd3a24f6059f7d541a4a872960b4adac0b3dba26abed1bb9a3d904d")
cs = _benchmark("cs", "71ae8469930517160b024f52db6000a4897f1aff5d765beb27bb60952ed5bd31")
physics = _benchmark("physics", "1e309bafee0b832c8b84fa3c039c36992bc0a910238b128f26b7e9190d7f2aea")
photo = _benchmark("photo", "5511b4dc3f63fa988792177227db7901290fb9b27fc6c02e3036b29e134ed6df")
computers = _benchmark(
    "computers", "fdb3dc0cf405d62322f0ab9614b2083c2a5e6576c2f43e4f2214be64bc62b1b3"
)
arxiv = _benchmark("arxiv", "7ee21a7653297a806c0ed1be3efe6ecc06acc84e48e942da0bfde0e5d287debe")
proteins = _benchmark(
    "proteins",
    "b9e7fb0902bda44fec32c948e5fde822fb22d38d674c52e43ace5197378f2d21",
    PROTEINS_OPERATIONS,
)
