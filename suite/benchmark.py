"""A benchmark: a search space, a data set, and the table measured on it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from suite.spaces import CategoricalSpace
from suite.tables.cache import open_table
from suite.tables.sources import PackagedFile
from suite.tables.table import Table


@dataclass(frozen=True)
class Benchmark:
    """What is searched: named `space/dataset`.

    `read` turns the source file's bytes (and their sha256) into a table whose rows are in the
    order of the space that `make_space` makes; both are called when first needed.
    """

    name: str
    make_space: Callable[[], CategoricalSpace]
    file: PackagedFile
    read: Callable[[bytes, str], Table]
    licence: str
    citation: str

    @cached_property
    def space(self) -> CategoricalSpace:
        """The search space."""
        return self.make_space()

    @cached_property
    def table(self) -> Table:
        """The measured metrics, memory-mapped from the cache."""
        return open_table(self.name, self.file, self.read)
