"""The array types that signatures speak of."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ids: TypeAlias = NDArray[np.int64]
"""Architectures, as positions in the enumeration of their space."""

Accuracies: TypeAlias = NDArray[np.float64]
"""Percent, as everywhere in nasarena."""

Features: TypeAlias = NDArray[np.float32]
"""A numeric encoding, one row an architecture."""
