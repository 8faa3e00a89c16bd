"""NATS-Bench's topology release, one file an architecture: read without running what is in it."""

import bz2
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies
from nasarena.suite.errors import UserError, one_line
from nasarena.suite.files import read_regular
from nasarena.suite.tables.sources import numpy_scalars, unpickle
from nasarena.suite.workers.limited import Call, OverLimit, limited_process

ARCHITECTURES = 15_625
RUNS = 3
"""The most training runs (seeds 777, 888, 999) of an architecture; about half have fewer."""

MOST_FILE_BYTES = 50_000_000
"""Of one file: the release's largest has 1 MB."""

MOST_DECOMPRESSED_BYTES = 100_000_000

MEMORY, SECONDS = 1_000_000_000, 30.0
"""What the process that reads the files may take: bytes in all, seconds of wall time for each."""

LENGTHS = (12, 200)
"""Training epochs."""

SUFFIX = ".pickle.pbz2"


@dataclass(frozen=True)
class Part:
    """Where the accuracies of a data set are: the name of a sub-table, and of a split in it."""

    trained_on: str
    split: str


VALIDATION = {
    "cifar10": Part("cifar10-valid", "x-valid"),
    "cifar100": Part("cifar100", "x-valid"),
    "imagenet16-120": Part("ImageNet16-120", "x-valid"),
}
TEST = {
    "cifar10": Part("cifar10", "ori-test"),
    "cifar100": Part("cifar100", "x-test"),
    "imagenet16-120": Part("ImageNet16-120", "x-test"),
}
"""CIFAR-10 is tested after training on the validation images as well, in another sub-table."""


@dataclass(frozen=True)
class Measured:
    """One data set at one training length: accuracies of every run, NaN after an architecture's
    last, shape (architectures, 3), percent; of the run that is validated the mean seconds of
    training, the number of parameters and the latency in seconds, shape (architectures,)."""

    validation: Accuracies
    test: Accuracies
    seconds: NDArray[np.float64]
    parameters: NDArray[np.float64]
    latency: NDArray[np.float64]

    @classmethod
    def empty(cls, architectures: int) -> "Measured":
        """Nothing measured: all NaN."""
        return cls(
            *(np.full((architectures, RUNS), np.nan) for _ in range(2)),
            *(np.full(architectures, np.nan) for _ in range(3)),
        )


@dataclass(frozen=True)
class NATSBench:
    """The release: `names` of the architectures in its order, `|nor_conv_3x3~0|+...`, and what was
    measured by data set and training length. `source_sha256` is of all files, in order."""

    source_sha256: str
    names: tuple[str, ...]
    measured: Mapping[tuple[str, int], Measured]


def read_natsbench(
    folder: Path, progress: Callable[[int], object] = lambda files: None
) -> NATSBench:
    """Reads the folder NATS-tss-v1_0-3ffb9-simple; `progress` is told of files since last told.

    Raises UserError when it is something else, naming the file at fault.
    """
    if folder.is_file():
        raise UserError(
            f"{folder} is one file, which takes more than 12 GB of memory to read; give the folder "
            "NATS-tss-v1_0-3ffb9-simple of the same release, which has a file an architecture"
        )
    with limited_process(MEMORY, SECONDS) as call:
        return _read_all(folder, partial(_read_limited, call), progress)


def _read_limited(call: Call, function: Callable[..., Any], path: Path, *arguments: Any) -> Any:
    """What a function of this module reads, in the limited process. Raises UserError."""
    try:
        return call(function, path, *arguments)
    except OverLimit as error:
        raise UserError(f"{path} {error}: it is not NATS-Bench's; get the release again") from None


def _read_all(
    folder: Path, read: Callable[..., Any], progress: Callable[[int], object]
) -> NATSBench:
    file_digest, names = read(read_names, folder / f"meta{SUFFIX}")
    digest = sha256(file_digest)
    if len(names) != ARCHITECTURES:
        raise UserError(
            f"{folder} names {len(names):,} architectures, not {ARCHITECTURES:,}: it is not the "
            "topology release; give NATS-tss-v1_0-3ffb9-simple"
        )
    measured = {
        (dataset, epochs): Measured.empty(len(names))
        for dataset in VALIDATION
        for epochs in LENGTHS
    }
    for row, name in enumerate(names):
        file_digest, found = read(read_architecture, folder / f"{row:06d}{SUFFIX}", name)
        digest.update(file_digest)
        for key, into in measured.items():
            for field in fields(Measured):
                getattr(into, field.name)[row] = getattr(found[key], field.name)[0]
        progress(1)
    return NATSBench(digest.hexdigest(), names, measured)


def read_names(path: Path) -> tuple[bytes, tuple[str, ...]]:
    """The sha256 of the release's list, and the architectures in it."""
    digest, meta = _read(path)
    return digest, _field(path, lambda: tuple(str(name) for name in meta["meta_archs"]))


def read_architecture(path: Path, name: str) -> tuple[bytes, dict[tuple[str, int], Measured]]:
    """The sha256 of a file of one architecture, and what was measured, in arrays of one."""
    digest, results = _read(path)
    found = {}
    for dataset in VALIDATION:
        for epochs in LENGTHS:
            into = found[dataset, epochs] = Measured.empty(1)
            _field(path, lambda: _take(results[str(epochs)], name, dataset, into, 0))  # noqa: B023
    return digest, found


def _take(result: Any, name: str, dataset: str, into: Measured, row: int) -> None:
    """Puts what is said of one architecture in its row. Raises for an accuracy that is none."""
    if result["arch_str"] != name:
        raise ValueError(f"it is of {result['arch_str']}, not of {name}")
    for accuracies, part in (
        (into.validation, VALIDATION[dataset]),
        (into.test, TEST[dataset]),
    ):
        for run, trial in enumerate(_trials(result, part.trained_on)):
            last = f"{part.split}@{int(trial['epochs']) - 1}"
            accuracy = float(trial["eval_acc1es"][last])
            if not 0 <= accuracy <= 100:
                raise ValueError(
                    f"the accuracy {last} of {name} on {part.trained_on} is {accuracy}, not from 0 "
                    "to 100"
                )
            accuracies[row, run] = accuracy
    trials = list(_trials(result, VALIDATION[dataset].trained_on))
    into.seconds[row] = np.mean([sum(_values(trial["train_times"])) for trial in trials])
    into.parameters[row] = np.round(1e6 * float(trials[0]["params"]))
    into.latency[row] = np.mean([np.mean(_values(trial["latency"])) for trial in trials])


def _trials(result: Any, trained_on: str) -> Iterator[Any]:
    """The training runs of one sub-table, by seed."""
    seeds = sorted(result["dataset_seed"][trained_on])
    if not 1 <= len(seeds) <= RUNS:
        raise ValueError(f"it has {len(seeds)} runs on {trained_on}")
    for seed in seeds:
        yield result["all_results"][trained_on, seed]


def _values(numbers: Any) -> list[float]:
    """Numbers in a list or, by epoch, in a dictionary; NaN where there are none."""
    listed = list(numbers.values()) if isinstance(numbers, dict) else list(numbers or ())
    return [float(number) for number in listed] or [float("nan")]


def _read(path: Path) -> tuple[bytes, Any]:
    """The sha256 of a compressed pickle of plain types, and what it holds."""
    try:
        content = read_regular(path, MOST_FILE_BYTES, follow_links=True)
    except FileNotFoundError:
        raise UserError(
            f"there is no {path}; give the folder NATS-tss-v1_0-3ffb9-simple, whole"
        ) from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror})") from None
    allowed = numpy_scalars() | {("collections", "OrderedDict"): OrderedDict}
    held = _field(path, lambda: unpickle(_decompressed(content), allowed))
    return sha256(content).digest(), held


def _decompressed(content: bytes) -> bytes:
    with bz2.open(BytesIO(content)) as file:
        whole = file.read(MOST_DECOMPRESSED_BYTES + 1)
    if len(whole) > MOST_DECOMPRESSED_BYTES:
        raise ValueError(f"it holds more than {MOST_DECOMPRESSED_BYTES:,} bytes")
    return whole


def _field(path: Path, take: Callable[[], Any]) -> Any:
    """What `take` gives. Raises UserError, naming the file, for whatever goes wrong in it."""
    try:
        return take()
    except MemoryError:
        raise
    except Exception as error:  # anything can be in a file
        said = one_line(f"{type(error).__name__}: {error}")
        raise UserError(f"{path} is not NATS-Bench's ({said}); get the release again") from None
