"""Files made to do harm: valid ones with bytes or values exchanged, and what readers make of them.

Each file depends on a seed and its number alone. A reader may take a file, or refuse it with a
UserError; any other error is a traceback for the user. As a command, reads many in a process that
may take 1 GB more than it starts with, and 60 seconds for 20 files:

    python tests/support/hostile_files.py 100000
    python tests/support/hostile_files.py --only 4711   (one file again, with its traceback)
"""

import argparse
import base64
import bz2
import json
import math
import os
import pickle
import resource
import shutil
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent))

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
from nasarena.suite.workers.limited import OverLimit, limited_process
from nasbench101_writer import training
from tfrecords import framed

RESULTS = Path(__file__).parents[2] / "results"
MEMORY, SECONDS = 1_000_000_000, 60.0
BATCH = 20

# ---------------------------------------------------------------------------------- mutations

TEXTS = (
    *("", " ", "\0", "\x1b[31m", "\u202e", "類" * 90, "x" * 300, "x" * 100_000, "=1+1", "'", '"'),
    *("\\", "a/b", "../..", "/dev/zero", "nan", "1e400", "[", "]", "weaknas[", "a,b", "*", "%s"),
    *("{}", "\r\n", "0", "-1", "1_0", "1.5", "\u0663", "true"),
)
NUMBERS = (
    *(0, -1, 1, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63), 10**22, 10**400, 1.5, -0.0),
    *(1e308, float("nan"), float("inf"), True, None),
)
TOKENS = (
    *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b'"', b"'", b"[", b"]", b"{", b"}", b"=", b","),
    *(b";", b"\n", b"\r", b"\t", b".", b"-", b"9" * 30, b"9" * 5000, b"1e999", b"nan", b"[" * 3000),
    *(b"{" * 3000, b"a." * 300, b"\x1b[2J", b"'''", b'"""', b"\\u0000", b"PAR1", b"\x80\x04"),
)


def bytes_exchanged(random: Random, content: bytes) -> bytes:
    """The content with some bytes changed, taken out, doubled, put in, or cut off."""
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 4, 8))):
        start = random.randrange(len(changed) + 1)
        end = min(len(changed), start + random.choice((1, 2, 8, 64)))
        kind = random.randrange(6)
        if kind == 0 and start < len(changed):
            changed[start] ^= 1 << random.randrange(8)
        elif kind == 1:
            del changed[start:end]
        elif kind == 2:
            changed[start:start] = changed[start:end] * random.choice((1, 2, 50))
        elif kind == 3:
            changed[start:start] = random.choice(TOKENS)
        elif kind == 4:
            changed[start:end] = random.randbytes(end - start)
        else:
            del changed[start:]
    return bytes(changed)


def odd_value(random: Random) -> Any:
    """A value that no reader expects."""
    kind = random.randrange(5)
    if kind == 0:
        return random.choice(NUMBERS)
    if kind == 1:
        return random.choice(TEXTS)
    if kind == 2:
        return [odd_value(random) for _ in range(random.randrange(3))]
    if kind == 3:
        return {random.choice(TEXTS): odd_value(random)}
    deep: Any = 1
    for _ in range(random.choice((1, 50, 250))):
        deep = [deep]
    return deep


def value_exchanged(random: Random, value: Any) -> Any:
    """The value, with one of those in it exchanged, taken out or doubled."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(list(value))
        changed = dict(value)
        kind = random.random()
        if kind < 0.1:
            del changed[key]
        elif kind < 0.2:
            changed[random.choice(TEXTS)] = changed[key]
        else:
            changed[key] = value_exchanged(random, changed[key])
        return changed
    if isinstance(value, list) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        one = value_exchanged(random, value[place])
        return value[:place] + random.choice(([], [one], [one, one])) + value[place + 1 :]
    return odd_value(random)


def toml(values: dict[str, Any]) -> str:
    """Values as TOML, as far as it has them."""

    def text(value: Any) -> str:
        if isinstance(value, dict):
            return f"{{{', '.join(f'{json.dumps(str(k))} = {text(v)}' for k, v in value.items())}}}"
        if isinstance(value, list):
            return f"[{', '.join(map(text, value))}]"
        if isinstance(value, float) and (not math.isfinite(value)):
            return str(value)
        return json.dumps(value)

    return "".join(
        f"{key if key.isidentifier() else json.dumps(key)} = {text(value)}\n"
        for key, value in values.items()
    )


def column_exchanged(random: Random, table: pa.Table) -> pa.Table:
    """The table with some values of a column exchanged, or the whole column."""
    place = random.randrange(table.num_columns)
    field = table.schema.field(place)
    values = table.column(place).to_pylist()
    kind = random.randrange(5)
    if kind == 0:
        return table.remove_column(place)
    if kind == 1:
        return pa.concat_tables([table] * 2) if random.random() < 0.5 else table.slice(0, 0)
    if kind == 2:
        one = random.choice((*NUMBERS, *TEXTS))
        return table.set_column(place, field.name, pa.array([one] * len(values)))
    for _ in range(random.choice((1, 1, 3, len(values)))):
        row = random.randrange(len(values))
        value = values[row]
        if isinstance(value, list) and value and random.random() < 0.8:
            inner = list(value)
            spot = random.randrange(len(inner))
            if isinstance(inner[spot], tuple):
                inner[spot] = (random.choice(TEXTS), random.choice(([None], None, [], [1e308] * 9)))
            else:
                inner[spot] = random.choice((-1, 0, 1, 2**31 - 1, 10**6, None, inner[0]))
            values[row] = random.choice((inner, inner[:spot], inner * 2, inner[::-1]))
        elif isinstance(value, str):
            values[row] = random.choice(TEXTS)
        else:
            values[row] = random.choice(NUMBERS)
    as_it_is = pa.field(field.name, field.type, nullable=field.nullable or None in values)
    return table.set_column(place, as_it_is, pa.array(values, field.type))


def parquet(table: pa.Table) -> bytes:
    content = BytesIO()
    pq.write_table(table, content, compression="zstd", write_page_checksum=True)
    return content.getvalue()


def parquet_exchanged(random: Random, content: bytes) -> bytes:
    if random.random() < 0.3:
        return bytes_exchanged(random, content)
    table = pq.read_table(BytesIO(content))
    return parquet(column_exchanged(random, table))


# ------------------------------------------------------------------------------ kinds of files

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

# -------------------------------------------------------------------------------------- reading


def kind_of(number: int) -> str:
    """The kind of a file, by its number."""
    return list(KINDS)[number % len(KINDS)]


def read_spoilt(seed: int, number: int) -> str:
    """Makes a file and reads it: `read` or `refused`. Raises what the reader should not raise."""
    kind = KINDS[kind_of(number)]
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        while True:
            random = Random(f"{seed}/{number}")
            try:
                kind.write(random, folder)
                break
            except (pa.ArrowException, OverflowError, ValueError, TypeError, RecursionError):
                shutil.rmtree(folder)  # what no file of this kind can hold
                folder.mkdir()
                number += len(KINDS) * 1_000_003
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                kind.read(folder)
            except UserError as error:
                return "refused" if str(error).strip() else "refused without a word"
        return "read"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_batch(seed: int, numbers: list[int]) -> tuple[list[tuple[int, str]], float]:
    """How each file ended, or its traceback; and the most memory taken so far, in megabytes."""
    ended = []
    for number in numbers:
        try:
            ended.append((number, read_spoilt(seed, number)))
        except MemoryError:
            ended.append((number, "MemoryError"))
        except BaseException:
            ended.append((number, traceback.format_exc(limit=-6)))
    return ended, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", type=int, nargs="?", default=1000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--first", type=int, default=0, help="continue with this number")
    options.add_argument("--only", type=int, help="one number again, with its traceback")
    given = options.parse_args()
    if given.only is not None:
        print(kind_of(given.only), read_spoilt(given.seed, given.only))
        return 0
    ends: Counter[tuple[str, str]] = Counter()
    bad: dict[int, str] = {}
    memory, started, start, one_by_one = 0.0, time.monotonic(), given.first, 0
    numbers: list[int] = []
    while start < given.files:
        try:
            with limited_process(MEMORY, SECONDS) as call:
                call(kind_of, 0)  # loads this module there
                while start < given.files:
                    end = start + 1 if start < one_by_one else min(start + BATCH, given.files)
                    numbers = list(range(start, end))
                    ended, taken = call(read_batch, given.seed, numbers)
                    memory, start = max(memory, taken), end
                    for number, said in ended:
                        _count(ends, bad, number, said)
                    if start % 1000 < BATCH:
                        print(f"{start:,} files, {len(bad)} bad", flush=True)
        except OverLimit as error:
            if len(numbers) == 1:
                _count(ends, bad, start, f"over the limit: it {error}")
                start += 1
            else:
                one_by_one = start + len(numbers)
    seconds = time.monotonic() - started
    print(f"\n{start - given.first:,} files with seed {given.seed} in {seconds:.0f} s")
    for kind in KINDS:
        counts = {end: count for (one, end), count in sorted(ends.items()) if one == kind}
        print(f"  {kind}: {', '.join(f'{count:,} {end}' for end, count in counts.items())}")
    print(f"most memory of the reading process: {memory:.0f} MB; {len(bad)} files went wrong")
    return int(bool(bad))


def _count(ends: "Counter[tuple[str, str]]", bad: dict[int, str], number: int, end: str) -> None:
    known = end in ("read", "refused")
    ends[kind_of(number), end if known else "bad"] += 1
    if not known:
        bad[number] = end
        print(f"--only {number} ({kind_of(number)})\n{end}", flush=True)


if __name__ == "__main__":
    # Under its own name, so that the process that reads finds it.
    import hostile_files

    sys.exit(hostile_files.main())
