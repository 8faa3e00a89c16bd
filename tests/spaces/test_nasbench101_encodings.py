"""Encodings of NAS-Bench-101 cells against plain re-tellings, from their matrices."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from nasarena.suite.spaces.nasbench101 import SIZES, NASBench101
from nasarena.suite.spaces.nasbench101_codes import OPERATIONS
from nasarena.suite.spaces.paths import path_counts

SPACES = {vertices: NASBench101(vertices) for vertices in SIZES}
LARGE = SPACES[7]
CONV3X3, CONV1X1, MAXPOOL = OPERATIONS
every_space = pytest.mark.parametrize("vertices", SIZES)


def some(space: NASBench101, count: int = 200) -> list[int]:
    """The smallest cells and a sample of the others."""
    sample = space.sample(min(count, space.size), np.random.default_rng(0))
    return [*range(min(space.size, 91)), *sample.tolist()]


@every_space
def test_one_hot_marks_the_value_of_each_decision(vertices: int) -> None:
    space = SPACES[vertices]
    ids = some(space)
    encoded, decisions = space.one_hot(ids), space.decisions(ids)
    assert encoded.dtype == np.float32
    start = 0
    for position, values in enumerate(space.choices):
        block = encoded[:, start : start + len(values)]
        assert np.array_equal(block, np.eye(len(values))[decisions[:, position]])
        start += len(values)
    assert start == encoded.shape[1]


def test_the_large_space_has_26_decisions_and_62_values() -> None:
    assert len(LARGE.choices) == 21 + 5
    assert LARGE.one_hot(0).shape == (62,)


def padded(space: NASBench101, id: int) -> list[float]:
    """The released encoding from a cell's matrix."""
    matrix, operations = space.cell(id)
    count, most = len(matrix), space.vertices
    full = np.zeros((most, most))
    full[:count, :count] = matrix
    labels = np.zeros((most - 1, 4))
    for vertex, name in enumerate(operations[1:]):
        labels[vertex, [CONV1X1, CONV3X3, MAXPOOL, "output"].index(name)] = 1
    return [*full[np.triu_indices(most, 1)], *labels.ravel()]


@every_space
def test_the_matrix_encoding_is_the_released_one(vertices: int) -> None:
    space = SPACES[vertices]
    ids = some(space)
    expected = np.array([padded(space, id) for id in ids])
    encoded = space.matrix_encoding(ids)
    assert np.array_equal(encoded, expected)
    assert encoded.dtype == np.float32
    assert encoded.shape[1] == {3: 11, 4: 18, 5: 26, 6: 35, 7: 45}[vertices]
    assert np.array_equal(space.released_encoding(ids), encoded)


def test_no_two_cells_share_an_encoding() -> None:
    space = SPACES[5]
    everything = np.arange(space.size)
    for encode in (space.one_hot, space.matrix_encoding, space.tokens):
        assert len(np.unique(encode(everything), axis=0)) == space.size


def successions(space: NASBench101, id: int) -> set[tuple[str, ...]]:
    """The operations along every way from input to output."""
    matrix, operations = space.cell(id)
    found, waiting = set(), [(0,)]
    while waiting:
        way = waiting.pop()
        if way[-1] == len(matrix) - 1:
            found.add(tuple(operations[vertex] for vertex in way[1:-1]))
        waiting += [(*way, int(vertex)) for vertex in np.flatnonzero(matrix[way[-1]])]
    return found


@every_space
def test_the_path_encoding_says_which_successions_of_operations_there_are(vertices: int) -> None:
    space = SPACES[vertices]
    every = [
        along
        for length in range(vertices - 1)
        for along in itertools.product(OPERATIONS, repeat=length)
    ]
    ids = some(space, 100)
    encoded = space.path_encoding(ids)
    assert encoded.shape == (len(ids), len(every))
    assert set(np.unique(encoded).tolist()) == {0.0, 1.0}
    for id, row in zip(ids, encoded, strict=True):
        assert {every[place] for place in np.flatnonzero(row)} == successions(space, id)


def test_the_large_space_has_364_possible_paths() -> None:
    assert LARGE.path_encoding(0).shape == (364,)


@every_space
def test_tokens_there_and_back_are_the_identity(vertices: int) -> None:
    space = SPACES[vertices]
    ids = np.arange(space.size)
    tokens = space.tokens(ids)
    assert tokens.shape == (space.size, (vertices + 2) * (vertices - 1) // 2)
    assert tokens.dtype == np.int64
    assert np.array_equal(space.from_tokens(tokens), ids)
    assert set(np.unique(tokens).tolist()) == set(range(len(space.vocabulary)))
    assert len(space.vocabulary) == 7


def test_a_cell_in_words() -> None:
    matrix = [[0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    id = SPACES[5].id_of(matrix, ["input", MAXPOOL, CONV3X3, "output"])
    words = [SPACES[5].vocabulary[token] for token in SPACES[5].tokens(id)]
    assert words == [
        *("edge", MAXPOOL),
        *("edge", "edge", CONV3X3),
        *("no edge", "edge", "edge", "output"),
        *["nothing"] * 5,
    ]
    assert LARGE.tokens(0).tolist() == [2, 6, *[0] * 25]


def read(space: NASBench101, sequence: tuple[int, ...]) -> int:
    """The cell of a sequence, read token by token; -1 when a token is of the wrong kind."""
    words = iter(space.vocabulary[token] for token in sequence)
    columns: list[list[str]] = []
    operations = ["input"]
    while operations[-1] != "output":
        if len(operations) == space.vertices:
            return -1
        columns.append([next(words) for _ in range(len(operations))])
        operations.append(next(words))
        if operations[-1] not in (*OPERATIONS, "output"):
            return -1
        if not set(columns[-1]) <= {"edge", "no edge"}:
            return -1
    if set(words) - {"nothing"}:
        return -1
    matrix = np.zeros((len(operations), len(operations)), dtype=np.int64)
    for target, column in enumerate(columns, start=1):
        for source, word in enumerate(column):
            matrix[source, target] = word == "edge"
    return space.id_of(matrix, operations)


def sequences(vertices: int) -> NDArray[np.int64]:
    """All sequences of 3 vertices; of more, cells with a few tokens changed."""
    if vertices == 3:
        return np.array(list(itertools.product(range(7), repeat=5)))
    rng, space = np.random.default_rng(vertices), SPACES[vertices]
    tokens = space.tokens(rng.integers(space.size, size=3000))
    for _ in range(3):
        place = rng.integers(tokens.shape[1], size=len(tokens))
        # Mostly to the other of two tokens of a kind, so that many stay well-formed.
        old = tokens[np.arange(len(tokens)), place]
        new = np.where(rng.random(len(tokens)) < 0.1, rng.integers(7, size=len(tokens)), old)
        new = np.where((old == 1) | (old == 2), 3 - old, new)
        tokens[np.arange(len(tokens)), place] = new
    return tokens


@every_space
def test_sequences_are_read_as_they_say(vertices: int) -> None:
    space = SPACES[vertices]
    many = sequences(vertices)
    found = space.from_tokens(many)
    assert found.tolist() == [read(space, tuple(sequence)) for sequence in many.tolist()]
    assert (found < 0).any()
    assert np.unique(found).size > 5


def test_tokens_outside_the_vocabulary_are_no_cell() -> None:
    tokens = LARGE.tokens(np.arange(0, LARGE.size, 9001))
    for place in range(tokens.shape[1]):
        for wrong in (-1, 7, 100):
            changed = tokens.copy()
            changed[:, place] = wrong
            assert (LARGE.from_tokens(changed) == -1).all()


@every_space
def test_graphs_are_the_cells_with_unused_nodes_before_the_output(vertices: int) -> None:
    space = SPACES[vertices]
    ids = some(space)
    graphs = space.graphs(ids)
    assert graphs.labels == ("input", "output", *OPERATIONS, "none")
    assert graphs.adjacency.shape == (len(ids), vertices, vertices)
    assert graphs.nodes.shape == (len(ids), vertices)
    assert not np.tril(graphs.adjacency).any()
    for position, id in enumerate(ids):
        matrix, operations = space.cell(id)
        unused = ["none"] * (vertices - len(operations))
        types = [graphs.labels[node] for node in graphs.nodes[position]]
        assert types == [*operations[:-1], *unused, "output"]
        kept = [*range(len(operations) - 1), vertices - 1]
        assert np.array_equal(graphs.adjacency[position][np.ix_(kept, kept)], matrix)
        assert graphs.adjacency[position].sum() == matrix.sum()


def test_no_cells_are_no_graphs() -> None:
    assert len(LARGE.graphs(np.empty(0, dtype=np.int64))) == 0


def test_with_the_global_node_a_graph_has_8_nodes() -> None:
    pytest.importorskip("torch")
    from nasarena.baselines.brp_nas.relation_gcn import read_by

    reads, types = read_by(LARGE, np.array([0, 1000, LARGE.size - 1]))
    assert reads.shape == (3, 8, 8)
    assert types.shape == (3, 8)


def test_path_counts_are_those_of_the_cells() -> None:
    """The contender's features: how often each operation is met along all paths."""
    space = SPACES[4]
    counts = path_counts(space.graphs(np.arange(space.size)))
    for id in range(space.size):
        matrix, operations = space.cell(id)
        met = dict.fromkeys(OPERATIONS, 0)
        waiting = [(0,)]
        while waiting:
            way = waiting.pop()
            if way[-1] == len(matrix) - 1:
                for vertex in way[1:-1]:
                    met[operations[vertex]] += 1
            waiting += [(*way, int(vertex)) for vertex in np.flatnonzero(matrix[way[-1]])]
        assert counts[id, :3].tolist() == list(met.values())
