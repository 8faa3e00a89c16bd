"""The figures of a benchmark as matplotlib plots, for Python and notebooks."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nasarena.leaderboard.figures.benchmark_figures import (
    BenchmarkCurves,
    draw_found,
    draw_regret,
    found_curves,
    regret_curves,
)
from nasarena.leaderboard.figures.drawing import add_grid, name_keys
from nasarena.leaderboard.figures.styles import Style, method_styles
from nasarena.leaderboard.results_folders import Results, results_folders
from nasarena.suite.errors import UserError, printable
from nasarena.suite.names import expand, split_list
from nasarena.suite.statistics.comparisons import Comparison, comparisons
from nasarena.suite.statistics.load_run_sets import load_run_sets
from nasarena.suite.statistics.run_set import RunSet, without_live

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT, LINE = 4.0, 0.2
"""Inches of a new figure, and of a line of the legend below it."""

LONG_NAME = 36
"""Names of more letters do not fit beside each other in the legend."""


def plot_regret(
    results: Results,
    benchmark: str | None = None,
    *,
    methods: str | Sequence[str] = "*",
    protocol: str | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Plot the validation regret (points) of the best architecture against charged queries.

    Means over runs with 95 % bootstrap bands, as on the page of the benchmark. Methods with failed
    runs are left out.

    Args:
        results: a results folder, an `Experiment`, or a list of them.
        benchmark: which one, as in `nasbench201/cifar10`; needed where there are runs on several.
        methods: names or patterns (`*` and `?`): a list, or a text with commas.
        protocol: under which rules, as in `weaknas-paper`; needed where there are several.
        ax: matplotlib axes to draw in; new ones by default.

    Returns:
        The axes; `.figure.savefig(...)` writes them to a file.

    Raises:
        UserError: results that cannot be read, names that are not in them, or a choice that is
            still to be made.

    Example:
        >>> plot_regret("nasarena-results", "nasbench201/cifar10")
    """
    run_sets, styles = _chosen(results, benchmark, methods, protocol)
    curves, axes = regret_curves(run_sets), _axes(ax)
    draw_regret(axes, curves, styles)
    return _with_legend(axes, curves, styles, is_own=ax is None)


def plot_found(
    results: Results,
    benchmark: str | None = None,
    *,
    methods: str | Sequence[str] = "*",
    protocol: str | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Plot the share of runs (%) that have found the optimum against charged queries.

    Step curves (Kaplan-Meier) with 95 % intervals, as on the page of the benchmark; with random
    search in closed form where queries are charged by id. Methods with failed or rejected runs are
    left out.

    Arguments, result and errors are those of `plot_regret`.

    Example:
        >>> plot_found("nasarena-results", methods="weaknas,random-search")
    """
    run_sets, styles = _chosen(results, benchmark, methods, protocol)
    curves, axes = found_curves(run_sets), _axes(ax)
    draw_found(axes, curves, styles)
    return _with_legend(axes, curves, styles, is_own=ax is None)


def _chosen(
    results: Results, benchmark: str | None, methods: str | Sequence[str], protocol: str | None
) -> tuple[list[RunSet], dict[str, Style]]:
    """The runs to plot, without methods with failed or rejected runs, and the styles of all."""
    run_sets = without_live(load_run_sets(results_folders(results)))
    if not run_sets:
        raise UserError(
            "there is nothing to plot: all runs are on live benchmarks or surrogates, whose "
            "optimum is not known"
        )
    styles = method_styles([runs.identity.method for runs in run_sets])
    compared = comparisons(run_sets)
    if benchmark is not None:
        names = {name for one in compared for name in one.benchmarks}
        benchmark = _one(benchmark, sorted(names), "benchmark")
        compared = [one for one in compared if benchmark in one.benchmarks]
    by_name = {one.name: one for one in compared}
    comparison = by_name[_one(_without_budget(protocol, compared), list(by_name), "protocol")]
    cells = comparison.run_sets[_one(benchmark, comparison.benchmarks, "benchmark")]
    sound = [method for method in comparison.sound_methods if method in cells]
    if not sound:
        raise UserError("there is nothing to plot: every method has failed or rejected runs")
    texts = [methods] if isinstance(methods, str) else methods
    chosen = expand([name for text in texts for name in split_list(text)], sound, "method")
    if not chosen:
        raise UserError("the list of methods is empty; name at least one")
    return [replace(cells[method]) for method in chosen], styles


def _without_budget(protocol: str | None, compared: Sequence[Comparison]) -> str | None:
    """The name of the comparison that has runs under a protocol, if one does."""
    names = {
        runs.identity.protocol: one.name
        for one in compared
        for cells in one.run_sets.values()
        for runs in cells.values()
    }
    return names.get(protocol, protocol) if protocol is not None else None


def _one(chosen: str | None, known: Sequence[str], what: str) -> str:
    """The chosen name, or the only one there is."""
    names = known if chosen is None else expand([chosen], known, what)
    if len(names) > 1:
        raise UserError(
            f"the results have {len(names)} {what}s; choose one with {what}=: {', '.join(names)}"
        )
    return names[0]


def _axes(given: "Axes | None") -> "Axes":
    """The axes to draw in: those that are given, or new ones.

    A notebook shows by itself what pyplot made; elsewhere a figure of its own leaves the caller's
    current figure alone.
    """
    from matplotlib.figure import Figure

    if given is not None:
        return given
    if "ipykernel" in sys.modules:
        from matplotlib import pyplot

        figure = pyplot.figure(layout="constrained")
    else:
        figure = Figure(layout="constrained")
    axes = figure.add_subplot()
    add_grid(axes)
    return axes


def _with_legend(
    axes: "Axes", curves: BenchmarkCurves, styles: dict[str, Style], is_own: bool
) -> "Axes":
    """Axes with the names of the curves in a legend: below our own, in others' where there is room.

    Our own figure grows by what the legend takes.
    """
    keys, names = curves.legend(styles)
    shown = [printable(name) for name in names]
    place: dict[str, Any] = {"loc": "best"}
    if is_own:
        columns = 2 if max(map(len, shown), default=0) <= LONG_NAME else 1
        lines = -(-len(shown) // columns)
        if (figure := axes.get_figure(root=True)) is not None:
            figure.set_figheight(HEIGHT + LINE * lines)
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.15), "ncols": columns}
    labels = [str(index) for index in range(len(keys))]
    name_keys(axes.legend(keys, labels, frameon=False, fontsize="small", **place), shown)
    return axes
