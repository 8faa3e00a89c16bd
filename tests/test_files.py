"""Files that are read: regular ones, up to a limit."""

import os
from pathlib import Path

import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.files import locked, read_regular
from nasarena.suite.settings_file import MOST_DOTS, read_settings


def test_a_regular_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    assert read_regular(file, 5) == b"12345"
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_regular(file, 4)


def test_links_are_followed_only_where_the_user_named_them(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_regular(tmp_path / "link", 5, follow_links=True) == b"1"
    with pytest.raises(OSError, match="it is a link"):
        read_regular(tmp_path / "link", 5)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_pipes_devices_and_folders_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(OSError, match="not a regular file"):
            read_regular(path, 5)
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path, 5)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = " + b"[" * 5000, "not TOML|thousands"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "thousands of brackets"),
        (b"a = " + b"{b = " * 3000 + b"1" + b"}" * 3000, "thousands of brackets"),
        (b"a = " + b"1" * 5000, "thousands of digits"),
        (b"a = 0x" + b"f" * 5000, "thousands of digits"),
        (b".".join([b"a"] * 100_000) + b" = 1", f"more than {MOST_DOTS} parts"),
        (b"[" + b" . ".join([b'"a"'] * 100_000) + b"]", f"more than {MOST_DOTS} parts"),
        (b"a = \xff", "is not TOML: 'utf-8'"),
        (b"a = \x00", "is not TOML: Invalid value"),
        (b"# " + b"a" * 1_000_000, "more than 1,000,000 bytes"),
        (b"a = 1\na = 2", "is not TOML"),
        (b"a" * 999_000, "is not TOML"),
    ],
)
def test_settings_that_no_file_needs(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(content)
    with pytest.raises(UserError, match=said) as raised:
        read_settings(file, "the file mine.toml")
    assert str(raised.value).startswith("the file mine.toml ")
    assert len(str(raised.value)) < 500


def test_a_link_in_the_place_of_a_lock_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    (tmp_path / ".lock").symlink_to(precious)

    def unwritable(error: OSError) -> UserError:
        return UserError(f"cannot be written ({error.strerror})")

    with (
        pytest.raises(UserError, match="cannot be written"),
        locked(tmp_path / ".lock", "busy", unwritable),
    ):
        pass
    assert precious.read_bytes() == b"mine"
