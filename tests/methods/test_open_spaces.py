"""Every kind of method on a space that is too large to list."""

from contextlib import suppress

import numpy as np
import pytest

from brief_seminas import BriefSemiNAS
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.methods import choose_methods
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.runs.checkpoints import Checkpoints
from nasarena.suite.runs.search import search
from nasarena.suite.spaces import OpenSpace

BUDGET = 30


class Blocks(OpenSpace):
    """Five blocks of a kernel, a depth and a switch each, and many more decisions."""

    name = "blocks"
    choices = (("3", "5"), ("1", "2", "3"), ("off", "on")) * 9


SPACE = Blocks()


class Sum:
    """The sum of the decisions, computed when it is asked for."""

    size = SPACE.size

    def item(self, id: int) -> float:
        return float(self[np.array([id])][0])

    def __getitem__(self, ids: Ids) -> Accuracies:
        sums: Accuracies = SPACE.decisions(ids).sum(axis=1).astype(np.float64)
        return sums


def run(name: str, seed: int) -> Problem:
    (method,) = choose_methods([BriefSemiNAS if name == "brief-seminas" else name])
    problem = Problem(SPACE, Sum(), BUDGET, 1000)
    with suppress(SearchEnded):
        method.build().search(problem, np.random.default_rng(seed))
    return problem


@pytest.fixture(autouse=True)
def small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasarena.suite.spaces.open_space.POOL", 400)


METHODS = (
    "nas-bowl",
    "npenas-np[steps=20]",
    "bananas[ensemble=2,epochs=20]",
    "bananas[pool=all,ensemble=2,epochs=20]",
    "random-search",
    "local-search",
    "regularized-evolution[population=10,tournament=5]",
    "weaknas-lite",
    "weaknas-gp",
    "path-gp",
    "path-net-gp",
    "gp-onehot",
    "gp-onehot[pool=mutants]",
    "dngo[initial=10,epochs=5]",
    "dngo[initial=10,epochs=5,pool=space]",
    "acenas[pretraining=1,sample=40,epochs=2]",
    "fbnetv3-predictor[pretraining=1,sample=40]",
    "flan[epochs=1]",
    "arch2vec-bo[initial=10,batch=10,epochs=2,pretraining=1,sample=64]",
    "arch2vec-rl[pretraining=1,sample=64]",
    "bonas[initial=10,epochs=4]",
    "bonas[initial=10,epochs=4,pool=space]",
    "gbdt-nas[rounds=3]",
    "brp-nas[epochs=2,hidden=8]",
    "predictor-gcn[epochs=1]",
    "brief-seminas",
    "additive",
    "agnn",
    "ddp-nas",
    "fp-nas",
    "lanas[fit=ridge]",
    "lissnas",
    "mcts",
    "parsec",
    "reinforce",
)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_searches_an_open_space(name: str) -> None:
    problem = run(name, 0)
    assert problem.trace.size == np.unique(problem.trace).size == BUDGET
    assert (problem.trace >= 0).all()
    assert (problem.trace < SPACE.size).all()


class Huge(OpenSpace):
    """More architectures than any memory has places."""

    name = "huge"
    choices = (("0", "1"),) * 62


class Lister:
    """Lists the space with Python's own range, which nothing can refuse."""

    version = "1"

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        for architecture in list(range(problem.space.size)):
            problem.query(architecture)


class Arranger(Lister):
    """Lists the space as many methods do."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        problem.query(np.arange(problem.space.size))


@pytest.mark.parametrize("method", [Lister, Arranger])
def test_a_method_that_lists_it_fails_with_a_sentence(method: type[Lister]) -> None:
    (choice,) = choose_methods([method])
    problem = Problem(Huge(), Sum(), BUDGET, 1000)
    searched = search(choice, "blocks", 0, lambda: problem, Checkpoints(None))
    assert searched.error is not None
    sentence = searched.error.partition("\n")[0]
    assert "an open space cannot be listed (4,611,686,018,427,387,904 architectures" in sentence


def test_a_model_finds_better_ones_as_it_goes() -> None:
    for name in ("weaknas-lite", "path-gp", "path-net-gp"):
        found = Sum()[run(name, 0).trace]
        assert found[-10:].mean() > found[:10].max()


def test_the_same_seed_gives_the_same_trace() -> None:
    for name in ("path-gp", "weaknas-lite"):
        assert run(name, 3).trace.tolist() == run(name, 3).trace.tolist()
        assert run(name, 3).trace.tolist() != run(name, 4).trace.tolist()
