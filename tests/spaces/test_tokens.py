"""Token sequences: what they say, and that nothing is lost on the way there and back."""

import itertools

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from nasarena.suite.arrays import Ids
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.nasbench201 import OPERATIONS, NASBench201
from nasarena.suite.spaces.nasbenchgraph import LINKS, PROTEINS_OPERATIONS, NASBenchGraph


class Toy(CategoricalSpace):
    """Three decisions, the first and last over the same values; (0, 0, 0) denotes nothing."""

    name = "toy"
    choices = (("a", "b"), ("p", "q", "r"), ("a", "b"))
    size = 11

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        rest, last = np.divmod(np.asarray(ids) + 1, 2)
        return np.stack([*np.divmod(rest, 3), last], axis=-1)

    def ids(self, decisions: ArrayLike) -> Ids:
        cells: Ids = np.asarray(decisions) @ [6, 2, 1] - 1
        return cells


CELLS, GRAPHS, PROTEINS = NASBench201(), NASBenchGraph(), NASBenchGraph(PROTEINS_OPERATIONS)
SPACES = [
    pytest.param(Toy(), 3, 5, id="toy"),
    pytest.param(CELLS, 6, 5, id="nasbench201"),
    pytest.param(GRAPHS, 8, 13, id="nasbenchgraph"),
    pytest.param(PROTEINS, 8, 9, id="proteins"),
]
every_space = pytest.mark.parametrize(("space", "length", "words"), SPACES)


@every_space
def test_there_and_back_is_the_identity_on_the_whole_space(
    space: CategoricalSpace, length: int, words: int
) -> None:
    everything = np.arange(space.size)
    tokens = space.tokens(everything)
    assert tokens.shape == (space.size, length)
    assert tokens.dtype == np.int64
    assert np.array_equal(space.from_tokens(tokens), everything)
    assert len(np.unique(tokens, axis=0)) == space.size
    assert set(tokens.ravel().tolist()) == set(range(words))
    assert len(space.vocabulary) == len(set(space.vocabulary)) == words


@every_space
def test_any_shape_goes_in(space: CategoricalSpace, length: int, words: int) -> None:
    assert space.tokens(3).shape == (length,)
    assert space.from_tokens(space.tokens(3)) == 3
    ids = np.array([[1, 2, 3], [3, 2, 1]])
    assert space.tokens(ids).shape == (2, 3, length)
    assert np.array_equal(space.from_tokens(space.tokens(ids)), ids)
    assert space.from_tokens(np.empty((0, length), dtype=np.int64)).shape == (0,)


@every_space
def test_one_token_outside_what_its_place_allows_is_no_architecture(
    space: CategoricalSpace, length: int, words: int
) -> None:
    some = np.random.default_rng(0).choice(space.size, min(space.size, 200), replace=False)
    tokens = space.tokens(some)
    allowed = [set(column) for column in space.tokens(np.arange(space.size)).T.tolist()]
    for place in range(length):
        for token in {-1, words, words + 7, *range(words)} - allowed[place]:
            changed = tokens.copy()
            changed[:, place] = token
            assert (space.from_tokens(changed) == -1).all()


@pytest.mark.parametrize("space", [Toy(), PROTEINS], ids=["toy", "proteins"])
def test_every_sequence_is_an_architecture_or_none(space: CategoricalSpace) -> None:
    """All sequences over the vocabulary: those with an id denote, with it, what `ids` says."""
    words, length = len(space.vocabulary), space.tokens(0).size
    if words**length < 10_000:
        sequences = np.array(list(itertools.product(range(words), repeat=length)))
    else:
        sequences = np.random.default_rng(1).integers(words, size=(300_000, length))
    ids = space.from_tokens(sequences)
    assert ids.min() == -1
    assert ids.max() < space.size
    named = sequences[ids >= 0]
    again = space.from_tokens(space.tokens(ids[ids >= 0]))
    assert np.array_equal(again, ids[ids >= 0])
    assert len(named) < len(sequences)


def test_the_toys_decisions_with_the_same_values_share_their_tokens() -> None:
    assert Toy().vocabulary == ("a", "b", "p", "q", "r")
    assert Toy().tokens(Toy().ids([1, 2, 0])).tolist() == [1, 4, 0]
    assert Toy().from_tokens([0, 2, 0]) == -1


def test_nasbench201_is_one_operation_an_edge() -> None:
    assert CELLS.vocabulary == OPERATIONS
    assert CELLS.tokens(CELLS.ids([3, 3, 3, 1, 3, 2])).tolist() == [3, 3, 3, 1, 3, 2]


def test_nasbenchgraph_says_for_each_node_what_it_reads_and_does() -> None:
    cell = GRAPHS.ids([6, 0, 3, 7, 1])  # link list 0112
    words = [GRAPHS.vocabulary[token] for token in GRAPHS.tokens(cell)]
    assert words == ["reads 0", "gat", "reads 1", "cheb", "reads 1", "fc", "reads 2", "gcn"]


def test_only_the_nine_link_lists_of_nasbenchgraph_are_read() -> None:
    operation = len(LINKS[0])  # the first one's token
    for reads in itertools.product(range(4), repeat=4):
        tokens = np.full(8, operation)
        tokens[0::2] = reads
        assert (GRAPHS.from_tokens(tokens) >= 0) == (reads in LINKS)
    all_skip = GRAPHS.tokens(0).copy()
    all_skip[1::2] = len(GRAPHS.vocabulary) - 1
    assert GRAPHS.from_tokens(all_skip) == -1


def test_sequences_of_one_nasbenchgraph_cell_give_that_cell() -> None:
    """Equivalent link lists and operations, as `ids` knows them, also as tokens."""
    rng = np.random.default_rng(2)
    decisions = np.column_stack([rng.integers(9, size=500), rng.integers(9, size=(500, 4))])
    tokens = np.empty((500, 8), dtype=np.int64)
    tokens[:, 0::2] = np.array(LINKS)[decisions[:, 0]]
    tokens[:, 1::2] = 4 + decisions[:, 1:]
    assert np.array_equal(GRAPHS.from_tokens(tokens), GRAPHS.ids(decisions))
