"""Keys: every space refuses ids outside itself and keys that no architecture has."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike, NDArray

from nasarena.suite import CategoricalSpace, UserError, benchmark_names, load_benchmark
from nasarena.suite.spaces.choices import Choices
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201


class Toy(CategoricalSpace):
    """As in CONTRIBUTING.md: it knows nothing of keys."""

    name = "toy"
    choices = (("a", "b"), ("x", "y", "z"))
    size = 6

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        return np.stack(np.divmod(np.asarray(ids), 3), axis=-1)

    def ids(self, decisions: ArrayLike) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.asarray(decisions) @ [3, 1]
        return found


SPACES: dict[str, Callable[[], CategoricalSpace]] = {
    name: (lambda name=name: load_benchmark(name).space) for name in benchmark_names()
} | {
    "nasbench101-4": lambda: NASBench101(4),
    "measured part": lambda: MeasuredCells(NASBench201(), np.array([3, 70, 15_000])),
    "measured part of 101": lambda: MeasuredCells(NASBench101(5), np.array([0, 70, 2_000])),
    "choices": lambda: Choices({"depth": ("2", "4"), "width": ("16", "32")}, [[0, 0], [1, 1]]),
    "toy": Toy,
}


@pytest.mark.parametrize("name", SPACES)
def test_every_space_refuses_what_is_no_architecture(name: str) -> None:
    space = SPACES[name]()
    wrong: list[Any] = [-1, space.size, 10**12, 1.0, "0", None]
    for id in wrong:
        with pytest.raises(UserError, match=f"is no architecture of {space.name}: ids are whole"):
            space.key(id)
    assert space.key(space.size - 1) == space.key(np.int64(space.size - 1))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name in SPACES if not name.startswith("live/")])
def test_keys_lead_back_to_ids(name: str) -> None:
    space = SPACES[name]()
    some = np.unique(np.linspace(0, space.size - 1, 12).astype(int))
    keys = [space.key(id) for id in some.tolist()]
    for form in (keys, np.array(keys), pd.Series(keys), tuple(keys)):
        assert space.ids(form).tolist() == some.tolist()
    assert int(space.ids(keys[0])) == some[0]
    assert space.ids(np.array(keys[:2])[:, None]).shape == (2, 1)
    with pytest.raises(UserError, match=f"'nothing' is no architecture of {space.name}; its keys"):
        space.ids([keys[0], "nothing"])
    assert space.ids(space.decisions(some)).tolist() == some.tolist(), "decisions work as before"


def test_what_was_not_measured_has_no_key_in_the_part() -> None:
    whole = NASBench201()
    part = MeasuredCells(whole, np.array([3, 70]))
    with pytest.raises(UserError, match="'000000' is no architecture"):
        part.ids(whole.key(0))


def test_looking_up_by_id_and_by_key() -> None:
    benchmark = load_benchmark("nasbench201/cifar10")
    record = benchmark.look_up("012341")
    assert record == benchmark.look_up(971)
    assert record["validation"] == benchmark.table.mean_validation[971]
    assert record["validation_runs"] == [
        run for run in benchmark.table.validation[971].tolist() if not np.isnan(run)
    ]
    assert record["parameters"] > 0
    assert record["test"] is None
    best = benchmark.look_up(int(benchmark.table.optimum[0]))
    assert best["regret"] == 0
    for wrong in (-1, 15_625, "01234", "012349"):
        with pytest.raises(UserError, match="is no architecture of nasbench201"):
            benchmark.look_up(wrong)
