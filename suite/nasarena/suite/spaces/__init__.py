"""Search spaces: architectures as decisions; sampled, varied, encoded."""

from nasarena.suite.spaces.categorical import CategoricalSpace

__all__ = ["CategoricalSpace"]
