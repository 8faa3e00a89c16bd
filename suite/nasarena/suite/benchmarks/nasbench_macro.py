"""NAS-Bench-Macro, fetched: three training runs of every network, without a validation set."""

import json

import numpy as np

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.errors import UserError, wrong_columns
from nasarena.suite.spaces.nasbench_macro import NASBenchMacro
from nasarena.suite.tables.fetched.catalogue import FetchedFile, entry
from nasarena.suite.tables.table import Table

ENTRY = "nasbench-macro"
SPACE = NASBenchMacro()
RUNS = 3
FIELDS = ("test_acc", "mean_acc", "std", "params", "flops")


def read(content: bytes, source_sha256: str) -> Table:
    """The table in the published file.

    The file maps a key of eight digits to `test_acc` (percent, one value a training run), `params`
    (a number) and `flops` (multiply-adds). There is no validation set: the test accuracies are the
    labels. Raises UserError when the file is laid out in another way.
    """
    networks = json.loads(content)
    keys = [SPACE.key(id) for id in range(SPACE.size)]
    if networks.keys() != set(keys):
        raise UserError(
            f"{ENTRY}: expected the {len(keys):,} networks 00000000 to 22222222, found "
            f"{len(networks):,}"
        )
    for key in keys:
        if networks[key].keys() != set(FIELDS):
            raise UserError(f"{ENTRY}, network {key}: {wrong_columns(FIELDS, networks[key])}")
        if len(networks[key]["test_acc"]) != RUNS:
            raise UserError(
                f"{ENTRY}, network {key}: expected {RUNS} accuracies, found "
                f"{len(networks[key]['test_acc'])}"
            )
    return Table(
        source_sha256,
        validation=np.array([networks[key]["test_acc"] for key in keys], dtype=np.float64),
        parameters=np.array([networks[key]["params"] for key in keys], dtype=np.float64),
    )


def _what_the_labels_are() -> dict[str, str]:
    return {
        "labels": "test accuracies, since the source has no validation set: what a search finds "
        "was chosen on the test images"
    }


cifar10 = Benchmark(
    name="nasbench-macro/cifar10",
    make_space=lambda: SPACE,
    file=FetchedFile(ENTRY),
    read=read,
    licence=entry(ENTRY).licence,
    citation=entry(ENTRY).citation,
    further_facts=_what_the_labels_are,
)
