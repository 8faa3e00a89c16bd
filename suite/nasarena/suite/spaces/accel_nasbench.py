"""The space of Accel-NASBench: mobile networks of seven blocks, too many to list."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from nasarena.suite.spaces.open_space import OpenSpace

BLOCKS = 7
EXPANSIONS, KERNELS, LAYERS = (1, 4, 6), (3, 5), (1, 2, 3)
LAYERS_OF = {5: (1, 2, 3, 4)}
"""Block 5 (from 0) has up to four layers, as in EfficientNet-B0."""

PARTS = ("e", "k", "l", "se")
"""Expansion, kernel, layers, squeeze-and-excitation: what the published files call them."""


def values(block: int) -> tuple[tuple[int, ...], ...]:
    """What a block's four decisions may be, in the order of `PARTS`."""
    return EXPANSIONS, KERNELS, LAYERS_OF.get(block, LAYERS), (0, 1)


VALUES = [part for block in range(BLOCKS) for part in values(block)]
"""Of each of the 28 decisions."""


class AccelNASBench(OpenSpace):
    """Seven blocks, each an expansion, a kernel, a number of layers, and with or without SE.

    36^6 x 48 networks (104,485,552,128). Source: Ahmad et al., "Accel-NASBench: Sustainable
    Benchmarking for Accelerator-Aware NAS", DAC 2024, and the published measurements, in which
    block 5 has up to four layers and the others up to three.
    """

    name = "accel-nasbench"
    choices = tuple(
        tuple(f"{part}{value}" for value in allowed)
        for allowed, part in zip(VALUES, PARTS * BLOCKS, strict=True)
    )

    def key(self, id: int) -> str:
        """The blocks with dashes between them: `e6k3l1se0-...`."""
        names = [self.choices[place][value] for place, value in enumerate(self.decisions(id))]
        return "-".join("".join(names[start : start + 4]) for start in range(0, len(names), 4))

    def _from_key(self, key: str) -> int:
        numbers = re.fullmatch("-".join([r"e(\d)k(\d)l(\d)se(\d)"] * BLOCKS), key, re.ASCII)
        return -1 if numbers is None else self._of([int(number) for number in numbers.groups()])

    def network(self, architecture: Mapping[str, Any]) -> int:
        """The id of a network as the published files describe it: `block0_e` and so on; or -1."""
        names = [f"block{block}_{part}" for block in range(BLOCKS) for part in PARTS]
        if architecture.keys() != set(names):
            return -1
        return self._of([architecture[name] for name in names])

    def _of(self, numbers: list[int]) -> int:
        """The architecture with these expansions, kernels, layers and SE; -1 for none."""
        try:
            decisions = [allowed.index(n) for allowed, n in zip(VALUES, numbers, strict=True)]
        except ValueError:
            return -1
        return int(self.ids(np.array(decisions)))
