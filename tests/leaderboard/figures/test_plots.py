"""The plots for Python: the page's curves, in anybody's axes."""

import csv
import subprocess
import sys
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest

from nasarena.leaderboard import plot_found, plot_regret
from nasarena.leaderboard.figures.styles import method_styles
from nasarena.leaderboard.pages.drawing_pool import drawn_figures
from nasarena.leaderboard.results_folders import results_folders
from nasarena.suite import Experiment, run
from nasarena.suite.errors import UserError
from nasarena.suite.statistics.comparisons import comparisons
from nasarena.suite.statistics.load_run_sets import load_run_sets

CIFAR10, PROTEINS = "nasbench201/cifar10", "nasbenchgraph/proteins"
METHODS = ["local-search", "random-search"]
PLOTS = {"found": plot_found, "regret": plot_regret}


def experiment(results: Path, benchmarks: list[str], **rules: Any) -> Experiment:
    return Experiment(
        methods=METHODS,
        benchmarks=benchmarks,
        seeds=6,
        budget=30,
        results=results,
        workers=1,
        **rules,
    )


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """Two methods on two benchmarks; on one of them also under another protocol."""
    folder = tmp_path_factory.mktemp("runs") / "results"
    made = experiment(folder, [CIFAR10, PROTEINS])
    run(made)
    run(experiment(folder, [CIFAR10], protocol="one-run"))
    return made


@pytest.mark.parametrize(("kind", "factor"), [("found", 100), ("regret", 1)])
def test_lines_have_the_values_of_the_pages_csv(both: Experiment, kind: str, factor: int) -> None:
    compared = comparisons(load_run_sets([both.results]))
    with drawn_figures(compared, method_styles(METHODS), processors=1) as drawn:
        page = drawn("weaknas-paper", PROTEINS)[kind]
    axes = PLOTS[kind](both, PROTEINS)
    for method in METHODS:
        (line,) = (line for line in axes.lines if line.get_label() == method)
        rows = [row for row in csv.reader(StringIO(page.data)) if row[0] == method]
        at, values = (np.array([float(row[column]) for row in rows]) for column in (1, 2))
        assert line.get_ydata() == pytest.approx(factor * values)
        assert line.get_xdata() == pytest.approx(np.maximum(at, axes.get_xlim()[0]))
        assert line.get_color() == method_styles(METHODS)[method].colour
    assert len(axes.collections) == len(METHODS), "a band each"


@pytest.mark.parametrize("kind", PLOTS)
def test_axes_say_what_they_show(both: Experiment, kind: str) -> None:
    axes = PLOTS[kind](str(both.results), PROTEINS)
    assert axes.get_xlabel() == "charged queries"
    assert axes.get_ylabel() in ("runs with optimum (%)", "validation regret (points)")
    legend = axes.get_legend()
    assert legend is not None
    assert set(METHODS) <= {text.get_text() for text in legend.get_texts()}


def test_a_plot_is_drawn_in_given_axes_and_leaves_settings_alone(both: Experiment) -> None:
    from matplotlib.figure import Figure

    before = dict(matplotlib.rcParams)
    own = Figure().subplots(1, 2)
    assert plot_regret(both, PROTEINS, ax=own[1]) is own[1]
    assert plot_regret([both.results], PROTEINS) is not own[1]
    assert dict(matplotlib.rcParams) == before
    assert not own[0].lines
    own[0].figure.savefig(BytesIO())


def test_methods_are_chosen_by_name_and_keep_their_colour(both: Experiment) -> None:
    for chosen in ("random-*", ["random-search"]):
        axes = plot_regret(both, PROTEINS, methods=chosen)
        (line,) = axes.lines
        assert line.get_color() == method_styles(METHODS)["random-search"].colour


def test_one_protocol_is_chosen_by_its_name_with_or_without_the_budget(both: Experiment) -> None:
    for name in ("one-run", "one-run[budget=30]"):
        axes = plot_regret(both, CIFAR10, protocol=name)
        assert len(axes.lines) == len(METHODS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "the results have 2 protocols; choose one with protocol=: one-run, weaknas-paper"),
        (
            {"protocol": "weaknas-paper"},
            f"the results have 2 benchmarks; choose one with benchmark=: {CIFAR10}, {PROTEINS}",
        ),
        ({"benchmark": "nasbench201/cifar1"}, "unknown benchmark 'nasbench201/cifar1'"),
        ({"benchmark": "*"}, "the results have 2 benchmarks; choose one"),
        ({"benchmark": PROTEINS, "protocol": "one-run"}, "unknown protocol 'one-run'"),
        ({"benchmark": PROTEINS, "methods": "weaknas"}, "unknown method 'weaknas'"),
        ({"benchmark": PROTEINS, "methods": []}, "the list of methods is empty"),
    ],
)
def test_what_cannot_be_plotted_is_said_in_one_sentence(
    both: Experiment, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as error:
        plot_found(both.results, **arguments)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        plot_found(tmp_path / "nowhere")


def test_folders_are_texts_paths_experiments_or_lists_of_them(both: Experiment) -> None:
    folder = both.results
    for results in (folder, str(folder), both, [folder], [str(folder)], (both,)):
        assert results_folders(results) == [folder]


def test_importing_the_leaderboard_loads_nothing_heavy() -> None:
    program = (
        "import sys, nasarena.leaderboard as board\n"
        "print(*{'matplotlib', 'numpy', 'pandas', 'jinja2'} & set(sys.modules))\n"
        "assert board.__all__ == ['plot_found', 'plot_regret', 'write_site']\n"
        "assert callable(board.write_site)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
