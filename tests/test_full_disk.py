"""Every writer on a full disk: one sentence, and what was there stays as it was."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nasarena.leaderboard.paper_figures import FOLDER
from nasarena.leaderboard.site import SITE
from nasarena.suite.benchmarks.imported import Import, importing, record_import
from nasarena.suite.errors import UserError
from nasarena.suite.files import write_atomically
from nasarena.suite.gate.baseline import write_baseline
from nasarena.suite.records.store import open_results
from nasarena.suite.tables.cache import open_table
from nasarena.suite.tables.table import Table


def import_nothing(folder: Path) -> None:
    manifest = Import(
        kind="table",
        benchmarks=("mine/nothing",),
        source="nothing.csv",
        source_sha256="0" * 64,
        licence="",
        citation="",
    )

    def write(into: Path) -> None:
        write_atomically(into / "table.arrow", lambda file: file.write(b"1"))

    with importing():
        record_import("nothing", manifest, write)


class Made:
    """The source of a table that needs no file."""

    source, sha256, identity = "made", "0" * 64, "0" * 64

    def read(self) -> bytes:
        return b""


def cache_a_table(folder: Path) -> None:
    def read(content: bytes, source_sha256: str) -> Table:
        return Table(source_sha256, validation=np.array([[50.0], [60.0]]))

    open_table("mine/made", Made(), read)


WRITERS: dict[str, Callable[[Path], object]] = {
    "site": lambda folder: SITE.write({"index.html": b"1"}, folder),
    "figures": lambda folder: FOLDER.write({"captions.txt": b"1"}, folder),
    "baseline": lambda folder: write_baseline(folder, []),
    "results": lambda folder: open_results(folder, create=True),
    "import": import_nothing,
    "cache": cache_a_table,
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("fails", ["write", "fsync"])
def test_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, fails: str
) -> None:
    for variable in ("NASARENA_DATA", "NASARENA_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    folder = tmp_path / "out"

    def files() -> dict[Path, bytes]:
        every = (path for path in tmp_path.glob("**/*") if path.is_file())
        return {path: path.read_bytes() for path in every if path.name != ".lock"}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        if fails == "fsync":
            patch.setattr(os, "fsync", full)
        else:
            patch.setattr(os, "replace", full)
        with pytest.raises(UserError, match="No space left on device") as raised:
            WRITERS[name](folder)
    assert "\n" not in str(raised.value)
    assert files() == {}, "nothing half written stays"
    WRITERS[name](folder)
    assert files()
