"""`nasarena import nasbench101`: NAS-Bench-101's official file as benchmarks."""

from collections.abc import Callable
from hashlib import file_digest
from pathlib import Path
from typing import Annotated

import typer

from nasarena.suite.commands.output import say
from nasarena.suite.errors import UserError
from nasarena.suite.files import open_regular
from nasarena.suite.runs.progress import progress_bar

MEGABYTE = 1_000_000


def import_nasbench101(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="nasbench_only108.tfrecord or nasbench_full.tfrecord."),
    ],
    part: Annotated[
        bool, typer.Option("--part", help="Accept a file that has only some of the cells.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the import of another file.")
    ] = False,
) -> None:
    """Make benchmarks of NAS-Bench-101's official file.

    All 423,624 cells have three training runs each. The benchmarks are nasbench101/cifar10 (108
    epochs) and, from the full file, nasbench101/cifar10-4-epochs, -12-epochs and -36-epochs. The
    file is read once and its checksums are verified, which takes a minute or a few. TensorFlow is
    not needed. An interrupted import leaves nothing behind. Get the file with `nasarena fetch`.

    \b
    Examples:
      nasarena fetch nasbench101 --out .
      nasarena import nasbench101 nasbench_only108.tfrecord
      nasarena run --methods weaknas-lite --benchmarks nasbench101/cifar10
    """
    from nasarena.suite.benchmarks.imported import importing, record_import, remove_old_copies
    from nasarena.suite.benchmarks.nasbench101 import SLUG, copy_path, manifest_of
    from nasarena.suite.tables.nasbench101_copy import save_nasbench101
    from nasarena.suite.tables.nasbench101_file import read_nasbench101

    if not replace and _is_there(file, lambda: _sha256(file)):  # before it is read for minutes
        return
    with progress_bar(_megabytes(file), "reading", "MB") as tell:
        read = read_nasbench101(file, _in_megabytes(tell))
    manifest = manifest_of(read, file.name, allow_part=part)
    with importing():
        if not replace and _is_there(file, lambda: read.source_sha256):  # by now
            return
        folder = record_import(
            SLUG,
            manifest,
            lambda folder: save_nasbench101(read, copy_path(folder, read.source_sha256)),
        )
        remove_old_copies(copy_path(folder, read.source_sha256))
    say(f"{', '.join(manifest.benchmarks)}: {read.size:,} cells")
    say(
        f"next: nasarena run --methods random-search --benchmarks {manifest.benchmarks[0]}",
        stderr=True,
    )


def _is_there(file: Path, sha256: Callable[[], str]) -> bool:
    """Whether this very file was imported and its copy is whole; UserError for another file."""
    from nasarena.suite.benchmarks.imported import copy_can_be_read, imported
    from nasarena.suite.benchmarks.nasbench101 import SLUG

    there = next((one for one in imported().values() if one.folder.name == SLUG), None)
    if there is None:
        return False
    if sha256() != there.manifest.source_sha256:
        raise UserError(
            f"another file ({there.manifest.source}) was imported before; give --replace to import "
            f"{file.name} instead (runs on the old tables then no longer match)"
        )
    if not copy_can_be_read(there.manifest.benchmarks[0]):  # all have one copy
        return False
    say(f"{', '.join(there.manifest.benchmarks)}: imported before")
    return True


def _sha256(file: Path) -> str:
    try:
        with open_regular(file, follow_links=True) as opened:
            return file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror})") from None


def _megabytes(file: Path) -> int:
    return file.stat().st_size // MEGABYTE if file.exists() else 0


def _in_megabytes(tell: Callable[[int], None]) -> Callable[[int, int], None]:
    """Tells the megabytes read since it was last told, from the bytes read in all."""
    told = 0

    def progress(done: int, _: int) -> None:
        nonlocal told
        new = done // MEGABYTE - told
        if new:
            told += new
            tell(new)

    return progress
