"""What the stacked networks compute is what nasbench-pytorch's networks compute, one by one."""

import pytest

torch = pytest.importorskip("torch")
nasbench_model = pytest.importorskip("nasbench_pytorch.model.model")

from torch.nn.functional import cross_entropy  # noqa: E402  # after torch was found

from nasarena.suite.spaces.nasbench101 import NASBench101  # noqa: E402
from nasarena.suite.training.stacked_network import StackedNetworks  # noqa: E402

SPACE = NASBench101(5)
# Two vertices; a chain; all operations and skips; uneven splits of channels; many poolings.
CELLS = (0, 1, 40, 88, 364, 630, 1071, 1192, 2079, 2199, 2398, 2531)
IMAGES, SIDE, NETWORKS = 7, 8, 3


def networks(cell: int) -> list[torch.nn.Module]:
    matrix, operations = SPACE.cell(cell)
    torch.manual_seed(cell)
    return [
        nasbench_model.Network(
            (matrix, list(operations)),
            num_labels=10,
            in_channels=1,
            stem_out_channels=6,
            num_stacks=3,
            num_modules_per_stack=1,
            momentum=0.1,
        ).double()
        for _ in range(NETWORKS)
    ]


@pytest.mark.parametrize("cell", CELLS)
def test_logits_gradients_and_statistics_are_those_of_each_network(cell: int) -> None:
    each = networks(cell)
    stacked = StackedNetworks(each)
    images = torch.randn(NETWORKS, IMAGES, 1, SIDE, SIDE, dtype=torch.float64)
    digits = torch.randint(10, (NETWORKS, IMAGES))

    logits = stacked(images.permute(0, 2, 3, 4, 1), training=True)
    cross_entropy(logits.flatten(0, 1), digits.flatten(), reduction="sum").backward()

    for place, network in enumerate(each):
        network.train()
        expected = network(images[place])
        torch.testing.assert_close(logits[place], expected, rtol=1e-9, atol=1e-9)
        cross_entropy(expected, digits[place], reduction="sum").backward()
        gradients = {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
        assert set(stacked.parameters) == {
            name for name, gradient in gradients.items() if gradient.numel() and ".a" not in name
        }
        for name, parameter in stacked.parameters.items():
            torch.testing.assert_close(parameter.grad[place], gradients[name], rtol=1e-8, atol=1e-8)
        for name, buffer in network.named_buffers():
            if "running" in name:
                torch.testing.assert_close(stacked.statistics[name][place], buffer)


@pytest.mark.parametrize("cell", CELLS)
def test_judging_uses_the_running_statistics(cell: int) -> None:
    each = networks(cell)
    for network in each:  # statistics that are not those at the start
        network.train()
        network(torch.randn(20, 1, SIDE, SIDE, dtype=torch.float64))
        network.eval()
    images = torch.randn(IMAGES, 1, SIDE, SIDE, dtype=torch.float64)
    with torch.inference_mode():
        stacked = StackedNetworks(each)
        same = images.permute(1, 2, 3, 0)[None].expand(NETWORKS, -1, -1, -1, -1)
        logits = stacked(same, training=False)
        for place, network in enumerate(each):
            torch.testing.assert_close(logits[place], network(images), rtol=1e-9, atol=1e-9)
