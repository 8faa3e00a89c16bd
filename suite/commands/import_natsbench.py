"""`nasarena import natsbench`: NATS-Bench's topology release as benchmarks."""

import sys
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from suite.commands.run import progress_bar


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
    from suite.imports import imported, record_import
    from suite.tables.natsbench_files import ARCHITECTURES, read_natsbench
    from suite.tables.natsbench_import import SLUG, columnar, manifest_of, save

    there = next((one for one in imported().values() if one.folder.name == SLUG), None)
    if there is not None and not replace:
        print(
            f"{', '.join(there.manifest.benchmarks)}: there already, from {there.manifest.source}; "
            "give --replace to read it anew"
        )
        return
    with progress_bar(ARCHITECTURES, "reading", "files") as tell:
        release = read_natsbench(folder, tell)
    content = columnar(release)
    manifest = manifest_of(release, folder.resolve().name, sha256(content).hexdigest())
    record_import(SLUG, manifest, lambda into: save(content, into))
    print(f"{', '.join(manifest.benchmarks)}: {len(release.names):,} architectures")
    print(
        f"try: nasarena run --methods random-search --benchmarks {manifest.benchmarks[0]}",
        file=sys.stderr,
    )
