"""Large official files, downloaded from a server of the tests' own."""

import errno
import socket
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from filelock import FileLock

from file_server import FileServer, file_server
from nasarena.suite.cli import run_command
from nasarena.suite.tables.fetched import download as module
from nasarena.suite.tables.fetched.catalogue import Entry, PublishedFile, catalogue

CONTENT = bytes(range(256)) * 4_000


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server({"mine.tfrecord": CONTENT}) as server:
        yield server


@pytest.fixture
def entry(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> Entry:
    """What `nasarena fetch mine` fetches."""
    url = f"{server.address}/mine.tfrecord"
    file = PublishedFile(url, len(CONTENT), sha256(CONTENT).hexdigest(), large=True)
    made = Entry("mine", "a file", "MIT", "none", (file,), next="nasarena use FILE")
    monkeypatch.setitem(catalogue(), "mine", made)
    return made


@pytest.fixture
def changed(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> object:
    """Changes what the catalogue says of the file."""

    def change(**stated: object) -> None:
        (file,) = entry.files
        other = replace(entry, files=(replace(file, **stated),))
        monkeypatch.setitem(catalogue(), "mine", other)

    return change


def fetched(folder: Path) -> int:
    return run_command(["fetch", "mine", "--out", str(folder)])


def refused(folder: Path, capsys: pytest.CaptureFixture[str], left: bool = False) -> str:
    """The sentence; nothing is left of the file, or a part that can be gone on with."""
    assert fetched(folder) == 2
    there = [*folder.iterdir()] if folder.exists() else []
    assert there == ([folder / ".nasarena-fetch-mine.tfrecord"] if left else [])
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    return error


def test_a_file_is_fetched_once(
    entry: Entry, server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fetched(tmp_path / "new" / "folder") == 0
    path = tmp_path / "new" / "folder" / "mine.tfrecord"
    assert path.read_bytes() == CONTENT
    output = capsys.readouterr()
    assert output.out == f"{path}\n"
    assert output.err == f"next: nasarena use {path}\n"
    assert fetched(path.parent) == 0
    assert server.asked == [("mine.tfrecord", None)]
    assert [*path.parent.iterdir()] == [path]


def test_progress_adds_up_to_the_size(entry: Entry, tmp_path: Path) -> None:
    told: list[int] = []
    module.download(entry.files[0], tmp_path / "file", told.append)
    assert sum(told) == len(CONTENT)
    assert len(told) > 10


def test_a_wrong_file_there_is_replaced(entry: Entry, tmp_path: Path) -> None:
    (tmp_path / "mine.tfrecord").write_bytes(b"half of it")
    assert fetched(tmp_path) == 0
    assert (tmp_path / "mine.tfrecord").read_bytes() == CONTENT


@pytest.mark.parametrize("wrong", [{"sha256": "0" * 64}, {"size": 1000, "sha256": "0" * 64}])
def test_another_checksum_is_refused(
    changed: object, wrong: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(**wrong)  # type: ignore[operator]
    said = refused(tmp_path, capsys)
    assert "is not the file that its authors published" in said


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_that_was_broken_off_is_gone_on_with(
    entry: Entry,
    server: FileServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    ranges: bool,
) -> None:
    server.cut, server.ranges = 300_000, ranges
    assert "give the same command again" in refused(tmp_path, capsys, left=True)
    server.cut = None
    assert fetched(tmp_path) == 0
    assert server.asked == [
        ("mine.tfrecord", None),
        ("mine.tfrecord", "bytes=262144-"),
    ]  # whole pieces
    assert (tmp_path / "mine.tfrecord").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["mine.tfrecord"]


@pytest.mark.parametrize("left", [b"another file", CONTENT, CONTENT + b"more"])
def test_whatever_a_killed_fetch_left_the_file_is_whole(
    entry: Entry, tmp_path: Path, left: bytes
) -> None:
    part = tmp_path / ".nasarena-fetch-mine.tfrecord" / module.PART
    part.parent.mkdir()
    part.write_bytes(left)
    told: list[int] = []
    module.download(entry.files[0], tmp_path / "mine.tfrecord", told.append)
    assert (tmp_path / "mine.tfrecord").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["mine.tfrecord"]


def test_what_the_server_does_not_have(
    entry: Entry, server: FileServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.files = {}
    said = refused(tmp_path, capsys)
    assert "the server says 404; look whether it has moved" in said


def test_without_a_network(
    changed: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/mine.tfrecord"
        changed(url=nobody)  # type: ignore[operator]
        assert "cannot be reached (" in refused(tmp_path, capsys)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (PermissionError("an error without a number"), "an error without a number"),
    ],
)
def test_without_space(
    entry: Entry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: OSError,
    said: str,
) -> None:
    write = module._write

    def full(*arguments: object) -> None:
        write(*arguments)  # type: ignore[arg-type]
        raise error

    monkeypatch.setattr(module, "_write", full)
    sentence = refused(tmp_path, capsys)  # and the room is free again
    assert f"cannot be written ({said}); choose another --out, with 1.02 MB free" in sentence


def test_a_folder_that_is_a_file(
    entry: Entry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert fetched(tmp_path / "file") == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_file_is_fetched_by_one_at_a_time(
    entry: Entry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = tmp_path / ".nasarena-fetch-mine.tfrecord"
    theirs.mkdir()
    (theirs / module.PART).write_bytes(b"half")
    with FileLock(theirs / module.LOCK):
        assert fetched(tmp_path) == 2
    assert "another nasarena is fetching" in capsys.readouterr().err
    assert (theirs / module.PART).read_bytes() == b"half"
