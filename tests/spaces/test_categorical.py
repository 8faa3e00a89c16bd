"""What every space of categorical decisions promises, on all that nasarena ships and a toy."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chisquare

from nasarena.suite.arrays import Ids
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.choices import Choices
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbench_macro import NASBenchMacro
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph


class Toy(CategoricalSpace):
    """Two decisions of 2 and 4 values; (0, 0) denotes nothing, (1, 3) the same as (1, 2)."""

    name = "toy"
    choices = (("a", "b"), ("p", "q", "r", "s"))
    size = 6

    _rows = ((0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2))

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        rows: NDArray[np.int64] = np.array(self._rows)[np.asarray(ids)]
        return rows

    def ids(self, decisions: ArrayLike) -> Ids:
        cells = np.array([[-1, 0, 1, 2], [3, 4, 5, 5]])
        found = np.asarray(decisions)
        named: Ids = cells[found[..., 0], found[..., 1]]
        return named


SPACES = [
    pytest.param(Toy(), id="toy"),
    pytest.param(NASBench201(), id="nasbench201"),
    pytest.param(NASBenchGraph(), id="nasbenchgraph"),
    pytest.param(NASBenchGraph(PROTEINS_OPERATIONS), id="proteins"),
]
every_space = pytest.mark.parametrize("space", SPACES)


def all_decisions(space: CategoricalSpace) -> NDArray[np.int64]:
    """Every vector of decisions, whether or not it denotes an architecture."""
    grid = np.meshgrid(*(np.arange(len(values)) for values in space.choices), indexing="ij")
    return np.stack([axis.ravel() for axis in grid], axis=1)


@every_space
def test_decisions_and_ids_are_inverse_on_the_whole_space(space: CategoricalSpace) -> None:
    everything = np.arange(space.size)
    decisions = space.decisions(everything)
    assert np.array_equal(space.ids(decisions), everything)
    assert (decisions >= 0).all()
    assert (decisions < [len(values) for values in space.choices]).all()


@every_space
def test_every_vector_of_decisions_denotes_an_architecture_or_nothing(
    space: CategoricalSpace,
) -> None:
    ids = space.ids(all_decisions(space))
    assert set(ids.tolist()) - {-1} == set(range(space.size))


@pytest.mark.parametrize(
    "space",
    [
        *SPACES,
        pytest.param(NASBench101(5), id="nasbench101"),
        pytest.param(NASBenchMacro(), id="macro"),
        pytest.param(Choices({"a": ("x", "y"), "b": ("p", "q", "r")}, np.eye(2, 2)), id="choices"),
        pytest.param(MeasuredCells(NASBench201(), np.arange(0, 100, 3)), id="part"),
    ],
)
def test_values_that_a_decision_does_not_have_denote_nothing(space: CategoricalSpace) -> None:
    known = space.decisions(np.arange(min(space.size, 20)))
    for place, values in enumerate(space.choices):
        for wrong in (-1, len(values), 10**9, 0.5, np.nan):
            spoilt = known.astype(np.float64) if isinstance(wrong, float) else known.copy()
            spoilt[1:, place] = wrong
            found = space.ids(spoilt)
            assert found[0] == space.ids(known[0])
            assert (found[1:] == -1).all()
            assert space.ids(spoilt[1]) == -1


@every_space
def test_keys_are_different_texts(space: CategoricalSpace) -> None:
    sample = range(0, space.size, max(1, space.size // 2000))
    assert len({space.key(id) for id in sample}) == len(sample)


@every_space
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_encodings_keep_the_shape_of_ids(space: CategoricalSpace, data: st.DataObject) -> None:
    shape = data.draw(array_shapes(min_dims=0, max_dims=3, max_side=4))
    ids = data.draw(arrays(np.int64, shape, elements=st.integers(0, space.size - 1)))
    values = sum(len(values) for values in space.choices)
    assert space.decisions(ids).shape == (*shape, len(space.choices))
    assert space.one_hot(ids).shape == (*shape, values)
    assert space.neighbours(ids).shape == (*shape, values - len(space.choices))
    assert space.classes(ids).shape == shape
    for index in np.ndindex(shape):
        assert np.array_equal(space.one_hot(ids)[index], space.one_hot(int(ids[index])))
        assert np.array_equal(space.neighbours(ids)[index], space.neighbours(int(ids[index])))


@every_space
def test_one_hot_marks_the_value_of_each_decision(space: CategoricalSpace) -> None:
    encoded = space.one_hot(np.arange(space.size))
    decisions = space.decisions(np.arange(space.size))
    assert set(np.unique(encoded).tolist()) == {0.0, 1.0}
    start = 0
    for position, values in enumerate(space.choices):
        block = encoded[:, start : start + len(values)]
        assert (block.sum(axis=1) == 1).all()
        assert np.array_equal(block.argmax(axis=1), decisions[:, position])
        start += len(values)
    assert start == encoded.shape[1]
    assert np.array_equal(space.released_encoding(np.arange(space.size)), encoded)


@every_space
def test_no_two_architectures_share_a_one_hot_encoding(space: CategoricalSpace) -> None:
    encoded = space.one_hot(np.arange(space.size)).astype(bool)
    assert len({row.tobytes() for row in encoded}) == space.size


@every_space
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_neighbours_are_what_one_changed_decision_denotes(
    space: CategoricalSpace, data: st.DataObject
) -> None:
    id = data.draw(st.integers(0, space.size - 1))
    vectors = all_decisions(space)
    at_one = (vectors != space.decisions(id)).sum(axis=1) == 1
    assert Counter(space.neighbours(id).tolist()) == Counter(space.ids(vectors[at_one]).tolist())


@every_space
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_what_a_caller_does_to_an_answer_does_not_change_the_space(
    space: CategoricalSpace, data: st.DataObject
) -> None:
    id = data.draw(st.integers(0, space.size - 1))
    for answer in (space.neighbours, space.one_hot, space.decisions):
        before = answer(id).copy()
        answer(id)[...] = 0
        assert np.array_equal(answer(id), before)


def test_mutation_draws_again_where_a_change_leads_nowhere() -> None:
    # (0, 1): decision 0 leads to (1, 1) = 4; decision 1 to 0 (nothing), 2 or 3: ids 1 and 2.
    check_mutation(Toy(), 0, {4: 1 / 2, 1: 1 / 6, 2: 1 / 6})


def test_changes_with_the_same_outcome_add_up_in_mutation() -> None:
    # (1, 1): decision 0 leads to (0, 1) = 0; decision 1 to (1, 0) = 3, and twice to 5.
    check_mutation(Toy(), 4, {0: 1 / 2, 3: 1 / 6, 5: 1 / 3})


@pytest.mark.parametrize("id", [0, 7777, 15624])
def test_mutation_on_nasbench201_is_uniform_over_its_24_neighbours(id: int) -> None:
    space = NASBench201()
    check_mutation(space, id, dict.fromkeys(space.neighbours(id).tolist(), 1 / 24))


@pytest.mark.parametrize("key", ["8", "83533", "74578"])
def test_mutation_draws_the_decision_before_the_value(key: str) -> None:
    # The link list has 9 values, proteins' operations 5: neighbours are not equally likely.
    space = NASBenchGraph(PROTEINS_OPERATIONS)
    keys = {space.key(id): id for id in range(space.size)}
    id = keys.get(key, 0)
    decisions = space.decisions(id)
    chances: Counter[int] = Counter()
    for vector in all_decisions(space):
        different = np.flatnonzero(vector != decisions)
        child = int(space.ids(vector))
        if different.size == 1 and child >= 0:
            chances[child] += 1 / (5 * (len(space.choices[different[0]]) - 1))  # type: ignore[assignment]
    check_mutation(space, id, dict(chances))


def check_mutation(space: CategoricalSpace, id: int, chances: dict[int, float]) -> None:
    """Chi-square of 20,000 children against `chances` (in proportion), nothing else occurring."""
    rng = np.random.default_rng(5)
    drawn = Counter(space.mutate(id, rng) for _ in range(20_000))
    assert set(drawn) == set(chances)
    total = sum(chances.values())
    expected = [20_000 * chance / total for chance in chances.values()]
    assert chisquare([drawn[child] for child in chances], expected).pvalue > 1e-3


@every_space
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_samples_are_different_architectures(space: CategoricalSpace, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, min(space.size, 3000)))
    seed = data.draw(st.integers(0, 2**32))
    sample = space.sample(count, np.random.default_rng(seed))
    assert sample.shape == (count,)
    assert np.unique(sample).size == count
    assert np.isin(sample, np.arange(space.size)).all()


@every_space
def test_a_sample_of_everything_is_a_permutation(space: CategoricalSpace) -> None:
    sample = space.sample(space.size, np.random.default_rng(0))
    assert np.array_equal(np.sort(sample), np.arange(space.size))


def test_samples_are_uniform_over_ordered_pairs() -> None:
    rng = np.random.default_rng(3)
    drawn = Counter(tuple(Toy().sample(2, rng).tolist()) for _ in range(12_000))
    assert len(drawn) == 30
    assert chisquare(list(drawn.values())).pvalue > 1e-3


def test_more_than_the_space_cannot_be_sampled() -> None:
    with pytest.raises(ValueError, match="larger"):
        Toy().sample(7, np.random.default_rng(0))


@every_space
def test_a_class_is_named_by_its_smallest_member(space: CategoricalSpace) -> None:
    everything = np.arange(space.size)
    classes = space.classes(everything)
    for name, members in enumerate_classes(classes):
        assert name == members.min()
    assert space.class_count == np.unique(classes).size


def enumerate_classes(classes: Ids) -> list[tuple[int, Ids]]:
    order = np.argsort(classes, kind="stable")
    names, starts = np.unique(classes[order], return_index=True)
    return list(zip(names.tolist(), np.split(order, starts[1:]), strict=True))
