"""Run records on disk: one folder a (protocol, benchmark, method), each file written whole."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from nasarena.suite.errors import UserError, listed
from nasarena.suite.files import TEMPORARY, locked, read_regular, write_atomically
from nasarena.suite.records.first_schema import FIRST_RUNS_SCHEMA, as_current
from nasarena.suite.records.parquet import read_checked
from nasarena.suite.records.run_record import (
    EXECUTIONS_SCHEMA,
    IDENTITY_FIELDS,
    NOTES,
    RUNS_SCHEMA,
    SCHEMA_VERSION,
    CellIdentity,
)
from nasarena.suite.records.soundness import (
    LONGEST,
    LONGEST_OF_EXECUTIONS,
    Complaint,
    several,
    unsound,
    unsound_executions,
)

MARKER = "nasarena-results.json"
READABLE_VERSIONS = (1, SCHEMA_VERSION)
RUNS = "runs.parquet"
EXECUTIONS = "executions.parquet"
NEW_RUNS, NEW_EXECUTIONS = "runs.new.parquet", "executions.new.parquet"
"""What was added to large files while a command runs; at its end they are part of those."""


def open_results(folder: Path, create: bool = False) -> Path:
    """Checks that this is a folder of results; with `create`, makes a new or empty folder one.

    Raises UserError when it is not one.
    """
    marker = folder / MARKER
    if create and (not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write_marker(marker)
        except OSError as error:
            raise UserError(
                f"the results folder {folder} cannot be made ({error.strerror}); "
                "choose another with --results"
            ) from None
    try:
        version = _marked_version(marker)
    except FileNotFoundError:
        what = "does not exist" if not folder.exists() else "is not a results folder"
        hint = "give a folder that `nasarena run --results` wrote"
        if (folder / "results" / MARKER).exists():
            hint = f"did you mean {folder / 'results'}?"
        raise UserError(f"{folder} {what} (it has no {MARKER}); {hint}") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UserError(
            f"{folder} is not a results folder ({MARKER} in it cannot be read); "
            "give a folder that `nasarena run --results` wrote"
        ) from None
    if version not in READABLE_VERSIONS:
        raise UserError(
            f"the results folder {folder} has schema version {version}, this nasarena reads "
            f"{listed(map(str, READABLE_VERSIONS))}; use the nasarena that wrote it"
        )
    return folder


def mark_current(folder: Path) -> None:
    """State that a folder holds records of the current schema, before the first is written.

    An older nasarena then says that it cannot read the folder, not that a file in it is wrong.
    Raises OSError.
    """
    marker = folder / MARKER
    if _marked_version(marker) != SCHEMA_VERSION:
        _write_marker(marker)


def _marked_version(marker: Path) -> Any:
    return json.loads(read_regular(marker, 10_000))["nasarena_schema_version"]


def _write_marker(marker: Path) -> None:
    content = json.dumps({"nasarena_schema_version": SCHEMA_VERSION}) + "\n"
    write_atomically(marker, lambda file: file.write(content.encode()))


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Keeps other processes from writing into a results folder until the end of the block."""

    def unwritable(error: OSError) -> UserError:
        return UserError(
            f"the results folder {folder} cannot be written to ({error.strerror}); "
            "choose another with --results"
        )

    busy = f"another nasarena is writing into {folder}; wait for it or choose another --results"
    with locked(folder / ".lock", busy, unwritable):
        for unfinished in folder.glob(f"**/{TEMPORARY}"):  # of a process that was killed
            unfinished.unlink(missing_ok=True)
        yield


def cell_folder(results: Path, protocol: str, benchmark: str, method: str) -> Path:
    """Where the runs of a cell lie: a level for the protocol, one or more for the benchmark."""
    parts = [protocol, *benchmark.split("/"), method]
    return results.joinpath(*[_folder_name(part) for part in parts])


def _folder_name(part: str) -> str:
    name = quote(part, safe="[]=,.-_")
    return name if name.strip(".") else name.replace(".", "%2E")


def find_cells(results: Path) -> list[Path]:
    """The folders of all cells, sorted; with links in their place, which reading refuses."""
    cells = []
    for parent, folders, files in os.walk(results):
        cells += [Path(parent, name) for name in folders if Path(parent, name).is_symlink()]
        # A benchmark or method may be called as the file is: its folder is none.
        cells += [Path(parent)] if RUNS in files else []
    return sorted(cells)


def read_runs(folder: Path, name: str = RUNS) -> pa.Table:
    """The run records of a cell, checked: results are untrusted input. Raises UserError.

    Those that wait to be written into the file are among them.
    """
    runs = _read_runs(folder, name)
    if name != RUNS or not (folder / NEW_RUNS).exists():
        return runs
    return with_new(runs, _read_runs(folder, NEW_RUNS))


def with_new(rows: pa.Table, new: pa.Table) -> pa.Table:
    """Rows in seed order, with new ones, of which each stands for an old one of the same seed."""
    kept = rows.filter(pc.invert(pc.is_in(rows["seed"], new["seed"])))
    return pa.concat_tables([kept, new]).sort_by("seed").combine_chunks()


def _read_runs(folder: Path, name: str) -> pa.Table:
    path = folder / name
    if folder.is_symlink():
        raise UserError(
            f"{folder} is a link; results are read from folders only: put what it points to there"
        )
    runs = as_current(read_checked(path, RUNS_SCHEMA, longest=LONGEST, earlier=FIRST_RUNS_SCHEMA))
    if complaints := unsound(runs):
        raise invalid(path, complaints)
    return runs


def invalid(path: Path, complaints: list[Complaint]) -> UserError:
    """The sentence about a file of runs with something wrong."""
    return UserError(
        f"{path} is not a valid file of runs: {several(complaints)}; remove it and run again"
    )


def read_executions(folder: Path) -> pa.Table:
    """The executions of a cell's runs; none where the file is missing. Raises UserError."""
    executions = _read_executions(folder / EXECUTIONS)
    if not (folder / NEW_EXECUTIONS).exists():
        return executions
    return with_new(executions, _read_executions(folder / NEW_EXECUTIONS))


def _read_executions(path: Path) -> pa.Table:
    if not path.exists():
        return EXECUTIONS_SCHEMA.empty_table()
    executions = read_checked(path, EXECUTIONS_SCHEMA, longest=LONGEST_OF_EXECUTIONS)
    if complaint := unsound_executions(executions):
        raise UserError(
            f"{path} is not a valid file of executions: {complaint}; remove it and run again"
        )
    return executions


def identity_of(runs: pa.Table, folder: Path) -> CellIdentity:
    """What all runs in a table share. Raises UserError when they do not share it."""
    names = [field.name for field in IDENTITY_FIELDS]
    if runs.num_rows == 0 or any(pc.count_distinct(runs[name]).as_py() != 1 for name in names):
        raise UserError(f"{folder / RUNS} does not hold the runs of one method on one benchmark")
    return CellIdentity(**runs.slice(0, 1).select(names).to_pylist()[0])


def merge(parts: Sequence[tuple[Path, pa.Table]]) -> pa.Table:
    """The runs of one cell from several folders, each seed once, in seed order.

    Of one with its predictors judged and the same without, the judged one. Raises UserError when
    folders disagree about a run.
    """
    if len(parts) == 1:
        return _in_seed_order(parts[0][1])
    rows: dict[int, tuple[Path, dict[str, Any]]] = {}
    for folder, runs in parts:
        for row in runs.to_pylist():
            known, same = rows.setdefault(row["seed"], (folder, row))
            if "failed" in (row["stop_reason"], same["stop_reason"]):
                # A run that finished elsewhere is what a failed one would be if tried again.
                if same["stop_reason"] == "failed":
                    rows[row["seed"]] = (folder, row)
            elif without_judging(row) == without_judging(same):
                if len(row["diagnostics"]) > len(same["diagnostics"]):
                    rows[row["seed"]] = (folder, row)
            else:
                raise UserError(
                    f"{known} and {folder} disagree about {row['method']} on {row['benchmark']}, "
                    f"seed {row['seed']}; leave one of them out"
                )
    return pa.Table.from_pylist([rows[seed][1] for seed in sorted(rows)], schema=RUNS_SCHEMA)


def _in_seed_order(runs: pa.Table) -> pa.Table:
    """The runs sorted by seed: those that nasarena wrote are."""
    seeds = runs["seed"].to_numpy()
    return runs if (seeds[1:] > seeds[:-1]).all() else runs.sort_by("seed")


def without_judging(row: dict[str, Any]) -> str:
    """A run without what the harness judged, as text, in which NaN equals NaN."""
    noted = [(name, values) for name, values in row["diagnostics"] if name not in NOTES]
    return repr(row | {"diagnostics": noted})
