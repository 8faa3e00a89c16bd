"""Zero-cost scores for methods that learn: as features, and as the order in which they begin."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Features
from nasarena.suite.problem import Problem
from nasarena.suite.tables.proxies import Proxies, highest_first


def names_of(scores: str) -> tuple[str, ...]:
    """The names in a text with `+` between them; () for `all`."""
    return () if scores == "all" else tuple(scores.split("+"))


def score_features(proxies: Proxies) -> Features:
    """Each score as the normal quantiles of its ranks, shape (architectures, scores).

    An architecture that lacks a score has 0, the middle, in its place.
    """
    from scipy.special import ndtri

    columns = []
    for ranks in proxies.ranks().values():
        count = int((~np.isnan(ranks)).sum())
        columns.append(ndtri((ranks * (count - 1) + 0.5) / max(count, 1)))
    features: Features = np.nan_to_num(np.stack(columns, axis=-1)).astype(np.float32)
    return features


class ScoreKernel:
    """A covariance of architectures by their scores, 1 for one with itself.

    A rational quadratic 1 / (1 + d^2 / 2), d^2 the mean over the scores of the squared difference
    of their normal quantiles: a mixture of squared exponentials of all lengths (Rasmussen &
    Williams 2006, eq. 4.19 with alpha 1).
    """

    def __init__(self, features: Features) -> None:
        self._features = features / np.float32(np.sqrt(features.shape[1]))
        self._norms = np.einsum("ij,ij->i", self._features, self._features)

    def rows(self, ids: NDArray[np.int64]) -> Features:
        """The covariances of architectures with all of the space: shape (ids, architectures)."""
        squares = self._norms[ids][:, None] + self._norms
        squares -= 2 * (self._features[ids] @ self._features.T)
        covariances: Features = 1 / (1 + np.maximum(squares, 0) / 2)
        return covariances


class Replaced:
    """An object with some of its attributes replaced; all else is asked of the object itself."""

    def __init__(self, replaced: Any, **attributes: Any) -> None:
        self._replaced = replaced
        vars(self).update(attributes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._replaced, name)


def warmed(problem: Problem, proxies: Proxies, rng: np.random.Generator) -> Any:
    """A problem for methods that draw a sample first and read the one-hot encoding.

    The sample is of the highest mean ranks, and the encoding has the scores beside the decisions,
    scaled so that all of them together weigh as much as all decisions do.
    """
    space = problem.space
    order = highest_first(proxies.mean_rank(), rng)
    features = score_features(proxies)
    features *= np.float32(np.sqrt(len(space.choices) / features.shape[1]))
    return Replaced(
        problem,
        space=Replaced(
            space,
            sample=lambda count, rng: order[:count],
            one_hot=lambda ids: np.concatenate([space.one_hot(ids), features[ids]], axis=-1),
        ),
    )
