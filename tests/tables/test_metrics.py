"""Metrics: what was fetched stands beside the table, whose sha256 stays."""

import csv
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from nasarena.leaderboard.pages.facts_card import facts_card
from nasarena.leaderboard.pages.findings import facts_of
from nasarena.suite import UserError, load_benchmark
from nasarena.suite.cli import run_command
from nasarena.suite.statistics.facts import facts
from nasarena.suite.tables.fetched import nasbench201_csv, nasbench201_trainings
from nasarena.suite.tables.fetched.catalogue import catalogue
from nasarena.suite.tables.fetched.metric_copies import open_metrics
from nasarena.suite.tables.own_table_architectures import nasbench201_ids

CIFAR10, IMAGENET = "nasbench201/cifar10", "nasbench201/imagenet16-120"


def table_sha256(name: str) -> str:
    return load_benchmark(name).table.sha256


@pytest.mark.parametrize(
    ("name", "best", "at_optimum"),
    [
        (CIFAR10, 94.373, 94.373),
        ("nasbench201/cifar100", 73.513, 73.513),
        (IMAGENET, 47.311, 45.467),
    ],
)
def test_the_test_accuracies_have_the_known_maxima(
    request: pytest.FixtureRequest, name: str, best: float, at_optimum: float
) -> None:
    before = table_sha256(name)
    assert load_benchmark(name).table.test is None
    request.getfixturevalue("everything_fetched")
    table, known = load_benchmark(name).table, facts(load_benchmark(name))
    assert table.test is not None
    assert table.test.max() == pytest.approx(best, abs=5e-4)
    assert known.best_test == pytest.approx(best, abs=5e-4)
    assert known.test_at_optimum == pytest.approx(at_optimum, abs=5e-4)
    assert known.table_sha256 == table.sha256 == before, "stored runs stay valid"
    assert spearmanr(table.test, table.mean_validation).statistic > 0.98
    column = load_benchmark(name).metric("test")
    assert (column.source, column.metric.epochs, column.measured) == (
        *("nasbench201-test", 200, 15_625),
    )
    assert column.sha256 not in (table.sha256, table.source_sha256)


def test_twelve_epochs_are_another_fidelity(everything_fetched: Path) -> None:
    benchmark = load_benchmark(CIFAR10)
    early, cost = (
        benchmark.metric(f"{name}.12_epochs") for name in ("validation", "training_seconds")
    )
    table = benchmark.table
    assert (early.metric.epochs, cost.metric.unit) == (12, "s")
    assert spearmanr(early.values, table.mean_validation).statistic == pytest.approx(
        0.823, abs=1e-3
    )
    assert table.training_seconds is not None
    np.testing.assert_allclose(table.training_seconds / cost.values, 200 / 12, rtol=1e-9)


@pytest.mark.parametrize("name", nasbench201_csv.HARDWARE_FILES)
def test_hardware_of_every_cell(name: str, everything_fetched: Path) -> None:
    benchmark = load_benchmark(name)
    columns = [one for one in benchmark.metrics.values() if one.source == "hw-nas-bench"]
    assert len(columns) == 10
    assert {one.metric.device for one in columns} == {
        *("edgegpu", "raspi4", "edgetpu", "pixel3", "eyeriss", "fpga")
    }
    for one in columns:
        whole = one.metric.device != "edgetpu"
        assert (one.measured == 15_625) is whole
        assert np.nanmin(one.values) > 0
    parameters = benchmark.table.parameters
    assert parameters is not None
    assert spearmanr(benchmark.metric("latency_ms.fpga").values, parameters).statistic > 0.9


def test_the_tuples_name_the_cells_that_the_texts_name(published: Path) -> None:
    """Row by row; and the tuples of the hardware files are of the same cells, each once."""
    with open(published / "nb201_zc_proxies.csv", encoding="utf-8") as file:
        rows = [(row["net"], row["net_str"]) for row in csv.DictReader(file)]
    tuples, texts = zip(*rows, strict=True)
    ids = nasbench201_ids(tuples)
    assert (ids == nasbench201_ids(texts)).all()
    with open(published / "hw_cifar10.csv", encoding="utf-8") as file:
        hardware = [row["net"] for row in csv.DictReader(file)]
    assert set(tuples) <= set(hardware)
    assert (np.sort(nasbench201_ids(hardware)) == np.arange(15_625)).all()


@pytest.mark.parametrize("name", nasbench201_csv.PROXY_FILES)
def test_zero_cost_scores_of_some_cells(name: str, everything_fetched: Path) -> None:
    benchmark = load_benchmark(name)
    columns = [one for one in benchmark.metrics.values() if one.source == "nasbench201-proxies"]
    assert len(columns) == 13
    scored = benchmark.metric("proxy.params").values
    assert (~np.isnan(scored)).sum() == 9_445
    assert all(9_440 <= one.measured <= 9_445 for one in columns)
    some = ~np.isnan(scored)
    decisions = benchmark.space.decisions(np.flatnonzero(some))
    of_convolutions = [(decisions == operation).sum(axis=1) for operation in (2, 3)]
    counted = 28_000 * of_convolutions[0] + 243_040 * of_convolutions[1]
    np.testing.assert_allclose(1e6 * scored[some] - counted, 1e6 * np.nanmin(scored))
    synflow = benchmark.metric("proxy.synflow").values[some]
    validation = benchmark.table.mean_validation[some]
    assert spearmanr(synflow, validation).statistic == pytest.approx(0.73, abs=0.03)


def test_what_one_architecture_measured(everything_fetched: Path) -> None:
    record = load_benchmark(CIFAR10).look_up("333132")
    assert record["test"] == pytest.approx(94.3733, abs=1e-4)
    assert record["metrics"]["latency_ms.edgegpu"] == pytest.approx(6.81017, abs=1e-5)
    assert record["metrics"]["proxy.params"] == pytest.approx(1.073466)
    assert "test" not in record["metrics"]
    unscored = int(np.isnan(load_benchmark(CIFAR10).metric("proxy.zen").values).argmax())
    assert load_benchmark(CIFAR10).look_up(unscored)["metrics"]["proxy.zen"] is None
    macro = load_benchmark("nasbench-macro/cifar10")
    assert macro.look_up("02012100")["metrics"] == {"multiply_adds": 47327744}


def test_the_program_in_the_docs_runs(
    everything_fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Path(__file__).parents[2] / "docs" / "tables.md"
    (program,) = re.findall(
        r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S
    )
    exec(program, {})
    printed = capsys.readouterr().out
    assert "validation % max 15625\n" in printed
    assert "latency_ms.edgetpu ms min 10926\n" in printed


@pytest.mark.parametrize(
    ("attached", "holder"),
    [
        ("hw-nas-bench", CIFAR10),
        ("nasbench201-proxies", CIFAR10),
        ("nasbench201-12-epochs", CIFAR10),
        ("accel-nasbench", "accel-nasbench/imagenet"),
        ("naap-440", "naap-440/cifar10"),
    ],
)
def test_the_metrics_in_the_docs_are_there(
    attached: str, holder: str, everything_fetched: Path
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "tables.md").read_text(encoding="utf-8")
    (listed,) = re.findall(rf"[Ww]ith `{attached}` (?:there are )?(`[^;]+?)(?:;|\. A value)", page)
    named = set(re.findall(r"`([^`]+)`", listed))
    assert len(named) >= 2
    assert named <= {*load_benchmark(holder).metrics}


def test_a_metric_that_is_not_there() -> None:
    benchmark = load_benchmark(CIFAR10)
    assert benchmark.look_up(0)["metrics"] == {}
    assert set(benchmark.metrics) == {
        *("validation", "training_seconds", "parameters", "latency_seconds")
    }
    with pytest.raises(UserError) as raised:
        benchmark.metric("latency_ms.edgegpu")
    assert re.search(
        r"has no metric 'latency_ms.edgegpu'; .*; more can be fetched: nasarena fetch "
        r"nasbench201-test .*hw-nas-bench",
        str(raised.value),
    )


def test_columns_cannot_be_changed(everything_fetched: Path) -> None:
    for column in load_benchmark(CIFAR10).metrics.values():
        with pytest.raises(ValueError, match="read-only"):
            column.values[0] = 0


def test_a_damaged_copy_is_made_again(
    everything_fetched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NASARENA_CACHE", str(tmp_path))
    entry = catalogue()["nasbench201-12-epochs"]
    first = open_metrics(entry, CIFAR10)
    (copy,) = tmp_path.rglob("*.arrow")
    content = copy.read_bytes()
    for damaged in (
        content[: len(content) // 2],
        content.replace(first[0].values[:1].tobytes(), b"\0" * 8),
    ):
        assert damaged != content
        copy.write_bytes(damaged)
        again = open_metrics(entry, CIFAR10)
        assert [one.sha256 for one in again] == [one.sha256 for one in first]
        assert copy.read_bytes() == content


HEADER = ",".join(["net", *nasbench201_csv.HARDWARE])
CELL = '"(0, 0, 0, 0, 0, 0)"'
NUMBERS = ",1" * 10


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            HEADER.replace("raspi4_latency", "raspi5"),
            "wrong columns: expected raspi4_latency; found raspi5",
        ),
        (f"{HEADER}\n{CELL},1,2", "line 2: expected 11 cells, found 3"),
        (f"{HEADER}\n(0),{NUMBERS[1:]}", "line 2: '(0)' is no cell"),
        (f"{HEADER}\n{CELL}{NUMBERS}\n{CELL}{NUMBERS}", "names a cell twice"),
        (f"{HEADER}\n{CELL}{NUMBERS[:-1]}x", "could not convert string to float"),
    ],
)
def test_a_csv_file_of_another_layout(content: str, said: str) -> None:
    with pytest.raises(UserError, match=re.escape(said)):
        nasbench201_csv.read_hardware(CIFAR10, lambda name: content.encode())


def test_a_text_of_another_cell_than_the_tuple_is_noticed() -> None:
    names = ",".join(["net", "net_str", *nasbench201_csv.PROXIES])
    text = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
    content = f"{names}\n{CELL},{text}{',1' * 13}".encode()
    with pytest.raises(UserError, match="line 2: the tuple and the text name two cells"):
        nasbench201_csv.read_proxies(CIFAR10, lambda name: content)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda rows: rows.pop(), "expected each of the 15,625 cells once"),
        (lambda rows: rows[7].pop("cost"), "architecture 7: wrong columns: expected cost; found"),
        (lambda rows: rows[7].update(arch=rows[8]["arch"]), "expected each of the 15,625 cells"),
    ],
)
def test_a_pickle_of_another_layout(
    published: Path, changed: Callable[[list[dict[str, object]]], object], said: str
) -> None:
    whole = (published / nasbench201_trainings.TWELVE_EPOCHS).read_bytes()
    rows = nasbench201_trainings._twelve_epochs(lambda name: whole)
    changed(rows)
    content = pickle.dumps(rows)
    with pytest.raises(UserError, match=re.escape(said)):
        nasbench201_trainings.read_12_epochs(CIFAR10, lambda name: content)


def test_tests_that_are_no_percentages(published: Path) -> None:
    whole = (published / nasbench201_trainings.TWELVE_EPOCHS).read_bytes()

    def content(name: str) -> bytes:
        return whole if name == nasbench201_trainings.TWELVE_EPOCHS else pickle.dumps([101.0])

    with pytest.raises(UserError, match="expected 15,625 accuracies in percent"):
        nasbench201_trainings.read_tests(CIFAR10, content)


def test_the_listing_and_the_card_show_what_was_fetched(
    everything_fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["benchmarks", "--json"]) == 0
    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert listed[CIFAR10]["has_test"] is True
    assert listed[CIFAR10]["can_be_fetched"] == []
    metrics = {one.pop("name"): one for one in listed[CIFAR10]["metrics"]}
    stated = {"unit": "ms", "direction": "min", "epochs": None, "device": "fpga"}
    assert stated.items() <= metrics["latency_ms.fpga"].items()
    assert metrics["validation"]["source"] == "table"
    facts_of.cache_clear()
    card = facts_card("nasbench-macro/cifar10") | facts_card(CIFAR10)
    facts_of.cache_clear()
    assert "test accuracies, since the source has no validation set" in card["labels"]
    assert card["best test accuracy"] == "93.13 %, mean of its training runs"
    assert card["test values"] == "none besides the labels"
    assert card["test accuracies"] == "94.37 % at the optimum, 94.37 % at best"
    sha256 = load_benchmark(CIFAR10).metric("latency_ms.fpga").sha256
    assert card["fetched: hw-nas-bench"].endswith(f"sha256 {sha256}")
    assert "of 10,926 to 15,625 architectures; MIT; Li et al." in card["fetched: hw-nas-bench"]


@pytest.mark.parametrize("fetched", [False, True])
def test_stored_runs_are_read_in_silence_and_show_tests(
    request: pytest.FixtureRequest, fetched: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if fetched:
        request.getfixturevalue("everything_fetched")
    results = Path(__file__).parents[2] / "results" / "nasbench201"
    assert run_command(["table", "--results", str(results)]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert ("test of" in shown.out) is fetched
    assert ("94.37" in shown.out) is fetched
