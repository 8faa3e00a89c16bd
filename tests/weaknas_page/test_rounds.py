"""docs/weaknas.md: what a round samples."""

from typing import Any

import numpy as np

from weaknas_docs import PAGE, apart


def test_what_is_said_of_rounds(made: Any) -> None:
    every = {name: made.whole_runs(name) for name in made.PREDICTORS}
    assert {runs.count for runs in every.values()} == {30}
    network, small, trees = every.values()
    shares, found = made.top_shares(network), made.found_by(network)
    assert apart(shares[0], shares[2])
    assert apart(shares[2], shares[9])
    assert apart(shares[20], shares[9])
    assert max(shares, key=lambda place: shares[place].value) == 9
    first, ninth = (100 * shares[place].value for place in (0, 9))
    assert f"from {first:.1f} % in the random sample to {ninth:.0f} % in round 9" in PAGE
    before, after = (np.median(made.sampled(network)[:, place]) for place in (0, 10))
    assert f"falls from {before:,.0f} to {after:,.0f} in ten rounds" in PAGE
    assert not [place for place in range(10, 16) if apart(shares[place], shares[9])]
    assert [place for place in range(16, 30) if not apart(shares[place], shares[9])] == []
    numbers = [found[place].value for place in (15, 20, 29)]
    assert (
        "after round 15, {:.1f} of the top 50 are labelled on average, after round 20 {:.1f}, "
        "after round 29 {:.1f}".format(*numbers)
        in PAGE
    )
    cells = []
    for runs in (small, trees):
        of = {place: 100 * one.value for place, one in made.top_shares(runs).items()}
        cells += [max(of.values()), max(of, key=lambda place: of[place])]
    assert (
        "the share rises to {:.0f} % (round {}), with the boosted trees to {:.0f} % (round {})"
    ).format(*cells) in PAGE
    of_trees = made.top_shares(trees)
    assert apart(of_trees[29], of_trees[12])
    first, last = (100 * of_trees[place].value for place in (12, 29))
    assert f"from {first:.0f} % in round 12 to {last:.0f} % in round 29" in PAGE
    assert f"only {made.found_by(trees)[29].value:.1f} of the top 50" in PAGE
    labelled = {
        name: sorted((made.sampled(runs) <= 50).sum(axis=(1, 2))) for name, runs in every.items()
    }
    missed = [np.isinf(runs.samples_to_optimum).sum() for runs in every.values()]
    assert labelled["mlp"][0] == 46
    assert labelled["small-mlp"][:2] == [1, 18]
    assert labelled["gbrt"][:3] == [0, 0, 1]
    assert missed == [0, 2, 10]
    assert "each of the 30 runs labelled at least 46 of the top 50" in PAGE
    assert "30 runs labelled a single one of them, and two did not find the optimum" in PAGE
    assert "with the boosted trees two labelled none, and ten did not find it" in PAGE
