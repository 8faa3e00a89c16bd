"""`nasarena import natsbench`: NATS-Bench's topology release as benchmarks."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from nasarena.suite.commands.output import say
from nasarena.suite.errors import UserError
from nasarena.suite.runs.progress import progress_bar


def import_natsbench(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="The unpacked release, NATS-tss-v1_0-3ffb9-simple."),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Import again, in place of an earlier import.")
    ] = False,
) -> None:
    """Make benchmarks of NATS-Bench's topology release.

    The benchmarks are natsbench/cifar10, natsbench/cifar100 and natsbench/imagenet16-120 (200
    epochs), and the same names with -12-epochs, on the space of NAS-Bench-201. They have the
    validation and test accuracies of every training run. No code in the release is executed. An
    interrupted import leaves nothing behind. Download the release from its authors' Google Drive
    (github.com/D-X-Y/NATS-Bench).

    \b
    Examples:
      nasarena import natsbench NATS-tss-v1_0-3ffb9-simple
      nasarena run --methods weaknas-lite --benchmarks natsbench/cifar100
    """
    from nasarena.suite.benchmarks.imported import importing, record_import, remove_old_copies
    from nasarena.suite.benchmarks.natsbench import SLUG, columnar, copy_path, manifest_of, save
    from nasarena.suite.tables.natsbench_files import ARCHITECTURES, read_natsbench

    if not replace and _is_there():  # before it is read for minutes
        return
    with progress_bar(ARCHITECTURES, "reading", "files") as tell:
        release = read_natsbench(folder, tell)
    content = columnar(release)
    copy_sha256 = sha256(content).hexdigest()
    manifest = manifest_of(release, folder.resolve().name, copy_sha256)
    with importing():
        if not replace and _is_there(release.source_sha256):  # by now
            return
        into = record_import(
            SLUG, manifest, lambda into: save(content, copy_path(into, copy_sha256))
        )
        remove_old_copies(copy_path(into, copy_sha256))
    say(f"{', '.join(manifest.benchmarks)}: {len(release.names):,} architectures")
    say(
        f"next: nasarena run --methods random-search --benchmarks {manifest.benchmarks[0]}",
        stderr=True,
    )


def _is_there(source_sha256: str | None = None) -> bool:
    """Whether a release was imported, and its copy is whole.

    Raises UserError when the import is of another release than one that was read.
    """
    from nasarena.suite.benchmarks.imported import copy_can_be_read, imported
    from nasarena.suite.benchmarks.natsbench import SLUG

    there = next((one for one in imported().values() if one.folder.name == SLUG), None)
    if there is None:
        return False
    manifest = there.manifest
    if source_sha256 not in (None, manifest.source_sha256):
        raise UserError(
            f"another release ({manifest.source}) was imported before; give --replace to import "
            "this one instead (runs on the old tables then no longer match)"
        )
    if not copy_can_be_read(manifest.benchmarks[0]):  # all have one copy
        return False
    say(
        f"{', '.join(manifest.benchmarks)}: imported before, from {manifest.source}; give "
        "--replace to import again"
    )
    return True
