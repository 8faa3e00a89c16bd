"""BoTorch's Gaussian process, set against the formulas of one."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from nasarena.baselines.botorch_gp import BoTorchGP, _Process
from nasarena.suite.problem import BudgetExhausted, Problem, SearchEnded
from nasarena.suite.spaces.choices import Choices

pytest.importorskip("botorch", reason="needs botorch")

COUNTS = (2, 3, 4)
ROWS = np.stack(np.unravel_index(np.arange(24), COUNTS), axis=1)
SPACE = Choices({f"d{place}": tuple("abcd"[:count]) for place, count in enumerate(COUNTS)}, ROWS)
LABELS = 60 + ROWS @ [3.0, 2.0, 1.0] + np.random.default_rng(1).normal(size=24)


def expected_improvements(
    told: list[int], scale: float, lengths: np.ndarray, noise: float, mean: float
) -> np.ndarray:
    """Of every architecture, in standard deviations of what was told. Shape (24,)."""
    labels = (LABELS[told] - LABELS[told].mean()) / LABELS[told].std(ddof=1)
    kernel = scale * np.exp(-((ROWS[:, None] != ROWS[None]) / lengths).mean(axis=2))
    solved = np.linalg.solve(kernel[np.ix_(told, told)] + noise * np.eye(len(told)), kernel[told])
    means = mean + solved.T @ (labels - mean)
    deviations = np.sqrt(np.maximum(kernel.diagonal() - (solved * kernel[told]).sum(axis=0), 1e-12))
    z = (means - labels.max()) / deviations
    return deviations * (z * norm.cdf(z) + norm.pdf(z))


def test_the_largest_expected_improvement_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    optimiser = BoTorchGP(initial=6).make_optimiser(SPACE, 20, np.random.default_rng(0))
    told: list[int] = []
    models = []
    fitted = _Process._model

    def kept(*given: Any) -> Any:
        models.append(fitted(*given))
        return models[-1]

    monkeypatch.setattr(_Process, "_model", kept)
    for _ in range(18):
        asked = int(SPACE.ids(np.array(optimiser.ask())))
        if len(told) >= 6:
            process = models[-1]
            expected = expected_improvements(
                told,
                process.covar_module.outputscale.item(),
                process.covar_module.base_kernel.lengthscale.detach().numpy().ravel(),
                process.likelihood.noise.item(),
                process.mean_module.constant.item(),
            )
            expected[told] = -np.inf
            assert expected[asked] == pytest.approx(expected.max(), rel=1e-4)
        told.append(asked)
        optimiser.tell(ROWS[asked].tolist(), LABELS[asked])
    assert len(set(told[6:])) == 12


def test_the_kernel_is_fitted_again_as_often_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    import botorch.fit

    fit, sizes = botorch.fit.fit_gpytorch_mll, []

    def counted(likelihood: Any) -> Any:
        sizes.append(len(likelihood.model.train_targets))
        return fit(likelihood)

    monkeypatch.setattr(botorch.fit, "fit_gpytorch_mll", counted)
    problem = Problem(SPACE, LABELS, 17, 100)
    with pytest.raises(BudgetExhausted):
        BoTorchGP(initial=4, refit_after=5).search(problem, np.random.default_rng(3))
    assert len(sizes) >= 3
    assert sizes == [4 + 5 * place for place in range(len(sizes))]


def test_a_whole_space_is_searched_to_its_end() -> None:
    problem = Problem(SPACE, LABELS, 24, 1000)
    with pytest.raises(SearchEnded):
        BoTorchGP(initial=2).search(problem, np.random.default_rng(2))
    assert sorted(problem.trace.tolist()) == list(range(24))
