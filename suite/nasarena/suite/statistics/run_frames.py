"""Runs and traces as data frames, for notebooks."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nasarena.suite.arrays import Ids
from nasarena.suite.errors import UserError, nearest
from nasarena.suite.live.benchmark import LiveBenchmark
from nasarena.suite.statistics.incumbents import anytime_regret, final_incumbents, regret_at
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.run_set import RunSet

if TYPE_CHECKING:
    import pandas as pd


def load_runs(results: Path | str | Sequence[Path | str]) -> "pd.DataFrame":
    """The runs of one or more results folders, a row each.

    Columns: `protocol`, `benchmark`, `method`, `method_version`, `seed`, `budget`;
    `samples_to_optimum` (NaN if the run did not find it; in full trainings, where queries ask for
    several lengths), `charged` (queries) and `rounds`;
    `stop_reason`; `answer`, the id of the best validated architecture (-1 without a query), its
    `regret` in points and its `test` accuracy in percent (NaN where there is none), or in the unit
    of the benchmark's objective.

    Raises UserError for folders that hold no results or contradict each other.

    Example:
        >>> runs = load_runs("nasarena-results")
        >>> runs.groupby(["benchmark", "method"])["samples_to_optimum"].median()
    """
    import pandas as pd

    return pd.concat([_runs(runs) for runs in load_run_sets(results)], ignore_index=True)


def _runs(runs: RunSet) -> "pd.DataFrame":
    import pandas as pd

    identity, table = runs.identity, runs.benchmark.table
    measured = runs.benchmark.objective.measured
    samples, answers = runs.samples_to_optimum, final_incumbents(runs)
    answered = answers >= 0
    no_number = np.full(runs.count, np.nan)
    end = np.array([identity.budget])
    return pd.DataFrame(
        {
            "protocol": identity.protocol,
            "benchmark": identity.benchmark,
            "method": identity.method,
            "method_version": identity.method_version,
            "seed": runs.seeds,
            "budget": identity.budget,
            "samples_to_optimum": np.where(np.isfinite(samples), samples, np.nan),
            "charged": runs.charged,
            "rounds": runs.rounds_by(np.full(runs.count, identity.budget)),
            "stop_reason": runs.stop_reasons,
            "answer": answers if runs.live is None else _whole(runs.live, answers),
            "regret": regret_at(runs, end, "best_validation")[:, 0],
            "test": no_number
            if table.test is None
            else np.where(answered, measured(table.test[answers]), np.nan),
        }
    )


def _whole(live: LiveBenchmark, answers: Ids) -> Ids:
    """The ids in the whole space; -1 stays."""
    return np.where(answers >= 0, live.whole_ids(np.maximum(answers, 0)), -1)


def load_trace(
    results: Path | str | Sequence[Path | str],
    method: str,
    benchmark: str,
    seed: int,
    protocol: str | None = None,
) -> "pd.DataFrame":
    """The trace of one run: a row for each charged query, in order; of full trainings alone.

    Columns: `query` (from 1), `round` (from 0), `id` and `key` of the architecture, `label` (what
    the query answered) and `validation` (its mean accuracy), both in percent or in the unit of the
    benchmark's objective as measured, and `regret` (of the best validated so far). `method` is the
    name under which the run was recorded; `protocol` is needed where the results hold the run under
    several.

    Raises UserError when there is no such run.
    """
    import pandas as pd

    found = load_run_sets(results)
    chosen: list[str] = []
    for what, wanted in (("method", method), ("benchmark", benchmark), ("protocol", protocol)):
        known = {getattr(runs.identity, what): None for runs in found}
        if wanted is None and len(known) > 1:
            raise UserError(
                f"the run is there under several protocols; name one: {', '.join(known)}"
            )
        if wanted is not None and wanted not in known:
            of = " and ".join(chosen)
            raise UserError(
                f"the results hold no {what} '{wanted}'{f' of {of}' if of else ''}; "
                f"{nearest(wanted, known)}"
            )
        if wanted is not None:
            chosen.append(wanted)
        found = [runs for runs in found if wanted in (None, getattr(runs.identity, what))]
    (runs,) = found
    places = np.flatnonzero(runs.seeds == seed)
    if not places.size:
        raise UserError(
            f"the results hold no run of {method} on {benchmark} for seed {seed}; there are "
            f"seeds {runs.seeds.min()} to {runs.seeds.max()}"
        )
    place = int(places[0])
    trace = slice(int(runs.starts[place]), int(runs.starts[place + 1]))
    ids = runs.ids[trace]
    queries = np.arange(1, ids.size + 1)
    measured = runs.benchmark.objective.measured
    return pd.DataFrame(
        {
            "query": queries,
            "round": runs.rounds[trace],
            "id": ids if runs.live is None else runs.live.whole_ids(ids),
            "key": [runs.benchmark.space.key(id) for id in ids.tolist()],
            "label": measured(runs.labels[trace]),
            "validation": measured(runs.benchmark.table.mean_validation[ids]),
            "regret": anytime_regret(runs, queries)[place],
        }
    )
