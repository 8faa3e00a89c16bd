"""Which source a method's traces were made with."""

from nasarena.suite.runs.source_digest.digest import is_by_module, source_digest

__all__ = ["is_by_module", "source_digest"]
