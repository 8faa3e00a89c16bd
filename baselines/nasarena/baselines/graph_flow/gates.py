"""GATES: operations as gates on the information that flows through an architecture."""

import numpy as np
import torch

from nasarena.baselines.graph_flow.network import FlowNetwork, GraphFlow
from nasarena.baselines.graph_flow.ranking import PairRanking
from nasarena.suite.spaces import CategoricalSpace

WIDTHS, DENSE = (128,) * 4, (200,)
LEARNING_RATE, BATCH = 1e-3, 512


class GATES(PairRanking):
    """GATES: a flow network whose operations are soft gates, trained to order pairs.

    Information starts at the input and flows along the edges, one edge a layer; what flows into a
    node passes the gate of its operation (`GraphFlow`). The mean over the nodes goes through a
    layer of 200 with dropout 0.1, and becomes one number. It is trained by the hinge loss of pairs
    with margin 0.1 (`PairRanking`), by Adam with a rate of 0.001, in batches of 512. Node numbers
    have no meaning: isomorphic graphs get the same prediction.

    Source: Ning et al., ECCV 2020, arXiv:2004.01899, and the released code (walkerning/aw_nas
    732a003): four layers of 128, embeddings of 48, 80 epochs.
    Departures: a batch's architectures go through the network once, and all of its pairs count;
    the release draws at most four times as many pairs as there are architectures, and computes
    both architectures of each. Where operations are on edges, as in NAS-Bench-201, the space's
    graphs have them on nodes, and so has this; the release has layers of its own for edges.
    Spaces without graphs of their own are a chain of their decisions, each value of each decision
    an operation.

    The search that the paper runs with it is not here, as it could not be read up; `weaknas` is
    one that takes it (`weaknas[predictor=gates]`).

    Args:
        space: the space whose architectures are encoded.
        rng: draws the weights, the batches and dropout.
        epochs: in each, every labelled architecture is in one batch.
    """

    def __init__(self, space: CategoricalSpace, rng: np.random.Generator, epochs: int = 80) -> None:
        super().__init__(space, rng, epochs)

    def new_network(self, node_types: int) -> FlowNetwork:
        """A network with random weights."""
        return FlowNetwork(node_types, GraphFlow, WIDTHS, DENSE)

    def new_optimiser(self, network: FlowNetwork) -> torch.optim.Optimizer:
        """Adam."""
        return torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True)

    def lowest_rate(self) -> float:
        """The learning rate does not fall."""
        return LEARNING_RATE

    def batch(self, labelled: int) -> int:
        """512."""
        return BATCH
