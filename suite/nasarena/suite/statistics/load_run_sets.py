"""Run sets from folders of results: read, checked, and put together."""

import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.checks.record_checks import require_valid
from nasarena.suite.checks.verdicts import Mark, read_verdict, worst
from nasarena.suite.errors import UserError
from nasarena.suite.live.benchmark import LiveBenchmark
from nasarena.suite.live.measurement import Measurements
from nasarena.suite.live.stored import read_measured, read_together
from nasarena.suite.names import Spec
from nasarena.suite.records.method_description import MethodDescription, read_description
from nasarena.suite.records.run_record import CellIdentity, is_by_module
from nasarena.suite.records.soundness import COST_TIE, lists_of
from nasarena.suite.records.soundness import spent as cost_of_runs
from nasarena.suite.records.store import (
    find_cells,
    identity_of,
    merge,
    open_results,
    read_executions,
    read_runs,
)
from nasarena.suite.statistics.judged_predictors import read_judged
from nasarena.suite.statistics.run_set import RunSet, Spent

Key = tuple[str, str, str]
"""Of a cell: protocol, benchmark, method."""


def key_of(identity: CellIdentity) -> Key:
    """What makes runs those of one cell, whichever folder they are in."""
    return identity.protocol, identity.benchmark, identity.method


@dataclass(frozen=True)
class Part:
    """The runs of a cell in one folder."""

    folder: Path
    identity: CellIdentity
    runs: pa.Table

    @cached_property
    def mark(self) -> Mark:
        """The verdict that is stored beside the runs."""
        return read_verdict(self.folder).mark

    @cached_property
    def executions(self) -> pa.Table:
        """The executions of the runs. Raises UserError."""
        return read_executions(self.folder)

    @cached_property
    def description(self) -> MethodDescription | None:
        """What the method is, as stored beside the runs; None where nothing usable is stored."""
        try:
            return part_description(self)
        except UserError:
            return None

    @property
    def digests(self) -> frozenset[str]:
        """The recorded digests of the method's source. Raises UserError."""
        return frozenset(self.executions["source_digest"].unique().to_pylist())

    @property
    def unaccounted(self) -> bool:
        """Whether a run has no execution beside it. Raises UserError."""
        executed = pc.is_in(self.runs["seed"], self.executions["seed"])
        return not pc.all(executed).as_py()


def part_description(part: Part) -> MethodDescription | None:
    """What a cell's method is, as stored beside its runs; None where there is nothing.

    Raises UserError for a file that is not a description of this method and version.
    """
    try:
        name = Spec.parse(part.identity.method).name
    except UserError:  # what no method can be called, nothing describes
        return None
    return read_description(part.folder, name, part.identity.method_version)


def load_run_sets(
    results: Path | str | Sequence[Path | str], keep_going: bool = False
) -> list[RunSet]:
    """The cells of one or more results folders, sorted by protocol, benchmark and method.

    Runs of one cell in several folders are put together. With `keep_going`, a cell that cannot be
    used is left out, with a warning that says why. Raises UserError when a folder is not one of
    results, two protocols have one name, or there is no run at all; without `keep_going` also when
    a file is damaged, a run is not what its protocol and table allow, a table differs from the one
    installed, or folders contradict each other.
    """
    folders = results_paths(results)
    run_sets = list(put_together(cell_folders(folders), keep_going))
    check_rules([runs.identity for runs in run_sets], folders)
    return run_sets


def results_paths(results: Path | str | Sequence[Path | str]) -> list[Path]:
    """One or more results folders, as they are given to many functions."""
    given = [results] if isinstance(results, (str, Path)) else results
    return [Path(folder) for folder in given]


def cell_folders(folders: Iterable[Path]) -> Iterator[Path]:
    """The folders of all cells in results folders. Raises UserError for others."""
    for results in folders:
        yield from find_cells(open_results(results))


@contextmanager
def left_out(keep_going: bool) -> Iterator[None]:
    """What cannot be used in this block is a warning with `keep_going`, and else an error."""
    try:
        yield
    except UserError as error:
        if not keep_going:
            raise
        warnings.warn(f"left out: {error}", stacklevel=2)


def put_together(cells: Iterable[Path], keep_going: bool) -> Iterator[RunSet]:
    """The runs in the folders of cells, sorted by protocol, benchmark and method.

    See `load_run_sets`.
    """
    parts: dict[Key, list[Part]] = defaultdict(list)
    for folder in cells:
        with left_out(keep_going):
            part = read_part(folder)
            parts[key_of(part.identity)].append(part)
    live = _live(parts, keep_going)
    for key in sorted(parts):
        with left_out(keep_going):
            yield _run_set(parts.pop(key), live.get(key[1]))


def read_part(folder: Path) -> Part:
    """The runs in the folder of a cell, checked. Raises UserError."""
    runs = read_runs(folder)
    identity = identity_of(runs, folder)
    benchmark = load_benchmark(identity.benchmark, identity.limit)
    require_valid(folder, runs, identity, benchmark)
    if isinstance(benchmark, LiveBenchmark):
        _require_measured(folder, runs, read_measured(benchmark, folder))
    return Part(folder, identity, runs)


def run_set_of(part: Part) -> RunSet:
    """The runs of a cell in one folder, ready to be counted. Raises UserError."""
    benchmark = load_benchmark(part.identity.benchmark, part.identity.limit)
    live = None
    if isinstance(benchmark, LiveBenchmark):
        live = benchmark.knowing(read_measured(benchmark, part.folder), _recommended([part]))
    return _run_set([part], live)


def _require_measured(folder: Path, runs: pa.Table, measured: Measurements) -> None:
    """Raises UserError where a live benchmark's runs charged what was not measured."""
    charged = runs["ids"].combine_chunks().flatten().unique().to_pylist()
    if unknown := set(charged) - measured.keys():
        raise UserError(
            f"{folder} has architecture {min(unknown)} in a trace, and no measurement of it; "
            "remove that folder and run again"
        )


def _known(digests: frozenset[str]) -> frozenset[str]:
    """Those that tell something: digests of whole modules tell nothing."""
    return frozenset(digest for digest in digests if not is_by_module(digest))


def _require_one_method(parts: Sequence[Part]) -> None:
    """Raises UserError where runs in several folders were not made by one method."""
    name = f"{parts[0].identity.method} on {parts[0].identity.benchmark}"
    for part in parts:
        if part.mark == "rejected":
            raise UserError(
                f"{part.folder} has runs of {name} that an audit rejected; leave that folder out"
            )
        if not part.digests:
            raise UserError(
                f"the runs of {name} in {part.folder} do not say which source made them (there is "
                "no execution beside them), so they cannot be put together with others; leave one "
                "of the folders out"
            )
    known = [(part, sources) for part in parts if (sources := _known(part.digests))]
    for part, sources in known[1:]:
        if sources != known[0][1]:
            raise UserError(
                f"{known[0][0].folder} and {part.folder} hold runs of {name} that were made with "
                "different source under one version; leave one of them out"
            )


def _live(parts: dict[Key, list[Part]], keep_going: bool) -> dict[str, LiveBenchmark]:
    """The live benchmarks by name, each knowing what all folders together measured.

    The cells of one whose folders contradict each other leave `parts`.
    """
    known = {}
    for name in sorted({benchmark for _, benchmark, _ in parts}):
        benchmark = load_benchmark(name)
        if not isinstance(benchmark, LiveBenchmark):
            continue
        keys = [key for key in sorted(parts) if key[1] == name]
        with left_out(keep_going):
            every = [part for key in keys for part in parts[key]]
            measured = read_together(benchmark, [part.folder for part in every])
            known[name] = benchmark.knowing(measured, _recommended(every))
        if name not in known:
            for key in keys:
                del parts[key]
    return known


def _recommended(parts: Sequence[Part]) -> Iterator[int]:
    """The architectures that runs recommended; they need not have been measured."""
    for part in parts:
        yield from part.runs["recommended_ids"].combine_chunks().flatten().unique().to_pylist()


def check_rules(cells: Sequence[CellIdentity], folders: Sequence[Path]) -> None:
    """Raises UserError where the folders hold no cells, or such as were run under different rules
    that have one name.
    """
    if not cells:
        raise UserError(
            f"there are no runs in {', '.join(map(str, folders))}; make some with `nasarena run`"
        )
    clash = differing_rule(cells)
    if clash:
        first, other, rule = clash
        raise UserError(
            f"the results hold runs under two different protocols named {first.protocol} "
            f"({rule.replace('_', ' ')}: {getattr(first, rule)} for {first.method} on "
            f"{first.benchmark}, {getattr(other, rule)} for {other.method} on {other.benchmark}); "
            "leave out or move away the runs of one of them"
        )


def differing_rule(
    cells: Iterable[CellIdentity],
) -> tuple[CellIdentity, CellIdentity, str] | None:
    """The first two cells whose protocols have one name and differ, and in which rule."""
    first_cells: dict[tuple[str, str], CellIdentity] = {}
    for identity in cells:
        for scope in ("", identity.benchmark):
            first = first_cells.setdefault((identity.protocol, scope), identity)
            # What a space can be charged bounds its budget: it may differ between benchmarks.
            names = ["protocol_version", "labels", "duplicates", "stop", "fidelities", "limit"]
            names += ["budget", "patience"] if scope else []
            for name in names:
                if getattr(first, name) != getattr(identity, name):
                    return first, identity, name
    return None


def _run_set(parts: Sequence[Part], live: LiveBenchmark | None) -> RunSet:
    """The runs of one cell, put together. Raises UserError where its folders contradict."""
    identity = parts[0].identity
    for part in parts:
        if part.identity != identity:
            raise UserError(
                f"{parts[0].folder} and {part.folder} hold runs of {identity.method} on "
                f"{identity.benchmark} that differ in version, table or protocol; leave one of "
                "them out"
            )
    if len(parts) > 1:
        _require_one_method(parts)
    runs = merge([(part.folder, part.runs) for part in parts])
    traces = runs["ids"].combine_chunks()
    ids = traces.flatten().to_numpy().astype(np.int64)
    recommended = runs["recommended_ids"].combine_chunks()
    recommended_ids = recommended.flatten().to_numpy().astype(np.int64)
    if live is not None:
        ids, recommended_ids = live.places(ids), live.places(recommended_ids)
    recommended_run = np.repeat(np.arange(len(runs)), recommended.value_lengths().to_numpy())
    recommended_after = (
        runs["recommended_after"].combine_chunks().flatten().to_numpy().astype(np.int64)
    )
    rounds = runs["rounds"].combine_chunks().flatten().to_numpy().astype(np.int64)
    lengths = traces.value_lengths().to_numpy().astype(np.int64)
    spent = None
    if identity.fidelities == "multi":
        spent, full = _spent(runs, identity)
        padded = np.append(0.0, spent.until_query)
        place = spent.starts[recommended_run] + recommended_after
        by_then = np.where(recommended_after > 0, padded[place], 0.0)
        recommended_after = np.ceil(by_then - COST_TIE).astype(np.int64)
        ids, rounds = ids[full], rounds[full]
        lengths = np.bincount(np.repeat(np.arange(len(runs)), lengths)[full], minlength=len(runs))
    return RunSet(
        identity=identity,
        seeds=runs["seed"].to_numpy(),
        ids=ids,
        rounds=rounds,
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        stop_reasons=_texts(runs["stop_reason"]),
        recommended_run=recommended_run,
        recommended_after=recommended_after,
        recommended_ids=recommended_ids,
        judged=read_judged(runs),
        live=live,
        sources=_known(frozenset().union(*(part.digests for part in parts))),
        mark=worst(part.mark for part in parts),
        unaccounted=any(part.unaccounted for part in parts),
        description=next((part.description for part in parts if part.description), None),
        spent=spent,
    )


def _spent(runs: pa.Table, identity: CellIdentity) -> tuple[Spent, NDArray[np.bool_]]:
    """What was spent by each charged query, and which of them are full trainings."""
    cost, rounds = lists_of(runs, "cost"), lists_of(runs, "rounds")
    full_epochs = load_benchmark(identity.benchmark).require_fidelities().epochs[-1]
    full = lists_of(runs, "fidelity").flat == full_epochs
    starts = np.concatenate([[0], np.cumsum(cost.lengths)]).astype(np.int64)
    until = np.zeros(cost.flat.size)
    for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        until[start:end] = np.cumsum(cost.flat[start:end])  # each run by itself: no rounding of all
    return Spent(
        until=until[full],
        until_query=until,
        rounds=rounds.flat.astype(np.int64),
        starts=starts,
        all=cost_of_runs(cost),
    ), full


def _texts(column: pa.ChunkedArray) -> list[str]:
    """A column as texts, of which equal ones are one object."""
    codes = column.combine_chunks().dictionary_encode()
    texts = codes.dictionary.to_pylist()
    return [texts[code] for code in codes.indices.to_pylist()]
