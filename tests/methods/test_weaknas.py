"""WeakNAS's loop, with predictors of which it is known what they predict."""

from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import chisquare, norm

import nasarena.methods.weaknas_ei
from nasarena.methods.weaknas import WeakNAS, WeakNASForest, WeakNASGBRT
from nasarena.methods.weaknas_ei import WeakNASEI
from nasarena.methods.weaknas_lite import WeakNASLite
from nasarena.suite.acquisition import expected_improvement, log_expected_improvement
from nasarena.suite.arrays import Accuracies, Ids
from nasarena.suite.methods import choose_methods, method_card, method_names
from nasarena.suite.predictors import Predictor
from nasarena.suite.problem import BudgetExhausted, Problem
from nasarena.suite.spaces import CategoricalSpace
from nasarena.suite.spaces.measured_part import MeasuredCells
from nasarena.suite.spaces.nasbench101 import NASBench101
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.spaces.nasbenchgraph import PROTEINS_OPERATIONS, NASBenchGraph
from nasarena.suite.targets import rank_gaussian, z_scores

SPACE = NASBench201()
SMALL = NASBenchGraph(PROTEINS_OPERATIONS)
LABELS = np.random.default_rng(8).normal(80, 5, size=SPACE.size)


class Fake:
    """Predicts random numbers, others after every fit, and keeps what it was given."""

    def __init__(self, size: int, seed: int = 0) -> None:
        self.size = size
        self.rng = np.random.default_rng(seed)
        self.fitted: list[tuple[Ids, Accuracies]] = []
        self.predicted: list[NDArray[np.float64]] = []

    def fit(self, ids: Ids, targets: Accuracies) -> None:
        self.fitted.append((ids.copy(), targets.copy()))
        self.predicted.append(self.rng.random(self.size))

    def predict(self, ids: Ids) -> NDArray[np.float64]:
        return self.predicted[-1][ids]


class Watched(WeakNAS):
    """WeakNAS with a fake predictor."""

    fake: ClassVar[Fake]

    def make_predictor(self, problem: Problem, rng: np.random.Generator) -> Predictor:
        Watched.fake = Fake(problem.space.size)
        return Watched.fake


def watched(budget: int, space: Any = SPACE, **parameters: Any) -> tuple[Problem, Fake, list[Ids]]:
    """The problem, the predictor, and the ids charged in each round."""
    problem = Problem(space, LABELS[: space.size], budget, 10**6)
    with pytest.raises(BudgetExhausted):
        Watched(**parameters).search(problem, np.random.default_rng(1))
    rounds = np.split(problem.trace, np.flatnonzero(np.diff(problem.rounds)) + 1)
    return problem, Watched.fake, rounds


def test_the_published_settings_are_the_defaults() -> None:
    parameters = method_card("weaknas").parameters
    assert parameters == {
        "initial": None,
        "batch": 10,
        "top_n": 100,
        "predictor": "mlp",
        "label_mean": None,
        "label_deviation": None,
    }


@pytest.mark.parametrize(
    ("space", "first"),
    [
        (SPACE, 10),
        (SMALL, 10),
        (NASBench101(5), 100),
        (MeasuredCells(NASBench101(5), np.arange(0, 2500, 5)), 100),
    ],
    ids=["nasbench201", "nasbenchgraph", "nasbench101", "part of nasbench101"],
)
def test_the_release_starts_with_more_on_nasbench101(space: CategoricalSpace, first: int) -> None:
    _, _, rounds = watched(budget=130, space=space)
    assert [ids.size for ids in rounds[:2]] == [first, 10]
    _, _, rounds = watched(budget=130, space=space, initial=20)
    assert [ids.size for ids in rounds[:2]] == [20, 10]


def test_only_the_released_methods_start_with_more_on_nasbench101() -> None:
    initial = {
        name: card.parameters["initial"]
        for name, card in ((name, method_card(name)) for name in method_names())
        if name.startswith("weaknas") and "initial" in card.parameters
    }
    assert {name for name, value in initial.items() if value is None} == {
        "weaknas",
        "weaknas-ei",
        "weaknas-forest",
        "weaknas-gbrt",
    }


def test_labels_can_be_scaled_by_constants_that_stand_in_the_name() -> None:
    mean, deviation = float(LABELS.mean()), float(LABELS.std())
    _, fake, _ = watched(budget=50, label_mean=mean, label_deviation=deviation)
    released = (LABELS - mean) / deviation
    assert len(fake.fitted) == 5
    for ids, targets in fake.fitted:
        assert targets == pytest.approx(released[ids])
        assert targets != pytest.approx(z_scores(LABELS[ids]))
    (choice,) = choose_methods(["weaknas[label_mean=61.5,label_deviation=12.25]"])
    assert choice.name == "weaknas[label_deviation=12.25,label_mean=61.5]"


@pytest.mark.parametrize(
    "settings",
    [
        {"label_mean": 60.0},
        {"label_deviation": 12.0},
        {"label_mean": 60.0, "label_deviation": 0.0},
        {"label_mean": 60.0, "label_deviation": np.inf},
        {"label_mean": np.nan, "label_deviation": 12.0},
    ],
)
def test_half_a_scale_and_no_scale_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="label_"):
        WeakNAS(**settings)  # type: ignore[arg-type]


def test_batches_are_of_ten_after_ten_at_random() -> None:
    _, _, rounds = watched(budget=75)
    assert [ids.size for ids in rounds] == [10] * 7 + [5]


def test_initial_and_batch_sizes_are_those_asked_for() -> None:
    _, _, rounds = watched(budget=60, initial=25, batch=7)
    assert [ids.size for ids in rounds] == [25, 7, 7, 7, 7, 7]


def test_every_round_fits_afresh_on_everything_queried_so_far() -> None:
    problem, fake, rounds = watched(budget=50)
    assert len(fake.fitted) == 5  # the last batch is beyond the budget
    for index, (ids, targets) in enumerate(fake.fitted):
        assert ids.tolist() == np.concatenate(rounds[: index + 1]).tolist()
        assert targets == pytest.approx(z_scores(LABELS[ids]))
    assert np.unique(problem.trace).size == 50


def test_draws_are_from_the_top_of_the_full_ranking_and_not_queried_before() -> None:
    _, fake, rounds = watched(budget=300, top_n=60)
    for index, chosen in enumerate(rounds[1:]):
        predicted = fake.predicted[index]
        top = set(np.argsort(-predicted)[:60].tolist())
        before = set(np.concatenate(rounds[: index + 1]).tolist())
        assert set(chosen.tolist()) <= top - before


def test_draws_from_the_top_are_uniform_and_without_replacement() -> None:
    pool, predicted = np.arange(50), np.arange(50.0)
    queried = np.array([49, 45, 41])  # three of the top twelve
    rng = np.random.default_rng(0)
    method = WeakNAS(batch=3, top_n=12)
    counts = np.zeros(50)
    for _ in range(4000):
        chosen = method.choose(pool, predicted, queried, rng)
        assert np.unique(chosen).size == 3
        counts[chosen] += 1
    drawn = [38, 39, 40, 42, 43, 44, 46, 47, 48]
    assert counts.sum() == counts[drawn].sum()
    assert chisquare(counts[drawn]).pvalue > 1e-3


@pytest.mark.parametrize("left_in_top", [0, 1, 9])
def test_with_too_few_left_in_the_top_the_best_predicted_unqueried_are_taken(
    left_in_top: int,
) -> None:
    predicted = np.random.default_rng(3).permutation(1000).astype(float)
    order = np.argsort(-predicted)
    queried = order[left_in_top:100]  # those left are the best of all
    chosen = WeakNAS().choose(np.arange(1000), predicted, queried, np.random.default_rng(0))
    expected = [*order[:left_in_top], *order[100:][: 10 - left_in_top]]
    assert chosen.tolist() == expected


def test_exactly_enough_left_in_the_top_are_all_taken() -> None:
    predicted = np.arange(1000.0)
    queried = np.arange(910, 1000)
    chosen = WeakNAS().choose(np.arange(1000), predicted, queried, np.random.default_rng(0))
    assert sorted(chosen.tolist()) == list(range(900, 910))


def test_what_is_ranked_need_not_be_the_whole_space() -> None:
    pool = np.array([7, 500, 3, 90, 12])
    predicted = np.array([1.0, 5.0, 4.0, 3.0, 2.0])
    queried = np.array([500, 8, 12])
    method = WeakNAS(batch=2, top_n=3)
    chosen = method.choose(pool, predicted, queried, np.random.default_rng(0))
    assert sorted(chosen.tolist()) == [3, 90]
    rest = WeakNAS(batch=3, top_n=3).choose(pool, predicted, queried, np.random.default_rng(0))
    assert rest.tolist() == [3, 90, 7]


def test_the_best_predicted_of_all_is_recommended_each_round() -> None:
    problem, fake, _ = watched(budget=60)
    tops = [int(predicted.argmax()) for predicted in fake.predicted]
    assert problem.recommendations == [(10 * (1 + i), top) for i, top in enumerate(tops)]


@pytest.mark.parametrize("method", [Watched(), Watched(batch=13), Watched(initial=5000)])
def test_a_whole_space_is_searched_to_its_end_without_an_error(method: WeakNAS) -> None:
    problem = Problem(SMALL, LABELS[: SMALL.size], SMALL.size, 10**6)
    method.search(problem, np.random.default_rng(0))
    assert sorted(problem.trace.tolist()) == list(range(SMALL.size))


def test_free_twins_are_learned_from_and_not_asked_again() -> None:
    classes = SPACE.classes(np.arange(SPACE.size))
    problem = Problem(SPACE, LABELS, 200, 10**6, classes=classes)
    with pytest.raises(BudgetExhausted):
        Watched(initial=50, batch=30).search(problem, np.random.default_rng(2))
    for ids, _ in Watched.fake.fitted:
        assert np.unique(ids).size == ids.size
    assert np.unique(classes[problem.trace]).size == 200


@pytest.mark.parametrize("name", ["initial", "batch", "top_n"])
@pytest.mark.parametrize("make", [WeakNAS, WeakNASLite, WeakNASForest, WeakNASGBRT])
def test_settings_below_one_are_refused(make: type[WeakNAS], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        make(**{name: 0})  # type: ignore[arg-type]


def test_the_lite_method_ranks_its_labels_and_can_z_score_them() -> None:
    for targets, expected in (("rank-gaussian", rank_gaussian), ("z-score", z_scores)):

        class Lite(WeakNASLite):
            def make_predictor(self, problem: Problem, rng: np.random.Generator) -> Predictor:
                Watched.fake = Fake(problem.space.size)
                return Watched.fake

        problem = Problem(SPACE, LABELS, 40, 10**6)
        with pytest.raises(BudgetExhausted):
            Lite(targets=targets).search(problem, np.random.default_rng(0))
        for ids, fitted in Watched.fake.fitted:
            assert fitted == pytest.approx(expected(LABELS[ids]))
    with pytest.raises(ValueError, match="targets"):
        WeakNASLite(targets="raw")


def test_the_lite_method_finds_good_cells_sooner_than_chance() -> None:
    # A smooth landscape: every edge adds its operation's worth.
    worth = np.random.default_rng(3).normal(size=(6, 5))
    labels = worth[np.arange(6), SPACE.decisions(np.arange(SPACE.size))].sum(axis=1)
    problem = Problem(SPACE, labels, 100, 10**6)
    with pytest.raises(BudgetExhausted):
        WeakNASLite().search(problem, np.random.default_rng(0))
    assert labels[problem.trace].max() >= np.sort(labels)[-5]


# Expected improvement


@given(st.floats(-3, 3), st.floats(0.05, 3), st.floats(-3, 3))
def test_expected_improvement_is_the_integral(mean: float, deviation: float, best: float) -> None:
    low, high = max(best, mean - 12 * deviation), max(best, mean + 12 * deviation)
    integral, _ = quad(
        lambda x: (x - best) * norm.pdf(x, mean, deviation), low, high, points=[mean, best]
    )
    (improvement,) = expected_improvement(np.array([mean]), np.array([deviation]), best)
    assert improvement == pytest.approx(integral, abs=1e-6)


def test_without_deviation_the_improvement_is_the_plain_difference() -> None:
    improvement = expected_improvement(np.array([1.0, 2.0, 3.5]), np.zeros(3), 2.0)
    assert improvement.tolist() == [0, 0, 1.5]


@settings(deadline=None)
@given(st.floats(-5, 5), st.floats(0, 3), st.floats(-5, 5))
def test_improvement_is_never_negative_and_grows_with_the_deviation(
    mean: float, deviation: float, best: float
) -> None:
    smaller, larger = expected_improvement(
        np.array([mean, mean]), np.array([deviation, deviation + 1]), best
    )
    assert smaller >= -1e-12
    assert smaller <= larger + 1e-12


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_the_logarithm_is_exact_where_the_improvement_is_no_number(
    gain: float, deviation: float
) -> None:
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(60):
        z = mpmath.mpf(gain) / deviation
        density = mpmath.exp(-(z**2) / 2) / mpmath.sqrt(2 * mpmath.pi)
        # Phi by its tail: subtracting it from one would cost all digits.
        share = mpmath.erfc(-z / mpmath.sqrt(2)) / 2
        improvement = gain * share + deviation * density
        expected = float(mpmath.log(improvement))
    (found,) = log_expected_improvement(np.array([gain]), np.array([deviation]), 0.0)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_logarithm_without_deviation_is_that_of_the_difference() -> None:
    found = log_expected_improvement(np.array([1.0, 2.0, 3.5]), np.zeros(3), 2.0)
    assert found.tolist() == [-np.inf, -np.inf, np.log(1.5)]


def searched_by_ei(
    monkeypatch: pytest.MonkeyPatch, budget: int, **parameters: Any
) -> tuple[Problem, Fake]:
    fake = Fake(SPACE.size)
    monkeypatch.setattr(
        nasarena.methods.weaknas_ei, "load_predictor", lambda name: lambda space, rng: fake
    )
    problem = Problem(SPACE, LABELS, budget, 10**6)
    with pytest.raises(BudgetExhausted):
        WeakNASEI(**parameters).search(problem, np.random.default_rng(1))
    return problem, fake


def test_ei_queries_the_unqueried_of_highest_improvement(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, fake = searched_by_ei(monkeypatch, budget=50, ensemble=3, shrink=2.0)
    assert len(fake.fitted) == 3 * 5
    for index in range(4):
        charged = 10 * (index + 1)
        ensemble = np.array(fake.predicted[3 * index : 3 * index + 3])
        best = z_scores(LABELS[problem.trace[:charged]]).max()
        improvement = expected_improvement(ensemble.mean(axis=0), ensemble.std(axis=0) / 2, best)
        improvement[problem.trace[:charged]] = -np.inf
        expected = np.argsort(-improvement, kind="stable")[:10]
        assert problem.trace[charged : charged + 10].tolist() == expected.tolist()
        assert problem.recommendations[index] == (charged, int(ensemble.mean(axis=0).argmax()))


def test_ei_queries_the_best_also_where_all_improvements_are_0(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem, fake = searched_by_ei(monkeypatch, budget=20, ensemble=3, shrink=1e9)
    ensemble = np.array(fake.predicted[:3])
    mean, deviation = ensemble.mean(axis=0), ensemble.std(axis=0) / 1e9
    best = z_scores(LABELS[problem.trace[:10]]).max()
    below = np.setdiff1d(np.flatnonzero(mean < best), problem.trace[:10])
    assert not expected_improvement(mean, deviation, best)[below].any()
    away = (best - mean) / deviation
    away[problem.trace[:10]] = np.inf
    assert problem.trace[10:].tolist() == np.argsort(away)[:10].tolist()


def test_ei_starts_with_more_on_nasbench101(monkeypatch: pytest.MonkeyPatch) -> None:
    space = NASBench101(5)
    fake = Fake(space.size)
    monkeypatch.setattr(
        nasarena.methods.weaknas_ei, "load_predictor", lambda name: lambda space, rng: fake
    )
    problem = Problem(space, LABELS[: space.size], 120, 10**6)
    with pytest.raises(BudgetExhausted):
        WeakNASEI(ensemble=1).search(problem, np.random.default_rng(1))
    assert np.bincount(problem.rounds).max() == 100


def test_eis_settings_are_the_releases() -> None:
    parameters = method_card("weaknas-ei").parameters
    assert parameters["ensemble"] == 5
    assert parameters["shrink"] == 5.0


@pytest.mark.parametrize("changes", [{"shrink": 0.0}, {"ensemble": 0}, {"batch": 0}])
def test_ei_refuses_settings_that_cannot_be(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        WeakNASEI(**changes)
