"""How often the 95 % intervals cover the true mean: simulated from the published runs.

The runs of each cell (a method on a benchmark under a protocol) with at least 30 of them are the
population, their mean the truth. Samples of 6, 10, 20, 30 and 100 runs are drawn from it with
replacement, and each rule makes its interval. Rewrites the two CSV files beside this one:

    python docs/simulations/coverage.py

`coverage.csv` compares the rules; `coverage_cells.csv` has every cell under the rule in use. Takes
about ten minutes of one core.
"""

import argparse
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import skew, t

from nasarena.suite.statistics.incumbents import anytime_regret
from nasarena.suite.statistics.intervals import (
    MANY_RESAMPLES,
    Z,
    _quantiles,
    _resample_counts,
    expanded_z,
    mean_intervals,
    restricted_mean_intervals,
    wilson,
)
from nasarena.suite.statistics.load_run_sets import load_run_sets

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "results"
RUNS = (6, 10, 20, 30, 100)
FEWEST = 30
"""Runs of a cell that is a population."""
AFTER = (50, 100, 300)
"""Queries after which regret is looked at."""

Numbers = NDArray[np.float64]
Ends = NDArray[np.float64]
"""Lower and upper ends, shape (samples, 2)."""


@dataclass(frozen=True)
class Population:
    """Values of the runs of one cell. Of samples, `found` says which runs found the optimum."""

    measure: str
    results: str
    protocol: str
    benchmark: str
    method: str
    values: Numbers
    found: NDArray[np.bool_]
    budget: int


def populations(measure: str) -> Iterator[Population]:
    """The samples to the optimum, or the regrets, of every published cell with enough runs.

    Without cells whose runs all have the same value.
    """
    for folder in sorted(path for path in RESULTS.iterdir() if path.is_dir()):
        if folder.name == "predictors":  # a study of predictors, no runs
            continue
        for runs in load_run_sets(folder):
            identity = runs.identity
            name = (folder.name, identity.protocol, identity.benchmark, identity.method)
            budget = identity.budget
            found = runs.samples_to_optimum <= budget
            if measure == "samples":
                columns = {measure: np.minimum(runs.samples_to_optimum, budget)}
            else:
                after = np.array([queries for queries in AFTER if queries <= budget])
                regrets = anytime_regret(runs, after).T
                columns = {
                    f"regret after {queries}": regret
                    for queries, regret in zip(after, regrets, strict=True)
                }
            for title, values in columns.items():
                if runs.count >= FEWEST and np.ptp(values) > 0:
                    yield Population(title, *name, values, found, budget)


def bootstrap_parts(values: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Mean of rows, means of their resamples and the resamples' standard errors."""
    runs = values.shape[1]
    counts = _resample_counts(runs, MANY_RESAMPLES).T.astype(float)
    means, squares = values @ counts / runs, values**2 @ counts / runs
    errors = np.sqrt(np.maximum(squares - means**2, 0) / (runs - 1))
    return values.mean(axis=1, keepdims=True), means, errors


def bca(values: Numbers, z: float = Z) -> Ends:
    """The plain BCa interval."""
    mean, means, _ = bootstrap_parts(values)
    means.sort(axis=1)
    tie = 1e-12 * np.abs(values).max(axis=1, keepdims=True)
    below = (means < mean - tie).sum(axis=1) + (means <= mean + tie).sum(axis=1)
    bias = ndtri(below / (2 * means.shape[1]))[:, None]
    deviations = values - mean
    flat = np.ptp(values, axis=1) == 0
    squares = np.where(flat, 1, (deviations**2).sum(axis=1))
    lean = ((deviations**3).sum(axis=1) / (6 * squares**1.5))[:, None]
    shifted = bias + np.array([-z, z])
    levels = ndtr(bias + shifted / (1 - lean * shifted))
    return np.where(flat[:, None], values[:, :1], _quantiles(means, levels))


def expanded_bca(values: Numbers) -> Ends:
    """BCa with `expanded_z` for the normal quantile."""
    return bca(values, expanded_z(values.shape[1]))


def log_t(values: Numbers) -> Ends:
    """Student's interval of the mean, made symmetric on the logarithm (delta method)."""
    mean, runs = values.mean(axis=1, keepdims=True), values.shape[1]
    error = values.std(axis=1, ddof=1, keepdims=True) / np.sqrt(runs)
    return mean * np.exp(np.array([-1, 1]) * t.ppf(0.975, runs - 1) * error / mean)


def bootstrap_t(values: Numbers) -> Ends:
    """The bootstrap of Student's t."""
    mean, means, errors = bootstrap_parts(values)
    error = values.std(axis=1, ddof=1, keepdims=True) / np.sqrt(values.shape[1])
    with np.errstate(all="ignore"):
        statistic = np.where(errors > 0, (means - mean) / errors, 0)
    turned = np.quantile(statistic, [0.975, 0.025], axis=1).T
    return mean - turned * error


def share_weighted(rule: Callable[[Numbers], Ends]) -> Callable[[Numbers, Population], Ends]:
    """The rule in use, with another interval than the expanded BCa for the runs that found."""

    def blended(values: Numbers, population: Population) -> Ends:
        found, budget = values < population.budget, population.budget
        count, runs = found.sum(axis=1), values.shape[1]
        share = count / runs
        saved = (budget - values).sum(axis=1)
        low, high = wilson(share, np.full(share.shape, float(runs)))
        of_share = np.stack(
            [
                budget - high * (saved + budget - 1) / (count + 1),
                budget - low * saved / (count + 1),
            ],
            axis=1,
        )
        return share[:, None] * rule(values) + (1 - share[:, None]) * of_share

    return blended


def never_found_apart(rule: Callable[[Numbers], Ends]) -> Callable[[Numbers, Population], Ends]:
    """A rule on the values, but Wilson's bound where no run of the sample found the optimum."""

    def apart(values: Numbers, population: Population) -> Ends:
        budget, runs = population.budget, values.shape[1]
        high = float(wilson(np.zeros(1), np.full(1, float(runs)))[1][0])
        none = (values >= budget).all(axis=1, keepdims=True)
        return np.where(none, [budget - high * (budget - 1), float(budget)], rule(values))

    return apart


def in_use(values: Numbers, population: Population) -> Ends:
    """The rule of the tables and pages."""
    if population.measure != "samples":
        return np.stack(mean_intervals(values), axis=1)
    whole = np.full(len(values), float(population.budget))
    found = values < population.budget
    return np.stack(restricted_mean_intervals(values, found, whole, 1), axis=1)


SAMPLES_RULES: dict[str, Callable[[Numbers, Population], Ends]] = {
    "BCa": never_found_apart(bca),
    "expanded BCa": never_found_apart(expanded_bca),
    "log-t": never_found_apart(log_t),
    "bootstrap-t": never_found_apart(bootstrap_t),
    "log-t, share-weighted": share_weighted(log_t),
    "bootstrap-t, share-weighted": share_weighted(bootstrap_t),
    "expanded BCa, share-weighted (in use)": in_use,
}
REGRET_RULES: dict[str, Callable[[Numbers, Population], Ends]] = {
    "BCa": lambda values, _: bca(values),
    "expanded BCa, or the count of equal runs (in use)": in_use,
}


def covers(values: Numbers, ends: Ends, population: Population) -> NDArray[np.bool_]:
    """Whether each sample's interval has the population's mean; (samples,).

    A sample whose runs all agree has no interval: what is said then is that at most so large a
    share of runs differs (Wilson), and that is what must hold.
    """
    truth = population.values.mean()
    margin = 1e-9 * abs(truth)
    inside = (ends[:, 0] - margin <= truth) & (truth <= ends[:, 1] + margin)
    agree = np.isnan(ends[:, 0])
    differ = np.array([(population.values != value).mean() for value in values[agree, 0]])
    runs = float(values.shape[1])
    inside[agree] = differ <= 1 - wilson(np.ones(1), np.full(1, runs))[0]
    return inside


def main(repetitions: int) -> None:
    """Simulate, and write both files."""
    cells, summary = [], []
    for measure, rules in (("samples", SAMPLES_RULES), ("regret", REGRET_RULES)):
        every = list(populations(measure))
        for runs in RUNS:
            coverage = np.empty((len(rules), len(every)))
            for place, population in enumerate(every):
                rng = np.random.default_rng([place, runs])
                drawn = rng.integers(population.values.size, size=(repetitions, runs))
                values = population.values[drawn]
                for row, rule in enumerate(rules.values()):
                    inside = covers(values, rule(values, population), population)
                    coverage[row, place] = inside.mean()
                cells.append(
                    {
                        "measure": population.measure,
                        "results": population.results,
                        "protocol": population.protocol,
                        "benchmark": population.benchmark,
                        "method": population.method,
                        "population": population.values.size,
                        "found_share": round(float(population.found.mean()), 3),
                        "skewness": round(float(skew(population.values)), 2),
                        "runs": runs,
                        "coverage": round(float(coverage[-1, place]), 3),
                    }
                )
            summary += [
                {
                    "measure": measure,
                    "runs": runs,
                    "rule": name,
                    "cells": len(every),
                    "median": round(float(np.median(covered)), 3),
                    "lowest": round(float(covered.min()), 3),
                    "below_0.85": int((covered < 0.85).sum()),
                    "below_0.92": int((covered < 0.92).sum()),
                }
                for name, covered in zip(rules, coverage, strict=True)
            ]
            for line in summary[-len(rules) :]:
                print(*line.values(), sep="\t", flush=True)
    for name, lines in (("coverage.csv", summary), ("coverage_cells.csv", cells)):
        with (HERE / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, lines[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=600)
    main(parser.parse_args().repetitions)
