"""Layers in which operations are gates on what flows into them, and the network of such layers."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nasarena.baselines.graph_flow.steps import Step, different_nodes
from nasarena.suite.arrays import Features
from nasarena.suite.device import device
from nasarena.suite.spaces.graphs import Graphs

EMBEDDING, START = 48, 96
"""Numbers of an operation's and of a node's embedding, and of the value that a node starts with."""

DROPOUT = 0.1
"""Share of the values of a dense layer after the flow that are set to zero while training."""

SLOPE = 0.01
"""Of the leaky ReLU of attention below 0."""


class Flow(Protocol):
    """How values flow from one layer to the next; values have one axis for their numbers, last."""

    def by_type(self, rows: Tensor) -> Tensor:
        """The row of each new value's node type; `rows` has shape (types, numbers)."""

    def own(self, values: Tensor) -> Tensor:
        """What the nodes of the new values had before."""

    def summed(self, values: Tensor) -> Tensor:
        """The sum of what flows into each new value's node."""

    def attended(self, values: Tensor, score: Tensor) -> Tensor:
        """The mean of a node's own value and those that flow into it, weighted by attention.

        The weight of y for x is the softmax of the leaky ReLU of score . (x * y).
        """


class EveryNode:
    """The flow between all nodes of some graphs: values have shape (graphs, nodes, numbers)."""

    def __init__(self, graphs: Graphs) -> None:
        feeds = graphs.adjacency.transpose(0, 2, 1)
        away = ~(feeds | np.eye(feeds.shape[1], dtype=np.bool_))
        self._feeds = _tensor(feeds.astype(np.float32))
        self._away = _tensor(np.where(away, np.float32(-np.inf), np.float32(0)))
        self._types = _tensor(graphs.nodes)

    def by_type(self, rows: Tensor) -> Tensor:
        """As in `Flow`."""
        return functional.embedding(self._types, rows)

    def own(self, values: Tensor) -> Tensor:
        """As in `Flow`."""
        return values

    def summed(self, values: Tensor) -> Tensor:
        """As in `Flow`."""
        return self._feeds @ values

    def attended(self, values: Tensor, score: Tensor) -> Tensor:
        """As in `Flow`."""
        scores = functional.leaky_relu((values * score) @ values.transpose(1, 2), SLOPE)
        return torch.softmax(scores + self._away, dim=-1) @ values


class DifferentNodes:
    """The flow of one `Step`: values have shape (values, numbers)."""

    def __init__(self, step: Step) -> None:
        self._own, self._types = _tensor(step.own), _tensor(step.types)
        self._sources, self._targets = _tensor(step.sources), _tensor(step.targets)

    def by_type(self, rows: Tensor) -> Tensor:
        """As in `Flow`."""
        return rows[self._types]

    def own(self, values: Tensor) -> Tensor:
        """As in `Flow`."""
        return values[self._own]

    def summed(self, values: Tensor) -> Tensor:
        """As in `Flow`."""
        return self._sums(values[self._sources])

    def attended(self, values: Tensor, score: Tensor) -> Tensor:
        """As in `Flow`."""
        itself, sources = values[self._own], values[self._sources]
        of_itself = functional.leaky_relu((itself * itself) @ score, SLOPE)
        of_edges = functional.leaky_relu((itself[self._targets] * sources) @ score, SLOPE)
        highest = of_itself.scatter_reduce(0, self._targets, of_edges, "amax")
        own = torch.exp(of_itself - highest)[:, None]
        edges = torch.exp(of_edges - highest[self._targets])[:, None]
        return (own * itself + self._sums(edges * sources)) / (own + self._sums(edges))

    def _sums(self, flowing: Tensor) -> Tensor:
        sums = flowing.new_zeros(len(self._own), flowing.shape[1])
        return sums.index_add_(0, self._targets, flowing)


class GraphFlow(nn.Module):
    """Sums what flows into a node, and lets through what the gate of its operation opens for.

    With W the weights, g the sigmoid of a linear function of the operation's embedding, and x the
    values before: g * (sum of W x over the nodes that feed it) + W x of the node itself + bias.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs).uniform_(-1, 1) / outputs**0.5)
        self.bias = nn.Parameter(torch.empty(outputs).uniform_(-1, 1) / outputs**0.5)
        self.gate = nn.Linear(EMBEDDING, outputs)

    def forward(self, values: Tensor, flow: Flow, operations: Tensor) -> Tensor:
        """The new values, with as many numbers as the layer has outputs.

        `values` are those of the layer before; `operations` are the embeddings of the node types,
        shape (types, 48).
        """
        weighted = values @ self.weight
        gates = flow.by_type(torch.sigmoid(self.gate(operations)))
        return torch.addcmul(flow.own(weighted), gates, flow.summed(weighted)) + self.bias


class FlowAttention(nn.Module):
    """As `GraphFlow`, with a mean weighted by attention instead of the sum, then LayerNorm.

    A node attends to itself and to the nodes that feed it, as `Flow.attended` describes.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.project = nn.Linear(inputs, outputs, bias=False)
        self.score = nn.Parameter(torch.empty(outputs).uniform_(-1, 1) / outputs**0.5)
        self.gate = nn.Linear(EMBEDDING, outputs)
        self.norm = nn.LayerNorm(outputs)

    def forward(self, values: Tensor, flow: Flow, operations: Tensor) -> Tensor:
        """The new values, as `GraphFlow` has them."""
        mixed = flow.attended(self.project(values), self.score)
        normed: Tensor = self.norm(flow.by_type(torch.sigmoid(self.gate(operations))) * mixed)
        return normed


class Ensemble(nn.Module):
    """The mean of `GraphFlow` and `FlowAttention`."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.flow = GraphFlow(inputs, outputs)
        self.attention = FlowAttention(inputs, outputs)

    def forward(self, values: Tensor, flow: Flow, operations: Tensor) -> Tensor:
        """The new values, as `GraphFlow` has them."""
        both = self.flow(values, flow, operations) + self.attention(values, flow, operations)
        mean: Tensor = both / 2
        return mean


class FlowNetwork(nn.Module):
    """Layers of flow with ReLUs between them, the mean over the nodes, and a dense network.

    Information starts from the input: it has a first value of its own, all other nodes share one.

    Args:
        node_types: types of nodes; 0 is the input.
        layer: what makes a layer of flow from its numbers of inputs and outputs.
        widths: outputs of the layers of flow.
        dense: units of the dense layers after them, each with ReLU and dropout.
    """

    def __init__(
        self,
        node_types: int,
        layer: type[GraphFlow] | type[Ensemble],
        widths: Sequence[int],
        dense: Sequence[int],
    ) -> None:
        super().__init__()
        self.operations = nn.Embedding(node_types, EMBEDDING)
        self.input = nn.Parameter(torch.randn(1, EMBEDDING))
        self.others = nn.Parameter(torch.zeros(1, EMBEDDING))
        self.start = nn.Linear(EMBEDDING, START)
        self.layers = nn.ModuleList(layer(a, b) for a, b in pairwise([START, *widths]))
        sizes = [widths[-1], *dense]
        hidden = [
            part
            for a, b in pairwise(sizes)
            for part in (nn.Linear(a, b), nn.ReLU(), nn.Dropout(DROPOUT))
        ]
        self.dense = nn.Sequential(*hidden, nn.Linear(sizes[-1], 1))

    def forward(self, graphs: Graphs) -> Tensor:
        """The outputs, shape (graphs,)."""
        flow = EveryNode(graphs)
        values = self._flowed(flow.by_type(self._started()), [flow] * len(self.layers))
        return self._read_out((_tensor(_weights(graphs))[:, None] @ values)[:, 0])

    def outputs(self, graphs: Graphs) -> Tensor:
        """The same, computing equal nodes once."""
        steps, positions = different_nodes(graphs, len(self.layers))
        values = self._flowed(self._started(), [DifferentNodes(step) for step in steps])
        weights = _tensor(_weights(graphs))
        pooled = functional.embedding_bag(
            _tensor(positions), values, mode="sum", per_sample_weights=weights
        )
        return self._read_out(pooled)

    def _started(self) -> Tensor:
        """What nodes start with, shape (types, 96)."""
        others = self.others.expand(len(self.operations.weight) - 1, -1)
        started: Tensor = self.start(torch.cat([self.input, others]))
        return started

    def _flowed(self, values: Tensor, flows: Sequence[Flow]) -> Tensor:
        for place, (layer, flow) in enumerate(zip(self.layers, flows, strict=True)):
            values = layer(values, flow, self.operations.weight)
            if place < len(flows) - 1:
                values = functional.relu(values)
        return values

    def _read_out(self, pooled: Tensor) -> Tensor:
        outputs: Tensor = self.dense(pooled)[:, 0]
        return outputs


def _weights(graphs: Graphs) -> Features:
    """How much each node counts in its architecture's mean, shape (graphs, nodes).

    The input counts nothing, nor do nodes without any edge, which stand for nothing (cells of
    NAS-Bench-101 may have fewer vertices than their graph).
    """
    read = np.logical_or(graphs.adjacency.any(axis=1), graphs.adjacency.any(axis=2))
    read[:, 0] = False
    weights: Features = (read / read.sum(axis=1, keepdims=True)).astype(np.float32)
    return weights


def _tensor(values: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).to(device())
