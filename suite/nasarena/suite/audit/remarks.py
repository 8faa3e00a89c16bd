"""What is no fault of a cell, and yet what a person should know before believing it."""

import json
from collections import Counter
from collections.abc import Iterator, Set

import numpy as np
import pyarrow as pa
from scipy import stats

from nasarena.suite.checks.verdicts import JUDGED, VERDICT
from nasarena.suite.records.method_description import DESCRIPTION
from nasarena.suite.records.replaced import SUFFIX
from nasarena.suite.records.run_record import is_by_module
from nasarena.suite.records.store import EXECUTIONS, RUNS
from nasarena.suite.statistics.run_set import RunSet

EARLY = (1, 10)
"""Numbers of first queries among which the optimum is looked for."""

LUCK = 1e-6
"""Probability below which something is not put down to luck."""


def remarks(runs: RunSet, executions: pa.Table, files: Set[str]) -> Iterator[str]:
    """Sentences about a cell: its runs, their executions, and the names of the files beside."""
    yield from _luck(runs)
    yield from _alike(runs)
    yield from _seeds(runs)
    yield from _executions(runs, executions)
    failed = runs.stop_reasons.count("failed")
    if failed:
        yield f"{failed} of {runs.count} runs failed"
    known = {*JUDGED, VERDICT, DESCRIPTION, RUNS + SUFFIX, EXECUTIONS + SUFFIX}
    if others := sorted(name for name in files - known if not name.startswith(".")):
        yield f"its folder holds {len(others)} other files ({ascii(others[0])[:60]}, for example)"


def _luck(runs: RunSet) -> Iterator[str]:
    """The optimum earlier, and in more runs, than uniform draws without knowledge find it."""
    table = runs.benchmark.table
    if not table.optimum_known:
        return
    hits = table.optimum.size
    if runs.identity.duplicates == "by_isomorphism":
        space = runs.benchmark.space
        classes = space.classes(np.arange(table.size))
        hits = int(np.isin(classes, space.classes(table.optimum)).sum())
    for first in EARLY:
        early = int((runs.samples_to_optimum <= first).sum())
        by_luck = 1 - (1 - hits / table.size) ** first
        p = float(stats.binom.sf(early - 1, runs.count, by_luck))
        if p < LUCK:
            where = "the first query" if first == 1 else f"among the first {first} queries"
            yield (
                f"the optimum was {where} in {early} of {runs.count} runs; draws without "
                f"knowledge reach that with p = {p:.1g}"
            )
            return


def _alike(runs: RunSet) -> Iterator[str]:
    """Traces that are those of another seed."""
    traces = Counter(
        ids.tobytes()
        for (_, ids), reason in zip(runs.traces(), runs.stop_reasons, strict=True)
        if reason != "failed"
    )
    repeated = sum(count for count in traces.values() if count > 1)
    if repeated:
        yield f"{repeated} of {runs.count} runs have the trace of another seed"


def _seeds(runs: RunSet) -> Iterator[str]:
    first, last = int(runs.seeds.min()), int(runs.seeds.max())
    if last - first + 1 != runs.count:
        yield (
            f"its {runs.count} seeds are not contiguous ({first} to {last}): some may have been "
            "chosen"
        )


def _executions(runs: RunSet, executions: pa.Table) -> Iterator[str]:
    """What the circumstances of runs, which no result depends on, say of them."""
    seeds, executed = set(runs.seeds.tolist()), set(executions["seed"].to_pylist())
    if missing := seeds - executed:
        yield f"{len(missing)} of {runs.count} runs have no execution beside them"
    if executed - seeds:
        yield f"{len(executed - seeds)} executions are of seeds without a run"
    if not executed:
        return
    rows = executions.to_pandas(use_threads=False)
    charged = dict(zip(runs.seeds.tolist(), runs.charged.tolist(), strict=True))
    idle = sum(
        seconds == 0 and charged.get(seed, 0) > 0
        for seed, seconds in zip(rows["seed"], rows["cpu_seconds"], strict=True)
    )
    if idle:
        yield f"{idle} of {runs.count} runs took no CPU time"
    elif len(rows) > 2 and rows["cpu_seconds"].nunique() == 1:
        yield "all runs took the same CPU time"
    if len(runs.sources) > 1:
        yield f"its runs were made with {len(runs.sources)} different sources under one version"
    if any(is_by_module(digest) for digest in rows["source_digest"].unique()):
        yield "its source is not known: digests are those of whole modules, as they were before"
    if not all(_is_environment(text) for text in rows["environment"].unique()):
        yield "the environment of some runs is not what nasarena records"


def _is_environment(text: str) -> bool:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and isinstance(said.get("packages"), dict) and "cpu" in said
