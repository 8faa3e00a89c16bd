"""What was tried for a contender better than `path-gp`: samples to the optimum of variants of it.

    python docs/simulations/second_contender.py all nasbenchgraph/citeseer 40

runs each variant (`all`, or names with semicolons between them) with the seeds from 0, stops at the
optimum or at 600 queries, and prints means with standard errors: of the samples, and of the
difference from the first variant, with the same seeds. Of isomorphic cells one, that with the
largest id, is ranked in place of all. Without arguments it runs all variants on both tables, in
about 20 minutes of CPU time; docs/contender.md reports what came of them.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nasarena.methods.network_features import network_features
from nasarena.methods.path_net_gp import NETWORK_LENGTH
from nasarena.methods.space_posterior import NOISES, REFIT, SpacePosterior
from nasarena.suite.acquisition import expected_improvement
from nasarena.suite.arrays import Features, Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.paths import path_counts
from nasarena.suite.targets import rank_gaussian

INITIAL, GROWTH, CAP = 5, 50, 600
SEEDS = {"nasbench201/cifar10": 100, "nasbenchgraph/citeseer": 40}


class Setting(NamedTuple):
    """A covariance: that of the decisions, and one of features.

    Attributes:
        weight: of the decisions; the rest is that of the features.
        rate: of the decisions, over their number.
        length: of the features.
        features: `paths` (counts), `roots` of these, `both` roots and edges of the graph, or
            `networks`, the outputs of untrained graph networks.
    """

    weight: float
    rate: float
    length: float
    features: str = "paths"


FIXED = Setting(0.5, 3.0, 1.4)
GRID = [Setting(*one) for one in product((0.25, 0.5, 0.75), (1.5, 3.0, 6.0), (0.7, 1.4, 2.8))]
LONG = Setting(0.75, 6.0, 2.8)
WIDE = Setting(0.75, 3.0, 2.8)
NETWORKS = Setting(0.5, 3.0, NETWORK_LENGTH, "networks")


@dataclass(frozen=True)
class Variant:
    """A search: what is alternated from query to query, and how covariances are chosen.

    Attributes:
        turns: settings of the covariance, and the acquisition of each: `ei`, `noisy` (the noise is
            part of what improves), `greedy` (half of the deviation) or `near` (`ei` of what differs
            in one decision from one of the ten best). Several take turns, query by query.
        joins: queries after which others than the first turn join.
        sum: add up the improvements of all turns instead.
        likely: choose one of GRID by marginal likelihood instead of the settings of `turns`.
        scaled: choose the variance with it (in closed form) instead of 1.
        pull: what each step in the grid away from FIXED costs in log likelihood.
    """

    turns: tuple[tuple[Setting, str], ...] = ((FIXED, "ei"),)
    joins: int = 0
    sum: bool = False
    likely: bool = False
    scaled: bool = False
    pull: float = 0.0


VARIANTS = {
    "fixed": Variant(),
    "rate of path-gp on citeseer": Variant(((Setting(0.5, 2.5, 1.4), "ei"),)),
    "likelihood": Variant(likely=True),
    "likelihood, scaled": Variant(likely=True, scaled=True),
    "likelihood, noisy": Variant(((FIXED, "noisy"),), likely=True),
    "likelihood and prior": Variant(likely=True, pull=2.0),
    "both features": Variant(((Setting(0.5, 3.0, 1.2, "both"), "ei"),)),
    "roots of counts": Variant(((Setting(0.5, 3.0, 1.0, "roots"), "ei"),)),
    "long": Variant(((LONG, "ei"),)),
    "fixed and wide noisy": Variant(((FIXED, "ei"), (WIDE, "noisy"))),
    "fixed and near": Variant(((FIXED, "ei"), (FIXED, "near"))),
    "fixed and greedy": Variant(((FIXED, "ei"), (FIXED, "greedy"))),
    "networks": Variant(((NETWORKS, "noisy"),)),
    "fixed and networks": Variant(((FIXED, "ei"), (NETWORKS, "noisy"))),
    "sum of fixed and networks": Variant(((FIXED, "ei"), (NETWORKS, "noisy")), sum=True),
    "fixed, then networks too": Variant(((FIXED, "ei"), (NETWORKS, "noisy")), joins=50),
    "sum of fixed and long": Variant(((FIXED, "ei"), (LONG, "ei")), sum=True),
}


class Cells:
    """One cell of each isomorphism class: labels, decisions, and features of several kinds."""

    def __init__(self, benchmark: Benchmark) -> None:
        space = benchmark.space
        everything = np.arange(space.size)
        _, self.place = np.unique(space.classes(everything), return_inverse=True)
        chosen = np.empty(self.place.max() + 1, dtype=np.int64)
        chosen[self.place] = everything  # of repeated places the last, so the largest id
        labels = np.asarray(benchmark.table.mean_validation)
        self.space = space
        self.labels = labels[chosen]
        self.best = np.isin(np.arange(chosen.size), self.place[labels == labels.max()])
        self.decisions = len(space.choices)
        self.one_hot = space.one_hot(chosen)
        self.chosen = chosen
        self._features: dict[str, tuple[Features, Features]] = {}

    def rows(self, setting: Setting) -> Callable[[Ids], Features]:
        return lambda ids: self.covariance(setting, ids, slice(None))

    def covariance(self, setting: Setting, ids: Ids, with_: Ids | slice) -> Features:
        weight, rate, length = np.array(setting[:3], dtype=np.float32)
        others, norms = self.features(setting.features)
        differing = self.decisions - self.one_hot[ids] @ self.one_hot[with_].T
        squares = norms[ids][:, None] + norms[with_]
        squares -= 2 * others[ids] @ others[with_].T
        by_decisions = np.exp(differing * (-rate / np.float32(self.decisions)))
        found: Features = weight * by_decisions + (1 - weight) / (1 + squares / (2 * length**2))
        return found

    def features(self, kind: str) -> tuple[Features, Features]:
        """The features of all cells, and their squared norms; made when they are asked for."""
        if kind not in self._features:
            made = _features(self.space, self.chosen, kind)
            self._features[kind] = made, np.einsum("ij,ij->i", made, made)
        return self._features[kind]


def _features(space: CategoricalSpace, ids: Ids, features: str) -> Features:
    if features == "networks":
        return network_features(space, ids)
    graphs = space.graphs(ids)
    counts = path_counts(graphs)
    if features == "paths":
        return counts
    if features == "roots":
        return np.sqrt(counts)
    types = np.eye(len(graphs.labels), dtype=np.float32)[graphs.nodes]
    edges = types.transpose(0, 2, 1) @ graphs.adjacency.astype(np.float32) @ types
    all_edges = np.concatenate([types.sum(axis=1), edges.reshape(len(ids), -1)], axis=1)
    varying = all_edges[:, all_edges.std(axis=0) > 0]
    both: Features = np.concatenate([np.sqrt(counts), varying], axis=1) / np.float32(np.sqrt(2))
    return both


def samples(cells: Cells, variant: Variant, seed: int) -> int:
    """Queries to the optimum, at most CAP."""
    first = cells.place[cells.space.sample(INITIAL, np.random.default_rng(seed))]
    chosen: list[int] = list(dict.fromkeys(first.tolist()))
    ids: Ids = np.empty(0, dtype=np.int64)
    posteriors: dict[Setting, SpacePosterior] = {}
    likeliest, scale, chosen_at, turn = FIXED, 1.0, 0.0, 0
    while True:
        for cell in chosen:
            ids = np.append(ids, cell)
            if cells.best[cell] or ids.size == CAP:
                return ids.size
        labels = rank_gaussian(cells.labels[ids])
        if variant.likely and ids.size >= chosen_at * REFIT:
            chosen_at = ids.size
            likeliest, scale = most_likely(cells, ids, labels, variant)
        found: dict[Setting, tuple[Features, Features]] = {}
        count = 1 + ids.size // GROWTH
        joined = variant.turns if ids.size >= variant.joins else variant.turns[:1]
        turns = [joined[(turn + one) % len(joined)] for one in range(count)]
        turn += count if ids.size >= variant.joins else 0
        scores: dict[tuple[Setting, str], NDArray[np.floating]] = {}
        for setting, acquisition in variant.turns if variant.sum else dict.fromkeys(turns):
            used = likeliest if variant.likely else setting
            if used not in found:
                posteriors.setdefault(used, SpacePosterior(cells.labels.size, cells.rows(used)))
                known = posteriors[used].ids.size
                posteriors[used].observe(ids[known:])
                # A scale of all labels is one of the deviations, if the noise is in proportion.
                mean, deviation = posteriors[used].predict(labels / scale)
                found[used] = scale * mean, scale * deviation
            noise = scale**2 * posteriors[used].noise
            scores[setting, acquisition] = _scores(
                cells, acquisition, *found[used], noise, ids, labels
            )
        if variant.sum:
            total = np.sum(list(scores.values()), axis=0)
            scores = dict.fromkeys(scores, total)
        for score in scores.values():
            score[ids] = -np.inf
        chosen = []
        for one in turns:
            chosen.append(int(scores[one].argmax()))
            for score in scores.values():
                score[chosen[-1]] = -np.inf


def _scores(
    cells: Cells,
    acquisition: str,
    mean: Features,
    deviation: Features,
    noise: float,
    ids: Ids,
    labels: NDArray[np.float64],
) -> NDArray[np.floating]:
    best = labels.max()
    if acquisition == "noisy":
        return expected_improvement(mean, np.sqrt(deviation**2 + np.float32(noise)), best)
    if acquisition == "greedy":
        return expected_improvement(mean, deviation / 2, best)
    improvement = expected_improvement(mean, deviation, best)
    if acquisition == "near":
        top = ids[np.argsort(-labels, kind="stable")[:10]]
        same = (cells.one_hot[top] @ cells.one_hot.T).max(axis=0)
        improvement = np.where(same >= cells.decisions - 1, improvement, -1)
    return improvement


def most_likely(
    cells: Cells, ids: Ids, labels: NDArray[np.float64], variant: Variant
) -> tuple[Setting, float]:
    """The setting of GRID, with any noise, of highest marginal likelihood, less the pull.

    Beside it the deviation of the prior: 1, or the likeliest too.
    """

    def misfits() -> Iterator[tuple[float, Setting, float]]:
        for setting in GRID:
            covariance = cells.covariance(setting, ids, ids).astype(np.float64)
            values, vectors = np.linalg.eigh(covariance)
            values = np.maximum(values, 0)
            energy = (vectors.T @ labels) ** 2
            steps = sum(one != usual for one, usual in zip(setting, FIXED, strict=True))
            for noise in NOISES:
                fit = float((energy / (values + noise)).sum())
                scale = float(np.sqrt(fit / labels.size)) if variant.scaled else 1.0
                misfit = fit / scale**2 + 2 * labels.size * np.log(scale)
                misfit += float(np.log(values + noise).sum())
                yield misfit + 2 * variant.pull * steps, setting, scale

    _, setting, scale = min(misfits())
    return setting, scale


def main(names: str = "all", benchmark: str = "", seeds: str = "") -> None:
    chosen = list(VARIANTS) if names == "all" else names.split(";")
    for table in [benchmark] if benchmark else SEEDS:
        runs = int(seeds) if seeds else SEEDS[table]
        usual: NDArray[np.int64] | None = None
        for name in chosen:
            start = time.process_time()
            cells = Cells(load_benchmark(table))
            counts = np.array([samples(cells, VARIANTS[name], seed) for seed in range(runs)])
            usual = counts if usual is None else usual
            seconds = (time.process_time() - start) / runs
            differences = counts - usual
            means = [f"{x.mean():.1f} ({_error(x):.1f})" for x in (counts, differences)]
            print("|", table, "|", name, "|", *means, f"| {seconds:.3f} s", flush=True)


def _error(values: NDArray[np.int64]) -> float:
    return float(values.std(ddof=1) / np.sqrt(values.size))


if __name__ == "__main__":
    main(*sys.argv[1:])
