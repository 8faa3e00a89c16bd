"""NAS-Bench-101's official file, imported: benchmarks over all cells, or some."""

from contextlib import suppress
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.imported import Import
from nasarena.suite.errors import UserError
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench101_codes import edges
from nasarena.suite.tables.fidelities import Fidelities
from nasarena.suite.tables.nasbench101_copy import parse_copy
from nasarena.suite.tables.nasbench101_file import NASBench101File
from nasarena.suite.tables.nasbench101_records import EPOCHS, MOST_VERTICES, OPERATIONS
from nasarena.suite.tables.sources import ImportedFile
from nasarena.suite.tables.table import Table

SLUG = "nasbench101"
LICENCE = "Apache-2.0"
CITATION = (
    "Ying et al., NAS-Bench-101: Towards Reproducible Neural Architecture Search, ICML 2019, "
    "arXiv:1902.09635"
)


def benchmark_names(file: NASBench101File) -> dict[str, int]:
    """The benchmarks that a file makes, by name, and the training epochs of each."""
    return {
        "nasbench101/cifar10" + ("" if epochs == EPOCHS[-1] else f"-{epochs}-epochs"): epochs
        for epochs in sorted(file.trainings, reverse=True)
    }


def copy_path(folder: Path, source_sha256: str) -> Path:
    """The columnar copy: of another file it is another, so that replacing is one step."""
    return folder / f"{SLUG}-{source_sha256[:16]}.arrow"


def manifest_of(file: NASBench101File, source: str, allow_part: bool) -> Import:
    """What is recorded of an import.

    Raises UserError when the file has cells that are none, or one twice; and, without
    `allow_part`, when it has not all.
    """
    ids, names = ids_of(file), benchmark_names(file)
    part = file.size < whole_space().size
    if part and not allow_part:
        raise UserError(
            f"{source} has {file.size:,} of the {whole_space().size:,} cells of NAS-Bench-101; get "
            "the whole file, or give --part for a benchmark of these cells"
        )
    for epochs in names.values():
        _table(file, ids, part, epochs)  # raises for what cannot be one
    return Import(
        kind="nasbench101",
        benchmarks=tuple(names),
        source=source,
        source_sha256=file.source_sha256,
        licence=LICENCE,
        citation=CITATION,
        settings={"epochs": names, "part": part, "cells_sha256": _digest(ids) if part else ""},
    )


def benchmark(name: str, folder: Path, manifest: Import) -> Benchmark:
    """One of the benchmarks of an import."""
    settings = manifest.settings
    epochs, part = int(settings["epochs"][name]), bool(settings["part"])
    sha256 = manifest.source_sha256
    source = ImportedFile(copy_path(folder, sha256), sha256, manifest.source, f"epochs={epochs}")

    def read(content: bytes, source_sha256: str) -> Table:
        file = _opened(content, source_sha256, manifest.source)
        return _table(file, ids_of(file), part, epochs)

    lengths = tuple(sorted(int(each) for each in settings["epochs"].values()))
    several = epochs == lengths[-1] and len(lengths) > 1

    def read_shorter(of: Benchmark) -> list[Accuracies]:
        """Validation accuracies of the shorter trainings, (cells, 3) each, percent."""
        file = _opened(source.read(), source.sha256, manifest.source)
        ids = ids_of(file)
        return [_table(file, ids, part, shorter).validation for shorter in lengths[:-1]]

    return Benchmark(
        name=name,
        make_space=partial(_part, source) if part else whole_space,
        file=source,
        read=read,
        licence=manifest.licence,
        citation=manifest.citation,
        architectures=settings["cells_sha256"],
        # Each length has a learning rate that falls to its own end: none goes on from another.
        fidelities=Fidelities.proportional(lengths, continues=False) if several else None,
        read_shorter=read_shorter if several else None,
    )


@cache
def whole_space() -> NASBench101:
    """One for all benchmarks: what it computes of itself is computed once."""
    return NASBench101()


def _part(source: ImportedFile) -> CategoricalSpace:
    file = _opened(source.read(), source.sha256, source.source)
    return MeasuredCells(whole_space(), np.sort(ids_of(file)))


def _opened(content: bytes, source_sha256: str, source: str) -> NASBench101File:
    """The copy of a file. Raises UserError when it is damaged, or of another file."""
    with suppress(Exception):  # damaged, in whatever way
        file = parse_copy(content)
        if file.source_sha256 == source_sha256:
            return file
    raise UserError(f"the imported copy of {source} is damaged; import the file again")


def _table(file: NASBench101File, ids: Ids, part: bool, epochs: int) -> Table:
    if part:
        members = np.unique(ids)
        return file.table(lambda _: np.searchsorted(members, ids), members.size, epochs)
    return file.table(lambda _: ids, whole_space().size, epochs)


def _digest(ids: Ids) -> str:
    return sha256(np.sort(ids).astype("<i8").tobytes()).hexdigest()


def ids_of(file: NASBench101File) -> Ids:
    """The id in the space of each cell of the file, by its matrix and operations: (cells,), or -1.

    A tenth of a minute for all cells; by their hashes it is ten times slower.
    """
    rows = np.arange(file.size)
    last = (file.operations == OPERATIONS["output"]).argmax(axis=1)
    # The output becomes the last vertex, as it is in the decisions.
    matrix = file.adjacency.astype(np.int64)
    into_output = matrix[rows, :, last].copy()
    matrix[rows, :, last] = 0
    matrix[:, :, -1] = into_output
    sources, targets = np.array(edges(MOST_VERTICES)).T
    inner = file.operations[:, 1 : MOST_VERTICES - 1].astype(np.int64)
    return whole_space().ids(
        np.concatenate([matrix[:, sources, targets], np.where(inner >= 0, inner + 1, 0)], axis=1)
    )
