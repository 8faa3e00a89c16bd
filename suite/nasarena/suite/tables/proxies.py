"""Zero-cost scores: what is known of architectures before any is trained."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Ids, read_only
from nasarena.suite.errors import UserError, nearest, one_line
from nasarena.suite.tables.metric import Column

SCORE, SECONDS = "proxy.", "proxy_seconds."
"""What the names of metrics begin with that are scores, and the seconds that each took."""

NONE = "no zero-cost scores"

SAME_ORDER = {"parameters": "params", "multiply_adds": "flops"}
"""Other metrics that need no training, by the names that zero-cost scores have for them."""


@dataclass(frozen=True)
class Proxies:
    """Zero-cost scores of all architectures of a space, by name.

    `scores` are arrays of shape (architectures,), float64, read-only, NaN where an architecture
    has none. They are as their source has them: a higher one promises a better architecture,
    parameters (`params`) and multiply-adds (`flops`) included. `seconds`, of the same shape, are
    what each score took, where its source says so; what is not among them is free.

    Example:
        >>> Proxies({"params": np.array([2e5, np.nan])}).names
        ('params',)
    """

    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    seconds: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        read_only([*self.scores.values(), *self.seconds.values()])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the scores."""
        return tuple(self.scores)

    def select(self, names: Sequence[str]) -> "Proxies":
        """Some of the scores, or without names all. Raises UserError where there are none."""
        unknown = [name for name in names if name not in self.scores]
        if unknown or not self.scores:
            which = f"no zero-cost score '{one_line(unknown[0], 60)}'" if unknown else NONE
            known = f"; {nearest(unknown[0], self.names)}" if unknown and self.scores else ""
            raise UserError(f"{which}{known}")
        chosen = names or self.names
        return Proxies(
            {name: self.scores[name] for name in chosen},
            {name: self.seconds[name] for name in chosen if name in self.seconds},
        )

    def mean_rank(self) -> NDArray[np.float64]:
        """All scores as one: the mean of each architecture's ranks, shape (architectures,).

        A rank is between 0 and 1 among those that have the score, 1 for the highest; equal scores
        have the mean of their ranks. The mean is over the scores that an architecture has, and NaN
        where it has none.
        """
        ranks = np.stack([*self.ranks().values()])
        with warnings.catch_warnings(action="ignore"):  # of an architecture that has none
            means: NDArray[np.float64] = np.nanmean(ranks, axis=0)
        return means

    def ranks(self) -> dict[str, NDArray[np.float64]]:
        """Each score's ranks, as `mean_rank` averages them."""
        from scipy.stats import rankdata

        found = {}
        for name, score in self.scores.items():
            ranks = rankdata(score, nan_policy="omit")
            found[name] = (ranks - 1) / max(1, int((~np.isnan(score)).sum()) - 1)
        return found

    def sha256(self, name: str) -> str:
        """Of the values of a score, as little-endian float64."""
        return sha256(np.ascontiguousarray(self.scores[name], dtype="<f8").data).hexdigest()

    def notes(self) -> dict[str, float]:
        """What is noted of the scores in a run that asked for them.

        Each is named with the first digits of its sha256; the number is what the source says that
        it took for all architectures together, seconds, and 0 where it says nothing.
        """
        return {
            f"{SCORE}{name} sha256 {self.sha256(name)[:16]}": float(
                np.nansum(self.seconds.get(name, np.zeros(1)))
            )
            for name in self.names
        }


def highest_first(score: NDArray[np.float64], rng: np.random.Generator) -> Ids:
    """All architectures in the order of a score, the highest first, shape (architectures,).

    Equal scores are in random order, and those that have none (NaN) come last, in random order.
    """
    shuffled = rng.permutation(score.size)
    return shuffled[np.argsort(-score[shuffled], kind="stable")]  # NaN is sorted to the end


def scores_among(metrics: Mapping[str, Column]) -> Proxies:
    """The zero-cost scores among the metrics of a benchmark.

    Parameters and multiply-adds of the table itself are taken before those that were fetched: they
    are of all architectures.
    """
    scores, seconds = {}, {}
    for name, column in metrics.items():
        if name.startswith(SECONDS):
            seconds[name.removeprefix(SECONDS)] = column.values
        elif name.startswith(SCORE):
            scores[name.removeprefix(SCORE)] = column.values
    for name, score in SAME_ORDER.items():
        if name in metrics:
            scores[score] = metrics[name].values
            seconds.pop(score, None)
    return Proxies(
        dict(sorted(scores.items())),
        {name: taken for name, taken in sorted(seconds.items()) if name in scores},
    )
