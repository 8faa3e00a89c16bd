"""docs/results.md on the rivals' other settings, on pools, and on the optimisers of libraries."""

from itertools import combinations

import numpy as np
import pytest

from nasarena.leaderboard.texts import interval_text
from nasarena.suite.methods import method_card
from nasarena.suite.statistics.pairwise import compare
from nasarena.suite.statistics.samples import restricted_mean
from nasarena.suite.statistics.separation import holm
from published_records import BENCHMARKS, RESULTS_PAGE, RunSets, cpu_seconds
from simulations import simulation


def test_what_is_said_of_other_settings(rivals: RunSets) -> None:
    page = RESULTS_PAGE.read_text(encoding="utf-8")
    places = ("nasbench201/cifar100", "nasbenchgraph/arxiv")

    def both(name: str, other: str) -> list[tuple[str, float]]:
        found = [compare(rivals[name, place], rivals[other, place], 300) for place in places]
        return [
            (interval_text(one.mean, lambda value: f"{value:.0f}"), one.p)
            for one in found
            if one.mean is not None and one.p is not None
        ]

    name = "optuna-tpe[multivariate=False]"
    ps = {
        place: compare(rivals[name, place], rivals["optuna-tpe", place], 300).p
        for place in BENCHMARKS
        if (name, place) in rivals
    }
    corrected = holm(np.array([p for p in ps.values() if p is not None]))
    assert corrected.size == 5
    assert corrected.min() > 0.05
    (text, p), (other, other_p) = both(name, "optuna-tpe")
    assert min(ps, key=lambda place: ps[place] or 0) == "nasbenchgraph/arxiv"
    assert (
        f"It needs {text} samples more on cifar100 (p = {p:.2g}) and {other} more on arxiv "
        f"(p = {other_p:.2g}, corrected for the five benchmarks {corrected.min():.2g})" in page
    )
    (text, p), (other, other_p) = both("nevergrad[optimiser=TwoPointsDE]", "nevergrad")
    assert max(p, other_p) * 2 < 0.05
    assert f"It needs more samples on cifar100 and arxiv ({text} and {other})" in page
    for name in ("npenas-np", "npenas-bo"):
        ps = [p for _, p in both(f"{name}[steps=None]", name)]
        assert min(ps) > 0.05
        means = [
            f"{restricted_mean(rivals[form, place].samples_to_optimum, 300).value:.0f}"
            for place in places
            for form in (f"{name}[steps=None]", name)
        ]
        said = " ".join((method_card(name).make.__doc__ or "").split())
        for text in ("{} samples", "instead of {}", "{} instead", "of {}"):
            assert text.format(means.pop(0)) in said
        assert f"{ps[1]:.2g}".removeprefix("0") in said
    for place in places:
        assert round(cpu_seconds("optuna-tpe[multivariate=False]", place).mean()) == 5
        assert cpu_seconds("optuna-tpe", place).mean() < 1
    assert "A run costs 5 CPU seconds on these two, one of `optuna-tpe` less than one." in page
    longest = cpu_seconds("optuna-tpe[multivariate=False]", "nasbench201/imagenet16-120").max()
    assert f"on imagenet16-120 one run took {longest / 60:.0f} CPU minutes" in page


@pytest.mark.on_demand
@pytest.mark.filterwarnings("ignore")
def test_what_is_said_of_repeated_proposals() -> None:
    pytest.importorskip("optuna", reason="needs optuna")
    made = simulation("repeated_proposals")
    first, second, third = (made.proposed(seed) for seed in made.SEEDS)
    assert (first[2], second[2], third[2]) == (False, True, False)
    assert (
        f"one found the best cell with its proposal {second[0]}, and the others proposed "
        f"{first[1]} and {third[1]} cells in {made.PROPOSALS:,} proposals"
        in RESULTS_PAGE.read_text("utf-8")
    )


def test_what_is_said_of_pools(rivals: RunSets) -> None:
    page = RESULTS_PAGE.read_text(encoding="utf-8")

    def more(name: str, other: str, place: str) -> tuple[str, float]:
        found = compare(rivals[name, place], rivals[other, place], 300)
        assert found.mean is not None
        assert found.p is not None
        return interval_text(found.mean, lambda value: f"{value:.0f}"), found.p

    cifar100, arxiv = "nasbench201/cifar100", "nasbenchgraph/arxiv"
    (text, p), (other, other_p) = (more("dngo[pool=space]", "dngo", x) for x in (cifar100, arxiv))
    assert max(p, other_p) * 2 < 0.05
    assert f"needs {text} samples fewer on cifar100 and {other} fewer on arxiv" in page
    samples = (
        restricted_mean(rivals[name, cifar100].samples_to_optimum, 300).value
        for name in ("dngo[pool=space]", "dngo")
    )
    said = "this needs {:.0f} samples instead of {:.0f}".format(*samples)
    assert said in (method_card("dngo").make.__doc__ or "")
    (text, p), (other, other_p) = (
        more("bananas[pool=all]", "bananas", x) for x in (cifar100, arxiv)
    )
    assert max(p, other_p) * 2 < 0.05
    assert f"`bananas[pool=all]`, too, needs {text} and {other} more than `bananas`" in page
    of = {place: more("gp-onehot[pool=mutants]", "gp-onehot", place) for place in BENCHMARKS}
    text, p = of.pop("nasbench101-5/rotated-mnist")
    assert p * 6 < 0.05
    assert f"on rotated-mnist it needs {text} samples more than `gp-onehot`" in page
    assert len(of) == 5
    assert min(p for _, p in of.values()) > 0.05


def test_libraries_differ_where_the_docs_say(rivals: RunSets) -> None:
    page = RESULTS_PAGE.read_text(encoding="utf-8")
    assert (
        "`smac` needs clearly more samples than each of the three others on cifar100 and arxiv, "
        "than `nevergrad` and `optuna-tpe` on cifar10, and than `optuna-tpe` on rotated-mnist. On "
        "imagenet16-120 `botorch` needs fewer than each of the three others. No other difference "
        "was found (Holm over the six pairs of a benchmark, the three without `botorch` on "
        "rotated-mnist)." in page
    )
    others = ("nevergrad", "optuna-tpe", "smac")
    expected = {
        "nasbench201/cifar100": {(one, "smac") for one in ("botorch", "nevergrad", "optuna-tpe")},
        "nasbenchgraph/arxiv": {(one, "smac") for one in ("botorch", "nevergrad", "optuna-tpe")},
        "nasbench101-5/rotated-mnist": {("optuna-tpe", "smac")},
        "nasbench201/cifar10": {(one, "smac") for one in ("nevergrad", "optuna-tpe")},
        "nasbench201/imagenet16-120": {("botorch", one) for one in others},
    }
    for place in BENCHMARKS:
        there = [one for one in ("botorch", *others) if (one, place) in rivals]
        pairs = list(combinations(there, 2))
        assert len(pairs) == (3 if place == "nasbench101-5/rotated-mnist" else 6)
        tests = [compare(*(rivals[one, place] for one in pair), 300) for pair in pairs]
        corrected = holm(np.array([test.p for test in tests]))
        clear = {
            pair: test for pair, test, p in zip(pairs, tests, corrected, strict=True) if p < 0.05
        }
        assert set(clear) == expected.get(place, set())
        for test in clear.values():
            assert test.mean is not None
            assert test.mean.value < 0
