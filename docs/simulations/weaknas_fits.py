"""Predictors after equal numbers of labels, WeakNAS's or random ones: `weaknas_fits.csv`.

On `nasbench201/cifar100`, for each number of labels a predictor is fitted

* to the first labels of a whole run of WeakNAS (`weak`), as in the search itself: the trees of
  XGBoost are those of the search, networks are fitted with new random numbers;
* to as many labels of random architectures (`strong`);
* to all but ten random labels, the last ten being those of the ten best predicted (`strong-10`);
* to half as many random labels, the others being those of the best predicted (`strong-half`).

Run from the repository's folder. The rows of the predictor are replaced, others stay. The small
network takes a CPU minute, the trees four, the paper's network (`mlp`) half an hour:

    python docs/simulations/weaknas_fits.py small-mlp mlp gbrt
"""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from weaknas_runs import whole_runs

from nasarena.methods.predictors.small_mlp import SmallMLP
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.predictors import load_predictor, predict_all
from nasarena.suite.statistics.process import true_ranks
from nasarena.suite.statistics.rank_quality import kendall_tau, with_ties
from nasarena.suite.targets import TARGETS

CSV = Path(__file__).with_suffix(".csv")
BENCHMARK = load_benchmark("nasbench201/cifar100")
RANKS = true_ranks(BENCHMARK.table)
TOP, TOP_N, LAST = 50, 100, 10
"""The true top, how many of the best predicted WeakNAS draws from, and how many it draws."""

PREDICTORS = {
    "small-mlp": partial(SmallMLP, weight_decay=1.0),
    "mlp": load_predictor("mlp"),
    "gbrt": load_predictor("gbrt"),
}
EQUAL = (50, 100, 150, 200, 250, 300)
"""Labels after which searches are compared."""

WEAK = (10, 20, 30, *EQUAL)
"""Labels of WeakNAS's runs after which a predictor is fitted."""


SEEDS = range(2000, 2030)
"""Of the random labels."""

Fit = dict[str, object]
"""A row of the file."""

COLUMNS = (
    *("predictor", "search", "seed", "labels", "regret_best", "regret_predicted"),
    *("tau", "tau_top", "tau_unseen", "draw"),
)


def predictions(predictor: str, ids: NDArray[np.int64], seed: int) -> NDArray[np.floating]:
    """What a predictor fitted to z-scored labels of `ids` says of the whole space."""
    fitted = PREDICTORS[predictor](BENCHMARK.space, np.random.default_rng([seed, ids.size]))
    fitted.fit(ids, TARGETS["z-score"](BENCHMARK.table.mean_validation[ids]))
    return predict_all(fitted.predict, BENCHMARK.table.size)


def best_regret(ids: NDArray[np.int64]) -> float:
    """Of the best of some architectures, in points."""
    return float(BENCHMARK.table.regret(ids).min())


def predictor_row(predictor: str, ids: NDArray[np.int64], seed: int) -> dict[str, float]:
    """What a predictor knows of the space after these labels.

    `tau` is over the whole space, `tau_top` over the true top 50, `tau_unseen` over those of them
    that have no label (NaN below five); `draw` is the share of the true top 50 among the unlabelled
    ones of the 100 best predicted, from which WeakNAS draws.
    """
    predicted = predictions(predictor, ids, seed)
    true = with_ties(BENCHMARK.table.mean_validation)
    top = np.flatnonzero(RANKS <= TOP)
    unseen = top[~np.isin(top, ids)]
    drawn_from = np.argsort(-predicted, kind="stable")[:TOP_N]
    drawn_from = drawn_from[~np.isin(drawn_from, ids)]
    return {
        "regret_best": best_regret(ids),
        "regret_predicted": float(BENCHMARK.table.regret(np.array([predicted.argmax()]))[0]),
        "tau": kendall_tau(predicted, true),
        "tau_top": kendall_tau(predicted[top], true[top]),
        "tau_unseen": kendall_tau(predicted[unseen], true[unseen]) if unseen.size >= 5 else np.nan,
        "draw": float((RANKS[drawn_from] <= TOP).mean()) if drawn_from.size else np.nan,
    }


def queried_best(
    predictor: str, ids: NDArray[np.int64], count: int, seed: int
) -> NDArray[np.int64]:
    """The `count` best predicted architectures that have no label yet."""
    order = np.argsort(-predictions(predictor, ids, seed), kind="stable")
    return order[~np.isin(order, ids)][:count]


def weak_rows(predictor: str, seed: int, trace: NDArray[np.int64]) -> Iterator[Fit]:
    """What the predictors of one run of WeakNAS know."""
    for labels in WEAK:
        row = {"predictor": predictor, "search": "weak", "seed": seed, "labels": labels}
        yield row | predictor_row(predictor, trace[:labels], seed)


def strong_rows(predictor: str, seed: int) -> Iterator[Fit]:
    """What one predictor of random labels knows, and what it finds."""
    order = np.random.default_rng(seed).permutation(BENCHMARK.table.size)
    for labels in EQUAL:
        row = {"predictor": predictor, "seed": seed, "labels": labels}
        yield row | {"search": "strong"} | predictor_row(predictor, order[:labels], seed)
        for search, last in (("strong-10", LAST), ("strong-half", labels // 2)):
            ids = order[: labels - last]
            ids = np.concatenate([ids, queried_best(predictor, ids, last, seed)])
            yield row | {"search": search, "regret_best": best_regret(ids)}


def traces(predictor: str) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each seed and trace of the stored whole runs of WeakNAS around a predictor."""
    return whole_runs(predictor).traces()


def rows(job: tuple[str, int, NDArray[np.int64] | None]) -> list[Fit]:
    """Of a predictor and seed: those of the run with this trace, or of random labels."""
    predictor, seed, trace = job
    return list(
        strong_rows(predictor, seed) if trace is None else weak_rows(predictor, seed, trace)
    )


def main(predictors: Sequence[str]) -> None:
    """Make the rows of these predictors anew."""
    for predictor in predictors:
        jobs = [(predictor, *run) for run in traces(predictor)]
        jobs += [(predictor, seed, None) for seed in SEEDS]
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            every = [row for some in pool.map(rows, jobs) for row in some]
        made = pd.DataFrame(every, columns=COLUMNS)
        if CSV.exists():
            kept = pd.read_csv(CSV)
            made = pd.concat([kept[kept["predictor"] != predictor], made])
        made = made.sort_values(["predictor", "search", "seed", "labels"], kind="stable")
        made.to_csv(CSV, index=False, float_format="%.6g", lineterminator="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
