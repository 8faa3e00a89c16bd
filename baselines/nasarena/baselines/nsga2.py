"""NSGA-II: evolution towards the front of two objectives."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace


class NSGA2:
    """Evolution towards two objectives, accuracy and a metric, by non-dominated sorting (NSGA-II).

    Parents are chosen by tournaments of two. In nine of ten matings a child has each decision from
    either parent, otherwise it is a copy of one; then one decision is changed. Where the parents'
    decisions make no architecture of the space, one of them takes its place. The metric, which
    costs no query, is known of every architecture; one that has no value of it counts as the worst
    that was seen.

    Source: Deb et al., IEEE TEVC 2002, as implemented in pymoo (Blank & Deb, IEEE Access 2020).
    The population is smaller than theirs of 100, since budgets here are of some hundred queries.

    Args:
        metric: the second objective, such as `parameters` or `latency_ms.edgegpu`.
        population: members, and children of each generation.
    """

    version = "1"
    kind = "baseline"
    paper = "Deb et al., IEEE Transactions on Evolutionary Computation 2002"
    tuned_on: tuple[str, ...] = ()
    requires = ("pymoo",)
    seconds_per_query = 2e-4

    def __init__(self, metric: str = "parameters", population: int = 20) -> None:
        if population < 2:
            raise ValueError(f"population must be at least 2, not {population}")
        self.metric = metric
        self.metrics = (metric,)
        self.population = population

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        from pymoo.algorithms.moo.nsga2 import NSGA2 as Algorithm
        from pymoo.config import Config
        from pymoo.core.problem import Problem as Goals
        from pymoo.core.termination import NoTermination

        Config.warnings["not_compiled"] = False
        space = problem.space
        count = min(self.population, space.size)
        algorithm: Any = Algorithm(
            pop_size=count,
            sampling=space.decisions(space.sample(count, rng)),
            crossover=_crossover(space),
            mutation=_mutation(space),
        )
        decisions = len(space.choices)
        algorithm.setup(Goals(n_var=decisions, n_obj=2), termination=NoTermination())
        algorithm.random_state = rng
        worst = np.nan
        while (children := algorithm.ask()) is not None and len(children):
            ids = space.ids(children.get("X").astype(np.int64))
            metric = problem.metric(self.metric, ids)
            worst = np.fmin.reduce([worst, *metric])
            known = np.where(np.isnan(metric), np.nan_to_num(worst), metric)
            children.set("F", -np.stack([problem.query(ids), known], axis=1))
            algorithm.tell(infills=children)
        problem.give_up()  # all that mating leads to is in the population


def _crossover(space: CategoricalSpace) -> Any:
    from pymoo.operators.crossover.ux import UniformCrossover

    class OfTheSpace(UniformCrossover):  # type: ignore[misc]  # untyped
        def _do(self, _: Any, X: NDArray[Any], random_state: Any = None, **more: Any) -> Any:
            """Children, shape (2, matings, decisions), of parents of the same shape."""
            crossed = super()._do(_, X, random_state=random_state, **more)
            return np.where(_ids(space, crossed)[..., None] >= 0, crossed, X)

    return OfTheSpace()


def _mutation(space: CategoricalSpace) -> Any:
    from pymoo.core.mutation import Mutation

    class OneDecision(Mutation):  # type: ignore[misc]  # untyped
        def _do(self, _: Any, X: NDArray[Any], random_state: Any = None, **more: Any) -> Any:
            ids = [space.mutate(id, random_state) for id in _ids(space, X).tolist()]
            return space.decisions(np.array(ids, dtype=np.int64))

    return OneDecision()


def _ids(space: CategoricalSpace, decisions: NDArray[Any]) -> NDArray[np.int64]:
    return space.ids(decisions.astype(np.int64))
