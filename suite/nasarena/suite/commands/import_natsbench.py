"""`nasarena import natsbench`: NATS-Bench's topology release as benchmarks."""

import sys
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from nasarena.suite.errors import UserError
from nasarena.suite.runs.progress import progress_bar


def import_natsbench(
    folder: Annotated[Path, typer.Argument(help="NATS-tss-v1_0-3ffb9-simple, unpacked.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Read it anew, in the place of an earlier import.")
    ] = False,
) -> None:
    """Make benchmarks of NATS-Bench's topology release: validation and test accuracies.

    They are called natsbench/cifar10, natsbench/cifar100, natsbench/imagenet16-120 (200 epochs),
    and the same with -12-epochs, over the NAS-Bench-201 space; every run is kept. Nothing that is
    in the release is executed. Interrupted, it leaves nothing, and is begun again. The release is
    on its authors' Google Drive (github.com/D-X-Y/NATS-Bench).

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
    print(f"{', '.join(manifest.benchmarks)}: {len(release.names):,} architectures")
    print(
        f"try: nasarena run --methods random-search --benchmarks {manifest.benchmarks[0]}",
        file=sys.stderr,
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
            f"{manifest.source} was imported, which is another release; give --replace to put this "
            "one in its place: runs on the old tables are then of others"
        )
    if not copy_can_be_read(manifest.benchmarks[0]):  # all have one copy
        return False
    print(
        f"{', '.join(manifest.benchmarks)}: there already, from {manifest.source}; give --replace "
        "to read it anew"
    )
    return True
