"""NAO: architectures are improved along the slope of a predictor, in a latent space."""

from typing import ClassVar

import numpy as np

from nasarena.baselines.mutation_pool import new_random
from nasarena.baselines.seminas.search import SemiNAS
from nasarena.baselines.seminas.settings import Effort, Settings
from nasarena.suite.problem import Problem
from nasarena.suite.targets import TARGETS

LONGEST_STEP = 50


class NAO(SemiNAS):
    """NAO, SemiNAS's predecessor: moves in a latent space, without pseudo-labels.

    Query an initial sample. Then in every round: train the controller (encoder, accuracy predictor,
    decoder) on all that was queried; encode the best, move the encodings along the slope of
    predicted accuracy by a step of 1, 2, ..., 50, decode, and query what is new. The controller is
    never initialised again. Sequences that are not architectures are rejected and counted.

    Source: Luo et al., NeurIPS 2018; the released code (NAO_pytorch 418ff71). Departures:

    * Steps are scaled by the number of tokens over 27, as in `seminas`.
    * The network is SemiNAS's (`seminas/controller.py`): LSTMs of 64 units instead of 96,
      embeddings of 64 numbers instead of 48, a predictor of two layers of 16 instead of three of
      200, no sigmoid at its end, any token at any place. The loss, its shares, Adam, the batches
      and the steps are the same in both.
    * Sizes for small budgets: a sixth of the budget, at most 50, at first (the release has 600),
      then rounds of `batch` (300), and the best one and a half times as many moved (100); twice
      `steps` steps of training at first, then `steps` (1,000 epochs).
    * Labels are `targets`, as in `seminas`, instead of accuracies scaled to 0 to 1: without the
      sigmoid, predictions need not be between 0 and 1.
    * All that was queried is trained on; in the release, new architectures replace the worst, so
      that there are always 600.
    * Labels are those of the protocol; the release's come from shared weights.
    * Where steps up to the longest decode to too few new architectures, the round is filled with
      random ones.

    Diagnostics, one number a round: `labelled`, `new` (decoded), `filled` (drawn), `invalid`
    (sequences rejected), `longest_step`, `training_steps`.

    Args:
        initial: architectures queried at first; 0 for a sixth of the budget, at most 50.
        batch: new architectures a round.
        steps: steps of training a round.
        targets: what the controller is fitted to: `rank-gaussian`, `z-score`, `percent` or
            `fraction`.
    """

    paper = "Luo et al., NeurIPS 2018, arXiv:1808.07233"
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/cifar10",)
    seconds_per_query: float | None = 0.08

    def __init__(
        self,
        initial: int = 0,
        batch: int = 10,
        steps: int = 50,
        targets: str = "rank-gaussian",
    ) -> None:
        super().__init__(initial=initial, targets=targets)
        for name, value in {"batch": batch, "steps": steps}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.batch = batch
        self.steps = steps

    def settings(self, budget: int) -> Settings:
        """How a budget is spent."""
        return Settings(
            initial=self.initial or max(1, min(50, budget // 6)),
            batch=self.batch,
            pseudo_labelled=0,
            up_sampling=1,
            seeds=max(1, 3 * self.batch // 2),
            longest_step=LONGEST_STEP,
            first=Effort(epochs=2 * self.steps, steps=2 * self.steps),
            labelled=Effort(epochs=self.steps, steps=self.steps),
            joint=Effort(epochs=0),
        )

    def _search(self, problem: Problem, settings: Settings, rng: np.random.Generator) -> None:
        from nasarena.baselines.seminas.controller import Controller, predicted, train

        space = problem.space
        ids = space.sample(min(settings.initial, space.size), rng)
        accuracies = problem.query(ids)
        controller = Controller(len(space.vocabulary), rng)
        effort = settings.first
        while problem.remaining and ids.size < space.size:
            labels = TARGETS[self.targets](accuracies)
            problem.note("labelled", ids.size)
            problem.note(
                "training_steps", train(controller, space.tokens(ids), labels, effort, rng)
            )
            effort = settings.labelled
            problem.show_predictor(lambda asked: predicted(controller, space.tokens(asked)))
            seeds = ids[np.argsort(-accuracies, kind="stable")[: settings.seeds]]
            wanted = min(settings.batch, space.size - ids.size)
            new = self._decoded(controller, problem, seeds, ids, wanted, settings.longest_step)
            drawn = new_random(space, np.concatenate([ids, new]), wanted - new.size, rng)
            chosen = np.concatenate([new, drawn])
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])
