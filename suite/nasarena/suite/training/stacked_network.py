"""Several networks of one cell computed at once: the seeds side by side, in few large operations.

nasbench-pytorch's networks are so small here that PyTorch's convolutions spend their time on
everything but arithmetic. The same sums as matrix products, all seeds in one, take a fraction.

Images come last: what a kernel's window takes together then lies in long runs of memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

Parameters: TypeAlias = dict[str, Tensor]


class StackedNetworks:
    """nasbench-pytorch `Network`s of one cell, with weights of their own, each fed its own images.

    Their structure, channels and weights are read from the networks, and are theirs: what is
    computed here, forwards and backwards, is what each network computes, up to rounding.

    Activations have shape (networks, channels, height, width, images).

    Args:
        networks: of the same cell and sizes; in training mode or not does not matter.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        from torch.func import stack_module_state

        self._layers = list(cast("nn.ModuleList", networks[0].layers))
        stacked, buffers = stack_module_state(list(networks))
        used = set(_used(networks[0]))
        self.parameters: Parameters = {
            name: value.detach().requires_grad_() for name, value in stacked.items() if name in used
        }
        """What is trained, by its name in a network, stacked: shape (networks, ...).

        nasbench-pytorch's placeholders, which nothing is computed with, are not among them.
        """
        self.statistics: Mapping[str, Tensor] = buffers
        """Running means and variances of the batch normalisations, by name, likewise stacked."""

    def __call__(self, images: Tensor, training: bool) -> Tensor:
        """The logits, shape (networks, images, classes).

        Args:
            images: shape (networks, channels, height, width, images).
            training: whether to normalise by the statistics of the images, and to note these.
        """
        values = images
        for index, layer in enumerate(self._layers):
            name = f"layers.{index}"
            if isinstance(layer, nn.MaxPool2d):
                values = _pooled(values, layer)
            elif hasattr(layer, "vertex_op"):
                values = self._cell(name, layer, values, training)
            else:
                values = self._conv_bn_relu(name, layer, values, training)
        mean = values.mean((2, 3)).transpose(1, 2)
        weight, bias = self.parameters["classifier.weight"], self.parameters["classifier.bias"]
        return torch.baddbmm(bias[:, None], mean, weight.transpose(1, 2))

    def _cell(self, name: str, cell: Any, values: Tensor, training: bool) -> Tensor:
        """One cell: vertices add up what flows in, the output concatenates (and adds the input)."""
        matrix, channels = cell.matrix.tolist(), cell.vertex_channels
        output = len(channels) - 1
        computed = {0: values}
        for vertex in range(1, output):
            inputs = [
                computed[source][:, : channels[vertex]]
                for source in range(1, vertex)
                if matrix[source][vertex]
            ]
            if matrix[0][vertex]:
                inputs.append(self._projection(name, cell, vertex, values, training))
            total = sum(inputs[1:], inputs[0])
            operation, path = cell.vertex_op[vertex], f"{name}.vertex_op.{vertex}"
            if hasattr(operation, "maxpool"):
                computed[vertex] = _pooled(total, operation.maxpool)
            else:
                ((inner, block),) = operation.named_children()
                computed[vertex] = self._conv_bn_relu(f"{path}.{inner}", block, total, training)
        ends = [computed[vertex] for vertex in range(1, output) if matrix[vertex][output]]
        if not ends:
            return self._projection(name, cell, output, values, training)
        joined = ends[0] if len(ends) == 1 else torch.cat(ends, dim=1)
        if matrix[0][output]:
            joined = joined + self._projection(name, cell, output, values, training)
        return joined

    def _projection(
        self, name: str, cell: Any, vertex: int, values: Tensor, training: bool
    ) -> Tensor:
        path = f"{name}.input_op.{vertex}"
        return self._conv_bn_relu(path, cell.input_op[vertex], values, training)

    def _conv_bn_relu(self, name: str, block: Any, values: Tensor, training: bool) -> Tensor:
        convolution, normalisation, _ = block.conv_bn_relu
        path = f"{name}.conv_bn_relu"
        weight = self.parameters[f"{path}.0.weight"]
        if convolution.kernel_size == (1, 1):
            summed = weight.flatten(2) @ values.flatten(2)
        else:
            summed = cast("Tensor", cast("Any", _Convolution3x3).apply(values, weight))
        # Every channel of every network is a channel of one normalisation.
        normalised = functional.batch_norm(
            summed.flatten(0, 1)[None],
            self.statistics[f"{path}.1.running_mean"].flatten(),
            self.statistics[f"{path}.1.running_var"].flatten(),
            self.parameters[f"{path}.1.weight"].flatten(),
            self.parameters[f"{path}.1.bias"].flatten(),
            training,
            normalisation.momentum,
            normalisation.eps,
        )
        shape = (*summed.shape[:2], *values.shape[2:])
        return functional.relu(normalised).view(shape)


def _used(network: nn.Module) -> Iterator[str]:
    """The names of the parameters that something is computed with."""
    for path, module in network.named_modules():
        if isinstance(module, (nn.Conv2d, nn.BatchNorm2d, nn.Linear)):
            for name, _ in module.named_parameters(recurse=False):
                yield f"{path}.{name}"


def _pooled(values: Tensor, pool: nn.MaxPool2d) -> Tensor:
    """Maximum pooling of every image's every channel."""
    # To PyTorch, the images are the channels of channels-last memory: nothing is copied.
    as_channels = values.flatten(0, 1).permute(0, 3, 1, 2)
    pooled = functional.max_pool2d(as_channels, pool.kernel_size, pool.stride, pool.padding)
    images_last = pooled.permute(0, 2, 3, 1)
    return images_last.view(*values.shape[:2], *images_last.shape[1:])


class _Convolution3x3(torch.autograd.Function):
    """Convolution with kernels of 3 x 3, zeros around: the sums, shape (S, O, H W N).

    Of values (S, C, H, W, N) and weights (S, O, C, 3, 3).
    """

    @staticmethod
    def forward(ctx: Any, values: Tensor, weight: Tensor) -> Tensor:
        windows = _windows(values)
        ctx.save_for_backward(windows, weight)
        ctx.shape = values.shape
        return weight.flatten(2) @ windows

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor]:
        windows, weight = ctx.saved_tensors
        of_weight = (gradient @ windows.transpose(1, 2)).view(weight.shape)
        if not ctx.needs_input_grad[0]:
            return None, of_weight
        # The gradient of a convolution is a convolution with the kernel turned around.
        turned = weight.flip(3, 4).transpose(1, 2).flatten(2)
        networks, _, *rest = ctx.shape
        spread = _windows(gradient.view(networks, -1, *rest))
        return (turned @ spread).view(ctx.shape), of_weight


def _windows(values: Tensor) -> Tensor:
    """Each position's window of 3 x 3: shape (S, 9 C, H W N)."""
    networks, channels, height, width, images = values.shape
    padded = functional.pad(values, (0, 0, 1, 1, 1, 1))
    strides = padded.stride()
    windows = padded.as_strided(
        (networks, channels, 3, 3, height, width, images),
        (*strides[:2], *strides[2:4], *strides[2:]),
    )
    return windows.reshape(networks, channels * 9, height * width * images)
