"""The NAS-Bench-Macro space: a chain of eight layers, each one of three blocks."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.spaces.categorical import CategoricalSpace

BLOCKS = ("identity", "mb3_k3", "mb6_k5")
"""The identity, and two inverted bottlenecks: expansion 3, kernel 3; and expansion 6, kernel 5."""

LAYERS = 8
IDENTITY = 0
PAIRS = ((3, 4), (6, 7))
"""Layers that follow each other and change neither resolution nor width: it is the same network
whichever of the two is the identity."""


class NASBenchMacro(CategoricalSpace):
    """All 3^8 = 6,561 networks, in the order of their keys ("00000000" first).

    An identity only passes on where a layer changes nothing, so two networks that differ in its
    place in a pair of such layers are the same: 3,969 are different.

    Source: Su et al., "Prioritized Architecture Sampling with Monto-Carlo Tree Search", CVPR 2021;
    order of blocks and layers as in the release.
    """

    name = "nasbench-macro"
    choices = (BLOCKS,) * LAYERS
    size = len(BLOCKS) ** LAYERS

    _weights = len(BLOCKS) ** np.arange(LAYERS - 1, -1, -1)

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Blocks of the eight layers: shape of `ids` plus one axis of 8."""
        return np.asarray(ids, dtype=np.int64)[..., None] // self._weights % len(BLOCKS)

    def ids(self, decisions: ArrayLike) -> Ids:
        """The network with these blocks; every vector of eight is one."""
        networks: Ids = np.asarray(decisions, dtype=np.int64) @ self._weights
        return networks

    def classes(self, ids: ArrayLike) -> Ids:
        """The isomorphism class: the smallest id of the same network (shape of `ids`)."""
        blocks = self.decisions(ids)
        for first, second in PAIRS:
            swapped = (blocks[..., second] == IDENTITY) & (blocks[..., first] != IDENTITY)
            pair = blocks[..., [first, second]]
            blocks[..., [first, second]] = np.where(swapped[..., None], pair[..., ::-1], pair)
        return self.ids(blocks)
