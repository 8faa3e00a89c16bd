"""`nasarena train-table`: the suite's own table, trained again, completed or verified."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nasarena.suite.commands.options import Workers
from nasarena.suite.commands.output import counted, say
from nasarena.suite.errors import RunsFailed
from nasarena.suite.runs.progress import progress_bar

if TYPE_CHECKING:
    from nasarena.suite.training.stored_trainings import Group
    from nasarena.suite.training.train_cell import Trainings

DEFAULT_OUT = Path("nasbench101-5-rotated-mnist.parquet")


def train_table(
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=f"The file of trainings; those it has are not repeated. [default: {DEFAULT_OUT}; "
            "with --verify, the file that nasarena comes with]",
            show_default=False,
        ),
    ] = None,
    workers: Workers = None,
    verify: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Train N random cells of the file again and compare; write nothing.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="Seed that chooses the cells to verify.")
    ] = 0,
) -> None:
    """Train or verify the table of nasbench101-5/rotated-mnist.

    It has all 2,532 cells of NAS-Bench-101 with at most 5 vertices. Networks of nasbench-pytorch
    are trained on 1,000 small rotated digits: every cell with 3 seeds, the best 250 of them with 7
    more. The best 10 are trained with 20 further seeds, which are not part of the table: they show
    how far the best cell is ahead. This takes about two and a half hours of processor time. An
    interrupted command continues when it is given again.

    The same seeds give the same bits on the same kind of processor with the same library versions.
    --verify passes when all bits are equal, or when at least 19 of 20 cells are within three
    standard deviations (over seeds) of the table.

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
    from nasarena.suite.workers.processes import default_workers

    require_libraries()
    count = workers or default_workers()
    if verify is not None:
        _verify(out or SHIPPED, verify, seed, count)
        return
    file = out or DEFAULT_OUT
    with progress_bar(PLANNED, "training", "trainings") as tell:
        train(file, count, tell)
    say(f"{PLANNED} trainings done, in {file}", stderr=True)
    _say_resolution(load_trainings(file))


def _verify(file: Path, cells: int, seed: int, workers: int) -> None:
    """Say how `cells` random ones compare; raises RunsFailed when they differ."""
    from nasarena.suite.training.train_table import load_cells
    from nasarena.suite.training.verification import MOST_DEVIATIONS, verify

    found = verify(load_cells(file), cells, seed, workers)
    say(
        f"{counted(found.cells, 'cell')} trained again: {found.equal} equal bit for bit; "
        f"{found.within} within {found.allowed:.3g} points ({MOST_DEVIATIONS:.3g} standard "
        f"deviations over seeds); largest difference {found.largest:.3g} points"
    )
    if not found.passed:
        raise RunsFailed(f"the trainings in {file} differ from those made here; see the line above")


def _say_resolution(trainings: "Mapping[Group, Trainings]") -> None:
    from nasarena.suite.training.resolution import resolution

    found = resolution(trainings)
    say(
        f"{found.cells} cells; rank correlation between two seeds {found.seed_correlation:.3f} "
        f"(top quarter {found.seed_correlation_top_quarter:.3f}), between validation and test "
        f"{found.test_correlation:.3f}"
    )
    if found.margin is not None and found.margin_error is not None:
        say(
            f"with fresh seeds, the best cell is {found.margin:.3g} points ahead of the second "
            f"(standard error {found.margin_error:.2g})"
        )
