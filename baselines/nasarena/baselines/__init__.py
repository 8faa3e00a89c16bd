"""The baselines that the methods are compared with."""

from nasarena.baselines.ask_and_tell import AskAndTell

__all__ = ["AskAndTell"]
