"""Whether run records keep to their protocol on their table: what a run states is derived again.

A run is checked before it is stored, and stored runs whenever they are read.
"""

from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import ValidationError

from nasarena.suite.arrays import Ids
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.benchmarks.imported import imported
from nasarena.suite.errors import UserError, one_line
from nasarena.suite.names import Spec, first_error
from nasarena.suite.protocol import OVERRIDABLE, Protocol, load_protocol, protocol_names
from nasarena.suite.records.run_record import RUNS_SCHEMA, CellIdentity, RunRecord
from nasarena.suite.records.soundness import (
    COST_TIE,
    LONGEST,
    Complaint,
    Lists,
    Reasons,
    check_repeats,
    lists_of,
    spent,
    unsound,
)
from nasarena.suite.records.store import RUNS, invalid

MOST_SEED = 10**9 - 1
"""Seeds have at most nine digits, however they are given."""


def check_record(record: RunRecord, identity: CellIdentity, benchmark: Benchmark) -> str | None:
    """What is wrong with one run, before it is stored; None when nothing is."""
    row = vars(identity) | vars(record)  # not asdict: it copies every number
    row["diagnostics"] = list(record.diagnostics.items())
    try:
        runs = pa.Table.from_pylist([row], schema=RUNS_SCHEMA)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        return f"it cannot be stored: {one_line(str(error))}"
    names = [*record.diagnostics, record.stop_reason]
    if any(len(name) > LONGEST["diagnostics"] for name in names):
        return f"the name of a diagnostic has more than {LONGEST['diagnostics']} letters"
    complaints = unsound(runs) or broken_rules(runs, identity, benchmark)
    return complaints[0].reason if complaints else None


def require_valid(
    folder: Path, runs: pa.Table, identity: CellIdentity, benchmark: Benchmark
) -> None:
    """Raises UserError for stored runs that are not what `identity` allows on the benchmark.

    `runs` are what `read_runs` returned: sound by themselves.
    """
    require_same_table(folder, identity, benchmark)
    if complaints := broken_rules(runs, identity, benchmark):
        raise invalid(folder / RUNS, complaints)


def require_same_table(folder: Path, identity: CellIdentity, benchmark: Benchmark) -> None:
    """Raises UserError for runs on another table than the benchmark's."""
    here = benchmark.table.sha256
    if here != identity.table_sha256:
        raise UserError(
            f"the runs in {folder} are of another table of {identity.benchmark} (sha256 "
            f"{one_line(identity.table_sha256[:12])}...) than the one here ({here[:12]}...); "
            f"{_remedy_for_another_table(identity.benchmark)}"
        )


def _remedy_for_another_table(benchmark: str) -> str:
    """What to do about runs on another table of a benchmark than the one that is here."""
    there = imported().get(benchmark)
    if there is None:
        return "install the version of nasarena that made them"
    return (
        f"it was replaced by {there.manifest.source}: import the old file again, with --replace, "
        "or leave that folder out"
    )


def broken_rules(runs: pa.Table, identity: CellIdentity, benchmark: Benchmark) -> list[Complaint]:
    """What runs of a cell contradict: their protocol, the space, the table, their own ending.

    Of each run the first that was found, in the order of the runs; of the whole cell (`seed` is
    None) that alone. The runs are sound by themselves (see `unsound`). Where the optimum is not
    known, no run can have found it.
    """
    if complaint := identity_complaint(identity, benchmark):
        return [Complaint(None, complaint)]
    seeds = runs["seed"].to_numpy()
    reasons = Reasons(seeds)
    reasons.add(seeds > MOST_SEED, f"its seed is more than {MOST_SEED:,}")
    charged, answers = lists_of(runs, "ids"), lists_of(runs, "recommended_ids")
    size = benchmark.table.size
    for lists, what in ((charged, "its trace"), (answers, "its recommendations")):
        if lists.flat.size and (most := int(lists.flat.max())) >= size:
            outside = f"it has architecture {most} in {what}, and {identity.benchmark} has {size:,}"
            reasons.add_where(lists.run, lists.flat >= size, outside)
    if not reasons.complaints():
        _check_trace(runs, charged, identity, benchmark, reasons)
    return reasons.complaints()


def _check_trace(
    runs: pa.Table,
    charged: Lists,
    identity: CellIdentity,
    benchmark: Benchmark,
    reasons: Reasons,
) -> None:
    """Check what was charged, all of it in the space, and how each run ended."""
    optimum = benchmark.table.optimum
    slots, targets = charged.flat, optimum
    if identity.duplicates == "by_isomorphism":
        space = benchmark.space
        slots = space.classes(charged.flat)
        targets = space.classes(optimum)
        if identity.fidelities == "full":
            twins = Lists(charged.lengths, slots, charged.run)
            check_repeats(twins, reasons, "its trace charges two architectures of one class")
    reached = np.zeros(len(runs), dtype=bool)
    if identity.stop == "optimum":
        ends = np.cumsum(charged.lengths)
        hit = np.isin(slots, targets)
        if identity.fidelities == "multi":
            hit &= lists_of(runs, "fidelity").flat == benchmark.require_fidelities().epochs[-1]
        hits = np.flatnonzero(hit)
        last = hits == ends[charged.run[hits]] - 1
        reached[charged.run[hits[last]]] = True
        reasons.add_where(
            charged.run[hits], ~last, "its trace goes on after the optimum, at which it stops"
        )
    ended = np.array(runs["stop_reason"].to_pylist(), dtype=object)
    reasons.add(
        (ended == "optimum") & ~reached,
        "it says that it stopped at the optimum, and its trace does not end there",
    )
    reasons.add(
        reached & (ended != "optimum") & (ended != "failed"),
        "its trace ends at the optimum, and it says that it stopped for another reason",
    )
    if identity.fidelities == "multi":
        _check_costs(runs, charged, slots, ended, identity, benchmark, reasons)
        return
    full = charged.lengths == identity.budget
    reasons.add(
        (ended == "budget") & ~full,
        f"it says that it stopped at the budget ({identity.budget:,}), and charged fewer queries",
    )
    for reason, what in (("returned", "returned early"), ("patience", "ran out of patience")):
        reasons.add((ended == reason) & full, f"it says that it {what}, and used its whole budget")


def _check_costs(
    runs: pa.Table,
    charged: Lists,
    slots: Ids,
    ended: NDArray[np.object_],
    identity: CellIdentity,
    benchmark: Benchmark,
    reasons: Reasons,
) -> None:
    """Derive what each query cost again, from the lengths of training and what was paid before.

    `slots` stand beside the trace: what counts as one architecture.
    """
    known = benchmark.require_fidelities()
    epochs, cost = lists_of(runs, "fidelity"), lists_of(runs, "cost")
    lengths = np.array(known.epochs)
    places = np.minimum(np.searchsorted(lengths, epochs.flat), known.full)
    foreign = lengths[places] != epochs.flat
    if foreign.any():
        several = ", ".join(map(str, known.epochs))
        reasons.add_where(
            charged.run,
            foreign,
            f"it has a training of {epochs.flat[foreign][0]} epochs, and {identity.benchmark} has "
            f"trainings of {several}",
        )
        return
    # Of each run and architecture, the queries in their order.
    order = np.lexsort((np.arange(slots.size), slots, charged.run))
    again = np.zeros(slots.size, dtype=bool)
    again[1:] = (np.diff(slots[order]) == 0) & (np.diff(charged.run[order]) == 0)
    before = np.roll(places[order], 1)
    derived = np.array(known.costs)[places]
    if known.continues:
        shorter = again & (before >= places[order])
        reasons.add_where(
            charged.run[order],
            shorter,
            "its trace charges a training that was part of one before",
        )
        derived[order] -= np.where(again, np.array(known.costs)[before], 0.0)
    if identity.duplicates == "by_isomorphism":
        twins = again & np.append(False, np.diff(charged.flat[order]) != 0)
        reasons.add_where(
            charged.run[order], twins, "its trace charges two architectures of one class"
        )
    reasons.add_where(
        charged.run, derived != cost.flat, "it states a cost that its training has not"
    )
    left = identity.budget - spent(cost)
    reasons.add(
        (ended == "budget") & (left >= 1 - COST_TIE),
        f"it says that it stopped at the budget ({identity.budget:,} full trainings), and a full "
        "training was left",
    )
    for reason, what in (("returned", "returned early"), ("patience", "ran out of patience")):
        reasons.add(
            (ended == reason) & (left < known.smallest - COST_TIE),
            f"it says that it {what}, and used its whole budget",
        )


def identity_complaint(identity: CellIdentity, benchmark: Benchmark) -> str | None:
    """What is wrong with what the runs of a cell share; None when nothing is."""
    if identity.stop == "optimum" and identity.labels != "mean":
        return "its runs stop at the optimum on labels of one run, which no protocol allows"
    if identity.fidelities == "multi" and benchmark.fidelities is None:
        return f"its queries have several lengths of training, and {identity.benchmark} has one"
    most = benchmark.chargeable(identity.duplicates)
    if identity.budget > most:
        return (
            f"its budget is {identity.budget:,}, and {identity.benchmark} has {most:,} "
            "architectures to charge"
        )
    try:
        return _protocol_complaint(identity, most)
    except UserError as error:
        return f"its protocol '{one_line(identity.protocol, 60)}' cannot be one: {error}"


def _protocol_complaint(identity: CellIdentity, most: int) -> str | None:
    """How the rules differ from what the protocol's name says. Raises UserError for no name."""
    name = one_line(identity.protocol, 60)
    spec = Spec.parse(identity.protocol)
    shipped = spec.name in _shipped_names()
    protocol = _shipped(identity.protocol) if shipped else _own(identity, spec)
    if shipped and protocol.version != identity.protocol_version:
        return (
            f"its runs are of version {identity.protocol_version} of protocol {spec.name}, and "
            f"this nasarena has version {protocol.version}"
        )
    if (protocol.name if shipped else str(spec)) != identity.protocol:
        return f"its protocol is named '{name}', and such rules are '{protocol.name}'"
    for rule in OVERRIDABLE if shipped else spec.parameters:
        stated = getattr(protocol, rule)
        if rule == "budget":
            stated = min(stated, most)
        elif rule == "patience":
            stated = stated or 20 * min(protocol.budget, most)
        if getattr(identity, rule) != stated:
            return f"its {rule} is {getattr(identity, rule)}, and that of {name} is {stated}"
    return None


@cache
def _shipped_names() -> frozenset[str]:
    return frozenset(protocol_names())


@lru_cache(maxsize=256)
def _shipped(name: str) -> Protocol:
    return load_protocol(name)


def _own(identity: CellIdentity, spec: Spec) -> Protocol:
    """A protocol that nasarena does not ship: only what its name states of it is known."""
    rules = {rule: getattr(identity, rule) for rule in OVERRIDABLE}
    try:
        base = Protocol(name=spec.name, version=identity.protocol_version, **rules)
    except ValidationError as error:
        raise UserError(first_error(error)) from None
    return base.override(spec.parameters)
