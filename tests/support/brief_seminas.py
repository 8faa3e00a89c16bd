"""SemiNAS, trained for moments: for what holds however long it is trained."""

from nasarena.baselines.seminas.search import SemiNAS
from nasarena.baselines.seminas.settings import Effort, Settings


class BriefSemiNAS(SemiNAS):
    """SemiNAS, trained for moments."""

    def settings(self, budget: int) -> Settings:
        return Settings(
            initial=budget // 3,
            batch=budget // 3,
            pseudo_labelled=budget,
            up_sampling=2,
            seeds=20,
            longest_step=20,
            first=Effort(epochs=40),
            labelled=Effort(epochs=4),
            joint=Effort(epochs=8),
        )
