"""A surrogate benchmark: a model predicts each architecture of an open space when it is charged."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Ids, Labels
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.live.benchmark import LiveBenchmark
from nasarena.suite.live.measurement import Measurement, Measurements, column
from nasarena.suite.live.surrogate_model import Surrogate
from nasarena.suite.live.table import LiveTable
from nasarena.suite.tables.objective import Objective

SURROGATE_ACCURACY = Objective("surrogate accuracy")
"""Of labels that a model predicts: tables, pages and files call them so."""


def no_training(id: int) -> Measurement:
    """In place of what trains architectures of live benchmarks."""
    raise UserError("a surrogate trains no architectures")


@dataclass(frozen=True)
class SurrogateBenchmark(LiveBenchmark):
    """Architectures are predicted by a model when they are charged; the optimum is not known.

    What is predicted is stored with the runs, as what live benchmarks measure is. Labels of one run
    are predictions plus a residual of the model, drawn for each seed and architecture.

    `model` opens what predicts; the first time it is trained, which takes some seconds.
    `counterpart` gives the benchmark of the measured architectures.
    """

    model: Callable[[], Surrogate] = field(kw_only=True)
    counterpart: Callable[[], Benchmark] = field(kw_only=True)

    @property
    def is_surrogate(self) -> bool:
        """True: everything that is said of an architecture was predicted."""
        return True

    @property
    def trains(self) -> bool:
        """False: predictions cost next to nothing."""
        return False

    def _known_table(self) -> LiveTable:
        sha256 = self.file.sha256
        known = column(self.measured, "validation", self.space.size)[:, None]
        return LiveTable(sha256, known, sha256=sha256)

    def prepare(self) -> None:
        """Opens the model, and trains it first if need be. Raises UserError where it cannot."""
        self.model()

    def own(self, ids: Iterable[int]) -> Measurements:
        """What is predicted here of architectures."""
        asked = np.array(list(ids), dtype=np.int64)
        return {
            id: Measurement(accuracy, np.nan, np.nan, 0.0, 0)
            for id, accuracy in zip(
                asked.tolist(), self.model().predict(asked).tolist(), strict=True
            )
        }

    def labels(self, kind: str, stream: np.random.Generator) -> Labels:
        """What queries answer in runs of one seed, whose stream for labels is given."""
        noise = Noise(stream, self.model().residuals) if kind == "one_run" else None
        return SurrogateLabels(self.space.size, self.model(), noise)

    def drawn(self, places: Ids, stream: np.random.Generator) -> Accuracies:
        """What queries of the known part answered under labels of one run, in their shape."""
        noise = Noise(stream, self.model().residuals)
        labels: Accuracies = self.table.mean_validation[places] + noise[self.whole_ids(places)]
        return labels

    def look_up(self, architecture: int | str) -> dict[str, Any]:
        """As of other benchmarks: what is predicted; and what was measured, where it was."""
        space = self.space
        id = int(space.ids(architecture)) if isinstance(architecture, str) else architecture
        key = space.key(id)
        real = self.counterpart()
        place = int(real.space.ids(space.decisions(id)))
        return {
            "id": int(id),
            "key": key,
            "validation": self.model().predict_one(id),
            "validation_runs": [],
            "regret": None,
            **dict.fromkeys(("test", "training_seconds", "parameters", "latency_seconds")),
            "metrics": {} if place < 0 else real.look_up(place),
        }


class Noise:
    """A residual for each architecture in runs of one seed, drawn uniformly, whatever the order.

    Nothing is kept: which residual it is follows from the architecture's number, mixed with that of
    the seed (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
    """

    def __init__(self, stream: np.random.Generator, residuals: NDArray[np.float64]) -> None:
        self._seed = int(stream.integers(2**64, dtype=np.uint64))
        self._residuals = residuals

    def item(self, id: int) -> float:
        """The residual of one architecture."""
        mixed = (self._seed + id * STEP) & MASK
        for shift, factor in MIXING:
            mixed = ((mixed ^ (mixed >> shift)) * factor) & MASK
        residual: float = self._residuals.item((mixed >> 33) % self._residuals.size)
        return residual

    def __getitem__(self, ids: Ids) -> NDArray[np.float64]:
        """The residuals of architectures, in the shape of `ids`."""
        mixed = np.asarray(ids).astype(np.uint64) * np.uint64(STEP) + np.uint64(self._seed)
        for shift, factor in MIXING:
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        place = (mixed >> np.uint64(33)).astype(np.int64) % self._residuals.size
        residuals: NDArray[np.float64] = self._residuals[place]
        return residuals


MASK = 2**64 - 1
STEP = 0x9E3779B97F4A7C15
MIXING = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


class SurrogateLabels:
    """Stands for an array of accuracies (percent): each is predicted when it is asked for."""

    def __init__(self, size: int, model: Surrogate, noise: Noise | None) -> None:
        self.size = size
        self._model = model
        self._noise = noise

    def item(self, id: int) -> float:
        """The label of one architecture."""
        predicted = self._model.predict_one(id)
        return predicted if self._noise is None else predicted + self._noise.item(id)

    def __getitem__(self, ids: Ids) -> Accuracies:
        """The labels of architectures, in the shape of `ids`."""
        predicted = self._model.predict(ids)
        return predicted if self._noise is None else predicted + self._noise[ids]
