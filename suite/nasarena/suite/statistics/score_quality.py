"""How well zero-cost scores order the architectures of a table, beside their parameters."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.statistics.intervals import FEWEST_RUNS, expanded_z
from nasarena.suite.statistics.rank_quality import with_ties
from nasarena.suite.statistics.resampling import stream
from nasarena.suite.statistics.samples import Estimate
from nasarena.suite.tables.proxies import Proxies

PARAMETERS = "params"
"""The score that all others are held against."""

TOP = 0.1
"""The share of the best architectures that is the top."""

RESAMPLES = 999
_BLOCK = 2_000_000
"""Numbers held at once while resampling."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ScoreRow:
    """One score on one benchmark.

    * `architectures`: those that have the score and, where the benchmark knows them, parameters;
      `top` how many of these are the best tenth by their labels, ties included.
    * `spearman`, `spearman_top`: Spearman's rank correlation between the score and the mean
      validation accuracy (or the benchmark's objective, better is higher) over them, and over the
      top; 0 where either is the same for all.
    * `minus_params`, `minus_params_top`: the same less the correlation of parameters, on the same
      architectures; None for parameters themselves and where they are not known.
    * `seconds`: what the score took for an architecture, the mean; None where that is not known.

    Intervals (95 %) are of resampled architectures: they say how far other architectures of the
    kind would change the number, and nothing of training noise. There are none below 6.
    """

    benchmark: str
    score: str
    architectures: int
    top: int
    spearman: Estimate
    spearman_top: Estimate
    minus_params: Estimate | None
    minus_params_top: Estimate | None
    seconds: float | None


def score_rows(benchmark: str) -> list[ScoreRow]:
    """A row for each zero-cost score of a benchmark that is here, by name."""
    one = load_benchmark(benchmark)
    return list(_rows(benchmark, one.table.sha256, tuple(one.scores.notes())))


@cache
def _rows(benchmark: str, table: str, scores: tuple[str, ...]) -> list[ScoreRow]:
    """The rows, worked out once for a table and scores: more may be fetched meanwhile."""
    one = load_benchmark(benchmark)
    if not one.table.optimum_known:
        return []
    return quality_of(one.scores, one.table.mean_validation, benchmark)


def quality_of(scores: Proxies, labels: Accuracies, benchmark: str) -> list[ScoreRow]:
    """A row for each score; `labels` have shape (architectures,), higher is better."""
    parameters = scores.scores.get(PARAMETERS, np.zeros(labels.size))
    with_score: dict[bytes, list[str]] = {}
    for name, score in scores.scores.items():
        known = ~np.isnan(score) & ~np.isnan(parameters)
        if known.any():
            with_score.setdefault(known.tobytes(), []).append(name)
    rows = []
    for mask, names in with_score.items():
        ids = np.flatnonzero(np.frombuffer(mask, dtype=bool))
        true = with_ties(labels[ids])
        count = top_count(ids.size)
        best = true >= np.partition(true, -count)[-count]
        columns = [scores.scores[name][ids] for name in names]
        overall = _estimates([*columns, parameters[ids]], true, benchmark)
        top = [column[best] for column in [*columns, parameters[ids]]]
        at_top = _estimates(top, true[best], benchmark)
        for name, (here, less), (there, less_there) in zip(names, overall, at_top, strict=True):
            seconds = scores.seconds.get(name)
            compared = name != PARAMETERS and PARAMETERS in scores.scores
            rows.append(
                ScoreRow(
                    benchmark=benchmark,
                    score=name,
                    architectures=ids.size,
                    top=int(best.sum()),
                    spearman=here,
                    spearman_top=there,
                    minus_params=less if compared else None,
                    minus_params_top=less_there if compared else None,
                    seconds=None if seconds is None else float(np.nanmean(seconds[ids])),
                )
            )
    return sorted(rows, key=lambda row: row.score)


def top_count(size: int) -> int:
    """How many of so many architectures are the top: a tenth, rounded up."""
    return int(np.ceil(TOP * size))


def spearman(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation, equal values sharing a mean rank; 0 where one is constant."""
    return float(_correlations([_Ranks(one)], _Ranks(other), np.ones((1, one.size)))[0, 0])


def _estimates(columns: list[Floats], labels: Floats, name: str) -> list[tuple[Estimate, Estimate]]:
    """Of each column but the last its correlation, and that less the last column's."""
    ranked, true = [_Ranks(column) for column in columns], _Ranks(labels)
    blocks: Iterable[Floats] = [np.ones((1, labels.size))]
    if labels.size >= FEWEST_RUNS:
        blocks = chain(blocks, _resamples(labels.size, name))
    found = np.concatenate([_correlations(ranked, true, block) for block in blocks])
    less = found - found[:, -1:]
    return [
        (_estimate(found[:, place], labels.size), _estimate(less[:, place], labels.size))
        for place in range(len(columns) - 1)
    ]


def _estimate(values: Floats, size: int) -> Estimate:
    """The first value, with the interval that the others are resamples for.

    Percentiles, expanded for small samples as in `intervals`.
    """
    if values.size == 1:
        return Estimate(float(values[0])).rounded()
    from scipy.special import ndtr

    z = expanded_z(size)
    low, high = np.quantile(values[1:], [ndtr(-z), ndtr(z)])
    return Estimate(float(values[0]), float(low), float(high)).rounded()


def _resamples(size: int, name: str) -> Iterator[Floats]:
    """How often each architecture is drawn in each resample, in blocks of (resamples, size).

    Drawn with a fixed seed: scores on the same architectures share the resamples.
    """
    rng, left, most = stream("scores", name), RESAMPLES, max(1, _BLOCK // size)
    while left > 0:
        rows = min(left, most)
        drawn = rng.integers(size, size=(rows, size)) + size * np.arange(rows)[:, None]
        counted = np.bincount(drawn.ravel(), minlength=rows * size)
        yield counted.reshape(rows, size).astype(np.float64)
        left -= rows


class _Ranks:
    """Ranks of values in resamples that are given by how often each value is drawn."""

    def __init__(self, values: Floats) -> None:
        _, self._groups = np.unique(values, return_inverse=True)
        self._order = np.argsort(self._groups, kind="stable")
        self._starts = np.flatnonzero(np.diff(self._groups[self._order], prepend=-1))

    def centred(self, counts: Floats) -> tuple[Floats, Floats]:
        """Ranks less their mean, shape of `counts` (resamples, values), and their sum of squares.

        Of what is not drawn, the rank means nothing: it counts for nothing.
        """
        sizes = np.add.reduceat(counts[:, self._order], self._starts, axis=1)
        middle = np.cumsum(sizes, axis=1) - (sizes - 1) / 2
        middle -= (counts.shape[1] + 1) / 2
        return middle[:, self._groups], (sizes * middle**2).sum(axis=1)


def _correlations(columns: list[_Ranks], labels: _Ranks, counts: Floats) -> Floats:
    """Spearman's correlation of each column with the labels in each resample: (resamples, columns).

    It is Pearson's of the ranks within the resample, which holds as many values as there are.
    """
    true, true_squares = labels.centred(counts)
    true *= counts
    found = np.zeros((len(counts), len(columns)))
    for place, column in enumerate(columns):
        ranks, squares = column.centred(counts)
        products = np.einsum("ij,ij->i", ranks, true)
        scale = np.sqrt(squares * true_squares)
        np.divide(products, scale, out=found[:, place], where=scale > 0)
    return found
