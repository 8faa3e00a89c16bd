"""Samples to the optimum as the released WeakNAS notebooks count them."""

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.run_set import RunSet


def notebook_samples(runs: RunSet) -> NDArray[np.float64]:
    """Queries by which the notebooks call the optimum found; infinity if never. Shape (runs,).

    They look once a round, after all of its queries, and also look at the architecture that the
    predictor ranks first, queried or not. So a query counts at the end of its round, and the
    recommendation of the optimum counts as found, after the queries by then. A round that the
    optimum ended early counts whole: as long as the longest of these runs after the first, and the
    first as long as the longest first.
    """
    optimum = runs.benchmark.table.optimum
    queried = runs.first(np.isin(runs.ids, optimum))
    found = np.flatnonzero(np.isfinite(queried))
    at_end = np.full(runs.count, np.inf)
    if found.size:
        starts, sizes, is_first = _rounds(runs)
        hit = runs.starts[found] + queried[found].astype(np.int64) - 1
        place = np.searchsorted(starts, hit, side="right") - 1
        whole = np.where(is_first[place], sizes[is_first].max(), sizes[~is_first].max(initial=0))
        at_end[found] = starts[place] - runs.starts[found] + np.maximum(whole, sizes[place])
    told = np.isin(runs.recommended_ids, optimum)
    np.minimum.at(at_end, runs.recommended_run[told], runs.recommended_after[told])
    return at_end


def _rounds(runs: RunSet) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Where each round of each run starts in the traces, its queries, and whether it is a first."""
    run = runs.run_of_query
    new = (np.diff(run, prepend=-1) != 0) | (np.diff(runs.rounds, prepend=-1) != 0)
    starts = np.flatnonzero(new)
    return starts, np.diff(np.append(starts, runs.ids.size)), np.isin(starts, runs.starts)
