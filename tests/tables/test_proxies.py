"""Zero-cost scores: what methods are given, what is noted of it, and what is said without."""

import re
from pathlib import Path

import numpy as np
import pytest

from nasarena.suite import Experiment, UserError, load_benchmark
from nasarena.suite.problem import Problem
from nasarena.suite.runs import confined
from nasarena.suite.runs.execute import execute
from nasarena.suite.runs.isolation import CannotIsolate
from nasarena.suite.spaces.nasbench201 import NASBench201
from nasarena.suite.tables.proxies import Proxies, highest_first

CIFAR10, CIFAR100 = "nasbench201/cifar10", "nasbench201/cifar100"
SPACE = NASBench201()
SCORES = Proxies(
    {"a": np.arange(SPACE.size, dtype=float), "b": np.full(SPACE.size, np.nan)},
    {"a": np.full(SPACE.size, 2.0)},
)


def problem() -> Problem:
    return Problem(SPACE, np.zeros(SPACE.size), 10, 200, proxies=SCORES.select)


def test_a_problem_shows_scores_and_notes_which() -> None:
    one = problem()
    assert one.proxies("a").names == ("a",)
    assert one.proxies().names == ("a", "b")
    one.proxies("a")
    digests = {name: SCORES.sha256(name)[:16] for name in SCORES.names}
    assert one.diagnostics == {
        f"proxy.a sha256 {digests['a']}": [2.0 * SPACE.size],
        f"proxy.b sha256 {digests['b']}": [0.0],
    }
    assert one.remaining == 10, "they are free of charge"


def test_a_search_that_asks_for_none_notes_none() -> None:
    one = problem()
    one.query(3)
    assert one.diagnostics == {}


def test_scores_cannot_be_changed() -> None:
    one = problem()
    with pytest.raises(ValueError, match="read-only"):
        one.proxies("a").scores["a"][0] = 1
    one.proxies().scores["a"] = np.zeros(1)  # type: ignore[index]  # what a method may try
    assert one.proxies("a").scores["a"].size == SPACE.size


@pytest.mark.parametrize(
    ("scores", "names", "said"),
    [
        (SCORES, ["c"], "no zero-cost score 'c'; known: a, b"),
        (Proxies(), ["c"], "no zero-cost score 'c'"),
        (Proxies(), [], "no zero-cost scores"),
    ],
)
def test_scores_that_are_not_there(scores: Proxies, names: list[str], said: str) -> None:
    with pytest.raises(UserError, match=f"^{re.escape(said)}$"):
        scores.select(names)


def test_missing_scores_come_last_and_equal_ones_in_random_order() -> None:
    score = np.array([np.nan, 1.0, 2.0, np.nan, 1.0, -np.inf])
    orders = {
        tuple(highest_first(score, np.random.default_rng(seed)).tolist()) for seed in range(40)
    }
    assert orders == {
        (2, *equal, 5, *missing) for equal in ((1, 4), (4, 1)) for missing in ((0, 3), (3, 0))
    }


def test_the_mean_rank_is_over_the_scores_that_an_architecture_has() -> None:
    nan = np.nan
    scores = Proxies(
        {"x": np.array([1.0, 2.0, 3.0, nan, nan]), "y": np.array([5.0, 5.0, nan, 9.0, nan])}
    )
    expected = [(0 + 0.25) / 2, (0.5 + 0.25) / 2, 1.0, 1.0, nan]
    np.testing.assert_allclose(scores.mean_rank(), expected)


def test_parameters_of_the_table_itself_are_a_score_of_all() -> None:
    benchmark = load_benchmark(CIFAR100)
    assert benchmark.proxies().names == ("params",)
    np.testing.assert_array_equal(
        benchmark.proxies(["params"]).scores["params"], benchmark.table.parameters
    )


def test_fetched_scores(everything_fetched: Path) -> None:
    scores = load_benchmark(CIFAR10).proxies()
    assert set(scores.names) == {
        *("epe_nas", "fisher", "flops", "grad_norm", "grasp", "jacov", "l2_norm", "nwot"),
        *("params", "plain", "snip", "synflow", "zen"),
    }
    assert scores.seconds == {}
    assert np.isnan(scores.scores["synflow"]).sum() == 15_625 - 9_445
    assert not np.isnan(scores.scores["params"]).any()
    scene = load_benchmark("transnasbench101-micro/class_scene").proxies()
    assert "synflow" not in scene.names
    assert scene.seconds["nwot"].min() > 0
    assert "params" not in scene.seconds, "they are the table's own"
    macro = load_benchmark("nasbench-macro/cifar10").proxies()
    assert macro.names == ("flops", "params")


@pytest.mark.parametrize(
    ("method", "searched", "said"),
    [
        (
            "proxy-synflow",
            CIFAR10,
            "zero-cost scores of nasbench201/cifar10 have to be fetched first; give: "
            "nasarena fetch nasbench201-proxies",
        ),
        (
            "proxy-synflow",
            CIFAR100,
            "nasbench201/cifar100 has no zero-cost score 'synflow'; known: params",
        ),
        (
            "proxy-ensemble",
            "live/nasbench101-rotated-mnist",
            "live/nasbench101-rotated-mnist has no zero-cost scores",
        ),
        (
            "proxy-ensemble",
            CIFAR10,  # what it would search by must not depend on what is here
            "zero-cost scores of nasbench201/cifar10 have to be fetched first; give: "
            "nasarena fetch nasbench201-proxies",
        ),
    ],
)
def test_a_method_without_its_scores_is_one_sentence_before_anything_runs(
    method: str, searched: str, said: str
) -> None:
    name = method.partition("[")[0]
    with pytest.raises(UserError) as raised:
        Experiment(methods=method, benchmarks=searched)
    assert str(raised.value) == f"method {name} cannot be run: {said}"


def test_a_score_that_only_some_architectures_have(everything_fetched: Path) -> None:
    Experiment(methods="proxy-synflow,proxy-ensemble,proxy[score=plain]", benchmarks=CIFAR10)
    with pytest.raises(UserError, match="has no zero-cost score 'sinflow'; did you mean 'synflow'"):
        Experiment(methods="proxy[score=sinflow]", benchmarks=CIFAR10)


def check_notes(wanted: tuple[str, ...], ids: list[int], noted: dict[str, list[float]]) -> None:
    """That the run went in the order of the scores, and notes these and no others."""
    scores = load_benchmark(CIFAR10).proxies(wanted)
    assert noted == {f"proxy.{name} sha256 {scores.sha256(name)[:16]}": [0.0] for name in wanted}
    ranks = scores.mean_rank()
    np.testing.assert_array_equal(ranks[ids], np.sort(ranks[~np.isnan(ranks)])[::-1][: len(ids)])


SOME = "proxy-ensemble[scores=nwot+params]"


@pytest.mark.parametrize(
    ("method", "wanted"), [("proxy-synflow", ("synflow",)), (SOME, ("nwot", "params"))]
)
def test_runs_note_the_scores_that_they_used(
    everything_fetched: Path, method: str, wanted: tuple[str, ...]
) -> None:
    (cell,) = Experiment(methods=method, benchmarks=CIFAR10, budget=20).cells()
    record = execute(cell, 0).record
    check_notes(wanted, record.ids, record.diagnostics)


def test_a_strict_search_is_given_scores_without_files(
    everything_fetched: Path, tmp_path: Path
) -> None:
    (cell,) = Experiment(methods=SOME, benchmarks=CIFAR10, budget=20, strict=True).cells()
    with confined.hidden_from_methods(tmp_path):
        try:
            record = execute(cell, 0).record
        except CannotIsolate as error:
            pytest.skip(f"needs user namespaces: {error}")
        confined._confined().end()
    confined._confined.cache_clear()
    check_notes(("nwot", "params"), record.ids, record.diagnostics)


class AsksForMore:
    """Asks while it searches for a score that there is none of."""

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        problem.proxies("zico")


def test_asking_for_a_score_that_is_not_there_fails_the_run() -> None:
    (cell,) = Experiment(methods=AsksForMore, benchmarks=CIFAR100).cells()
    record = execute(cell, 0).record
    assert record.stop_reason == "failed"
    assert "has no zero-cost score 'zico'; known: params" in (record.error or "")
