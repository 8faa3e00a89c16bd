"""What the record of a failed run keeps of its error: one sentence, and the traceback below it.

The same run gives the same text on every machine: paths are shortened, and addresses in memory
are left out.
"""

import re
import sysconfig
import tempfile
from pathlib import Path
from traceback import FrameSummary, TracebackException

import nasarena
from nasarena.suite.errors import one_line, printable

LINES = 40
"""Of a traceback the last ones are kept."""

LINE_LENGTH = 300

MOST_LETTERS = 5_000
"""Of a line that is looked at for paths, before it is cut."""

_PACKAGES = re.compile(r".*[\\/](?:site|dist)-packages[\\/]")

_QUOTED_PATH = re.compile(
    r"""(?P<quote>["'])(?:\.\.\.|~|[A-Za-z]:)?[\\/][^"'\n]*[\\/](?=[^"'\n]*(?P=quote))"""
)
"""The folders of an absolute path in quotes, which may contain spaces."""

_PATH = re.compile(r"(?<![\w.:/\\~])(?:\.\.\.|~|[A-Za-z]:)?[\\/](?:[^\s\"'()<>\[\],;:/\\]+[\\/])+")
"""The folders of an absolute path anywhere else; not of an address that begins with http://."""

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")

_FILE_MODULE = re.compile(r"\bnasarena_file_[0-9a-f]{8}_")
"""What the name of a user's file is preceded by as a module: a digest of its path."""

_REPEATED = re.compile(r"repeated \d+ more times?")
"""How often depends on how deep the stack was when the method was called."""


def recorded_error(error: BaseException) -> str:
    """The text that is recorded for an error which ended a run.

    The first line is the error's type and message; the last lines of the traceback follow, in
    which files of packages are named as they are imported, and others without their folder.
    """
    sentence = one_line(portable(_said(error)[:MOST_LETTERS]))
    try:
        trace = _traceback(error)
    except BaseException:  # an error of a plug-in can fail at anything that it is asked
        return sentence
    return "\n".join([sentence, *trace])


def first_line(recorded: str) -> str:
    """The sentence of a recorded error, whatever a file holds."""
    return one_line(recorded.partition("\n")[0])


def traceback_lines(recorded: str) -> list[str]:
    """The lines below the sentence of a recorded error, printable and of bounded length."""
    return [_printable(line) for line in recorded.split("\n")[1:]][-LINES:]


def portable(text: str) -> str:
    """A text without the folders of absolute paths, and without addresses in memory."""
    for folder in _own_folders():
        text = re.sub(re.escape(folder) + r"(?![\w.-])", "...", text)
    text = _QUOTED_PATH.sub(r"\g<quote>.../", text)
    text = _FILE_MODULE.sub("", _PATH.sub(".../", text))
    return _REPEATED.sub("repeated more times", _ADDRESS.sub("0x...", text))


def _own_folders() -> list[str]:
    """Folders that are this machine's: found also where a space in them hides the path."""
    folders = {str(Path.cwd()), str(Path.home()), tempfile.gettempdir()}
    return sorted((one for one in folders if len(one) > 3), key=len, reverse=True)


def _said(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # its text may raise SystemExit, which must not end the worker
        return type(error).__name__


def _traceback(error: BaseException) -> list[str]:
    # The first frame is of the harness, which called the method.
    inner = error.__traceback__ and error.__traceback__.tb_next
    found = TracebackException(type(error), error, inner)
    _name_files(found)
    lines = "".join(found.format()).rstrip("\n").split("\n")[-LINES:]
    portable_lines = portable("\n".join(line[:MOST_LETTERS] for line in lines)).split("\n")
    return [_printable(line) for line in portable_lines]


def _name_files(found: TracebackException) -> None:
    """Replace the paths of files by names that are the same everywhere, also in causes."""
    waiting, seen = [found], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for frame in one.stack:
            frame.filename = _file_name(frame)
        others = [one.__cause__, one.__context__, *(one.exceptions or ())]
        waiting += [other for other in others if other is not None]


def _file_name(frame: FrameSummary) -> str:
    """`numpy/linalg/_linalg.py` for a file of a package, `my_method.py` for one of the user's."""
    name = frame.filename
    if (packaged := _PACKAGES.match(name)) is not None:
        return name[packaged.end() :].replace("\\", "/")
    path = Path(name)
    for root in (*(Path(part).parent for part in nasarena.__path__), _STANDARD_LIBRARY):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return name if name.startswith("<") else path.name


_STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))


def _printable(line: str) -> str:
    shown = printable(line)
    return shown if len(shown) <= LINE_LENGTH else shown[: LINE_LENGTH - 3] + "..."
