"""The rules of a comparison in four lines."""

from dataclasses import dataclass

from nasarena.leaderboard.pages.slugs import slug
from nasarena.leaderboard.texts import span
from nasarena.suite.statistics.comparisons import DEFAULT_PATIENCE, Comparison

LABELS = {
    "mean": "A query answers the mean validation accuracy of an architecture's training runs.",
    "one_run": "A query answers one training run's validation accuracy, drawn per seed and "
    "architecture, the same for every method; regret is judged on the mean of all runs.",
}
DUPLICATES = {
    "by_id": "Every architecture is charged once; asking again is free.",
    "by_isomorphism": "Of architectures that compute the same only the first is charged; its "
    "twins answer the same, free, and any of the optimum's twins finds it.",
}
STOP = {
    "optimum": "A run ends when it queries the optimum, the best mean validation accuracy",
    "budget": "A run goes on to the budget, also after it has queried the optimum (the best mean "
    "validation accuracy)",
}


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
    """The rules in four lines, the budgets being those at which all methods are compared."""
    identities = [
        runs.identity for cells in comparison.run_sets.values() for runs in cells.values()
    ]
    first = identities[0]
    by_default = all(
        identity.patience == DEFAULT_PATIENCE * identity.budget for identity in identities
    )
    patience = f"{DEFAULT_PATIENCE} times the budget" if by_default else f"{first.patience:,}"
    budgets = sorted(set(comparison.budgets.values()))
    which = " (each benchmark says how many)" if len(budgets) > 1 else ""
    return [
        f"At most {span(budgets)} charged queries{which}; a run that ends without the optimum, "
        "however early, counts as not found at the full budget.",
        LABELS.get(first.labels, first.labels),
        DUPLICATES.get(first.duplicates, first.duplicates),
        f"{STOP.get(first.stop, first.stop)}, or after {patience} proposals in a row without a "
        "new charge.",
    ]
