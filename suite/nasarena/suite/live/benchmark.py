"""A live benchmark: a space, and a function that trains in place of a table."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.live.cache import Cache
from nasarena.suite.live.evaluating import Evaluate
from nasarena.suite.live.labels import LiveLabels
from nasarena.suite.live.measurement import Measurements
from nasarena.suite.live.table import LiveTable, live_table
from nasarena.suite.tables.sources import data_folder
from nasarena.suite.tables.table import Table


def no_file(content: bytes, source_sha256: str) -> Table:
    """In place of the function with which other benchmarks read their file."""
    raise UserError("a live benchmark has no file")


@dataclass(frozen=True)
class Training:
    """In place of a file: what is trained, in words.

    `sha256` is the digest of all it depends on (recipe, images, space, training seed), never of
    what was measured so far.
    """

    source: str
    sha256: str

    @property
    def identity(self) -> str:
        """The digest."""
        return self.sha256

    def read(self) -> bytes:
        """Raises UserError: there is nothing to read."""
        raise UserError(f"there is no file to read: {self.source}")


@dataclass(frozen=True)
class LiveBenchmark(Benchmark):
    """Architectures are trained when they are charged, each with one seed.

    It has one value, whoever asks, so that labels of one run are the means.

    `evaluate` trains one; `require` raises UserError where what trains is not installed.
    `measured` is what `table` knows: nothing, or what results folders hold.
    """

    evaluate: Evaluate = field(kw_only=True)
    require: Callable[[], None] = field(kw_only=True)
    measured: Measurements = field(default_factory=dict, kw_only=True)

    @cached_property
    def table(self) -> LiveTable:
        """What is known of the space; its sha256 is the training's."""
        return live_table(self.measured, self.space.size, self.file.sha256)

    def knowing(self, measured: Measurements) -> "LiveBenchmark":
        """This benchmark with a table of measurements."""
        return replace(self, measured=measured)

    def cache(self) -> Cache:
        """What was trained on this machine. Another recipe is another file."""
        folder = data_folder().joinpath("live", *self.name.removeprefix("live/").split("/"))
        return Cache(folder / f"{self.file.sha256[:16]}.jsonl")

    def labels(self) -> LiveLabels:
        """What queries answer."""
        return LiveLabels(self.space, self.evaluate, self.cache())
