"""Zero-cost scores of all cells of the suite's own table: computed once, kept in a file beside it.

`python -m nasarena.suite.training.score_cells FILE.parquet` computes what the file does not hold
yet. At the end, also of Ctrl-C, it writes the columns that are shipped to FILE.arrow: scores with
the seeds that are complete.
"""

import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.files import write_atomically
from nasarena.suite.tables.arrow_columns import write_columns
from nasarena.suite.tables.proxies import SCORE, SECONDS
from nasarena.suite.training.stored_trainings import read_trainings
from nasarena.suite.training.train_cell import network_of, training_images
from nasarena.suite.training.train_table import cells, require_libraries, space

if TYPE_CHECKING:
    import torch

SCORING = 1
"""Counted up when anything here or in the scores changes: two ways of scoring do not mix."""

SCORES = ("synflow", "jacov", "nwot", "grad_norm", "snip", "grasp", "fisher", "zen", "zico")

BATCH = 64
"""Images of the batch that a score sees: the first for training."""

JACOBIAN_IMAGES = 32
"""Fewer: Jacobians have 64 numbers here, and as many images or more correlate in any network."""

ZICO_BATCH, ZICO_BATCHES = 128, 2
"""As in the released code of ZiCo."""

ZEN_INPUTS, ZEN_DRAWS = 16, 2
"""Gaussian inputs of a draw of weights, and draws over which the mean is taken."""

SEEDS = range(2)
"""Initial weights: those that the table's first trainings begin with."""

SAVED_EVERY_SECONDS = 30.0


class Scored(NamedTuple):
    """The scores of a cell with one seed, and the processor seconds that each took."""

    scores: dict[str, float]
    seconds: dict[str, float]


Scorings = dict[tuple[int, str], Scored]
"""By seed and the official hash of the cell."""


def score_cell(cell: str, seed: int) -> Scored:
    """The scores of one cell. A seed draws the initial weights that its training begins with.

    The same cell, seed, processor and libraries give the same bits; PyTorch should use one thread.
    """
    import torch

    matrix, operations = space().cell(cells()[cell])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = network_of(matrix, operations).train()
    found = Scored({}, {})
    for name, score in _ways(network, torch.Generator().manual_seed(seed)).items():
        started = time.process_time()
        found.scores[name] = score()
        found.seconds[name] = time.process_time() - started
    return found


def _ways(network: "torch.nn.Module", draws: "torch.Generator") -> dict[str, Callable[[], float]]:
    """What computes each score of a network: zen the last, as it draws other weights."""
    from nasarena.suite.training import zero_cost

    pixels, digits = training_images()
    images, batch = pixels[:BATCH], (pixels[:BATCH], digits[:BATCH])
    starts = [ZICO_BATCH * part for part in range(ZICO_BATCHES)]
    parts = [(pixels[i : i + ZICO_BATCH], digits[i : i + ZICO_BATCH]) for i in starts]
    return {
        "synflow": partial(zero_cost.synflow, network, images),
        "jacov": partial(zero_cost.jacov, network, pixels[:JACOBIAN_IMAGES]),
        "nwot": partial(zero_cost.nwot, network, images),
        "grad_norm": partial(zero_cost.grad_norm, network, *batch),
        "snip": partial(zero_cost.snip, network, *batch),
        "grasp": partial(zero_cost.grasp, network, *batch),
        "fisher": partial(zero_cost.fisher, network, *batch),
        "zico": partial(zero_cost.zico, network, parts),
        "zen": partial(_mean_zen, network, (ZEN_INPUTS, *pixels.shape[1:]), draws),
    }


def _mean_zen(
    network: "torch.nn.Module", shape: tuple[int, ...], draws: "torch.Generator"
) -> float:
    from nasarena.suite.training import zero_cost

    found = []
    for _ in range(ZEN_DRAWS):
        zero_cost.draw_gaussian(network, draws)
        found.append(zero_cost.zen(partial(_features, network), network, shape, draws))
    return float(np.mean(found))


def _features(network: "torch.nn.Module", images: "torch.Tensor") -> "torch.Tensor":
    """What nasbench-pytorch's network averages over positions before it classifies."""
    for layer in network.layers:  # type: ignore[union-attr]  # a ModuleList
        images = layer(images)
    return images


def score_table(
    path: Path, seeds: range = SEEDS, progress: Callable[[int], object] = lambda scored: None
) -> None:
    """Scores all cells with each seed, one seed after the other, but for what the file holds.

    Cells are in random order, so that what is there is a fair sample.

    The file is written again every half minute, and at the end, also after an error.
    """
    import torch

    torch.set_num_threads(1)
    scorings = read_scorings(path.read_bytes()) if path.exists() else {}
    shuffled = np.random.default_rng(0).permutation(list(cells())).tolist()
    progress(len(scorings))
    saved = time.monotonic()
    try:
        for seed in seeds:
            for cell in shuffled:
                if (seed, cell) not in scorings:
                    scorings[seed, cell] = score_cell(cell, seed)
                    progress(len(scorings))
                if time.monotonic() - saved >= SAVED_EVERY_SECONDS:
                    save_scorings(scorings, path)
                    saved = time.monotonic()
    finally:
        save_scorings(scorings, path)


def save_scorings(scorings: Mapping[tuple[int, str], Scored], path: Path) -> None:
    """Writes a file of scores, whole or not at all: same scores, same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    ordered = sorted(scorings.items())
    columns = {
        "seed": pa.array([seed for (seed, _), _ in ordered], pa.int16()),
        "cell": pa.array([cell for (_, cell), _ in ordered], pa.string()),
    }
    for name in SCORES:
        values = [scored.scores[name] for _, scored in ordered]
        columns[name] = pa.array(values, pa.float64())
        taken = [scored.seconds[name] for _, scored in ordered]
        columns[f"{name}_seconds"] = pa.array(taken, pa.float32())
    table = pa.table(columns).replace_schema_metadata({"scoring": str(SCORING)})

    def write(file: BinaryIO) -> None:
        pq.write_table(table, file, compression="zstd", compression_level=19)

    write_atomically(path, write)


def read_scorings(content: bytes) -> Scorings:
    """The scores in a file. Raises ValueError for those of another way of scoring."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(BytesIO(content), pre_buffer=False) as parquet:
        table = parquet.read(use_threads=False)
    scoring = int((table.schema.metadata or {})[b"scoring"])
    if scoring != SCORING:
        raise ValueError(f"holds scores of scoring {scoring}, this nasarena scores by {SCORING}")
    return {
        (row["seed"], row["cell"]): Scored(
            {name: row[name] for name in SCORES},
            {name: row[f"{name}_seconds"] for name in SCORES},
        )
        for row in table.to_pylist()
    }


def shipped_columns(
    scorings: Mapping[tuple[int, str], Scored], multiply_adds: Mapping[str, int]
) -> dict[str, NDArray[np.float64]]:
    """The metrics of each cell in the order of the space, by their names in a benchmark.

    A score is the mean over the seeds that all cells were scored with, and so are its seconds;
    where there is none, multiply-adds are all. `multiply_adds` are by the official hash of a cell.
    """
    order = list(cells())
    columns = {"multiply_adds": np.array([multiply_adds[cell] for cell in order], dtype=float)}
    seeds = [seed for seed in SEEDS if all((seed, cell) in scorings for cell in order)]
    for name in SCORES if seeds else ():
        each = [[scorings[seed, cell] for cell in order] for seed in seeds]
        columns[f"{SCORE}{name}"] = np.mean(
            [[one.scores[name] for one in row] for row in each], axis=0
        )
        columns[f"{SECONDS}{name}"] = np.mean(
            [[one.seconds[name] for one in row] for row in each], axis=0
        )
    return columns


def write_shipped(path: Path, table: bytes, scores: bytes | None) -> None:
    """Writes the columns that are shipped, from the file of trainings and the file of scores."""
    trained = read_trainings(BytesIO(table))
    multiply_adds = {group.cell: training.multiply_adds for group, training in trained.items()}
    scorings = {} if scores is None else read_scorings(scores)
    write_columns(path, shipped_columns(scorings, multiply_adds), {"scoring": str(SCORING)})


def _main() -> None:
    require_libraries()
    wanted, path = len(SEEDS) * len(cells()), Path(sys.argv[1])

    def show(scored: int) -> None:
        if scored % 100 == 0 or scored == wanted:
            print(f"{scored:,} of {wanted:,}", flush=True)

    trained = (
        Path(__file__).parents[1] / "tables" / "trained" / "nasbench101-5-rotated-mnist.parquet"
    )
    try:
        score_table(path, progress=show)
    finally:
        write_shipped(path.with_suffix(".arrow"), trained.read_bytes(), path.read_bytes())


if __name__ == "__main__":
    _main()
