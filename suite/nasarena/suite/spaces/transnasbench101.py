"""The spaces of TransNAS-Bench-101: cells of six edges (micro), chains of modules (macro)."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from nasarena.suite.spaces.choices import Choices
from nasarena.suite.spaces.nasbench201 import EDGES

Part: TypeAlias = Literal["micro", "macro"]

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3")
"""What an edge of a micro cell does, in the release's order."""

MODULES = ("same", "double channels", "halve resolution", "halve resolution, double channels")
"""What a module of a macro network does, 1 to 4 in the release's notation."""

NO_MODULE = "no module"
"""A macro network has four to six modules: 0 stands for those that it lacks, at its end."""

MICRO = {f"{source}->{target}": OPERATIONS for source, target in EDGES}
MACRO = {f"module {number}": MODULES for number in range(1, 5)} | {
    f"module {number}": (NO_MODULE, *MODULES) for number in (5, 6)
}
FIRST_DIGITS = {"micro": (0,) * 6, "macro": (1, 1, 1, 1, 0, 0)}
"""The digit of each decision's first value."""

ALL = {"micro": 4_096, "macro": 3_256}
"""How many architectures the spaces have, measured or not."""


class TransNASBench101(Choices):
    """The measured architectures of one of the two spaces, in the order of their keys.

    Source: Duan et al., "TransNAS-Bench-101", CVPR 2021; edges, operations and modules in the
    release's order.

    Args:
        part: "micro" or "macro".
        digits: shape (architectures, 6), in the release's notation, different rows in any order.
    """

    def __init__(self, part: Part, digits: Sequence[Sequence[int]]) -> None:
        self._first = np.array(FIRST_DIGITS[part])
        super().__init__(
            MICRO if part == "micro" else MACRO, np.asarray(digits, dtype=np.int64) - self._first
        )
        self.name = f"transnasbench101-{part}"

    def key(self, id: int) -> str:
        """The release's notation without its commas: six digits."""
        return "".join(map(str, (self.decisions(id) + self._first).tolist()))
