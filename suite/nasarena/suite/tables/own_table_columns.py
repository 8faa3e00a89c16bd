"""What each column of a user's table is: as stated, or by an obvious name."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
)

from nasarena.suite.errors import UserError, nearest, one_line
from nasarena.suite.names import first_error
from nasarena.suite.tables.csv_file import CSVFile


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[StrictStr, ...], BeforeValidator(_listed)]
"""One name, or several."""


class Columns(BaseModel):
    """What the columns of a table are; None where the file's names are to say it.

    * `architecture`: the column of its key (nasbench101 also: those of matrix and operations).
    * `validation`: one column a training run; `test`: one or more, whose mean is taken;
      accuracies in `unit`.
    * `cost`: training seconds; `parameters`: how many; `latency`: seconds.
    * `decisions`, for the space choices: a list of columns, whose values are those that occur; or
      a table of columns with the values that each can have, in order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: Names | None = None
    validation: Names | None = None
    test: Names | None = None
    cost: StrictStr | None = None
    parameters: StrictStr | None = None
    latency: StrictStr | None = None
    unit: Literal["percent", "fraction"] = "percent"
    decisions: dict[str, tuple[StrictStr | StrictInt | StrictFloat, ...]] | Names | None = Field(
        default=None
    )

    @field_validator("architecture", "validation", "test", "decisions")
    @classmethod
    def _names_something(cls, names: Any) -> Any:
        if names is not None and not names:
            raise ValueError("name at least one column")
        if names is not None and len(set(names)) < len(names):
            raise ValueError("a column is named twice")
        return names


OBVIOUS = {
    "validation": r"(mean )?val(id|idation)?( acc(uracy)?)?( (run |seed )?\d+)?",
    "test": r"(mean )?test( acc(uracy)?)?( (run |seed )?\d+)?",
    "cost": r"cost|seconds|(train|training) (time|seconds|time s)",
    "parameters": r"(n |num )?(params|parameters)",
    "latency": r"latency( s| seconds)?",
    "architecture": r"arch(itecture)?( str| key)?|key|cell|(module )?hash",
    "matrix": r"(module )?(adjacency|matrix)( matrix)?",
    "operations": r"(module )?(ops|operations)",
}
"""Column names that say what they are, in small letters, with spaces for what is between words."""


METRIC_WORD = r"(?<![a-z])(acc|accuracy|loss|error)(?![a-z])"
"""A word in a column's name, in small letters, that says it was measured, whatever it is."""

METRICS = ("validation", "test", "cost", "parameters", "latency")
SEVERAL = ("validation", "test")
"""What can have a column for each training run."""


def read_columns(file: Path | None, flags: dict[str, Any]) -> Columns:
    """The columns as flags (None: not given) and a TOML file state them; flags go before it.

    Raises UserError.
    """
    where, given = "the columns", dict[str, Any]()
    if file is not None:
        where = f"the columns file {file}"
        try:
            given = tomllib.loads(file.read_text(encoding="utf-8"))
            repr(given)  # fails here for what no later complaint could show
        except OSError as error:
            raise UserError(f"{where} cannot be read ({error.strerror})") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UserError(f"{where} is not TOML: {error}") from None
        except (ValueError, RecursionError):
            raise UserError(
                f"{where} has a number of thousands of digits, or thousands of brackets in one "
                "another; it needs names of columns, and lists of values"
            ) from None
        unknown = sorted(given.keys() - Columns.model_fields.keys())
        if unknown:
            raise UserError(
                f"{where} has an unknown key '{unknown[0]}'; {nearest(unknown[0], _KEYS)}"
            )
    try:
        return Columns(**given | {key: value for key, value in flags.items() if value is not None})
    except ValidationError as error:
        raise UserError(f"{where}: {first_error(error)}") from None


_KEYS = tuple(Columns.model_fields)


def completed(columns: Columns, table: CSVFile, space: str) -> Columns:
    """The same with what was not stated found by obvious names; decisions are all but metrics.

    Raises UserError when a stated column is not there, one is used twice, what is needed
    (validation; architecture or decisions) is neither stated nor obvious, or what would be a
    decision is a metric by its name: methods see decisions, and are not to see labels.
    """
    if columns.decisions is not None and space != "choices":
        raise UserError(f"decisions are for --space choices; cells of {space} are named by a key")
    if columns.architecture is not None and space == "choices":
        raise UserError("--space choices has a column for each decision, none for an architecture")
    used = _stated(columns)
    for name in used:
        table.column(name)
    found: dict[str, Any] = {}
    for key in METRICS:
        matching = _obvious(table, key, used)
        if getattr(columns, key) is None and matching:
            _check_alike(table, key, matching)
            found[key] = tuple(matching) if key in SEVERAL else matching[0]
            used += matching
    if "validation" not in found and columns.validation is None:
        raise _missing(table, "validation", "is of validation accuracies", "--validation")
    if space == "choices" and columns.decisions is None:
        used += [name for key in METRICS for name in _obvious(table, key, used)]
        found["decisions"] = tuple(name for name in table.header if name and name not in used)
        if not found["decisions"]:
            raise _missing(table, "decisions", "is a decision", "--decisions")
        _check_no_metric(table, found["decisions"])
    elif space != "choices" and columns.architecture is None:
        found["architecture"] = _architecture(table, space, used)
    return columns.model_copy(update=found)


def _stated(columns: Columns) -> list[str]:
    """All the columns that were stated. Raises UserError when one is stated as two things."""
    used: list[str] = []
    for key in _KEYS:
        names = getattr(columns, key)
        if names is None or key == "unit":
            continue
        for name in [names] if isinstance(names, str) else names:
            if name in used:
                raise UserError(f"column '{name}' is named as two things, one of them {key}")
            used.append(name)
    return used


def _check_no_metric(table: CSVFile, decisions: Sequence[str]) -> None:
    for name in decisions:
        if re.search(METRIC_WORD, _words(name)):
            raise UserError(
                f"column '{one_line(name)}' of {table.path} seems to be a metric, and methods "
                "would see it as a decision; name the decisions with --decisions (or decisions in "
                "--columns), without it to leave it out"
            )


def _check_alike(table: CSVFile, key: str, names: list[str]) -> None:
    """Several columns are the runs of one metric only if each is numbered."""
    if len(names) > 1 and not (key in SEVERAL and all(name[-1].isdigit() for name in names)):
        raise UserError(
            f"{table.path} has several columns that can be meant as {key}: {', '.join(names)}; "
            f"state it with --{key} (or {key} in --columns)"
        )


def _architecture(table: CSVFile, space: str, used: list[str]) -> tuple[str, ...]:
    single = _obvious(table, "architecture", used)
    if single:
        return (single[0],)
    if space == "nasbench101":
        matrix, operations = (_obvious(table, key, used) for key in ("matrix", "operations"))
        if matrix and operations:
            return (matrix[0], operations[0])
    raise _missing(table, "architecture", "names the architecture", "--architecture")


def _obvious(table: CSVFile, key: str, used: list[str]) -> list[str]:
    return [
        name
        for name in table.header
        if name not in used and re.fullmatch(OBVIOUS[key], _words(name)) is not None
    ]


def _words(name: str) -> str:
    """`Val_Acc-1` as `val acc 1`."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name)
    return " ".join(re.split(r"[^a-z0-9]+", split.lower())).strip()


def _missing(table: CSVFile, key: str, what: str, flag: str) -> UserError:
    return UserError(
        f"{table.path} has no column whose name says that it {what}; state it with {flag} (or "
        f"{key} in --columns), one of: {', '.join(filter(None, table.header))}"
    )
