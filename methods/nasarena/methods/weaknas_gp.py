"""WeakNAS around the contender's Gaussian process."""

from typing import ClassVar

from nasarena.methods.weaknas import WeakNAS


class WeakNASGP(WeakNAS):
    """WeakNAS's loop with a Gaussian process on decisions and functional paths as the predictor.

    Settings as `weaknas` on NAS-Bench-201; labels are the normal quantiles of ranks.
    """

    version = "1"
    requires: ClassVar[tuple[str, ...]] = ()
    targets = "rank-gaussian"
    tuned_on: ClassVar[tuple[str, ...]] = ("nasbench201/*", "nasbenchgraph/*")
    seconds_per_query: float | None = 5e-3

    def __init__(self, initial: int = 10, batch: int = 10, top_n: int = 100) -> None:
        super().__init__(initial, batch, top_n, predictor="gp")
