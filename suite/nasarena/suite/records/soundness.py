"""What run records must be whatever was searched: checked by themselves, without a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nasarena.suite.records.run_record import (
    FIDELITIES,
    LABELS,
    NOTES,
    RULES,
    RUNS_SCHEMA,
    STOP_REASONS,
)

LONGEST_NAME = 200
"""Letters of a name: of a method, a benchmark, a protocol, a diagnostic."""

LONGEST = {
    **dict.fromkeys(("method", "method_version", "benchmark", "protocol", "limit"), LONGEST_NAME),
    **dict.fromkeys(
        ("table_sha256", "labels", "duplicates", "stop", "stop_reason", "fidelities"), 64
    ),
    "error": 20_000,
    "diagnostics": LONGEST_NAME,
}
"""Letters of texts in run records, by column; of diagnostics, of their names."""

LONGEST_OF_EXECUTIONS = {"source_digest": LONGEST_NAME, "environment": 20_000}

MOST_BUDGET = 2**31 - 1
"""Places in a trace are recorded in 32 bits."""

MOST_NUMBERS = 1_000_000
"""Recommendations of a run, and numbers in its diagnostics."""


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a run, or with all runs of a cell (`seed` is None)."""

    seed: int | None
    reason: str

    def __str__(self) -> str:
        return self.reason if self.seed is None else f"seed {self.seed}: {self.reason}"


class Reasons:
    """What is wrong with each of so many runs: the first that was found."""

    def __init__(self, seeds: NDArray[np.int64]) -> None:
        self._seeds = seeds
        self._first: dict[int, str] = {}

    def add(self, wrong: NDArray[np.bool_], reason: str) -> None:
        """Say of the runs that are `wrong`, shape (runs,), what it is."""
        for place in np.flatnonzero(wrong).tolist():
            self._first.setdefault(place, reason)

    def add_where(
        self, run: NDArray[np.signedinteger], wrong: NDArray[np.bool_], reason: str
    ) -> None:
        """The same of the runs with a wrong element; `run` is the place of each element's run."""
        if not wrong.any():
            return
        places = np.zeros(self._seeds.size, dtype=bool)
        places[run[wrong]] = True
        self.add(places, reason)

    def complaints(self) -> list[Complaint]:
        """What was found, in the order of the runs."""
        return [
            Complaint(int(self._seeds[place]), self._first[place]) for place in sorted(self._first)
        ]


@dataclass(frozen=True)
class Lists:
    """Lists of runs, end to end in `flat`; `run` is the place of each element's run.

    Places have 32 bits: there are many of them.
    """

    lengths: NDArray[np.int64]
    flat: NDArray[Any]
    run: NDArray[np.int32]

    @property
    def first(self) -> NDArray[np.int64]:
        """The place in `flat` of the first element of each list that is not empty."""
        starts: NDArray[np.int64] = (np.cumsum(self.lengths) - self.lengths)[self.lengths > 0]
        return starts


def lists_of(runs: pa.Table, name: str) -> Lists:
    """A column of lists without nulls in them; a list that is missing is empty."""
    lists = runs[name].combine_chunks()
    lengths = lists.value_lengths()
    if lists.null_count:
        lengths = pc.fill_null(lengths, 0)
    lengths = lengths.to_numpy().astype(np.int64)
    run = np.repeat(np.arange(lengths.size, dtype=np.int32), lengths)
    return Lists(lengths, lists.flatten().to_numpy(), run)


def several(complaints: list[Complaint]) -> str:
    """The first complaint, and how many more runs there are some about."""
    more = len(complaints) - 1
    if not more:
        return str(complaints[0])
    return f"{complaints[0]} (and {more:,} more {'run' if more == 1 else 'runs'} with a fault)"


def unsound(runs: pa.Table) -> list[Complaint]:
    """What is wrong with run records by themselves; of each run the first that was found."""
    if any(runs[field.name].null_count for field in RUNS_SCHEMA if not field.nullable):
        return [Complaint(None, "a value is missing")]
    if complaint := _value_complaint(runs) or _number_complaint(runs):
        return [Complaint(None, complaint)]
    reasons = Reasons(runs["seed"].to_numpy())
    ids = lists_of(runs, "ids")
    _check_lists(runs, ids, reasons)
    _check_costs(runs, ids, reasons)
    _check_endings(runs, reasons)
    _check_diagnostics(runs["diagnostics"].combine_chunks(), runs, reasons)
    return reasons.complaints()


def _value_complaint(runs: pa.Table) -> str | None:
    for name, known in (
        *RULES.items(),
        ("stop_reason", STOP_REASONS),
        ("fidelities", FIDELITIES),
    ):
        if not set(runs[name].unique().to_pylist()) <= set(known):
            return f"a {name.replace('_', ' ')} is not one of {', '.join(known)}"
    for name, least in (("budget", 1), ("patience", 1), ("protocol_version", 1), ("seed", 0)):
        if runs.num_rows and pc.min(runs[name]).as_py() < least:
            return f"a {name.replace('_', ' ')} is less than {least}"
    if runs.num_rows and pc.max(runs["budget"]).as_py() > MOST_BUDGET:
        return f"a budget is more than {MOST_BUDGET:,}"
    if pc.count_distinct(runs["seed"]).as_py() != runs.num_rows:
        return "a seed occurs twice"
    return None


def _number_complaint(runs: pa.Table) -> str | None:
    costs = ("fidelity", "cost") if _states_costs(runs) else ()
    for name in ("ids", "rounds", "recommended_ids", "recommended_after", *costs):
        numbers = runs[name].combine_chunks().flatten()
        if numbers.null_count or (len(numbers) and pc.min(numbers).as_py() < 0):
            return f"a number in {name} is negative or missing"
    return None


def _check_lists(runs: pa.Table, ids: Lists, reasons: Reasons) -> None:
    rounds = lists_of(runs, "rounds")
    answers, after = lists_of(runs, "recommended_ids"), lists_of(runs, "recommended_after")
    reasons.add(ids.lengths != rounds.lengths, "ids and rounds differ in length")
    reasons.add(
        answers.lengths != after.lengths, "recommended_ids and recommended_after differ in length"
    )
    reasons.add(after.lengths > MOST_NUMBERS, f"it has more than {MOST_NUMBERS:,} recommendations")
    reasons.add_where(
        after.run,
        after.flat > ids.lengths[after.run],
        "a recommendation was made after the last query of its run",
    )
    reasons.add_where(
        after.run[1:],
        (np.diff(after.flat) < 0) & (np.diff(after.run) == 0),
        "its recommendations are not in the order in which they were made",
    )
    steps = np.diff(rounds.flat, prepend=np.int32(0))
    wrong = (steps < 0) | (steps > 1)
    wrong[rounds.first] = rounds.flat[rounds.first] != 0
    reasons.add_where(rounds.run, wrong, "its rounds do not start at 0 and rise by 1")


def _check_costs(runs: pa.Table, ids: Lists, reasons: Reasons) -> None:
    """What was charged fits into the budget, and nothing was charged twice."""
    budgets = runs["budget"].to_numpy()
    too_long = "its trace is longer than its budget"
    if runs["fidelities"].unique().to_pylist() == ["full"] and not _states_costs(runs):
        reasons.add(ids.lengths > budgets, too_long)
        check_repeats(ids, reasons, "its trace charges an architecture twice")
        return
    several = pc.equal(runs["fidelities"], "multi").to_numpy(zero_copy_only=False)
    fidelity, cost = lists_of(runs, "fidelity"), lists_of(runs, "cost")
    for lists, name in ((fidelity, "fidelity"), (cost, "cost")):
        stated = runs[name].is_valid().to_numpy()
        reasons.add(stated & ~several, f"it states a {name}, and its protocol has full ones only")
        reasons.add(~stated & several, f"it states no {name}")
        reasons.add(several & (lists.lengths != ids.lengths), f"ids and {name} differ in length")
    reasons.add(~several & (ids.lengths > budgets), too_long)
    wrong = ~np.isfinite(cost.flat) | (cost.flat <= 0)
    reasons.add_where(cost.run, wrong, "a cost is not a number above 0")
    reasons.add_where(fidelity.run, fidelity.flat < 1, "a fidelity is less than one epoch")
    reasons.add(spent(cost) > budgets + COST_TIE, too_long)
    if not reasons.complaints():
        check_repeats_of_pairs(ids, fidelity, reasons)


def _states_costs(runs: pa.Table) -> bool:
    return any(runs[name].null_count < runs.num_rows for name in ("fidelity", "cost"))


COST_TIE = 1e-9
"""Sums of costs, in full trainings, closer than this are equal."""


def spent(cost: Lists) -> NDArray[np.float64]:
    """What the queries of each run cost together, in full trainings. Shape (runs,)."""
    sums = np.bincount(cost.run, weights=cost.flat, minlength=cost.lengths.size)
    return sums.astype(np.float64)


def check_repeats_of_pairs(ids: Lists, fidelity: Lists, reasons: Reasons) -> None:
    """No architecture is charged twice for the same number of epochs."""
    order = np.lexsort((fidelity.flat, ids.flat, ids.run))
    same = [np.diff(each[order]) == 0 for each in (ids.run, ids.flat, fidelity.flat)]
    repeated = order[1:][np.logical_and.reduce(same)]
    reasons.add_where(
        ids.run[repeated],
        np.ones(repeated.size, dtype=bool),
        "its trace charges an architecture twice for the same number of epochs",
    )


def check_repeats(charged: Lists, reasons: Reasons, reason: str) -> None:
    """Something stands twice in the list of a run."""
    flat = charged.flat
    beyond = int(flat.max(initial=0)) + 1
    if charged.lengths.size * beyond >= 2**64:  # ids of a space that is too large to be listed
        flat = np.unique(flat, return_inverse=True)[1]
        beyond = int(flat.max(initial=0)) + 1
    # np.unique hashes, and these numbers collide: sorting is many times faster. The fewer bits,
    # the faster.
    kind = np.dtype(np.uint32 if charged.lengths.size * beyond < 2**32 else np.uint64)
    pairs: NDArray[np.unsignedinteger] = charged.run.astype(kind)
    pairs *= kind.type(beyond)
    pairs += flat.astype(kind)
    pairs.sort()
    repeated = pairs[1:][pairs[1:] == pairs[:-1]] // kind.type(beyond)
    reasons.add_where(repeated.astype(np.int32), np.ones(repeated.size, dtype=bool), reason)


def _check_endings(runs: pa.Table, reasons: Reasons) -> None:
    failed = pc.equal(runs["stop_reason"], "failed").to_numpy()
    told = runs["error"].is_valid().to_numpy()
    reasons.add(failed & ~told, "it failed, and has no error")
    reasons.add(told & ~failed, "it has an error, and did not fail")


def _check_diagnostics(diagnostics: pa.MapArray, runs: pa.Table, reasons: Reasons) -> None:
    lengths = np.diff(diagnostics.offsets.to_numpy())
    if not lengths.sum():
        return
    run = np.repeat(np.arange(lengths.size), lengths)
    names, lists = diagnostics.keys, diagnostics.items
    sizes = pc.fill_null(lists.value_lengths(), 0).to_numpy().astype(np.int64)
    numbers, number_run = lists.flatten(), np.repeat(run, sizes)
    missing = lists.is_null().to_numpy(zero_copy_only=False)
    reasons.add_where(run, missing, "a list of its diagnostics is missing")
    missing = numbers.is_null().to_numpy(zero_copy_only=False)
    reasons.add_where(number_run, missing, "a number in its diagnostics is missing")
    reasons.add(
        np.bincount(number_run, minlength=len(runs)) > MOST_NUMBERS,
        f"it has more than {MOST_NUMBERS:,} numbers in its diagnostics",
    )
    codes = names.dictionary_encode()
    pairs = np.sort(run * 2**31 + codes.indices.to_numpy())
    twice = pairs[1:][np.diff(pairs) == 0] >> 31
    reasons.add_where(twice, np.ones(twice.size, dtype=bool), "it notes a diagnostic twice")
    if LABELS in codes.dictionary.to_pylist():
        _check_notes(diagnostics.to_pylist(), runs, reasons)


def _check_notes(noted: Iterable[Any], runs: pa.Table, reasons: Reasons) -> None:
    """What the harness notes of predictors: a finite number of each kind for each of them."""
    wrong = np.zeros(len(runs), dtype=bool)
    charged = runs["ids"].combine_chunks().value_lengths().to_pylist()
    for place, pairs in enumerate(noted):
        lists = {name: values or [] for name, values in pairs if name in NOTES}
        if not lists:
            continue
        shown = np.array(lists.get(LABELS, []), dtype=float)
        wrong[place] = (
            any(len(lists.get(name, [])) != shown.size for name in NOTES)
            or not all(
                np.isfinite(np.array(values, dtype=float)).all() for values in lists.values()
            )
            or bool((shown != np.floor(shown)).any())
            or bool((np.diff(shown, prepend=0.0, append=charged[place]) < 0).any())
        )
    reasons.add(wrong, "what it notes of judged predictors does not fit together")


def unsound_executions(executions: pa.Table) -> str | None:
    """What is wrong with executions by themselves; None when nothing is."""
    if any(column.null_count for column in executions.columns):
        return "a value is missing"
    if pc.count_distinct(executions["seed"]).as_py() != executions.num_rows:
        return "a seed occurs twice"
    for name in ("wall_seconds", "cpu_seconds"):
        seconds = executions[name].to_numpy()
        if not np.isfinite(seconds).all() or (seconds < 0).any():
            return f"a number in {name} is not finite or is negative"
    return None
