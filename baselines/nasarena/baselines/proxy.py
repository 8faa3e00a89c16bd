"""Search by a zero-cost score alone: architectures in its order."""

from typing import ClassVar

import numpy as np

from nasarena.suite.problem import Problem
from nasarena.suite.tables.proxies import highest_first

SUITE_ZERO = "Krishnakumar et al., NAS-Bench-Suite-Zero, NeurIPS 2022, arXiv:2210.03230"


class ByScore:
    """Queries architectures in the order of `score`, the highest first."""

    version = "1"
    kind = "baseline"
    paper: str | None = SUITE_ZERO
    tuned_on: ClassVar[tuple[str, ...]] = ()
    seconds_per_query = 1e-5
    score: str

    @property
    def proxies(self) -> tuple[str, ...]:
        """The score that it cannot search without."""
        return (self.score,)

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        scores = problem.proxies(self.score).scores
        for architecture in highest_first(scores[self.score], rng).tolist():
            problem.query(architecture)


class Proxy(ByScore):
    """Queries architectures in the order of one zero-cost score, the highest first.

    For scores that have no method of their own name. Nothing is learned from what queries answer.
    Architectures with equal scores are queried in random order; those without a score come last, in
    random order.

    Source: the use of such scores is Mellor et al., ICML 2021, arXiv:2006.04647, and Abdelfattah et
    al., ICLR 2021, arXiv:2101.08134.

    Args:
        score: the name of the score; docs/proxies.md says which benchmark has which.
    """

    def __init__(self, score: str = "params") -> None:
        self.score = score


class ProxyParams(ByScore):
    """Queries the architectures with the most parameters first.

    What a score has to beat: counting parameters costs nothing.

    Source: as a baseline of zero-cost scores, White et al., "A deeper look at zero-cost proxies for
    lightweight NAS", ICLR blog track 2022.
    """

    paper = None
    score = "params"


class ProxyFlops(ByScore):
    """Queries the architectures with the most multiply-adds first.

    Source: as `proxy-params`.
    """

    paper = None
    score = "flops"


class ProxySynflow(ByScore):
    """Queries in the order of synflow: the sum over all weights of weight times gradient.

    The gradient is that of the summed outputs on an input of ones, with absolute weights.

    Source: Tanaka et al., NeurIPS 2020, arXiv:2006.05467; as a score of architectures, Abdelfattah
    et al., ICLR 2021.
    """

    paper = "Abdelfattah et al., ICLR 2021, arXiv:2101.08134"
    score = "synflow"


class ProxyNwot(ByScore):
    """Queries in the order of NASWOT: the log-determinant of the kernel of ReLU patterns.

    Source: Mellor et al., ICML 2021, section 3.
    """

    paper = "Mellor et al., ICML 2021, arXiv:2006.04647"
    score = "nwot"


class ProxyJacov(ByScore):
    """Queries in the order of jacob_cov: how little the Jacobians of images correlate.

    Source: the first version of Mellor et al., arXiv:2006.04647v1; Abdelfattah et al., ICLR 2021.
    """

    paper = "Mellor et al., arXiv:2006.04647v1"
    score = "jacov"


class ProxyZen(ByScore):
    """Queries in the order of Zen-score: how much outputs move with Gaussian inputs.

    Source: Lin et al., ICCV 2021, algorithm 1.
    """

    paper = "Lin et al., ICCV 2021, arXiv:2102.01063"
    score = "zen"


class ProxyZico(ByScore):
    """Queries in the order of ZiCo: means of gradients over their deviations between batches.

    Source: Li et al., ICLR 2023, equation 7.
    """

    paper = "Li et al., ICLR 2023, arXiv:2301.11300"
    score = "zico"


class ProxyGradNorm(ByScore):
    """Queries in the order of grad_norm: the sum of the layers' norms of gradients.

    Source: Abdelfattah et al., ICLR 2021.
    """

    paper = "Abdelfattah et al., ICLR 2021, arXiv:2101.08134"
    score = "grad_norm"


class ProxySnip(ByScore):
    """Queries in the order of snip: the sum of |weight times gradient|.

    Source: Lee et al., ICLR 2019; as a score of architectures, Abdelfattah et al., ICLR 2021.
    """

    paper = "Lee et al., ICLR 2019, arXiv:1810.02340"
    score = "snip"


class ProxyGrasp(ByScore):
    """Queries in the order of grasp: minus the sum of weight times (Hessian times gradient).

    Source: Wang et al., ICLR 2020; as a score of architectures, Abdelfattah et al., ICLR 2021.
    """

    paper = "Wang et al., ICLR 2020, arXiv:2002.07376"
    score = "grasp"


class ProxyFisher(ByScore):
    """Queries in the order of fisher: squared sums of activation times gradient, over channels.

    Source: Theis et al., arXiv:1801.05787; Turner et al., ICLR 2020; as a score of architectures,
    Abdelfattah et al., ICLR 2021.
    """

    paper = "Turner et al., ICLR 2020, arXiv:1906.04113"
    score = "fisher"


class ProxyPlain(ByScore):
    """Queries in the order of plain: the sum of weight times gradient, with its sign.

    Source: the simplest of the scores of Abdelfattah et al., ICLR 2021.
    """

    score = "plain"


class ProxyL2Norm(ByScore):
    """Queries in the order of l2_norm: the sum of the layers' norms of weights.

    Source: Abdelfattah et al., ICLR 2021.
    """

    score = "l2_norm"


class ProxyEpeNas(ByScore):
    """Queries in the order of EPE-NAS: how Jacobians of images correlate within each class.

    Source: Lopes et al., ICANN 2021.
    """

    paper = "Lopes et al., ICANN 2021, arXiv:2102.08099"
    score = "epe_nas"
