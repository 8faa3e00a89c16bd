"""`nasarena train-table`: the suite's own table, trained again, completed or verified."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasarena.suite.errors import UserError
from nasarena.suite.runs.progress import progress_bar

if TYPE_CHECKING:
    from nasarena.suite.training.stored_trainings import Group
    from nasarena.suite.training.train_cell import Trainings

DEFAULT_OUT = Path("nasbench101-5-rotated-mnist.parquet")


def train_table(
    out: Annotated[
        Path | None,
        typer.Option(
            help=f"The file of trainings; what it holds is not trained again. [default: "
            f"{DEFAULT_OUT}; with --verify, the shipped one]",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processes. [default: one for each processor]", show_default=False
        ),
    ] = None,
    verify: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Train so many random cells of the file again, and compare.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides which cells are verified.")] = 0,
) -> None:
    """Train the table of nasbench101-5/rotated-mnist: all 2,532 cells of at most 5 vertices.

    Networks of nasbench-pytorch, on 1,000 small rotated digits: every cell with 3 seeds, the best
    250 by these with 7 more, the best 10 by all those with 20 fresh ones, which are not part of the
    table but tell how far the best is ahead. Some two and a half hours of processor time; an
    interrupted command goes on where it was.

    The same seeds give the same bits on the same kind of processor with the same versions.
    Verifying passes when all bits are equal, or else when at least 19 of 20 cells come within three
    standard deviations of the seeds.

    \b
    Examples:
      nasarena train-table --verify 20
      nasarena train-table --out my-table.parquet
    """
    from nasarena.suite.benchmarks.rotated_mnist import SHIPPED
    from nasarena.suite.training.plan import PLANNED
    from nasarena.suite.training.stored_trainings import load_trainings
    from nasarena.suite.training.train_table import require_libraries
    from nasarena.suite.training.train_table import train_table as train
    from nasarena.suite.workers import default_workers

    require_libraries()
    count = workers or default_workers()
    if verify is not None:
        _verify(out or SHIPPED, verify, seed, count)
        return
    file = out or DEFAULT_OUT
    with progress_bar(PLANNED, "training", "trainings") as tell:
        train(file, count, tell)
    print(f"{PLANNED} trainings, in {file}", file=sys.stderr)
    _say_resolution(load_trainings(file))


def _verify(file: Path, cells: int, seed: int, workers: int) -> None:
    """Says how `cells` random ones compare; raises UserError when they are others."""
    from nasarena.suite.training.train_table import load_cells
    from nasarena.suite.training.verification import MOST_DEVIATIONS, verify

    found = verify(load_cells(file), cells, seed, workers)
    print(
        f"{found.cells} cells trained again: {found.equal} equal bit for bit; {found.within} "
        f"within {found.allowed:.3g} points ({MOST_DEVIATIONS:.3g} standard deviations of the "
        f"seeds), the largest difference {found.largest:.3g}"
    )
    if not found.passed:
        raise UserError(f"{file} does not hold what this recipe gives here; see the line above")


def _say_resolution(trainings: "Mapping[Group, Trainings]") -> None:
    from nasarena.suite.training.resolution import resolution

    found = resolution(trainings)
    print(
        f"{found.cells} cells; rank correlation between two seeds {found.seed_correlation:.3f}, in "
        f"the top quarter {found.seed_correlation_top_quarter:.3f}; between validation and test "
        f"{found.test_correlation:.3f}"
    )
    if found.margin is not None and found.margin_error is not None:
        print(
            f"the best cell is {found.margin:.3g} points ahead of the second by fresh seeds "
            f"(standard error {found.margin_error:.2g})"
        )
