"""How well the predictors that runs showed order their space, from the notes in run records."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nasarena.suite.records.run_record import LABELS, NOTES, QUALITIES, quality_note


@dataclass(frozen=True)
class JudgedPredictors:
    """All predictors that the runs of a cell showed, in the order in which they were shown.

    `run` is the place of each one's run, `labels` the charged queries by then, both of shape
    (predictors,); `qualities` has an array of that shape for each of `QUALITIES`.
    """

    run: NDArray[np.int64]
    labels: NDArray[np.int64]
    qualities: dict[str, NDArray[np.float64]]

    def at(self, quality: str, runs: int, labels: NDArray[np.int64]) -> NDArray[np.float64]:
        """A quality of the last predictor that each run showed by so many charged queries.

        Shape (runs, labels); NaN where there was none yet.
        """
        last = np.full((runs, labels.size), -1)
        for place, (run, shown) in enumerate(zip(self.run, self.labels, strict=True)):
            last[run, labels >= shown] = place
        values: NDArray[np.float64] = np.append(self.qualities[quality], np.nan)[last]
        return values


NONE_JUDGED = JudgedPredictors(
    np.zeros(0, dtype=np.int64),
    np.zeros(0, dtype=np.int64),
    {name: np.zeros(0) for name in QUALITIES},
)


def read_judged(runs: pa.Table) -> JudgedPredictors:
    """The judged predictors of run records, whose notes were checked when they were read."""
    diagnostics = runs["diagnostics"].combine_chunks()
    if LABELS not in diagnostics.keys.to_pylist():
        return NONE_JUDGED
    columns: dict[str, list[float]] = {name: [] for name in NOTES}
    counts = []
    for noted in map(dict, diagnostics.to_pylist()):
        counts.append(len(noted.get(LABELS, [])))
        for name in NOTES:
            columns[name] += noted.get(name, [])
    return JudgedPredictors(
        np.repeat(np.arange(len(counts)), counts),
        np.array(columns[LABELS]).astype(np.int64),
        {name: np.array(columns[quality_note(name)]) for name in QUALITIES},
    )
