"""Accel-NASBench's archive: one small file of JSON for each measured network."""

import json
import re
import tarfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.errors import UserError, one_line
from nasarena.suite.spaces.accel_nasbench import AccelNASBench
from nasarena.suite.tables.metric import Metric, Values
from nasarena.suite.tables.table import Table

NAME = "anb_dataset_jsons.tar.gz"
MOST_FILES, MOST_BYTES, MOST_IN_ALL = 10_000, 10_000, 50_000_000
MILLION = 1e6
SPACE = AccelNASBench()
MEMBER = re.compile(r"(\./)?anb_dataset_jsons/result_\d{1,6}\.json", re.ASCII)

DEVICES = {
    "latency_zcu102": Metric("latency_ms.zcu102", "ms", "min", device="zcu102"),
    "latency_vck190": Metric("latency_ms.vck190", "ms", "min", device="vck190"),
    "throughput_a100": Metric("throughput.a100", "images/s", "max", device="a100"),
    "throughput_3090": Metric("throughput.rtx3090", "images/s", "max", device="rtx3090"),
    "throughput_tpuv2": Metric("throughput.tpuv2", "images/s", "max", device="tpuv2"),
    "throughput_tpuv3": Metric("throughput.tpuv3", "images/s", "max", device="tpuv3"),
    "throughput_zcu102": Metric("throughput.zcu102", "images/s", "max", device="zcu102"),
    "throughput_vck190": Metric("throughput.vck190", "images/s", "max", device="vck190"),
}
"""What was measured on accelerators, as the files call it."""

Networks = dict[int, list[dict[str, Any]]]
"""The trainings of each measured network, by its id in the open space, ascending."""


def read(content: bytes, source_sha256: str) -> Table:
    """The table of the measured networks, ascending by their ids in the open space.

    `val_top1` (percent) is of one training, of a few networks of two. Raises UserError when the
    archive holds anything else than the published files do.
    """
    networks = list(_networks(content).values())
    most = max(map(len, networks))
    validation = np.full((len(networks), most), np.nan)
    for row, trainings in enumerate(networks):
        validation[row, : len(trainings)] = [one["metrics"]["val_top1"] for one in trainings]
    return Table(
        source_sha256,
        validation=validation,
        training_seconds=_means(networks, lambda one: one["metrics"]["train_time"]),
        parameters=np.round(MILLION * _means(networks, lambda one: one["model_info"]["params"])),
    )


def read_architectures(content: bytes) -> Values:
    """The ids of the measured networks in the open space, in two parts that a float holds."""
    ids = np.array(list(_networks(content)))
    high, low = np.divmod(ids, 2**32)
    return {Metric("high"): high.astype(np.float64), Metric("low"): low.astype(np.float64)}


def read_metrics(benchmark: str, content: Callable[[str], bytes]) -> Values:
    """Throughput on six accelerators, latency on two of them, and multiply-adds."""
    networks = list(_networks(content(NAME)).values())
    found = {
        Metric("multiply_adds", "", "min"): np.round(
            MILLION * _means(networks, lambda one: one["model_info"]["macs"])
        ),
        Metric("validation_top5", "%", "max"): _means(
            networks, lambda one: one["metrics"]["val_top5"]
        ),
    }
    for name, metric in DEVICES.items():
        found[metric] = _means(networks, _measured_on(name))
    return found


def _measured_on(name: str) -> Callable[[dict[str, Any]], float | None]:
    mean = f"{name.partition('_')[0]}_mean"
    return lambda one: one["platform_perf"][name][mean]


def _means(
    networks: list[list[dict[str, Any]]], value: Callable[[dict[str, Any]], float | None]
) -> NDArray[np.float64]:
    """The mean over the trainings of each network that have the value; NaN where none has it."""
    means = np.full(len(networks), np.nan)
    for row, trainings in enumerate(networks):
        stated = [number for one in trainings if (number := value(one)) is not None]
        if stated:
            means[row] = np.mean(stated)
    return means


def _networks(content: bytes) -> Networks:
    found: Networks = {}
    for name, text in _files(content):
        try:
            training = json.loads(text)
            id = SPACE.network(training["architecture"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            id = -1
        if id < 0:
            raise UserError(f"{NAME}: {one_line(name, 80)} describes no network of seven blocks")
        found.setdefault(id, []).append(training)
    if not found:
        raise UserError(f"{NAME}: expected files of networks, found none")
    return dict(sorted(found.items()))


def _files(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The files in the archive, in the order of their names; nothing is written to the disk."""
    files: dict[str, bytes] = {}
    in_all = 0
    try:
        with tarfile.open(fileobj=BytesIO(content), mode="r|gz") as archive:
            for member in archive:
                if member.isdir():
                    continue
                in_all += member.size
                fits = member.size <= MOST_BYTES and in_all <= MOST_IN_ALL
                if not (member.isreg() and MEMBER.fullmatch(member.name) and fits):
                    raise UserError(
                        f"{NAME}: {one_line(member.name, 80)} is not one of the published files "
                        f"(result_0.json and so on, of at most {MOST_BYTES:,} bytes)"
                    )
                if len(files) == MOST_FILES:
                    raise UserError(f"{NAME}: it holds more than {MOST_FILES:,} files")
                file = archive.extractfile(member)
                files[member.name] = b"" if file is None else file.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise UserError(f"{NAME} cannot be read as an archive ({one_line(str(error))})") from None
    yield from sorted(files.items())
