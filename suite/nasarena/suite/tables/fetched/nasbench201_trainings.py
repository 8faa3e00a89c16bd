"""NAS-Bench-201, as RoBoT's authors extracted it: tests after 200 epochs, validation after 12."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.errors import UserError, wrong_columns
from nasarena.suite.tables.metric import Metric, Values
from nasarena.suite.tables.own_table_architectures import nasbench201_ids
from nasarena.suite.tables.sources import numpy_scalars, unpickle

TESTS = {
    "nasbench201/cifar10": "nb2_cf10_test_accuracy.p",
    "nasbench201/cifar100": "nb2_cf100_test_accuracy.p",
    "nasbench201/imagenet16-120": "nb2_im120_test_accuracy.p",
}
TWELVE_EPOCHS = "nb2_cf10_hp12_info.p"
"""A list with an item for each architecture: its place, text, validation accuracy, seconds."""

CELLS = 15_625


def read_tests(benchmark: str, content: Callable[[str], bytes]) -> Values:
    """Mean test accuracies after 200 epochs, percent.

    They are a list in the official order of architectures, which another file states. Raises
    UserError when a file is laid out in another way.
    """
    name = TESTS[benchmark]
    ids = _official_order(_twelve_epochs(content))
    accuracies = np.array(unpickle(content(name), numpy_scalars()), dtype=np.float64)
    if accuracies.shape != (CELLS,) or not ((accuracies >= 0) & (accuracies <= 100)).all():
        raise UserError(f"{name}: expected {CELLS:,} accuracies in percent")
    return {Metric("test", "%", "max", epochs=200): _in_order(ids, accuracies)}


def read_12_epochs(benchmark: str, content: Callable[[str], bytes]) -> Values:
    """Validation accuracies on CIFAR-10 of the schedule of 12 epochs, and its training seconds.

    Raises UserError when the file is laid out in another way.
    """
    rows = _twelve_epochs(content)
    ids = _official_order(rows)

    def column(field: str) -> NDArray[np.float64]:
        return _in_order(ids, np.array([row[field] for row in rows], dtype=np.float64))

    return {
        Metric("validation.12_epochs", "%", "max", epochs=12): column("valacc"),
        Metric("training_seconds.12_epochs", "s", "min", epochs=12): column("cost"),
    }


def _twelve_epochs(content: Callable[[str], bytes]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = unpickle(content(TWELVE_EPOCHS), numpy_scalars())
    for place, row in enumerate(rows):
        expected = {str(place), "arch", "valacc", "cost"}
        if row.keys() != expected:
            raise UserError(
                f"{TWELVE_EPOCHS}, architecture {place}: {wrong_columns(sorted(expected), row)}"
            )
    return rows


def _official_order(rows: list[dict[str, Any]]) -> Ids:
    """The ids of the architectures in the official order, shape (15625,), by their texts."""
    ids = nasbench201_ids([row["arch"] for row in rows])
    if len(ids) != CELLS or (np.sort(ids) != np.arange(CELLS)).any():
        raise UserError(f"{TWELVE_EPOCHS}: expected each of the {CELLS:,} cells once")
    return ids


def _in_order(ids: Ids, values: NDArray[np.float64]) -> NDArray[np.float64]:
    ordered = np.full(CELLS, np.nan)
    ordered[ids] = values
    return ordered
