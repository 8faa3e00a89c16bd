"""The figures of a benchmark: what its runs found, against charged queries and training cost."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nasarena.leaderboard.figures.curves import (
    Curve,
    Scale,
    after,
    axis_of,
    curve,
    curve_legend,
    data_of,
    draw_budget,
    draw_curves,
    draw_reference,
    ends,
    log_axis,
    log_ticks,
    round_down,
    share_axis,
)
from nasarena.leaderboard.figures.drawing import LONGEST, Drawing, drawing_of, look, place_legend
from nasarena.leaderboard.figures.styles import Style
from nasarena.suite.errors import UserError
from nasarena.suite.names import Spec
from nasarena.suite.statistics.goals import OPTIMUM, restricted_seconds, seconds_to
from nasarena.suite.statistics.incumbents import anytime_regret
from nasarena.suite.statistics.intervals import mean_intervals
from nasarena.suite.statistics.random_search import not_found_after
from nasarena.suite.statistics.run_set import RunSet
from nasarena.suite.statistics.samples import FoundCurve, kaplan_meier
from nasarena.suite.tables.objective import ACCURACY, Objective

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

POINTS = 80
"""About how many points a curve is drawn with where nothing else is said."""

EXACT = "random search, exact"


@dataclass(frozen=True)
class BenchmarkCurves:
    """The curves of a figure, the best first, those in closed form, and how they lie in it.

    `budgets` are those of the curves' runs.
    """

    curves: list[Curve]
    exact: list[Curve]
    scale: Scale
    budgets: list[int]
    objective: Objective = ACCURACY
    unit: str = "queries"

    @property
    def axis(self) -> str:
        """What the curves are drawn against."""
        return axis_of(self.unit)

    def legend(self, styles: Mapping[str, Style]) -> tuple[list["Line2D"], list[str]]:
        """The keys and names of the legend."""
        return curve_legend(
            self.curves, styles, EXACT if self.exact else None, _smallest(self.budgets)
        )


def found_curves(run_sets: Sequence[RunSet], points: int = POINTS) -> BenchmarkCurves:
    """The share of runs that have found the optimum after so many charged queries.

    Step curves (Kaplan-Meier) with 95 % intervals, and random search in closed form where queries
    are charged by id. The run sets share benchmark and rules but for the budget. A curve has about
    `points` points at most.
    """
    run_sets = _fewest_samples_first(run_sets)
    found = {
        runs.identity.method: kaplan_meier(runs.samples_to_optimum, runs.identity.budget)
        for runs in run_sets
    }
    budgets = [runs.identity.budget for runs in run_sets]
    unit = run_sets[0].unit
    scale = Scale(_start(found.values()), max(budgets), 100, 1, True, after("%", unit))
    return BenchmarkCurves(
        curves=[_found_curve(method, steps, points) for method, steps in found.items()],
        exact=_exact(run_sets[0], scale),
        scale=scale,
        budgets=budgets,
        unit=unit,
    )


def draw_found(axes: "Axes", found: BenchmarkCurves, styles: Mapping[str, Style]) -> None:
    """Draw `found_curves` in axes: a dotted line marks the smallest budget."""
    for reference in found.exact:
        draw_reference(axes, reference, found.scale)
    draw_over_queries(axes, found, styles)
    share_axis(axes, "runs with optimum (%)")


def regret_curves(run_sets: Sequence[RunSet], points: int = POINTS) -> BenchmarkCurves:
    """The validation regret (points) of the best validated architecture after so many queries.

    Of another objective than accuracy, the regret in its unit. Means over runs with 95 % bootstrap
    bands, which a single run has not; methods of which a run has no query are left out. A run that
    has ended keeps its last answer up to its budget. The run sets share benchmark and rules but for
    the budget. A curve has about `points` points.
    """
    budgets = [runs.identity.budget for runs in run_sets]
    curves = []
    for runs in run_sets:
        queries = np.unique(np.geomspace(1, runs.identity.budget, points).round())
        regrets = anytime_regret(runs, queries.astype(np.int64))
        regrets = regrets[~np.isnan(regrets).all(axis=1)]
        # Runs that begin with shorter trainings have no answer at first.
        known = ~np.isnan(regrets).any(axis=0)
        queries, regrets = queries[known], regrets[:, known]
        if regrets.size:
            band = mean_intervals(regrets.T)
            curves.append(curve(runs.identity.method, queries, regrets.mean(axis=0), *band))
    curves.sort(key=lambda it: (*regret_at_budget(it, min(budgets)), it.name))
    end = max(budgets)
    start = min(10, round_down(max(1, end / 20)), end / 2)
    objective = run_sets[0].benchmark.objective
    unit = run_sets[0].unit
    scale = Scale(start, end, 1, 0, False, after(objective.gap, unit))
    return BenchmarkCurves(curves, [], scale, budgets, objective, unit)


def draw_regret(axes: "Axes", found: BenchmarkCurves, styles: Mapping[str, Style]) -> None:
    """Draw `regret_curves` in axes: a dotted line marks the smallest budget."""
    draw_over_queries(axes, found, styles)
    regret_axis(axes, found.curves, found.scale, found.objective.regret)


def draw_over_queries(axes: "Axes", found: BenchmarkCurves, styles: Mapping[str, Style]) -> None:
    """Draw curves against charged queries; a dotted line marks the smallest budget."""
    if min(found.budgets) < max(found.budgets):
        draw_budget(axes, min(found.budgets))
    draw_curves(axes, found.curves, styles, found.scale)
    log_axis(axes, found.axis, found.scale.start, found.scale.end)


def share_found(
    run_sets: Sequence[RunSet], styles: Mapping[str, Style], name: str, points: int = POINTS
) -> Drawing:
    """The figure of `found_curves`.

    A curve ends with a dot at its method's budget, beyond which nothing is known. `name` makes the
    SVG's ids unique on a page.
    """
    found = found_curves(run_sets, points)
    shown = [*found.curves, *found.exact]
    with look(name) as (figure, axes):
        draw_found(axes, found, styles)
        place_legend(figure, *found.legend(styles), longest=LONGEST)
        drawing = drawing_of(
            figure,
            name,
            f"Share of runs that found the optimum of {searched_on(run_sets)}",
            f"In percent, against {found.axis}, {_up_to(found.budgets)}. At the end: "
            f"{ends(shown, 100)}.",
            data_of(shown, "queries", "share_found"),
        )
    return drawing


def regret(
    run_sets: Sequence[RunSet], styles: Mapping[str, Style], name: str, points: int = POINTS
) -> Drawing:
    """The figure of `regret_curves`.

    A curve ends with a dot at its method's budget, beyond which nothing is known. `name` makes the
    SVG's ids unique on a page.
    """
    found = regret_curves(run_sets, points)
    with look(name) as (figure, axes):
        draw_regret(axes, found, styles)
        place_legend(figure, *found.legend(styles), longest=LONGEST)
        drawing = drawing_of(
            figure,
            name,
            f"{'Validation regret' if found.objective.is_accuracy else 'Regret'} on "
            f"{searched_on(run_sets)}",
            f"Mean over runs in {found.objective.gap}, against {found.axis}, "
            f"{_up_to(found.budgets)}. At the end: "
            f"{ends(found.curves, 1) or 'no run has queried anything'}.",
            data_of(found.curves, "queries", "regret"),
        )
    return drawing


MOST_HOURS = 1e12
"""More is no training time."""


def share_found_by_cost(
    run_sets: Sequence[RunSet], styles: Mapping[str, Style], name: str, points: int = POINTS
) -> Drawing | None:
    """The share of runs that have found the optimum after so much simulated training time.

    The hours that the table's source trained what was charged. A run that did not find it within
    its budget of queries is one without it, whatever they cost: the curves end at the shares of
    the tables. None where the table has no training seconds, or none that can be drawn. `name`
    and `points` as in `share_found`.
    """
    run_sets = _fewest_samples_first(run_sets)
    found = {}
    for runs in run_sets:
        needed = seconds_to(runs, OPTIMUM)
        spent = restricted_seconds(runs, OPTIMUM, runs.identity.budget)
        if needed is None or spent is None:
            return None
        found[runs.identity.method] = kaplan_meier(needed / 3600, float(spent.max()) / 3600)
    curves = [_found_curve(method, steps, points) for method, steps in found.items()]
    last = max(steps.end for steps in found.values())
    if not 0 < last < MOST_HOURS:  # a table can record any number
        return None
    scale = Scale(_start(found.values()), last, 100, 1, True, lambda at: f"% after {at:,.3g} hours")
    with look(name) as (figure, axes):
        draw_curves(axes, curves, styles, scale)
        log_axis(axes, "simulated training (hours)", scale.start, scale.end)
        share_axis(axes, "runs with optimum (%)")
        place_legend(figure, *curve_legend(curves, styles), longest=LONGEST)
        drawing = drawing_of(
            figure,
            name,
            f"Share of runs that found the optimum of {searched_on(run_sets)}, against training "
            "cost",
            "In percent, against the hours of training that the table's source spent on what was "
            "charged. At the end: "
            f"{ends(curves, 100)}.",
            data_of(curves, "hours", "share_found"),
        )
    return drawing


FIGURES: dict[str, Callable[[Sequence[RunSet], Mapping[str, Style], str, int], Drawing | None]] = {
    "found": share_found,
    "regret": regret,
    "cost": share_found_by_cost,
}
"""The figures of a benchmark, by the name in their files."""


def benchmark_figures(
    run_sets: Sequence[RunSet],
    styles: Mapping[str, Style],
    slug: str,
    points: int = POINTS,
    kinds: Collection[str] = tuple(FIGURES),
) -> dict[str, Drawing]:
    """The figures of a benchmark, of these kinds, that can be drawn: by the name in their files.

    The run sets, of methods without failed runs, share benchmark and rules but for the budget.
    The ids of each SVG begin with `slug` and that name. Without run sets there are none.
    """
    drawings = {
        figure: draw(run_sets, styles, f"{slug}-{figure}", points)
        for figure, draw in FIGURES.items()
        if run_sets and figure in kinds
    }
    return {figure: drawing for figure, drawing in drawings.items() if drawing is not None}


def _fewest_samples_first(run_sets: Sequence[RunSet]) -> list[RunSet]:
    """By the restricted mean at the smallest budget, as in the tables; then by name."""
    budget = min(runs.identity.budget for runs in run_sets)
    return sorted(
        run_sets,
        key=lambda runs: (
            np.minimum(runs.samples_to_optimum, budget).mean(),
            runs.identity.method,
        ),
    )


def _found_curve(method: str, found: FoundCurve, points: int) -> Curve:
    """Every step and the end; steps on an even logarithmic grid where there are too many."""
    at = np.append(found.queries, found.end)
    if at.size > points and at.size > 2:
        at = np.append(0.0, np.geomspace(at[1], found.end, points - 1))
        if float(found.end).is_integer():
            at = np.unique(at.round())
    step = np.searchsorted(found.queries, at, side="right") - 1
    return curve(method, at, found.share[step], found.low[step], found.high[step])


def _start(found: Iterable[FoundCurve]) -> float:
    """Where the axis starts: before the first run has found it, and well before the end."""
    curves = list(found)
    last = max(steps.end for steps in curves)
    at = np.concatenate([steps.queries for steps in curves])
    return round_down(min(at[at > 0].min(initial=last), last / 4))


def _exact(runs: RunSet, scale: Scale) -> list[Curve]:
    """Random search in closed form, where there is one."""
    if runs.identity.duplicates != "by_id":
        return []
    table = runs.benchmark.table
    queries = np.unique(np.append(0, np.geomspace(max(1, scale.start), scale.end, 60).round()))
    missed = not_found_after(table.size, len(table.optimum), queries.astype(np.int64))
    return [curve(EXACT, queries, 1 - missed)]


def regret_at_budget(it: Curve, budget: int) -> tuple[float, float]:
    """The regret at the budget, and for ties the mean on the way there."""
    return float(np.interp(budget, it.at, it.values)), float(it.values[it.at <= budget].mean())


def regret_axis(axes: "Axes", curves: Sequence[Curve], scale: Scale, title: str) -> None:
    """Logarithmic; where a curve comes to zero, linear from the smallest regret shown to zero."""
    shown = np.concatenate([np.ones(0), *(it.values[it.at >= scale.start] for it in curves)])
    positive = shown[shown > 0] if (shown > 0).any() else np.ones(1)
    smallest, top = float(positive.min()), 1.1 * float(positive.max())
    if positive.size < shown.size:
        threshold = 10 ** np.clip(np.floor(np.log10(smallest)), -2, 1)
        axes.set_yscale("symlog", linthresh=float(threshold), linscale=0.5)
        bottom, ticks = 0.0, [0.0, *log_ticks(threshold, top)]
    else:
        axes.set_yscale("log")
        bottom = 0.9 * smallest
        ticks = log_ticks(bottom, top)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.tick_params(axis="y", which="minor", labelleft=False)
    axes.set(ylim=(bottom, top), ylabel=title.replace("$", r"\$"))


def searched_on(run_sets: Sequence[RunSet]) -> str:
    """`nasbench201/cifar10 (weaknas-paper)`; the budget is not named where it differs."""
    protocols = {runs.identity.protocol for runs in run_sets}
    if len(protocols) > 1:
        protocols = {_without_budget(protocol) for protocol in protocols}
    limit = run_sets[0].benchmark.limit_text
    within = f", only architectures with {limit}" if limit else ""
    return f"{run_sets[0].identity.benchmark} ({', '.join(sorted(protocols))}{within})"


def _without_budget(protocol: str) -> str:
    try:
        spec = Spec.parse(protocol)
    except UserError:
        return protocol
    return str(Spec(spec.name, {k: v for k, v in spec.parameters.items() if k != "budget"}))


def _smallest(budgets: Sequence[int]) -> str | None:
    """What the dotted line says; None where all have one budget."""
    return f"smallest budget ({min(budgets):,})" if min(budgets) < max(budgets) else None


def _up_to(budgets: Sequence[int]) -> str:
    if min(budgets) == max(budgets):
        return f"up to {max(budgets):,}"
    return (
        f"up to each method's budget, {min(budgets):,} to {max(budgets):,}, beyond which nothing "
        "is known of it"
    )
