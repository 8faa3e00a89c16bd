"""NAO: what it trains on, what it moves, and that this finds better architectures."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nasarena.baselines.nao import NAO
from nasarena.suite.arrays import Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.targets import rank_gaussian

torch = pytest.importorskip("torch")

from nasarena.baselines.seminas.controller import one_thread  # noqa: E402  # imports torch

SPACE = NASBench201()
LABELS = 70.0 + SPACE.decisions(np.arange(SPACE.size)).sum(axis=1)
LABELS += np.random.default_rng(0).random(SPACE.size) / 100


class Recorded(NAO):
    """Keeps what it moved, from what, and the controller as it was then."""

    def _decoded(
        self, controller: Any, problem: Problem, seeds: Ids, known: Ids, *limits: int
    ) -> Ids:
        self.moved = [*getattr(self, "moved", []), (seeds, known.copy())]
        self.controllers = [*getattr(self, "controllers", []), deepcopy(controller)]
        return super()._decoded(controller, problem, seeds, known, *limits)


def test_it_trains_on_what_was_queried_alone_and_moves_the_best(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trained: list[tuple[NDArray[np.int64], NDArray[np.float64], int | None]] = []

    def note(controller: Any, tokens: Any, labels: Any, effort: Any, rng: Any) -> int:
        trained.append((tokens, labels, effort.steps))
        controller.eval()
        return 0

    monkeypatch.setattr("nasarena.baselines.seminas.controller.train", note)
    problem = Problem(SPACE, LABELS, 48, 1_000)
    method = Recorded(batch=8, steps=3)
    method.search(problem, np.random.default_rng(0))
    trace = problem.trace
    assert [steps for _, _, steps in trained] == [6, 3, 3, 3, 3]
    for turn, (tokens, labels, _) in enumerate(trained):
        known = trace[: 8 * (turn + 1)]
        assert np.array_equal(tokens, SPACE.tokens(known))
        assert np.array_equal(labels, rank_gaussian(LABELS[known]))
        seeds, before = method.moved[turn]
        assert np.array_equal(before, known)
        assert seeds.tolist() == sorted(known, key=lambda id: -LABELS[id])[:12]


def test_each_round_queries_what_is_decoded_on_the_way_up_the_slope() -> None:
    """Steps of 1, 2, ..., 50 along the gradient, until there are enough new ones."""
    problem = Problem(SPACE, LABELS, 100, 1_000)
    method = Recorded(initial=40, batch=20, steps=40)
    method.search(problem, np.random.default_rng(2))
    assert len(method.controllers) == 3
    for place, controller in enumerate(method.controllers):
        known = problem.trace[: 40 + 20 * place]
        best = np.array(sorted(known.tolist(), key=lambda id: -LABELS[id])[:30])
        new: dict[int, int] = {}
        step = 0
        with one_thread(), torch.no_grad():
            encodings = controller.encode(torch.from_numpy(SPACE.tokens(best)))
            with torch.enable_grad():
                leaf = encodings.clone().requires_grad_()
                (slopes,) = torch.autograd.grad(controller.predict(leaf).sum(), leaf)
            while step < 50 and len(new) < 20:
                step += 1
                # As in SemiNAS: a step is for 27 tokens, and encodings have unit length.
                moved = encodings + step * encodings.shape[1] / 27 * slopes
                tokens = controller.decode(torch.nn.functional.normalize(moved, dim=-1))
                found = SPACE.from_tokens(tokens.numpy())
                for id in found[(found >= 0) & ~np.isin(found, known)].tolist():
                    new.setdefault(id, step)
        expected = list(new)[:20]
        assert len(expected) > 5
        queried = problem.trace[known.size : known.size + 20].tolist()
        assert queried[: len(expected)] == expected
        assert problem.diagnostics["longest_step"][place] == step
    assert max(problem.diagnostics["longest_step"]) > 1


def test_what_it_decodes_is_better_and_better() -> None:
    problem = Problem(SPACE, LABELS, 80, 1_000)
    NAO(initial=40, batch=20, steps=40).search(problem, np.random.default_rng(1))
    found = LABELS[problem.trace]
    # Uniform draws have a mean of 82 and a standard deviation of 3.5.
    assert found[-20:].mean() > 82 + 3 * 3.5 / 20**0.5
    assert problem.diagnostics["labelled"] == [40, 60]
    assert sum(problem.diagnostics["filled"]) < sum(problem.diagnostics["new"])


def test_a_space_that_is_used_up_ends_the_search() -> None:
    space = MeasuredCells(SPACE, np.arange(0, SPACE.size, 600))
    problem = Problem(space, LABELS[space.members], space.size + 1, 1_000)
    NAO(steps=1).search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(space.size))


def test_settings_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="steps must be at least 1, not 0"):
        NAO(steps=0)
