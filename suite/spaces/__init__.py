"""Search spaces: architectures as decisions; sampled, varied, encoded."""

from suite.spaces.categorical import CategoricalSpace

__all__ = ["CategoricalSpace"]
