"""The runs of the published folders that several tests read."""

import pytest

from nasarena.suite.statistics.load_run_sets import load_run_sets
from published_records import RESULTS, RunSets


@pytest.fixture(scope="session")
def run_sets() -> RunSets:
    """Of `results/nasbench201`, by method and benchmark."""
    return _by_cell("nasbench201")


@pytest.fixture(scope="session")
def rivals() -> RunSets:
    """Of `results/rivals`, likewise."""
    return _by_cell("rivals")


def _by_cell(folder: str) -> RunSets:
    loaded = load_run_sets([RESULTS / folder])
    return {(runs.identity.method, runs.identity.benchmark): runs for runs in loaded}
