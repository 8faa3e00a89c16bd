"""Whether an imported table names the architectures it means: its labels are compared with others.

Where keys are read as other cells than they mean, labels of one cell stand beside another, and the
rank correlation with a table of the same cells falls: from 0.95 to 0.57 where NASLib's digits are
read in the order of NAS-Bench-201's release.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.benchmarks.own_table import OwnTable
from nasarena.suite.benchmarks.registry import LIVE, benchmark_names, load_benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.tables.own_table_architectures import NASLIB_ORDERS, from_naslib

FEWEST = 20
"""Architectures from which a rank correlation says something."""
NEAR_ZERO = 0.2
CLEAR = 0.4
GAIN = 0.1
"""Another reading that is clearly correlated, and by so much more, is what was meant."""
EXPECTED = 0.75
"""Of the least rank correlation between the other tables: less is suspicious."""

Labels = Mapping[str, NDArray[np.float64]]


def check_architectures(own: OwnTable, name: str) -> str | None:
    """A warning when labels disagree with those of the same architectures in other tables.

    The others are those of the same whole space that are installed or imported, but for the
    benchmark of this `name` itself. None where all is well, or there are none to compare with.
    Raises UserError where another order of the keys' digits explains it.
    """
    labels, architectures = own.table.mean_validation, own.architectures
    others = {
        other: values for other, values in _others(own, name) if np.ptp(values[architectures]) > 0
    }
    if not others:
        return None
    if len(architectures) < FEWEST:
        return _too_few(own, next(iter(others)))
    if np.ptp(labels) == 0:
        return None
    benchmark, correlation = _best(own, architectures, others)
    if own.bare_digits:
        _check_order(own, others, benchmark, correlation)
    if not own.objective.is_accuracy:
        suspicious = abs(correlation) < NEAR_ZERO
    else:
        usual = min(
            (
                _rank_correlation(one[architectures], other[architectures])
                for one, other in combinations(others.values(), 2)
            ),
            default=0.0,
        )
        suspicious = correlation < max(NEAR_ZERO, EXPECTED * usual)
    if not suspicious:
        return None
    likely = (
        "lower values may be better, which --minimize says"
        if correlation <= -NEAR_ZERO
        else "the keys may be in the order of another library, or the labels of other architectures"
    )
    return (
        f"labels have a rank correlation of {correlation:.2f} with {benchmark}, which has the same "
        f"architectures: {likely}"
    )


def _too_few(own: OwnTable, other: str) -> str | None:
    if not own.bare_digits:
        return None
    return (
        f"{len(own.architectures)} architectures are too few to be compared with {other}; make "
        "sure that the digits are operations in the order of NAS-Bench-201's release, and not "
        "another library's tuples without their brackets"
    )


def _check_order(own: OwnTable, others: Labels, benchmark: str, correlation: float) -> None:
    """Raises UserError when six digits are in an order of NASLib's."""
    digits = NASBench201().decisions(own.architectures).tolist()
    for order in NASLIB_ORDERS:
        moved = NASBench201().ids([from_naslib(numbers, order) for numbers in digits])
        found, other = _best(own, moved, others)
        if abs(other) > max(CLEAR, abs(correlation) + GAIN):
            raise UserError(
                f"the digits of the keys are in {order}: labels have a rank correlation of "
                f"{other:.2f} with {found} in that order, and of {correlation:.2f} with "
                f"{benchmark} in that of NAS-Bench-201's release; write them as NASLib's tuples, "
                "(4, 0, 3, 1, 4, 3), or in the order of the release"
            )


def _others(own: OwnTable, name: str) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """The labels of all architectures of the space, by benchmark."""
    if own.space == "choices":
        return
    for other in benchmark_names():
        if other == name or other.startswith(LIVE) or not other.startswith(f"{own.space}/"):
            continue
        with suppress(UserError), warnings.catch_warnings(action="ignore"):
            benchmark = load_benchmark(other)
            if benchmark.space.size == own.whole_size and benchmark.objective.is_accuracy:
                yield other, benchmark.table.mean_validation


def _best(own: OwnTable, architectures: NDArray[np.int64], others: Labels) -> tuple[str, float]:
    """The strongest of the rank correlations, with the benchmark it is with.

    Accuracies can only have a positive one; other objectives any.
    """
    found = {
        name: _rank_correlation(own.table.mean_validation, other[architectures])
        for name, other in others.items()
    }
    strength = float if own.objective.is_accuracy else abs
    return max(found.items(), key=lambda item: strength(item[1]))


def _rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(one, other).statistic)
