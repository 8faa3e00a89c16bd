"""The NAS-Bench-Graph space against the released package's own canonical form."""

import itertools

import numpy as np
import pytest
from nas_bench_graph.architecture import Arch  # type: ignore[import-untyped]
from numpy.typing import NDArray

from nasarena.suite.spaces.nasbenchgraph import (
    LINKS,
    OPERATIONS,
    PROTEINS_OPERATIONS,
    NASBenchGraph,
)

SIZES = {OPERATIONS: 26_206, PROTEINS_OPERATIONS: 2_021}
both_spaces = pytest.mark.parametrize("operations", SIZES, ids=["nine", "proteins"])


def genotypes(operations: tuple[str, ...]) -> NDArray[np.int64]:
    values = [range(len(LINKS)), *[range(len(operations))] * 4]
    return np.array(list(itertools.product(*values)))


@both_spaces
def test_the_cells_are_as_many_as_were_measured(operations: tuple[str, ...]) -> None:
    assert NASBenchGraph(operations).size == SIZES[operations]


@both_spaces
def test_all_genotypes_but_the_nine_of_skips_alone_are_cells(operations: tuple[str, ...]) -> None:
    space, vectors = NASBenchGraph(operations), genotypes(operations)
    ids = space.ids(vectors)
    if operations == OPERATIONS:
        assert len(vectors) == 59_049
    nowhere = vectors[ids == -1]
    assert len(nowhere) == 9
    assert (nowhere[:, 1:] == operations.index("skip")).all()
    assert set(ids[ids >= 0].tolist()) == set(range(space.size))


@both_spaces
def test_cells_are_those_of_the_released_package(operations: tuple[str, ...]) -> None:
    space, vectors = NASBenchGraph(operations), genotypes(operations)
    keys = [space.key(id) for id in range(space.size)]
    for (link, *chosen), id in zip(vectors.tolist(), space.ids(vectors).tolist(), strict=True):
        released = Arch(list(LINKS[link]), [operations[value] for value in chosen]).valid_hash()
        assert str(released) == ("88888" if id == -1 else keys[id])


@both_spaces
def test_cells_are_in_the_order_of_their_keys(operations: tuple[str, ...]) -> None:
    space = NASBenchGraph(operations)
    keys = [int(space.key(id)) for id in range(space.size)]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize(("operations", "count"), [(OPERATIONS, 40), (PROTEINS_OPERATIONS, 24)])
def test_every_cell_has_one_neighbour_a_change(operations: tuple[str, ...], count: int) -> None:
    space = NASBenchGraph(operations)
    neighbours = space.neighbours(np.arange(space.size))
    assert neighbours.shape == (space.size, count)
    assert neighbours.max() < space.size
    assert neighbours.min() == -1  # changing the only operation of a cell to `skip`


@both_spaces
def test_classes_have_one_member_each(operations: tuple[str, ...]) -> None:
    space = NASBenchGraph(operations)
    assert space.class_count == space.size
