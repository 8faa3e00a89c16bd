"""All cells of NAS-Bench-101, trained on rotated digits as the suite's own table was."""

from functools import cache
from hashlib import sha256

from nasarena.suite.benchmarks.rotated_mnist import nasbench101_5_rotated_mnist
from nasarena.suite.live.benchmark import LiveBenchmark, Training, no_file
from nasarena.suite.live.measurement import Measurement
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.training.recipe import RECIPE
from nasarena.suite.training.rotated_digits import SOURCE

SEED = 0
"""Every cell is trained with this seed."""


@cache
def space() -> NASBench101:
    """All cells."""
    return NASBench101()


def train(id: int) -> Measurement:
    """Trains one cell."""
    import torch

    from nasarena.suite.training.train_cell import train_cell

    torch.set_num_threads(1)
    trained = train_cell(*space().cell(id), [SEED])
    return Measurement(
        validation=float(trained.validation[0, -1]),
        test=float(trained.test[0, -1]),
        validation_loss=float(trained.validation_loss[0, -1]),
        seconds=float(trained.seconds),
        parameters=int(trained.parameters),
    )


def _require() -> None:
    from nasarena.suite.training.train_table import require_libraries

    require_libraries()


nasbench101_rotated_mnist = LiveBenchmark(
    name="live/nasbench101-rotated-mnist",
    make_space=space,
    file=Training(
        source=f"trained when asked for: recipe {RECIPE}, seed {SEED}, {SOURCE.source}",
        sha256=sha256(f"{RECIPE}\0{SOURCE.sha256}\0nasbench101\0{SEED}".encode()).hexdigest(),
    ),
    read=no_file,
    licence=nasbench101_5_rotated_mnist.licence,
    citation=nasbench101_5_rotated_mnist.citation,
    evaluate=train,
    require=_require,
)
