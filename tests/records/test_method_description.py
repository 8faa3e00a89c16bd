"""Descriptions of methods beside their runs: stable, bounded, and taken from nobody's word."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.records.method_description import (
    DESCRIPTION,
    MethodDescription,
    read_description,
    write_description,
)

MINE = MethodDescription(
    method="Mine",
    version="2",
    reference="search/mine.py:Mine",
    package="my-search==1.0",
    description="Queries in order.\n\nOf the enumeration.",
    paper="A title, https://example.org/mine",
    tuned_on=("nasbench201/*",),
    parameters={"width": "3"},
    requires=("torch",),
    seconds_per_query=2.0,
)


def put(folder: Path, **changes: Any) -> None:
    said = asdict(MINE) | changes
    (folder / DESCRIPTION).write_text(json.dumps(said), encoding="utf-8")


def test_the_same_description_is_the_same_bytes_and_is_not_written_again(tmp_path: Path) -> None:
    write_description(tmp_path, MINE)
    path = tmp_path / DESCRIPTION
    first, node = path.read_bytes(), path.stat().st_ino
    assert read_description(tmp_path, "Mine", "2") == MINE
    write_description(tmp_path, MINE)
    assert (path.read_bytes(), path.stat().st_ino) == (first, node)


def test_a_folder_without_one_has_none(tmp_path: Path) -> None:
    assert read_description(tmp_path, "Mine", "2") is None


def test_what_older_versions_did_not_store_has_a_default(tmp_path: Path) -> None:
    (tmp_path / DESCRIPTION).write_text('{"method": "Mine", "version": "2", "new": [1]}')
    assert read_description(tmp_path, "Mine", "2") == MethodDescription(method="Mine", version="2")


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "x" * 5_001},
        {"paper": "x" * 501},
        {"tuned_on": ["x"] * 101},
        {"tuned_on": "nasbench201/cifar10"},
        {"parameters": {"width": 3}},
        {"parameters": {"x" * 201: "3"}},
        {"kind": "winner"},
        {"requires": [["torch"]]},
        {"seconds_per_query": -1},
        {"seconds_per_query": "1"},
        {"nasarena_schema_version": 2},
        {"reference": "/tmp/mine.py:Mine"},
        {"reference": "../mine.py:Mine"},
        {"reference": "-x.py:Mine"},
        {"reference": "mine.py:Mine[a=1]"},
        {"reference": "a.py:A,b.py:B"},
        {"package": "--index-url=https://example.org"},
        {"package": "mine; touch planted"},
        {"method": "Other"},
        {"version": "3"},
    ],
)
def test_what_is_out_of_bounds_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    put(tmp_path, **changes)
    with pytest.raises(UserError, match="cannot be used as the description of a method") as error:
        read_description(tmp_path, "Mine", "2")
    assert len(str(error.value)) < 1_000 + len(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"[" * 100_000, b" " * (1 << 21)])
def test_what_is_no_json_object_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / DESCRIPTION).write_bytes(content)
    with pytest.raises(UserError, match=DESCRIPTION):
        read_description(tmp_path, "Mine", "2")


def test_a_link_or_a_pipe_is_refused(tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / DESCRIPTION).rename(tmp_path / "real")
    (tmp_path / DESCRIPTION).symlink_to(tmp_path / "real")
    with pytest.raises(UserError, match="it is a link"):
        read_description(tmp_path, "Mine", "2")
    (tmp_path / DESCRIPTION).unlink()
    os.mkfifo(tmp_path / DESCRIPTION)
    with pytest.raises(UserError, match="not a regular file"):
        read_description(tmp_path, "Mine", "2")


def test_no_text_steers_a_terminal(tmp_path: Path) -> None:
    text = "a\x1b[2J\u202e\nb"
    put(tmp_path, description=text, paper=text, requires=[text], parameters={text: text})
    said = read_description(tmp_path, "Mine", "2")
    assert said is not None
    assert said.description == "a\ufffd[2J\ufffd\nb"
    (name, value), (word,) = *said.parameters.items(), said.requires
    assert {said.paper, name, value, word} == {"a\ufffd[2J\ufffd\ufffdb"}
