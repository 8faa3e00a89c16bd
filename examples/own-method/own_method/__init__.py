"""A search method with a gate on its quality."""

from own_method.search import OwnMethod

__all__ = ["OwnMethod"]
