"""What is installed, and what is said of what is not."""

import json
import subprocess
from pathlib import Path

import pytest

from nasarena.suite import packages


def test_what_is_missing_is_found_without_loading_it() -> None:
    assert packages.missing(["json", "nothing_has_this_name", "nothing.has.this"]) == [
        "nothing_has_this_name",
        "nothing.has.this",
    ]


def test_the_extra_installs_what_it_holds_and_pip_the_rest() -> None:
    assert packages.install_command(["torch"]) == "python -m pip install 'nasarena[learned]'"
    assert packages.install_command(["torch", "dragonfly"]) == (
        "python -m pip install torch dragonfly"
    )


def test_the_commit_of_an_installation_from_a_repository_is_known() -> None:
    origin = {"url": "https://example.org/x.git", "vcs_info": {"commit_id": "0123456789abcdef"}}
    assert packages._commit(json.dumps(origin)) == "0123456"


def test_the_commit_of_an_editable_clone_is_the_one_checked_out(tmp_path: Path) -> None:
    origin = json.dumps({"url": tmp_path.as_uri(), "dir_info": {"editable": True}})
    assert packages._commit(origin) is None  # no repository
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], [*identity, "commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run(["git", "-C", tmp_path, *command], check=True)
    head = subprocess.run(
        ["git", "-C", tmp_path, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout
    assert packages._commit(origin) == head[:7]


@pytest.mark.parametrize("origin", [None, '{"url": "file:///x", "dir_info": {}}'])
def test_otherwise_no_commit_is_claimed(origin: str | None) -> None:
    assert packages._commit(origin) is None
