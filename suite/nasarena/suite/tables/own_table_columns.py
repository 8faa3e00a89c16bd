"""What each column of a user's table is: as stated, or by an obvious name."""

import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from nasarena.suite.errors import UserError, listed, nearest, one_line
from nasarena.suite.names import first_error
from nasarena.suite.settings_file import read_settings
from nasarena.suite.tables.objective import ACCURACY, Direction, Objective
from nasarena.suite.tables.own_table_numbers import lenient_numbers, same_order
from nasarena.suite.tables.rows import Rows


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[StrictStr, ...], BeforeValidator(_listed)]
"""One name, or several."""


class Columns(BaseModel):
    """What the columns of a table are; None where the file's names are to say it.

    * `architecture`: the column of its key (nasbench101 also: those of matrix and operations).
    * `validation`: one column a training run; `test`: one or more, whose mean is taken;
      accuracies in `unit`, percent or fraction.
    * `objective`: in place of `validation`, columns of any finite number, and in which `direction`
      it is better; with a direction, `validation` is such a number too, and `unit` any text.
    * `cost`: training seconds; `parameters`: how many; `latency`: seconds.
    * `runs`: columns that say which training run of an architecture a line is.
    * `ignore`: columns that are left out.
    * `decisions`, for the space choices: a list of columns, whose values are those that occur; or
      a table of columns with the values that each can have, in order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: Names | None = None
    validation: Names | None = None
    objective: Names | None = None
    direction: Direction | None = None
    test: Names | None = None
    cost: StrictStr | None = None
    parameters: StrictStr | None = None
    latency: StrictStr | None = None
    runs: Names | None = None
    ignore: Names | None = None
    unit: StrictStr | None = None
    decisions: dict[str, tuple[StrictStr | StrictInt | StrictFloat, ...]] | Names | None = Field(
        default=None
    )

    @field_validator("architecture", "validation", "objective", "test", "runs", "decisions")
    @classmethod
    def _names_something(cls, names: Any) -> Any:
        if names is not None and not names:
            raise ValueError("name at least one column")
        if names is not None and len(set(names)) < len(names):
            raise ValueError("a column is named twice")
        return names

    @field_validator("unit")
    @classmethod
    def _is_of_accuracies(cls, unit: str | None, others: ValidationInfo) -> str | None:
        if unit not in (None, "percent", "fraction") and others.data.get("direction") is None:
            raise ValueError("accuracies are in percent or fraction; others need a direction")
        return unit

    @property
    def measured(self) -> Objective:
        """What the validation columns of completed columns hold."""
        if self.direction is None:
            return ACCURACY
        assert self.validation is not None
        unit = {"percent": "%"}.get(self.unit or "", self.unit or "")
        return Objective(one_line(_stem(self.validation), 40), one_line(unit, 20), self.direction)


LOWER = (
    r"loss|err(or)?( rate)?|perplexity|ppl|(root )?(mean )?(squared? |absolute )?error|n?rmse|mse|"
    r"mae|mape|nll|cross entropy|entropy|wer|cer|fid|bpc|bpb|regret"
)
"""Measures of which lower is better."""
NUMBERED = r"( (run |seed |fold |trial |rep )?\d+)?"
OBVIOUS = {
    "validation": rf"(mean )?val(id|idation)?( acc(uracy)?| score)?{NUMBERED}",
    "test": rf"(mean )?test( acc(uracy)?)?{NUMBERED}",
    "cost": r"cost|seconds|(train|training) (time|seconds|time s)",
    "parameters": r"(n |num )?(params|parameters)",
    "latency": r"latency( s| seconds)?",
    "architecture": r"arch(itecture)?( str| key)?|key|cell|net(work)?|(module )?hash",
    "matrix": r"(module )?(adjacency|matrix)( matrix)?",
    "operations": r"(module )?(ops|operations)",
    "runs": r"((random|training|train|cv) )?(seed|run|trial|fold|repeat|rep|repetition|replicate|"
    r"replica)( (id|no|nr|number|index))?",
}
"""Column names that say what they are, in small letters, with spaces for what is between words."""

SCORE = rf"(mean )?(acc(uracy)?|score){NUMBERED}"
"""What is validation accuracy where no column says that it is."""
LOWER_VALIDATION = (
    rf"(mean )?val(id|idation)? ({LOWER}){NUMBERED}",
    rf"(mean )?({LOWER}){NUMBERED}",
)
"""Columns to be minimised, those of validation first."""
LOWER_WORD = rf"(?<![a-z])({LOWER})(?![a-z])"
ACCURACY_WORD = r"(?<![a-z])acc(uracy)?(?![a-z])"
RUN_MARK = r"(run|seed|fold|trial|rep) ?\d+$"
"""The end of a name that says that its number is of a training run."""

MOST_NUMBERED = 10
"""Columns numbered 1 to n that are taken for training runs; more can be epochs."""

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
        given = read_settings(file, where)
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


def completed(columns: Columns, table: Rows, space: str) -> Columns:
    """The same with what was not stated found by obvious names; decisions are all the others.

    Raises UserError when a stated column is not there, one is used twice, what is needed
    (validation; architecture or decisions) is neither stated nor obvious, or names leave open
    what is meant.
    """
    if columns.decisions is not None and space != "choices":
        raise UserError(f"decisions are for --space choices; cells of {space} are named by a key")
    if columns.architecture is not None and space == "choices":
        raise UserError("--space choices has a column for each decision, none for an architecture")
    used = _stated(columns)
    for name in used:
        table.column(name)
    columns = _with_objective(columns)
    found: dict[str, Any] = {}
    if columns.validation is None:
        found["validation"] = _validation(columns, table, used)
        used += found["validation"]
    validation = columns.validation or found["validation"]
    _check_direction(columns, table, validation)
    for key in ("test", "cost", "parameters", "latency", "runs"):
        pattern = _test_of(validation) if key == "test" and columns.direction else OBVIOUS[key]
        matching = _matching(table, pattern, used)
        if getattr(columns, key) is None and matching:
            if key != "runs":
                _check_alike(table, key, matching)
            found[key] = tuple(matching) if key in ("test", "runs") else matching[0]
            used += matching
    if space == "choices" and columns.decisions is None:
        # Metrics that were not chosen: beside a stated column, or of other runs.
        used += [name for key in METRICS for name in _matching(table, OBVIOUS[key], used)]
        found["decisions"] = tuple(name for name in table.header if name and name not in used)
        if not found["decisions"]:
            raise _missing(table, "decisions", "no decision column found", "--decisions")
    elif space != "choices" and columns.architecture is None:
        found["architecture"] = _architecture(table, space, used)
    return columns.model_copy(update=found)


def _stated(columns: Columns) -> list[str]:
    """All the columns that were stated. Raises UserError when one is stated as two things."""
    used: list[str] = []
    for key in _KEYS:
        names = getattr(columns, key)
        if names is None or key in ("unit", "direction"):
            continue
        for name in [names] if isinstance(names, str) else names:
            if name in used:
                raise UserError(f"column '{name}' is named as two things, one of them {key}")
            used.append(name)
    return used


def _with_objective(columns: Columns) -> Columns:
    """The same with what is stated as the objective as validation."""
    if columns.objective is None:
        return columns
    if columns.direction is None:
        raise UserError(
            f"it is not said whether {columns.objective[0]} is better when higher or lower; give "
            "--direction max or --direction min"
        )
    if columns.validation is not None:
        raise UserError("objective and validation are both stated; give one of them")
    return columns.model_copy(update={"validation": columns.objective, "objective": None})


def _validation(columns: Columns, table: Rows, used: list[str]) -> tuple[str, ...]:
    """The columns of labels, by their names. Raises UserError when these leave them open."""
    lower = next(filter(None, (_matching(table, name, used) for name in LOWER_VALIDATION)), [])
    higher = _matching(table, OBVIOUS["validation"], used) or _matching(table, SCORE, used)
    if columns.direction == "min" and lower:
        higher = lower
    elif not higher and lower:
        raise UserError(
            f"{table.path} has no validation accuracy, but {listed(lower)}, of which lower is "
            "better; give --minimize, or --objective COLUMN with --direction min or max"
        )
    elif columns.direction == "min" and any(map(_says_accuracy, higher)):
        raise UserError(
            f"column '{higher[0]}' of {table.path} says that it is accuracy, of which higher is "
            f"better; to minimise it all the same, give --objective {higher[0]} --direction min"
        )
    if not higher:
        raise _missing(table, "validation", "no validation accuracy column found", "--validation")
    _check_alike(table, "validation", higher)
    return tuple(higher)


def _says_accuracy(name: str) -> bool:
    return re.search(ACCURACY_WORD, words(name)) is not None


def _check_direction(columns: Columns, table: Rows, validation: tuple[str, ...]) -> None:
    """Raises UserError where a loss would be taken for an accuracy."""
    for name in (*validation, *(columns.test or ())):
        if columns.direction is None and re.search(LOWER_WORD, words(name)):
            raise UserError(
                f"column '{name}' of {table.path} seems to be better when lower; give --minimize, "
                "or --direction max where it is not"
            )


def _stem(names: tuple[str, ...]) -> str:
    """The name without the number of a training run."""
    if len(names) == 1:
        return names[0]
    return (
        re.sub(r"[\W_]*(run|seed|fold|trial|rep)?[\W_]*\d+$", "", names[0], flags=re.I) or names[0]
    )


def _test_of(validation: tuple[str, ...]) -> str:
    """How the columns of the same measure on test data are called."""
    measure = re.sub(r"^(mean )?(val(id|idation)?( |$))?", "", words(_stem(validation)))
    return rf"(mean )?test( {re.escape(measure)})?{NUMBERED}" if measure else rf"test{NUMBERED}"


def _check_alike(table: Rows, key: str, names: list[str]) -> None:
    """Several columns are the runs of one metric only if their names or numbers say so.

    Numbers from 0 or 1 on count runs, unless the columns are many, or every line orders their
    values in the same way: as stages of one training do.
    """
    if len(names) < 2:
        return
    numbers = [re.search(r"\d+$", name) for name in names]
    if key in SEVERAL and all(numbers):
        if all(re.search(RUN_MARK, words(name)) for name in names):
            return
        counted = sorted(int(number[0]) for number in numbers if number)
        values = np.stack([lenient_numbers(table.column(name)) for name in names], axis=1)
        in_a_row = counted == list(range(counted[0], counted[0] + len(counted)))
        if in_a_row and counted[0] <= 1 and len(names) <= MOST_NUMBERED and not same_order(values):
            return
        raise UserError(
            f"{listed(names)} of {table.path} can be training runs or training lengths; name those "
            f"that are runs of one training with --{key} (or {key} in --columns)"
        )
    raise UserError(
        f"{table.path} has several columns that can be meant as {key}: {listed(names)}; state it "
        f"with --{key} (or {key} in --columns)"
    )


def _architecture(table: Rows, space: str, used: list[str]) -> tuple[str, ...]:
    single = _matching(table, OBVIOUS["architecture"], used)
    if single:
        return (single[0],)
    if space == "nasbench101":
        matrix, operations = (
            _matching(table, OBVIOUS[key], used) for key in ("matrix", "operations")
        )
        if matrix and operations:
            return (matrix[0], operations[0])
    raise _missing(table, "architecture", "no architecture column found", "--architecture")


def _matching(table: Rows, pattern: str, used: list[str]) -> list[str]:
    return [
        name
        for name in table.header
        if name and name not in used and re.fullmatch(pattern, words(name)) is not None
    ]


def words(name: str) -> str:
    """A column's name in small letters with spaces between words: `Val_Acc-1` as `val acc 1`."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name)
    return " ".join(re.split(r"[^a-z0-9]+", split.lower())).strip()


def _missing(table: Rows, key: str, what: str, flag: str) -> UserError:
    names = listed([name for name in table.header if name])
    return UserError(
        f"{table.path}: {what}; name it with {flag} (or {key} in --columns), one of: {names}"
    )
