"""Methods that leave something behind in their process: what others do must not depend on it."""

import gc
import locale
import os
import random
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace


class Contaminating:
    """Random search, after `contaminate`."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        problem.query(rng.permutation(problem.space.size)[: problem.budget - 1])
        self.contaminate(problem)
        problem.query(rng.permutation(problem.space.size))

    def contaminate(self, problem: Problem) -> None:
        raise NotImplementedError


class ErrorsRaised(Contaminating):
    def contaminate(self, problem: Problem) -> None:
        np.seterr(all="raise")
        np.set_printoptions(precision=1)


class TorchType(Contaminating):
    def contaminate(self, problem: Problem) -> None:
        import torch

        torch.set_default_dtype(torch.float64)
        torch.use_deterministic_algorithms(True)
        torch.set_grad_enabled(False)


class WarningsRaised(Contaminating):
    def contaminate(self, problem: Problem) -> None:
        warnings.simplefilter("error")


class Elsewhere(Contaminating):
    def contaminate(self, problem: Problem) -> None:
        os.chdir(tempfile.gettempdir())
        os.environ["NASARENA_DEVICE"] = "nowhere"


class OtherPlace(Contaminating):
    def contaminate(self, problem: Problem) -> None:
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
        sys.setrecursionlimit(200)
        gc.disable()


class SpaceWritten(Contaminating):
    def contaminate(self, problem: Problem) -> None:
        kept = problem.space.neighbours(0)
        kept[:] = 0
        for array in vars(problem.space).values():
            if isinstance(array, np.ndarray):
                array[:] = 0


class SpacePatched(Contaminating):
    def contaminate(self, problem: Problem) -> None:
        CategoricalSpace.mutate = lambda self, id, rng: id  # type: ignore[method-assign]


class QueryPatched(Contaminating):
    def contaminate(self, problem: Problem) -> None:
        Problem.query = lambda self, ids: np.zeros(np.shape(ids))  # type: ignore[assignment]


class ArgsortPatched(Contaminating):
    def contaminate(self, problem: Problem) -> None:
        np.argsort = lambda values, **options: np.arange(len(values))  # type: ignore[assignment]
        random.random = lambda: 0.5  # type: ignore[method-assign]


class CacheWritten(Contaminating):
    def contaminate(self, problem: Problem) -> None:
        for path in Path(os.environ["NASARENA_CACHE"]).glob("nasbenchgraph-proteins-*"):
            path.write_bytes(path.read_bytes()[:-64] + bytes(64))


CONTAMINATING = (
    ErrorsRaised,
    TorchType,
    WarningsRaised,
    Elsewhere,
    OtherPlace,
    SpaceWritten,
    SpacePatched,
    QueryPatched,
    ArgsortPatched,
    CacheWritten,
)
