"""WeakNAS around BRP-NAS's graph network: the method of `results/weaknas-relations.toml`."""

from collections.abc import Iterator

from nasarena.baselines.brp_nas.search import BRPNAS, Selection, selections
from nasarena.suite import Problem


class WeakNASRelations(BRPNAS):
    """BRP-NAS's network, trained as in `brp-nas`, on labels that WeakNAS's rule chooses.

    `models` architectures are labelled in `iterations`: the first at random, all others drawn
    uniformly from the unqueried ones of the `top_n` best predicted. Then the best predicted are
    queried, `batch` from one order, as in `brp-nas`. Nothing but the choice of the labels differs
    from it: there, half of an iteration are the best predicted, and half are drawn from a half of
    the space, a quarter, and so on.

    Args:
        top_n: how many of the best predicted architectures an iteration draws from.
    """

    version = "1"
    kind = "method"
    paper = "Wu et al., NeurIPS 2021, arXiv:2102.10490, appendix"

    def __init__(self, top_n: int = 100) -> None:
        super().__init__()
        self.top_n = top_n

    def selected(self, budget: int) -> int:
        """How many architectures are labelled before the best predicted are queried."""
        return min(self.models, budget)

    def _plan(self, problem: Problem) -> Iterator[Selection]:
        size = problem.space.pool_size
        models = self.selected(problem.budget)
        shares = selections(models, min(self.iterations, models), 0, size)
        for iteration, share in enumerate(shares):
            yield Selection(0, share.random, self.top_n if iteration else size)
        while True:
            yield Selection(self.batch, 0, size)
