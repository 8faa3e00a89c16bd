"""Runs and traces as data frames."""

from pathlib import Path

import numpy as np
import pytest

from nasarena.suite import (
    Experiment,
    UserError,
    load_benchmark,
    load_runs,
    load_trace,
    run,
    summarize,
)

SMALL = "nasbenchgraph/proteins"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "mine"
    for protocol in ("weaknas-paper", "one-run"):
        run(
            Experiment(
                methods="random-search,local-search",
                benchmarks=SMALL,
                protocol=protocol,
                seeds=4,
                budget=300,
                results=folder,
                workers=1,
            ),
            strict=True,
        )
    return folder


def test_a_row_for_each_run(results: Path) -> None:
    runs = load_runs(str(results))
    assert len(runs) == 2 * 2 * 4
    found = runs["samples_to_optimum"].notna()
    assert 0 < found.sum() < len(runs)
    assert (runs.loc[found, "regret"] == 0).all()
    assert (runs.loc[~found, "regret"] > 0).all()
    stopped = runs["stop_reason"] == "optimum"
    assert (runs.loc[stopped, "samples_to_optimum"] == runs.loc[stopped, "charged"]).all()
    table = load_benchmark(SMALL).table
    assert table.test is not None
    assert runs["test"].tolist() == table.test[runs["answer"]].tolist()


def test_the_rows_agree_with_the_summary(results: Path) -> None:
    runs = load_runs([results])
    key = ["protocol", "method"]
    shares = runs.groupby(key)["samples_to_optimum"].agg(lambda samples: samples.notna().mean())
    expected = summarize(results).set_index(key)["found_share"]
    assert shares.to_dict() == pytest.approx(expected.to_dict())


def test_a_trace_has_keys_labels_and_regret(results: Path) -> None:
    runs = load_runs(results).set_index(["protocol", "method", "seed"])
    trace = load_trace(results, "random-search", SMALL, 2, protocol="one-run")
    row = runs.loc[("one-run", "random-search", 2)]
    assert trace["query"].tolist() == list(range(1, row["charged"] + 1))
    assert trace["regret"].iloc[-1] == row["regret"]
    assert (np.diff(trace["regret"]) <= 1e-9).all(), "this table has one label an architecture"
    benchmark = load_benchmark(SMALL)
    assert benchmark.space.ids(trace["key"]).tolist() == trace["id"].tolist()
    first = benchmark.look_up(trace["key"][0])
    assert (first["id"], first["validation"]) == (trace["id"][0], trace["validation"][0])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("random", SMALL, 0), "the results hold no method 'random'; did you mean 'random-search'"),
        (("random-search", "nasbench201/cifar10", 0), "hold no benchmark"),
        (("random-search", SMALL, 0), "under several protocols; name one: one-run"),
        (("random-search", SMALL, 9, "one-run"), "there are seeds 0 to 3"),
        (("random-search", SMALL, 0, "one-rum"), "did you mean 'one-run'"),
    ],
)
def test_a_run_that_is_not_there_is_one_sentence(
    results: Path, given: tuple[str, ...], said: str
) -> None:
    with pytest.raises(UserError) as refused:
        load_trace(results, *given)  # type: ignore[arg-type]
    assert said in str(refused.value)
