"""SemiNAS's controller: encodes architectures in a latent space and predicts accuracy there."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss, normalize

from nasarena.baselines.seminas.settings import Effort
from nasarena.suite.device import device

BATCH = 100
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 1e-4
GRADIENT_CLIP = 5.0
RELEASED_LENGTH = 27
"""Tokens of the release's sequences (NAS-Bench-101)."""
ACCURACY_SHARE = 0.8
"""The accuracy's share in the loss; the reconstruction has the rest."""
PREDICTED_AT_A_TIME = 1024


class Controller(nn.Module):
    """Encoder, accuracy predictor and decoder over token sequences of one length.

    The encoder (embedding, bidirectional LSTM, a linear layer back to `width`, added to the
    embedding) gives one unit vector a token; their normalised mean is the architecture's. The
    predictor (two layers, added to what they read, and a linear one) reads that mean. The decoder
    (LSTM started from the mean, then attention to the token vectors, each added to what it reads)
    names the tokens in order. It reads the true earlier tokens while it learns, so that a whole
    sequence is one call.

    Source: Luo et al., NeurIPS 2020, section 3, and the released code for NAS-Bench-101: one layer
    each, width 64, 16 units in the predictor, dropout 0.1 on embeddings and in the predictor.
    Departure: any token may be decoded at any place (the release chooses among those of the place's
    kind); the search rejects sequences that are not architectures.

    Args:
        vocabulary: how many tokens there are.
        rng: draws the first weights and the dropout.
        width: units of the LSTMs (in each direction) and of the latent vectors.
        units: units of the predictor's hidden layer.
        dropout: share of the embedded and hidden values left out in training.
    """

    def __init__(
        self,
        vocabulary: int,
        rng: np.random.Generator,
        width: int = 64,
        units: int = 16,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.dropout = dropout
        self.generator = torch.Generator(device()).manual_seed(int(rng.integers(2**63)))
        # Layers draw their first weights from the global generator, which is left as it was.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            self.read = nn.Embedding(vocabulary, width)
            self.encoder = nn.LSTM(width, width, batch_first=True, bidirectional=True)
            self.join = nn.Linear(2 * width, width)
            self.hidden = nn.Linear(width, units)
            self.back = nn.Linear(units, width)
            self.accuracy = nn.Linear(width, 1)
            # The token after the last of the vocabulary starts a sequence.
            self.written = nn.Embedding(vocabulary + 1, width)
            self.decoder = nn.LSTM(width, width, batch_first=True)
            self.asked = nn.Linear(width, width, bias=False)
            self.attended = nn.Linear(2 * width, width, bias=False)
            self.token = nn.Linear(width, vocabulary)
        self.to(device())

    def encode(self, tokens: Tensor) -> Tensor:
        """Latent unit vectors of sequences of shape (n, length): shape (n, length, width)."""
        embedded = self._dropped(self.read(tokens))
        outputs, _ = self.encoder(embedded)
        return normalize(embedded + self.join(outputs), dim=-1)

    def predict(self, encodings: Tensor) -> Tensor:
        """The predicted targets, shape (n,)."""
        mean = _mean(encodings)
        hidden = self._dropped(torch.relu(self.hidden(mean)))
        values = _sum(mean, self._dropped(torch.relu(self.back(hidden))))
        predicted: Tensor = self.accuracy(values).squeeze(-1)
        return predicted

    def reconstruct(self, encodings: Tensor, tokens: Tensor) -> Tensor:
        """Logits of every token given the true ones before it: (n, length, vocabulary)."""
        start = torch.full_like(tokens[:, :1], self.vocabulary)
        earlier = self._dropped(self.written(torch.cat([start, tokens[:, :-1]], dim=1)))
        mean = _mean(encodings)[None]
        outputs, _ = self.decoder(earlier, (mean, mean))
        return self._named(_sum(earlier, outputs), encodings)

    @torch.no_grad()
    def decode(self, encodings: Tensor) -> Tensor:
        """The sequences decoded from encodings, most likely token by token: (n, length)."""
        mean = _mean(encodings)[None]
        state = (mean, mean)
        last = torch.full((len(encodings), 1), self.vocabulary, device=encodings.device)
        tokens = []
        for _ in range(encodings.shape[1]):
            earlier = self.written(last)
            outputs, state = self.decoder(earlier, state)
            last = self._named(_sum(earlier, outputs), encodings).argmax(dim=-1)
            tokens.append(last)
        return torch.cat(tokens, dim=1)

    def slope(self, encodings: Tensor) -> Tensor:
        """The gradient of the predicted target, shaped as `encodings`.

        The predictor reads the mean: all token vectors of an architecture have the same slope.
        """
        leaf = encodings.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.predict(leaf).sum(), leaf)
        return gradient

    def _named(self, outputs: Tensor, encodings: Tensor) -> Tensor:
        attention = torch.softmax(self.asked(outputs) @ encodings.transpose(1, 2), dim=-1)
        both = torch.cat([attention @ encodings, outputs], dim=-1)
        logits: Tensor = self.token(_sum(outputs, torch.tanh(self.attended(both))))
        return logits

    def _dropped(self, values: Tensor) -> Tensor:
        if not self.training or not self.dropout:
            return values
        kept = torch.empty_like(values).bernoulli_(1 - self.dropout, generator=self.generator)
        return values * kept / (1 - self.dropout)


def _sum(first: Tensor, second: Tensor) -> Tensor:
    """Two layers' sum, with the variance of one."""
    total: Tensor = (first + second) * 0.5**0.5
    return total


def _mean(encodings: Tensor) -> Tensor:
    return normalize(encodings.mean(dim=1), dim=-1)


def moved(encodings: Tensor, slopes: Tensor, step: float) -> Tensor:
    """Encodings moved along their slopes by `step`, then scaled to unit length again.

    The predictor reads the mean of the token vectors, so with fewer tokens each slope is steeper.
    Steps are scaled to be as long as with the release's 27 tokens.
    """
    share = encodings.shape[1] / RELEASED_LENGTH
    return normalize(encodings + step * share * slopes, dim=-1)


def train(
    controller: Controller,
    tokens: NDArray[np.int64],
    targets: NDArray[np.floating],
    effort: Effort,
    rng: np.random.Generator,
    reconstruct: bool = True,
) -> int:
    """Train on sequences (n, length) with targets (n,); returns the steps it took.

    Adam, its moments at zero at the start; batches of 100 drawn without replacement. Without
    `reconstruct` the decoder is not trained, and the loss is that of the predicted targets alone.
    """
    sequences = torch.from_numpy(tokens).to(device())
    wanted = torch.from_numpy(targets.astype(np.float32)).to(device())
    adam = torch.optim.Adam(
        controller.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True
    )
    controller.train()
    steps, lowest, since = 0, np.inf, 0
    for _ in range(effort.epochs):
        total = 0.0
        for batch in torch.from_numpy(rng.permutation(len(tokens))).split(BATCH):  # type: ignore[no-untyped-call]
            if steps == effort.steps:
                break
            loss = _loss(controller, sequences[batch], wanted[batch], reconstruct)
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(controller.parameters(), GRADIENT_CLIP)
            adam.step()
            total += loss.item() * len(batch)
            steps += 1
        since += 1
        if total < lowest:
            lowest, since = total, 0
        if steps == effort.steps or since == effort.patience:
            break
    controller.eval()
    return steps


def _loss(controller: Controller, tokens: Tensor, wanted: Tensor, reconstruct: bool) -> Tensor:
    encodings = controller.encode(tokens)
    error = mse_loss(controller.predict(encodings), wanted)
    if not reconstruct:
        return error
    named = controller.reconstruct(encodings, tokens)
    surprise = cross_entropy(named.flatten(0, 1), tokens.flatten())
    return ACCURACY_SHARE * error + (1 - ACCURACY_SHARE) * surprise


@torch.no_grad()
def predicted(controller: Controller, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
    """The predicted targets of sequences (n, length): shape (n,)."""
    parts = torch.from_numpy(tokens).to(device()).split(PREDICTED_AT_A_TIME)  # type: ignore[no-untyped-call]
    together = torch.cat([controller.predict(controller.encode(part)) for part in parts])
    targets: NDArray[np.float32] = together.cpu().numpy()
    return targets


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread: another order of summation would give another trace."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
