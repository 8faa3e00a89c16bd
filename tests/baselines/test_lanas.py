"""LaNAS: its models against torch and scikit-learn, its tree against one written out."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from nasarena.baselines import lanas as lanas_module
from nasarena.baselines.lanas import LaNAS, Models, Regions, descended
from nasarena.suite.problem import Problem, SearchEnded
from nasarena.suite.spaces.nasbench201 import NASBench201

SPACE = NASBench201()
DECISIONS = SPACE.decisions(np.arange(SPACE.size))
LABELS = 50.0 + DECISIONS.sum(axis=1)


def samples(count: int) -> tuple[np.ndarray, np.ndarray]:
    ids = SPACE.sample(count, np.random.default_rng(0))
    return ids, LABELS[ids] / 100


def test_the_steps_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    ids, values = samples(30)
    inputs = np.hstack([SPACE.one_hot(ids), np.ones((30, 1))]).astype(np.float64)
    begun = np.random.default_rng(1).normal(size=(2, inputs.shape[1]))
    parts = [slice(0, 12), slice(12, 30)]
    found = descended(
        begun,
        np.stack([inputs[part].T @ inputs[part] / len(inputs[part]) for part in parts]),
        np.stack([inputs[part].T @ values[part] / len(inputs[part]) for part in parts]),
        50,
    )
    for weights, own, part in zip(begun, found, parts, strict=True):
        trained = torch.nn.Parameter(torch.tensor(weights))
        adam = torch.optim.Adam([trained], lr=1e-5)
        for _ in range(50):
            adam.zero_grad()
            errors = torch.tensor(inputs[part]) @ trained - torch.tensor(values[part])
            (errors**2).mean().backward()
            torch.nn.utils.clip_grad_norm_([trained], 5.0)
            adam.step()
        np.testing.assert_allclose(own, trained.detach().numpy(), atol=1e-9)
        assert 0 < np.abs(own - weights).max() <= 50 * 1.1e-5, "a step is about the rate long"


@pytest.mark.parametrize("steps", [None, (100, 10)])
def test_labels_divide_what_is_known_and_predictions_all_else(
    steps: tuple[int, int] | None,
) -> None:
    ids, values = samples(40)
    models = Models(SPACE, 4, np.random.default_rng(2))
    regions = models.grow(ids, values, steps)
    pool = np.setdiff1d(np.arange(2_000), ids)
    leaves = models.leaves_of(pool)

    def inputs(some: np.ndarray) -> np.ndarray:
        return np.hstack([SPACE.one_hot(some), np.ones((len(some), 1))])

    def follow(node: int, known: np.ndarray, others: np.ndarray) -> None:
        assert regions.counts[node] == known.size
        assert regions.sums[node] == pytest.approx(values[known].sum())
        if node >= 7:
            assert set(pool[leaves == node - 7].tolist()) == set(others.tolist())
            return
        if not known.size:
            follow(2 * node + 1, known, others)
            follow(2 * node + 2, known, others[:0])
            return
        weights = models.weights[node]
        if steps is None:
            ridge = Ridge(alpha=1.0).fit(SPACE.one_hot(ids[known]), values[known])
            expected = [*ridge.coef_, ridge.intercept_]
            np.testing.assert_allclose(weights, expected, atol=1e-6)
        threshold = (inputs(ids[known]) @ weights).mean()
        good, promising = values[known] >= threshold, inputs(others) @ weights >= threshold
        follow(2 * node + 1, known[good], others[promising])
        follow(2 * node + 2, known[~good], others[~promising])

    follow(0, np.arange(ids.size), pool)


def test_models_begin_as_glorots_and_train_longest_when_they_first_have_labels() -> None:
    models = Models(SPACE, 2, np.random.default_rng(2))
    begun = np.stack([Models(SPACE, 2, np.random.default_rng(seed)).weights for seed in range(500)])
    reach = np.abs(begun).max(axis=(0, 1))
    assert reach[:-1] == pytest.approx((6 / 31) ** 0.5, rel=0.02)
    assert reach[-1] == pytest.approx(30**-0.5, rel=0.02)

    ids, values = samples(40)
    models = Models(SPACE, 3, np.random.default_rng(2))
    models.weights[0] = np.append(np.zeros(30), values.mean())  # labels go to both children
    before = models.weights.copy()
    models.grow(ids[:1], values[:1], (200, 10))
    alone = np.abs(models.weights - before).max(axis=1)
    filled = alone > 0
    assert filled.sum() == 2, "one way from the root has a label"
    before = models.weights.copy()
    counts = np.array(models.grow(ids, values, (200, 10)).counts[: len(filled)])
    moved = np.abs(models.weights - before).max(axis=1)
    assert (moved[filled] <= 10 * 1.1e-5).all()
    fresh = ~filled & (counts > 0)
    assert fresh.any()
    assert (moved[fresh] > 50e-5).all(), "a node without labels until now has its first fit"


def test_the_way_is_that_of_the_highest_bound() -> None:
    # Root; good 4 of mean .9, bad 2 of mean .5; leaves: 1 of .6, 3 of 1.0; 2 of .5, none.
    counts, means = np.array([6, 4, 2, 1, 3, 2, 0]), [0, 0.9, 0.5, 0.6, 1.0, 0.5, 0]
    regions = Regions(counts, counts * np.array(means))
    assert regions.ways(0.0) == [1, 0, 2, 3]
    # Bounds .9 + 2 sqrt(2 ln 6 / 4) = 2.79 and .5 + 2 sqrt(2 ln 6 / 2) = 3.18.
    assert regions.ways(1.0) == [3, 0, 1, 2], "the leaf without any comes before its sibling"
    # .6 + 1 sqrt(2 ln 4 / 1) = 2.27 and 1 + 1 sqrt(2 ln 4 / 3) = 1.96, below .9 + .95 > .5 + 1.34.
    assert regions.ways(0.5)[0] == 0
    regions.count(3, 0.8)
    assert regions.counts == [7, 4, 3, 1, 3, 2, 1]
    assert regions.sums[2] == pytest.approx(1.8)


def trace(method: LaNAS, space_size: int, budget: int) -> Problem:
    problem = Problem(SPACE, LABELS, budget, 1_000)
    with suppress(SearchEnded):
        method.search(problem, np.random.default_rng(3))
    return problem


def test_ridge_regions_find_what_is_better() -> None:
    problem = trace(LaNAS(fit="ridge"), SPACE.size, 200)
    # Uniform draws have a mean of 62 and a standard deviation of 3.5.
    assert LABELS[problem.trace[-40:]].mean() > 65
    assert np.unique(problem.trace).size == 200


@pytest.mark.parametrize("exploration", [0.02, 0.5])
def test_each_pick_is_of_the_region_of_highest_bound_and_is_counted_there(
    exploration: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way down is followed pick by pick: to the child of highest mean + width."""
    trees: list[tuple[list[int], list[float]]] = []
    leaves: list[dict[int, int]] = []

    class Recorded(Models):
        def grow(self, ids: Any, values: Any, steps: int) -> Any:
            assert values == pytest.approx(LABELS[ids] / 100)
            regions = super().grow(ids, values, steps)
            trees.append((list(regions.counts), list(regions.sums)))
            return regions

        def leaves_of(self, pool: Any) -> Any:
            found = super().leaves_of(pool)
            leaves.append(dict(zip(pool.tolist(), found.tolist(), strict=True)))
            return found

    monkeypatch.setattr(lanas_module, "Models", Recorded)
    method = LaNAS(fit="ridge", height=3, picks=15, exploration=exploration)
    problem = trace(method, SPACE.size, 55)
    assert len(trees) == len(leaves) == 4, "one more tree is grown than can be paid"
    picked = []
    for place, ((counts, sums), leaf_of) in enumerate(zip(trees[:3], leaves[:3], strict=True)):
        start = 10 + 15 * place
        assert set(problem.trace[:start].tolist()).isdisjoint(leaf_of)
        left = np.bincount(list(leaf_of.values()), minlength=4)
        for id in problem.trace[start : start + 15].tolist():
            node, way = 0, [0]
            while node < 3:
                good, bad = 2 * node + 1, 2 * node + 2
                bounds = [
                    sums[child] / counts[child]
                    + 2 * exploration * (2 * np.log(counts[node]) / counts[child]) ** 0.5
                    if counts[child]
                    else np.inf
                    for child in (good, bad)
                ]
                node = good if bounds[0] >= bounds[1] else bad
                way.append(node)
            if not left[node - 3]:  # then it is the first that has any, from the good side on
                node = 3 + int(np.flatnonzero(left)[0])
                way = [0, (node - 1) // 2, node]
            assert leaf_of[id] == node - 3
            left[node - 3] -= 1
            for passed in way:
                counts[passed] += 1
                sums[passed] += LABELS[id] / 100
            picked.append(node)
    assert len(set(picked)) > 1, "counts send later picks elsewhere"


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"picks": 0}, "picks must be at least 1, not 0"),
        ({"height": 1}, "height must be from 2 to 12, not 1"),
        ({"exploration": -1.0}, "exploration must be at least 0"),
        ({"fit": "sgd"}, "fit must be adam or ridge, not 'sgd'"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        LaNAS(**parameters)  # type: ignore[arg-type]
