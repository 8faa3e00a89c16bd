"""Runs as if their budget had been smaller: the same traces, cut."""

from dataclasses import replace

import numpy as np

from suite.statistics.run_set import RunSet


def cut_at(runs: RunSet, budget: int) -> RunSet:
    """A method's runs up to a budget; those of a smaller one as they are.

    How runs ended stays as it was, at their own budget.
    """
    if runs.identity.budget <= budget:
        return runs
    lengths = np.diff(runs.starts)
    kept = np.arange(runs.ids.size) - np.repeat(runs.starts[:-1], lengths) < budget
    by_then = runs.recommended_after <= budget
    return replace(
        runs,
        identity=replace(runs.identity, budget=budget),
        ids=runs.ids[kept],
        rounds=runs.rounds[kept],
        starts=np.concatenate([[0], np.cumsum(np.minimum(lengths, budget))]),
        recommended_run=runs.recommended_run[by_then],
        recommended_after=runs.recommended_after[by_then],
        recommended_ids=runs.recommended_ids[by_then],
    )
