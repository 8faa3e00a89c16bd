"""Files that say little and hold much are refused before they are decoded."""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.records import parquet
from nasarena.suite.records.parquet import read_checked
from nasarena.suite.records.parquet_pages import declared
from nasarena.suite.records.run_record import RUNS_SCHEMA
from nasarena.suite.records.soundness import LONGEST
from nasarena.suite.records.store import RUNS, read_runs
from nasarena.suite.training.score_cells import save_scorings
from nasarena.suite.training.stored_trainings import save_trainings

SCHEMA = pa.schema([pa.field("name", pa.string()), pa.field("ids", pa.list_(pa.int32()))])


def written(path: Path, rows: list[dict[str, Any]], **options: Any) -> Path:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    pq.write_table(table, path, **{"compression": "zstd", "write_page_checksum": True} | options)
    return path


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(UserError) as error:
        read_checked(path, SCHEMA, **options)
    assert str(path) in str(error.value)
    return str(error.value)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that small files reach."""
    monkeypatch.setattr(parquet, "FREE_VALUES", 1000)
    monkeypatch.setattr(parquet, "FREE_BYTES", 5000)
    monkeypatch.setattr(parquet, "BYTES_PER_BYTE", 2)
    monkeypatch.setattr(parquet, "MOST_ROWS", 10_000)


def test_what_is_written_is_read(tmp_path: Path, small: None) -> None:
    rng = np.random.default_rng(1)
    rows = [{"name": f"r{i}", "ids": rng.permutation(100).tolist()} for i in range(50)]
    table = read_checked(written(tmp_path / "f", rows, row_group_size=7), SCHEMA)
    assert table.to_pylist() == rows
    assert table.schema.equals(SCHEMA, check_metadata=False)


@pytest.mark.parametrize("dictionary", [True, False])
def test_a_table_without_rows_is_read(tmp_path: Path, dictionary: bool) -> None:
    file = written(tmp_path / "f", [], use_dictionary=dictionary)
    assert read_checked(file, SCHEMA).num_rows == 0


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"name": "n", "ids": [7] * 50_000}], "values in ids.list.element"),
        ([{"name": "n", "ids": None}] * 20_000, "rows; at most"),
        ([{"name": "n" * 900, "ids": []}] * 900, "its texts have 810,000 bytes"),
        ([{"name": str(i) + "n" * 900, "ids": []} for i in range(90)], "bytes decode to"),
    ],
    ids=["values", "rows", "one text often", "many texts"],
)
def test_a_small_file_that_holds_much_is_refused(
    tmp_path: Path, rows: list[dict[str, Any]], said: str
) -> None:
    assert said in refused(written(tmp_path / "f", rows))


def test_a_text_that_is_too_long_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "f", [{"name": "n" * 30, "ids": []}])
    assert "a text in name has 30 letters" in refused(file, longest={"name": 29})
    assert read_checked(file, SCHEMA, longest={"name": 30}).num_rows == 1


def test_encodings_in_which_a_value_repeats_all_before_are_refused(tmp_path: Path) -> None:
    rows = [{"name": "n" * i, "ids": []} for i in range(50)]
    options = {"use_dictionary": False, "column_encoding": {"name": "DELTA_BYTE_ARRAY"}}
    file = written(tmp_path / "f", rows, **options)
    assert "an encoding that nasarena does not write" in refused(file)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_what_pages_declare_is_what_they_hold(tmp_path: Path, version: str) -> None:
    rows = [{"name": f"row {i}", "ids": list(range(i % 50))} for i in range(3000)]
    file = written(tmp_path / "f", rows, data_page_version=version, data_page_size=500)
    metadata = pq.read_metadata(file)
    found = {one.column: one for one in declared(file.read_bytes(), metadata)}
    for place in range(metadata.num_columns):
        column = metadata.row_group(0).column(place)
        own = found[column.path_in_schema]
        assert own.values == column.num_values
        # The footer counts the headers of pages as well.
        assert 0 < own.decoded_bytes < column.total_uncompressed_size


def test_damaged_page_headers_are_one_sentence(tmp_path: Path) -> None:
    rows = [{"name": f"row {i}", "ids": [i]} for i in range(20)]
    whole = written(tmp_path / "f", rows).read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole) - 8, size=3).tolist():
            damaged[place] = int(rng.integers(256))
        (tmp_path / "f").write_bytes(damaged)
        try:
            read_checked(tmp_path / "f", SCHEMA)
        except UserError:  # nothing else may come
            continue


def test_a_bomb_of_run_records_costs_no_memory(tmp_path: Path) -> None:
    """As a file of 60 kB that decodes to 10 GB."""
    row = {
        **{name: "x" for name in RUNS_SCHEMA.names if RUNS_SCHEMA.field(name).type == pa.string()},
        **dict.fromkeys(("protocol_version", "budget", "patience", "seed"), 1),
        **{key: [] for key in ("ids", "rounds", "recommended_after", "recommended_ids")},
        "diagnostics": [],
        "error": "e" * 10_000_000,
    }
    once = pa.Table.from_pylist([row], schema=RUNS_SCHEMA)
    (place,) = [i for i, name in enumerate(RUNS_SCHEMA.names) if name == "error"]
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 500, pa.int32()), once["error"].chunk(0))
    many = pa.concat_tables([once.drop_columns("error")] * 500).add_column(place, "error", texts)
    pq.write_table(many, tmp_path / RUNS, compression="zstd", store_schema=False)
    assert (tmp_path / RUNS).stat().st_size < 100_000
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    with pytest.raises(UserError, match="a text in error has 10,000,000 letters"):
        read_runs(tmp_path)
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()
    assert pa.default_memory_pool().max_memory() - before < 500_000_000
    assert LONGEST["error"] < 10_000_000


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in refused(tmp_path / "pipe")
    file = written(tmp_path / "f", [{"name": "n", "ids": []}])
    (tmp_path / "link").symlink_to(file)
    assert "it is a link" in refused(tmp_path / "link")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert "not a regular file" in refused(tmp_path / "zero")
    with open(tmp_path / "sparse", "wb") as sparse:
        sparse.truncate(parquet.MOST_FILE_BYTES + 1)
    assert "more than 1,073,741,824 bytes" in refused(tmp_path / "sparse")


READERS = {
    "run records": "from nasarena.suite.records.stored_runs import read_runs as read",
    "trainings": "from nasarena.suite.training.stored_trainings import read_trainings as read",
    "scores": (
        "from nasarena.suite.training.score_cells import read_scorings\n"
        "def read(path): read_scorings(path.read_bytes())"
    ),
    "own tables": (
        "from nasarena.suite.tables.parquet_file import read_parquet\n"
        "def read(path): read_parquet(path, path.read_bytes())"
    ),
}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are listed on Linux only")
@pytest.mark.parametrize("what", READERS)
def test_reading_starts_no_thread(what: str, tmp_path: Path) -> None:
    """One that still holds Python's bytes when Python ends would abort the finished command."""
    path = tmp_path / "runs.parquet"
    if what == "run records":
        results = Path(__file__).parents[2] / "results" / "nasbench201"
        path = next(results.glob("*/*/*/random-search"))
    elif what == "trainings":
        save_trainings({}, path)
    elif what == "scores":
        save_scorings({}, path)
    else:
        pq.write_table(pa.table({f"c{place}": range(1000) for place in range(20)}), path)
    script = (
        f"{READERS[what]}\n"
        "import os, sys\nfrom pathlib import Path\nimport pyarrow.parquet\n"
        "before = os.listdir('/proc/self/task')\n"
        "read(Path(sys.argv[1]))\n"
        "assert os.listdir('/proc/self/task') == before"
    )
    subprocess.run([sys.executable, "-c", script, path], check=True)
