"""The runner stores what a method is beside its runs, and changes nothing else by it."""

from pathlib import Path

import pytest

from nasarena.suite import Experiment, run
from nasarena.suite.records.method_description import DESCRIPTION, read_description
from nasarena.suite.records.store import RUNS

SOURCE = '''
class Mine:
    """{summary}"""

    def search(self, problem, rng):
        problem.query(range({queries}))
'''


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(SOURCE.format(summary="First.", queries=8))
    return Experiment(
        methods="mine.py:Mine",
        benchmarks="nasbenchgraph/proteins",
        seeds=2,
        budget=8,
        results=tmp_path / "results",
        workers=1,
    )


def test_a_description_is_beside_the_runs_and_comes_to_older_ones(experiment: Experiment) -> None:
    run(experiment)
    (path,) = experiment.results.rglob(DESCRIPTION)
    said = read_description(path.parent, "Mine", "1")
    assert said is not None
    assert (said.description, said.reference) == ("First.", "mine.py:Mine")
    content, runs = path.read_bytes(), (path.parent / RUNS).read_bytes()

    path.unlink()  # as runs were stored before there were descriptions
    assert run(experiment).done == 0
    assert path.read_bytes() == content
    assert (path.parent / RUNS).read_bytes() == runs


def test_runs_of_other_source_are_not_described_by_it(
    experiment: Experiment, tmp_path: Path
) -> None:
    run(experiment)
    (path,) = experiment.results.rglob(DESCRIPTION)
    other = tmp_path / "other" / "mine.py"
    other.parent.mkdir()
    other.write_text(SOURCE.format(summary="Second.", queries=7))
    with pytest.warns(UserWarning, match="the source of Mine has changed"):
        run(experiment.model_copy(update={"methods": f"{other}:Mine"}))
    assert b"First." in path.read_bytes()
