"""A live benchmark: a space, and a function that trains in place of a table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from nasarena.suite.arrays import Accuracies, Ids, Labels
from nasarena.suite.benchmarks.benchmark import Benchmark
from nasarena.suite.errors import UserError
from nasarena.suite.live.cache import Cache
from nasarena.suite.live.evaluating import Evaluate
from nasarena.suite.live.labels import LiveLabels
from nasarena.suite.live.measurement import Measurements
from nasarena.suite.live.table import LiveTable, live_table, open_table
from nasarena.suite.spaces.measured_part import MeasuredCells
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
    `measured` is what `table` knows: nothing, or what results folders hold. `members` are the ids
    of the known part of an open space (see `knowing`).
    """

    evaluate: Evaluate = field(kw_only=True)
    require: Callable[[], None] = field(kw_only=True)
    measured: Measurements = field(default_factory=dict, kw_only=True)
    members: Ids | None = field(default=None, kw_only=True, compare=False)

    @cached_property
    def table(self) -> LiveTable:
        """What is known of the space; its sha256 is the training's."""
        if not self.space.enumerable:
            return open_table(self.space.size, self.file.sha256)
        return self._known_table()

    def _known_table(self) -> LiveTable:
        return live_table(self.measured, self.space.size, self.file.sha256)

    @property
    def trains(self) -> bool:
        """Whether charging an architecture takes as long as a training."""
        return True

    def knowing(self, measured: Measurements, named: Iterable[int] = ()) -> "LiveBenchmark":
        """This benchmark with a table of measurements; `named` are other ids in runs.

        Of an open space it is a benchmark on the part that was measured or named: its ids count
        that part alone, in the order of the whole space, and `places` leads there.
        """
        if self.space.enumerable:
            return replace(self, measured=measured)
        members = np.unique(np.array([*measured, *named] or [0], dtype=np.int64))
        places = dict(zip(members.tolist(), range(members.size), strict=True))
        return replace(
            self,
            make_space=partial(MeasuredCells, self.space, members),
            measured={places[id]: one for id, one in measured.items()},
            members=members,
        )

    def places(self, ids: Ids) -> Ids:
        """Where ids of the space stand in what is known of it, in their shape."""
        return ids if self.members is None else np.searchsorted(self.members, ids)

    def whole_ids(self, places: Ids) -> Ids:
        """The inverse of `places`."""
        if self.members is None:
            return places
        ids: Ids = self.members[places]
        return ids

    def prepare(self) -> None:
        """Checks before any run that architectures can be measured. Raises UserError."""
        self.require()
        self.cache().check_writable()

    def own(self, ids: Iterable[int]) -> Measurements:
        """What this machine measured of architectures, for those that it measured."""
        cache, key = self.cache(), self.space.key
        return {id: one for id in ids if (one := cache.get(key(id))) is not None}

    def cache(self) -> Cache:
        """What was trained on this machine. Another recipe is another file."""
        folder = data_folder().joinpath("live", *self.name.removeprefix("live/").split("/"))
        return Cache(folder / f"{self.file.sha256[:16]}.jsonl")

    def labels(self, kind: str, stream: np.random.Generator) -> Labels:
        """What queries answer: one value for each architecture, whichever is asked for."""
        return LiveLabels(self.space, self.evaluate, self.cache())

    def drawn(self, places: Ids, stream: np.random.Generator) -> Accuracies:
        """What queries answered under labels of one run, in the shape of `places`."""
        return self.table.mean_validation[places]
