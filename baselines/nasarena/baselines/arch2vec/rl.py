"""arch2vec-rl: a policy that walks through embeddings that were learned without labels."""

from typing import ClassVar

import numpy as np

from nasarena.baselines.arch2vec.bo import PAPER, Arch2VecBO
from nasarena.suite.problem import Problem

STEPS, LEARNING_RATE = 16, 1e-2


class Arch2VecRL:
    """REINFORCE in the embeddings of `arch2vec-bo`.

    A policy (an LSTM cell of 128 units and a linear layer) reads the embedding of the last
    architecture and gives the mean of a normal distribution with unit deviations, from which it
    draws a place; the nearest architecture that was not queried is queried. After 16 steps the
    policy learns from them by REINFORCE: the advantage is the accuracy, between 0 and 1, minus a
    fixed baseline. Where a space cannot be listed, the nearest of `space.pool` is taken, drawn
    again every 16 steps.

    Source: Yan et al., NeurIPS 2020, and the released code (MSU-MLSys-Lab/arch2vec ea01b0c): Adam
    0.01, 16 steps, baseline 0.95 on NAS-Bench-101 (nearly every advantage is negative) and 0.4 on
    NAS-Bench-201. The release computes discounted returns and then uses the rewards, as here. No
    architecture is queried twice, as in the release's two searches for these benchmarks
    (`reinforce.py` and `reinforce_search_NB201_8x8.py`, read at its commit 84f3491).
    Departures: those of `Encoder`. On NAS-Bench-201 the release skips the nearest architecture;
    here it is taken, as in the release on NAS-Bench-101. The release neither charges nor counts
    the architecture that its walk begins with; here it is a query like others. The release learns
    from the mean of the 16 terms, and here the policy learns from their sum, which Adam hardly
    tells apart.

    Args:
        baseline: of the advantage; None for 0.95 on NAS-Bench-101 and 0.4 elsewhere.
        pretraining: passes of the autoencoder's training.
        sample: architectures of such a pass, at most.
    """

    version = "2"
    kind = "baseline"
    paper = PAPER
    tuned_on: ClassVar[tuple[str, ...]] = ()
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query = 0.03

    def __init__(
        self, baseline: float | None = None, pretraining: int = 10, sample: int = 15_000
    ) -> None:
        self.encoding = Arch2VecBO(pretraining=pretraining, sample=sample)
        self.baseline = baseline
        self.pretraining = pretraining
        self.sample = sample

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            self._search(problem, rng)

    def _search(self, problem: Problem, rng: np.random.Generator) -> None:
        import torch

        from nasarena.baselines.arch2vec.policy import Policy

        space = problem.space
        baseline = self.baseline
        if baseline is None:
            baseline = 0.95 if space.name.startswith("nasbench101") else 0.4
        queried = space.sample(1, rng)
        accuracies = [problem.query(int(queried[0]))]
        policy = Policy()
        adam = torch.optim.Adam(policy.parameters(), lr=LEARNING_RATE)
        while True:
            best = queried[np.argsort(-np.array(accuracies), kind="stable")]
            pool = space.pool(rng, best)
            embedded = self.encoding.embeddings(space, pool)
            free = ~np.isin(pool, queried)
            here = self.encoding.embeddings(space, queried[-1:])[0]
            state: tuple[torch.Tensor, torch.Tensor] | None = None
            chances, advantages = [], []
            for _ in range(STEPS):
                place, chance, state = policy.act(here, state)
                if not free.any():
                    return
                distances = np.square(embedded - place).sum(axis=1)
                at = int(np.where(free, distances, np.inf).argmin())
                architecture, here, free[at] = int(pool[at]), embedded[at], False
                accuracies.append(problem.query(architecture))
                queried = np.append(queried, architecture)
                chances.append(chance)
                advantages.append(accuracies[-1] / 100 - baseline)
            loss = -(torch.stack(chances) * torch.tensor(advantages)).sum()
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
