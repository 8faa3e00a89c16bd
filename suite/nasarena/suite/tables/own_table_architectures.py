"""Which architecture each line of a user's table names, in the notations of its source."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.errors import UserError, nearest, one_line
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.choices import MOST_VALUES
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import EDGES, NASBench201
from nasarena.suite.spaces.nasbench201 import OPERATIONS as OPERATIONS_201
from nasarena.suite.spaces.nasbenchgraph import LINKS, OPERATIONS, NASBenchGraph
from nasarena.suite.tables.own_table_numbers import number
from nasarena.suite.tables.rows import Rows

MOST_CHANGES = 60_000_000
"""Lines times the other values of all their decisions: the space lists where each change of one
leads, in 8 bytes, 480 MB at the most."""


def cells(table: Rows, space: str, columns: Sequence[str]) -> Ids:
    """The ids, in the whole space, of the architectures that lines name: shape (rows,).

    Raises UserError, with the line, for a text that names none.
    """
    read, form = READERS[space]
    texts = list(zip(*(table.column(name) for name in columns), strict=True))
    if space != "nasbench101" and len(columns) != 1:
        raise UserError(f"an architecture of {space} is named in one column, not {len(columns)}")
    ids = read(texts)
    unknown = np.flatnonzero(ids < 0)
    if unknown.size:
        row = int(unknown[0])
        raise table.wrong(
            row,
            f"'{one_line(' '.join(texts[row]), 200)}' is no architecture of {space}; it is named "
            f"by {form}",
        )
    return ids


def _nasbench201(texts: list[tuple[str, ...]]) -> Ids:
    return nasbench201_ids([text for (text,) in texts])


def nasbench201_ids(texts: Sequence[str]) -> Ids:
    """The ids of keys of six digits or official texts, `|nor_conv_3x3~0|+...`; -1 for others."""
    space, edge = NASBench201(), re.compile(r"([a-z0-9_]+)~(\d)")

    def decisions(text: str) -> list[int]:
        if re.fullmatch(r"[0-4]{1,6}", text):  # spreadsheets drop zeros at the front
            return [int(digit) for digit in text.zfill(len(EDGES))]
        if re.fullmatch(NASLIB_TUPLE, text):
            return from_naslib([int(digit) for digit in re.findall(r"\d", text)])
        named = edge.findall(text)
        nodes = [[f"{name}~{source}" for name, source in named[a:b]] for a, b in _NODES]
        if text != "+".join(f"|{'|'.join(node)}|" for node in nodes):
            return []
        if [int(source) for _, source in named] != [source for source, _ in EDGES]:
            return []
        if not {name for name, _ in named} <= set(OPERATIONS_201):
            return []
        return [OPERATIONS_201.index(name) for name, _ in named]

    # Of longer texts, to look for edges would take the square of their length.
    return _ids(space, [decisions(text) if len(text) <= LONGEST_201 else [] for text in texts])


LONGEST_201 = 200
"""Letters of a cell's name: the longest has 107."""

NASLIB_TUPLE = r"\(\s*[0-4](\s*,\s*[0-4]){5}\s*,?\s*\)"
NASLIB_OPERATIONS = ("skip_connect", "none", "nor_conv_3x3", "nor_conv_1x1", "avg_pool_3x3")
NASLIB_EDGES = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
"""NASLib's order of operations and edges, in its tuples `(4, 0, 3, 1, 4, 3)`."""


NASLIB_ORDERS = (
    "NASLib's order of edges and operations",
    "NASLib's order of edges",
    "NASLib's order of operations",
)
"""What may be NASLib's in six numbers; the rest is then the release's."""


def from_naslib(numbers: Sequence[int], order: str = NASLIB_ORDERS[0]) -> list[int]:
    """The decisions of the cell that six numbers name in one of `NASLIB_ORDERS`."""
    edges = NASLIB_EDGES if "edges" in order else EDGES
    operations = NASLIB_OPERATIONS if "operations" in order else OPERATIONS_201
    return [OPERATIONS_201.index(operations[numbers[edges.index(edge)]]) for edge in EDGES]


_NODES = ((0, 1), (1, 3), (3, 6))
"""Which of the edges, in the order of the official text, lead to each node."""


def _nasbenchgraph(texts: list[tuple[str, ...]]) -> Ids:
    def decisions(text: str) -> list[int]:
        if not re.fullmatch(r"\d{1,5}", text):
            return []
        digits = [int(digit) for digit in text.zfill(5)]
        known = digits[0] < len(LINKS) and max(digits[1:]) < len(OPERATIONS)
        return digits if known else []

    return _ids(NASBenchGraph(), [decisions(text) for (text,) in texts])


def _nasbench101(texts: list[tuple[str, ...]]) -> Ids:
    space = NASBench101()
    if len(texts[0]) == 1:
        return space.from_keys([text.lower() for (text,) in texts])

    def cell(matrix: str, operations: str) -> int:
        digits = [int(digit) for digit in re.sub(r"[^01]", "", matrix)]
        names = re.findall(r"[\w-]+", operations)
        if len(digits) != len(names) ** 2 or re.search(r"[^01\s\[\](),;]", matrix):
            return -1
        if (names[:1], names[-1:]) != (["input"], ["output"]):  # the space does not look at them
            return -1
        try:
            return space.id_of(np.array(digits).reshape(len(names), len(names)), names)
        except ValueError:
            return -1

    return np.array([cell(matrix, operations) for matrix, operations in texts])


def _ids(space: CategoricalSpace, decisions: list[list[int]]) -> Ids:
    """The ids of decision vectors, -1 for empty ones."""
    nothing = [0] * len(space.choices)
    found = space.ids(np.array([vector or nothing for vector in decisions]))
    return np.where([len(vector) > 0 for vector in decisions], found, -1)


READERS: Mapping[str, tuple[Callable[[list[tuple[str, ...]]], Ids], str]] = {
    "nasbench101": (
        _nasbench101,
        "its official hash of 32 hexadecimal digits, or in two columns by its matrix (0 and 1, row "
        "by row) and its operations (names, the first input, the last output)",
    ),
    "nasbench201": (
        _nasbench201,
        "six digits from 0 to 4, as |nor_conv_3x3~0|+|none~0|skip_connect~1|+|...|, or as NASLib's "
        "tuple (4, 0, 3, 1, 4, 3)",
    ),
    "nasbenchgraph": (_nasbenchgraph, "its key: a link list and four operations, a digit each"),
}
"""For each space: cells of the architecture's columns to ids (-1: none); and how it is written."""


def stated(decisions: Mapping[str, Sequence[str | int | float]]) -> dict[str, tuple[str, ...]]:
    """Declared values as text. Raises UserError when they decide nothing, or repeat themselves."""
    declared = {name: tuple(str(value) for value in values) for name, values in decisions.items()}
    for name, values in declared.items():
        if len(values) < 2:
            raise UserError(f"decision '{name}' needs at least two values; declare them all")
        if len({value if (n := number(value)) is None else n for value in values}) < len(values):
            raise UserError(f"decision '{name}' declares a value twice; leave one of them out")
    return declared


def inferred(table: Rows, names: Sequence[str], named: bool) -> dict[str, tuple[str, ...]]:
    """The values of decisions, by name: those that occur, numbers by size, else by alphabet.

    So they do not depend on the order of lines. Of decisions that were not `named`, those with
    one value only are left out. Raises UserError for a column that can be no decision.
    """
    declared = {}
    for name in names:
        column = table.column(name)
        if "" in column:
            raise table.wrong(column.index(""), f"decision '{name}' is empty; give its value")
        values = _in_order(set(column))
        numbers = [n for value in values if (n := number(value)) is not None]
        if len(numbers) == len(values) != len(set(numbers)):
            pair = next(pair for pair in pairwise(values) if number(pair[0]) == number(pair[1]))
            raise UserError(
                f"{table.path} writes one value of decision '{name}' in two ways, '{pair[0]}' and "
                f"'{pair[1]}'; write it in one"
            )
        if len(values) > 1:
            declared[name] = tuple(values)
        elif named:
            raise UserError(
                f"decision '{name}' has one value only in {table.path}, '{values[0]}'; leave it out"
            )
    if not declared:
        raise UserError(f"no column of {table.path} decides anything; name some with --decisions")
    return declared


def combinations(table: Rows, declared: Mapping[str, Sequence[str]]) -> NDArray[np.int64]:
    """The decisions of each line, as positions in their lists of values: (rows, decisions).

    A cell is a value when they are the same text, or the same number. Raises UserError, with the
    line, for one that was not declared; and for more values than a space has room for.
    """
    _check_room(table, declared)
    columns = []
    for name, values in declared.items():
        position = {value: place for place, value in enumerate(values)}
        by_number = {number(value): place for value, place in position.items()}
        by_number.pop(None, None)  # those that are no numbers
        known: dict[str, int] = {}
        for row, cell in enumerate(table.column(name)):
            if cell not in known:
                place = position.get(cell, by_number.get(number(cell)))
                if place is None:
                    raise table.wrong(
                        row,
                        f"'{cell}' is not a declared value of decision '{name}'; "
                        f"{nearest(cell, values)}",
                    )
                known[cell] = place
        columns.append([known[cell] for cell in table.column(name)])
    return np.array(columns, dtype=np.int64).T


def _check_room(table: Rows, declared: Mapping[str, Sequence[str]]) -> None:
    for name, values in declared.items():
        if len(values) > MOST_VALUES:
            raise UserError(
                f"decision '{name}' of {table.path} has {len(values):,} values, more than "
                f"{MOST_VALUES:,}; leave it out by naming the others with --decisions"
            )
    others = sum(len(values) - 1 for values in declared.values())
    if len(table.rows) * others > MOST_CHANGES:
        raise UserError(
            f"{table.path} has {len(table.rows):,} lines whose decisions have {others:,} other "
            f"values, so more than {MOST_CHANGES:,} neighbours to keep in memory; give fewer lines "
            "or decisions"
        )


def _in_order(values: set[str]) -> list[str]:
    if all(number(value) is not None for value in values):
        return sorted(values, key=lambda value: (number(value), value))
    return sorted(values)
