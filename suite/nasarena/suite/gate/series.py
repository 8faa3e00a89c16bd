"""The runs of one method over the commits of a history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.gate.commits import Commit
from nasarena.suite.gate.history import Entry
from nasarena.suite.gate.outcomes import Outcomes
from nasarena.suite.records.run_record import CellIdentity


@dataclass(frozen=True)
class Moment:
    """The runs of a method at one commit, by benchmark."""

    commit: Commit
    cells: dict[str, Outcomes]

    @property
    def environments(self) -> set[str]:
        """Where the runs were made."""
        return {name for one in self.cells.values() for name in one.environments}


@dataclass(frozen=True)
class Series:
    """A method over commits, in order of time.

    On each benchmark all runs are under the rules, and on the table, of the last ones there;
    `left_out` is the number of commits with runs under others.
    """

    method: str
    moments: list[Moment]
    left_out: int

    @property
    def benchmarks(self) -> list[str]:
        """All that it was run on at any commit."""
        return sorted({name for one in self.moments for name in one.cells})

    @property
    def latest(self) -> list[str]:
        """The benchmarks of its last runs: means over benchmarks are over these."""
        return sorted(self.moments[-1].cells)


def series_of(history: Sequence[Entry]) -> list[Series]:
    """The series of every method of a history, which is in order of time; by their names."""
    methods = sorted({method for entry in history for method in entry.methods})
    return [_series(history, method) for method in methods]


def _series(history: Sequence[Entry], method: str) -> Series:
    every = [
        Moment(entry.commit, {one.key[1]: one for one in entry.cells if one.key[0] == method})
        for entry in history
    ]
    last = {name: _rules(one) for moment in every for name, one in moment.cells.items()}
    moments = [
        replace(
            moment,
            cells={n: one for n, one in sorted(moment.cells.items()) if _rules(one) == last[n]},
        )
        for moment in every
    ]
    return Series(
        method,
        [moment for moment in moments if moment.cells],
        sum(len(kept.cells) < len(all_.cells) for kept, all_ in zip(moments, every, strict=True)),
    )


def _rules(one: Outcomes) -> CellIdentity:
    """What runs must share to be compared: all but the method's version."""
    return replace(one.identity, method_version="")


def same_code(moments: Sequence[Moment]) -> list[list[int]]:
    """Consecutive moments that made the same traces, as places in `moments`.

    They are the same code: all runs that two of them share (benchmark and seed) are identical, and
    there are such runs.
    """
    groups: list[list[int]] = []
    known: dict[tuple[str, int], bytes] = {}
    for place, moment in enumerate(moments):
        traces = {
            (name, seed): trace
            for name, one in moment.cells.items()
            for seed, trace in zip(one.seeds.tolist(), one.traces, strict=True)
        }
        shared = traces.keys() & known.keys()
        if shared and all(traces[run] == known[run] for run in shared):
            groups[-1].append(place)
            known |= traces
        else:
            groups.append([place])
            known = traces
    return groups


def distinct(cells: Sequence[Outcomes]) -> tuple[Outcomes, list[list[int]]]:
    """The different runs (seed and trace) of one method on one benchmark, and where each stands.

    What is identical is one run, however often it was made: it is no new evidence. For each run
    come the places of the `cells` that have it.
    """
    where: dict[tuple[int, bytes], list[int]] = {}
    first: dict[tuple[int, bytes], tuple[int, int]] = {}
    for place, one in enumerate(cells):
        for row, run in enumerate(zip(one.seeds.tolist(), one.traces, strict=True)):
            first.setdefault(run, (place, row))
            places = where.setdefault(run, [])
            if place not in places[-1:]:
                places.append(place)
    rows: list[list[int]] = [[] for _ in cells]
    for place, row in first.values():
        rows[place].append(row)
    kept = [(one, chosen) for one, chosen in zip(cells, rows, strict=True) if chosen]
    return _joined(kept), [places for run, places in where.items()]


def _joined(parts: Sequence[tuple[Outcomes, list[int]]]) -> Outcomes:
    """Rows of several outcomes as one."""

    def array(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(one, name)[rows] for one, rows in parts])

    def texts(name: str) -> list[Any]:
        return [getattr(one, name)[row] for one, rows in parts for row in rows]

    return Outcomes(
        identity=parts[-1][0].identity,
        seeds=array("seeds"),
        samples=array("samples"),
        areas=array("areas"),
        queries=array("queries"),
        failed=array("failed"),
        cpu_seconds=array("cpu_seconds"),
        traces=texts("traces"),
        sources=texts("sources"),
        environments=texts("environments"),
    )
