"""A surrogate of a space of blocks: boosted trees, kept as the sums of tables that they are.

In each path of a tree only the decisions of three blocks occur. So the trees are a sum of functions
of three blocks each, and such a function is a table: predictions look up as many numbers as there
are triples of blocks, however many trees there were, and need no library.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies, Ids, read_only
from nasarena.suite.errors import UserError
from nasarena.suite.packages import install_command, missing
from nasarena.suite.spaces import OpenSpace
from nasarena.suite.tables.arrow_columns import map_columns, write_columns

RECIPE = 1
"""Counted up whenever the training changes, and with it what a surrogate predicts."""

FOLDS = 5
"""Members, each trained on all networks but a fifth, which it is judged by."""

DECIMALS = 6
"""Of the tables: what the last bits of sums differ by on other processors is rounded away."""

TREES = {
    "objective": "regression",
    "num_leaves": 8,
    "learning_rate": 0.1,
    "min_data_in_leaf": 10,
    "feature_fraction": 0.7,
    "use_missing": False,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
ROUNDS = 400


@dataclass(frozen=True)
class Blocks:
    """How an open space's decisions fall into blocks: so many decisions each, in order."""

    space: OpenSpace
    decisions: int

    @property
    def sizes(self) -> list[int]:
        """How many different blocks there are at each place."""
        counts = np.array([len(values) for values in self.space.choices])
        return counts.reshape(-1, self.decisions).prod(axis=1).tolist()  # type: ignore[no-any-return]

    @property
    def starts(self) -> dict[tuple[int, int, int], int]:
        """Where the table of each triple of blocks begins, where they lie end to end."""
        sizes, found, start = self.sizes, {}, 0
        for one, two, three in combinations(range(len(sizes)), 3):
            found[one, two, three] = start
            start += sizes[one] * sizes[two] * sizes[three]
        return found

    @property
    def length(self) -> int:
        """Numbers in all tables."""
        sizes, starts = self.sizes, self.starts
        return sum(sizes[one] * sizes[two] * sizes[three] for one, two, three in starts)

    def numbers(self, ids: Ids) -> list[NDArray[np.int64]]:
        """Which block stands at each place; each has the shape of `ids`."""
        rest, found = np.asarray(ids), []
        for size in reversed(self.sizes):
            rest, block = np.divmod(rest, size)
            found.append(block)
        return found[::-1]


@dataclass(frozen=True)
class Surrogate:
    """What was trained: `tables`, one for each triple of blocks, end to end; and `residuals`.

    The residuals are measured minus predicted accuracies of networks that were held out.
    """

    blocks: Blocks
    tables: NDArray[np.float64]
    residuals: NDArray[np.float64]
    spearman: float

    @property
    def error(self) -> float:
        """The root mean square of the residuals, in points."""
        return float(np.sqrt((self.residuals**2).mean()))

    def predict(self, ids: Ids) -> Accuracies:
        """The predicted accuracies, in the shape of `ids`."""
        numbers, sizes = self.blocks.numbers(ids), self._sizes
        predicted: Accuracies = np.zeros(np.shape(ids))
        for start, one, two, three in self._places:
            place = (numbers[one] * sizes[two] + numbers[two]) * sizes[three] + numbers[three]
            predicted += self.tables[start + place]
        return predicted

    def predict_one(self, id: int) -> float:
        """The predicted accuracy of one architecture: the same number, sooner."""
        sizes, numbers = self._sizes, []
        for size in reversed(sizes):
            id, number = divmod(id, size)
            numbers.append(number)
        numbers.reverse()
        predicted, item = 0.0, self.tables.item
        for start, one, two, three in self._places:
            place = (numbers[one] * sizes[two] + numbers[two]) * sizes[three] + numbers[three]
            predicted += item(start + place)
        return predicted

    @cached_property
    def _sizes(self) -> list[int]:
        return self.blocks.sizes

    @cached_property
    def _places(self) -> list[tuple[int, int, int, int]]:
        """Of each table where it begins, and the blocks that it is of."""
        return [(start, *triple) for triple, start in self.blocks.starts.items()]


def require_lightgbm(name: str) -> None:
    """Raises UserError where what trains a surrogate is not installed."""
    if missing(["lightgbm"]):
        raise UserError(
            f"{name} is a surrogate that LightGBM trains, which is not installed; give: "
            f"{install_command(['lightgbm'])}"
        )


def open_surrogate(
    path: Path, blocks: Blocks, measured: Callable[[], tuple[Ids, Accuracies]], name: str
) -> Surrogate:
    """The surrogate in a file; where it is not there, it is trained and written first.

    `measured` gives ids and mean accuracies. Raises UserError where LightGBM is missing or the
    file cannot be written.
    """
    with suppress(Exception):  # there is none yet, or it is damaged, in whatever way
        return _load(path, blocks)
    require_lightgbm(name)
    surrogate = train(blocks, *measured())
    try:
        write_columns(
            path,
            {"numbers": np.concatenate([surrogate.tables, surrogate.residuals])},
            {"spearman": repr(surrogate.spearman), "residuals": str(surrogate.residuals.size)},
        )
    except OSError as error:
        raise UserError(
            f"the surrogate of {name} cannot be written to the cache folder {path.parent} "
            f"({error.strerror}); set NASARENA_CACHE to a folder that can be written"
        ) from None
    return _load(path, blocks)


def _load(path: Path, blocks: Blocks) -> Surrogate:
    columns, metadata = map_columns(path)
    numbers, held_out = columns["numbers"], int(metadata["residuals"])
    expected = blocks.length
    if numbers.size != expected + held_out:
        raise ValueError(f"{path} is damaged")
    read_only(numbers)
    return Surrogate(blocks, numbers[:expected], numbers[expected:], float(metadata["spearman"]))


def train(blocks: Blocks, ids: Ids, accuracies: Accuracies) -> Surrogate:
    """Train a surrogate on measured networks: ids and mean accuracies, shape (networks,).

    Five members, each on four fifths, are averaged. Residuals and Spearman's rank correlation are
    of each member on the fifth that it did not see.
    """
    from scipy.stats import spearmanr

    decisions = blocks.space.decisions(ids).astype(np.float64)
    fold = np.random.default_rng(0).permutation(ids.size) % FOLDS
    held_out, tables = np.empty(ids.size), np.zeros(blocks.length)
    for member in range(FOLDS):
        seen = fold != member
        booster = boosted(blocks, decisions[seen], accuracies[seen], member)
        held_out[~seen] = booster.predict(decisions[~seen], num_threads=1)
        for tree in booster.dump_model()["tree_info"]:
            _add(tables, blocks, tree["tree_structure"])
    return Surrogate(
        blocks,
        (tables / FOLDS).round(DECIMALS),
        (accuracies - held_out).round(DECIMALS),
        round(float(spearmanr(held_out, accuracies).statistic), DECIMALS),
    )


def boosted(
    blocks: Blocks, decisions: NDArray[np.float64], accuracies: Accuracies, seed: int
) -> Any:
    """LightGBM's trees, in each path of which at most three blocks occur."""
    from lightgbm import Dataset, train

    width = blocks.decisions
    of_triples = [
        [block * width + place for block in triple for place in range(width)]
        for triple in blocks.starts
    ]
    settings = TREES | {"seed": seed, "interaction_constraints": of_triples}
    return train(settings, Dataset(decisions, accuracies), ROUNDS)


def _add(tables: NDArray[np.float64], blocks: Blocks, tree: dict[str, Any]) -> None:
    """Add what each leaf of a tree answers to the table of a triple that has its blocks."""
    sizes, width, starts = blocks.sizes, blocks.decisions, blocks.starts
    values = [_block_values(blocks, place) for place in range(len(sizes))]

    def visit(node: dict[str, Any], allowed: dict[int, NDArray[np.bool_]]) -> None:
        if "leaf_value" in node:
            triple = next(one for one in starts if allowed.keys() <= set(one))
            shape = [sizes[block] for block in triple]
            table = tables[starts[triple] : starts[triple] + int(np.prod(shape))].reshape(shape)
            masks = [allowed.get(b, np.ones(sizes[b], dtype=bool)) for b in triple]
            table[np.ix_(*masks)] += node["leaf_value"]
            return
        block, place = divmod(node["split_feature"], width)
        left = values[block][:, place] <= node["threshold"]
        before = allowed.get(block, np.ones(sizes[block], dtype=bool))
        visit(node["left_child"], allowed | {block: before & left})
        visit(node["right_child"], allowed | {block: before & ~left})

    visit(tree, {})


def _block_values(blocks: Blocks, block: int) -> NDArray[np.int64]:
    """The decisions of each block that may stand at a place, shape (different blocks, width)."""
    width = blocks.decisions
    counts = [len(v) for v in blocks.space.choices[block * width : (block + 1) * width]]
    return np.stack(np.unravel_index(np.arange(blocks.sizes[block]), counts), axis=-1)
