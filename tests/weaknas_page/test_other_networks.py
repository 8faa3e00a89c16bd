"""docs/weaknas.md: the graph networks of other methods in WeakNAS's loop."""

from typing import Any

import numpy as np

from nasarena.leaderboard.texts import interval_text, number
from nasarena.suite.methods import choose_methods
from nasarena.suite.statistics.incumbents import regret_at
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.samples import mean_of
from weaknas_docs import PAGE, apart


def test_what_is_said_of_a_graph_network(made: Any) -> None:
    loop, alone = (choose_methods([name])[0].build() for name in ("weaknas-gcn", "predictor-gcn"))
    for same in ("epochs", "learning_rate", "targets"):
        assert getattr(loop, same) == getattr(alone, same)
    stored = made.published("rivals")
    loops, alones = (stored[name, made.BENCHMARK] for name in ("weaknas-gcn", "predictor-gcn"))
    assert (loops.count, alones.count) == (20, 30)
    assert f"needs {interval_text(made.samples(loops), number)} samples" in PAGE
    assert f"the network alone {interval_text(made.samples(alones), number)}" in PAGE
    difference = compare(loops, alones, 300).mean
    assert difference is not None
    assert f"a difference of {interval_text(difference, made.signed)}" in PAGE
    assert 100 < alones.samples_to_optimum.min() < 110
    at = np.array([120, 150])
    loop, alone = (
        [mean_of(column).rounded() for column in regret_at(runs, at, "best_validation").T]
        for runs in (loops, alones)
    )
    assert apart(loop[0], alone[0])
    said = [interval_text(one, made.points) for one in (loop[0], *alone)]
    assert "after 120 its regret is {} points, and {} with the network alone".format(*said) in PAGE
    assert (loop[1].value, loop[1].agreeing) == (0, loops.count)
    assert alone[1].low > 0
    assert f"after 150 it is 0 in all runs, and {said[2]}" in PAGE


def test_what_is_said_of_brp_nas(made: Any) -> None:
    theirs, ours = made.relations_runs().values()
    assert (theirs.count, ours.count) == (20, 30)
    assert "no difference was found with 20 and 30 seeds" in PAGE
    samples, regret = compare(ours, theirs, 140).mean, made.relations_regret(ours, theirs, 100)
    assert samples is not None
    assert samples.low < 0 < samples.high
    assert regret.low < 0 < regret.high
    assert f"is {interval_text(samples, made.signed)} samples" in PAGE
    assert f"and {made.signed_points(regret)} points of regret after 100 labels" in PAGE
    ahead = {
        queries: made.relations_regret(theirs, ours, queries)
        for queries in (*range(20, 101, 20), *range(110, 141, 10))
    }
    assert len(ahead) == 9
    assert {queries for queries, one in ahead.items() if one.low > 0} == {60, 80}
    assert not [one for one in ahead.values() if one.high < 0]
    said = (interval_text(ahead[queries], made.points) for queries in (60, 80))
    assert "of WeakNAS's rule is better, by {} and {} points".format(*said) in PAGE
