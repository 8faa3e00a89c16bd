"""How each column of a user's table was understood, in words, with three of its values."""

from collections.abc import Mapping, Sequence

from nasarena.suite.errors import one_line
from nasarena.suite.tables.own_table_columns import Columns
from nasarena.suite.tables.rows import Rows

SHOWN = 3


def column_sentences(
    table: Rows, columns: Columns, declared: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """A line for each column with a name, in their order: `depth: decision; 2, 4, 8 (4 values)`."""
    roles = _roles(columns)
    lines = []
    for name in filter(None, table.header):
        values = dict.fromkeys(filter(None, table.column(name)))
        role = roles.get(name, "ignored")
        if name in declared:
            role = "decision"
        elif role == "decision":
            role = "ignored, it has one value"
        shown = ", ".join(one_line(value, 40) for value in list(values)[:SHOWN])
        more = f" ({len(values):,} values)" if len(values) > SHOWN else ""
        lines.append(f"{one_line(name, 40)}: {role}; {shown or 'empty'}{more}")
    return tuple(lines)


def _roles(columns: Columns) -> dict[str, str]:
    objective = columns.measured
    if objective.is_accuracy:
        scale = columns.unit or "percent"
        validation, test = f"validation accuracy, {scale}", f"test accuracy, {scale}"
    else:
        better = "higher" if objective.direction == "max" else "lower"
        unit = f", {objective.unit}" if objective.unit else ""
        validation, test = f"objective, {better} is better{unit}", f"the same on test data{unit}"
    validations, tests = columns.validation or (), columns.test or ()
    run = ", a training run" if len(validations) > 1 else ""
    averaged = ", averaged" if len(tests) > 1 else ""
    decisions = columns.decisions or ()
    roles = dict.fromkeys(decisions, "decision")
    roles |= dict.fromkeys(validations, f"{validation}{run}")
    roles |= dict.fromkeys(tests, f"{test}{averaged}")
    roles |= dict.fromkeys(columns.architecture or (), "architecture")
    roles |= dict.fromkeys(columns.runs or (), "says which training run of an architecture")
    for name, role in (
        (columns.cost, "training seconds"),
        (columns.parameters, "number of parameters"),
        (columns.latency, "latency, seconds"),
    ):
        if name is not None:
            roles[name] = role
    return roles
