"""Whether one method is better than another across benchmarks, in a paired bootstrap over seeds."""

from dataclasses import dataclass

import numpy as np

from nasarena.suite.statistics.blocks import hard_benchmarks, space_weights
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.intervals import RESAMPLES, rounded
from nasarena.suite.statistics.paired_runs import paired_runs
from nasarena.suite.statistics.resampling import drawn_counts
from nasarena.suite.statistics.samples import Estimate


@dataclass(frozen=True)
class PairedBootstrap:
    """Two methods over the seeds and benchmarks that both have.

    * `log_ratio`: the natural logarithm of `a`'s geometric mean of restricted means over `b`'s,
      averaged within spaces first; below 0, `a` needs fewer samples. Percentile interval over
      resamples of the seeds, which the two share. None without a benchmark or seed in common.
    * `better`: the share of resamples in which `a` needs fewer, ties counting half.
    * `seeds`: in common on each benchmark. `note`: what cannot be said, in a sentence.
    """

    a: str
    b: str
    log_ratio: Estimate | None
    better: float | None
    seeds: dict[str, int]
    note: str


def paired_bootstrap(
    comparison: Comparison, a: str, b: str, leave_out_hard: bool = False
) -> PairedBootstrap:
    """Compare methods `a` and `b` across the benchmarks on which both have a seed in common.

    With `leave_out_hard`, without those where even the best method of the comparison finds the
    optimum in less than a fifth of its runs. Both are cut at the smaller of their budgets.
    """
    hard = hard_benchmarks(comparison) if leave_out_hard else []
    pairs = {}
    failed = [method for method in (a, b) if method in comparison.failed_methods]
    for name, cells in comparison.run_sets.items():
        if not failed and name not in hard and a in cells and b in cells:
            two = [cells[a], cells[b]]
            runs = paired_runs(two, min(runs.identity.budget for runs in two))
            common = runs.have.all(axis=0)
            if common.any():
                pairs[name] = runs.samples[:, common]
    seeds = {name: samples.shape[1] for name, samples in pairs.items()}
    if not pairs:
        return PairedBootstrap(a, b, None, None, seeds, _why_nothing(failed))

    observed, drawn = 0.0, np.zeros(RESAMPLES)
    weights = space_weights([comparison.spaces[name] for name in pairs])
    for weight, (name, samples) in zip(weights, pairs.items(), strict=True):
        have = np.ones(samples.shape, dtype=bool)
        counts = drawn_counts(have, name)
        sums = np.concatenate([chunk @ samples.T for chunk in counts])
        drawn += weight * np.log(sums[:, 0] / sums[:, 1])
        total = samples.sum(axis=1)
        observed += weight * np.log(total[0] / total[1])
    single = max(seeds.values()) == 1
    low, high = np.quantile(drawn, [0.025, 0.975])
    tie = np.abs(drawn) < 1e-12
    better = float(((drawn < 0) & ~tie).mean() + tie.mean() / 2)
    return PairedBootstrap(
        a=a,
        b=b,
        log_ratio=Estimate(
            float(observed), *((None, None) if single else (float(low), float(high)))
        ).rounded(),
        better=None if single else rounded(better),
        seeds=seeds,
        note="One seed in common has no interval." if single else "",
    )


def _why_nothing(failed: list[str]) -> str:
    if failed:
        return f"Runs of {' and '.join(failed)} failed: nothing is claimed of it."
    return "The two have no benchmark with a seed in common: nothing can be said."
