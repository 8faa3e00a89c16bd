"""How well the models of arch2vec and DNGO order a space, beside FLAN's: Kendall's tau.

After 100 random labels, mean over five seeds. Run from the repository's folder, about 100 CPU
seconds:

    python docs/simulations/surrogates.py
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.arch2vec.bo import HIDDEN as ARCH2VEC_HIDDEN
from nasarena.baselines.arch2vec.bo import Arch2VecBO
from nasarena.baselines.dngo import DNGO, HIDDEN, BayesianNetwork
from nasarena.baselines.tanh_network import TanhNetwork
from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.predictors import load_predictor, predict_all
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.statistics.rank_quality import kendall_tau, with_ties
from nasarena.suite.targets import TARGETS, fractions, z_scores

LABELS, SEEDS = 100, 5
BENCHMARKS = ("nasbench201/cifar100", "nasbenchgraph/arxiv")
Predicted = NDArray[np.floating]
Model = Callable[[CategoricalSpace, Ids, Accuracies, np.random.Generator], Predicted]


def _bayesian(
    features: Features, network: TanhNetwork, ids: Ids, labels: Accuracies, rng: np.random.Generator
) -> Predicted:
    model = BayesianNetwork(network)
    model.fit(features[ids], labels, rng)
    return model.predict(features)[0]


def arch2vec(
    space: CategoricalSpace, ids: Ids, accuracies: Accuracies, rng: np.random.Generator
) -> Predicted:
    """What `arch2vec-bo` makes of these labels; it reads embeddings learned without labels."""
    method = Arch2VecBO()
    features = method.embeddings(space, np.arange(space.size))
    network = TanhNetwork(ARCH2VEC_HIDDEN, method.epochs)
    return _bayesian(features, network, ids, fractions(accuracies), rng)


def dngo(
    space: CategoricalSpace, ids: Ids, accuracies: Accuracies, rng: np.random.Generator
) -> Predicted:
    """What `dngo` makes of them; it reads the decisions."""
    features = space.one_hot(np.arange(space.size))
    network = TanhNetwork(HIDDEN, DNGO().epochs)
    return _bayesian(features, network, ids, z_scores(accuracies), rng)


def flan(
    space: CategoricalSpace, ids: Ids, accuracies: Accuracies, rng: np.random.Generator
) -> Predicted:
    """What FLAN's predictor makes of them, in WeakNAS's loop."""
    predictor = load_predictor("flan")(space, rng)
    predictor.fit(ids, TARGETS["z-score"](accuracies))
    return predict_all(predictor.predict, space.size)


MODELS: dict[str, Model] = {"arch2vec": arch2vec, "dngo": dngo, "flan": flan}


def tau(name: str, benchmark: str) -> float:
    """A model's mean tau over the whole space."""
    loaded, found = load_benchmark(benchmark), []
    true = with_ties(loaded.table.mean_validation)
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        ids = rng.choice(loaded.space.size, LABELS, replace=False)
        predicted = MODELS[name](loaded.space, ids, loaded.table.mean_validation[ids], rng)
        found.append(kendall_tau(predicted, true))
    return float(np.mean(found))


if __name__ == "__main__":
    for place in BENCHMARKS:
        print(place, ", ".join(f"{name} {tau(name, place):.2f}" for name in MODELS))
