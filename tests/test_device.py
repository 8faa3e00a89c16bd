"""Where torch computes: asked for, seen or not, and recorded."""

import json
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.device import VARIABLE, computing_on, device, device_name, is_available
from nasarena.suite.errors import UserError
from nasarena.suite.predictors import load_predictor
from nasarena.suite.runs.experiment import Experiment, make_experiment, run


def test_a_device_is_chosen_for_a_block_only() -> None:
    assert device() == "cpu"
    with computing_on("cuda"):
        assert device() == "cuda"
        assert os.environ[VARIABLE] == "cuda"
    assert VARIABLE not in os.environ
    assert device_name() == "cpu"


def test_without_a_cuda_device_runs_are_computed_on_the_cpu_and_recorded_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasarena.suite.runs.runner.is_available", lambda wanted: wanted == "cpu")
    experiment = Experiment(
        methods="random-search",
        benchmarks="nasbenchgraph/proteins",
        seeds=1,
        budget=5,
        results=tmp_path,
        device="cuda",
    )
    report = run(experiment)
    assert report.warnings == ["torch sees no cuda device here: runs were computed on the CPU"]
    (file,) = tmp_path.glob("**/executions.parquet")
    (environment,) = pq.read_table(file)["environment"].to_pylist()
    assert json.loads(environment)["device"] == "cpu"
    assert json.loads(environment)["cpu"]


def test_an_unknown_device_is_refused() -> None:
    values = {"methods": "random-search", "benchmarks": "nasbenchgraph/proteins", "device": "tpu"}
    with pytest.raises(UserError, match=r"device.*'cpu' or 'cuda'"):
        make_experiment(values)


def test_what_torch_sees_is_what_it_says() -> None:
    torch = pytest.importorskip("torch")
    assert is_available("cpu")
    assert is_available("cuda") == torch.cuda.is_available()


@pytest.mark.no_cover  # measured in the tests of each predictor
@pytest.mark.parametrize("name", ["gcn", "relation-gcn", "lstm", "flan", "gates"])
def test_predictors_put_all_their_tensors_on_the_device(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The other device that torch always has keeps no values: all goes well until one is read
    # back, unless a tensor was left on the CPU.
    torch = pytest.importorskip("torch")
    space = load_benchmark("nasbenchgraph/proteins").space
    predictor = load_predictor(name)(space, np.random.default_rng(0))
    if name == "lstm":  # what that device does not have: generators, and a fused optimiser
        generator, adam = torch.Generator(), torch.optim.Adam
        dropped = "nasarena.baselines.seminas.controller.Controller._dropped"
        monkeypatch.setattr(torch, "Generator", lambda device: generator)
        monkeypatch.setattr(dropped, lambda controller, values: values)
        monkeypatch.setattr(torch.optim, "Adam", lambda parameters, **_: adam(parameters))
    if name in {"flan", "gates"}:  # a fused optimiser
        plain = torch.optim.SGD
        for optimiser in ("Adam", "AdamW"):
            monkeypatch.setattr(torch.optim, optimiser, lambda parameters, **_: plain(parameters))

    def fit_and_predict() -> None:
        predictor.fit(np.arange(12), np.linspace(0, 1, 12))
        predictor.predict(np.arange(12))

    monkeypatch.setenv(VARIABLE, "meta")
    with pytest.raises((NotImplementedError, RuntimeError)) as raised:
        fit_and_predict()
    reading_back = ("Cannot copy out of meta tensor", "item() cannot be called on meta tensors")
    assert any(said in str(raised.value) for said in reading_back), raised.value
