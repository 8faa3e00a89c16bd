"""The baseline's file: the same bytes from the same runs, and one sentence for each damage."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasarena.suite.errors import UserError
from nasarena.suite.gate.baseline import (
    FILE,
    read_baseline,
    read_outcomes,
    write_baseline,
    write_outcomes,
)
from nasarena.suite.gate.outcomes import Outcomes

RUN = st.tuples(
    st.integers(1, 900),  # beyond 600: not found
    st.floats(-20, 20),
    st.integers(0, 600),
    st.floats(0, 1e6, width=32),
    st.binary(min_size=16, max_size=16),
)


def same(one: Outcomes, other: Outcomes) -> None:
    assert one.identity == other.identity
    for name in ("seeds", "samples", "queries", "failed"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    assert one.areas == pytest.approx(other.areas, rel=1e-8)
    assert one.cpu_seconds == pytest.approx(other.cpu_seconds, rel=0.01)
    for name in ("traces", "sources", "environments"):
        assert getattr(one, name) == getattr(other, name), name


@settings(max_examples=30)
@given(st.lists(st.lists(RUN, min_size=1, max_size=8), min_size=1, max_size=4), st.randoms())
def test_what_is_written_is_read_again_whatever_the_order(
    make_outcomes: Any,
    tmp_path_factory: pytest.TempPathFactory,
    cells: list[list[tuple[int, float, int, float, bytes]]],
    random: Any,
) -> None:
    every = []
    for place, runs in enumerate(cells):
        samples, areas, queries, seconds, traces = zip(*runs, strict=True)
        every.append(
            make_outcomes(
                samples,
                benchmark=f"toy/{place}",
                areas=areas,
                traces=traces,
                queries=np.array(queries),
                cpu_seconds=np.array(seconds),
                environments=[f'{{"place": {place}}}'] * len(runs),
            )
        )
    folder = tmp_path_factory.mktemp("baseline")
    path = write_baseline(folder, every)
    content = path.read_bytes()
    for one, other in zip(read_baseline(folder), every, strict=True):
        same(one, other)
    mixed = list(every)
    random.shuffle(mixed)
    assert write_baseline(folder, mixed).read_bytes() == content
    # What was read and written again is the same file.
    assert write_baseline(folder, read_baseline(folder)).read_bytes() == content


def test_a_hundred_seeds_of_three_benchmarks_fit_into_git(
    make_outcomes: Any, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    every = [
        make_outcomes(
            rng.integers(10, 700, 100),
            benchmark=f"toy/{place}",
            areas=rng.normal(size=100),
            traces=[rng.bytes(16) for _ in range(100)],
            cpu_seconds=rng.random(100),
        )
        for place in range(3)
    ]
    assert write_baseline(tmp_path, every).stat().st_size < 30_000


def test_notes_are_kept_beside_the_outcomes(make_outcomes: Any, tmp_path: Path) -> None:
    write_outcomes(tmp_path / "one.parquet", [make_outcomes([5, 700])], commit="abc")
    cells, notes = read_outcomes(tmp_path / "one.parquet")
    assert notes == {"commit": "abc"}
    same(cells[0], make_outcomes([5, 700]))


def told(folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_baseline(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    return message


def test_a_missing_baseline_says_how_to_write_it(tmp_path: Path) -> None:
    assert "has no baseline.parquet; write the baseline first: nasarena gate --update" in told(
        tmp_path
    )
    assert "does not exist" in told(tmp_path / "none")


_RESTORED = "restore it from git, or delete it and write it again with nasarena gate --update"


@pytest.fixture
def folder(make_outcomes: Any, tmp_path: Path) -> Path:
    write_baseline(tmp_path, [make_outcomes(range(1, 60))])
    return tmp_path


def test_a_truncated_file_is_told(folder: Path) -> None:
    content = (folder / FILE).read_bytes()
    for length in (0, 3, len(content) // 2, len(content) - 1):
        (folder / FILE).write_bytes(content[:length])
        assert _RESTORED in told(folder)


def test_an_edited_value_is_told(folder: Path) -> None:
    table = pq.read_table(folder / FILE)
    rows = table.to_pylist()
    rows[3]["samples"] = 1
    pq.write_table(pa.Table.from_pylist(rows, table.schema), folder / FILE)
    assert "was edited: its contents do not match its checksum" in told(folder)


def test_a_removed_row_is_told(folder: Path) -> None:
    pq.write_table(pq.read_table(folder / FILE)[1:], folder / FILE)
    assert "was edited" in told(folder)


@pytest.mark.parametrize("version", ["0", "3", None])
def test_another_schema_version_is_told(folder: Path, version: str | None) -> None:
    table = pq.read_table(folder / FILE)
    metadata = dict(table.schema.metadata)
    metadata.pop(b"nasarena_baseline_version")
    if version is not None:
        metadata[b"nasarena_baseline_version"] = version.encode()
    pq.write_table(table.replace_schema_metadata(metadata), folder / FILE)
    message = told(folder)
    assert f"has schema version {version or 'none'}, this nasarena reads 1, 2" in message
    assert "nasarena gate --update" in message


def test_any_changed_byte_is_told_or_harmless(folder: Path) -> None:
    """Of bytes that no value depends on, some may change: what is read is then the same."""
    content = (folder / FILE).read_bytes()
    (before,) = read_baseline(folder)
    rng = np.random.default_rng(0)
    for place in rng.integers(len(content), size=60).tolist():
        changed = bytearray(content)
        changed[place] ^= 0x55
        (folder / FILE).write_bytes(changed)
        try:
            (after,) = read_baseline(folder)
        except UserError as error:
            assert "\n" not in str(error)  # noqa: PT017  # most bytes raise, some may not
        else:
            same(after, replace(before, identity=after.identity))


def test_a_folder_that_cannot_be_written_to_is_told(make_outcomes: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be written .*; choose another --baseline"):
        write_baseline(tmp_path / "file", [make_outcomes([1])])


def test_a_file_that_is_replaced_while_it_is_read_is_the_old_or_the_new(
    make_outcomes: Any, tmp_path: Path
) -> None:
    contents = [[make_outcomes(range(1, count))] for count in (40, 60)]
    write_baseline(tmp_path, contents[0])
    with ThreadPoolExecutor(1) as writer:
        replaced = writer.submit(
            lambda: [write_baseline(tmp_path, contents[turn % 2]) for turn in range(100)]
        )
        read = set()
        while not replaced.done():
            read.add(read_baseline(tmp_path)[0].count)
        replaced.result()
    assert read <= {39, 59}


def test_rules_beyond_the_plain_ones_come_back(make_outcomes: Any, tmp_path: Path) -> None:
    plain = make_outcomes([1, 2])
    version = b"nasarena_baseline_version"
    limited = replace(plain, identity=replace(plain.identity, limit="parameters:10"))
    for outcomes, expected in ((plain, b"1"), (limited, b"2")):
        path = write_baseline(tmp_path, [outcomes])
        assert pq.read_schema(path).metadata[version] == expected
        (read,) = read_baseline(tmp_path)
        same(read, outcomes)
