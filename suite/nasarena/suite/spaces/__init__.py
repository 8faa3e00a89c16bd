"""Search spaces: architectures as decisions; sampled, varied, encoded."""

from nasarena.suite.spaces.categorical import CategoricalSpace
from nasarena.suite.spaces.open_space import OpenSpace

__all__ = ["CategoricalSpace", "OpenSpace"]
