"""Which registered methods search by zero-cost scores, and scores for them."""

from collections.abc import Collection

import numpy as np

from nasarena.suite.methods import method_card, method_names
from nasarena.suite.tables.proxies import Proxies


def asked_for(name: str) -> tuple[str, ...] | None:
    """The scores that a method cannot search without, () for all; None where it asks for none."""
    scores: tuple[str, ...] | None = getattr(method_card(name).make(), "proxies", None)
    return scores


def lacking(scores: Collection[str] = ("params",)) -> set[str]:
    """The methods that cannot search with these scores alone: nasbenchgraph has no others."""
    return {name for name in method_names() if not set(asked_for(name) or ()) <= set(scores)}


def some_scores(size: int) -> Proxies:
    """Every score that a registered method asks for, each missing for a tenth at random.

    A twentieth of the architectures has none at all.
    """
    rng = np.random.default_rng(7)
    names = sorted({score for name in method_names() for score in asked_for(name) or ()})
    scores = rng.normal(size=(len(names), size)).round(2)
    scores[rng.random(scores.shape) < 0.1] = np.nan
    scores[:, rng.permutation(size)[: size // 20]] = np.nan
    return Proxies(dict(zip(names, scores, strict=True)))
