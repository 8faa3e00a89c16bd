"""The measured metrics of every architecture of a space."""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, keep_read_only, read_only

TIE = 1e-9
"""Accuracies closer than this are equal (some sources' equal rows differ in a float's last bit)."""


@dataclass(frozen=True)
class Table:
    """One row an architecture, in the order of its space.

    `validation` has shape (architectures, training runs), percent, NaN after an architecture's
    last run; all others have shape (architectures,), or are None where the source has none:
    `test` in percent, `training_seconds` and `latency_seconds` in seconds, `parameters` a number.
    """

    source_sha256: str
    validation: Accuracies
    test: Accuracies | None = None
    training_seconds: NDArray[np.float64] | None = None
    parameters: NDArray[np.float64] | None = None
    latency_seconds: NDArray[np.float64] | None = None
    sha256: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if not self.sha256:
            object.__setattr__(self, "sha256", self.digest())
        read_only([*self.columns().values(), self.validation])

    @property
    def size(self) -> int:
        """Number of architectures."""
        return len(self.validation)

    @property
    def optimum_known(self) -> bool:
        """Whether all architectures were measured, so that the best of all is known."""
        return True

    @cached_property
    def runs(self) -> NDArray[np.int64]:
        """Training runs of each architecture, shape (architectures,)."""
        runs: NDArray[np.int64] = (~np.isnan(self.validation)).sum(axis=1)
        return runs

    @cached_property
    def mean_validation(self) -> Accuracies:
        """Mean over the training runs (over the list's entries, equal or not)."""
        mean: Accuracies = np.nansum(self.validation, axis=1) / self.runs
        return mean

    @cached_property
    def optimum(self) -> NDArray[np.int64]:
        """The ids of the best mean validation accuracy: a set, ties within 1e-9 included."""
        return np.flatnonzero(self.mean_validation >= self.best_validation - TIE)

    @cached_property
    def best_validation(self) -> float:
        """The best mean validation accuracy, percent."""
        return float(self.mean_validation.max())

    def regret(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """How far the mean validation accuracies of `ids` are below the best, points; ties 0."""
        regret = self.best_validation - self.mean_validation[ids]
        return np.where(regret <= TIE, 0.0, regret)

    def columns(self) -> dict[str, NDArray[np.float64]]:
        """The metrics that this table has, as flat columns by name."""
        columns = {f"validation_{run}": column for run, column in enumerate(self.validation.T)}
        for name in OPTIONAL_COLUMNS:
            column = getattr(self, name)
            if column is not None:
                columns[name] = column
        return columns

    def digest(self) -> str:
        """The sha256 of the contents: of names and values, whatever file they are kept in."""
        digest = sha256()
        for name, column in self.columns().items():
            digest.update(f"{name}:{column.size};".encode())
            digest.update(np.ascontiguousarray(column, dtype="<f8").data)
        return digest.hexdigest()


keep_read_only(Table)

OPTIONAL_COLUMNS = ("test", "training_seconds", "parameters", "latency_seconds")
