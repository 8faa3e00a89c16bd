"""Which results folders a caller means."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class HasResults(Protocol):
    """An `Experiment`, or anything else that knows its results folder."""

    @property
    def results(self) -> Path | str:
        """The folder."""


Results = Path | str | HasResults | Sequence[Path | str | HasResults]
"""A results folder, an experiment that has one, or several of them."""


def results_folders(results: Results) -> list[Path]:
    """The folders, in the order given."""
    every = results if isinstance(results, Sequence) and not isinstance(results, str) else [results]
    return [Path(one if isinstance(one, (str, Path)) else one.results) for one in every]
