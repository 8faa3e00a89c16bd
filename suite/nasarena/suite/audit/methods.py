"""The methods that audited runs name, as far as they are at hand to be run again."""

from collections.abc import Sequence
from dataclasses import dataclass

from nasarena.suite.audit.cells import AuditedCell
from nasarena.suite.errors import UserError, one_line
from nasarena.suite.methods import MethodChoice, choose_methods
from nasarena.suite.names import split_list
from nasarena.suite.records.run_record import BY_DEFINITION
from nasarena.suite.runs.execute import source_digest_of


@dataclass(frozen=True)
class AtHand:
    """A method that can be run again; `same_source` is None where its runs' source is unknown."""

    choice: MethodChoice
    same_source: bool | None


class Methods:
    """Finds the method of a cell: among those given, or by its registered name."""

    def __init__(self, given: str = "") -> None:
        """`given` names methods as on the command line. Raises UserError."""
        self._given = {one.name: one for one in choose_methods(split_list(given))}

    def of(self, cell: AuditedCell) -> AtHand | str:
        """The method of a cell; a sentence where it is not at hand."""
        assert cell.identity is not None
        name, version = cell.identity.method, cell.identity.method_version
        try:
            choice = self._given.get(name) or _by_name(name)
        except UserError as error:
            return f"the method is not at hand: {one_line(str(error))}"
        if choice.version != version:
            return (
                f"the method is not at hand: its runs are of version {one_line(version, 20)}, and "
                f"version {choice.version} is installed"
            )
        recorded = set(cell.executions["source_digest"].to_pylist()) if cell.executions else set()
        known = {digest for digest in recorded if digest.startswith(BY_DEFINITION)}
        if not known or known != recorded:
            return AtHand(choice, None)
        if known != {source_digest_of(choice)}:
            return "the method is not at hand: the installed source is not that of its runs"
        return AtHand(choice, True)


def _by_name(name: str) -> MethodChoice:
    """A registered method; no file is imported because a record names it. Raises UserError."""
    if ":" in name or "*" in name or "?" in name:
        raise UserError(f"'{one_line(name, 60)}' is no registered name")
    found: Sequence[MethodChoice] = choose_methods([name])
    return found[0]
