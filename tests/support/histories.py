"""Histories made by hand: commits with outcomes of runs that were never made."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import numpy as np

from nasarena.suite.gate.commits import Commit
from nasarena.suite.gate.history import Entry
from nasarena.suite.gate.outcomes import TRACE_BYTES, Outcomes
from nasarena.suite.records.run_record import CellIdentity

BUDGET = 300
HERE, ELSEWHERE = '{"cpu": "here"}', '{"cpu": "elsewhere"}'


def outcomes(
    samples: Sequence[float],
    method: str = "m",
    benchmark: str = "toy/a",
    *,
    code: object = None,
    seconds: float = 0.01,
    environment: str = HERE,
    budget: int = BUDGET,
    first_seed: int = 0,
) -> Outcomes:
    """Runs that found the optimum after so many queries; above the budget: not.

    Runs of one `code` with equal samples have equal traces; without one, every trace is another.
    CPU `seconds` are for each query.
    """
    values = np.array(samples, dtype=float)
    found = values <= budget
    queries = np.minimum(values, budget).astype(np.int64)
    code = object() if code is None else code
    return Outcomes(
        identity=CellIdentity(
            method=method,
            method_version="1",
            benchmark=benchmark,
            table_sha256="t",
            protocol=f"p[budget={budget}]",
            protocol_version=1,
            budget=budget,
            labels="mean",
            duplicates="by_id",
            stop="optimum",
            patience=20 * budget,
        ),
        seeds=np.arange(first_seed, first_seed + values.size),
        samples=np.where(found, values, np.inf),
        areas=np.log(values),
        queries=queries,
        failed=np.zeros(values.size, dtype=bool),
        cpu_seconds=queries * seconds,
        traces=[
            sha256(repr((method, benchmark, str(code), row, value)).encode()).digest()[:TRACE_BYTES]
            for row, value in enumerate(values.tolist())
        ],
        sources=["s"] * values.size,
        environments=[environment] * values.size,
    )


def commit(number: int, subject: str = "") -> Commit:
    """The commit of a day."""
    sha = sha256(str(number).encode()).hexdigest()[:40]
    day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return Commit(sha, day, subject or f"change {number}")


def history(
    moments: Sequence[Sequence[Outcomes]], subjects: Mapping[int, str] | None = None
) -> list[Entry]:
    """A commit a day, with these outcomes."""
    return [
        Entry(commit(number, (subjects or {}).get(number, "")), list(cells))
        for number, cells in enumerate(moments)
    ]


def drawn(
    rng: np.random.Generator, seeds: int = 20, slower: float = 1.0, mean: float = 60
) -> list[float]:
    """Samples of runs that need `mean` on average, times `slower`; not found after the budget."""
    samples = np.ceil(slower * (5 + rng.exponential(mean - 5, seeds)))
    return np.where(samples > BUDGET, BUDGET + 1, samples).tolist()
