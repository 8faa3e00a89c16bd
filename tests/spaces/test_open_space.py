"""Spaces that are too large to list, against a listed one with the same decisions."""

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from nasarena.suite import UserError
from nasarena.suite.arrays import Ids
from nasarena.suite.spaces import CategoricalSpace, OpenSpace
from nasarena.suite.spaces.open_space import POOL, TooMany

CHOICES = (("a", "b", "c"), ("x", "y"), ("p", "q", "r", "s"), ("a", "b", "c"))


class Small(OpenSpace):
    """As open as the others, but small enough to be compared."""

    name = "small"
    choices = CHOICES


class Listed(CategoricalSpace):
    """The same space, listed."""

    name = "small"
    choices = CHOICES
    size = 72

    def decisions(self, ids: ArrayLike) -> NDArray[np.int64]:
        return np.stack(np.unravel_index(np.asarray(ids), (3, 2, 4, 3)), axis=-1).astype(np.int64)

    def ids(self, decisions: ArrayLike) -> Ids:
        return np.asarray(decisions) @ np.array([24, 12, 3, 1])


class Wide(OpenSpace):
    """Just fits into 63 bits."""

    name = "wide"
    choices = (("0", "1"),) * 62


class Many(OpenSpace):
    """A decision of more than ten values."""

    name = "many"
    choices = (tuple(map(str, range(12))),) * 9


SMALL, LISTED, WIDE, MANY = Small(), Listed(), Wide(), Many()
EVERY = np.arange(72)
OPEN = st.sampled_from([SMALL, WIDE, MANY])


@pytest.mark.parametrize(
    "view", ["decisions", "one_hot", "released_encoding", "tokens", "neighbours", "classes"]
)
def test_an_open_space_shows_what_the_listed_one_shows(view: str) -> None:
    for ids in (EVERY, EVERY.reshape(8, 9), np.int64(5), EVERY[:0]):
        shown = getattr(SMALL, view)(ids)
        np.testing.assert_array_equal(shown, getattr(LISTED, view)(ids))
        assert shown.dtype == getattr(LISTED, view)(ids).dtype


def test_its_graphs_keys_and_mutations_are_those_of_the_listed_one() -> None:
    np.testing.assert_array_equal(SMALL.graphs(EVERY).nodes, LISTED.graphs(EVERY).nodes)
    assert [SMALL.key(id) for id in EVERY] == [LISTED.key(id) for id in EVERY]
    one, other = np.random.default_rng(0), np.random.default_rng(0)
    assert [SMALL.mutate(id, one) for id in range(72)] == [
        LISTED.mutate(id, other) for id in range(72)
    ]
    assert SMALL.sample(9, one).tolist() == LISTED.sample(9, other).tolist()


@given(space=OPEN, seed=st.integers(0, 2**32))
def test_ids_keys_tokens_and_decisions_lead_back(space: OpenSpace, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ids = rng.integers(space.size, size=4)
    assert space.ids(space.decisions(ids)).tolist() == ids.tolist()
    assert space.from_tokens(space.tokens(ids)).tolist() == ids.tolist()
    assert space.ids([space.key(id) for id in ids]).tolist() == ids.tolist()
    child = space.mutate(int(ids[0]), rng)
    assert (space.decisions(child) != space.decisions(ids[0])).sum() == 1
    neighbours = space.neighbours(int(ids[0]))
    assert child in neighbours
    assert ((space.decisions(neighbours) != space.decisions(ids[0])).sum(axis=1) == 1).all()


@pytest.mark.parametrize("key", ["", "0000", "9" * 62, "0" * 61 + "²", "0" * 63])
def test_what_is_no_key_is_refused(key: str) -> None:
    assert WIDE.from_keys([key]).tolist() == [-1]
    with pytest.raises(UserError, match="is no architecture of wide"):
        WIDE.ids(key)


@pytest.mark.parametrize("decisions", [[[2, *[0] * 61]], [[-1, *[0] * 61]]])
def test_values_that_no_decision_has_are_no_architecture(decisions: list[list[int]]) -> None:
    assert WIDE.ids(decisions).tolist() == [-1]


def test_a_pool_is_mutations_of_the_best_and_a_uniform_sample() -> None:
    rng = np.random.default_rng(1)
    best = WIDE.sample(20, rng)
    pool = WIDE.pool(np.random.default_rng(0), best)
    near = np.isin(pool, WIDE.neighbours(best))
    assert near.sum() > 1200  # 5,000 draws find nearly all of the 1,240 there are
    assert pool.size == POOL
    assert np.isin(WIDE.pool(np.random.default_rng(0), WIDE.sample(100, rng)), pool).mean() < 0.1
    assert (np.diff(pool) > 0).all()
    assert pool.tolist() == WIDE.pool(np.random.default_rng(0), best).tolist()
    assert WIDE.pool(np.random.default_rng(0), best[:0]).size == POOL
    assert SMALL.pool(np.random.default_rng(0), EVERY[:0]).tolist() == EVERY.tolist()


def test_the_pool_of_a_listed_space_is_all_of_it() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert LISTED.pool(rng, EVERY[:3]).tolist() == EVERY.tolist()
    assert LISTED.pool_size == 72
    assert rng.bit_generator.state == before


LISTINGS = {
    "arange": np.arange,
    "arange from 0": lambda size: np.arange(0, size, dtype=np.int64),
    "arange to the last but one": lambda size: np.arange(1, size - 1),
    "permutation": lambda size: np.random.default_rng(0).permutation(size),
}


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS)
def test_listing_an_open_space_is_refused(listing: object) -> None:
    with pytest.raises(UserError, match=r"cannot be listed \(4,611,686,018,427,387,90\d archit"):
        listing(WIDE.size)  # type: ignore[operator]


def test_its_size_is_a_number_otherwise() -> None:
    size = pickle.loads(pickle.dumps(WIDE.size))
    assert isinstance(size, TooMany)
    assert (size == 2**62, size - 1 == 2**62 - 1, size / 2 == 2.0**61) == (True, True, True)
    assert min(10, size) == 10
    assert f"{size - 1:,}" == "4,611,686,018,427,387,903"
    assert 0 <= int(np.random.default_rng(0).integers(size)) < size


def test_classes_are_not_known() -> None:
    with pytest.raises(UserError, match="isomorphism classes are not known"):
        _ = WIDE.class_count


class TooWide(OpenSpace):
    name = "too-wide"
    choices = (("0", "1"),) * 63


class OneValue(OpenSpace):
    name = "one-value"
    choices = (("0",),)


@pytest.mark.parametrize(
    ("space", "said"), [(TooWide, "63 bits"), (OneValue, "at least two values")]
)
def test_what_is_no_open_space(space: type[OpenSpace], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        space()


def test_the_programs_in_the_documentation_run(capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).parents[2] / "docs" / "open-spaces.md"
    programs = re.findall(r"^```python\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)
    names: dict[str, Any] = {}
    for program in programs:
        exec(compile(program, page.name, "exec"), names)
    assert capsys.readouterr().out == f"{3**30} 40\n"
    wide = names["wide"]
    assert (wide.table.size, wide.chargeable("by_id")) == (3**30, 3**30)
    measured = {id: names["train"](id) for id in (3**29, 7)}
    known = wide.knowing(measured, [3**30 - 1])
    places = known.places(np.array([3**30 - 1, 7, 3**29]))
    assert known.whole_ids(places).tolist() == [3**30 - 1, 7, 3**29]
    table = known.table
    assert table.size == known.space.size == 3
    assert table.best_validation == measured[7].validation
    np.testing.assert_array_equal(
        table.regret(places)[1:],
        [0.0, measured[7].validation - measured[3**29].validation],
    )
    assert np.isnan(table.mean_validation[places[0]])
    assert [known.space.key(place) for place in places] == [
        wide.space.key(id) for id in (3**30 - 1, 7, 3**29)
    ]
