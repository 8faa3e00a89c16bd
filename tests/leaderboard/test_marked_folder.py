"""Folders that a command writes and recognises again."""

from pathlib import Path

from nasarena.leaderboard.site import SITE


def test_what_a_killed_command_left_is_removed_by_the_next(tmp_path: Path) -> None:
    SITE.write({"index.html": b"1"}, tmp_path)
    (tmp_path / "data").mkdir()
    left = [tmp_path / ".index.html.unfinished-0123abcd", tmp_path / "data/.a.unfinished-0123abcd"]
    for file in left:
        file.write_bytes(b"half")
    (tmp_path / "mine.unfinished-0123abcd").write_bytes(b"a file of the user")
    SITE.write({"index.html": b"2"}, tmp_path)
    assert not any(file.exists() for file in left)
    assert (tmp_path / "index.html").read_bytes() == b"2"
    assert (tmp_path / "mine.unfinished-0123abcd").exists()
