"""The small tanh network against torch's layers and optimiser, and what it learns."""

from itertools import pairwise

import numpy as np
import pytest

from nasarena.baselines.tanh_network import TanhNetwork


def test_it_learns_what_no_line_can() -> None:
    rng = np.random.default_rng(0)
    features = rng.choice([-1.0, 1.0], size=(60, 3)).astype(np.float32)
    targets = features[:, 0] * features[:, 1]
    network = TanhNetwork((10, 10), epochs=40)
    network.fit(features, targets, rng)
    assert np.abs(network.outputs(features) - targets).max() < 0.2
    assert network.basis(features).shape == (60, 10)


def test_a_training_is_that_of_torch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    features = rng.normal(size=(8, 4)).astype(np.float32)
    targets = rng.normal(size=8)
    start = TanhNetwork((6, 5), epochs=0)
    start.fit(features, targets, np.random.default_rng(2))
    layers = []
    for (inputs, units), weights in zip(pairwise((4, 6, 5, 1)), start._layers, strict=True):
        layer = torch.nn.Linear(inputs, units)
        layer.weight.data[:] = torch.from_numpy(weights[:, :-1].copy())
        layer.bias.data[:] = torch.from_numpy(weights[:, -1].copy())
        layers += [layer, torch.nn.Tanh()]
    theirs = torch.nn.Sequential(*layers[:-1])
    adam = torch.optim.Adam(theirs.parameters(), lr=0.01)
    for _ in range(30):
        adam.zero_grad()
        error = theirs(torch.from_numpy(features))[:, 0] - torch.from_numpy(targets).float()
        error.square().mean().backward()
        adam.step()
    ours = TanhNetwork((6, 5), epochs=30)  # all eight are one batch, in whatever order
    ours.fit(features, targets, np.random.default_rng(2))
    expected = theirs(torch.from_numpy(features))[:, 0].detach().numpy()
    assert ours.outputs(features) == pytest.approx(expected, abs=1e-4)
