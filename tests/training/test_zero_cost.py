"""Zero-cost scores, each against its closed form on a network small enough to compute by hand."""

import math
from collections.abc import Iterator

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from nasarena.suite.training import zero_cost  # noqa: E402


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        torch.set_num_threads(1)
        yield


def linear(weights: list[list[float]]) -> nn.Sequential:
    """One linear layer without biases on the pixels of an image."""
    layer = nn.Linear(len(weights[0]), len(weights), bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weights))
    return nn.Sequential(nn.Flatten(), layer)


def images(rows: list[list[float]]) -> torch.Tensor:
    return torch.tensor(rows).view(len(rows), 1, 1, -1)


def softmax_gradient(weights: np.ndarray, x: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """Of the mean cross-entropy of logits W x: the mean of (p - y) x^T."""
    logits = x @ weights.T
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return (p - np.eye(len(weights))[digits]).T @ x / len(x)


WEIGHTS = [[0.5, -1.0], [0.25, 2.0]]
X, DIGITS = [[1.0, 2.0], [-1.0, 0.5], [0.0, 3.0]], [0, 1, 1]
GRADIENT = softmax_gradient(np.array(WEIGHTS), np.array(X), np.array(DIGITS))


def given() -> tuple[nn.Sequential, torch.Tensor, torch.Tensor]:
    return linear(WEIGHTS), images(X), torch.tensor(DIGITS)


def test_grad_norm_of_a_linear_layer() -> None:
    expected = math.sqrt((GRADIENT**2).sum())
    assert zero_cost.grad_norm(*given()) == pytest.approx(expected, rel=1e-5)


def test_snip_of_a_linear_layer() -> None:
    expected = np.abs(np.array(WEIGHTS) * GRADIENT).sum()
    assert zero_cost.snip(*given()) == pytest.approx(expected, rel=1e-5)


def test_grasp_of_a_linear_layer() -> None:
    """H g by the difference of two gradients along g."""
    weights, step = np.array(WEIGHTS), 1e-5
    ends = [
        softmax_gradient(weights + sign * step * GRADIENT, np.array(X), np.array(DIGITS))
        for sign in (1, -1)
    ]
    along = (ends[0] - ends[1]) / (2 * step)
    expected = -(weights * along).sum()
    assert zero_cost.grasp(*given()) == pytest.approx(expected, rel=1e-4)


def test_fisher_of_a_linear_layer() -> None:
    """The gradient of the mean loss by a logit is (p - y) / images."""
    logits = np.array(X) @ np.array(WEIGHTS).T
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    products = logits * (p - np.eye(2)[DIGITS]) / len(X)
    expected = (products**2).mean(axis=0).sum() / 2
    assert zero_cost.fisher(*given()) == pytest.approx(expected, rel=1e-5)


def test_fisher_of_a_convolution_sums_over_positions_first() -> None:
    """A 1 x 1 convolution of weight w, summed: each position's gradient is that of the logit."""
    convolution = nn.Conv2d(1, 1, 1, bias=False)
    head = nn.Linear(1, 2, bias=False)
    with torch.no_grad():
        convolution.weight.fill_(2.0)
        head.weight.copy_(torch.tensor([[1.0], [-1.0]]))
    network = nn.Sequential(convolution, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)
    x = np.array([[1.0, 3.0], [-2.0, 0.5]])
    mean = 2 * x.mean(axis=1)
    logits = np.stack([mean, -mean], axis=1)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    slopes = (p - np.eye(2)[[0, 1]]) / 2  # the mean over two images
    of_head = ((logits * slopes) ** 2).mean(axis=0).sum() / 2
    of_mean = slopes[:, 0] - slopes[:, 1]
    of_convolution = ((2 * x * of_mean[:, None] / 2).sum(axis=1) ** 2).mean() / 2
    found = zero_cost.fisher(network, images(x.tolist()), torch.tensor([0, 1]))
    assert found == pytest.approx(of_head + of_convolution, rel=1e-5)


def test_synflow_is_each_layers_share_of_the_flow() -> None:
    """Of L layers without biases each has the whole sum of outputs: L times R.

    Whatever the normalisation between them, and the sign of the weights.
    """
    first, second = nn.Conv2d(1, 2, 1, bias=False), nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([2.0, -3.0]).view(2, 1, 1, 1))
        second.weight.copy_(torch.tensor([[-1.0, 4.0]]))
    network = nn.Sequential(
        first, nn.BatchNorm2d(2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), second
    )
    before = {name: value.clone() for name, value in network.state_dict().items()}
    flow = 2.0 * 1.0 + 3.0 * 4.0
    assert zero_cost.synflow(network, torch.randn(5, 1, 4, 4)) == pytest.approx(2 * flow)
    after = network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


@pytest.mark.parametrize("cosine", [0.0, 0.6, -0.9])
def test_jacov_of_two_images(cosine: float) -> None:
    """Two Jacobians that correlate by r have the eigenvalues 1 + r and 1 - r."""

    class Squares(nn.Module):
        """The Jacobian of an image by the sum of x^2 / 2 is the image."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.square().flatten(1) / 2

    one, other = np.array([1.0, -1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, -1.0])
    rows = [one, cosine * one + math.sqrt(1 - cosine**2) * other]
    values = np.array([1 + cosine, 1 - cosine]) + 1e-5
    expected = -(np.log(values) + 1 / values).sum()
    found = zero_cost.jacov(Squares(), images([row.tolist() for row in rows]))
    assert found == pytest.approx(expected, rel=1e-5)


def test_nwot_of_two_images() -> None:
    """Of A units of which D are on for one image alone: log(A^2 - (A - D)^2)."""
    network = nn.Sequential(nn.Flatten(), nn.ReLU())
    rows = [[1.0, 1.0, -1.0, -1.0, 1.0], [1.0, -1.0, -1.0, 1.0, 1.0]]
    assert zero_cost.nwot(network, images(rows)) == pytest.approx(math.log(5**2 - 3**2))


def test_zen_of_a_convolution() -> None:
    """Without normalisation, features move by |w| alpha times the noise."""
    network = nn.Conv2d(1, 1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(-3.0)
    draws = torch.Generator().manual_seed(5)
    found = zero_cost.zen(network, network, (8, 1, 4, 4), draws)
    again = torch.Generator().manual_seed(5)
    torch.randn(8, 1, 4, 4, generator=again)
    noise = torch.randn(8, 1, 4, 4, generator=again).flatten(1).norm(dim=1).mean().item()
    assert found == pytest.approx(math.log(3 * 0.01 * noise), rel=1e-4)


def test_zen_gives_back_what_normalisation_takes() -> None:
    """With a normalisation behind the convolution, weights ten times as large add log 10."""
    network = nn.Sequential(nn.Conv2d(1, 3, 1, bias=False), nn.BatchNorm2d(3, eps=1e-9))
    scores = []
    for factor in (1.0, 10.0):
        with torch.no_grad():
            network[0].weight.fill_(factor)
        draws = torch.Generator().manual_seed(5)
        scores.append(zero_cost.zen(network, network, (64, 1, 4, 4), draws))
    assert scores[1] - scores[0] == pytest.approx(math.log(10), rel=1e-4)


def test_gaussian_weights_are_drawn_for_every_layer() -> None:
    network = nn.Sequential(nn.Conv2d(8, 64, 3), nn.Linear(64, 100))
    zero_cost.draw_gaussian(network, torch.Generator().manual_seed(0))
    for layer in zero_cost.layers(network):
        assert layer.weight.std().item() == pytest.approx(1, abs=0.05)
        assert layer.weight.mean().item() == pytest.approx(0, abs=0.05)


def test_zico_of_a_linear_layer() -> None:
    x, digits = np.array(X), np.array(DIGITS)
    each = np.stack(
        [
            softmax_gradient(np.array(WEIGHTS), x[part], digits[part])
            for part in (slice(0, 1), slice(1, 3))
        ]
    )
    expected = math.log((np.abs(each).mean(axis=0) / each.std(axis=0)).sum())
    network, pixels, labels = given()
    batches = [(pixels[:1], labels[:1]), (pixels[1:], labels[1:])]
    assert zero_cost.zico(network, batches) == pytest.approx(expected, rel=1e-5)
    # Batches that are alike have no deviation: nothing is left to count.
    assert zero_cost.zico(network, [batches[0]] * 2) == 0.0
