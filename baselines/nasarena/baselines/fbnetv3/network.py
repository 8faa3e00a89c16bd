"""FBNetV3's predictor: one encoder, heads for free statistics, and one for accuracy."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import huber_loss

from nasarena.suite.arrays import Accuracies, Features, Ids
from nasarena.suite.device import device
from nasarena.suite.spaces import CategoricalSpace

WIDTH = 64
PRETRAINING_BATCH, LEARNING_RATE, WEIGHT_DECAY = 128, 1e-3, 1e-4
STEPS = (100, 200)
"""Of the fine-tuning: with the encoder frozen, then of all weights."""


class FreeThenFitted:
    """A network that is trained on free statistics once, and fine-tuned on labels again and again.

    Two layers of 64 ReLUs on the one-hot encoding give the embedding; linear heads read it. Every
    fit begins from the pre-trained encoder and a new head for accuracy: the head alone is trained
    first, then all weights. Huber's loss, Adam.

    Args:
        space: the space whose architectures are encoded.
        rng: draws the weights and the batches.
    """

    def __init__(self, space: CategoricalSpace, rng: np.random.Generator) -> None:
        self.space = space
        self.rng = rng
        self._network: nn.Sequential | None = None
        self._encoder: dict[str, Tensor] = {}

    def pretrain(self, ids: Ids, statistics: Features, epochs: int) -> None:
        """Train the encoder on statistics, shape (architectures, statistics)."""
        samples = self._features(ids)
        wanted = torch.from_numpy(statistics).to(device())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self.rng.integers(2**63)))
            encoder = _encoder(samples.shape[1])
            network = nn.Sequential(encoder, nn.Linear(WIDTH, statistics.shape[1])).to(device())
            adam = torch.optim.Adam(network.parameters(), LEARNING_RATE)
            for _ in range(epochs):
                for chosen in torch.randperm(len(ids)).split(PRETRAINING_BATCH):  # type: ignore[no-untyped-call]
                    _step(adam, network(samples[chosen]), wanted[chosen])
        self._encoder = encoder.state_dict()

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        """Fine-tune the pre-trained encoder on labels; both have shape (labelled,)."""
        samples = self._features(ids)
        wanted = torch.from_numpy(targets.astype(np.float32)).to(device())[:, None]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self.rng.integers(2**63)))
            encoder, head = _encoder(samples.shape[1]), nn.Linear(WIDTH, 1)
            if self._encoder:
                encoder.load_state_dict(self._encoder)
            network = nn.Sequential(encoder, head).to(device())
            for steps, trained in zip(STEPS, (head, network), strict=True):
                adam = torch.optim.Adam(
                    trained.parameters(), LEARNING_RATE * 3, weight_decay=WEIGHT_DECAY
                )
                for _ in range(steps):
                    _step(adam, network(samples), wanted)
        self._network = network

    def predict(self, ids: Ids) -> Features:
        """The predicted targets, shape (architectures,)."""
        assert self._network is not None, "fit comes before predict"
        with torch.no_grad():
            predicted: Features = self._network(self._features(ids))[:, 0].cpu().numpy()
        return predicted

    def _features(self, ids: Ids) -> Tensor:
        return torch.from_numpy(self.space.one_hot(ids)).to(device())


def _encoder(inputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU())


def _step(adam: torch.optim.Optimizer, predicted: Tensor, wanted: Tensor) -> None:
    loss = huber_loss(predicted, wanted)
    adam.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    adam.step()
