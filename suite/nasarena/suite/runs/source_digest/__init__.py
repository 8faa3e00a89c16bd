"""Which source a method's traces were made with."""

from nasarena.suite.runs.source_digest.digest import source_digest

__all__ = ["source_digest"]
