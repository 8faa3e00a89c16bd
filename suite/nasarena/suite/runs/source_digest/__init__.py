"""Which source a method's traces were made with."""

from nasarena.suite.runs.source_digest.digest import MethodSource, method_source, source_digest

__all__ = ["MethodSource", "method_source", "source_digest"]
