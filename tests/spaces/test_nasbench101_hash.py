"""Hashes against the official code and, where they are at hand, the official keys."""

import json
from pathlib import Path

import numpy as np
import pytest

from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench101_codes import OPERATIONS
from nasarena.suite.spaces.nasbench101_hash import cell_hash, drawing_hash

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "nasbench101_sample.jsonl"
"""Real rows of NAS-Bench-101 that lie beside the repository, on machines that have them."""


@pytest.mark.parametrize(("vertices", "count"), [(3, 7), (4, 91), (7, 400)])
def test_keys_are_the_official_hashes(vertices: int, count: int) -> None:
    graph_util = pytest.importorskip("nasbench_pytorch.model.graph_util")
    space = NASBench101(vertices)
    ids = space.sample(count, np.random.default_rng(0)).tolist()
    keys = []
    for id in ids:
        matrix, operations = space.cell(id)
        labels = [-1, *(OPERATIONS.index(name) for name in operations[1:-1]), -2]
        keys.append(graph_util.hash_module(matrix, labels))
    assert [space.key(id) for id in ids] == keys
    assert len(set(keys)) == count


def test_drawings_are_one_cell_where_their_official_hashes_agree() -> None:
    """Random drawings of 5 vertices, few enough cells that many are drawn repeatedly."""
    graph_util = pytest.importorskip("nasbench_pytorch.model.graph_util")
    space, rng = NASBench101(5), np.random.default_rng(1)
    seen: dict[str, int] = {}
    for _ in range(3000):
        matrix = np.triu(rng.integers(2, size=(5, 5)), 1)
        labels = rng.integers(3, size=3).tolist()
        if not (matrix[:-1].any(axis=1).all() and matrix[:, 1:].any(axis=0).all()):
            continue
        operations = [OPERATIONS[label] for label in labels]
        id = space.id_of(matrix, ["input", *operations, "output"])
        if id >= 0:
            key = graph_util.hash_module(matrix, [-1, *labels, -2])
            assert seen.setdefault(key, id) == id
    assert 300 < len(seen) == len(set(seen.values()))


def test_the_hash_is_the_same_for_all_drawings() -> None:
    # Two ways from input to output: one over an operation, one over two; drawn in three orders.
    ways = [[(0, 1), (1, 4), (0, 2), (2, 3), (3, 4)], [(0, 2), (2, 4), (0, 1), (1, 3), (3, 4)]]
    codes = [sum(1 << s + t * (t - 1) // 2 for s, t in joined) for joined in ways]
    assert cell_hash(codes[0], [2, 0, 1]) == cell_hash(codes[1], [0, 2, 1])
    assert cell_hash(codes[0], [2, 0, 1]) != cell_hash(codes[0], [2, 1, 0])


@pytest.mark.parametrize("vertices", [2, 4, 7])
def test_any_drawing_has_the_hash_of_its_cell(vertices: int) -> None:
    space, rng = NASBench101(), np.random.default_rng(vertices)
    found = 0
    for _ in range(200):
        matrix = np.triu(rng.integers(2, size=(vertices, vertices)), 1)
        labels = rng.integers(3, size=vertices - 2).tolist()
        hash = drawing_hash(matrix.tolist(), [-1, *labels, -2, *[-3] * (7 - vertices)])
        id = space.id_of(matrix, ["input", *(OPERATIONS[label] for label in labels), "output"])
        if id >= 0:
            assert hash == space.key(id)
            found += 1
    assert found > 20


def test_a_drawing_without_a_way_through_has_no_hash() -> None:
    assert drawing_hash([[0, 1, 0], [0, 0, 0], [0, 0, 0]], [-1, 0, -2]) is None


def test_all_cells_of_a_space_have_keys_of_their_own_by_which_they_are_found() -> None:
    space = NASBench101(5)
    keys = [space.key(id) for id in range(space.size)]
    assert len(set(keys)) == space.size
    assert np.array_equal(space.from_keys(keys), np.arange(space.size))
    assert space.from_keys(["0" * 32, keys[7], "\u00e9", keys[7] + "0"]).tolist() == [-1, 7, -1, -1]
    assert space.from_keys([]).shape == (0,)


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"needs real rows of NAS-Bench-101 at {SAMPLE}")
def test_published_rows_have_their_keys() -> None:
    names = dict(enumerate(OPERATIONS))
    space, ids = NASBench101(), set()
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        kept = [vertex for vertex, label in enumerate(row["operations"]) if label != -3]
        matrix = np.array(row["adjacency"])[np.ix_(kept, kept)]
        operations = [names.get(row["operations"][vertex], "end") for vertex in kept]
        id = space.id_of(matrix, operations)
        assert space.key(id) == row["hash"]
        ids.add(id)
    assert len(ids) > 0
