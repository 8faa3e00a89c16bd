"""REINFORCE: a policy over decisions, trained on what it draws."""

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.adam import Adam
from nasarena.baselines.categorical_distribution import CategoricalDistribution
from nasarena.suite.problem import Problem

REWARDS = {"percent": 1.0, "fraction": 0.01}
"""What a reward of each kind is, times an accuracy in percent."""


class Reinforce:
    """A policy that draws one architecture at a time and learns from its accuracy.

    The policy has independent logits for the values of every decision. Each architecture that it
    draws is queried. The logits then go up along the gradient of the architecture's
    log-probability, times by how much the reward is above a moving average of rewards. The
    average is updated before it is subtracted, so that the first draw teaches nothing. An
    architecture that is drawn again is answered free of charge, and the policy learns from it
    again. A policy that has become certain only repeats itself, until the protocol's patience
    ends the run.

    The defaults are AutoDL's published settings for NATS-Bench: accuracy in percent, Adam with a
    learning rate of 0.01, first logits drawn with a standard deviation of 0.001. Other published
    settings: `reinforce[learning_rate=0.5]` (AutoDL's notes on NAS-Bench-201), which is certain
    after 4 to 80 queries, and ends there; and
    `reinforce[learning_rate=0.1,optimiser=ascent,reward=fraction,spread=0.0]` (nas_benchmarks on
    NAS-Bench-101), whose policy hardly moves in 300 queries. A learning rate between the two of
    AutoDL, `reinforce[learning_rate=0.1]`, finds more within 300 queries on NAS-Bench-201, and less
    on `nasbench101-5/rotated-mnist` (docs/results.md).

    Source: Williams, Machine Learning 1992; as a baseline of tables: Ying et al., ICML 2019, and
    Dong & Yang, ICLR 2020; the released code automl/nas_benchmarks (1b09906) and D-X-Y/AutoDL
    (f46486e), with their numbers.
    Departures: AutoDL searches by 12-epoch accuracies and by seconds; here labels and budget are
    those of the protocol. nas_benchmarks draws decisions that denote no architecture again without
    end; here 100 times, then the nearest of 32 random architectures is taken. Adam's other
    constants are the usual ones. It looks at decisions only, so it needs no graph.

    Args:
        learning_rate: of each step.
        optimiser: `adam`, or `ascent` for plain gradient ascent.
        reward: accuracy in `percent`, or as a `fraction`.
        spread: the standard deviation of the first logits.
        momentum: how much of the moving average stays at each step, from 0 to below 1.
    """

    version = "1"
    kind = "baseline"
    paper = "Williams, Machine Learning 1992; Dong & Yang, ICLR 2020, arXiv:2001.00326"
    tuned_on: tuple[str, ...] = ()
    seconds_per_query = 3e-3

    def __init__(
        self,
        learning_rate: float = 0.01,
        optimiser: str = "adam",
        reward: str = "percent",
        spread: float = 1e-3,
        momentum: float = 0.9,
    ) -> None:
        if optimiser not in ("adam", "ascent"):
            raise ValueError(f"optimiser must be adam or ascent, not {optimiser!r}")
        if reward not in REWARDS:
            raise ValueError(f"reward must be {' or '.join(REWARDS)}, not {reward!r}")
        if not 0 < learning_rate < np.inf:
            raise ValueError(f"learning_rate must be above 0 and finite, not {learning_rate}")
        if not 0 <= spread < np.inf or not 0 <= momentum < 1:
            raise ValueError(
                "spread must be at least 0 and finite, and momentum from 0 to below 1, not "
                f"{spread} and {momentum}"
            )
        self.learning_rate = learning_rate
        self.optimiser = optimiser
        self.reward = reward
        self.spread = spread
        self.momentum = momentum

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        policy = CategoricalDistribution(problem.space)
        policy.logits += self.spread * rng.standard_normal(policy.logits.shape)
        adam = Adam(self.learning_rate, policy.logits)
        total = weight = 0.0
        while True:
            decisions, ids = policy.architectures(1, rng)
            reward = problem.query(int(ids[0])) * REWARDS[self.reward]
            total = self.momentum * total + (1 - self.momentum) * reward
            weight = self.momentum * weight + (1 - self.momentum)
            gradient = policy.gradient(decisions, [reward - total / weight])
            policy.logits += self._step(adam, gradient)

    def _step(self, adam: Adam, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.optimiser == "adam":
            return adam.step(gradient)
        return self.learning_rate * gradient
