"""Adam, for the few parameters of models that are written in NumPy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """The steps of Adam (Kingma & Ba, ICLR 2015) with its usual constants, as torch has them.

    Args:
        learning_rate: about how far a step moves each parameter.
        parameters: an array of the shape and type of what is trained.
    """

    def __init__(self, learning_rate: float, parameters: NDArray[Any]) -> None:
        self.learning_rate = learning_rate
        self._first = np.zeros_like(parameters)
        self._second = np.zeros_like(parameters)
        self._step = np.empty_like(parameters)
        self._count = 0

    def step(self, gradient: NDArray[Any]) -> NDArray[Any]:
        """What to add to the parameters to go up along `gradient`, which is overwritten.

        To go down, subtract it. The next step writes over it.
        """
        self._count += 1
        self._first *= BETA_1
        self._second *= BETA_2
        np.multiply(gradient, 1 - BETA_1, out=self._step)
        self._first += self._step
        gradient *= gradient
        gradient *= 1 - BETA_2
        self._second += gradient
        np.divide(self._second, 1 - BETA_2**self._count, out=self._step)
        np.sqrt(self._step, out=self._step)
        self._step += EPSILON
        np.divide(self._first, self._step, out=self._step)
        self._step *= self.learning_rate / (1 - BETA_1**self._count)
        return self._step
