"""The space of one's own decisions: what was measured is found, however many combinations exist."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nasarena.suite.spaces import categorical
from nasarena.suite.spaces.choices import Choices
from nasarena.suite.spaces.graphs import INPUT, OUTPUT


@st.composite
def spaces(draw: st.DrawFn) -> tuple[Choices, set[tuple[int, ...]]]:
    """A space of a few decisions, and the combinations that were measured, as tuples."""
    counts = draw(st.lists(st.integers(2, 5), min_size=1, max_size=5))
    rows = draw(
        st.sets(
            st.tuples(*(st.integers(0, count - 1) for count in counts)), min_size=1, max_size=40
        )
    )
    declared = {f"d{i}": tuple(f"v{v}" for v in range(n)) for i, n in enumerate(counts)}
    return Choices(declared, sorted(rows, key=hash)), rows


@settings(deadline=None)
@given(made=spaces())
def test_ids_are_the_measured_combinations_in_order(
    made: tuple[Choices, set[tuple[int, ...]]],
) -> None:
    space, rows = made
    everything = np.arange(space.size)
    assert list(map(tuple, space.decisions(everything).tolist())) == sorted(rows)
    assert np.array_equal(space.ids(space.decisions(everything)), everything)
    assert np.array_equal(space.from_tokens(space.tokens(everything)), everything)
    grid = np.stack(np.meshgrid(*map(np.arange, map(len, space.choices)), indexing="ij"), axis=-1)
    measured = {tuple(row): id for id, row in enumerate(sorted(rows))}
    found = space.ids(grid)
    for index in np.ndindex(found.shape):
        assert found[index] == measured.get(index, -1)


@settings(deadline=None)
@given(made=spaces(), seed=st.integers(0, 99))
def test_neighbours_and_mutations_are_measured(
    made: tuple[Choices, set[tuple[int, ...]]], seed: int
) -> None:
    space, rows = made
    rng = np.random.default_rng(seed)
    for id, row in enumerate(sorted(rows)):
        around = {int(other) for other in space.neighbours(id) if other >= 0}
        distance = [sum(a != b for a, b in zip(row, other, strict=True)) for other in sorted(rows)]
        assert around == {other for other, changes in enumerate(distance) if changes == 1}
        child = space.mutate(id, rng)
        assert 0 <= child < space.size
        assert (child == id) == (len(rows) == 1)


def test_many_declared_values_take_no_memory_of_their_square() -> None:
    values = tuple(map(str, range(50_000)))
    space = Choices({"a": values, "b": ("x", "y")}, [[7, 0], [49_999, 0], [7, 1]])
    tracemalloc.start()
    hot = space.one_hot(np.arange(3))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.argwhere(hot).tolist() == [
        [0, 7],
        [0, 50_000],
        [1, 7],
        [1, 50_001],
        [2, 49_999],
        [2, 50_000],
    ]
    assert peak < 50e6


def test_neighbours_are_the_same_listed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.argwhere(np.random.default_rng(0).random((4, 3, 5)) < 0.7)
    declared = {
        name: tuple(map(str, range(count))) for name, count in zip("abc", (4, 3, 5), strict=True)
    }
    whole = Choices(declared, rows).neighbours(np.arange(len(rows)))
    monkeypatch.setattr(categorical, "AT_A_TIME", 7)
    assert np.array_equal(Choices(declared, rows).neighbours(np.arange(len(rows))), whole)


@pytest.mark.parametrize("decisions", [[0, 5, 0], [-1, 0, 0], [0, 65536, 0], [2, 0, 0]])
def test_what_is_no_combination_is_no_architecture(decisions: list[int]) -> None:
    space = Choices({"a": ("x", "y"), "b": ("p", "q"), "c": ("1", "2")}, [[0, 0, 0], [1, 0, 0]])
    assert space.ids(decisions) == -1
    assert space.ids([[0, 0, 0], decisions]).tolist() == [0, -1]


def test_more_combinations_than_any_integer_counts() -> None:
    # 40 decisions of 7 values: 6e33 combinations.
    rng = np.random.default_rng(0)
    rows: NDArray[np.int64] = rng.integers(7, size=(5_000, 40))
    rows[1] = rows[0]
    rows[1, 3] = (rows[0, 3] + 1) % 7
    space = Choices({f"d{i}": tuple("abcdefg") for i in range(40)}, rows)
    everything = np.arange(space.size)
    assert np.array_equal(space.ids(space.decisions(everything)), everything)
    assert (space.ids(7 * [[0] * 40]) == -1).all()
    first, second = space.ids(rows[:2]).tolist()
    assert second in space.neighbours(first)
    assert second in [space.mutate(first, rng) for _ in range(300)]
    children = [space.mutate(int(id), rng) for id in space.sample(20, rng)]
    assert all(0 <= child < space.size for child in children)
    assert space.tokens(everything[:3]).shape == (3, 40)
    assert space.one_hot(everything[:3]).shape == (3, 280)


def test_graphs_are_chains_of_the_decisions() -> None:
    space = Choices({"a": ("x", "y"), "b": ("p", "q", "r")}, [[0, 2], [1, 0]])
    graphs = space.graphs(np.array([0, 1]))
    assert graphs.labels == (INPUT, OUTPUT, "0:x", "0:y", "1:p", "1:q", "1:r")
    assert graphs.nodes.tolist() == [[0, 2, 6, 1], [0, 3, 4, 1]]
    assert np.argwhere(graphs.adjacency[0]).tolist() == [[0, 1], [1, 2], [2, 3]]


def test_keys_name_decisions_and_values() -> None:
    space = Choices({"depth": ("2", "16"), "act": ("relu", "gelu")}, [[1, 0], [0, 1]])
    assert [space.key(0), space.key(1)] == ["depth=2,act=gelu", "depth=16,act=relu"]


@pytest.mark.parametrize(
    ("declared", "measured", "complaint"),
    [
        ({}, [[]], "at least one decision"),
        ({"a": ("x",)}, [[0]], "from 2 to"),
        ({"a": ("x", "x")}, [[0]], "different values"),
        ({"a": ("x", "y")}, [], "at least one"),
        ({"a": ("x", "y")}, [[2]], "combinations"),
        ({"a": ("x", "y")}, [[-1]], "combinations"),
        ({"a": ("x", "y")}, [[1], [0], [1]], "twice"),
    ],
)
def test_what_is_no_space_is_refused(
    declared: dict[str, tuple[str, ...]], measured: list[list[int]], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Choices(declared, measured)
