"""Addresses of schedulers: understood, or refused with what to give."""

import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.runs.experiment import Experiment
from nasarena.suite.workers.scheduler_address import read_address


@pytest.mark.parametrize(
    ("text", "workers"),
    [
        ("local:4", 4),
        ("tcp://node-1.cluster:8786", None),
        ("tls://127.0.0.1:1", None),
        ("tcp://[::1]:8786", None),
    ],
)
def test_what_is_understood(text: str, workers: int | None) -> None:
    assert read_address(text) == (text, workers)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("local:0", "no number of workers from 1 to 9999; give local:4 for four"),
        ("local:", "no number of workers"),
        ("local:-1", "no number of workers"),
        ("local:10000", "no number of workers"),
        ("host:8786", "no address of a Dask scheduler; give tcp://host:8786"),
        ("tcp://host", "no address"),
        ("tcp://host:99999", "no address"),
        ("http://host:8786", "no address"),
        ("", "no address"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(UserError, match=f"scheduler: .*{said}"):
        Experiment(methods="random-search", benchmarks="nasbenchgraph/proteins", scheduler=text)


def test_a_scheduler_has_its_own_workers() -> None:
    pytest.importorskip("distributed", reason="needs nasarena[dask]")
    with pytest.raises(UserError, match="give either a scheduler or a number of workers"):
        Experiment(
            methods="random-search",
            benchmarks="nasbenchgraph/proteins",
            scheduler="local:2",
            workers=2,
        )
