"""Spaces measured in part: whatever is drawn, changed or decoded was measured; nothing hangs."""

from collections import Counter
from contextlib import suppress
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from threadpoolctl import threadpool_limits

from brief_methods import brief
from nasarena.suite.methods import choose_methods, method_card, method_names
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.choices import Choices
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph
from scored_methods import asked_for, some_scores
from several_lengths import by_several_lengths

# Hours until they meet their predictor; brp-nas and seminas are the same searches, trained less.
# Those by several lengths of training find none here: tests/baselines.
TOO_LONG = {"brp-nas-released", "seminas-released"} | by_several_lengths()
# One search, by one score or another.
BY_ONE_SCORE = {name for name in method_names() if len(asked_for(name) or ()) == 1}
SLOW = {
    *("brp-nas", "nao", "npenas-bo", "seminas", "smac"),
    *("weaknas", "weaknas-ei", "weaknas-forest"),
}
BUDGETS = {"weaknas": 12, "weaknas-ei": 12}


def part(space: CategoricalSpace, count: int) -> MeasuredCells:
    rng = np.random.default_rng(count)
    return MeasuredCells(space, np.sort(rng.choice(space.size, size=count, replace=False)))


PARTS = [
    pytest.param(part(NASBench201(), 400), id="nasbench201"),
    pytest.param(part(NASBenchGraph(PROTEINS_OPERATIONS), 300), id="proteins"),
    pytest.param(part(NASBench101(5), 200), id="nasbench101"),
]
every_part = pytest.mark.parametrize("space", PARTS)


@every_part
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_a_part_describes_its_members_as_the_whole_space_does(
    space: MeasuredCells, data: st.DataObject
) -> None:
    id = data.draw(st.integers(0, space.size - 1))
    member, whole = int(space.members[id]), space.space
    assert space.key(id) == whole.key(member)
    assert np.array_equal(space.decisions(id), whole.decisions(member))
    assert np.array_equal(space.one_hot(id), whole.one_hot(member))
    assert np.array_equal(space.released_encoding(id), whole.released_encoding(member))
    assert np.array_equal(space.tokens(id), whole.tokens(member))
    ours, theirs = space.graphs(np.array([id])), whole.graphs(np.array([member]))
    assert np.array_equal(ours.adjacency, theirs.adjacency)
    assert np.array_equal(ours.nodes, theirs.nodes)
    assert ours.labels == theirs.labels
    assert space.vocabulary == whole.vocabulary


@every_part
def test_decisions_and_tokens_are_inverse_and_know_what_was_not_measured(
    space: MeasuredCells,
) -> None:
    measured = {int(member): id for id, member in enumerate(space.members)}
    everything = np.arange(space.space.size)
    expected = [measured.get(member, -1) for member in everything.tolist()]
    assert space.ids(space.space.decisions(everything)).tolist() == expected
    assert space.from_tokens(space.space.tokens(everything)).tolist() == expected


@every_part
def test_neighbours_are_the_measured_ones_of_the_whole_space(space: MeasuredCells) -> None:
    ids = np.arange(space.size)
    around, whole = space.neighbours(ids), space.space.neighbours(space.members)
    assert around.shape == whole.shape
    assert np.array_equal(around >= 0, np.isin(whole, space.members))
    assert np.array_equal(space.members[around[around >= 0]], whole[around >= 0])


@every_part
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_mutation_is_another_measured_architecture(
    space: MeasuredCells, data: st.DataObject
) -> None:
    id = data.draw(st.integers(0, space.size - 1))
    child = space.mutate(id, np.random.default_rng(data.draw(st.integers(0, 99))))
    assert 0 <= child < space.size
    assert child != id


def test_where_all_around_was_measured_a_mutation_has_the_chances_of_the_whole_space() -> None:
    whole = NASBenchGraph(PROTEINS_OPERATIONS)
    parent = 1000
    around = np.setdiff1d(whole.neighbours(parent), [-1, parent])
    space = MeasuredCells(whole, np.unique([parent, *around, *range(5)]))
    id = int(np.flatnonzero(space.members == parent)[0])
    rng = np.random.default_rng(1)
    drawn = Counter(int(space.members[space.mutate(id, rng)]) for _ in range(4_000))
    # The first decision, a link list, has 9 values, the others 5: each drawn as likely.
    chances: Counter[int] = Counter()
    changes = iter(whole.neighbours(parent).tolist())
    for values in whole.choices:
        for _ in range(len(values) - 1):
            chances[next(changes)] += 1 / (len(values) - 1)  # type: ignore[assignment]
    wanted = {member: chances[member] for member in around.tolist()}
    assert set(drawn) == set(wanted)
    scale = 4_000 / sum(wanted.values())
    assert chisquare([drawn[m] for m in wanted], [scale * wanted[m] for m in wanted]).pvalue > 1e-3


def test_without_a_measured_neighbour_children_are_nearer_than_others() -> None:
    rng = np.random.default_rng(0)
    rows = np.unique(rng.integers(4, size=(300, 12)), axis=0)
    space = Choices({f"d{i}": tuple("abcd") for i in range(12)}, rows)
    assert (space.neighbours(np.arange(space.size)) == -1).all()
    distances = (rows[:, None] != rows).sum(axis=2)
    children = [[space.mutate(id, rng) for _ in range(20)] for id in range(50)]
    nearby = np.mean([distances[id, found].mean() for id, found in enumerate(children)])
    assert nearby < distances[:50].mean() - 2
    assert len({child for found in children for child in found}) > 100


def test_mutations_lead_out_of_every_corner() -> None:
    # Pairs of neighbours, each far from the others.
    rows = [[value] * 4 + [last] for value in range(6) for last in (0, 1)]
    space = Choices({name: tuple("pqrstu") for name in "abcde"}, rows)
    assert ((space.neighbours(np.arange(space.size)) >= 0).sum(axis=1) == 1).all()
    rng = np.random.default_rng(0)
    reached, id = set(), 0
    for _ in range(40 * space.size):
        id = space.mutate(id, rng)
        reached.add(id)
    assert reached == set(range(space.size))


def test_classes_are_named_by_their_smallest_measured_member() -> None:
    whole = NASBench201()
    space = part(whole, 3000)
    classes = space.classes(np.arange(space.size))
    same = whole.classes(space.members)
    for id in range(0, space.size, 37):
        assert classes[id] == np.flatnonzero(same == same[id])[0]
    assert space.class_count == np.unique(same).size < space.size


def test_one_architecture_has_no_other_to_become() -> None:
    space = MeasuredCells(NASBench201(), np.array([7]))
    assert space.mutate(0, np.random.default_rng(0)) == 0


@pytest.mark.parametrize("members", [[], [3, 3], [4, 2]])
def test_members_are_different_and_in_order(members: list[int]) -> None:
    with pytest.raises(ValueError, match="members"):
        MeasuredCells(NASBench201(), np.array(members, dtype=np.int64))


def choices() -> Choices:
    rng = np.random.default_rng(0)
    rows = np.unique(rng.integers([4, 3, 5, 2, 3], size=(130, 5)), axis=0)
    letters = {"a": 4, "b": 3, "c": 5, "d": 2, "e": 3}
    return Choices({name: tuple(map(str, range(count))) for name, count in letters.items()}, rows)


def search(name: str, space: CategoricalSpace) -> None:
    """One short search, which must use up its budget."""
    card = method_card(name)
    if card.missing:
        pytest.skip(f"{name} needs {card.missing}, which is not installed")
    for library in card.requires:
        import_module(library)  # before its threads are limited
    decisions = space.decisions(np.arange(space.size))
    labels = 80 + decisions.sum(axis=1) + np.random.default_rng(3).normal(size=space.size)
    (method,) = choose_methods([brief(name)])
    scores = some_scores(space.size).select  # some have none
    size = -decisions.sum(axis=1).astype(np.float64)
    budget = BUDGETS.get(name, 25)
    problem = Problem(space, labels, budget, 500, proxies=scores, metrics=lambda _: size)
    with suppress(SearchEnded), threadpool_limits(limits=1):
        method.build().search(problem, np.random.default_rng(1))
    assert problem.remaining == 0
    assert np.unique(problem.trace).size == problem.budget


@pytest.mark.no_cover  # measured in the tests of each method
@pytest.mark.parametrize("name", sorted(set(method_names()) - TOO_LONG))
def test_every_method_searches_choices(name: str) -> None:
    search(name, choices())


@pytest.mark.no_cover  # measured in the tests of each method
@pytest.mark.parametrize("name", sorted(set(method_names()) - TOO_LONG - SLOW - BY_ONE_SCORE))
@every_part
def test_methods_search_a_part_of_a_known_space(name: str, space: CategoricalSpace) -> None:
    search(name, space)
