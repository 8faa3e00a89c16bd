"""Bootstrap, exchanges of runs and sign flips of many methods at once, drawn with fixed seeds.

Samples are counted: sums of whole numbers are exact in float64 whatever their order, so that the
same records give the same resamples on every machine, and equal sums are equal.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.statistics.intervals import RESAMPLES

FLIPS, MOST_FLIPS = 9_999, 199_999
"""Exchanges of runs drawn where not all can be tried: the fewest and the most."""

_CELLS = 200_000
"""Numbers worked on at a time: they stay in the processor's cache."""

_SAMPLES = 1_000
"""Samples whose sums are flipped at a time."""


def stream(purpose: str, benchmark: str) -> np.random.Generator:
    """A generator for each purpose and benchmark, always with the same numbers."""
    return np.random.default_rng(list(f"{purpose} {benchmark}".encode()))


def drawn_counts(
    have: NDArray[np.bool_], benchmark: str, resamples: int = RESAMPLES
) -> Iterator[NDArray[np.float64]]:
    """How often each seed is drawn in each bootstrap resample, in chunks of (resamples, seeds).

    `have` says which samples have a run of which seed, shape (samples, seeds). Seeds are drawn
    among those that the same samples have: a draw counts for all of them, so that they stay
    paired, and each keeps its number of runs. Each benchmark has draws of its own.
    """
    _, stratum = np.unique(have, axis=1, return_inverse=True)
    counts = _drawn_counts(tuple(stratum.tolist()), benchmark, resamples)
    start = 0
    for rows in _chunks(*counts.shape):
        yield counts[start : start + rows].astype(np.float64)
        start += rows


@lru_cache(maxsize=32)
def _drawn_counts(strata: tuple[int, ...], benchmark: str, resamples: int) -> NDArray[np.uint8]:
    """The counts of all resamples of seeds that are drawn within their strata."""
    rng, stratum = stream("bootstrap", benchmark), np.array(strata)
    members = [np.flatnonzero(stratum == index) for index in sorted(set(strata))]
    counts = np.zeros((resamples, stratum.size), dtype=np.uint8)
    start = 0
    for rows in _chunks(*counts.shape):
        for columns in members:
            drawn = rng.integers(columns.size, size=(rows, columns.size))
            drawn += columns.size * np.arange(rows)[:, None]
            counted = np.bincount(drawn.ravel(), minlength=rows * columns.size)
            counts[start : start + rows, columns] = counted.reshape(rows, columns.size)
        start += rows
    return counts


def draws_for(tests: int) -> int:
    """Exchanges to draw so that the smallest possible p, times the tests (Holm), is below 0.05.

    Up to 9,999 tests: more than the pairs of 40 methods on 12 benchmarks.
    """
    return min(max(FLIPS, 40 * tests - 1), MOST_FLIPS)


@lru_cache(maxsize=24)
def exchanges(benchmark: str, fewer: int, runs: int, number: int) -> NDArray[np.uint8]:
    """Which of the pooled runs count for the method with fewer, in each exchange of a round.

    Shape (runs, exchanges); with the observed one, the first round's are 10,000.
    """
    places = exchanged_places(benchmark, fewer, runs, number)
    chosen = np.zeros((runs, places.shape[1]), dtype=np.uint8)
    chosen[places, np.arange(places.shape[1])] = 1
    return chosen


@lru_cache(maxsize=64)
def exchanged_places(
    benchmark: str, fewer: int, runs: int, number: int
) -> NDArray[np.signedinteger]:
    """The places, among the pooled runs, of those that count for the method with fewer.

    Shape (fewer, exchanges). The same exchanges as in `exchanges`, and faster where few are chosen.
    """
    rng = stream(f"exchanges {fewer} of {runs}, round {number},", benchmark)
    count = FLIPS if number == 0 else FLIPS + 1
    # Of a shuffle (Fisher & Yates) of each column the first few. Small numbers are faster to move.
    kind = np.int16 if runs <= np.iinfo(np.int16).max else np.int64
    order: NDArray[np.signedinteger] = np.repeat(
        np.arange(runs, dtype=kind)[:, None], count, axis=1
    )
    every, flat = np.arange(count), order.ravel()
    for row in range(fewer):
        drawn = rng.integers(row, runs, size=count) * count + every
        taken = flat[drawn]
        flat[drawn] = order[row]
        order[row] = taken
    places: NDArray[np.signedinteger] = order[:fewer].copy()
    return places


def sign_flips(
    seeds: int, rng: np.random.Generator, flips: int, width: int
) -> Iterator[NDArray[np.float64]]:
    """Uniform signs, +1 or -1, in chunks of (flips, seeds) with room for `width` numbers a flip."""
    for rows in _chunks(flips, width):
        signs = np.ones((rows, seeds))
        signs[rng.integers(2, size=signs.shape, dtype=np.int8) == 0] = -1
        yield signs


def sign_flip_p(differences: NDArray[np.float64], tests: int = 1) -> NDArray[np.float64]:
    """The two-sided p of each sample of paired differences, if their signs were random.

    All 2^runs flips of signs where these are at most 9,999; otherwise the observed signs and
    drawn ones, as many as the number of `tests` to correct for asks. Shape of `differences`
    (samples, runs), of the result (samples,).
    """
    samples, runs = differences.shape
    if 2**runs <= FLIPS:
        minus = (np.arange(2**runs)[:, None] >> np.arange(runs)) & 1
        return _as_extreme(differences, np.where(minus, -1.0, 1.0)) / len(minus)
    flips = draws_for(tests)
    extreme = np.ones(samples)
    width = max(min(samples, _SAMPLES), runs)
    for signs in sign_flips(runs, np.random.default_rng(0), flips, width):
        for start in range(0, samples, _SAMPLES):
            some = slice(start, start + _SAMPLES)
            extreme[some] += _as_extreme(differences[some], signs)
    return extreme / (1 + flips)


def _as_extreme(
    differences: NDArray[np.float64], signs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """In how many flips the absolute sum is at least the observed one. (samples,)"""
    observed = np.abs(differences.sum(axis=1, keepdims=True)) * (1 - 1e-12)
    flipped: NDArray[np.floating]
    if _is_exact_in_float32(differences):  # twice as fast, with the same counts
        flipped = differences.astype(np.float32) @ signs.T.astype(np.float32)
        observed = np.ceil(observed).astype(np.float32)
    else:
        flipped = differences @ signs.T
    np.abs(flipped, out=flipped)
    extreme: NDArray[np.intp] = np.count_nonzero(flipped >= observed, axis=1)
    return extreme.astype(np.float64)


def _is_exact_in_float32(differences: NDArray[np.float64]) -> bool:
    """Whether all signed sums of a sample are whole numbers that float32 has."""
    whole = bool((differences == np.rint(differences)).all())
    return whole and float(np.abs(differences).sum(axis=1).max(initial=0)) < 2**24


def _chunks(rows: int, columns: int) -> Iterator[int]:
    """How many rows to make at a time."""
    most = max(1, _CELLS // max(columns, 1))
    while rows > 0:
        yield min(rows, most)
        rows -= most
