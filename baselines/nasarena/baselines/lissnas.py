"""LISSNAS, or what could be read of it: search where good architectures have their neighbours."""

from typing import Any, ClassVar

import numpy as np

from nasarena.baselines.part_problem import PartProblem
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.errors import UserError
from nasarena.suite.packages import install_command, missing
from nasarena.suite.plugins import load_plugin, plugins
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace

GROUP = "nasarena.methods"


class LISSNAS:
    """Shrinks the space to the neighbours of good architectures, then runs any method there.

    Query `sample` random architectures. The `seeds` best of all that was queried, with their
    neighbours, are the next space, of which `sample` are queried. This goes on while the mean
    accuracy of what was drawn rises. Then `method` searches the space that had the highest mean,
    as a space of its own. What it queries again is free of charge. If it returns before the
    budget is spent, because it has used up that space, say, it begins again on a space that has
    the neighbours of all its members as well, and at last on the whole space.

    Inspired by: Gopal et al., "LISSNAS: Locality-based Iterative Search Space Shrinkage for
    Neural Architecture Search", 2023, of which a summary was read; no released code was found.
    How many are drawn, how many are seeds, and how far a neighbourhood reaches is not known, so
    these are nasarena's own, chosen at 300 queries of `nasbench201/cifar10`. A neighbour is
    what one change of a decision leads to (`space.neighbours`), so that any space with decisions
    can be searched. Predictors of the method are judged only where it searches the whole space at
    last, as the others know a part of it.

    Args:
        method: the registered name of the method that searches, with its defaults.
        sample: architectures queried of every space; at most a tenth of the budget is.
        seeds: the best architectures whose neighbours are the next space; at most half as many as
            are queried of a space.
    """

    version = "1"
    kind = "baseline"
    paper = "Gopal et al., 2023, arXiv:2307.03110"
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/cifar10",)
    seconds_per_query: float | None = 1e-3

    def __init__(self, method: str = "weaknas-lite", sample: int = 20, seeds: int = 5) -> None:
        for name, value in {"sample": sample, "seeds": seeds}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        made = load_plugin(GROUP, method, "method")
        if issubclass(made, LISSNAS):
            raise UserError("lissnas cannot search by itself; name another method")
        lacking = missing(getattr(made, "requires", ()))
        if lacking:
            raise UserError(
                f"{method} needs {', '.join(lacking)}, which is not installed; run: "
                f"{install_command(lacking)}"
            )
        self.method = method
        self.sample = sample
        self.seeds = seeds
        self._made: Any = made()
        entry = plugins(GROUP)[method]
        self.sources = (f"{entry.module}:{entry.attr}", *getattr(self._made, "sources", ()))
        self.seconds_per_query = getattr(made, "seconds_per_query", None)
        for needed in ("proxies", "metrics", "fidelities"):  # what the harness looks for
            if hasattr(self._made, needed):
                setattr(self, needed, getattr(self._made, needed))

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        members = self._shrunk(problem, rng)
        while members is not None and problem.ended is None:
            part = PartProblem(problem, members)
            self._made.search(part, rng)
            members = grown(problem.space, members)
        if problem.ended is None and not problem.exhausted:
            self._made.search(problem, rng)

    def _shrunk(self, problem: Problem, rng: np.random.Generator) -> Ids | None:
        """The space of the highest mean accuracy, None for the whole: the seeds' neighbours."""
        space = problem.space
        count = max(1, min(self.sample, problem.budget // 10))
        seeds = max(1, min(self.seeds, count // 2))
        ids: Ids = space.sample(min(count, space.size), rng)
        accuracies: Accuracies = problem.query(ids)
        members, mean = None, float(accuracies.mean())
        while True:
            best = ids[np.argsort(-accuracies, kind="stable")[:seeds]]
            smaller = with_neighbours(space, best)
            drawn = rng.choice(smaller, size=min(count, smaller.size), replace=False)
            found = problem.query(drawn)
            if found.mean() <= mean:
                return members
            members, mean = smaller, float(found.mean())
            new = ~np.isin(drawn, ids)
            ids = np.concatenate([ids, drawn[new]])
            accuracies = np.concatenate([accuracies, found[new]])


def with_neighbours(space: CategoricalSpace, ids: Ids) -> Ids:
    """Architectures and what one change of each leads to, each once, in ascending order."""
    around = space.neighbours(ids).ravel()
    found: Ids = np.unique(np.concatenate([ids, around[around >= 0]]))
    return found


def grown(space: CategoricalSpace, members: Ids) -> Ids | None:
    """The members with all their neighbours; None if that adds nothing, or half of the space."""
    larger = with_neighbours(space, members)
    if larger.size == members.size or larger.size > space.size // 2:
        return None
    return larger
