"""Weisfeiler-Lehman subtrees of architectures, and how many of them two have in common."""

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.spaces.graphs import Graphs
from nasarena.suite.spaces.paths import ABSENT, PASSING

Labels = NDArray[np.uint64]
"""Shape (architectures, rounds + 1, V): for each node a number that stands for its subtree of so
many rounds; 0 for nodes that are not there."""


def subtree_labels(graphs: Graphs, rounds: int) -> Labels:
    """What each node is, then with what follows it, and so on for so many rounds.

    A node's next label stands for its label and the multiset of its successors' labels. Labels are
    hashes (64 bits), so that those of other calls in the same space can be compared with them.
    """
    edges, there = functional(graphs)
    labels = np.where(there, _mixed(graphs.nodes.astype(np.uint64)), np.uint64(0))
    found = [labels]
    for _ in range(rounds):
        followers = np.where(edges, _mixed(labels)[:, None, :], np.uint64(0)).sum(axis=2)
        labels = np.where(there, _mixed(labels * np.uint64(3) + followers), np.uint64(0))
        found.append(labels)
    return np.stack(found, axis=1)


def functional(graphs: Graphs) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The graphs without what has no effect: adjacency (architectures, V, V), and which nodes stay.

    Nodes on no way from input to output go, but for these two. Absent operations cut what leads
    through them. What feeds a passing operation feeds its readers instead, through any number of
    them.
    """
    names = np.array(graphs.labels)[graphs.nodes]
    absent, passing = np.isin(names, ABSENT), np.isin(names, PASSING)
    edges = graphs.adjacency & ~absent[:, :, None] & ~absent[:, None, :]
    longer = edges
    while (longer := (longer & passing[:, None, :]) @ edges).any():
        edges = edges | longer
    edges &= ~passing[:, :, None] & ~passing[:, None, :]
    from_input = np.zeros(graphs.nodes.shape, dtype=np.bool_)
    to_output = from_input.copy()
    from_input[:, 0] = to_output[:, -1] = True
    for _ in range(graphs.nodes.shape[1] - 1):
        from_input |= (from_input[:, :, None] & edges).any(axis=1)
        to_output |= (edges & to_output[:, None, :]).any(axis=2)
    there = from_input & to_output
    there[:, [0, -1]] = True
    return edges & there[:, :, None] & there[:, None, :], there


def numbered(labels: Labels) -> Labels:
    """Labels of which equal ones within an architecture and round are told apart by counting.

    What two architectures then have in common is the sum of the smaller counts, instead of the sum
    of products of counts.
    """
    ordered = np.sort(labels, axis=2)
    place = np.zeros(ordered.shape, dtype=np.uint64)
    for node in range(1, ordered.shape[2]):
        same = ordered[:, :, node] == ordered[:, :, node - 1]
        place[:, :, node] = np.where(same, place[:, :, node - 1] + np.uint64(1), np.uint64(0))
    return np.where(ordered > 0, _mixed(ordered + place), np.uint64(0))


def in_common(one: Labels, other: Labels) -> NDArray[np.float64]:
    """Inner products of the counts of labels, summed over rounds up to each.

    Shape (rounds + 1, architectures of `one`, architectures of `other`).
    """
    from scipy.sparse import csr_array

    counts = []
    for turn in range(one.shape[1]):
        both = np.concatenate([one[:, turn], other[:, turn]])
        known, columns = np.unique(both, return_inverse=True)
        ends = np.arange(len(both) + 1) * both.shape[1]
        there = (both.ravel() > 0).astype(np.float64)
        shape = (len(both), known.size)
        table = csr_array((there, columns.ravel(), ends), shape=shape)
        counts.append((table[: len(one)] @ table[len(one) :].T).toarray())
    summed: NDArray[np.float64] = np.cumsum(counts, axis=0)
    return summed


def with_itself(labels: Labels) -> NDArray[np.float64]:
    """`in_common` of each architecture with itself: shape (rounds + 1, architectures)."""
    alike = (labels[..., None] == labels[..., None, :]) & (labels[..., None] > 0)
    summed: NDArray[np.float64] = np.cumsum(alike.sum(axis=(2, 3)), axis=1).T.astype(np.float64)
    return summed


def _mixed(numbers: Labels) -> Labels:
    """Numbers that look as if drawn at random, equal for equal ones (splitmix64)."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
