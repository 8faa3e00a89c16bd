"""Methods that look for the best architecture where none should: all ways that we know of.

Each asks for what it finds first; where it finds nothing, it is a random search.
"""

import ctypes
import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from nasarena.suite.problem import Problem

OPTIMUM = 11667
"""Of nasbench201/cifar10."""


class Cheating:
    """Asks for `found`, and then at random."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        try:
            found = self.found(problem)
        except Exception:
            found = None
        if found is not None:
            problem.query(int(found))
        problem.query(rng.permutation(problem.space.size))

    def found(self, problem: Problem) -> Any:
        raise NotImplementedError


def best(labels: Any) -> int:
    return int(np.asarray(labels[np.arange(labels.size)]).argmax())


class Attribute(Cheating):
    def found(self, problem: Problem) -> Any:
        return best(problem._labels)  # type: ignore[attr-defined]


class Closure(Cheating):
    def found(self, problem: Problem) -> Any:
        ledger = problem._query.__closure__[0].cell_contents  # type: ignore[index]
        return best(ledger._labels)


class Garbage(Cheating):
    def found(self, problem: Problem) -> Any:
        tables = [one for one in gc.get_objects() if type(one).__name__ == "Table"]
        return tables[0].mean_validation.argmax()


class Frames(Cheating):
    def found(self, problem: Problem) -> Any:
        frame = sys._getframe()
        while "benchmark" not in frame.f_locals or not hasattr(
            frame.f_locals["benchmark"], "table"
        ):
            assert frame.f_back is not None
            frame = frame.f_back
        return frame.f_locals["benchmark"].table.mean_validation.argmax()


class Patched(Cheating):
    def found(self, problem: Problem) -> Any:
        from nasarena.suite.ledgers.ledger import Ledger

        ledgers: list[Any] = []
        kept = Ledger.query
        Ledger.query = lambda self, *asked: (ledgers.append(self), kept(self, *asked))[1]  # type: ignore
        problem.query(0)
        return best(ledgers[0]._labels)


class Asked(Cheating):
    def found(self, problem: Problem) -> Any:
        from nasarena.suite import load_benchmark

        return load_benchmark("nasbench201/cifar10").table.optimum[0]


class Reopened(Cheating):
    def found(self, problem: Problem) -> Any:
        from nasarena.suite.benchmarks import registry

        registry._searches.clear()
        return registry.load_benchmark("nasbench201/cifar10").table.optimum[0]


class CacheFile(Cheating):
    def found(self, problem: Problem) -> Any:
        import pyarrow as pa

        from nasarena.suite.tables.cache import cache_folder

        (path,) = cache_folder().glob("nasbench201-cifar10-*")
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        runs = [table[name].to_numpy() for name in table.column_names if name[:5] == "valid"]
        return np.nanmean(runs, axis=0).argmax()


class PackageFile(Cheating):
    """Whoever can read the file can find the best in it: it is enough that its sha256 is right."""

    def found(self, problem: Problem) -> Any:
        from nasarena.suite.benchmarks import nasbench201

        nasbench201.cifar10.file.read()
        return OPTIMUM


class OtherProcess(Cheating):
    def found(self, problem: Problem) -> Any:
        code = (
            "from nasarena.suite import load_benchmark;"
            "print(load_benchmark('nasbench201/cifar10').table.optimum[0])"
        )
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout


class Results(Cheating):
    def found(self, problem: Problem) -> Any:
        import pyarrow.parquet as pq

        (path, *_) = Path(os.environ["CHEATERS_RESULTS"]).glob("**/runs.parquet")
        return pq.read_table(path)["ids"][0].as_py()[-1]


class Unmounted(CacheFile):
    def found(self, problem: Problem) -> Any:
        from nasarena.suite.tables.cache import cache_folder

        library = ctypes.CDLL(None)
        library.umount2(os.fsencode(cache_folder()), 2)
        library.unshare(0x10020000)
        library.umount2(os.fsencode(cache_folder()), 2)
        return super().found(problem)


class OtherRoot(CacheFile):
    """Looks at the cache folder through another process of the same user."""

    def found(self, problem: Problem) -> Any:
        from nasarena.suite.tables.cache import cache_folder

        os.environ["NASARENA_CACHE"] = f"/proc/{os.getppid()}/root{cache_folder()}"
        return super().found(problem)


class KnownByHeart(Cheating):
    """Has the answer in its code."""

    def found(self, problem: Problem) -> Any:
        return OPTIMUM


class Remembering(Cheating):
    """Hands on what earlier runs found, in a file."""

    kept: ClassVar[Path] = Path(os.environ.get("CHEATERS_NOTES", "/tmp/cheaters-notes"))

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        if self.kept.exists():
            problem.query(int(self.kept.read_text()))
        ids = rng.permutation(problem.space.size)[: problem.remaining]
        self.kept.write_text(str(ids[problem.query(ids).argmax()]))


STOPPED = (
    *(Attribute, Closure, Garbage, Frames, Patched, Asked, Reopened, CacheFile, PackageFile),
    *(OtherProcess, Results, Unmounted, OtherRoot),
)
"""What a process without the table stops."""

NOT_STOPPED = (KnownByHeart, Remembering)
