"""Checkpoints: a long run that was interrupted goes on, with the trace it would have had."""

import pickle
import random
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nasarena.suite.files import write_atomically
from nasarena.suite.ledgers.ledger import Kept
from nasarena.suite.tables.cache import cache_folder


class Checkpoint(NamedTuple):
    """What a run goes on from. `notes` are what the harness judged until then."""

    kept: Kept
    notes: dict[str, list[float]]
    generators: dict[str, Any]
    wall_seconds: float
    cpu_seconds: float


class Checkpoints:
    """Those of one run: the last one is kept, in a file of the user's cache.

    Args:
        identity: all that the trace depends on: only a run with the same goes on from it. None
            where nothing is to be kept.
    """

    def __init__(self, identity: Sequence[str] | None) -> None:
        self._path = None if identity is None else _path(identity)
        self.last: Checkpoint | None = None
        if self._path is not None:
            with suppress(Exception):  # there is none; or it is damaged, and the run begins anew
                self.last = pickle.loads(self._path.read_bytes())
        if self.last is not None and "torch" in self.last.generators:
            import_module("torch")
        self._is_there = self.last is not None
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def begin(self, rng: np.random.Generator) -> None:
        """A search begins or goes on: `rng` is what its method draws from."""
        self._rng = rng
        self._torch_was_loaded = "torch" in sys.modules
        if self.last is not None:
            _restore(self.last.generators, rng)

    def keep(self, kept: Kept, notes: dict[str, list[float]]) -> None:
        """Put this in the place of the last checkpoint, unless the disk is full.

        Raises TypeError where it cannot be pickled.
        """
        if self._path is None:
            return
        if self._torch_was_loaded != ("torch" in sys.modules):
            return  # this search will be begun anew, as its torch was not seeded
        wall, cpu = self.spent()
        checkpoint = Checkpoint(kept, notes, _generators(self._rng), wall, cpu)
        try:
            content = pickle.dumps(checkpoint)
        except Exception as error:
            raise TypeError(f"this state cannot be kept: {error}") from None
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path, lambda file: file.write(content))
            self._is_there = True

    def spent(self) -> tuple[float, float]:
        """Wall and CPU seconds of the run until now, with those before it was interrupted."""
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        if self.last is None:
            return wall, cpu
        return self.last.wall_seconds + wall, self.last.cpu_seconds + cpu

    def forget(self) -> None:
        """The run is over, or begins anew."""
        self.last = None
        if self._path is not None and self._is_there:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)


def _path(identity: Sequence[str]) -> Path:
    name = sha256("\0".join(identity).encode()).hexdigest()
    return cache_folder() / "checkpoints" / f"{name}.pickle"


def _generators(rng: np.random.Generator) -> dict[str, Any]:
    """The states of all generators that a method may draw from."""
    states = {
        "rng": rng.bit_generator.state,
        "random": random.getstate(),
        "numpy": np.random.get_state(),  # noqa: NPY002  # of the legacy generator
    }
    if torch := sys.modules.get("torch"):
        states["torch"] = torch.get_rng_state().numpy()
    return states


def _restore(states: dict[str, Any], rng: np.random.Generator) -> None:
    rng.bit_generator.state = states["rng"]
    random.setstate(states["random"])
    np.random.set_state(states["numpy"])  # noqa: NPY002
    if "torch" in states:
        torch = import_module("torch")
        torch.set_rng_state(torch.from_numpy(states["torch"]))
