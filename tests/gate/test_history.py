"""The history's files: one a commit, never overwritten unasked, read in order of time."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from histories import commit, history, outcomes
from nasarena.suite.errors import UserError
from nasarena.suite.gate.baseline import FILE, write_baseline, write_outcomes
from nasarena.suite.gate.commits import Commit, commit_of
from nasarena.suite.gate.history import Entry, add_entry, outcomes_in, read_entry, read_history
from nasarena.suite.gate.series import distinct, same_code, series_of


def test_what_is_added_is_read_in_order_of_time(tmp_path: Path) -> None:
    entries = history([[outcomes([5, 301, 7]), outcomes([9], benchmark="toy/b")]] * 4)
    for entry in (entries[2], entries[0], entries[3], entries[1]):
        path = add_entry(tmp_path / "h", entry)
        assert path.name == f"{entry.commit.sha}.parquet"
    found = read_history(tmp_path / "h")
    assert [one.commit for one in found] == [one.commit for one in entries]
    first, second = found[0].cells
    assert first.samples.tolist() == [5, np.inf, 7]
    assert (first.key, second.key) == (("m", "toy/a"), ("m", "toy/b"))
    assert (found[0].methods, found[0].benchmarks) == (["m"], ["toy/a", "toy/b"])
    assert found[0].seeds == (1, 3)


def test_the_same_is_added_again_and_something_else_is_not(tmp_path: Path) -> None:
    entry = Entry(commit(1, "one"), [outcomes([5, 6], code="a")])
    path = add_entry(tmp_path, entry)
    before = path.read_bytes()
    add_entry(tmp_path, entry)
    for other in (
        replace(entry, cells=[outcomes([5, 7], code="a")]),
        replace(entry, cells=[outcomes([5, 6], code="b")]),
        replace(entry, commit=replace(entry.commit, subject="two")),
    ):
        with pytest.raises(UserError, match=r"has other runs, .* add --replace"):
            add_entry(tmp_path, other)
        assert path.read_bytes() == before
        add_entry(tmp_path, other, replace=True)
        assert path.read_bytes() != before
        add_entry(tmp_path, entry, replace=True)
        assert path.read_bytes() == before


def test_a_baseline_is_taken_as_it_is(tmp_path: Path) -> None:
    write_baseline(tmp_path, [outcomes([5, 6])])
    (cell,) = outcomes_in(tmp_path)
    assert cell.samples.tolist() == [5, 6]


def test_files_that_are_no_entries_are_refused(tmp_path: Path) -> None:
    path = add_entry(tmp_path, Entry(commit(1), [outcomes([5])]))
    renamed = path.rename(tmp_path / f"{'0' * 40}.parquet")
    with pytest.raises(UserError, match="does not say which commit"):
        read_entry(renamed)
    renamed.unlink()
    write_outcomes(path, [outcomes([5])])
    with pytest.raises(UserError, match="does not say which commit"):
        read_history(tmp_path)
    sha, time = path.stem, commit(1).time
    for notes in (
        {"commit": sha, "time": "soon", "subject": ""},
        {"commit": sha, "time": time.replace(tzinfo=None).isoformat(), "subject": ""},
    ):
        write_outcomes(path, [outcomes([5])], **notes)
        with pytest.raises(UserError, match="does not say which commit"):
            read_entry(path)
    path.write_bytes(b"PAR1")
    with pytest.raises(UserError, match=r"cannot be read .* nasarena history add --replace"):
        read_entry(path)


def test_an_empty_history_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no commits; add runs first"):
        read_history(tmp_path)
    with pytest.raises(UserError, match="does not exist; add runs first"):
        read_history(tmp_path / "none")
    (tmp_path / FILE).touch()
    with pytest.raises(UserError, match="cannot be read"):
        outcomes_in(tmp_path)


def test_a_commit_that_git_does_not_know_needs_a_hash_and_a_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UserError, match="git knows no commit in this folder; give --commit and"):
        commit_of()
    with pytest.raises(UserError, match="git knows no commit 1a2b3c4 in this folder"):
        commit_of("1a2b3c4")
    with pytest.raises(UserError, match="'x y' is not a date"):
        commit_of("1a2b3c4", "x y")
    with pytest.raises(UserError, match=r"'../up' is not the hash"):
        commit_of("../up", "2026-11-26")
    made, is_changed = commit_of("1a2b3c4", "2026-11-26T01:00:00+02:00", "s")
    assert made == Commit("1a2b3c4", datetime.fromisoformat("2026-11-25T23:00:00+00:00"), "s")
    assert not is_changed


def test_series_leave_out_what_is_under_other_rules() -> None:
    moments = [
        [outcomes([5], budget=100), outcomes([5], "n")],
        [outcomes([5]), outcomes([6], benchmark="toy/b", budget=100)],
        [outcomes([7])],
    ]
    m, n = series_of(history(moments))
    assert (m.method, m.left_out, len(m.moments)) == ("m", 1, 2)
    assert (m.benchmarks, m.latest) == (["toy/a", "toy/b"], ["toy/a"])
    assert (n.method, n.left_out, len(n.moments)) == ("n", 0, 1)


def test_equal_traces_are_the_same_code_whatever_the_seeds() -> None:
    cells = [
        outcomes([5, 6], code=1),
        outcomes([5, 6, 8], code=1),
        outcomes([8], code=1, first_seed=2),
        outcomes([5, 6, 9], code=2),
        outcomes([5, 7], code=1),
    ]
    # Traces are told apart by place in the list: give the third its own seed's.
    cells[2] = replace(cells[2], traces=cells[1].traces[2:])
    (series,) = series_of(history([[one] for one in cells]))
    assert same_code(series.moments) == [[0, 1, 2], [3], [4]]


def test_a_run_that_was_made_several_times_is_one() -> None:
    cells = [outcomes([5, 6], code=1), outcomes([5, 7], code=1), outcomes([5, 6], code=1)]
    runs, places = distinct(cells)
    assert runs.samples.tolist() == [5, 6, 7]
    assert places == [[0, 1, 2], [0, 2], [1]]
