"""docs/simulations/fresh_seeds.py, with few submissions: how often chosen runs are noticed."""

from typing import Any

import numpy as np
import pytest

from simulations import simulation


@pytest.fixture(scope="module")
def script() -> Any:
    return simulation("fresh_seeds")


def test_chosen_runs_are_noticed_and_honest_ones_are_not(script: Any) -> None:
    every = [[np.linspace(50, 150 * place, 60) for place in (1, 2, 3)]]
    # At 1 %, two or more honest ones in 20 are as rare as 1.7 %.
    assert script.noticed(every, 1, 20, 20, np.random.default_rng(0)) <= 1 / 20
    assert script.noticed(every, script.HALF, 20, 20, np.random.default_rng(0)) >= 19 / 20
    gains = [script.gain(every, how, 20) for how in (1, 100, script.HALF)]
    assert gains[0] == pytest.approx(1, abs=0.05)
    assert gains[0] > gains[1] > gains[2]
