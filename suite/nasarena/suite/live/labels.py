"""What queries of a live benchmark answer: measured when they are charged."""

import numpy as np

from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.live.cache import Cache
from nasarena.suite.live.evaluating import Evaluate, evaluated
from nasarena.suite.live.measurement import Measurement
from nasarena.suite.spaces import CategoricalSpace


class LiveLabels:
    """Stands for an array of validation accuracies (percent); asking for one trains.

    What one call asks for is trained side by side. What was trained before, by whomever, is
    answered from the cache.
    """

    def __init__(self, space: CategoricalSpace, evaluate: Evaluate, cache: Cache) -> None:
        self.size = space.size
        self._space = space
        self._evaluate = evaluate
        self._cache = cache

    def item(self, id: int) -> float:
        """The validation accuracy of one architecture."""
        return self[np.array([id])].item()

    def __getitem__(self, ids: Ids) -> Accuracies:
        """The validation accuracies of architectures, in the shape of `ids`."""
        known: dict[int, Measurement] = {}
        for id in ids.tolist():
            if (measured := self._cache.get(self._space.key(id))) is not None:
                known[id] = measured
        missing = [id for id in dict.fromkeys(ids.tolist()) if id not in known]
        if missing:
            for id, measured in evaluated(self._evaluate, missing):
                known[id] = self._cache.add(self._space.key(id), measured)
        return np.array([known[id].validation for id in ids.tolist()], dtype=np.float64)
