"""Training a cell: the same bits again, and something learned."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("nasbench_pytorch")
pytest.importorskip("mlxtend")

from nasarena.suite.spaces.nasbench101 import NASBench101  # noqa: E402
from nasarena.suite.training import train_cell as module  # noqa: E402
from nasarena.suite.training.recipe import EPOCHS  # noqa: E402
from nasarena.suite.training.train_cell import Trainings, multiply_adds, train_cell  # noqa: E402

SPACE = NASBench101(5)
CELL = 1192


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def trained() -> Trainings:
    return train_cell(*SPACE.cell(CELL), seeds=[0, 1])


def test_a_small_network_learns_the_digits(trained: Trainings) -> None:
    assert trained.validation.shape == trained.test.shape == (2, EPOCHS)
    assert trained.validation[:, -1].min() > 60.0  # ten digits: chance is 10
    assert trained.validation[:, -1].min() > trained.validation[:, 0].max()
    assert abs(trained.validation[:, -1] - trained.test[:, -1]).max() < 5.0
    assert trained.validation_loss[:, -1].max() < trained.validation_loss[:, 0].min()
    # Each loss is above what calibrated certainty about the right ones could reach, and finite.
    assert 0.0 < trained.validation_loss.min() < trained.validation_loss.max() < np.inf
    assert trained.seconds > 0


def test_same_seeds_same_bits_whatever_was_drawn_before(trained: Trainings) -> None:
    torch.manual_seed(12345)
    before = torch.get_rng_state()
    again = train_cell(*SPACE.cell(CELL), seeds=[0, 1])
    np.testing.assert_array_equal(again.validation, trained.validation)
    np.testing.assert_array_equal(again.test, trained.test)
    np.testing.assert_array_equal(again.validation_loss, trained.validation_loss)
    assert torch.equal(torch.get_rng_state(), before)


def test_seeds_differ(trained: Trainings) -> None:
    assert not np.array_equal(trained.validation_loss[0], trained.validation_loss[1])


def test_parameters_are_those_that_something_is_computed_with(trained: Trainings) -> None:
    network = module.network_of(*SPACE.cell(CELL))
    placeholders = sum(p.numel() for n, p in network.named_parameters() if n.endswith(".a"))
    assert placeholders > 0
    everything = sum(parameter.numel() for parameter in network.parameters())
    assert trained.parameters == everything - placeholders


def test_multiply_adds_of_the_smallest_cell_by_hand() -> None:
    # Input to output: a stem of 3 x 3, then in each of three stacks one 1 x 1 convolution.
    smallest = next(i for i in range(SPACE.size) if len(SPACE.cell(i)[1]) == 2)
    by_hand = 64 * 6 * 9 + 64 * 6 * 6 + 16 * 12 * 6 + 4 * 24 * 12 + 10 * 24
    assert multiply_adds(module.network_of(*SPACE.cell(smallest))) == by_hand


def test_the_learning_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    rates = list(module._learning_rates(240))
    assert len(rates) == 240
    assert max(rates) == pytest.approx(0.3)
    assert np.argmax(rates) in (35, 36)
    assert (np.diff(rates[:36]) > 0).all()
    assert (np.diff(rates[36:]) < 0).all()
    assert rates[-1] < 1e-4
