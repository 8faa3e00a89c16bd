"""BoTorch's Gaussian process on categories, with expected improvement."""

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar

import numpy as np

from nasarena.baselines.ask_and_tell import AskAndTell
from nasarena.suite.spaces import CategoricalSpace


class BoTorchGP(AskAndTell):
    """BoTorch's Gaussian process on categorical decisions, with expected improvement.

    Queries `initial` architectures drawn uniformly, then one after another that of the largest
    expected improvement. The kernel is an exponential of the decisions that differ, each with a
    weight. The weights, the scale and the noise maximise the marginal posterior; they are fitted
    anew whenever there are `refit_after` more labels.

    Source: Balandat et al., NeurIPS 2020; botorch 0.18, `MixedSingleTaskGP` with every decision a
    category, `LogExpectedImprovement`, and `optimize_acqf_discrete_local_search`, which proposes
    nothing twice. Departures from its defaults, for speed: 5 local searches instead of 20, from the
    best of 1,024 random architectures instead of 4,096, and no fit between those after every
    `refit_after` labels.

    Args:
        initial: random architectures told first.
        refit_after: labels between two fits of the kernel.
    """

    version = "1"
    kind = "baseline"
    paper = "Balandat et al., NeurIPS 2020, arXiv:1910.06403"
    tuned_on: tuple[str, ...] = ()
    requires: ClassVar[tuple[str, ...]] = ("botorch",)
    seconds_per_query: float | None = 0.13

    def __init__(self, initial: int = 10, refit_after: int = 10) -> None:
        if min(initial, refit_after) < 1:
            raise ValueError(f"initial ({initial}) and refit_after ({refit_after}) must exceed 0")
        self.initial = initial
        self.refit_after = refit_after

    def make_optimiser(
        self, space: CategoricalSpace, budget: int, rng: np.random.Generator
    ) -> "_Process":
        """A Gaussian process of its own; torch draws what its search begins from."""
        import torch

        torch.manual_seed(int(rng.integers(2**31)))
        return _Process(self, space, rng)


class _Process:
    def __init__(self, settings: BoTorchGP, space: CategoricalSpace, rng: np.random.Generator):
        self._settings, self._space, self._rng = settings, space, rng
        self._told: list[tuple[list[int], list[float]]] = []
        self._fitted: dict[str, Any] = {}

    def ask(self) -> Sequence[int]:
        import torch
        from botorch.acquisition.analytic import LogExpectedImprovement
        from botorch.optim.optimize import optimize_acqf_discrete_local_search

        counts = [len(values) for values in self._space.choices]
        left = prod(counts) - len({tuple(decisions) for decisions, _ in self._told})
        if len(self._told) < self._settings.initial or not left:
            return list(self._space.decisions(self._rng.integers(self._space.size)))
        told, labels = (torch.tensor(x, dtype=torch.double) for x in zip(*self._told, strict=True))
        best, _ = optimize_acqf_discrete_local_search(
            LogExpectedImprovement(self._model(told, labels), best_f=labels.max().item()),
            [torch.arange(count, dtype=torch.double) for count in counts],
            q=1,
            num_restarts=min(5, left),
            raw_samples=1024,
            X_avoid=told,
        )
        return [int(value) for value in best[0]]

    def _model(self, told: Any, labels: Any) -> Any:
        from botorch.fit import fit_gpytorch_mll
        from botorch.models.gp_regression_mixed import MixedSingleTaskGP
        from gpytorch.mlls import ExactMarginalLogLikelihood

        model = MixedSingleTaskGP(told, labels, list(range(told.shape[1])))
        if (len(told) - self._settings.initial) % self._settings.refit_after == 0:
            # From the model's own start: fits that go on from the last values stay near them.
            fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
            # The scale of the labels is not among it: that is always of all that was told.
            self._fitted = {k: v for k, v in model.state_dict().items() if "outcome" not in k}
        else:
            model.load_state_dict(self._fitted, strict=False)
        return model.eval()

    def tell(self, decisions: Sequence[int], accuracy: float) -> None:
        self._told.append(([*decisions], [accuracy]))
