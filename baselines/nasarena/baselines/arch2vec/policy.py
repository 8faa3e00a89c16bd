"""The policy of arch2vec-rl."""

import torch
from torch import Tensor, nn

from nasarena.baselines.arch2vec.autoencoder import LATENT
from nasarena.suite.arrays import Features

UNITS = 128


class Policy(nn.Module):
    """An LSTM cell and a linear layer, which give the mean of a normal distribution of places."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(LATENT, UNITS)
        self.mean = nn.Linear(UNITS, LATENT)

    def act(
        self, here: Features, state: tuple[Tensor, Tensor] | None
    ) -> tuple[Features, Tensor, tuple[Tensor, Tensor]]:
        """A place drawn from where it is: (place, logarithm of its density, state of the cell).

        `here` and the place have shape (16,); `state` is None at the start.
        """
        hidden, memory = self.cell(torch.from_numpy(here.copy())[None], state)
        policy = torch.distributions.Normal(self.mean(hidden)[0], 1.0)
        place = policy.sample()  # type: ignore[no-untyped-call]
        chance: Tensor = policy.log_prob(place).sum()  # type: ignore[no-untyped-call]
        return place.numpy(), chance, (hidden, memory)
