"""How much SemiNAS labels, pseudo-labels and trains. No torch is needed to read it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How long a controller is trained: until the first of these bounds.

    Args:
        epochs: passes over the samples.
        steps: batches; None for no bound.
        patience: epochs without a lower training loss; None for no such bound.
    """

    epochs: int
    steps: int | None = None
    patience: int | None = None


@dataclass(frozen=True)
class Settings:
    """One way to spend a budget.

    Args:
        initial: architectures drawn uniformly and queried before the first training.
        batch: new architectures queried a round.
        pseudo_labelled: unlabelled architectures drawn and pseudo-labelled a round.
        up_sampling: how often each labelled one counts beside the pseudo-labelled.
        seeds: how many of the best, by label or pseudo-label, are moved.
        longest_step: of the moves along the slope, which are 1, 2, ... long.
        first: training on the initial sample.
        labelled: training on the labelled ones, at the start of every later round.
        joint: training on labelled and pseudo-labelled ones, in every round.
    """

    initial: int
    batch: int
    pseudo_labelled: int
    up_sampling: int
    seeds: int
    longest_step: int
    first: Effort
    labelled: Effort
    joint: Effort


RELEASED = Settings(
    initial=1100,
    batch=300,
    pseudo_labelled=10_000,
    up_sampling=10,
    seeds=100,
    longest_step=100,
    first=Effort(epochs=1000),
    labelled=Effort(epochs=1000),
    joint=Effort(epochs=500),
)
"""The released settings for NAS-Bench-101: 2,000 queries in three rounds."""


def for_budget(budget: int) -> Settings:
    """Smaller settings, for searches of a few hundred queries.

    A sixth of the budget, at most 50, is the initial sample. Rounds query 10 up to a budget of
    300 (25 rounds after 50) and 25 beyond (38 rounds at 1,000). Half as many seeds again are
    moved: with the release's 100, enough pseudo-labelled ones decode to themselves to fill a round,
    so none would be moved further than a step or two; with fewer than a round needs, the moves find
    too few new ones.

    Chosen on the seed-mean labels of nasbench201/cifar10 and nasbenchgraph/citeseer at 300
    queries, with no more than six seeds (0 to 5); the settings for 1,000 follow from these.
    """
    batch = max(1, min(10 if budget <= 300 else 25, budget // 6))
    return Settings(
        initial=max(1, min(50, budget // 6)),
        batch=batch,
        pseudo_labelled=500,
        up_sampling=3,
        seeds=max(1, 3 * batch // 2),
        longest_step=100,
        first=Effort(epochs=200, steps=150, patience=30),
        labelled=Effort(epochs=30, steps=30, patience=10),
        joint=Effort(epochs=20, steps=80, patience=5),
    )
