"""Official files, fetched from a server of the tests' own."""

import errno
import socket
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from filelock import FileLock

from nasarena.suite.cli import run_command
from nasarena.suite.tables import official_files as module
from nasarena.suite.tables.official_files import FILES, OfficialFile

CONTENT = bytes(range(256)) * 20_000


class Server(BaseHTTPRequestHandler):
    """Gives the content; or half of it, or nothing, by what is asked for."""

    asked: int = 0

    def do_GET(self) -> None:
        Server.asked += 1
        if self.path.endswith("gone.tfrecord"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        half = self.path.endswith("half.tfrecord")
        self.wfile.write(CONTENT[: len(CONTENT) // 2] if half else CONTENT)

    def log_message(self, *_: object) -> None:
        pass


class Quiet(ThreadingHTTPServer):
    """Says nothing of clients that go away."""

    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = Quiet(("127.0.0.1", 0), Server)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def official(address: str, monkeypatch: pytest.MonkeyPatch) -> OfficialFile:
    """What `nasarena fetch mine` fetches."""
    Server.asked = 0
    file = OfficialFile(
        f"{address}/mine.tfrecord", sha256(CONTENT).hexdigest(), len(CONTENT), "nasarena use FILE"
    )
    monkeypatch.setitem(FILES, "mine", file)
    return file


def fetched(folder: Path) -> int:
    return run_command(["fetch", "mine", "--out", str(folder)])


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence; nothing is left of the file."""
    assert fetched(folder) == 2
    assert not folder.exists() or list(folder.iterdir()) == []
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    return error


def test_a_file_is_fetched_once(
    official: OfficialFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fetched(tmp_path / "new" / "folder") == 0
    path = tmp_path / "new" / "folder" / "mine.tfrecord"
    assert path.read_bytes() == CONTENT
    output = capsys.readouterr()
    assert output.out == f"{path}\n"
    assert output.err == f"next: nasarena use {path}\n"
    assert fetched(path.parent) == 0
    assert Server.asked == 1


def test_progress_adds_up_to_the_size(official: OfficialFile, tmp_path: Path) -> None:
    told: list[int] = []
    module.fetch(official, tmp_path, told.append)
    assert sum(told) == len(CONTENT)
    assert len(told) > 10


def test_a_wrong_file_there_is_replaced(official: OfficialFile, tmp_path: Path) -> None:
    (tmp_path / "mine.tfrecord").write_bytes(b"half of it")
    assert fetched(tmp_path) == 0
    assert (tmp_path / "mine.tfrecord").read_bytes() == CONTENT


def test_another_checksum_is_refused(
    official: OfficialFile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(FILES, "mine", replace(official, sha256="0" * 64))
    said = refused(tmp_path, capsys)
    assert "is not the file that its authors published" in said


def test_a_download_that_is_broken_off_leaves_nothing(
    official: OfficialFile,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(FILES, "mine", replace(official, url=f"{address}/half.tfrecord"))
    assert "broken off" in refused(tmp_path, capsys)


def test_what_the_server_does_not_have(
    official: OfficialFile,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(FILES, "mine", replace(official, url=f"{address}/gone.tfrecord"))
    assert "the server says 404" in refused(tmp_path, capsys)


def test_without_a_network(
    official: OfficialFile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/mine.tfrecord"
        monkeypatch.setitem(FILES, "mine", replace(official, url=nobody))
        assert "cannot be reached (" in refused(tmp_path, capsys)


def test_without_space(
    official: OfficialFile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(self: object, new: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module._Bar, "update", full)  # while the file is written
    said = refused(tmp_path, capsys)
    assert "cannot be written (No space left on device); choose another --out" in said


def test_a_folder_that_is_a_file(
    official: OfficialFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert fetched(tmp_path / "file") == 2
    assert "cannot be written" in capsys.readouterr().err


def test_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["fetch", "nasbench102"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("nasarena: unknown file 'nasbench102'; did you mean 'nasbench101'?")


def test_official_addresses_are_https_and_checksums_whole() -> None:
    for file in FILES.values():
        assert file.url.startswith("https://")
        assert len(file.sha256) == 64
        assert file.name.endswith(".tfrecord")


def test_an_error_without_a_number_says_what_it_says(
    official: OfficialFile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def denied(self: object, new: int) -> None:
        raise PermissionError("Pooch could not write data cache folder")  # as pooch does

    monkeypatch.setattr(module._Bar, "update", denied)
    said = refused(tmp_path, capsys)
    assert "cannot be written (Pooch could not write data cache folder); choose" in said


def test_what_a_killed_fetch_left_the_next_removes(
    official: OfficialFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []

    def looked(self: object, new: int) -> None:
        if not seen:
            seen.append({str(path.relative_to(tmp_path)) for path in tmp_path.rglob("tmp*")})
            seen.append({path.name for path in tmp_path.iterdir()})

    monkeypatch.setattr(module._Bar, "update", looked)
    left = tmp_path / ".nasarena-fetch-mine.tfrecord" / "tmpkilled"
    left.parent.mkdir()
    left.write_bytes(CONTENT[:1000])
    assert fetched(tmp_path) == 0
    (downloaded,), beside = seen
    assert Path(downloaded).parent.name == left.parent.name
    assert downloaded != str(left.relative_to(tmp_path))
    assert beside == {left.parent.name}, "a kill leaves nothing elsewhere"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.tfrecord"]


def test_a_file_is_fetched_by_one_at_a_time(
    official: OfficialFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = tmp_path / ".nasarena-fetch-mine.tfrecord"
    theirs.mkdir()
    (theirs / "tmphalf").write_bytes(b"half")
    with FileLock(theirs / module.LOCK):
        assert fetched(tmp_path) == 2
    assert "another nasarena is fetching" in capsys.readouterr().err
    assert (theirs / "tmphalf").read_bytes() == b"half"
