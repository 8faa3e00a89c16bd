"""Accel-NASBench: the measured networks of an open space, and the surrogate of all of it."""

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from nasarena.leaderboard.pages.live_tables import live_tables
from nasarena.suite import Experiment, UserError, load_benchmark, load_trace
from nasarena.suite.benchmarks.registry import choose_benchmarks
from nasarena.suite.cli import run_command
from nasarena.suite.live import surrogate_model
from nasarena.suite.live.surrogate import Noise, SurrogateBenchmark
from nasarena.suite.live.surrogate_model import Blocks, Surrogate, boosted, train
from nasarena.suite.observed_labels import observed_labels, random_stream
from nasarena.suite.spaces import OpenSpace
from nasarena.suite.spaces.accel_nasbench import AccelNASBench
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.run_set import without_live
from nasarena.suite.statistics.summary import summary_rows
from nasarena.suite.tables.cache import cache_folder
from nasarena.suite.tables.fetched import accel_nasbench

NAME = "accel-nasbench/imagenet"
SURROGATE = "accel-nasbench/imagenet-surrogate"
SPACE = AccelNASBench()


@pytest.fixture(scope="module")
def published_networks(published: Path) -> list[dict[str, Any]]:
    with tarfile.open(published / accel_nasbench.NAME) as archive:
        files = (archive.extractfile(member) for member in archive if member.isreg())
        return [json.load(file) for file in files if file]


@pytest.fixture(scope="module")
def cache_with_brief_model(
    data_with_everything: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A cache in which the surrogate was trained, for moments."""
    pytest.importorskip("lightgbm")
    folder = tmp_path_factory.mktemp("surrogate")
    with pytest.MonkeyPatch.context() as patch:
        for copied in ("accel-nasbench-imagenet-1*", "fetched/accel-nasbench-*"):
            for file in cache_folder().glob(copied):
                (folder / "fetched").mkdir(exist_ok=True)
                shutil.copy(file, folder / file.relative_to(cache_folder()))
        patch.setenv("NASARENA_DATA", str(data_with_everything))
        patch.setenv("NASARENA_CACHE", str(folder))
        patch.setattr(surrogate_model, "ROUNDS", 12)
        _opened_anew().model()
    return folder


def _opened_anew() -> SurrogateBenchmark:
    benchmark = load_benchmark(SURROGATE)
    assert isinstance(benchmark, SurrogateBenchmark)
    benchmark.forget_table()
    benchmark.model.cache_clear()  # type: ignore[attr-defined]
    return benchmark


@pytest.fixture
def benchmark_here(
    everything_fetched: Path, cache_with_brief_model: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SurrogateBenchmark]:
    monkeypatch.setenv("NASARENA_CACHE", str(cache_with_brief_model))
    yield _opened_anew()
    monkeypatch.undo()


def test_the_table_is_that_of_the_published_files(
    published_networks: list[dict[str, Any]], everything_fetched: Path
) -> None:
    benchmark = load_benchmark(NAME)
    ids = [SPACE.network(one["architecture"]) for one in published_networks]
    assert (len(ids), len(set(ids)), benchmark.table.size) == (5138, 5125, 5125)
    assert (benchmark.table.runs == 2).sum() == 13
    assert benchmark.table.best_validation == 67.052
    for one, id in list(zip(published_networks, ids, strict=True))[:200]:
        record = benchmark.look_up(SPACE.key(id))
        assert one["metrics"]["val_top1"] in record["validation_runs"]
        assert record["parameters"] == pytest.approx(1e6 * one["model_info"]["params"])
        if len(record["validation_runs"]) == 1:
            on_a100 = one["platform_perf"]["throughput_a100"]["throughput_mean"]
            assert record["metrics"]["throughput.a100"] == on_a100
    devices = {column.metric.device for column in benchmark.metrics.values()} - {None}
    assert devices == {"zcu102", "vck190", "a100", "rtx3090", "tpuv2", "tpuv3"}
    assert benchmark.metric("throughput.tpuv3").measured == 5081


def test_the_space_is_that_of_the_measured_networks(
    published_networks: list[dict[str, Any]],
) -> None:
    assert SPACE.size == 36**6 * 48
    for one in published_networks[:300]:
        id = SPACE.network(one["architecture"])
        key = SPACE.key(id)
        assert SPACE.ids(key) == id
        block = one["architecture"]
        assert key.startswith(
            f"e{block['block0_e']}k{block['block0_k']}l{block['block0_l']}"
            f"se{int(block['block0_se'])}-"
        )
    assert {SPACE.network({}), SPACE.network(dict.fromkeys(published_networks[0]))} == {-1}
    assert SPACE.from_keys(["e2k3l1se0" + "-e1k3l1se0" * 6, "0" * 28]).tolist() == [-1, -1]


def archive(**files: bytes) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as packed:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            packed.addfile(member, io.BytesIO(text))
    return content.getvalue()


def link(name: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as packed:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(member)
    return content.getvalue()


GOOD = "anb_dataset_jsons/result_0.json"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no archive", "cannot be read as an archive"),
        (archive(), "found none"),
        (archive(**{"../result_0.json": b"{}"}), "is not one of the published files"),
        (archive(**{GOOD: b" " * 10_001}), "is not one of the published files"),
        (link(GOOD), "is not one of the published files"),
        (archive(**{GOOD: b"{}"}), "describes no network"),
        (archive(**{GOOD: b"["}), "describes no network"),
        (archive(**{GOOD: b"[" * 5_000}), "describes no network"),
        (archive(**{GOOD: b'{"architecture": []}'}), "describes no network"),
        (archive(**{GOOD: b"{}"})[:60], "cannot be read as an archive"),
    ],
    ids=range(10),
)
def test_another_archive_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said):
        accel_nasbench.read(content, "")


class Small(OpenSpace):
    """Four blocks of two decisions."""

    name = "small"
    choices = (("a", "b", "c"), ("x", "y")) * 4


def test_the_tables_are_the_trees_that_were_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lightgbm")
    monkeypatch.setattr(surrogate_model, "ROUNDS", 20)
    blocks = Blocks(Small(), 2)
    ids = blocks.space.sample(400, np.random.default_rng(0))
    decisions = blocks.space.decisions(ids).astype(np.float64)
    accuracies = decisions @ np.arange(8) + decisions[:, 1] * decisions[:, 4]
    surrogate = train(blocks, ids, accuracies)
    fold = np.random.default_rng(0).permutation(ids.size) % surrogate_model.FOLDS
    others = np.setdiff1d(np.arange(1296), ids)
    asked = blocks.space.decisions(others).astype(np.float64)
    members = [
        boosted(blocks, decisions[fold != member], accuracies[fold != member], member)
        for member in range(surrogate_model.FOLDS)
    ]
    expected = np.mean([member.predict(asked) for member in members], axis=0)
    predicted = surrogate.predict(others)
    np.testing.assert_allclose(predicted, expected, atol=1e-5)
    assert [surrogate.predict_one(id) for id in others.tolist()] == predicted.tolist()
    assert surrogate.residuals.shape == (400,)
    assert surrogate.spearman > 0.9
    again = train(blocks, ids, accuracies)
    assert again.tables.tobytes() == surrogate.tables.tobytes()


def test_it_is_trained_once_and_opened_after(
    benchmark_here: SurrogateBenchmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trained_again(*_: object) -> Surrogate:
        raise AssertionError("it is trained again")

    monkeypatch.setattr(surrogate_model, "train", trained_again)
    model = _opened_anew().model()
    assert model.residuals.size == 5125
    facts = benchmark_here.further_facts()
    assert "not measured" in facts["surrogate"]
    assert f"{model.spearman:.3f}" in facts["on held-out networks"]


def test_labels_are_the_same_however_they_are_asked_for(
    benchmark_here: SurrogateBenchmark,
) -> None:
    ids = SPACE.sample(50, np.random.default_rng(0))
    mean, *noisy = (
        observed_labels(benchmark_here, kind, seed)
        for kind, seed in (("mean", 0), ("one_run", 0), ("one_run", 1))
    )
    for labels in (mean, *noisy):
        assert [labels.item(id) for id in ids.tolist()] == labels[ids].tolist()
        assert labels[ids[::-1]].tolist() == labels[ids].tolist()[::-1]
    residuals = benchmark_here.model().residuals
    assert np.isclose(noisy[0][ids] - mean[ids], residuals[:, None]).any(axis=0).all()
    assert (noisy[0][ids] != noisy[1][ids]).mean() > 0.9


def test_residuals_are_drawn_uniformly() -> None:
    noise = Noise(random_stream("x", 0, "labels"), np.arange(10.0))
    for ids in (np.arange(10_000), SPACE.sample(10_000, np.random.default_rng(1))):
        counts = np.bincount(noise[ids].astype(int), minlength=10)
        assert counts.min() > 900
        assert counts.max() < 1100


@pytest.fixture
def results(benchmark_here: SurrogateBenchmark, tmp_path: Path) -> Path:
    _experiment(tmp_path / "results", 2).run(progress=False)
    return tmp_path / "results"


def _experiment(results: Path, seeds: int) -> Experiment:
    return Experiment(
        methods="random-search,weaknas-lite",
        benchmarks=SURROGATE,
        protocol="one-run",
        budget=15,
        seeds=seeds,
        workers=1,
        results=results,
    )


def test_runs_are_stored_with_what_was_predicted(
    benchmark_here: SurrogateBenchmark, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = (one for one in summary_rows(load_run_sets(results)) if one.method == "weaknas-lite")
    assert (row.objective, row.optimum_known, row.seeds) == ("surrogate accuracy", False, 2)
    assert row.best_validation_regret is not None
    trace = load_trace(results, "weaknas-lite", SURROGATE, 1)
    ids = trace["id"].to_numpy()
    assert ids.max() > 2**32
    assert trace["key"].tolist() == [SPACE.key(id) for id in ids]
    assert trace["validation"].tolist() == benchmark_here.model().predict(ids).tolist()
    assert trace["label"].tolist() == observed_labels(benchmark_here, "one_run", 1)[ids].tolist()
    run_sets = load_run_sets(results)
    (shown,) = live_tables(summary_rows(run_sets), run_sets)
    assert shown.is_surrogate
    assert "not measured" in shown.facts["surrogate"]
    assert without_live(run_sets) == []  # so that nothing is averaged with what was measured
    assert run_command(["table", "--results", str(results)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "surrogate accuracy" in said
    assert "regret is from the best known" in said


def test_the_same_command_goes_on_and_edited_labels_are_refused(
    benchmark_here: SurrogateBenchmark, results: Path
) -> None:
    (folder,) = {runs.folder for runs in _parts(results) if "random" in runs.folder.name}
    stored = pq.read_table(folder / "measured.parquet")
    better = stored.set_column(2, stored.schema.field(2), [[99.0] * stored.num_rows])
    pq.write_table(
        better.replace_schema_metadata(stored.schema.metadata), folder / "measured.parquet"
    )
    with pytest.raises(UserError, match=r"says that the surrogate .* predicts 99"):
        _experiment(results, 3).run(progress=False)


def _parts(results: Path) -> list[Any]:
    from nasarena.suite.statistics.load_run_sets import cell_folders, read_part

    return [read_part(folder) for folder in cell_folders([results])]


def test_what_needs_a_list_of_the_space_is_refused(benchmark_here: SurrogateBenchmark) -> None:
    given = {"methods": "random-search", "benchmarks": SURROGATE, "protocol": "one-run"}
    with pytest.raises(UserError, match="is a surrogate of an open space"):
        Experiment(**given, judge=True)
    (cell,) = Experiment(**given, duplicates="by_isomorphism").cells()
    with pytest.raises(UserError, match="classes are not known"):
        cell.identity()


def test_patterns_with_a_wildcard_first_leave_it_out(benchmark_here: SurrogateBenchmark) -> None:
    assert SURROGATE not in choose_benchmarks(["*"])
    assert choose_benchmarks(["accel-nasbench/*"]) == [NAME, SURROGATE]


def test_one_architecture_is_looked_up(benchmark_here: SurrogateBenchmark) -> None:
    measured = load_benchmark(NAME)
    best = measured.space.key(int(measured.table.optimum[0]))
    found = benchmark_here.look_up(best)
    assert found["validation"] == benchmark_here.model().predict_one(found["id"])
    assert found["metrics"]["validation"] == 67.052
    assert benchmark_here.look_up(5)["metrics"] == {}


def test_nothing_is_known_of_a_space_of_which_nothing_was_measured(
    benchmark_here: SurrogateBenchmark,
) -> None:
    known = benchmark_here.knowing({}, [7, 36**6])
    assert known.table.size == known.space.size == 2
    assert np.isnan(known.table.best_validation)
    assert known.whole_ids(known.places(np.array([36**6, 7]))).tolist() == [36**6, 7]


def test_results_on_it_make_run_sets_of_what_they_measured(results: Path) -> None:
    for runs in load_run_sets(results):
        assert runs.benchmark.table.size >= len(set(runs.ids.tolist()))
        assert not np.isnan(runs.labels).any()
        assert runs.benchmark.table.regret(runs.ids).min() >= 0
