"""The fact card of a benchmark."""

from nasarena.leaderboard.pages.findings import facts_of
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import listed
from nasarena.suite.tables.fetched.catalogue import entry
from nasarena.suite.tables.metric import Column

SHOWN_OPTIMA = 5


def facts_card(benchmark: str, limit: str = "") -> dict[str, str]:
    """What is known of a benchmark's table, by the names of the facts.

    Under a limit, of the architectures that keep to it.
    """
    facts, under = facts_of(benchmark, limit), load_benchmark(benchmark, limit)
    more = facts.optima - SHOWN_OPTIMA
    optima = ", ".join(facts.optimum[:SHOWN_OPTIMA]) + (f" and {more} more" if more > 0 else "")
    objective = facts.objective
    unit = f" {objective.unit}" if objective.unit else ""
    tests = "test accuracies" if objective.is_accuracy else "test values"

    def value(number: float, decimals: int = 2) -> str:
        """Other objectives than accuracy may be small: they have four significant digits."""
        return f"{number:.{decimals}f}{unit}" if objective.is_accuracy else f"{number:.4g}{unit}"

    card = {
        "search space": facts.space,
        "architectures": f"{facts.architectures:,}",
        **({"limit": under.limit_sentence} if limit else {}),
        "isomorphism classes": f"{facts.classes:,}",
        "optimum" if facts.optima == 1 else f"optima ({facts.optima} tied)": optima,
        f"best {objective.validation}": f"{value(facts.best_validation, 3)}"
        + (", mean of its training runs" if facts.training_runs > 1 else ""),
        "average within the limit"
        if limit
        else "average of all architectures": f"{value(facts.mean_validation)}"
        + (" validation" if objective.is_accuracy or facts.mean_test is not None else "")
        + ("" if facts.mean_test is None else f", {value(facts.mean_test)} test"),
        tests: ("none in this source" if objective.is_accuracy else "none besides the labels")
        if facts.best_test is None or facts.test_at_optimum is None
        else f"{value(facts.test_at_optimum)} at the optimum, {value(facts.best_test)} at best",
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
            **{f"fetched: {name}": _fetched(name, facts.fetched[name]) for name in facts.fetched},
            "licence": facts.licence,
            "citation": facts.citation,
        }
    )


def _fetched(name: str, columns: list[Column]) -> str:
    """The metrics of one entry of the catalogue, on how many architectures, and their origin."""
    source = entry(name)
    names = listed(column.metric.name for column in columns)
    fewest, most = (which(column.measured for column in columns) for which in (min, max))
    counts = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
    return (
        f"{names}, of {counts} architectures; {source.licence}; {source.citation}; sha256 "
        f"{columns[0].sha256}"
    )


def _runs(fewest: int, most: int) -> str:
    if most == 1:
        return "one value per architecture"
    return f"{most if fewest == most else f'{fewest} to {most}'} per architecture"
