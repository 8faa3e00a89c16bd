"""What is recorded of a failed run's error: readable, bounded, and the same on every machine."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.names import parse_counts
from nasarena.suite.runs.recorded_error import (
    LINE_LENGTH,
    LINES,
    first_line,
    portable,
    recorded_error,
    traceback_lines,
)


def recorded(fail: Callable[[], object]) -> str:
    """What is recorded of what `fail` raises, called as the harness calls a method."""
    try:
        fail()
    except BaseException as error:
        return recorded_error(error)
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("raised", [SystemExit(0), KeyboardInterrupt(), RecursionError()])
def test_an_error_whose_text_raises_is_recorded_by_its_type(raised: BaseException) -> None:
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise raised

    def fails() -> None:
        raise Unspeakable from Unspeakable()

    assert first_line(recorded(fails)) == "Unspeakable"


def test_the_sentence_comes_first_and_the_traceback_below_it() -> None:
    def fails() -> None:
        try:
            json.loads("{")
        except ValueError as error:
            raise RuntimeError("no idea\nwhat to query") from error

    text = recorded(fails)
    assert first_line(text) == "RuntimeError: no idea what to query"
    lines = traceback_lines(text)
    assert lines[0] == "Traceback (most recent call last):"
    assert '  File "json/decoder.py", line' in text
    assert '  File "test_recorded_error.py", line' in text
    assert "def recorded" not in text, "the harness's own frame says nothing"
    assert lines[-2:] == ["RuntimeError: no idea", "what to query"]


def test_files_of_packages_are_named_as_they_are_imported() -> None:
    text = recorded(lambda: parse_counts("x", 1, "--at"))
    assert '  File "nasarena/suite/names.py", line' in text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no file '/home/a b/my data/x.csv'", "no file '.../x.csv'"),
        ('no file "C:\\Users\\a\\x.csv"', 'no file ".../x.csv"'),
        ("no file /srv/project/x.csv, sorry", "no file .../x.csv, sorry"),
        ("no file ~/x/y.csv", "no file .../y.csv"),
        (f"in {Path.home()}/x", "in .../x"),
        (f"in {Path.cwd()}", "in ..."),
        ("n/a, 1/2, see https://a.org/b/c.html", "n/a, 1/2, see https://a.org/b/c.html"),
        ("<object at 0x7f0012ab34cd>, 0x1f", "<object at 0x...>, 0x1f"),
        ("nasarena_file_2a50f460_mine.Oops", "mine.Oops"),
    ],
)
def test_nothing_of_the_machine_is_kept(said: str, shown: str) -> None:
    assert portable(said) == shown


def test_long_errors_are_bounded_and_printable() -> None:
    def deep(left: int) -> None:
        if left:
            eval(f"one(left - 1)  # {left}", {"one": deep, "left": left})
        raise ValueError("\x1b[31m" + "x\n" * 3 + 2000 * "y")

    text = recorded(lambda: deep(40))
    assert len(traceback_lines(text)) == LINES
    assert max(map(len, text.split("\n"))) <= LINE_LENGTH
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_how_deep_the_stack_was_does_not_matter() -> None:
    def forever() -> None:
        forever()

    def within(frames: int) -> str:
        return within(frames - 1) if frames else recorded(forever)

    assert within(0) == within(7)


def test_an_error_that_cannot_say_itself_is_named() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise UserError("not even that")

    def fails() -> None:
        raise Mute

    assert first_line(recorded(fails)) == "Mute"


def test_what_a_file_holds_is_made_printable() -> None:
    assert first_line("\x1b[31mred\n" + "x") == "[31mred"
    assert traceback_lines("first\n\x1b[2Jx\n" + "y" * 999) == [
        "\ufffd[2Jx",
        "y" * (LINE_LENGTH - 3) + "...",
    ]
