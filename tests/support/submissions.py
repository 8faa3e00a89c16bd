"""A method of a stranger, and its runs as they would be submitted."""

import shutil
from pathlib import Path

from nasarena.suite import Experiment, run

PROTEINS = "nasbenchgraph/proteins"

SOURCE = '''
class Submitted:
    """Draws at random, and climbs from there.

    Args:
        explore: How often it draws.
    """

    version = "2"
    paper = "A title, https://example.org/submitted"
    tuned_on = ()

    def __init__(self, explore: float = 0.3):
        self.explore = explore

    def search(self, problem, rng):
        best = int(rng.integers(problem.space.size))
        accuracy = problem.query(best)
        while True:
            draws = rng.random() < self.explore
            one = rng.integers(problem.space.size) if draws else problem.space.mutate(best, rng)
            found = problem.query(int(one))
            if found > accuracy:
                best, accuracy = int(one), found
'''


def make_submission(folder: Path, seeds: int = 4, budget: int = 30) -> Path:
    """Make a folder with `submitted.py` and its runs in `results`; returns the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "submitted.py").write_text(SOURCE, encoding="utf-8")
    run(
        Experiment(
            methods=f"{folder}/submitted.py:Submitted",
            benchmarks=PROTEINS,
            seeds=seeds,
            budget=budget,
            results=folder / "results",
            workers=1,
        )
    )
    return folder / "results"


def copied(results: Path, folder: Path) -> Path:
    """A copy of a submission's folder, to be changed; its results."""
    return Path(shutil.copytree(results.parent, folder)) / results.name
