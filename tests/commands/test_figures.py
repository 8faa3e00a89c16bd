"""nasarena figures: figures for papers, in a folder of their own."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.main import get_command

from nasarena.leaderboard.figures.sheets import ONE_COLUMN
from nasarena.leaderboard.paper_figures import FOLDER, KINDS, sheet_of, write_figures
from nasarena.suite import Experiment, UserError, run
from nasarena.suite.cli import app
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.process import typical_seed

CIFAR10, PROTEINS = "nasbench201/cifar10", "nasbenchgraph/proteins"
METHODS = ["random-search", "local-search", "regularized-evolution[population=20,tournament=5]"]


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three methods on two benchmarks, and one of them under other rules."""
    folder = tmp_path_factory.mktemp("paper") / "results"
    for methods, benchmarks, protocol in (
        (METHODS, [CIFAR10, PROTEINS], "weaknas-paper"),
        (METHODS[1:2], [PROTEINS], "one-run"),
    ):
        run(
            Experiment(
                methods=methods,
                benchmarks=benchmarks,
                seeds="3",
                protocol=protocol,
                budget=60,
                results=folder,
                workers=1,
            )
        )
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_all_figures_in_all_formats_with_their_data(
    nasarena: Callable, results: Path, tmp_path: Path
) -> None:
    done = nasarena("figures", "--results", results, "--out", "figures", "--workers", 2)
    assert done.returncode == 0, done.stderr
    written = contents(tmp_path / "figures")
    figures = sorted(path.removesuffix(".csv") for path in written if path.endswith(".csv"))
    assert f"{len(figures)} figures are in figures" in done.stdout
    across = {"critical-difference", "profile", "targets", "heat-map"}
    paper = {path.partition("/")[2] for path in figures if path.startswith("weaknas-paper/")}
    assert across < paper
    for name in ("nasbench201--cifar10", "nasbenchgraph--proteins"):
        assert {f"{name}-found", f"{name}-regret"} < paper
        assert {f"process/{name}--local-search-{end}" for end in ("drift", "top", "path")} < paper
    assert "nasbench201--cifar10-cost" in paper
    assert "nasbenchgraph--proteins-cost" not in paper  # the table has no training seconds
    other = {path.partition("/")[2] for path in figures if path.startswith("one-run/")}
    assert {"nasbenchgraph--proteins-found", "heat-map"} < other
    assert "critical-difference" not in other  # one benchmark

    for path in figures:
        ElementTree.fromstring(written[f"{path}.svg"])
        assert written[f"{path}.pdf"].startswith(b"%PDF-")
        assert written[f"{path}.png"].startswith(b"\x89PNG")
        assert len(list(csv.reader(written[f"{path}.csv"].decode().splitlines()))) > 1
    assert set(written) == {
        "captions.txt",
        FOLDER.marker,
        *(f"{path}.{end}" for path in figures for end in ("csv", "pdf", "png", "svg")),
    }
    captions = written["captions.txt"].decode()
    for path in figures:
        assert f"\n{path}\n" in captions


@pytest.mark.no_cover
def test_processes_and_time_do_not_matter_and_a_users_file_stays(
    results: Path, tmp_path: Path
) -> None:
    sheet = sheet_of("one", "svg,pdf,png")
    one, two = tmp_path / "one", tmp_path / "two"
    kinds = "found,regret,path"
    write_figures([results], one, sheet, "local-search", PROTEINS, workers=1, kinds=kinds)
    write_figures([results], two, sheet, METHODS[0], PROTEINS, workers=1, kinds="found")
    (two / "mine.tex").write_text("mine")
    write_figures([results], two, sheet, "local-search", PROTEINS, workers=2, kinds=kinds)
    assert contents(two) == contents(one) | {"mine.tex": b"mine"}


def test_two_columns_some_formats_and_some_methods(
    nasarena: Callable, results: Path, tmp_path: Path
) -> None:
    arguments = ("figures", "--results", results, "--out", "figures")
    choice = ("--methods", "local-search", "--benchmarks", "nasbench201/*")
    assert nasarena(*arguments, *choice, "--columns", "two", "--formats", "svg").returncode == 0
    written = contents(tmp_path / "figures")
    assert {path.rpartition(".")[2] for path in written} == {"svg", "csv", "txt", "json"}
    (found,) = (path for path in written if path.endswith("cifar10-found.svg"))
    width = re.search(r'width="([0-9.]+)pt"', written[found].decode())
    assert width
    assert float(width[1]) == pytest.approx(72 * 6.9)
    assert not [path for path in written if "random-search" in path or "proteins" in path]
    # What the same command does not write goes, and nothing else.
    (tmp_path / "figures" / "weaknas-paper" / "mine.svg").write_text("mine")
    assert nasarena(*arguments, *choice, "--formats", "png").returncode == 0
    again = contents(tmp_path / "figures")
    assert {path for path in again if path.endswith(".svg")} == {"weaknas-paper/mine.svg"}
    assert found.replace(".svg", ".png") in again


def test_process_figures_are_of_the_median_run_which_is_named(
    results: Path, tmp_path: Path
) -> None:
    write_figures([results], tmp_path / "out", sheet_of("one", "svg"), METHODS[0], workers=1)
    captions = (tmp_path / "out" / "captions.txt").read_text()
    assert "the run with the median samples" in captions
    for runs in load_run_sets([results]):
        if runs.identity.method == METHODS[0]:
            where = f"{runs.identity.method} on {runs.identity.benchmark}"
            which = f"({runs.identity.protocol}, seed {typical_seed(runs)})"
            assert captions.count(f"{where} {which}") == 3


def test_only_the_kinds_that_are_asked_for_are_drawn(results: Path, tmp_path: Path) -> None:
    choice = (METHODS[0], PROTEINS)
    sheet = sheet_of("one", "svg")
    count = write_figures([results], tmp_path, sheet, *choice, workers=1, kinds="found,d*")
    drawn = {path for path in contents(tmp_path) if path.endswith(".svg")}
    assert drawn == {
        "weaknas-paper/nasbenchgraph--proteins-found.svg",
        "weaknas-paper/process/nasbenchgraph--proteins--random-search-drift.svg",
    }
    assert count == 2
    with pytest.raises(UserError, match="no figure of the kinds cost can be made of these runs"):
        write_figures([results], tmp_path, sheet, *choice, workers=1, kinds="cost")
    assert {path for path in contents(tmp_path) if path.endswith(".svg")} == drawn
    for unknown, said in (("fuond", "did you mean 'found'"), ("x*", "known: cost, critical-")):
        with pytest.raises(UserError, match=said):
            write_figures([results], tmp_path, sheet, *choice, workers=1, kinds=unknown)


def test_the_help_names_every_kind() -> None:
    (option,) = (one for one in get_command(app).commands["figures"].params if one.name == "kinds")
    for kind in KINDS:
        assert kind in option.help


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--kinds", "fuond"], "unknown kind of figure 'fuond'; did you mean 'found'?"),
        (["--formats", "svg,jpg"], "unknown format 'jpg' in --formats; give some of svg, pdf, png"),
        (["--formats", ","], "no format in --formats"),
        (["--columns", "three"], "'three' is not one of"),
        (["--methods", "lokal-search"], "unknown method 'lokal-search'"),
        (["--benchmarks", "x/*"], "no benchmark matches 'x/*'"),
        (["--workers", "0"], "'--workers'"),
        (["--out", "file"], "file does not hold figures of nasarena"),
        (["--out", "thesis"], "thesis does not hold figures of nasarena"),
        (["--out", "file/figures"], "cannot be written to file/figures"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_all_alone(
    refused: Callable, results: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    (tmp_path / "file").write_text("")
    quick = ("--methods", "local-search", "--benchmarks", PROTEINS, "--formats", "svg")
    assert said in refused("figures", "--results", results, *quick, *arguments)
    assert contents(tmp_path) == {"file": b"", "thesis/chapter.tex": b"years of work"}


def test_no_results_are_one_sentence(refused: Callable, tmp_path: Path) -> None:
    assert "nasarena-results" in refused("figures")
    (tmp_path / "empty").mkdir()
    assert "empty" in refused("figures", "--results", "empty")
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_no_runs_of_a_chosen_method_on_a_chosen_benchmark(refused: Callable, results: Path) -> None:
    evolution = METHODS[2]
    said = refused(
        "figures", "--results", results, "--methods", evolution, "--benchmarks", "nasbench201/cora"
    )
    assert "unknown benchmark" in said


def test_a_marker_cannot_have_other_files_removed(results: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures"
    (out / "weaknas-paper").mkdir(parents=True)
    stale = out / "weaknas-paper" / "stale.svg"
    for path in (stale, tmp_path / "mine.svg", out / "mine.tex"):
        path.write_text("x")
    listed = ["weaknas-paper/stale.svg", "../mine.svg", "mine.tex", "a/../../mine.svg"]
    (out / FOLDER.marker).write_text(json.dumps({"files": listed}))
    choice = {"methods": "local-search", "benchmarks": PROTEINS, "workers": 1}
    assert write_figures([results], out, sheet_of("one", "svg"), **choice) > 3
    assert not stale.exists()
    assert (tmp_path / "mine.svg").exists()
    assert (out / "mine.tex").exists()


def test_the_sheet_is_the_columns_with_the_formats() -> None:
    assert sheet_of("one", "pdf, svg").formats == {"pdf", "svg"}
    assert sheet_of("one", "pdf").width == ONE_COLUMN.width
