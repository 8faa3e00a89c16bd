"""SemiNAS: few labels, many pseudo-labels, and moves along the slope of predicted accuracy."""

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.seminas.settings import RELEASED, Settings, for_budget
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.device import device
from nasarena.suite.problem import Problem
from nasarena.suite.targets import TARGETS

if TYPE_CHECKING:
    from nasarena.baselines.seminas.controller import Controller

LOW = 0.342
"""In standard deviations below the mean: 90 % on NAS-Bench-101, by the constants with which the
release z-scores (mean 90.8192, deviation 2.3961)."""


class SemiNAS:
    """SemiNAS with settings for small budgets: 50 labelled at first, then rounds of 10 or 25.

    Query an initial sample and train the controller (encoder, accuracy predictor, decoder) on it.
    Then, until the budget ends: train on everything labelled; draw unlabelled architectures and
    take the controller's predictions as their labels; train on both, the labelled ones up-sampled;
    encode the best of both, move the encodings along the slope of predicted accuracy by a step of
    1, 2, ..., decode, and query what is new. The controller is never initialised again. Sequences
    that are not architectures are rejected and counted.

    Settings by budget (`baselines/seminas/settings.py`): a sixth of it, at most 50, labelled at
    first; at 300 then 25 rounds of 10, at 1,000 then 38 of 25; 500 pseudo-labelled a round; the
    15 (37) best moved; 150 steps of training at first, then 30 on the labelled and 80 on both a
    round, fewer when the training loss stops falling.

    Source: Luo et al., "Semi-Supervised Neural Architecture Search", NeurIPS 2020; released code
    renqianluo/SemiNAS. Departures from the release:

    * Sizes and lengths of training as above; `SemiNASReleased` has the release's.
    * Labels are `targets` of what was queried, made anew every round (the release z-scores with
      constants of its whole space).
    * Tokens are the space's own (6 on NAS-Bench-201), and decoded as `Controller` says. Steps are
      scaled by their number over the release's 27, so that they are as long as there.
    * Initial draws with low accuracy are charged, and trained on.
    * Where steps up to the longest decode to too few new architectures, the round is filled with
      the best predicted of the pseudo-labelled, then at random.

    Diagnostics, one number a round: `labelled`, `pseudo_labelled`, `new` (decoded), `filled` (not
    decoded), `invalid` (sequences rejected), `longest_step`, `training_steps`.

    Args:
        initial: architectures labelled at first; 0 for the settings of the budget.
        batch: new architectures a round; 0 likewise.
        pseudo_labelled: pseudo-labelled architectures a round; 0 likewise.
        targets: what the controller is fitted to: `rank-gaussian`, `z-score`, `percent` or
            `fraction`.
    """

    version = "1"
    kind = "baseline"
    paper = "Luo et al., NeurIPS 2020, arXiv:2002.10389"
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/cifar10", "nasbenchgraph/citeseer")
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query: float | None = 0.2

    def __init__(
        self,
        initial: int = 0,
        batch: int = 0,
        pseudo_labelled: int = 0,
        targets: str = "rank-gaussian",
    ) -> None:
        given = {"initial": initial, "batch": batch, "pseudo_labelled": pseudo_labelled}
        for name, value in given.items():
            if value < 0:
                raise ValueError(f"{name} must not be negative, but is {value}")
        if targets not in TARGETS:
            raise ValueError(f"targets must be {' or '.join(TARGETS)}, not {targets!r}")
        self.targets = targets
        self.initial = initial
        self.batch = batch
        self.pseudo_labelled = pseudo_labelled

    def settings(self, budget: int) -> Settings:
        """How a budget is spent."""
        usual = for_budget(budget)
        return replace(
            usual,
            initial=self.initial or usual.initial,
            batch=self.batch or usual.batch,
            pseudo_labelled=self.pseudo_labelled or usual.pseudo_labelled,
        )

    def fitted(self, initial: Accuracies) -> NDArray[np.bool_]:
        """Which of the initial sample the controller is trained on, shape (labelled,)."""
        return np.ones(initial.shape, dtype=bool)

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        from nasarena.baselines.seminas.controller import one_thread

        with one_thread():
            self._search(problem, self.settings(problem.budget), rng)

    def _search(self, problem: Problem, settings: Settings, rng: np.random.Generator) -> None:
        from nasarena.baselines.seminas.controller import Controller, predicted, train

        space = problem.space
        ids = space.sample(min(settings.initial, space.size), rng)
        accuracies = problem.query(ids)
        fitted = self.fitted(accuracies)
        controller = Controller(len(space.vocabulary), rng)
        effort = settings.first
        while problem.remaining and ids.size < space.size:
            labelled = ids[fitted]
            labels = TARGETS[self.targets](accuracies[fitted])
            tokens = space.tokens(labelled)
            steps = train(controller, tokens, labels, effort, rng)
            effort = settings.labelled
            highest = ids[np.argsort(-accuracies, kind="stable")]
            unlabelled = np.setdiff1d(space.pool(rng, best=highest), ids)
            pool = rng.choice(
                unlabelled, min(settings.pseudo_labelled, unlabelled.size), replace=False
            )
            pool_tokens = space.tokens(pool)
            pseudo_labels = predicted(controller, pool_tokens)
            steps += train(
                controller,
                np.concatenate([*[tokens] * settings.up_sampling, pool_tokens]),
                np.concatenate([*[labels] * settings.up_sampling, pseudo_labels]),
                settings.joint,
                rng,
            )
            best = np.argsort(-np.concatenate([labels, pseudo_labels]), kind="stable")
            seeds = np.concatenate([labelled, pool])[best[: settings.seeds]]
            wanted = min(settings.batch, unlabelled.size)
            problem.note("labelled", labelled.size)
            problem.note("pseudo_labelled", pool.size)
            problem.note("training_steps", steps)
            problem.show_predictor(lambda ids: predicted(controller, space.tokens(ids)))
            chosen = self._decoded(controller, problem, seeds, ids, wanted, settings.longest_step)
            chosen = _filled(chosen, pool[np.argsort(-pseudo_labels, kind="stable")], wanted)
            chosen = _filled(chosen, rng.permutation(unlabelled), wanted)
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])
            fitted = np.concatenate([fitted, np.ones(chosen.size, dtype=bool)])

    def _decoded(
        self,
        controller: "Controller",
        problem: Problem,
        seeds: Ids,
        known: Ids,
        wanted: int,
        longest_step: int,
    ) -> Ids:
        """At most `wanted` architectures that are not `known`, decoded from the moved seeds.

        In the order of the steps, and of the seeds within a step.
        """
        import torch

        from nasarena.baselines.seminas.controller import moved

        space = problem.space
        with torch.no_grad():
            encodings = controller.encode(torch.from_numpy(space.tokens(seeds)).to(device()))
        slopes = controller.slope(encodings)
        taken = set(known.tolist())
        new: list[int] = []
        invalid = 0
        step = 0
        while step < longest_step and len(new) < wanted:
            step += 1
            decoded = controller.decode(moved(encodings, slopes, step))
            found = space.from_tokens(decoded.cpu().numpy())
            invalid += int((found < 0).sum())
            for id in found[found >= 0].tolist():
                if id not in taken:
                    taken.add(id)
                    new.append(id)
        problem.note("invalid", invalid)
        problem.note("longest_step", step)
        problem.note("new", min(len(new), wanted))
        problem.note("filled", wanted - min(len(new), wanted))
        return np.array(new[:wanted], dtype=np.int64)


def _filled(chosen: Ids, candidates: NDArray[np.int64], wanted: int) -> Ids:
    """`chosen`, filled up to `wanted` with the first candidates that are not among them."""
    further = candidates[~np.isin(candidates, chosen)]
    return np.concatenate([chosen, further[: wanted - chosen.size]])


class SemiNASReleased(SemiNAS):
    """SemiNAS with its released settings: 1,100 labelled, three rounds of 300.

    Every round pseudo-labels 10,000 architectures, and trains for 1,000 epochs on the labelled ones
    and for 500 on both. For a budget of 2,000; a run takes about an hour on one core.

    Source and departures as in `SemiNAS`, but for the settings, which are the release's, and for
    what is left out of training: the release drops initial draws with an accuracy below 90 % on
    NAS-Bench-101, and does not count them. Departure: here they are charged, as every query is,
    and left out of training. Other tables have other accuracies, so that what is more than 0.342
    standard deviations below the mean of the initial labels is left out, as 90 % is there. What the
    rounds query is all trained on. Version 1 trained on the whole initial sample.
    """

    version = "2"
    tuned_on: ClassVar[tuple[str, ...]] = ()
    seconds_per_query: float | None = 2.0

    def __init__(self) -> None:
        super().__init__(targets="z-score")

    def settings(self, budget: int) -> Settings:
        """The same for every budget."""
        return RELEASED

    def fitted(self, initial: Accuracies) -> NDArray[np.bool_]:
        """Without the low ones. Shape (labelled,)."""
        kept: NDArray[np.bool_] = initial >= initial.mean() - LOW * initial.std()
        return kept
