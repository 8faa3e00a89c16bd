"""docs/weaknas.md: one predictor or several at equal labels, and what they know."""

from typing import Any

import numpy as np

from nasarena.leaderboard.texts import interval_text
from nasarena.suite.statistics.independent_means import difference_of_means
from nasarena.suite.statistics.samples import Estimate
from weaknas_docs import PAGE, apart, clear


def test_what_is_said_of_one_predictor_and_several(made: Any) -> None:
    differences = {}
    for predictor in made.PREDICTORS:
        assert made.equal_labels(predictor) == [50, 100, 150, 200, 250, 300]
        differences[predictor] = {
            labels: made.fewer_points(predictor, labels) for labels in made.equal_labels(predictor)
        }
        for search in ("strong", "strong-10", "strong-half"):
            assert made.seeds_of(predictor, search) == 30
    network, small, trees = differences.values()
    below = [labels for labels, one in network.items() if one.high is not None and one.high < 0]
    assert below == [50, 100, 200]
    assert -0.02 < network[200].high < 0, "the interval just excludes 0"
    assert network[150].high > 0 > network[150].low
    assert f"{-network[50].value:.2f} and {-network[100].value:.2f} points better" in PAGE
    half = made.best_regrets("mlp", "strong-half")
    for labels in (250, 300):
        assert network[labels].low is network[labels].high is None
        assert made.best_regrets("mlp", "weak")[labels].value == 0
    at_250, at_300 = (interval_text(half[labels], made.points) for labels in (250, 300))
    assert f"regret is {at_250} points, then {at_300}" in PAGE
    assert half[250].low > 0 == half[300].low
    assert "with the paper's network at 50 and 100 labels, barely at 200, and at 250;" in PAGE
    assert "At 150 no difference was found. At 200 the interval just excludes 0." in PAGE
    below = [labels for labels, one in small.items() if one.high < 0]
    assert below == [100, 150, 200]
    sizes = [-small[labels].value for labels in below]
    assert f"{min(sizes):.2f} to {max(sizes):.2f} points better" in PAGE
    assert "at 100, 150 and 200 labels: " in PAGE
    assert "At 50, 250 and 300 labels no difference was found." in PAGE
    assert "with a small network from 100 to 200 labels; with boosted trees only at 50" in PAGE
    fewer = {}
    for predictor in made.PREDICTORS:
        two = [made.best_regrets(predictor, f"strong-{last}") for last in ("half", "10")]
        each = {labels: difference_of_means(*(one[labels] for one in two)) for labels in two[0]}
        fewer[predictor] = {labels: -one.value for labels, one in each.items() if one.high < 0}
    assert [[*one] for one in fewer.values()] == [[150], [150, 200, 250, 300], [250]]
    sizes = fewer["small-mlp"].values()
    assert f"best is {min(sizes):.2f} to {max(sizes):.2f} points better than spending ten" in PAGE
    assert [labels for labels, one in trees.items() if one.high < 0] == [50]
    assert [labels for labels, one in trees.items() if one.low > 0] == [250, 300]
    assert f"WeakNAS is {-trees[50].value:.2f} points better" in PAGE
    assert f"by {trees[250].value:.2f} and {trees[300].value:.2f} points" in PAGE
    assert [made.weak_runs(name).count for name in made.PREDICTORS] == [100, 30, 100]
    assert np.isinf(made.weak_runs("gbrt").samples_to_optimum).sum() == 33
    assert "33 of these 100 runs of WeakNAS did not find the optimum" in PAGE


def test_what_is_said_of_the_predictors_knowledge(made: Any) -> None:
    def both(value: str, predictor: str) -> tuple[dict[int, Estimate], dict[int, Estimate]]:
        weak, strong = (made.estimates(predictor, one, value) for one in ("weak", "strong"))
        return weak, strong

    shown = {50, 100, 200}
    weak, strong = both("tau", "mlp")
    assert shown <= set(clear(weak, strong))
    assert f"the tau of the paper's network is {weak[100].value:.2f}" in PAGE
    assert f"same network with random labels {strong[100].value:.2f}" in PAGE
    regret, of_random = both("regret_predicted", "mlp")
    assert shown <= set(clear(regret, of_random))
    assert f"a regret of {regret[100].value:.2f} points, against {of_random[100].value:.2f}" in PAGE
    draw, drawn = both("draw", "mlp")
    assert set(clear(drawn, draw)) >= {50, 100}
    assert f"{100 * draw[100].value:.0f} % of what its next queries are drawn from" in PAGE
    assert f"top 50, against {100 * drawn[100].value:.0f} %" in PAGE
    # Better than with twice as many random labels.
    assert apart(regret[100], of_random[200])
    assert apart(drawn[200], draw[100])
    assert (
        f"the regret is {of_random[200].value:.2f} and the share {100 * drawn[200].value:.0f} %"
        in PAGE
    )
    cells = []
    for predictor in ("small-mlp", "gbrt"):
        weak, strong = both("tau", predictor)
        assert apart(weak[100], strong[100])
        cells += [weak[100].value, strong[100].value]
        weak, strong = both("regret_predicted", predictor)
        assert apart(weak[100], strong[100])
        cells += [weak[100].value, strong[100].value]
    small, trees = cells[:4], cells[4:]
    draw, drawn = both("draw", "small-mlp")
    assert apart(drawn[100], draw[100])
    assert (
        "tau is {:.2f} against {:.2f}, the regret {:.2f} points against {:.2f}".format(*small)
        + f", and the share {100 * draw[100].value:.0f} % against {100 * drawn[100].value:.0f} %"
        in PAGE
    )
    draw, drawn = both("draw", "gbrt")
    assert not clear(drawn, draw)
    assert not clear(draw, drawn)
    assert (
        "tau is {:.2f} against {:.2f}, and the regret of the predicted best {:.2f} points "
        "against {:.2f}".format(*trees)
        in PAGE
    )


def test_what_is_said_of_order_at_the_top(made: Any) -> None:
    weak, strong = (made.estimates("mlp", one, "tau_top") for one in ("weak", "strong"))
    assert not apart(weak[50], strong[50])
    assert not apart(strong[50], weak[50])
    assert apart(strong[100], weak[100])
    assert (
        f"with 100 its tau is {weak[100].value:.2f}, against {strong[100].value:.2f} with random"
        in PAGE
    )
    weak, strong = (made.estimates("mlp", one, "tau_unseen") for one in ("weak", "strong"))
    assert apart(strong[100], weak[100])
    assert f"without a label tau is {weak[100].value:.2f}, against {strong[100].value:.2f}" in PAGE
    small, random = (made.estimates("small-mlp", one, "tau_top") for one in ("weak", "strong"))
    assert set(clear(random, small)) >= {100, 200}
    cells = [small[100].value, random[100].value, small[200].value]
    said = "tau is {:.2f} with 100 labels ({:.2f} with random ones) and {:.2f} with 200"
    assert said.format(*cells) in PAGE
    trees, random = (made.estimates("gbrt", one, "tau_top") for one in ("weak", "strong"))
    assert not apart(trees[100], random[100])
    assert not apart(random[100], trees[100])
    assert apart(random[200], trees[200])
    said = "trees it is {:.2f}, where no difference from random labels was found, and {:.2f} with"
    assert said.format(trees[100].value, trees[200].value) in PAGE
