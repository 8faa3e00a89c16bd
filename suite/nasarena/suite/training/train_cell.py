"""Training the network of one cell, with several seeds side by side."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.arrays import Accuracies
from nasarena.suite.training.recipe import (
    BATCH,
    BATCH_NORM_MOMENTUM,
    EPOCHS,
    MODULES_PER_STACK,
    MOMENTUM,
    PEAK_LEARNING_RATE,
    STACKS,
    STEM_CHANNELS,
    TRAINING,
    WARM_UP,
    WEIGHT_DECAY,
)
from nasarena.suite.training.rotated_digits import rotated_digits

if TYPE_CHECKING:
    from torch import Tensor, nn

    from nasarena.suite.training.stacked_network import StackedNetworks

EVALUATED_AT_ONCE = 250
"""Images: what fits a processor's cache."""


@dataclass(frozen=True)
class Trainings:
    """What training one cell gave; of each seed after each epoch, shape (seeds, epochs).

    `validation` and `test` are accuracies in percent, `validation_loss` the mean cross-entropy
    (nats). `seconds` is the processor time of one seed's training and evaluations (the mean over
    the seeds trained together); `parameters` counts what is trained, `multiply_adds` those of one
    image.
    """

    validation: Accuracies
    test: Accuracies
    validation_loss: NDArray[np.float64]
    seconds: float
    parameters: int
    multiply_adds: int


def train_cell(
    matrix: NDArray[np.int64], operations: Sequence[str], seeds: Sequence[int]
) -> Trainings:
    """Trains one cell's network once for each seed.

    A seed decides the initial weights and the order of the images. The same cell, seeds, processor
    and libraries give the same bits; PyTorch should use one thread.

    Args:
        matrix: upper triangular adjacency of the n vertices used, shape (n, n).
        operations: of the n vertices, from `input` to `output`.
        seeds: trained side by side, which costs less than one after the other.
    """
    import torch
    from torch.nn.functional import cross_entropy

    from nasarena.suite.training.stacked_network import StackedNetworks

    started = time.process_time()
    networks, orders = [], []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            torch.manual_seed(seed)
            networks.append(network_of(matrix, operations))
            orders.append(torch.stack([torch.randperm(TRAINING) for _ in range(EPOCHS)]))
    stacked = StackedNetworks(networks)
    pixels, digits = _images("training")
    optimiser = torch.optim.SGD(
        list(stacked.parameters.values()),
        momentum=MOMENTUM,
        nesterov=True,
        weight_decay=WEIGHT_DECAY,
        fused=True,
    )
    rates = _learning_rates(EPOCHS * (TRAINING // BATCH))
    measured = []
    for epoch in torch.stack(orders, dim=1):  # (seeds, images)
        for batch in epoch.split(BATCH, dim=1):
            optimiser.param_groups[0]["lr"] = next(rates)
            logits = stacked(pixels[batch].permute(0, 2, 3, 4, 1), training=True)
            # The seeds' losses are added up: each seed's weights see the gradient of its own mean.
            loss = cross_entropy(logits.flatten(0, 1), digits[batch].flatten(), reduction="sum")
            optimiser.zero_grad()
            (loss / BATCH).backward()  # type: ignore[no-untyped-call]  # torch's own
            optimiser.step()
        measured.append(
            (*_judged(stacked, len(seeds), "validation"), _judged(stacked, len(seeds), "test")[0])
        )
    validation, validation_loss, test = (np.stack(v, axis=1) for v in zip(*measured, strict=True))
    return Trainings(
        validation,
        test,
        validation_loss,
        seconds=(time.process_time() - started) / len(seeds),
        parameters=sum(value[0].numel() for value in stacked.parameters.values()),
        multiply_adds=multiply_adds(networks[0]),
    )


def multiply_adds(network: "nn.Module") -> int:
    """Those of the convolutions and the classifier for one image."""
    import torch
    from torch import nn

    total = 0

    def count(module: nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal total
        total += output.numel() * next(module.parameters())[0].numel()

    hooks = [
        module.register_forward_hook(count)
        for module in network.modules()
        if isinstance(module, (nn.Conv2d, nn.Linear))
    ]
    network.eval()
    with torch.inference_mode():
        network(_images("training")[0][:1])
    for hook in hooks:
        hook.remove()
    return total


def network_of(matrix: NDArray[np.int64], operations: Sequence[str]) -> "nn.Module":
    """The network of a cell, its weights drawn from torch's generator; arguments as above."""
    from nasbench_pytorch.model.model import Network

    network: nn.Module = Network(
        (matrix, list(operations)),
        num_labels=10,
        in_channels=1,
        stem_out_channels=STEM_CHANNELS,
        num_stacks=STACKS,
        num_modules_per_stack=MODULES_PER_STACK,
        momentum=BATCH_NORM_MOMENTUM,
    )
    return network


def training_images() -> "tuple[Tensor, Tensor]":
    """The images for training, (images, 1, 8, 8), and their digits."""
    return _images("training")


@cache
def _images(split: str) -> "tuple[Tensor, Tensor]":
    import torch

    images = rotated_digits()[split]
    return torch.from_numpy(images.pixels), torch.from_numpy(images.digits)


def _learning_rates(steps: int) -> Iterator[float]:
    rising = int(WARM_UP * steps)
    for step in range(rising):
        yield PEAK_LEARNING_RATE * (step + 1) / rising
    for step in range(steps - rising):
        yield PEAK_LEARNING_RATE * 0.5 * (1.0 + math.cos(math.pi * step / (steps - rising)))


def _judged(
    networks: "StackedNetworks", seeds: int, split: str
) -> tuple[Accuracies, NDArray[np.float64]]:
    """Accuracy (percent) and mean cross-entropy of each seed's network, each (seeds,)."""
    import torch
    from torch.nn.functional import cross_entropy

    pixels, digits = _images(split)
    with torch.inference_mode():
        logits = torch.cat(
            [
                networks(
                    part.permute(1, 2, 3, 0)[None].expand(seeds, -1, -1, -1, -1), training=False
                )
                for part in torch.split(pixels, EVALUATED_AT_ONCE)
            ],
            dim=1,
        ).double()
        right = (logits.argmax(2) == digits).double().mean(1)
        loss = cross_entropy(logits.flatten(0, 1), digits.repeat(seeds), reduction="none")
    return 100.0 * right.numpy(), loss.view(seeds, -1).mean(1).numpy()
