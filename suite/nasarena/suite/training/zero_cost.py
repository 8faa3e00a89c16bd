"""Zero-cost scores of networks that are not trained: what they are, and where they come from.

Each takes any network of convolutions, batch normalisations, ReLUs and linear layers whose last
layer gives logits. It is in training mode (normalised by the statistics of the batch), and its
weights are those of its initialisation, where nothing else is said. *Layers* are convolutions and
linear layers, of which the weights count, and not the biases. A higher score promises a better
network. Images have shape (images, channels, height, width), digits (images,).

Abdelfattah et al. is "Zero-cost proxies for lightweight NAS", ICLR 2021, arXiv:2101.08134, with its
released code.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

JACOBIAN_EPSILON = 1e-5
"""Of the released code."""

ZEN_PERTURBATION = 0.01
"""How much noise is added to an input: alpha of Lin et al."""


def layers(network: nn.Module) -> list[nn.Module]:
    """The convolutions and linear layers, in the order of the network's modules."""
    return [one for one in network.modules() if isinstance(one, (nn.Conv2d, nn.Linear))]


def _weights(network: nn.Module) -> list[Tensor]:
    return [cast("Tensor", layer.weight) for layer in layers(network)]


def _gradients(network: nn.Module, images: Tensor, digits: Tensor) -> list[Tensor]:
    """Of the mean cross-entropy, by the weights of each layer."""
    loss = cross_entropy(network(images), digits)
    return list(torch.autograd.grad(loss, _weights(network)))


def grad_norm(network: nn.Module, images: Tensor, digits: Tensor) -> float:
    """The sum over the layers of the Euclidean norm of the loss's gradient.

    Source: Abdelfattah et al., section 3.
    """
    return sum(float(one.norm()) for one in _gradients(network, images, digits))


def snip(network: nn.Module, images: Tensor, digits: Tensor) -> float:
    """The sum over all weights of |weight times gradient of the loss|.

    Source: Lee et al., "SNIP: single-shot network pruning", ICLR 2019, arXiv:1810.02340; summed as
    a score by Abdelfattah et al.
    """
    gradients = _gradients(network, images, digits)
    pairs = zip(_weights(network), gradients, strict=True)
    return sum((weight * gradient).abs().sum().item() for weight, gradient in pairs)


def grasp(network: nn.Module, images: Tensor, digits: Tensor) -> float:
    """Minus the sum over all weights of weight times (H g): g the gradient, H the Hessian.

    Source: Wang et al., "Picking winning tickets before training by preserving gradient flow", ICLR
    2020, arXiv:2002.07376, equation 8; summed as a score by Abdelfattah et al.
    """
    weights = _weights(network)
    loss = cross_entropy(network(images), digits)
    gradients = torch.autograd.grad(loss, weights, create_graph=True)
    along = sum((one * one.detach()).sum() for one in gradients)
    products = torch.autograd.grad(cast("Tensor", along), weights)
    return -sum((w * hg).sum().item() for w, hg in zip(weights, products, strict=True))


def fisher(network: nn.Module, images: Tensor, digits: Tensor) -> float:
    """The sum over the channels that layers put out of half the mean over images of squares.

    What is squared is the sum over positions of activation times gradient of the loss, in front of
    the batch normalisation.

    Source: Turner et al., "BlockSwap", ICLR 2020, arXiv:1906.04113, after Theis et al.,
    arXiv:1801.05787; summed as a score by Abdelfattah et al.
    """
    activations: list[Tensor] = []
    with _hooked(layers(network), activations.append):
        loss = cross_entropy(network(images), digits)
    total = 0.0
    for activation, gradient in zip(
        activations, torch.autograd.grad(loss, activations), strict=True
    ):
        by_channel = (activation * gradient).flatten(2) if activation.dim() > 2 else None
        summed = activation * gradient if by_channel is None else by_channel.sum(2)
        total += (summed.square().mean(0) / 2).sum().item()
    return total


def synflow(network: nn.Module, images: Tensor) -> float:
    """The sum over all weights of weight times gradient of the sum of the outputs.

    Of a copy of the network in double precision without normalisations, each weight and bias
    replaced by its absolute value, for one input of ones of the shape of an image.

    Source: Tanaka et al., "Pruning neural networks without any data", NeurIPS 2020,
    arXiv:2006.05467, equation 2; as a score, without normalisations, Abdelfattah et al.
    """
    positive = deepcopy(network).double()
    for module in list(positive.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())
    with torch.no_grad():
        for parameter in positive.parameters():
            parameter.abs_()
    weights = _weights(positive)
    output = positive(torch.ones_like(images[:1], dtype=torch.float64)).sum()
    pairs = zip(weights, torch.autograd.grad(output, weights), strict=True)
    return sum((weight * gradient).sum().item() for weight, gradient in pairs)


def jacov(network: nn.Module, images: Tensor) -> float:
    """How little the Jacobians of images correlate: minus the sum of log(v + k) + 1 / (v + k).

    v are the eigenvalues of the correlation matrix of the Jacobians, each the gradient of the sum
    of an image's logits by its pixels, and k is 1e-5.

    Source: Mellor et al., "Neural architecture search without training", arXiv:2006.04647v1, and
    its released code.
    """
    inputs = images.detach().requires_grad_()
    (jacobian,) = torch.autograd.grad(network(inputs).sum(), inputs)
    values = torch.linalg.eigvalsh(torch.corrcoef(jacobian.flatten(1).double()))
    shifted = values + JACOBIAN_EPSILON
    return -float((shifted.log() + 1 / shifted).sum())


def nwot(network: nn.Module, images: Tensor) -> float:
    """NASWOT: the log-determinant of the kernel of images, by which ReLUs are on for them.

    The kernel of two images is the number of units that are on for both or off for both.

    Source: Mellor et al., "Neural architecture search without training", ICML 2021,
    arXiv:2006.04647, section 3.
    """
    patterns: list[Tensor] = []
    with torch.no_grad(), _hooked(_relus(network), lambda output: patterns.append(output > 0)):
        network(images)
    on = torch.cat([pattern.flatten(1) for pattern in patterns], dim=1).double()
    kernel = on @ on.T + (1 - on) @ (1 - on).T
    return float(torch.linalg.slogdet(kernel).logabsdet)


def zen(
    features: Callable[[Tensor], Tensor],
    network: nn.Module,
    shape: Sequence[int],
    generator: torch.Generator,
) -> float:
    """Zen-score: the logarithm of how far features move with a small change of Gaussian inputs.

    To it are added, for each batch normalisation, the logarithm of the root of the mean variance
    that it divides by: what it takes from the features. The mean is over a batch of inputs.

    Weights should be drawn with `draw_gaussian` first. Departure: the cell's additions stay in; the
    paper takes residual connections out.

    Source: Lin et al., "Zen-NAS", ICCV 2021, arXiv:2102.01063, algorithm 1.

    Args:
        features: the network up to its global pooling.
        network: the module that `features` computes with.
        shape: (inputs, channels, height, width).
        generator: draws the inputs.
    """
    inputs, noise = (torch.randn(*shape, generator=generator) for _ in range(2))
    variances: list[Tensor] = []

    def note_variance(module: nn.Module, given: tuple[Tensor, ...]) -> None:
        variances.append(given[0].var((0, 2, 3), unbiased=False).mean())

    normalisations = [one for one in network.modules() if isinstance(one, nn.BatchNorm2d)]
    hooks = [one.register_forward_pre_hook(note_variance) for one in normalisations]
    with torch.no_grad():
        before = features(inputs)
        for hook in hooks:
            hook.remove()
        after = features(inputs + ZEN_PERTURBATION * noise)
    moved = (after - before).flatten(1).norm(dim=1).mean().log()
    return float(moved) + sum(float(variance.sqrt().log()) for variance in variances)


def draw_gaussian(network: nn.Module, generator: torch.Generator) -> None:
    """Draws all weights of layers from N(0, 1), as `zen` wants them."""
    with torch.no_grad():
        for weight in _weights(network):
            weight.copy_(torch.randn(weight.shape, generator=generator))


def zico(network: nn.Module, batches: Sequence[tuple[Tensor, Tensor]]) -> float:
    """ZiCo: for each layer, log of the sum over its weights of mean |gradient| over deviation.

    Means and deviations (population's) are over the gradients of the batches, two or more; the
    logarithms are added up. Weights whose gradients do not vary are left out, and layers of such
    weights alone.

    Source: Li et al., "ZiCo: zero-shot NAS via inverse coefficient of variation on gradients", ICLR
    2023, arXiv:2301.11300, equation 7. As in its released code the deviation is of the gradients
    themselves; the equation has that of their absolute values.
    """
    each = [_gradients(network, images, digits) for images, digits in batches]
    total = 0.0
    for of_layer in zip(*each, strict=True):
        stacked = torch.stack(of_layer).double()
        mean, deviation = stacked.abs().mean(0), stacked.std(0, unbiased=False)
        some = deviation > 0
        if some.any():
            total += (mean[some] / deviation[some]).sum().log().item()
    return total


def _relus(network: nn.Module) -> list[nn.Module]:
    return [one for one in network.modules() if isinstance(one, nn.ReLU)]


@contextmanager
def _hooked(modules: Sequence[nn.Module], keep: Callable[[Tensor], object]) -> Iterator[None]:
    """What the modules put out in this block is given to `keep`."""

    def hook(module: nn.Module, given: object, output: Tensor) -> None:
        keep(output)

    hooks = [module.register_forward_hook(hook) for module in modules]
    try:
        yield
    finally:
        for one in hooks:
            one.remove()
