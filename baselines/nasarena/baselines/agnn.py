"""AGNN: keeps the best architecture, and changes one class of its decisions at a time."""

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.adam import Adam
from nasarena.baselines.ask_and_tell import near
from nasarena.baselines.categorical_distribution import REDRAWS, CategoricalDistribution
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace


class AGNN:
    """Takes the best architecture, and lets a controller draw one class of its decisions anew.

    A class is all decisions that have the same values: the operations, say, or the edges. In each
    step a class is drawn, with a probability in proportion to the entropy of its controller: where
    the controller is unsure there is most to learn. The controller draws all decisions of the
    class anew, and the others are those of the best architecture so far. The result is queried.
    The controller learns from it by REINFORCE, where the reward is how much better it is than the
    best, in standard deviations of all that was queried, less a moving average of rewards, which
    this one is part of. If it is better, it is the best from then on. What was queried before is
    drawn again, up to 100 times; then a second class changes as well, and so on. If all have
    changed in vain, a repeat is answered free of charge, and teaches again; when the controllers
    are certain, the protocol's patience ends the run.

    Source: Zhou et al., "Auto-GNN: Neural Architecture Search of Graph Neural Networks", 2019,
    from memory: no released code was found, and the paper could not be read.
    Departures: the controllers are independent logits for each decision, where the paper has a
    small recurrent network for each class; there is no sharing of weights, as queries answer full
    trainings. The learning rate is nasarena's own. In a space whose decisions are all alike, such
    as NAS-Bench-201, there is one class, and the search is REINFORCE. What denotes no architecture
    is drawn again like what was queried; then the nearest of 32 random architectures is taken. It
    looks at decisions only, so it needs no graph.

    Args:
        learning_rate: of each step of Adam.
        momentum: how much of the moving average of rewards stays at each step, from 0 to below 1.
    """

    version = "1"
    kind = "baseline"
    paper = "Zhou et al., 2019, arXiv:1909.03184"
    tuned_on: tuple[str, ...] = ()
    seconds_per_query = 1e-3

    def __init__(self, learning_rate: float = 0.1, momentum: float = 0.9) -> None:
        if not 0 < learning_rate < np.inf:
            raise ValueError(f"learning_rate must be above 0 and finite, not {learning_rate}")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be from 0 to below 1, not {momentum}")
        self.learning_rate = learning_rate
        self.momentum = momentum

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space
        controllers = CategoricalDistribution(space)
        classes = decision_classes(space)
        adams = [Adam(self.learning_rate, controllers.logits[places]) for places in classes]
        drawn, ids = controllers.architectures(1, rng)
        best, highest = drawn[0], problem.query(int(ids[0]))
        queried = {int(ids[0]): highest}
        total = weight = 0.0
        while True:
            # A little for controllers that are certain, so that every class has its turn.
            chances = np.array([controllers.entropies[places].sum() for places in classes]) + 1e-9
            order = rng.choice(
                len(classes), size=len(classes), replace=False, p=chances / chances.sum()
            )
            changed, decisions, architecture = _changed(
                controllers, best, [classes[one] for one in order], queried, rng
            )
            accuracy = queried[architecture] = problem.query(architecture)
            reward = (accuracy - highest) / (float(np.std([*queried.values()])) or 1.0)
            total = self.momentum * total + (1 - self.momentum) * reward
            weight = self.momentum * weight + (1 - self.momentum)
            gradient = controllers.gradient(decisions[None], [reward - total / weight])
            for one in order[:changed].tolist():
                controllers.logits[classes[one]] += adams[one].step(gradient[classes[one]])
            if accuracy > highest:
                best, highest = decisions, accuracy


def decision_classes(space: CategoricalSpace) -> list[NDArray[np.int64]]:
    """The places of the decisions that have the same values, in the order of the first ones."""
    return [
        np.array([place for place, own in enumerate(space.choices) if own == values])
        for values in dict.fromkeys(space.choices)
    ]


def _changed(
    controllers: CategoricalDistribution,
    best: NDArray[np.int64],
    classes: list[NDArray[np.int64]],
    queried: dict[int, float],
    rng: np.random.Generator,
) -> tuple[int, NDArray[np.int64], int]:
    """How many of `classes` were drawn anew, the decisions, and which architecture they denote.

    The first class alone, if one of 100 draws was not queried; else the first two, and so on. If
    all have changed in vain, the first draw that is an architecture, or a near one of it.
    """
    space = controllers.space
    drawn = np.tile(best, (REDRAWS, 1))
    for count, places in enumerate(classes, start=1):
        drawn[:, places] = controllers.draw(REDRAWS, rng)[:, places]
        found = space.ids(drawn)
        valid = np.flatnonzero(found >= 0).tolist()
        for place in valid:
            if int(found[place]) not in queried:
                return count, drawn[place], int(found[place])
    if valid:
        return count, drawn[valid[0]], int(found[valid[0]])
    architecture = near(space, drawn[0].tolist(), rng)
    return count, space.decisions(architecture), architecture
