"""What the catalogue adds, fetched once for all tests, where the published files are there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nasarena.suite.benchmarks.fetching import fetch_from
from nasarena.suite.benchmarks.registry import reopen
from nasarena.suite.tables.fetched.catalogue import catalogue
from nasarena.suite.tables.fetched.local_files import LocalFiles

PUBLISHED = Path(__file__).parents[3] / "shared" / "data"
"""Copies of the published files, where this machine has them."""


def reopen_all() -> None:
    """What tests before have opened is opened again."""
    reopen(name for one in catalogue().values() for name in [*one.benchmarks, *one.metrics_of])


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder of published files."""
    if not PUBLISHED.is_dir():
        pytest.skip(f"needs the published files in {PUBLISHED}")
    return PUBLISHED


@pytest.fixture(scope="session")
def data_with_everything(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's data folder with all that the catalogue has but the large files."""
    folder = tmp_path_factory.mktemp("fetched-data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASARENA_DATA", str(folder))
        for entry in catalogue().values():
            if not entry.is_large:
                fetch_from(entry, LocalFiles(published))
    reopen_all()
    return folder


@pytest.fixture
def everything_fetched(
    data_with_everything: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """All that the catalogue adds is there, in this test."""
    monkeypatch.setenv("NASARENA_DATA", str(data_with_everything))
    reopen_all()
    yield data_with_everything
    monkeypatch.undo()
    reopen_all()
