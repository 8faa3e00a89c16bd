"""Sentences that several files share."""

import pytest

from nasarena.suite.errors import wrong_columns


@pytest.mark.parametrize(
    ("expected", "found", "said"),
    [
        ("abc", "adbe", "wrong columns: expected c; found d, e"),
        ("abc", "ab", "wrong columns: expected c; found no such column"),
        ("ab", "abc", "wrong columns: expected no more; found c"),
        ("ab", "ba", "wrong order of columns: expected a, b"),
    ],
)
def test_wrong_columns_are_named(expected: str, found: str, said: str) -> None:
    assert wrong_columns(expected, found) == said


def test_names_of_columns_are_untrusted() -> None:
    said = wrong_columns(["a"], ["\x1b[31m" + "x" * 1000])
    assert said.isprintable()
    assert len(said) == 300
