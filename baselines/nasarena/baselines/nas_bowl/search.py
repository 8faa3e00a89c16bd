"""NAS-BOWL's search."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.mutation_pool import independent_changes, mutation_pool, new_random
from nasarena.suite.acquisition import expected_improvement
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.targets import z_scores

CHANGES = 1.2
"""Decisions that a mutation changes on average: on NAS-Bench-201 each with probability 1/5."""

POOL = 200
"""Candidates of a round."""

PARENTS = 10
"""So many of the best architectures are mutated, each equally often."""


class NASBOWL:
    """Queries the mutants of highest expected improvement under a Gaussian process on graphs.

    Query `initial` random architectures. Then in every round: fit a Gaussian process whose kernel
    counts the Weisfeiler-Lehman subtrees that two architectures have in common (`SubtreeProcess`)
    to the z-scores of minus the logarithm of the error; mutate the 10 best architectures, 20 times
    each, and keep the children that were not queried; query the `batch` of highest expected
    improvement. Of candidates with equal improvement one is queried in a round: their graphs are
    the same.

    Source: Ru et al., ICLR 2021; the released code (xingchenwan/nasbowl 0abaa91), whose settings
    these are. On NAS-Bench-101 half the pool is drawn uniformly, and counts are compared by
    optimal assignment, as there.
    Departures, where the release does something else than it means to: the incumbent is the best
    label (the release's is the label of the architecture with the highest posterior mean:
    `incumbent=highest-mean`); what was queried is not proposed again; passing operations (`skip`)
    hand on what they get through any number of them (the release loses paths through two, in 1,356
    of the 15,625 cells of NAS-Bench-201), and nodes that lie on no path are left out.
    Other departures: the noise is chosen from four numbers between the release's limits instead of
    by 20 steps of Adam; on NAS-Bench-101 mutations are those of the reference notebook; where fewer
    than `batch` children are new, random architectures are added. Where labels are no percentages
    (100 and above), their z-scores are taken without the logarithm. In spaces without graphs the
    graph is the chain of decisions.

    Args:
        initial: random architectures queried first.
        batch: architectures queried in every round.
        incumbent: what is to be improved on: `best-label` or `highest-mean`.
    """

    version = "1"
    kind = "baseline"
    paper = "Ru et al., ICLR 2021, arXiv:2006.07556"
    tuned_on: tuple[str, ...] = ()
    requires: ClassVar[tuple[str, ...]] = ()
    seconds_per_query = 0.01

    def __init__(self, initial: int = 10, batch: int = 5, incumbent: str = "best-label") -> None:
        for name, value in {"initial": initial, "batch": batch}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if incumbent not in {"best-label", "highest-mean"}:
            raise ValueError(f"incumbent must be best-label or highest-mean, not {incumbent!r}")
        self.initial = initial
        self.batch = batch
        self.incumbent = incumbent

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        from nasarena.baselines.nas_bowl.process import SubtreeProcess

        space = problem.space
        process = SubtreeProcess(space, assignment=_is_nasbench101(space))
        ids = space.sample(min(self.initial, space.size), rng)
        accuracies = problem.query(ids)
        while ids.size < space.size:
            targets = log_errors(accuracies)
            process.fit(ids, targets)
            problem.show_predictor(lambda asked: process.predict(asked)[0])
            best = targets.max()
            if self.incumbent == "highest-mean":
                best = targets[process.predict(ids)[0].argmax()]
            pool = self.candidates(space, ids, accuracies, rng)
            improvement = expected_improvement(*process.predict(pool), best)
            chosen = pool[_highest_different(improvement, self.batch)]
            accuracies = np.concatenate([accuracies, problem.query(chosen)])
            ids = np.concatenate([ids, chosen])

    def candidates(
        self, space: CategoricalSpace, ids: Ids, accuracies: Accuracies, rng: np.random.Generator
    ) -> Ids:
        """What a round ranks: architectures that are not among `ids`, shape (ranked,)."""
        drawn = POOL // 2 if _is_nasbench101(space) else 0
        mutated = mutation_pool(
            space,
            ids,
            accuracies,
            rng,
            independent_changes(CHANGES),
            parents=PARENTS,
            tries=(POOL - drawn) // PARENTS,
            wanted=POOL,
            least=self.batch,
        )
        known = np.concatenate([ids, mutated])
        return np.concatenate([mutated, new_random(space, known, drawn, rng)])


def _is_nasbench101(space: CategoricalSpace) -> bool:
    return space.name.startswith("nasbench101")


def log_errors(accuracies: Accuracies) -> NDArray[np.float64]:
    """Z-scores of -ln(100 - accuracy), shape (queried,); of the labels if any is 100 or above."""
    if accuracies.max() >= 100:
        return z_scores(accuracies)
    return z_scores(-np.log(100 - accuracies))


def _highest_different(improvement: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """Places of at most `count` highest values, the first of equal ones, highest first."""
    # Rounding differs between equal graphs, in the last digits of double precision.
    _, first = np.unique(-improvement.astype(np.float32), return_index=True)
    places: NDArray[np.int64] = first[:count]
    return places
