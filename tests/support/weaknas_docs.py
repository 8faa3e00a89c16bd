"""docs/weaknas.md, what it is held against, and how its intervals are compared."""

from pathlib import Path

from nasarena.suite.statistics.samples import Estimate

DOCS = Path(__file__).parents[2] / "docs"
RESULTS = DOCS.parent / "results"
PAGE = (DOCS / "weaknas.md").read_text(encoding="utf-8")
RESULTS_PAGE = (DOCS / "results.md").read_text(encoding="utf-8")
README = (RESULTS / "README.md").read_text(encoding="utf-8")
DATA = ("cifar10", "cifar100", "imagenet16-120")
CONSTANTS = "weaknas[label_deviation=12.14164,label_mean=61.29972]"
"""Labels scaled as the release does."""

SCRIPTS = ("runs", "settings", "labels", "rounds", "predictors", "page")
"""Of `docs/simulations/weaknas_*.py` those that make tables and figures."""


def apart(a: Estimate, b: Estimate) -> bool:
    """Whether the first interval lies below the second."""
    assert a.high is not None
    assert b.low is not None
    return a.high < b.low


def clear(a: dict[int, Estimate], b: dict[int, Estimate]) -> list[int]:
    """At which numbers of labels the first interval lies below the second."""
    return [labels for labels in a if labels in b and apart(a[labels], b[labels])]
