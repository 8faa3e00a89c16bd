"""Exchanges of runs between two methods."""

from hashlib import sha256

import numpy as np
import pytest

from nasarena.suite.statistics.resampling import exchanged_places, exchanges


@pytest.mark.parametrize(("fewer", "runs"), [(1, 2), (3, 7), (30, 60), (6, 7)])
@pytest.mark.parametrize("number", [0, 1])
def test_each_exchange_chooses_so_many_runs(fewer: int, runs: int, number: int) -> None:
    chosen = exchanges("toy/one", fewer, runs, number)
    # With the observed one, the first round's are 10,000 as well.
    assert chosen.shape == (runs, 9_999 + (number > 0))
    assert set(chosen.sum(axis=0).tolist()) == {fewer}
    places = exchanged_places("toy/one", fewer, runs, number)
    assert np.take_along_axis(chosen, places.astype(np.int64), axis=0).all()


def test_each_run_is_chosen_equally_often() -> None:
    often = exchanges("toy/one", 3, 12, 0).mean(axis=1)
    assert often == pytest.approx(0.25, abs=5 * (0.25 * 0.75 / 9_999) ** 0.5)


def test_benchmarks_and_rounds_have_exchanges_of_their_own() -> None:
    one = exchanges("toy/one", 3, 12, 1)
    assert not np.array_equal(one, exchanges("toy/two", 3, 12, 1))
    assert not np.array_equal(one, exchanges("toy/one", 3, 12, 2))


def test_the_exchanges_behind_published_p_values_stay() -> None:
    digest = sha256(exchanges("nasbench201/cifar10", 30, 60, 0).tobytes()).hexdigest()
    assert digest == "05b187ed68313efa58389de69ae686325758432d67725816fd258f1a07bf3567"
