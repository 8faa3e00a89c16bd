"""How far LaNAS's first fit takes its root model from its random beginning, on cifar100.

Run from the repository's folder, a few seconds:

    python docs/simulations/lanas_start.py
"""

import numpy as np

from nasarena.baselines.lanas import LaNAS, Models
from nasarena.suite.benchmarks.registry import load_benchmark

SEEDS = 20


def correlations() -> tuple[float, float]:
    """Of the fitted model's predictions over the space: with those before, and with accuracy."""
    benchmark, method = load_benchmark("nasbench201/cifar100"), LaNAS()
    space, values = benchmark.space, benchmark.table.mean_validation / 100
    features = np.hstack([space.one_hot(np.arange(space.size)), np.ones((space.size, 1))])
    found = []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        ids = space.sample(method.initial, rng)
        models = Models(space, 2, rng)  # the root alone: it is fitted to all labels
        before = features @ models.weights[0]
        models.grow(ids, values[ids], (method.first_steps, method.steps))
        after = features @ models.weights[0]
        found.append([np.corrcoef(after, other)[0, 1] for other in (before, values)])
    start, accuracy = np.mean(found, axis=0)
    return float(start), float(accuracy)


if __name__ == "__main__":
    start, accuracy = correlations()
    print(f"correlation with the random beginning {start:.2f}, with accuracy {accuracy:.2f}")
