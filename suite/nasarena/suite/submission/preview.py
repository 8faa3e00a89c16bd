"""A copy of a submission with the verdicts of this audit, to be shown."""

from contextlib import suppress
from pathlib import Path

from nasarena.suite.checks.verdicts import JUDGED, write_verdict
from nasarena.suite.files import read_regular
from nasarena.suite.records.method_description import DESCRIPTION
from nasarena.suite.records.parquet import MOST_FILE_BYTES
from nasarena.suite.records.store import open_results
from nasarena.suite.submission.check import Submission


def audited_copy(submission: Submission, folder: Path) -> Path:
    """Copy the readable cells of a submission into a new results folder, with their verdicts.

    Nothing is written into the submission itself. Raises OSError where the copy cannot be written.
    """
    open_results(folder, create=True)
    for cell in submission.cells:
        if cell.part is None:
            continue
        try:
            contents = _contents(cell.folder)
            verdict = cell.verdict()
        except (OSError, ValueError):  # a link, for example: the check has said so
            continue
        copy = folder / cell.folder.relative_to(submission.results)
        copy.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (copy / name).write_bytes(content)
        write_verdict(copy, verdict)
    return folder


def _contents(folder: Path) -> dict[str, bytes]:
    """What the files of a cell hold. Raises OSError for what is there and no regular file."""
    contents = {}
    for name in (*JUDGED, DESCRIPTION):
        with suppress(FileNotFoundError):
            contents[name] = read_regular(folder / name, MOST_FILE_BYTES)
    return contents
