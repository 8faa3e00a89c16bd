"""Outcomes made by hand."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from nasarena.suite.gate.effect import Pair
from nasarena.suite.gate.outcomes import Outcomes
from nasarena.suite.records.run_record import CellIdentity

MakeOutcomes = Callable[..., Outcomes]
MakePair = Callable[..., Pair]


def _outcomes(
    samples: ArrayLike,
    *,
    method: str = "m",
    benchmark: str = "toy/one",
    version: str = "1",
    budget: int = 600,
    seeds: Sequence[int] | None = None,
    areas: ArrayLike | None = None,
    failed: Sequence[int] = (),
    traces: Sequence[bytes] | None = None,
    **changes: Any,
) -> Outcomes:
    values = np.array(samples, dtype=float)
    count = values.size
    own = f"{method} {version}"
    traces = traces or [f"{own} {place}".encode()[:16].ljust(16) for place in range(count)]
    given: dict[str, Any] = {
        "identity": CellIdentity(
            method=method,
            method_version=version,
            benchmark=benchmark,
            table_sha256="0" * 64,
            protocol=f"weaknas-paper[budget={budget}]",
            protocol_version=1,
            budget=budget,
            labels="mean",
            duplicates="by_id",
            stop="optimum",
            patience=20 * budget,
        ),
        "seeds": np.arange(count) if seeds is None else np.array(seeds),
        "samples": np.where(values > budget, np.inf, values),
        "areas": np.log(np.minimum(values, budget)) if areas is None else np.array(areas, float),
        "queries": np.minimum(values, budget).astype(np.int64),
        "failed": np.isin(np.arange(count), failed),
        "cpu_seconds": np.full(count, 0.5),
        "traces": list(traces),
        "sources": ["0" * 64] * count,
        "environments": ["{}"] * count,
    }
    return Outcomes(**given | changes)


def _pair(base: ArrayLike, head: ArrayLike, **shared: Any) -> Pair:
    return Pair(_outcomes(base, version="1", **shared), _outcomes(head, version="2", **shared))


@pytest.fixture(scope="session")
def make_outcomes() -> MakeOutcomes:
    """Makes the runs of a method on a benchmark; more samples than the budget: not found."""
    return _outcomes


@pytest.fixture(scope="session")
def make_pair() -> MakePair:
    """Makes stored and new runs of a method; all of their traces differ."""
    return _pair
