"""The code of a submission: imported only when its reader asks for it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.errors import UserError, one_line
from nasarena.suite.methods import MethodCard, choose_methods, describe
from nasarena.suite.names import Spec
from nasarena.suite.records.method_description import DESCRIPTION
from nasarena.suite.submission.check import Problem, Submission
from nasarena.suite.submission.known_names import is_shipped


def import_methods(submission: Submission, code: Path) -> list[str]:
    """Names for `--methods` of the submission's methods, from where their descriptions say.

    Files are looked for below the folder `code`; modules must be installed. Their authors' code
    runs. What cannot be imported is a note, and a class that describes itself otherwise is wrong.
    """
    names = []
    for method, cells in submission.methods.items():
        if is_shipped(method):
            continue
        name = _name(method, cells, code)
        if name is None:
            continue
        try:
            (choice,) = choose_methods([name])
        except (UserError, SystemExit) as error:
            said = one_line(str(error) if isinstance(error, UserError) else "it ends the program")
            submission.notes.append(Problem(method, f"its class cannot be imported: {said}"))
            continue
        if choice.name != method:
            submission.wrong.append(
                Problem(method, f"its class is named {one_line(choice.name, 60)} in {name}")
            )
            continue
        names.append(name)
        submission.wrong += _said_otherwise(method, cells, choice.card)
    return names


def _name(method: str, cells: Sequence[AuditedCell], code: Path) -> str | None:
    """What to give `--methods`; None where no description says it."""
    for cell in cells:
        said = cell.part.description if cell.part else None
        if said is not None and said.reference is not None:
            home, _, class_name = said.reference.rpartition(":")
            place = str(code / home) if home.endswith(".py") else home
            return str(Spec(f"{place}:{class_name}", Spec.parse(method).parameters))
    return None


def _said_otherwise(
    method: str, cells: Sequence[AuditedCell], card: MethodCard
) -> Iterator[Problem]:
    """A problem where a stored description is not that of the class as it is."""
    now = replace(describe(card), reference=None, package=None)
    for cell in cells:
        said = cell.part.description if cell.part else None
        if said is not None and replace(said, reference=None, package=None) != now:
            yield Problem(
                method,
                f"its {DESCRIPTION} is not what its class says now: give the command that made "
                "the runs again, and it is written anew",
            )
            return
