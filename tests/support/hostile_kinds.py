"""The kinds of files that users name: how a spoilt one is written, and what reads it."""

import base64
import bz2
import json
import os
import pickle
import tempfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq

from nasarena.suite.benchmarks import imported
from nasarena.suite.benchmarks.own_table import read_own_table
from nasarena.suite.errors import UserError
from nasarena.suite.gate.baseline import FILE, PLAIN, SCHEMAS, _content, read_baseline
from nasarena.suite.live.cache import Cache
from nasarena.suite.predictor_study.measurements import MEASUREMENTS, StoredMeasurements
from nasarena.suite.protocol import load_protocol
from nasarena.suite.records.method_description import DESCRIPTION, read_description
from nasarena.suite.records.store import EXECUTIONS, MARKER, RUNS, find_cells
from nasarena.suite.runs.experiment import make_experiment
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.tables.nasbench101_file import read_nasbench101
from nasarena.suite.tables.natsbench_files import read_architecture
from nasarena.suite.tables.own_table_columns import read_columns
from nasarena.suite.tables.parquet_file import read_parquet
from nasbench101_writer import training
from spoilt_values import (
    NUMBERS,
    TEXTS,
    bytes_exchanged,
    column_exchanged,
    parquet,
    parquet_exchanged,
    toml,
    value_exchanged,
)
from tfrecords import framed

RESULTS = Path(__file__).parents[2] / "results"

EXPERIMENT = {
    "methods": ["random-search", "weaknas-lite[top_n=30]"],
    "benchmarks": "nasbenchgraph/proteins",
    "seeds": "3:9",
    "protocol": "one-run",
    "budget": 30,
    "labels": "one_run",
    "duplicates": "by_id",
    "stop": "budget",
    "results": "results",
    "workers": 2,
    "device": "cpu",
    "judge": False,
}
PROTOCOL = {
    "name": "mine",
    "version": 1,
    "description": "a protocol",
    "budget": 30,
    "labels": "mean",
    "duplicates": "by_id",
    "stop": "optimum",
    "patience": 600,
}
COLUMNS = {
    "validation": ["val_1", "val_2"],
    "test": "test_acc",
    "cost": "seconds",
    "unit": "percent",
    "decisions": {"depth": [2, 4, 8], "act": ["relu", "gelu"]},
}
GRID = [
    ["depth", "act", "val_acc", "test_acc", "seconds"],
    *(
        [str(depth), act, f"{70 + place / 7:.3f}", f"{69 + place / 9:.2f}", str(10 + place)]
        for place, (depth, act) in enumerate((d, a) for d in (2, 4, 8) for a in ("relu", "gelu"))
    ),
]
CELLS201 = [["arch", "val_acc"], *([f"{place:06d}", str(50 + place)] for place in range(3))]
MEASURED = {
    "architecture": "0" * 32,
    "validation": 50.0,
    "test": 49.0,
    "validation_loss": 0.5,
    "seconds": 1.0,
    "parameters": 100,
}


class Kind(NamedTuple):
    """One kind of file: `write` puts a spoilt one into a folder; `read` reads what is there."""

    write: Callable[[Random, Path], object]
    read: Callable[[Path], object]


def _settings(values: dict[str, Any], read: Callable[[Path], object]) -> Kind:
    def write(random: Random, folder: Path) -> None:
        changed = values
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            changed = value_exchanged(random, changed)
            if not isinstance(changed, dict):
                changed = {"value": changed}
        content = toml(changed).encode(errors="surrogatepass")
        if random.random() < 0.5:
            content = bytes_exchanged(random, content)
        (folder / "mine.toml").write_bytes(content)

    return Kind(write, lambda folder: read(folder / "mine.toml"))


def _csv(rows: list[list[str]], space: str) -> Kind:
    def write(random: Random, folder: Path) -> None:
        changed = [list(row) for row in rows]
        for _ in range(random.randrange(4)):
            row = random.choice(changed)
            place = random.randrange(len(row)) if row else 0
            row[place : place + 1] = random.choice(
                ([], [str(random.choice(NUMBERS))], [random.choice(TEXTS)], row[:1] * 2)
            )
        separator = random.choice((",", ",", ";", "\t", "|"))
        text = random.choice(("\n", "\r\n")).join(map(separator.join, changed))
        content = text.encode(random.choice(("utf-8", "utf-8", "utf-16", "latin-1")), "replace")
        if random.random() < 0.6:
            content = bytes_exchanged(random, content)
        (folder / "mine.csv").write_bytes(content)

    return Kind(
        write, lambda folder: read_own_table(folder / "mine.csv", space, read_columns(None, {}))
    )


@cache
def _grid_parquet() -> bytes:
    header, *rows = GRID
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    numbers = {name: [float(one) for one in columns[name]] for name in header[2:]}
    return parquet(pa.table({name: columns[name] for name in header[:2]} | numbers))


def _own_parquet(random: Random, folder: Path) -> None:
    (folder / "mine.parquet").write_bytes(parquet_exchanged(random, _grid_parquet()))


@cache
def _published(kind: str) -> tuple[Path, bytes, bytes]:
    """Of the published records the smallest cell: its folder in the results, and its files."""
    results = RESULTS / kind
    folder = min(find_cells(results), key=lambda one: (one / RUNS).stat().st_size)
    runs = (folder / RUNS).read_bytes()
    return folder.relative_to(results), runs, (folder / EXECUTIONS).read_bytes()


def _records(random: Random, folder: Path) -> None:
    kinds = sorted(path.parent.name for path in RESULTS.glob(f"*/{MARKER}"))
    where, runs, executions = _published(random.choice(kinds[:3]))
    place = folder / where
    place.mkdir(parents=True)
    marker = b'{"nasarena_schema_version": 1}\n'
    spoilt = random.random()
    if spoilt < 0.1:
        given = json.dumps(value_exchanged(random, {"nasarena_schema_version": 1}))
        marker = (
            bytes_exchanged(random, given.encode()) if random.random() < 0.5 else given.encode()
        )
    elif spoilt < 0.2:
        executions = parquet_exchanged(random, executions)
    else:
        runs = parquet_exchanged(random, runs)
    (folder / MARKER).write_bytes(marker)
    (place / RUNS).write_bytes(runs)
    (place / EXECUTIONS).write_bytes(executions)


@cache
def _measurements() -> list[str]:
    (file,) = RESULTS.glob(f"**/{MEASUREMENTS}")
    return file.read_text(encoding="utf-8").splitlines()[:20]


def _descriptions(random: Random, folder: Path) -> None:
    said = {
        "nasarena_schema_version": 1,
        "method": "mine",
        "version": "1",
        "kind": "baseline",
        "reference": "search/mine.py:Mine",
        "package": "mine==1.0",
        "description": "Queries.\n\nArgs:\n    width: How wide.",
        "paper": "A title, https://example.org/mine",
        "tuned_on": ["nasbench201/*"],
        "parameters": {"width": "3"},
        "requires": ["torch"],
        "skips_twins": True,
        "seconds_per_query": 0.5,
    }
    if random.random() < 0.5:
        content = json.dumps(value_exchanged(random, said)).encode("utf-8", "surrogatepass")
    else:
        content = bytes_exchanged(random, json.dumps(said).encode())
    (folder / DESCRIPTION).write_bytes(content)


def _study(random: Random, folder: Path) -> None:
    rows = [line.split(",") for line in _measurements()]
    for _ in range(random.randrange(3)):
        row = random.choice(rows)
        row[random.randrange(len(row))] = str(random.choice((*NUMBERS, *TEXTS)))
    content = "\n".join(map(",".join, rows)).encode(errors="replace")
    if random.random() < 0.6:
        content = bytes_exchanged(random, content)
    (folder / MEASUREMENTS).write_bytes(content)


@cache
def _baseline() -> bytes:
    return parquet(pq.read_table(RESULTS / "gate" / FILE).slice(0, 40))


def _gate(random: Random, folder: Path) -> None:
    if random.random() < 0.3:
        (folder / FILE).write_bytes(bytes_exchanged(random, _baseline()))
        return
    table = column_exchanged(random, pq.read_table(BytesIO(_baseline())))
    columns = table.to_pydict()
    notes = {"nasarena_baseline_version": "1"}
    if set(columns) == set(SCHEMAS[PLAIN].names):  # with the right checksum, values are looked at
        notes["content_sha256"] = _content(columns)
    (folder / FILE).write_bytes(parquet(table.replace_schema_metadata(notes)))


@cache
def _import() -> tuple[dict[str, Any], str, bytes]:
    """The manifest of an imported table, and its copy."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "mine.csv"
        file.write_text("\n".join(map(",".join, GRID)))
        own = read_own_table(file, "choices", read_columns(None, {}))
        own.save(folder)
        (copy,) = folder.glob("*.arrow")
        manifest = imported.Import(
            kind="table",
            benchmarks=("mine/grid",),
            source="mine.csv",
            source_sha256=own.source_sha256,
            licence="",
            citation="",
            settings=own.settings,
        )
        return json.loads(manifest.model_dump_json()), copy.name, copy.read_bytes()


def _imports(random: Random, folder: Path) -> None:
    manifest, name, copy = _import()
    place = folder / "imports" / "table-mine+grid"
    place.mkdir(parents=True)
    content = json.dumps(manifest)
    if random.random() < 0.6:
        content = json.dumps(value_exchanged(random, manifest))
    else:
        copy = bytes_exchanged(random, copy)
    given = content.encode()
    (place / imported.MANIFEST).write_bytes(
        bytes_exchanged(random, given) if random.random() < 0.2 else given
    )
    (place / name).write_bytes(copy)


def _read_imports(folder: Path) -> None:
    folders = dict.fromkeys(("NASARENA_DATA", "NASARENA_CACHE"), str(folder))
    with patch.dict(os.environ, folders):
        for name in imported.imported():
            benchmark = imported.load_imported(name)
            _ = benchmark.space.size, benchmark.table.optimum


def _natsbench(random: Random, folder: Path) -> None:
    trial = {
        "eval_acc1es": {"x-valid@11": 50.0, "ori-test@11": 49.0, "x-test@11": 49.0},
        "train_times": {0: 1.5},
        "params": 1.0,
        "epochs": 12,
        "latency": [0.01],
    }
    sets = ("cifar10-valid", "cifar10", "cifar100", "ImageNet16-120")
    results: Any = {
        "arch_str": "name",
        "all_results": {(one, 777): trial for one in sets},
        "dataset_seed": {one: [777] for one in sets},
    }
    whole: Any = {"12": results, "200": results}
    if random.random() < 0.5:
        whole = value_exchanged(random, whole)
    content = pickle.dumps(whole, random.randrange(6))
    if random.random() < 0.7:
        content = bytes_exchanged(random, content)
    compressed = bz2.compress(content)
    if random.random() < 0.1:
        compressed = bytes_exchanged(random, compressed)
    (folder / "000000.pickle.pbz2").write_bytes(compressed)


def _nasbench101(random: Random, folder: Path) -> None:
    cell = ("010001000", [-1, 0, -2])
    record = training("0" * 32, 108, cell, [1.0, 0.9, 0.8, 0.7])
    if random.random() < 0.6:
        record = value_exchanged(random, record)
    content = json.dumps(record).encode()
    if random.random() < 0.5:
        metrics = base64.b64decode(
            json.loads(json.dumps(training("0" * 32, 108, cell, [1] * 4)))[4]
        )
        spoilt = base64.b64encode(bytes_exchanged(random, metrics)).decode()
        content = json.dumps(
            ["0" * 32, 108, cell[0], "input,conv3x3-bn-relu,output", spoilt]
        ).encode()
    if random.random() < 0.3:
        content = bytes_exchanged(random, content)
    whole = framed(content) * random.choice((1, 3))
    if random.random() < 0.2:
        whole = bytes_exchanged(random, whole)
    (folder / "mine.tfrecord").write_bytes(whole)


def _trainings(random: Random, folder: Path) -> None:
    lines = [MEASURED | {"architecture": str(place)} for place in range(3)]
    content = "".join(json.dumps(value_exchanged(random, line)) + "\n" for line in lines).encode()
    if random.random() < 0.5:
        content = bytes_exchanged(random, content)
    (folder / "cache.jsonl").write_bytes(content)


def _limited(read: Callable[[Path], object]) -> Callable[[Path], object]:
    """For readers that have a process with limits of their own: what it says of too much memory."""

    def within(folder: Path) -> None:
        try:
            read(folder)
        except MemoryError:
            raise UserError("it takes too much memory") from None

    return within


def _read_parquet(folder: Path) -> None:
    file = folder / "mine.parquet"
    read_parquet(file, file.read_bytes())


KINDS = {
    "experiment": _settings(EXPERIMENT, lambda file: make_experiment({}, file)),
    "protocol": _settings(PROTOCOL, load_protocol),
    "columns": _settings(COLUMNS, lambda file: read_columns(file, {})),
    "table": _csv(GRID, "choices"),
    "table-201": _csv(CELLS201, "nasbench201"),
    "table-parquet": Kind(_own_parquet, _limited(_read_parquet)),
    "records": Kind(_records, lambda folder: load_run_sets([folder])),
    "description": Kind(_descriptions, lambda folder: read_description(folder, "mine", "1")),
    "study": Kind(_study, StoredMeasurements),
    "baseline": Kind(_gate, read_baseline),
    "import": Kind(_imports, _read_imports),
    "natsbench": Kind(
        _natsbench,
        _limited(lambda folder: read_architecture(folder / "000000.pickle.pbz2", "name")),
    ),
    "nasbench101": Kind(_nasbench101, lambda folder: read_nasbench101(folder / "mine.tfrecord")),
    "trainings": Kind(_trainings, lambda folder: Cache(folder / "cache.jsonl").count()),
}
