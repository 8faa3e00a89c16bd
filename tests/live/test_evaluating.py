"""Trainings on other processes, some of which fail."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from failing_training import four_fails
from nasarena.suite.live.cache import Cache
from nasarena.suite.live.evaluating import _places, evaluating_on
from nasarena.suite.live.labels import LiveLabels
from nasarena.suite.spaces.nasbench101 import NASBench101

WORKERS = 2


@pytest.fixture(autouse=True)
def two_processes() -> Iterator[None]:
    with evaluating_on(WORKERS):
        yield
    _places(WORKERS, "").close()
    _places.cache_clear()


def test_a_failed_training_loses_none_that_finished(tmp_path: Path) -> None:
    space, cache = NASBench101(4), Cache(tmp_path / "cache.jsonl")
    labels = LiveLabels(space, four_fails, cache)
    with pytest.raises(RuntimeError, match="no such network"):
        labels[np.array([3, 4, *range(5, 60)])]
    assert cache.get(space.key(3)) is not None
    # What was under way is kept, what waited was not begun.
    assert 1 <= cache.count() < 30
    # And the processes go on to serve.
    assert labels[np.array([3, 60])].tolist() == [50.3, 56.0]
