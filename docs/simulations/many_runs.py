"""Results of very many runs, made in a minute: random searches of 100 queries that nobody ran.

    python docs/simulations/many_runs.py FOLDER CELLS RUNS [BENCHMARK ...]

writes CELLS methods x benchmarks with RUNS seeds each into FOLDER, which must not exist. The
benchmarks are all that have a table, or those that are named, in turn: `method-0` on all of them,
then `method-1`, and so on. Every run is what its protocol allows, so that all commands read the
folder. With such runs the figures in docs/many-runs.md were measured.
"""

import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nasarena.suite.benchmarks.registry import benchmark_names, load_benchmark
from nasarena.suite.methods import choose_methods
from nasarena.suite.protocol import load_protocol
from nasarena.suite.records.run_record import EXECUTIONS_SCHEMA, RUNS_SCHEMA, CellIdentity
from nasarena.suite.records.store import cell_folder, open_results
from nasarena.suite.records.stored_runs import write_whole
from nasarena.suite.runs.environment import environment
from nasarena.suite.runs.execute import Cell

QUERIES = 100
PROTOCOL = f"one-run[budget={QUERIES}]"


def main(root: Path, cells: int, runs: int, *benchmarks: str) -> None:
    """Write the results folder `root`."""
    if root.exists():
        raise SystemExit(f"{root} is there already; give another folder")
    open_results(root, create=True)
    names = benchmarks or [
        name for name in benchmark_names() if load_benchmark(name).table.optimum_known
    ]
    (choice,) = choose_methods(["random-search"])
    protocol = load_protocol(PROTOCOL)
    for place in range(cells):
        benchmark = names[place % len(names)]
        identity = replace(
            Cell(choice, benchmark, protocol).identity(), method=f"method-{place // len(names)}"
        )
        folder = cell_folder(root, identity.protocol, benchmark, identity.method)
        folder.mkdir(parents=True)
        size = load_benchmark(benchmark).table.size
        write_whole(folder, _runs(identity, size, runs, place), _executions(runs))


def _runs(identity: CellIdentity, size: int, runs: int, seed: int) -> pa.Table:
    """Runs that charge architectures drawn without repeats."""
    rng = np.random.default_rng(seed)
    # One of each of the so many parts of the space, in an order of its own in each run.
    parts = 2 * QUERIES
    order = np.argsort(rng.random((runs, parts)), axis=1)[:, :QUERIES]
    ids = order * (size // parts) + rng.integers(size // parts, size=order.shape)
    columns: dict[str, pa.Array] = {
        name: pa.array([value] * runs) for name, value in asdict(identity).items()
    }
    none = pa.array([[]] * runs, RUNS_SCHEMA.field("ids").type)
    columns |= {
        "seed": pa.array(np.arange(runs)),
        "ids": _lists(ids),
        "rounds": _lists(np.tile(np.arange(QUERIES), (runs, 1))),
        "recommended_after": none,
        "recommended_ids": none,
        "stop_reason": pa.array(["budget"] * runs),
        "error": pa.nulls(runs, pa.string()),
        "fidelity": pa.nulls(runs, RUNS_SCHEMA.field("fidelity").type),
        "cost": pa.nulls(runs, RUNS_SCHEMA.field("cost").type),
        "diagnostics": pa.array([[]] * runs, RUNS_SCHEMA.field("diagnostics").type),
    }
    return pa.table([columns[name] for name in RUNS_SCHEMA.names], names=RUNS_SCHEMA.names).cast(
        RUNS_SCHEMA
    )


def _lists(numbers: NDArray[np.int64]) -> pa.Array:
    """A list for each row."""
    starts = np.arange(len(numbers) + 1, dtype=np.int32) * numbers.shape[1]
    return pa.ListArray.from_arrays(starts, numbers.ravel().astype(np.int32))


def _executions(runs: int) -> pa.Table:
    columns = {
        "seed": np.arange(runs),
        "wall_seconds": np.ones(runs),
        "cpu_seconds": np.ones(runs),
        "source_digest": ["definitions:none"] * runs,
        "environment": [environment()] * runs,
    }
    return pa.table(columns).select(EXECUTIONS_SCHEMA.names).cast(EXECUTIONS_SCHEMA)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
