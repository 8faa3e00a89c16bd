"""The published run records, for the tests that compare them with what the pages say."""

from pathlib import Path

import pandas as pd

from nasarena.suite.statistics.run_set import RunSet

RESULTS = Path(__file__).parents[2] / "results"
RESULTS_PAGE = RESULTS.parent / "docs" / "results.md"
DATASETS = ("cifar10", "cifar100", "imagenet16-120")
"""Of NAS-Bench-201."""
BENCHMARKS = (
    "nasbench201/cifar100",
    "nasbenchgraph/arxiv",
    "nasbench201/cifar10",
    "nasbench201/imagenet16-120",
    "nasbenchgraph/citeseer",
    "nasbench101-5/rotated-mnist",
)
"""That the rivals are run on."""
RunSets = dict[tuple[str, str], RunSet]
"""The runs of a folder, by method and benchmark."""


def cpu_seconds(method: str, benchmark: str) -> "pd.Series[float]":
    """What each of a rival's runs on a benchmark took."""
    cell = RESULTS / "rivals" / "weaknas-paper[budget=300]" / benchmark / method
    seconds: pd.Series[float] = pd.read_parquet(cell / "executions.parquet")["cpu_seconds"]
    return seconds
