"""Published figures: the data file is sound, and every verdict follows from runs made by hand."""

import math
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from nasarena.suite.methods import choose_methods
from nasarena.suite.statistics import published as module
from nasarena.suite.statistics.comparisons import Comparison
from nasarena.suite.statistics.published import Figure, Verdict, published, verdicts

RANDOM = "random-search"


def figure(**changes: Any) -> Figure:
    fields: dict[str, Any] = {
        "method": "Random search",
        "benchmark": "listed/one",
        "quantity": "samples_to_optimum",
        "value": 120.0,
        "source": "a paper",
        "kind": "paper",
        "metric": "mean queries",
        "checked": True,
        "ours": RANDOM,
    }
    return Figure(**fields | changes)


@pytest.fixture
def judge(make_benchmark: Any, make_runs: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The verdict on one figure, of runs with these samples."""

    def judge(one: Figure, samples: list[float] | None, **rules: Any) -> Verdict:
        monkeypatch.setattr(module, "published", lambda: (one,))
        run_sets: dict[str, dict[str, Any]] = {"listed/one": {}}
        if samples is not None:
            benchmark = make_benchmark([1, 2, 3], test=[11, 13, 12])
            benchmark.space.size = rules.pop("size", 3)
            runs = make_runs(
                benchmark,
                rules.pop("traces", [[]] * len(samples)),
                **{"method": RANDOM, "budget": 1000} | rules,
            )
            runs.__dict__["samples_to_optimum"] = np.array(samples, dtype=float)
            run_sets["listed/one"][RANDOM] = runs
        (verdict,) = verdicts(Comparison("p", run_sets))
        return verdict

    return judge


SPREAD = [90.0, 110.0, 120.0, 130.0, 150.0] * 6


@pytest.mark.parametrize(
    ("value", "verdict"), [(120.0, "reproduced"), (160.0, "better"), (80.0, "worse")]
)
def test_samples_that_are_all_known_are_compared(judge: Any, value: float, verdict: str) -> None:
    found = judge(figure(value=value), SPREAD)
    assert found.verdict == verdict
    assert found.words.startswith(verdict.capitalize())
    assert found.ours is not None
    assert found.ours.value == 120
    assert found.ours.low < 120 < found.ours.high
    assert (found.runs, found.context_only) == (30, False)


def test_a_budget_below_the_figure_bounds_the_mean_only(judge: Any) -> None:
    some = [*SPREAD[:-3], math.inf, math.inf, math.inf]
    found = judge(figure(value=500.0), some, size=20_000)
    assert found.verdict == "not comparable"
    assert "10 % of our runs had not found it after 1,000 queries" in found.words
    assert "at least" in found.words
    assert found.ours is not None
    # Already the bound is above a figure of 80: that is known.
    assert judge(figure(value=80.0), some, size=20_000).verdict == "worse"
    none = [math.inf] * 9
    assert judge(figure(value=5000.0), none, size=20_000).verdict == "not comparable"
    assert judge(figure(value=50.0), none, size=20_000).verdict == "worse"
    # Too few for an interval, whatever the unfinished ones would have needed.
    few = judge(figure(value=5000.0), [*SPREAD[:2], math.inf], size=2000)
    assert few.verdict == "not comparable"


@pytest.mark.parametrize(
    ("value", "size", "verdict"),
    [
        (140.0, 20_000, "reproduced"),
        (140.0, 1_500, "reproduced"),
        # Above the interval with 1,000, in that with the space's size.
        (300.0, 20_000, "not comparable"),
        (1_200.0, 20_000, "not comparable"),
        # More than any architecture of the space allows.
        (1_200.0, 1_500, "better"),
        (20.0, 1_500, "worse"),
    ],
)
def test_runs_cut_short_have_a_verdict_where_their_end_cannot_change_it(
    judge: Any, value: float, size: int, verdict: str
) -> None:
    """Also checked with every end of the one run that had not found it: one in thirty."""
    some = [*SPREAD[:-1], math.inf]
    found = judge(figure(value=value), some, size=size)
    assert found.verdict == verdict, found.words
    if verdict in ("reproduced", "better"):
        for end in np.linspace(1000, max(size, 1000), 20):
            ended = judge(figure(value=value), [*SPREAD[:-1], end], budget=20_000)
            assert ended.verdict == verdict, end
        assert found.ours is not None
        for shown in (min(1000, size), size):
            whole = judge(figure(value=value), [*SPREAD[:-1], shown], budget=20_000).ours
            assert whole is not None
            assert f"{whole.value:,.4g}" in found.words or f"{whole.value:,.0f}" in found.words
        assert f"count as 1,000 queries or as {size:,}, the whole space" in found.words


def test_a_capped_figure_is_compared_with_runs_cut_there(judge: Any) -> None:
    some = [*SPREAD[:-3], math.inf, math.inf, 700.0]
    found = judge(figure(value=128.0, cap=140), some)
    assert found.ours is not None
    assert found.ours.value == pytest.approx(np.minimum(some, 140).mean(), rel=1e-5)
    assert found.verdict == "better"
    below = judge(figure(cap=2000), some)
    assert (below.verdict, below.ours) == ("not comparable", None)
    assert "end at 1000 queries, those of the figure at 2000" in below.words


@pytest.mark.parametrize(
    ("changes", "rules", "said"),
    [
        ({"benchmark": "nasbench999/x"}, {}, "nasbench999/x is not shipped here"),
        ({"ours": None}, {}, "Random search has no counterpart here"),
        ({"incomparable": "it counts otherwise"}, {}, "it counts otherwise"),
        ({"ours": "weaknas"}, {}, "weaknas was not run on listed/one"),
        ({"benchmark": "nasbench201/cifar10"}, {}, "was not run on nasbench201/cifar10"),
        ({}, {"reasons": ["failed"] * 30}, "failed"),
        ({}, {"duplicates": "by_isomorphism"}, "twins are free here"),
        ({}, {"labels": "one_run"}, "ours for labels of one training run"),
        ({"labels": "one_run"}, {}, "ours for seed-averaged labels"),
    ],
)
def test_what_cannot_be_compared_says_why(
    judge: Any, changes: dict[str, Any], rules: dict[str, Any], said: str
) -> None:
    found = judge(figure(**changes), SPREAD, **rules)
    assert (found.verdict, found.ours, found.runs) == ("not comparable", None, 0)
    assert said in found.words


def test_a_single_run_is_not_compared(judge: Any) -> None:
    found = judge(figure(), [120.0])
    assert found.verdict == "not comparable"
    assert "of a single run; an interval needs 6" in found.words
    few = judge(figure(), [120.0, 130.0, 140.0])
    assert few.verdict == "not comparable"
    assert "of 3 runs; an interval needs 6" in few.words


def test_where_all_runs_agree_their_value_is_compared(judge: Any) -> None:
    found = judge(figure(), [20.0] * 8)
    assert found.verdict == "better"
    assert "ours, 20 queries in all 8 runs, lies below" in found.words


def test_recalled_figures_are_context_only(judge: Any) -> None:
    found = judge(figure(kind="recalled", checked=False), SPREAD)
    assert found.context_only
    assert "Context only" in found.words
    assert judge(figure(kind="recalled", checked=False), None).context_only


def accuracy_figure(**changes: Any) -> Figure:
    return figure(**{"quantity": "test_accuracy", "queries": 2, "policy": "oracle_test"} | changes)


def test_test_accuracies_are_of_the_figures_policy_and_queries(judge: Any) -> None:
    # Tests 11, 13, 12 of validations 1, 2, 3.
    runs = {"traces": [[1, 2, 0], [0, 2, 1], [2, 1, 0], [0, 1, 2]] * 3, "budget": 3}
    best = [13, 12, 13, 13]
    found = judge(accuracy_figure(value=12.9), [math.inf] * 12, **runs)
    assert found.ours is not None
    assert found.ours.value == pytest.approx(np.mean(best))
    assert found.verdict == "reproduced"
    assert judge(accuracy_figure(value=13.5), [math.inf] * 12, **runs).verdict == "worse"
    assert judge(accuracy_figure(value=11.0), [math.inf] * 12, **runs).verdict == "better"
    validated = judge(
        accuracy_figure(value=12.5, policy="best_validation"), [math.inf] * 12, **runs
    )
    assert validated.ours is not None
    assert validated.ours.value == pytest.approx(np.mean([12, 12, 12, 13]))


@pytest.mark.parametrize(
    ("changes", "rules", "said"),
    [
        ({"queries": 4}, {}, "end at 3 queries, below its 4"),
        ({}, {"stop": "optimum"}, "stop at the optimum"),
        ({"policy": "recommended"}, {}, "has no such answer after 2 queries"),
    ],
)
def test_test_accuracies_that_are_not_known_say_why(
    judge: Any, changes: dict[str, Any], rules: dict[str, Any], said: str
) -> None:
    found = judge(
        accuracy_figure(**changes), [math.inf] * 2, traces=[[1, 2, 0]] * 2, budget=3, **rules
    )
    assert found.verdict == "not comparable"
    assert said in found.words


# The data file


def test_every_figure_has_values_that_the_fields_allow() -> None:
    hints = get_type_hints(Figure)
    for one in published():
        for name in ("quantity", "kind", "labels", "duplicates"):
            assert getattr(one, name) in get_args(hints[name]), one
        assert one.value > 0
        assert one.checked == (one.kind != "recalled")
        assert (one.queries is not None) == (one.quantity == "test_accuracy")
        # A test accuracy is compared under a policy, or there is a reason that it is not.
        if one.quantity == "test_accuracy":
            assert (one.policy is None) == (one.incomparable is not None), one
        assert one.ours is None or [x.name for x in choose_methods([one.ours])] == [one.ours]
    keys = [(f.method, f.benchmark, f.quantity, f.queries, f.metric) for f in published()]
    assert len(set(keys)) == len(keys)


def test_the_figures_of_the_weaknas_paper_fit_together() -> None:
    queries = {
        (one.method, one.benchmark): one.value
        for one in published()
        if one.quantity == "samples_to_optimum" and one.cap is None
    }
    nb101, nb201 = "nasbench101/cifar10", "nasbench201/cifar10"
    # The abstract says at least 7.5 times fewer than the best other one.
    assert queries["BONAS", nb101] / queries["WeakNAS", nb101] == pytest.approx(7.51, abs=0.01)
    # Random search needs (N + 1) / 2, within what 100 runs vary.
    for name, size in ((nb101, 423_624), (nb201, 15_625)):
        error = size / math.sqrt(12 * 100)
        assert abs(queries["Random search", name] - (size + 1) / 2) < 3 * error
    assert {key[1] for key in queries if key[0] == "WeakNAS"} == {
        nb101,
        nb201,
        "nasbench201/cifar100",
        "nasbench201/imagenet16-120",
    }


def test_the_released_notebooks_figures_are_there() -> None:
    read = {
        (one.queries, one.value)
        for one in published()
        if one.kind == "code" and one.policy == "oracle_test_paper"
    }
    assert read == {(100, 93.66), (150, 94.10), (200, 94.17)}
