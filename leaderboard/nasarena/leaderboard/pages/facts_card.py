"""The fact card of a benchmark."""

from nasarena.leaderboard.pages.findings import facts_of
from nasarena.suite.benchmarks.registry import load_benchmark

SHOWN_OPTIMA = 5


def facts_card(benchmark: str) -> dict[str, str]:
    """What is known of a benchmark's table, by the names of the facts."""
    facts = facts_of(benchmark)
    more = facts.optima - SHOWN_OPTIMA
    optima = ", ".join(facts.optimum[:SHOWN_OPTIMA]) + (f" and {more} more" if more > 0 else "")
    objective = facts.objective
    unit = f" {objective.unit}" if objective.unit else ""
    tests = "test accuracies" if objective.is_accuracy else "test values"
    card = {
        "search space": facts.space,
        "architectures": f"{facts.architectures:,}",
        "isomorphism classes": f"{facts.classes:,}",
        "optimum" if facts.optima == 1 else f"optima ({facts.optima} tied)": optima,
        f"best {objective.validation}": f"{facts.best_validation:.3f}{unit}, mean of its training "
        "runs",
        "average architecture": f"{facts.mean_validation:.2f}{unit} validation"
        + ("" if facts.mean_test is None else f", {facts.mean_test:.2f}{unit} test"),
        tests: "none in this source"
        if facts.best_test is None
        else f"{facts.test_at_optimum:.2f}{unit} at the optimum, {facts.best_test:.2f}{unit} at "
        "best",
        "training runs": _runs(facts.fewest_training_runs, facts.training_runs),
        "noise ceiling": "not known: one value per architecture"
        if facts.seed_correlation is None
        else f"{facts.seed_correlation:.3f} rank correlation between two training runs",
    }
    if facts.spearman is not None:
        top = "" if facts.spearman_top is None else f"; {facts.spearman_top:.3f} in the top 1 %"
        card["validation and test"] = f"{facts.spearman:.3f} rank correlation{top}"
    return (
        card
        | load_benchmark(benchmark).further_facts()
        | {
            "training times": "yes" if facts.has_training_seconds else "none in this source",
            "source": load_benchmark(benchmark).file.source,
            "table sha256": facts.table_sha256,
            "source sha256": facts.source_sha256,
            "licence": facts.licence,
            "citation": facts.citation,
        }
    )


def _runs(fewest: int, most: int) -> str:
    if most == 1:
        return "one value per architecture"
    return f"{most if fewest == most else f'{fewest} to {most}'} per architecture"
