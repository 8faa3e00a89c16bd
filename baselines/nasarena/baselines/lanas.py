"""LaNAS: a tree of linear models divides the space into good and bad regions."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nasarena.baselines.adam import Adam
from nasarena.suite.arrays import Features, Ids
from nasarena.suite.problem import Problem
from nasarena.suite.spaces import CategoricalSpace

LEARNING_RATE = 1e-5
LONGEST_GRADIENT = 5.0
"""Longer gradients are shortened to it."""

Steps: TypeAlias = tuple[int, int]
"""Of Adam in the first fit of a model, and in each later one."""

BLOCK = 1 << 15
"""Architectures whose encodings are in memory while regions are found."""


class LaNAS:
    """A fixed binary tree of linear models; queries are drawn from the regions that look best.

    The tree has `height` levels; its inner nodes hold linear models of accuracy. Every `picks`
    queries they are fitted again, from the root down. The queried architectures of a node go on to
    its good child if their accuracy is at least the mean prediction for them, else to the bad
    child. All that was not queried goes down by its predicted accuracy, against the same
    threshold. Then `picks` times: go from the root to the child of the highest
    mean + 2 `exploration` sqrt(2 ln(n of the parent) / n), where a child without queried
    architectures comes first; query a random architecture of the leaf; count it at all nodes of
    the way. For an empty leaf, the first that is not empty is taken, from the good side on.

    Accuracies are on a scale of 0 to 1, on which the published 0.1 is the `exploration`. For a
    benchmark with another objective they are its values divided by 100.

    Source: Wang et al., "Sample-Efficient Neural Architecture Search by Learning Action Space",
    2019, and the released code for NAS-Bench-101 (facebookresearch/LaMCTS, 489bd60): 10 random
    architectures first, 5 levels, 20 picks a fit, Adam with a learning rate of 1e-5 for 20,000
    steps when a node is first fitted and 3,000 later, from the weights before, which begin as
    Glorot's uniform ones. At that rate a fit moves a weight by at most about 0.2 at first and 0.03
    later, so the models stay near their random beginning. `lanas[fit=ridge]` fits them in closed
    form instead, which is another method.
    The published numbers of samples are those until the best mean *test* accuracy, which the
    release searches by; here labels are those of the protocol.
    Departures: the encoding is one-hot (the release has one for NAS-Bench-101 alone, in which
    operations are ordinal numbers); a node without queried architectures hands on all to its good
    child, where the release keeps an untrained model; every fit begins a new Adam, so that the
    models of a level can be fitted at once with one count of steps, where the release keeps its
    moments; of two children with equal bounds the good one is taken, where the
    release draws one; in spaces too large to list, a pool of them (`space.pool`) goes down the
    tree. It looks at no graph.

    Args:
        initial: random architectures queried first.
        picks: queries between two fits.
        height: levels of the tree, the leaves counted.
        exploration: Cp of the published formula, on accuracies from 0 to 1.
        fit: `adam` as released, or `ridge` for ridge regression with penalty 1.
        first_steps: of Adam in the first fit of a node's model.
        steps: of Adam in each later fit.
    """

    version = "2"
    kind = "baseline"
    paper = "Wang et al., 2019, arXiv:1906.06832"
    tuned_on: tuple[str, ...] = ()
    seconds_per_query = 0.012

    def __init__(
        self,
        initial: int = 10,
        picks: int = 20,
        height: int = 5,
        exploration: float = 0.1,
        fit: str = "adam",
        first_steps: int = 20_000,
        steps: int = 3_000,
    ) -> None:
        counts = {"initial": initial, "picks": picks, "first_steps": first_steps, "steps": steps}
        for name, value in counts.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        if not 2 <= height <= 12:
            raise ValueError(f"height must be from 2 to 12, not {height}")
        if not 0 <= exploration < np.inf:
            raise ValueError(f"exploration must be at least 0 and finite, not {exploration}")
        if fit not in ("adam", "ridge"):
            raise ValueError(f"fit must be adam or ridge, not {fit!r}")
        self.initial = initial
        self.picks = picks
        self.height = height
        self.exploration = exploration
        self.fit = fit
        self.first_steps = first_steps
        self.steps = steps

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        space = problem.space
        ids = space.sample(min(self.initial, space.size), rng)
        values = problem.query(ids) / 100
        models = Models(space, self.height, rng)
        steps = None if self.fit == "ridge" else (self.first_steps, self.steps)
        while True:
            pool = space.pool(rng, best=ids[np.argsort(-values, kind="stable")])
            pool = pool[~np.isin(pool, ids)]
            if not pool.size:
                return
            tree = models.grow(ids, values, steps)
            members = _by_leaf(models.leaves_of(pool), pool, tree.leaves)
            for _ in range(min(self.picks, pool.size)):
                region = next(one for one in tree.ways(self.exploration) if members[one])
                place = int(rng.integers(len(members[region])))
                chosen = members[region].pop(place)
                accuracy = problem.query(chosen) / 100
                tree.count(region, accuracy)
                ids, values = np.append(ids, chosen), np.append(values, accuracy)


def _by_leaf(leaves: NDArray[np.int64], pool: Ids, count: int) -> list[list[int]]:
    order = np.argsort(leaves, kind="stable")
    stops = np.searchsorted(leaves[order], np.arange(1, count))
    return [part.tolist() for part in np.split(pool[order], stops)]


class Regions:
    """How many queried architectures each node of the full binary tree has, and their sum.

    Node i has the children 2 i + 1, the good one, and 2 i + 2. Leaves are numbered from the good
    side, from 0.

    Args:
        counts: shape (nodes,), how many queried architectures are in each region.
        sums: shape (nodes,), the sums of their accuracies.
    """

    def __init__(self, counts: NDArray[np.int64], sums: NDArray[np.float64]) -> None:
        self.counts = counts.tolist()
        self.sums = sums.tolist()
        self.leaves = (len(self.counts) + 1) // 2

    def ways(self, exploration: float) -> list[int]:
        """The leaf that the formula leads to, then all others from the good side on."""
        node = 0
        while 2 * node + 1 < len(self.counts):
            good, bad = 2 * node + 1, 2 * node + 2
            scores = [self._score(child, node, exploration) for child in (good, bad)]
            node = good if scores[0] >= scores[1] else bad
        chosen = node - (self.leaves - 1)
        return [chosen, *(leaf for leaf in range(self.leaves) if leaf != chosen)]

    def _score(self, child: int, parent: int, exploration: float) -> float:
        count = self.counts[child]
        if count == 0:
            return float("inf")
        width = (2 * np.log(self.counts[parent]) / count) ** 0.5
        return float(self.sums[child] / count + 2 * exploration * width)

    def count(self, leaf: int, accuracy: float) -> None:
        """One more architecture at a leaf and all nodes above it."""
        node = leaf + self.leaves - 1
        while True:
            self.counts[node] += 1
            self.sums[node] += accuracy
            if node == 0:
                return
            node = (node - 1) // 2


class Models:
    """The linear models of the inner nodes, in the order of the nodes."""

    def __init__(self, space: CategoricalSpace, height: int, rng: np.random.Generator) -> None:
        self._space = space
        self._height = height
        self._inner = 2 ** (height - 1) - 1
        width = self._encoded(space.sample(1, rng)).shape[1]
        inputs = width - 1
        # Glorot's uniform distribution for one output; torch's own for the constant.
        reach = np.append(np.full(inputs, (6 / (inputs + 1)) ** 0.5), inputs**-0.5)
        self.weights = rng.uniform(-1, 1, (self._inner, width)) * reach
        self._fitted = np.zeros(self._inner, dtype=np.bool_)
        self._thresholds = np.full(self._inner, -np.inf)

    def grow(self, ids: Ids, values: NDArray[np.float64], steps: Steps | None) -> Regions:
        """Fit all models, from the root down: by so many steps, or by ridge regression."""
        features = self._encoded(ids).astype(np.float64)
        nodes = np.zeros(ids.size, dtype=np.int64)
        counts = np.zeros(2 * self._inner + 1, dtype=np.int64)
        sums = np.zeros(2 * self._inner + 1)
        for level in range(self._height):
            counts += np.bincount(nodes, minlength=counts.size)
            sums += np.bincount(nodes, weights=values, minlength=counts.size)
            if level < self._height - 1:
                self._fit_level(np.unique(nodes), nodes, features, values, steps)
                first = 2**level - 1
                empty = np.setdiff1d(np.arange(first, 2 * first + 1), nodes)
                self._thresholds[empty] = -np.inf
                nodes = 2 * nodes + 1 + (values < self._thresholds[nodes])
        return Regions(counts, sums)

    def _fit_level(
        self,
        level: Ids,
        nodes: Ids,
        features: NDArray[np.float64],
        values: NDArray[np.float64],
        steps: Steps | None,
    ) -> None:
        """Fit the models of these nodes of one level at once, and set their thresholds."""
        own = [nodes == node for node in level.tolist()]
        squares = np.stack([features[one].T @ features[one] for one in own])
        products = np.stack([features[one].T @ values[one] for one in own])
        if steps is None:
            penalty = np.eye(features.shape[1])
            penalty[-1, -1] = 1e-9  # the constant is not held back
            weights = np.linalg.solve(squares + penalty, products[..., None])[..., 0]
        else:
            counts = np.array([one.sum() for one in own], dtype=np.float64)[:, None]
            squares, products = squares / counts[..., None], products / counts
            weights = self.weights[level]
            for count, part in zip(steps, (~self._fitted[level], self._fitted[level]), strict=True):
                if part.any():
                    weights[part] = descended(weights[part], squares[part], products[part], count)
        self.weights[level] = weights
        self._fitted[level] = True
        for node, one in zip(level.tolist(), own, strict=True):
            self._thresholds[node] = (features[one] @ self.weights[node]).mean()

    def leaves_of(self, pool: Ids) -> Ids:
        """To which leaf each architecture goes by its predicted accuracy, shape (ids,)."""
        leaves = np.empty(pool.size, dtype=np.int64)
        weights = self.weights.T.astype(np.float32)
        for start in range(0, pool.size, BLOCK):
            some = slice(start, start + BLOCK)
            bad = self._encoded(pool[some]) @ weights < self._thresholds
            nodes = np.zeros(len(bad), dtype=np.int64)
            for _ in range(self._height - 1):
                nodes = 2 * nodes + 1 + bad[np.arange(len(bad)), nodes]
            leaves[some] = nodes - self._inner
        return leaves

    def _encoded(self, ids: Ids) -> Features:
        """The one-hot encoding and a constant 1: shape (ids, inputs)."""
        encoded = self._space.one_hot(ids)
        constant: Features = np.ones((len(ids), 1), dtype=np.float32)
        return np.concatenate([encoded, constant], axis=1)


def descended(
    weights: NDArray[np.float64],
    squares: NDArray[np.float64],
    products: NDArray[np.float64],
    steps: int,
) -> NDArray[np.float64]:
    """Weights of linear models after so many steps of Adam on the mean squared error.

    Several models at once: `weights` have shape (models, inputs). `squares`, shape (models,
    inputs, inputs), and `products`, shape (models, inputs), are the means of the samples' inputs
    times inputs and inputs times targets: all that the error depends on.
    """
    weights = weights[..., None].copy()
    products = products[..., None]
    # Each model has an Adam of its own, which the same step counts for.
    adam = Adam(LEARNING_RATE, weights)
    gradient = np.empty_like(weights)
    for _ in range(steps):
        np.matmul(squares, weights, out=gradient)
        gradient -= products
        gradient *= 2
        lengths = np.sqrt(np.einsum("mij,mij->m", gradient, gradient))
        if lengths.max() > LONGEST_GRADIENT:
            shares = LONGEST_GRADIENT / np.maximum(lengths, LONGEST_GRADIENT)
            gradient *= shares[:, None, None]
        weights -= adam.step(gradient)
    return weights[..., 0]
