"""The samples-to-optimum table of results folders, made a cell at a time.

Of a cell only what its row is made of stays in memory, so that a million runs need little more
than the largest cell does. Rows of cells that did not change are not made again: see `kept_rows`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.record_checks import require_same_table
from nasarena.suite.checks.verdicts import digests
from nasarena.suite.live.benchmark import LiveBenchmark
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.statistics.kept_rows import KeptRow, KeptRows, fingerprint
from nasarena.suite.statistics.load_run_sets import (
    Key,
    cell_folders,
    check_rules,
    key_of,
    left_out,
    put_together,
    read_part,
    results_paths,
    run_set_of,
)
from nasarena.suite.statistics.summary import Counted, Row, counted, in_order, with_means

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class _Cell:
    """A cell in one folder. A live benchmark's has no row: it depends on all folders together."""

    folder: Path
    identity: CellIdentity
    row: Row | None


def summarize(results: Path | str | Sequence[Path | str]) -> "pd.DataFrame":
    """The samples-to-optimum table of one or more results folders, a `Row` a line.

    Raises UserError for folders that hold no results or contradict each other.

    Example:
        >>> summarize("nasarena-results")[["benchmark", "method", "restricted_mean_samples"]]
    """
    import pandas as pd

    return pd.DataFrame([asdict(row) for row in stored_rows(results)])


def stored_rows(results: Path | str | Sequence[Path | str], keep_going: bool = False) -> list[Row]:
    """The rows of one or more results folders: `summary_rows` of what `load_run_sets` returns.

    Raises UserError as `load_run_sets` does; with `keep_going`, what cannot be used is left out.
    """
    folders = results_paths(results)
    cells: dict[Key, list[_Cell]] = defaultdict(list)
    for folder in folders:
        for cell in _cells(folder, keep_going):
            cells[key_of(cell.identity)].append(cell)
    identities, rows, others = [], [], []
    for few in cells.values():
        if len(few) == 1 and few[0].row:
            identities.append(few[0].identity)
            rows.append(few[0].row)
    for together in _read_together(cells):
        for runs in put_together(together, keep_going):
            identities.append(runs.identity)
            others.append(counted(runs))
    check_rules(sorted(identities, key=key_of), folders)
    return in_order([*rows, *with_means(others)])


def _read_together(cells: Mapping[Key, Sequence[_Cell]]) -> Iterator[list[Path]]:
    """Folders whose runs are needed together: those of one cell, and all of live benchmarks."""
    live: list[Path] = []
    for few in cells.values():
        if few[0].row is None:
            live += [cell.folder for cell in few]
        elif len(few) > 1:
            yield [cell.folder for cell in few]
    yield live


def _cells(results: Path, keep_going: bool) -> list[_Cell]:
    """The cells of a results folder with their rows, which are kept. Raises UserError."""
    kept = KeptRows(results)
    cells: list[_Cell] = []
    read: list[tuple[_Cell, dict[str, str], Counted]] = []
    for folder in cell_folders([results]):
        with left_out(keep_going):
            files = _files(folder)
            if unchanged := _unchanged(folder, files, kept):
                cells.append(unchanged)
                continue
            part = read_part(folder)
            cell = _Cell(folder, part.identity, None)
            if isinstance(load_benchmark(cell.identity.benchmark), LiveBenchmark):
                cells.append(cell)
            else:
                read.append((cell, files, counted(run_set_of(part))))
    rows = with_means([made for _, _, made in read])
    for (cell, files, _), row in zip(read, rows, strict=True):
        cells.append(_Cell(cell.folder, cell.identity, row))
        # What was read is what the sums are of, also where somebody writes meanwhile.
        if files and _files(cell.folder) == files:
            searched = fingerprint(cell.identity)
            kept.keep(cell.folder, KeptRow(files, searched, cell.identity, row))
    kept.write()
    return cells


def _unchanged(folder: Path, files: dict[str, str], kept: KeptRows) -> _Cell | None:
    """A cell whose row is kept; None where it is not, or what it depends on changed.

    Raises UserError where its benchmark is not here any more, or has another table.
    """
    found = kept.find(folder, files)
    if found is None:
        return None
    benchmark = load_benchmark(found.identity.benchmark, found.identity.limit)
    require_same_table(folder, found.identity, benchmark)
    if found.searched != fingerprint(found.identity):
        return None
    return _Cell(folder, found.identity, found.row)


def _files(folder: Path) -> dict[str, str]:
    """The sha256 of each of a cell's files; empty where they are not to be read."""
    try:
        return {} if folder.is_symlink() else digests(folder)
    except (OSError, ValueError):
        return {}
