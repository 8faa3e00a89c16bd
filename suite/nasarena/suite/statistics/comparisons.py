"""Comparisons: sets of runs under the same rules, whatever their budgets."""

from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import cached_property

from nasarena.suite.names import Spec
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.statistics.run_set import RunSet

DEFAULT_PATIENCE = 20
"""Times the budget, where a protocol states no patience of its own."""

Rules = tuple[str, int, str, str, str, str, str]
"""Name without the budget, version, labels, duplicates, stop."""


@dataclass(frozen=True)
class Comparison:
    """Everything that was run under one set of rules.

    `name` is the protocol's without its budget: `weaknas-paper` and `weaknas-paper[budget=300]`
    are one comparison. `run_sets` are by benchmark, then method, both sorted; of a method's runs
    with several budgets those with the largest. The others are `left_out`.
    """

    name: str
    run_sets: dict[str, dict[str, RunSet]]
    left_out: tuple[RunSet, ...] = ()

    @property
    def benchmarks(self) -> list[str]:
        """The benchmarks' names, sorted."""
        return list(self.run_sets)

    @cached_property
    def methods(self) -> list[str]:
        """The names of all methods, sorted; not every one was run on every benchmark."""
        return sorted({method for cells in self.run_sets.values() for method in cells})

    @cached_property
    def failed_methods(self) -> list[str]:
        """The methods with a failed run on any benchmark."""
        return self._with_a_cell(lambda runs: "failed" in runs.stop_reasons)

    @property
    def unit(self) -> str:
        """What positions, samples and budgets count: rules have one unit on all benchmarks."""
        return next(runs.unit for cells in self.run_sets.values() for runs in cells.values())

    @cached_property
    def rejected_methods(self) -> list[str]:
        """The methods whose runs on any benchmark an audit rejected."""
        return self._with_a_cell(lambda runs: runs.mark == "rejected")

    @cached_property
    def unranked_methods(self) -> list[str]:
        """The methods that are shown but not ranked: with failed or rejected runs."""
        return sorted({*self.failed_methods, *self.rejected_methods})

    @cached_property
    def sound_methods(self) -> list[str]:
        """The methods without a failed or rejected run on any benchmark."""
        return [method for method in self.methods if method not in self.unranked_methods]

    def _with_a_cell(self, holds: Callable[[RunSet], bool]) -> list[str]:
        """The methods whose runs on any benchmark are so, sorted."""
        return sorted(
            {
                method
                for cells in self.run_sets.values()
                for method, runs in cells.items()
                if holds(runs)
            }
        )

    @cached_property
    def budgets(self) -> dict[str, int]:
        """For each benchmark the smallest budget of its sound methods: all are cut there.

        Where no method is sound, the smallest of all.
        """
        budgets = {}
        for benchmark, cells in self.run_sets.items():
            sound = [cells[method] for method in self.sound_methods if method in cells]
            budgets[benchmark] = min(runs.identity.budget for runs in sound or list(cells.values()))
        return budgets

    @cached_property
    def spaces(self) -> dict[str, str]:
        """The search space of each benchmark: what it says, or its name before the slash."""
        searched = {name: next(iter(cells.values())) for name, cells in self.run_sets.items()}
        return {
            name: runs.benchmark.space_name or name.partition("/")[0]
            for name, runs in searched.items()
        }


def comparisons(run_sets: Sequence[RunSet]) -> list[Comparison]:
    """Run sets grouped by the rules they were made under, in order of the comparisons' names.

    Runs whose protocols differ in version, labels, duplicates, stop or patience are in separate
    comparisons, even if they share a name. Comparisons that would have the same name are named
    after their protocols.
    """
    by_rules: dict[Rules, list[RunSet]] = defaultdict(list)
    for runs in run_sets:
        by_rules[_rules(runs.identity)].append(runs)
    by_name: dict[str, list[list[RunSet]]] = defaultdict(list)
    for rules, sets in by_rules.items():
        by_name[rules[0]] += _by_patience(sets)
    found = []
    for name, groups in by_name.items():
        for group in groups:
            protocols = sorted({runs.identity.protocol for runs in group})
            alone = len(groups) == 1
            cells, left_out = _cells(group)
            name_of = name if alone else ", ".join(protocols)
            found.append(Comparison(name_of, cells, left_out))
    return sorted(found, key=lambda comparison: comparison.name)


def _rules(identity: CellIdentity) -> Rules:
    protocol = Spec.parse(identity.protocol)
    parameters = {key: value for key, value in protocol.parameters.items() if key != "budget"}
    return (
        str(Spec(protocol.name, parameters)),
        identity.protocol_version,
        identity.labels,
        identity.duplicates,
        identity.stop,
        identity.fidelities,
        identity.limit,
    )


def _by_patience(run_sets: list[RunSet]) -> list[list[RunSet]]:
    """One group, unless the patience is neither the same nor the same times the budget."""
    identities = [runs.identity for runs in run_sets]
    if len({identity.patience for identity in identities}) == 1:
        return [run_sets]
    groups: dict[int | None, list[RunSet]] = defaultdict(list)
    for runs, identity in zip(run_sets, identities, strict=True):
        default = identity.patience == DEFAULT_PATIENCE * identity.budget
        groups[None if default else identity.patience].append(runs)
    return list(groups.values())


def _cells(
    run_sets: Sequence[RunSet],
) -> tuple[dict[str, dict[str, RunSet]], tuple[RunSet, ...]]:
    """Of each method on each benchmark the runs with the largest budget; and all others."""
    cells: dict[str, dict[str, RunSet]] = defaultdict(dict)
    left_out = []
    for runs in sorted(run_sets, key=lambda runs: (_cell(runs), -runs.identity.budget)):
        benchmark, method = _cell(runs)
        if cells[benchmark].setdefault(method, runs) is not runs:
            left_out.append(runs)
    return dict(cells), tuple(left_out)


def _cell(runs: RunSet) -> tuple[str, str]:
    return runs.identity.benchmark, runs.identity.method


def left_out_notes(comparison: Comparison, methods: Container[str] | None = None) -> list[str]:
    """For each of the methods with runs left out a sentence: how many, where, and why."""
    counts: dict[tuple[str, int], list[RunSet]] = defaultdict(list)
    for runs in comparison.left_out:
        if methods is not None and runs.identity.method not in methods:
            continue
        counts[runs.identity.method, runs.identity.budget].append(runs)
    notes = []
    for (method, budget), sets in counts.items():
        many = sum(runs.count for runs in sets)
        benchmarks = [runs.identity.benchmark for runs in sets]
        where = benchmarks[0] if len(benchmarks) == 1 else f"{len(benchmarks)} benchmarks"
        compared = {comparison.run_sets[name][method].identity.budget for name in benchmarks}
        largest = " or ".join(f"{one:,}" for one in sorted(compared))
        notes.append(
            f"Left out: {many:,} run{'' if many == 1 else 's'} of {method} on {where} with a "
            f"budget of {budget:,}. Its runs with {largest} are compared: of several budgets the "
            "largest, however few runs there are."
        )
    return notes
