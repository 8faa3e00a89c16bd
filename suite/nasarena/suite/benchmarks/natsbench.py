"""NATS-Bench, imported: benchmarks over the NAS-Bench-201 space, with test accuracies."""

from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.imported import Import
from nasarena.suite.benchmarks.nasbench201 import SPACE
from nasarena.suite.errors import UserError
from nasarena.suite.files import write_atomically
from nasarena.suite.tables.arrow_columns import arrays_of
from nasarena.suite.tables.natsbench_files import LENGTHS, NATSBench
from nasarena.suite.tables.own_table_architectures import nasbench201_ids
from nasarena.suite.tables.sources import ImportedFile
from nasarena.suite.tables.table import Table

SLUG = "natsbench"
LICENCE = "MIT"
CITATION = (
    "Dong et al., NATS-Bench: Benchmarking NAS Algorithms for Architecture Topology and Size, "
    "TPAMI 2021, arXiv:2009.00437"
)


def manifest_of(release: NATSBench, source: str, copy_sha256: str) -> Import:
    """What is recorded of an import: two training lengths of three data sets."""
    tables = {
        f"natsbench/{dataset}" + ("" if epochs == LENGTHS[-1] else f"-{epochs}-epochs"): [
            dataset,
            epochs,
        ]
        for dataset, epochs in sorted(release.measured, key=lambda key: (-key[1], key[0]))
    }
    return Import(
        kind="natsbench",
        benchmarks=tuple(tables),
        source=source,
        source_sha256=release.source_sha256,
        licence=LICENCE,
        citation=CITATION,
        settings={"tables": tables, "copy_sha256": copy_sha256},
    )


def copy_path(folder: Path, copy_sha256: str) -> Path:
    """The columnar copy: of another release it is another, so that replacing is one step."""
    return folder / f"{SLUG}-{copy_sha256[:16]}.arrow"


def columnar(release: NATSBench) -> bytes:
    """The columnar copy: rows in the order of the space, every run's accuracies.

    Raises UserError when the architectures are not those of the space, one each.
    """
    import pyarrow as pa

    ids = nasbench201_ids(release.names)
    if (ids < 0).any():
        unknown = release.names[int((ids < 0).argmax())]
        raise UserError(f"the release names '{unknown}', which is no architecture of NAS-Bench-201")
    if np.unique(ids).size != len(release.names):
        raise UserError("the release names an architecture twice; get it again")
    order = np.argsort(ids)
    columns: dict[str, Any] = {}
    for (dataset, epochs), measured in release.measured.items():
        prefix = f"{dataset}:{epochs}"
        for run in range(measured.validation.shape[1]):
            columns[f"{prefix}:validation:{run}"] = measured.validation[order, run]
            columns[f"{prefix}:test:{run}"] = measured.test[order, run]
        columns[f"{prefix}:seconds"] = measured.seconds[order]
        columns[f"{prefix}:parameters"] = measured.parameters[order]
        columns[f"{prefix}:latency"] = measured.latency[order]
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def save(content: bytes, path: Path) -> None:
    """Writes the copy, whole or not at all. Raises OSError."""

    def write(file: BinaryIO) -> None:
        file.write(content)

    write_atomically(path, write)


def benchmark(name: str, folder: Path, manifest: Import) -> Benchmark:
    """One of the benchmarks of an import."""
    dataset, epochs = manifest.settings["tables"][name]
    copy_sha256 = manifest.settings["copy_sha256"]

    def read(content: bytes, source_sha256: str) -> Table:
        if sha256(content).hexdigest() != copy_sha256:
            raise UserError(f"the imported copy of {manifest.source} is damaged; import it again")
        return _table(content, f"{dataset}:{epochs}", source_sha256)

    return Benchmark(
        name=name,
        make_space=lambda: SPACE,
        file=ImportedFile(
            copy_path(folder, copy_sha256),
            manifest.source_sha256,
            manifest.source,
            f"{dataset}:{epochs}",
        ),
        read=read,
        licence=manifest.licence,
        citation=manifest.citation,
        space_name=SPACE.name,
    )


def _table(content: bytes, prefix: str, source_sha256: str) -> Table:
    import pyarrow as pa

    stored = arrays_of(pa.ipc.open_file(content).read_all())

    def columns(what: str) -> Any:
        names = [name for name in stored if name.startswith(f"{prefix}:{what}")]
        return np.stack([stored[name] for name in names], axis=1)

    def metric(what: str) -> Any:
        (values,) = columns(what).T
        return None if np.isnan(values).all() else values

    return Table(
        source_sha256,
        validation=columns("validation:"),
        test=np.nanmean(columns("test:"), axis=1),
        training_seconds=metric("seconds"),
        parameters=metric("parameters"),
        latency_seconds=metric("latency"),
    )
