"""PARSEC: a distribution over architectures, drawn towards what its samples reach."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.adam import Adam
from nasarena.baselines.categorical_distribution import CategoricalDistribution
from nasarena.suite.arrays import Accuracies
from nasarena.suite.problem import Problem


class PARSEC:
    """A product of categorical distributions that moves towards the best of its samples.

    In each round `samples` architectures are drawn from the distribution and queried. Sample k has
    the weight w_k, a softmax of the round's accuracies over `temperature` standard deviations of
    all that was queried so far. The logits go up along the sum of w_k times the gradient of the
    log-probability of sample k, by a step of Adam. A repeated sample is answered free of charge,
    and counts again. A distribution that has become certain only repeats itself, until the
    protocol's patience ends the run.

    Source: Casale et al., "Probabilistic Neural Architecture Search", 2019, from memory: no
    released code was found. There the weights are likelihoods of weights that are shared by all
    architectures. For accuracies after full training no scale is published, so the temperature is
    nasarena's, and so are the learning rate and the number of samples. They were chosen at 300
    queries, on `nasbench201/cifar10`.
    Decisions that denote no architecture are drawn again, up to 100 times; then the nearest of 32
    random architectures is taken. It looks at decisions only, so it needs no graph.

    Args:
        samples: architectures drawn in a round.
        temperature: standard deviations by which a sample has to be better to weigh e times more.
        learning_rate: of each step of Adam.
    """

    version = "1"
    kind = "baseline"
    paper = "Casale et al., 2019, arXiv:1902.05116"
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/cifar10",)
    seconds_per_query = 4e-3

    def __init__(
        self, samples: int = 16, temperature: float = 0.1, learning_rate: float = 0.2
    ) -> None:
        if samples < 2:
            raise ValueError(f"samples must be at least 2, not {samples}")
        for name, value in {"temperature": temperature, "learning_rate": learning_rate}.items():
            if not 0 < value < np.inf:
                raise ValueError(f"{name} must be above 0 and finite, not {value}")
        self.samples = samples
        self.temperature = temperature
        self.learning_rate = learning_rate

    def count(self, distribution: CategoricalDistribution) -> int:
        """How many architectures the next round draws."""
        return self.samples

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        distribution = CategoricalDistribution(problem.space)
        adam = Adam(self.learning_rate, distribution.logits)
        queried: dict[int, float] = {}
        while True:
            decisions, ids = distribution.architectures(self.count(distribution), rng)
            accuracies = problem.query(ids)
            queried.update(zip(ids.tolist(), accuracies.tolist(), strict=True))
            weights = self.weights(accuracies, float(np.std([*queried.values()])))
            distribution.logits += adam.step(distribution.gradient(decisions, weights))

    def weights(self, accuracies: Accuracies, deviation: float) -> NDArray[np.float64]:
        """The weights of a round's samples, shape (samples,); they sum to 1."""
        if deviation == 0:
            return np.full(accuracies.shape, 1 / accuracies.size)
        exponents = (accuracies - accuracies.max()) / (self.temperature * deviation)
        weights: NDArray[np.float64] = np.exp(exponents) / np.exp(exponents).sum()
        return weights
