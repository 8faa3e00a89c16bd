"""The published traces, made again: moving code, or tidying it, must not change a search."""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from nasarena.suite.methods import choose_methods
from nasarena.suite.names import Spec
from nasarena.suite.protocol import load_protocol
from nasarena.suite.runs.environment import environment
from nasarena.suite.runs.execute import Cell, execute

RESULTS = Path(__file__).parents[1] / "results"
SEEDS = range(1000, 1005)
FAST_SECONDS = 3.0
"""Mean CPU seconds of a run up to which a method counts as one that runs in seconds."""
DEAR_SECONDS = 0.5
"""Above these, one run of a cell is made again."""
SAME_EVERYWHERE = {"random-search", "local-search", "regularized-evolution"}
"""No floating-point arithmetic decides what these query."""


@dataclass(frozen=True)
class Stored:
    """A stored cell: where it lies, what it is of, and what a run cost."""

    folder: Path
    method: str
    benchmark: str
    protocol: str
    seconds: float
    environments: frozenset[str]

    def __str__(self) -> str:
        return str(self.folder.relative_to(RESULTS))

    @property
    def comparable(self) -> bool:
        """Whether equal traces are promised here: same processor, same libraries."""
        if Spec.parse(self.method).name.removesuffix("-paper") in SAME_EVERYWHERE:
            return True
        return environment_of(environment()) in {environment_of(text) for text in self.environments}


def environment_of(text: str) -> tuple[str, str]:
    """What decides about floating-point arithmetic: the processor, and the libraries' versions."""
    said = json.loads(text)
    libraries = {name: of for name, of in said["packages"].items() if name != "nasarena"}
    return said["cpu"], json.dumps(libraries, sort_keys=True)


def stored_cells() -> list[Stored]:
    cells = []
    for path in sorted(RESULTS.glob("**/runs.parquet")):
        runs = pq.read_table(path, columns=["method", "benchmark", "protocol"]).slice(0, 1)
        executions = pq.read_table(path.parent / "executions.parquet").to_pandas()
        cells.append(
            Stored(
                path.parent,
                **{name: values[0] for name, values in runs.to_pydict().items()},
                seconds=float(executions["cpu_seconds"].mean()),
                environments=frozenset(executions["environment"]),
            )
        )
    return [cell for cell in cells if cell.seconds <= FAST_SECONDS]


def one_of_each_method() -> list[Stored]:
    """The cheapest cell of each method."""
    cheapest: dict[str, Stored] = {}
    for cell in sorted(stored_cells(), key=lambda cell: cell.seconds):
        cheapest.setdefault(cell.method, cell)
    return list(cheapest.values())


def check(stored: Stored) -> None:
    (choice,) = choose_methods([stored.method])
    cell = Cell(choice, stored.benchmark, load_protocol(stored.protocol))
    rows = pq.read_table(stored.folder / "runs.parquet").to_pylist()
    again = [row for row in rows if row["seed"] in SEEDS] or rows[:1]
    if stored.seconds > DEAR_SECONDS:
        again = again[:1]
    assert again
    for row in again:
        record, *_ = execute(cell, row["seed"])
        assert (record.ids, record.rounds) == (row["ids"], row["rounds"]), row["seed"]
        assert record.stop_reason == row["stop_reason"]
        assert record.recommended_ids == row["recommended_ids"]


@pytest.mark.no_cover  # measured in the tests of each method
@pytest.mark.parametrize("stored", one_of_each_method(), ids=str)
def test_a_published_trace_is_made_again(stored: Stored) -> None:
    if not stored.comparable:
        pytest.skip("made on another kind of processor, or with other libraries")
    check(stored)


@pytest.mark.on_demand
@pytest.mark.parametrize("stored", stored_cells(), ids=str)
def test_every_published_trace_is_made_again(stored: Stored) -> None:
    if not stored.comparable:
        pytest.skip("made on another kind of processor, or with other libraries")
    check(stored)
