"""The NAS-Bench-201 space against the release's numbers and what its cells compute."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nasarena.suite.spaces.nasbench201 import EDGES, OPERATIONS, NASBench201


@pytest.fixture(scope="module")
def space() -> NASBench201:
    return NASBench201()


def test_all_cells_are_listed_in_the_order_of_their_keys(space: NASBench201) -> None:
    keys = [space.key(id) for id in range(space.size)]
    assert len(keys) == 5**6 == 15_625
    assert keys[0] == "000000"
    assert keys[-1] == "444444"
    assert keys == sorted(keys)


def test_neighbours_differ_in_exactly_one_edge(space: NASBench201) -> None:
    everything = np.arange(space.size)
    neighbours = space.neighbours(everything)
    assert neighbours.shape == (15_625, 24)
    changed = space.decisions(neighbours) != space.decisions(everything)[:, None]
    assert (changed.sum(axis=2) == 1).all()
    assert (np.diff(np.sort(neighbours, axis=1), axis=1) > 0).all()


def test_there_are_6466_classes(space: NASBench201) -> None:
    assert space.class_count == 6_466


@pytest.fixture(scope="module")
def outputs(space: NASBench201) -> NDArray[np.float64]:
    """What each cell makes of one input, with random non-linear operations of zero at zero."""
    rng = np.random.default_rng(12)
    width = 5
    # f(x) = tanh(A x) + B x: f(0) = 0, neither commuting with the other operations nor additive.
    weights = {
        operation: rng.normal(size=(2, width, width)) / np.sqrt(width)
        for operation in OPERATIONS[2:]
    }

    def apply(operation: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
        if operation == "none":
            return np.zeros_like(x)
        if operation == "skip_connect":
            return x
        first, second = weights[operation]
        result: NDArray[np.float64] = np.tanh(x @ first) + x @ second
        return result

    decisions = space.decisions(np.arange(space.size))
    nodes = [np.tile(rng.normal(size=width), (space.size, 1))]
    for target in (1, 2, 3):
        node = np.zeros((space.size, width))
        for edge, (source, goal) in enumerate(EDGES):
            if goal == target:
                every = np.stack([apply(operation, nodes[source]) for operation in OPERATIONS])
                node += every[decisions[:, edge], np.arange(space.size)]
        nodes.append(node)
    return nodes[-1]


def test_cells_of_one_class_compute_the_same(
    space: NASBench201, outputs: NDArray[np.float64]
) -> None:
    named_after = space.classes(np.arange(space.size))
    np.testing.assert_allclose(outputs, outputs[named_after], rtol=1e-9, atol=1e-9)


def test_dropping_dead_branches_altogether_would_give_fewer_classes(
    space: NASBench201, outputs: NDArray[np.float64]
) -> None:
    functions = np.unique(np.round(outputs, 7) + 0.0, axis=0)
    assert 1_000 < len(functions) < space.class_count


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("300000", "400000", True),  # node 1 is computed and never read
        ("000300", "300300", True),  # also beside a convolution that is
        ("300010", "000300", True),  # skip hands on what its source computed
        ("000300", "000200", False),
        ("030001", "000300", False),  # the zero summed in node 2 stays visible
    ],
)
def test_which_cells_are_one_class(space: NASBench201, one: str, other: str, same: bool) -> None:
    """Keys hold the operations of the edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3."""
    ids = space.ids([[int(digit) for digit in key] for key in (one, other)])
    first, second = space.classes(ids)
    assert (first == second) == same
