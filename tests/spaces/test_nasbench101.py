"""The NAS-Bench-101 space against plain re-tellings of its rules, on whole small spaces."""

import itertools
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from scipy.stats import chisquare

from nasarena.suite.spaces.nasbench101 import SIZES, NASBench101
from nasarena.suite.spaces.nasbench101_codes import OPERATIONS

Cell = tuple[NDArray[np.int64], list[str]]

SPACES = {vertices: NASBench101(vertices) for vertices in SIZES}
LARGE, SMALL = SPACES[7], SPACES[5]
every_space = pytest.mark.parametrize("vertices", SIZES)
small_spaces = pytest.mark.parametrize("vertices", [3, 4, 5])


@st.composite
def matrices(draw: st.DrawFn, most: int = 7) -> Cell:
    """Any upper triangular matrix with operations; most are no cells until pruned, some never."""
    count = draw(st.integers(2, most))
    matrix = np.zeros((count, count), dtype=np.int64)
    pairs = list(itertools.combinations(range(count), 2))
    for pair in draw(st.lists(st.sampled_from(pairs), unique=True, max_size=len(pairs))):
        matrix[pair] = 1
    inner = draw(st.lists(st.sampled_from(OPERATIONS), min_size=count - 2, max_size=count - 2))
    return matrix, ["input", *inner, "output"]


def pruned(cell: Cell) -> Cell | None:
    """Without the vertices that are not between input and output; None without a way."""
    matrix, operations = cell
    ways = np.linalg.matrix_power(np.eye(len(matrix), dtype=np.int64) + matrix, len(matrix)) > 0
    kept = np.flatnonzero(ways[0] & ways[:, -1])
    if not kept.size:
        return None
    return matrix[np.ix_(kept, kept)], [operations[vertex] for vertex in kept]


def all_matrices(vertices: int) -> list[Cell]:
    pairs = list(itertools.combinations(range(vertices), 2))
    cells = []
    for bits in itertools.product((0, 1), repeat=len(pairs)):
        matrix = np.zeros((vertices, vertices), dtype=np.int64)
        matrix[tuple(np.array(pairs).T)] = bits
        for inner in itertools.product(OPERATIONS, repeat=vertices - 2):
            cells.append((matrix, ["input", *inner, "output"]))
    return cells


@pytest.mark.parametrize(
    ("vertices", "counts"),
    [
        (3, {2: 1, 3: 6}),
        (4, {2: 1, 3: 6, 4: 84}),
        (5, {2: 1, 3: 6, 4: 84, 5: 2_441}),
        (6, {2: 1, 3: 6, 4: 84, 5: 2_441, 6: 62_010}),
        (7, {2: 1, 3: 6, 4: 84, 5: 2_441, 6: 62_010, 7: 359_082}),
    ],
)
def test_there_are_as_many_cells_of_each_size_as_published(
    vertices: int, counts: dict[int, int]
) -> None:
    space = SPACES[vertices]
    operations = space.decisions(np.arange(space.size))[:, -(vertices - 2) :]
    used = 2 + (operations > 0).sum(axis=1)
    assert Counter(used.tolist()) == counts
    assert (np.diff(used) >= 0).all()
    assert space.class_count == space.size == sum(counts.values())


def test_only_spaces_of_3_to_7_vertices_are_there() -> None:
    for vertices in (2, 8):
        with pytest.raises(ValueError, match="from 3 to 7"):
            NASBench101(vertices)


def test_a_space_is_enumerated_when_first_needed_and_once() -> None:
    program = (
        "from nasarena.suite.spaces.nasbench101 import NASBench101\n"
        "from nasarena.suite.spaces.nasbench101_enumeration import enumeration\n"
        "first, second = NASBench101(), NASBench101()\n"
        "assert first.size == 423_624 and enumeration.cache_info().currsize == 0\n"
        "first.key(1), second.key(2)\n"
        "assert enumeration.cache_info().misses == 1"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@every_space
def test_decisions_and_ids_are_inverse_on_the_whole_space(vertices: int) -> None:
    space = SPACES[vertices]
    decisions = space.decisions(np.arange(space.size))
    assert np.array_equal(space.ids(decisions), np.arange(space.size))
    assert (decisions >= 0).all()
    assert (decisions < [len(values) for values in space.choices]).all()


@small_spaces
def test_what_decisions_denote_is_the_cell_of_their_matrix(vertices: int) -> None:
    """All vectors of decisions of small spaces, 2,000 of 5 vertices; `none` takes a vertex away."""
    space = SPACES[vertices]
    vectors = np.array(
        list(itertools.product(*(range(len(values)) for values in space.choices)))
        if vertices < 5
        else np.random.default_rng(0).integers([len(v) for v in space.choices], size=(2000, 13))
    )
    pairs = [(source, target) for target in range(vertices) for source in range(target)]
    for vector, id in zip(vectors.tolist(), space.ids(vectors).tolist(), strict=True):
        matrix = np.zeros((vertices, vertices), dtype=np.int64)
        matrix[tuple(np.array(pairs).T)] = vector[: len(pairs)]
        values = vector[len(pairs) :]
        gone = [1 + inner for inner, value in enumerate(values) if value == 0]
        matrix[gone], matrix[:, gone] = 0, 0
        named = [OPERATIONS[value - 1] for value in values]
        assert id == space.id_of(matrix, ["input", *named, "output"])


@every_space
def test_cells_of_a_smaller_space_keep_their_ids(vertices: int) -> None:
    space = SPACES[vertices]
    for id in range(0, min(space.size, 2_532), 7):
        matrix, operations = space.cell(id)
        large, named = LARGE.cell(id)
        assert np.array_equal(matrix, large)
        assert operations == named


@every_space
def test_a_cell_is_found_by_its_matrix(vertices: int) -> None:
    space = SPACES[vertices]
    ids = np.random.default_rng(1).choice(space.size, min(space.size, 500), replace=False)
    for id in ids.tolist():
        matrix, operations = space.cell(id)
        assert space.id_of(matrix, operations) == id
        assert matrix.sum() <= 9
        assert len(operations) == len(matrix) <= vertices
        assert (operations[0], operations[-1]) == ("input", "output")
        cell = pruned((matrix, operations))
        assert cell is not None
        assert np.array_equal(cell[0], matrix)


@settings(deadline=None, max_examples=150)
@given(cell=matrices())
def test_pruning_decides_what_is_a_cell(cell: Cell) -> None:
    left = pruned(cell)
    id = LARGE.id_of(*cell)
    if left is None or left[0].sum() > 9:
        assert id == -1
    else:
        assert id >= 0
        assert LARGE.id_of(*left) == id
        assert Counter(LARGE.cell(id)[1]) == Counter(left[1])
        assert LARGE.cell(id)[0].sum() == left[0].sum()
        assert SMALL.id_of(*cell) == (id if len(left[0]) <= 5 else -1)


@settings(deadline=None, max_examples=150)
@given(cell=matrices(), data=st.data())
def test_isomorphic_copies_are_one_architecture(cell: Cell, data: st.DataObject) -> None:
    matrix, operations = cell
    last = len(matrix) - 1
    # Any order in which every vertex comes after those that it reads, between the two ends.
    waiting, order = set(range(1, last)), [0]
    while waiting:
        ready = [v for v in sorted(waiting) if not waiting & set(np.flatnonzero(matrix[:, v]))]
        order.append(data.draw(st.sampled_from(ready)))
        waiting.remove(order[-1])
    order.append(last)
    copy = matrix[np.ix_(order, order)], [operations[vertex] for vertex in order]
    assert LARGE.id_of(*copy) == LARGE.id_of(*cell)


def test_matrices_that_are_none_are_refused() -> None:
    chain = [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    names = ["input", OPERATIONS[0], "output"]
    assert LARGE.id_of(chain, names) > 0
    with pytest.raises(ValueError, match="square"):
        LARGE.id_of(chain, names[:2])
    with pytest.raises(ValueError, match="square"):
        LARGE.id_of(np.zeros((8, 8)), ["input"] * 8)
    with pytest.raises(ValueError, match="above its diagonal"):
        LARGE.id_of(np.array(chain).T, names)
    with pytest.raises(ValueError, match="above its diagonal"):
        LARGE.id_of(np.array(chain) * 2, names)
    with pytest.raises(ValueError, match="unknown operation conv5x5"):
        LARGE.id_of(chain, ["input", "conv5x5", "output"])
    # The operation of what is pruned is not looked at.
    assert LARGE.id_of([[0, 0, 1], [0, 0, 1], [0, 0, 0]], ["input", "pad", "output"]) == 0


@pytest.mark.parametrize("vertices", [3, 7])
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_answers_have_the_shape_of_ids(vertices: int, data: st.DataObject) -> None:
    space = SPACES[vertices]
    shape = data.draw(array_shapes(min_dims=0, max_dims=3, max_side=3))
    ids = data.draw(arrays(np.int64, shape, elements=st.integers(0, space.size - 1)))
    for answer in (
        space.decisions,
        space.one_hot,
        space.matrix_encoding,
        space.path_encoding,
        space.tokens,
        space.neighbours,
        space.classes,
    ):
        many = answer(ids)
        assert many.shape[: len(shape)] == shape
        for index in np.ndindex(shape):
            assert np.array_equal(many[index], answer(int(ids[index])))
    assert np.array_equal(space.ids(space.decisions(ids)), ids)
    assert np.array_equal(space.from_tokens(space.tokens(ids)), ids)


def edits(cell: Cell, vertices: int) -> list[Cell]:
    """What `neighbours` says that one edit is, told again on matrices."""
    matrix, operations = cell
    count = len(matrix)
    results = []
    for pair in itertools.combinations(range(count), 2):
        flipped = matrix.copy()
        flipped[pair] ^= 1
        results.append((flipped, operations))
    for vertex, other in itertools.product(range(1, count - 1), OPERATIONS):
        if other != operations[vertex]:
            results.append((matrix, [*operations[:vertex], other, *operations[vertex + 1 :]]))
    if count < vertices:
        for (source, target), new in itertools.product(
            itertools.combinations(range(count), 2), OPERATIONS
        ):
            added = source + 1
            larger = np.insert(np.insert(matrix, added, 0, axis=0), added, 0, axis=1)
            larger[source, added] = larger[added, target + 1] = 1
            results.append((larger, [*operations[:added], new, *operations[added:]]))
    return results


@every_space
def test_neighbours_are_what_one_edit_leads_to(vertices: int) -> None:
    space = SPACES[vertices]
    pairs, inner = vertices * (vertices - 1) // 2, vertices - 2
    columns = pairs + 2 * inner + 3 * inner * (inner + 1) // 2
    ids = np.random.default_rng(3).choice(space.size, min(space.size, 100), replace=False)
    # Small cells are rare in a draw, and the only ones to which a vertex can be added.
    ids = np.concatenate([ids, np.arange(0, min(space.size, 3000), 25)])
    found = space.neighbours(ids)
    assert found.shape == (ids.size, columns)
    for id, neighbours in zip(ids.tolist(), found, strict=True):
        expected = [space.id_of(*cell) for cell in edits(space.cell(id), vertices)]
        assert Counter(neighbours[neighbours >= 0].tolist()) == Counter(
            id for id in expected if id >= 0
        )
        assert id not in neighbours


@small_spaces
def test_edits_lead_from_every_cell_to_every_other(vertices: int) -> None:
    space = SPACES[vertices]
    neighbours = space.neighbours(np.arange(space.size))
    for start in (0, space.size - 1):
        reached, new = np.zeros(space.size, dtype=bool), np.array([start])
        while new.size:
            reached[new] = True
            new = np.unique(neighbours[new])
            new = new[(new >= 0) & ~reached[new]]
        assert reached.all()


def check_draws(drawn: list[int], chances: Counter[int]) -> None:
    """Chi-square of draws against chances (in proportion); rare cells are counted together."""
    counts = Counter(drawn)
    assert set(counts) <= {id for id, chance in chances.items() if chance > 0}
    total = sum(chances.values())
    expected = {id: len(drawn) * chance / total for id, chance in chances.items()}
    common = [id for id in expected if expected[id] >= 10]
    observed = [counts[id] for id in common]
    wanted = [expected[id] for id in common]
    if len(drawn) - sum(wanted) > 1:
        observed.append(len(drawn) - sum(observed))
        wanted.append(len(drawn) - sum(wanted))
    assert len(observed) > 3
    assert chisquare(observed, wanted).pvalue > 1e-3


def test_sampling_is_uniform_over_cells() -> None:
    space, rng = SPACES[4], np.random.default_rng(4)
    drawn = [id for _ in range(2000) for id in space.sample(5, rng).tolist()]
    check_draws(drawn, Counter(range(space.size)))
    assert np.array_equal(np.sort(space.sample(space.size, rng)), np.arange(space.size))


@pytest.mark.parametrize("id", [0, 3, 40, 90])
def test_mutation_flips_and_changes_at_the_rates_of_the_notebook(id: int) -> None:
    """Children of 4 vertices against the exact chances, from every matrix pruned to the parent."""
    space = SPACES[4]
    matrix, operations = space.cell(id)
    cells = all_matrices(4)
    ids = np.array([space.id_of(*cell) for cell in cells])
    parents = []
    for position, cell in enumerate(cells):
        left = pruned(cell)
        if left is not None and np.array_equal(left[0], matrix) and left[1] == operations:
            parents.append(position)
    assert len(parents) == 1 or len(matrix) < 4
    bits = np.array([cell[0][np.triu_indices(4, 1)] for cell in cells])
    values = np.array([cell[1][1:-1] for cell in cells])
    chances: Counter[int] = Counter()
    for parent in parents:
        flips = (bits != bits[parent]).sum(axis=1)
        changes = (values != values[parent]).sum(axis=1)
        chance = (1 / 4) ** flips * (3 / 4) ** (6 - flips)
        chance *= (1 / 2 / 2) ** changes * (1 / 2) ** (2 - changes)
        chance[ids < 0] = 0
        for child in np.flatnonzero(ids >= 0).tolist():
            chances[int(ids[child])] += chance[child] / chance.sum()
    rng = np.random.default_rng(6)
    check_draws([space.mutate(id, rng) for _ in range(10_000)], chances)


def test_mutants_of_large_cells_are_cells_of_more_and_fewer_vertices() -> None:
    rng = np.random.default_rng(7)
    parents = LARGE.sample(300, rng)
    mutants = np.array([LARGE.mutate(int(id), rng) for id in parents])
    assert ((mutants >= 0) & (mutants < LARGE.size)).all()
    assert np.unique(mutants).size > 200
    # Cells are in the order of the vertices used.
    used_before = np.searchsorted(list(SIZES.values()), parents, side="right")
    used_after = np.searchsorted(list(SIZES.values()), mutants, side="right")
    assert (used_after < used_before).sum() > 50
    assert (used_after == used_before).sum() > 20
    small = [LARGE.mutate(id, rng) for id in range(SIZES[4])]
    assert max(small) >= SIZES[4]
