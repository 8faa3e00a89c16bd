"""FLAN: graph flow and attention, averaged."""

import numpy as np
import torch

from nasarena.baselines.graph_flow.network import Ensemble, FlowNetwork
from nasarena.baselines.graph_flow.ranking import PairRanking
from nasarena.suite.spaces import CategoricalSpace

WIDTHS, DENSE = (128,) * 5, (200,) * 3
HIGHEST_RATE, LOWEST_RATE, WEIGHT_DECAY = 1e-3, 1e-6, 1e-5


class FLANPredictor(PairRanking):
    """FLAN: a flow network of gated graph flow and gated attention, trained to order pairs.

    As `GATES`, but each layer is the mean of a graph flow and of an attention over what flows into
    a node (`FlowAttention`), each with gates of its own. The mean over the nodes goes through three
    layers of 200 with dropout 0.1. Trained by the hinge loss of pairs with margin 0.1
    (`PairRanking`), by AdamW with a rate that falls from 0.001 to 1e-6 along a half cosine, and
    weight decay 1e-5, in about four batches an epoch (batches of 16 up to 32 labels). Node numbers
    have no meaning: isomorphic graphs get the same prediction.

    Source: Akhauri & Abdelfattah, ICML 2024, arXiv:2403.02484, and the released code
    (abdelfattah-lab/flan_nas 1a9d282): five layers of 128, embeddings of 48, 150 epochs where its
    predictor is measured, 40 a round in the example of its search.
    Departures:
    * 40 epochs. With 100 labels, 150 take 16 instead of 4 seconds of a slow core. Kendall's tau is
      then .684 instead of .665 on `nasbench201/cifar10` and .486 instead of .494 on
      `nasbenchgraph/citeseer` (2 seeds each).
    * A node attends to itself and to what feeds it, as graph attention does. In the release scores
      are multiplied by the adjacency matrix, so that a node attends to all nodes, with score 0
      where there is no edge. Here equal parts of graphs have equal values, computed once.
    * The flow runs once. The release runs it twice: in between, a network changes the embeddings of
      the operations by what the flow made of them. So every node depends on the whole graph.
    * Nothing is known before the labels: no transfer from other spaces, and none of the optional
      vectors (arch2vec, CATE, zero-cost scores).
    * A batch's architectures go through the network once, and all of its pairs count; the release
      draws at most four times as many pairs as there are architectures.
    Spaces without graphs of their own are a chain of their decisions, each value of each decision
    an operation.

    Args:
        space: the space whose architectures are encoded.
        rng: draws the weights, the batches and dropout.
        epochs: in each, every labelled architecture is in one batch.
    """

    def __init__(self, space: CategoricalSpace, rng: np.random.Generator, epochs: int = 40) -> None:
        super().__init__(space, rng, epochs)

    def new_network(self, node_types: int) -> FlowNetwork:
        """A network with random weights."""
        return FlowNetwork(node_types, Ensemble, WIDTHS, DENSE)

    def new_optimiser(self, network: FlowNetwork) -> torch.optim.Optimizer:
        """AdamW."""
        return torch.optim.AdamW(
            network.parameters(), lr=HIGHEST_RATE, weight_decay=WEIGHT_DECAY, fused=True
        )

    def lowest_rate(self) -> float:
        """1e-6."""
        return LOWEST_RATE

    def batch(self, labelled: int) -> int:
        """A quarter of the labelled architectures; 16 where there are at most 32."""
        return labelled // 4 if labelled > 32 else 16
