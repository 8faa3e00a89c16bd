"""The rules of a comparison in five lines."""

from dataclasses import dataclass

from nasarena.leaderboard.pages.slugs import slug
from nasarena.leaderboard.texts import span
from nasarena.suite.statistics.comparisons import DEFAULT_PATIENCE, Comparison
from nasarena.suite.tables.objective import ACCURACY

LABELS = {
    "mean": "A query returns the validation accuracy of an architecture, averaged over its "
    "training runs.",
    "one_run": "A query returns the validation accuracy of one training run, drawn for each seed "
    "and architecture and the same for every method. Regret uses the average over all training "
    "runs.",
}
DUPLICATES = {
    "by_id": "Every architecture is charged once; querying it again is free.",
    "by_isomorphism": "Of isomorphic architectures (twins), only the first queried is charged; the "
    "others return the same accuracy, free of charge. Querying a twin of the optimum finds it.",
}
ONCE_PER_LENGTH = (
    "Every length of training of an architecture is charged once; asking for it again is free."
)
STOP = {
    "optimum": "A run ends when it queries the optimum (the best mean validation accuracy)",
    "budget": "A run ends when its budget is used up, even if it has queried the optimum (the best "
    "mean validation accuracy)",
}

SEVERAL_LENGTHS = (
    "A query may ask for a shorter training, which costs its part of a full one; where a longer "
    "training goes on from a shorter one, only the rest is paid. Samples are full trainings spent, "
    "also by methods that ask for full ones only. Only a full training finds the optimum or is the "
    "best so far."
)


@dataclass(frozen=True)
class Rules:
    """The rules of a comparison, as the page of rules shows them."""

    anchor: str
    name: str
    lines: list[str]

    @classmethod
    def of(cls, comparison: Comparison) -> "Rules":
        """The rules under which a comparison's runs were made."""
        return cls(slug(comparison.name), comparison.name, rules(comparison))


def rules(comparison: Comparison) -> list[str]:
    """The rules in five lines, the budgets being those at which all methods are compared."""
    identities = [
        runs.identity for cells in comparison.run_sets.values() for runs in cells.values()
    ]
    first = identities[0]
    by_default = all(
        identity.patience == DEFAULT_PATIENCE * identity.budget for identity in identities
    )
    all_patience = sorted({identity.patience for identity in identities})
    patience = f"{span(all_patience)} repeated queries in a row"
    if by_default:
        patience += f" ({DEFAULT_PATIENCE} x budget)"
    budgets = sorted(set(comparison.budgets.values()))
    which = " (each benchmark's page says how many)" if len(budgets) > 1 else ""
    several = first.fidelities == "multi"
    one, many = (
        ("full training is", "full trainings are")
        if several
        else ("charged query is", "charged queries are")
    )
    counted = one if budgets == [1] else many
    lines = [
        f"At most {span(budgets)} {counted} counted{which}; a run that ends without the "
        "optimum, however early, counts as not found at the full budget.",
        LABELS.get(first.labels, first.labels),
        ONCE_PER_LENGTH
        if several and first.duplicates == "by_id"
        else DUPLICATES.get(first.duplicates, first.duplicates),
        f"{STOP.get(first.stop, first.stop)}, or after {patience}.",
    ]
    if several:
        lines.insert(1, SEVERAL_LENGTHS)
    lines.append(
        "ERT (expected samples with restarts) counts an early end at the full budget too; COCO "
        "counts only the evaluations that were made. In rounds, each query that was not made "
        "counts as one."
    )
    if first.limit:
        lines.append(limit_line(comparison))
    objectives = {
        runs.benchmark.objective
        for cells in comparison.run_sets.values()
        for runs in cells.values()
    }
    if objectives == {ACCURACY}:
        return lines
    if len(objectives) == 1:
        (objective,) = objectives
        best = "lowest" if objective.direction == "min" else "highest"
        return [
            line.replace("best mean validation accuracy", f"{best} mean {objective.name}")
            .replace("validation accuracy", objective.name)
            .replace("same accuracy", "same value")
            for line in lines
        ]
    return [
        *lines,
        "Where a benchmark's page names another objective, its values take the place of validation "
        "accuracies. Regrets in different units are never averaged.",
    ]


def limit_line(comparison: Comparison) -> str:
    """The limit under which a comparison's runs were made, in words."""
    benchmarks = [next(iter(cells.values())).benchmark for cells in comparison.run_sets.values()]
    return (
        f"Only architectures with {benchmarks[0].limit_text} can be the answer: the optimum is the "
        "best of them, and regret the distance to it. The others are charged too, and a query of "
        "one returns 0 % (of another objective, the worst value of the table)."
    )
