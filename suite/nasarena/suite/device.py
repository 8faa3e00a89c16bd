"""Where torch computes in a run: on the CPU, or on a CUDA device that it sees."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from nasarena.suite.workers.variables import variables

VARIABLE = "NASARENA_DEVICE"
"""Names the device to the processes that runs are executed in."""


def device() -> str:
    """The device that methods and predictors put their tensors on, as torch names it."""
    return os.environ.get(VARIABLE, "cpu")


def device_name() -> str:
    """The device as run records have it: with the model where it is not the CPU."""
    if device() == "cpu":
        return "cpu"
    import torch

    return f"{device()} ({torch.cuda.get_device_name()})"


def is_available(wanted: str) -> bool:
    """Whether torch sees a device: `cpu` or `cuda`."""
    if wanted == "cpu":
        return True
    try:
        import torch
    except ImportError:
        return False
    return torch.cuda.is_available()


@contextmanager
def computing_on(wanted: str) -> Iterator[None]:
    """`device()` is `wanted` inside, in this process and in those that it starts."""
    with variables({VARIABLE: wanted}):
        yield
