"""CSV files about cells of NAS-Bench-201, named by NASLib's tuples: hardware, zero-cost scores."""

import csv
from collections.abc import Callable, Sequence
from io import StringIO

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.errors import UserError, one_line, wrong_columns
from nasarena.suite.tables.metric import Metric, Values
from nasarena.suite.tables.own_table_architectures import nasbench201_ids

CELLS = 15_625

HARDWARE_FILES = {
    "nasbench201/cifar10": "hw_cifar10.csv",
    "nasbench201/cifar100": "hw_cifar100.csv",
    "nasbench201/imagenet16-120": "hw_ImageNet16-120.csv",
}
HARDWARE = {
    "edgegpu_latency": Metric("latency_ms.edgegpu", "ms", "min", device="edgegpu"),
    "edgegpu_energy": Metric("energy_mj.edgegpu", "mJ", "min", device="edgegpu"),
    "raspi4_latency": Metric("latency_ms.raspi4", "ms", "min", device="raspi4"),
    "edgetpu_latency": Metric("latency_ms.edgetpu", "ms", "min", device="edgetpu"),
    "pixel3_latency": Metric("latency_ms.pixel3", "ms", "min", device="pixel3"),
    "eyeriss_latency": Metric("latency_ms.eyeriss", "ms", "min", device="eyeriss"),
    "eyeriss_energy": Metric("energy_mj.eyeriss", "mJ", "min", device="eyeriss"),
    "eyeriss_arithmetic_intensity": Metric(
        "arithmetic_intensity.eyeriss", "operations/byte", device="eyeriss"
    ),
    "fpga_latency": Metric("latency_ms.fpga", "ms", "min", device="fpga"),
    "fpga_energy": Metric("energy_mj.fpga", "mJ", "min", device="fpga"),
}
NOT_MEASURED = -1.0
"""What stands for a cell that cannot run on a device (the edge TPU)."""

PROXY_FILES = {
    "nasbench201/cifar10": "nb201_zc_proxies.csv",
    "nasbench201/imagenet16-120": "nb201_ImageNet16-120_zc_proxies.csv",
}
PROXIES = {
    name: Metric(f"proxy.{name}", unit, "max" if not unit else None)
    for name, unit in {
        **{"epe_nas": "", "fisher": "", "flops": "million", "grad_norm": "", "grasp": ""},
        **{"jacov": "", "l2_norm": "", "nwot": "", "params": "million", "plain": ""},
        **{"snip": "", "synflow": "", "zen": ""},
    }.items()
}
NOT_COMPUTED = -1e8
"""What stands for a score that is no number."""


def read_hardware(benchmark: str, content: Callable[[str], bytes]) -> Values:
    """Latencies and energies of HW-NAS-Bench; NaN where a cell cannot run on a device."""
    file = HARDWARE_FILES[benchmark]
    return _read(file, content(file), HARDWARE, NOT_MEASURED)


def read_proxies(benchmark: str, content: Callable[[str], bytes]) -> Values:
    """Zero-cost scores; NaN for cells without scores and for scores that are no numbers."""
    file = PROXY_FILES[benchmark]
    return _read(file, content(file), PROXIES, NOT_COMPUTED)


def _read(file: str, content: bytes, columns: dict[str, Metric], missing: float) -> Values:
    """The columns of a file whose cells are named by `net`, NASLib's tuple.

    Where there is an official text beside it, `net_str`, each row's must be of the same cell.
    Raises UserError when the file is laid out in another way.
    """
    header, *rows = csv.reader(StringIO(content.decode()))
    names = ["net", *(["net_str"] if "net_str" in header else []), *columns]
    if header != names:
        raise UserError(f"{file}: {wrong_columns(names, header)}")
    for line, row in enumerate(rows, 2):
        if len(row) != len(names):
            raise UserError(f"{file}, line {line}: expected {len(names)} cells, found {len(row)}")
    ids = _cells(file, [row[0] for row in rows])
    if "net_str" in names:
        named = _cells(file, [row[1] for row in rows])
        if (named != ids).any():
            line = int((named != ids).argmax())
            raise UserError(f"{file}, line {line + 2}: the tuple and the text name two cells")
    first = len(names) - len(columns)
    values = _numbers(file, [row[first:] for row in rows])
    values[values == missing] = np.nan
    found = np.full((len(columns), CELLS), np.nan)
    found[:, ids] = values.T
    return dict(zip(columns.values(), found, strict=True))


def _cells(file: str, texts: Sequence[str]) -> NDArray[np.int64]:
    """The ids of cells, shape (rows,). Raises UserError for what is none, and for one twice."""
    ids = nasbench201_ids(texts)
    if (ids < 0).any():
        line = int((ids < 0).argmax())
        raise UserError(f"{file}, line {line + 2}: '{one_line(texts[line], 100)}' is no cell")
    if np.unique(ids).size < len(ids):
        raise UserError(f"{file} names a cell twice")
    return ids


def _numbers(file: str, rows: list[list[str]]) -> NDArray[np.float64]:
    try:
        return np.array(rows, dtype=np.float64)
    except ValueError as error:
        raise UserError(f"{file}: {one_line(str(error))}") from None
