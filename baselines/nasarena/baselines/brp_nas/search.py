"""BRP-NAS: a comparator that is trained in rounds on smaller and smaller top parts of the space."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.targets import TARGETS

if TYPE_CHECKING:
    from nasarena.baselines.brp_nas.relation_gcn import RelationGCN


@dataclass(frozen=True)
class Selection:
    """How many architectures one iteration labels: of the best, and random ones of the `top`."""

    best: int
    random: int
    top: int


def selections(models: int, iterations: int, alpha: float, size: int) -> Iterator[Selection]:
    """The iterative selection of `models` architectures of a space, of which `size` are ranked.

    The models are shared out evenly. Iteration 0 draws from the whole space; iteration i takes a
    share `alpha` of its models from the best predicted and draws the others from the best
    predicted `size` / 2^i. For 100 models in 5 iterations with alpha 0.5: 20 random, then four
    times 10 of the best and 10 random ones of the top half, quarter, eighth, sixteenth.
    """
    for iteration in range(iterations):
        share = models * (iteration + 1) // iterations - models * iteration // iterations
        best = round(alpha * share) if iteration else 0
        yield Selection(best, share - best, size // 2**iteration)


class BRPNAS:
    """BRP-NAS: a graph network that compares two architectures, trained by iterative selection.

    `models` architectures (at most a third of the budget) are labelled in `iterations`: the first
    at random, then a share `alpha` from the best predicted and the others drawn from the best
    predicted half of the space, quarter, and so on; after each, training goes on from the present
    weights on all labels. Then the space is sorted by the comparator and the best unseen ones are
    queried in their order, `batch` of them; training goes on with their labels as well, the space
    is sorted again, and so on until the budget ends.

    Source: Dudziak et al., NeurIPS 2020, and the released code: 5 iterations of 20, alpha 0.5,
    and 40 queries after them; network and loss as `RelationGCN` describes them.
    Departures: those of `RelationGCN`; with budgets above `models` + `batch`, where the release
    ends, the search goes on as described above; `none` and `skip` are nodes of NAS-Bench-201's
    graphs, where the release prunes and contracts them; the comparator is fitted to `targets`
    instead of raw accuracies; every training has `epochs` epochs, the release's 50, 100, ..., 250,
    with early stopping. For budgets of 300 and of 1,000 the settings are the same: 100
    labelled by selection, then 5 and 23 batches.

    Args:
        models: architectures labelled by iterative selection; a third of the budget if less.
        iterations: the iterations of this selection.
        alpha: share of an iteration's models that are the best predicted.
        batch: architectures queried from one order of the space.
        targets: what the comparator is fitted to: `rank-gaussian`, `z-score`, `percent`
            or `fraction`.
        epochs: epochs of each training.
        hidden: units of each layer of the network.
        block: labelled architectures whose pairs make a training step.
        learning_rate: the learning rate of the first epoch.
    """

    version = "1"
    kind = "baseline"
    paper = "Dudziak et al., NeurIPS 2020, arXiv:2007.08668"
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/cifar10", "nasbenchgraph/citeseer")
    requires: ClassVar[tuple[str, ...]] = ("torch",)
    seconds_per_query = 0.12

    def __init__(
        self,
        models: int = 100,
        iterations: int = 5,
        alpha: float = 0.5,
        batch: int = 40,
        targets: str = "rank-gaussian",
        epochs: int = 20,
        hidden: int = 600,
        block: int = 20,
        learning_rate: float = 1e-3,
    ) -> None:
        numbers = {
            "models": models,
            "iterations": iterations,
            "batch": batch,
            "epochs": epochs,
            "hidden": hidden,
            "block": block,
        }
        for name, value in numbers.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha must be between 0 and 1, not {alpha}")
        if targets not in TARGETS:
            raise ValueError(f"targets must be {' or '.join(TARGETS)}, not {targets!r}")
        if not 0 < learning_rate < np.inf:
            raise ValueError(f"learning_rate must be above 0 and finite, not {learning_rate}")
        self.models = models
        self.iterations = iterations
        self.alpha = alpha
        self.batch = batch
        self.targets = targets
        self.epochs = epochs
        self.hidden = hidden
        self.block = block
        self.learning_rate = learning_rate

    def make_predictor(self, problem: Problem, rng: np.random.Generator) -> "RelationGCN":
        """The comparator that a run trains."""
        from nasarena.baselines.brp_nas.relation_gcn import RelationGCN

        return RelationGCN(
            problem.space,
            rng,
            hidden=self.hidden,
            block=self.block,
            learning_rate=self.learning_rate,
        )

    def selected(self, budget: int) -> int:
        """How many architectures iterative selection labels."""
        return max(1, min(self.models, budget // 3))

    def train(
        self, predictor: "RelationGCN", iteration: int, ids: Ids, targets: Accuracies
    ) -> None:
        """Train on, after an iteration (from 0; the batches after the selection count on)."""
        predictor.train(ids, targets, self.epochs)

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space
        ids = np.empty(0, dtype=np.int64)
        accuracies = np.empty(0)
        predictor = self.make_predictor(problem, rng)
        order = space.pool(rng, best=ids)
        for iteration, selection in enumerate(self._plan(problem)):
            chosen = choose(order, np.isin(order, ids), selection, rng)
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])
            if ids.size == space.size:
                return
            if problem.remaining:
                self.train(predictor, iteration, ids, TARGETS[self.targets](accuracies))
                problem.show_predictor(predictor.predict)
                pool = space.pool(rng, best=ids[np.argsort(-accuracies, kind="stable")])
                order = pool[np.argsort(-predictor.predict(pool), kind="stable")]
                problem.recommend(int(order[0]))

    def _plan(self, problem: Problem) -> Iterator[Selection]:
        size = problem.space.pool_size
        models = self.selected(problem.budget)
        iterations = min(self.iterations, models)
        yield from selections(models, iterations, self.alpha, size)
        while True:
            yield Selection(self.batch, 0, size)


def choose(
    order: Ids, queried: NDArray[np.bool_], selection: Selection, rng: np.random.Generator
) -> Ids:
    """The unqueried architectures of one selection: the best first, then the random ones.

    `order` has shape (ranked,), best predicted first; `queried` says of each whether it was. Where
    the top holds too few unqueried ones, the best below it are taken.
    """
    unseen = ~queried
    best = order[unseen][: selection.best]
    others = unseen.copy()
    others[np.isin(order, best)] = False
    top = order[: selection.top][others[: selection.top]]
    drawn = rng.choice(top, size=min(selection.random, top.size), replace=False)
    below = order[selection.top :][others[selection.top :]][: selection.random - drawn.size]
    return np.concatenate([best, drawn, below])
