"""The predictor study as one call from Python."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasarena.suite.errors import RunsFailed
from nasarena.suite.predictor_study.runner import run_study
from nasarena.suite.predictor_study.study import choose_study
from nasarena.suite.predictor_study.summary import study_rows
from nasarena.suite.runs.experiment import RunsWarning
from nasarena.suite.runs.progress import progress_bar
from nasarena.suite.statistics.samples import flat

if TYPE_CHECKING:
    import pandas as pd


def study(
    predictors: Any = "*",
    benchmarks: str | Sequence[str] = ("nasbench201/cifar10", "nasbenchgraph/citeseer"),
    labels: str | int | Sequence[int] = (50, 100, 200, 400),
    seeds: int | str | range = 5,
    results: Path | str = "nasarena-results",
    workers: int | None = None,
    progress: bool | None = None,
    strict: bool = False,
) -> "pd.DataFrame":
    """How well predictors order whole spaces, against the number of labels: a `Row` a line.

    Predictors are registered names (patterns too), scikit-learn estimators, and classes that are
    made from (space, rng) and have fit and predict; one or a list. What `results` holds is not
    measured again. `progress` and `strict` as in `run`: what goes wrong is a warning, or an error.

    Raises UserError for what is not known, and RunsFailed with `strict` where measurements failed.

    Example:
        >>> from sklearn.ensemble import RandomForestRegressor
        >>> study([RandomForestRegressor(n_estimators=50), "ridge"], "nasbenchgraph/proteins", 50)
    """
    import pandas as pd

    chosen = choose_study(predictors, benchmarks, labels, seeds)
    with progress_bar(len(chosen.tasks()), "measuring", "measurements", progress) as tell:
        report = run_study(chosen, Path(results), workers, tell)
    for sentence in report.warnings + ([] if strict else report.failures):
        warnings.warn(sentence, RunsWarning, stacklevel=2)
    if strict and report.failures:
        raise RunsFailed("\n".join(report.failures))
    return pd.DataFrame([flat(row) for row in study_rows(report.measurements)])
