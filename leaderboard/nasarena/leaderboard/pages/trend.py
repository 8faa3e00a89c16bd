"""The page of a method over the commits of a history."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from nasarena.leaderboard.figures.styles import Style
from nasarena.leaderboard.figures.trend_figures import (
    benchmarks_figure,
    environments_of,
    letter,
    letter_of,
    ratio_text,
    trend_figure,
)
from nasarena.leaderboard.pages.grid import (
    Cell,
    Grid,
    GridColumn,
    estimate_column,
    number_column,
    text_column,
)
from nasarena.leaderboard.pages.section import Picture, Section
from nasarena.leaderboard.pages.slugs import method_page, slug, trend_page
from nasarena.leaderboard.texts import number, seed_count
from nasarena.suite.errors import one_line, printable
from nasarena.suite.gate.commits import Commit
from nasarena.suite.gate.steps import ALPHA, Step
from nasarena.suite.gate.trend import Trend

SHORT, SUBJECT = 7, 80
"""Digits of a hash, and letters of a subject, that are shown."""


@dataclass(frozen=True)
class TrendPage:
    """What the page of a method over commits shows; `method_href` is empty without its page."""

    path: str
    method: str
    method_href: str
    style: Style
    sections: list[Section]


def trend_page_of(trend: Trend, style: Style, has_page: bool, repo_url: str) -> TrendPage:
    """The page of a method; commits are linked where the repository's address is given."""
    name = f"{slug(trend.method)}-trend"
    return TrendPage(
        path=trend_page(trend.method),
        method=trend.method,
        method_href=method_page(trend.method) if has_page else "",
        style=style,
        sections=[
            Section(
                "samples",
                "Samples and CPU time",
                sentences=[_size(trend), _steps_found(trend)],
                pictures=_pictures(trend, style, name),
                notes=_notes(trend),
            ),
            Section("commits", "Commits", grids=[_commits(trend, name, repo_url)]),
            Section("how", "How steps are found", sentences=_how(trend)),
        ],
    )


def trends_grid(trends: Sequence[Trend]) -> Grid:
    """The methods of a history, with what their last runs needed and their newest step."""
    moments = [trend.series.moments for trend in trends]
    return Grid(
        "trends",
        "Methods over commits. Samples: geometric mean over the benchmarks of the last runs.",
        [
            text_column(
                "method",
                "method",
                [Cell(printable(t.method), href=trend_page(t.method)) for t in trends],
            ),
            number_column("commits", "commits", [len(some) for some in moments], "{:.0f}".format),
            text_column("last", "last_commit", [some[-1].commit.sha[:SHORT] for some in moments]),
            estimate_column("samples", "samples", [t.mean_samples[-1] for t in trends], number),
            number_column("steps", "steps", [len(t.steps) for t in trends], "{:.0f}".format),
            text_column("newest step", "newest_step", [_newest(trend) for trend in trends]),
        ],
    )


def _newest(trend: Trend) -> str:
    if not trend.steps:
        return "none"
    step = trend.steps[-1]
    return f"{trend.series.moments[step.at].commit.sha[:SHORT]}: {_step_text(step)}"


def _size(trend: Trend) -> str:
    moments = trend.series.moments
    first, last = moments[0].commit.time, moments[-1].commit.time
    dates = f"{first:%Y-%m-%d}" if len(moments) == 1 else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    seeds = seed_count(one.count for moment in moments for one in moment.cells.values())
    return (
        f"{_counted(len(moments), 'commit')} ({dates}, in UTC), "
        f"{_counted(len(trend.series.benchmarks), 'benchmark')}, {seeds}. Samples are means of "
        "min(samples, budget), brackets and bars 95 % intervals over seeds. Fewer is better."
    )


def _steps_found(trend: Trend) -> str:
    if not trend.steps:
        return "No step was found in its samples."
    said = [
        f"{trend.series.moments[step.at].commit.sha[:SHORT]} ({_step_text(step)})"
        for step in trend.steps
    ]
    return f"Its samples changed with {', '.join(said)}."


def _step_text(step: Step) -> str:
    """`worse, 1.35 [1.21, 1.50] times`."""
    worse = "worse" if step.z > 0 else "better"
    return f"{worse}, {ratio_text(step.ratio)}" if step.ratio else worse


def _pictures(trend: Trend, style: Style, name: str) -> list[Picture]:
    over = ", geometric means over the benchmarks of the last runs"
    many = over if len(trend.series.latest) > 1 else ""
    drawn = (
        (
            f"{name}-samples",
            trend_figure(trend, style, f"{name}-samples"),
            f"Samples and CPU milliseconds per charged query over commits{many}, with 95 % "
            "intervals. Dashed lines are steps, with how many times as many samples (as much "
            "time) follow.",
        ),
        (
            f"{name}-benchmarks",
            benchmarks_figure(trend, style, f"{name}-benchmarks"),
            "Samples on each benchmark, with 95 % intervals. Dashed lines are the steps over all "
            "benchmarks together.",
        ),
    )
    return [
        Picture(file, drawing, caption) for file, drawing, caption in drawn if drawing is not None
    ]


def _commits(trend: Trend, name: str, repo_url: str) -> Grid:
    """A row for each commit, the newest first."""
    places = list(reversed(range(len(trend.series.moments))))
    moments = [trend.series.moments[place] for place in places]
    by_place = {step.at: step for step in trend.steps}
    by_time = {step.at: step for step in trend.time_steps}
    columns: list[GridColumn] = [
        text_column("commit", "commit", [_commit_cell(one.commit, repo_url) for one in moments]),
        text_column("date", "date", [f"{one.commit.time:%Y-%m-%d}" for one in moments]),
        text_column(
            "subject",
            "subject",
            [one_line(printable(one.commit.subject), SUBJECT) for one in moments],
        ),
        text_column(
            "step",
            "step",
            [_step_text(by_place[place]) if place in by_place else "" for place in places],
        ),
    ]
    if len(trend.series.latest) > 1:
        columns.append(
            estimate_column(
                "samples, mean",
                "samples",
                [trend.mean_samples[place] for place in places],
                number,
            )
        )
    columns += [
        estimate_column(
            printable(benchmark), benchmark, [estimates[place] for place in places], number
        )
        for benchmark, estimates in trend.samples.items()
    ]
    columns += [
        estimate_column(
            "CPU ms per query",
            "cpu_ms_per_query",
            [trend.milliseconds[place] for place in places],
            number,
        ),
        text_column("environment", "environment", [letter_of(trend, place) for place in places]),
        text_column(
            "CPU step",
            "cpu_step",
            [ratio_text(by_time[place].ratio) if place in by_time else "" for place in places],
        ),
    ]
    return Grid(
        name,
        "Commits, the newest first: samples on each benchmark, their geometric mean, and CPU "
        "time. A step stands at the first commit after it.",
        columns,
    )


def _commit_cell(commit: Commit, repo_url: str) -> Cell:
    url = f"{repo_url}/commit/{commit.sha}" if repo_url else ""
    return Cell(commit.sha[:SHORT], url=url)


def _how(trend: Trend) -> list[str]:
    methods = trend.methods
    level = f"{100 * ALPHA:g} %"
    shared = f" divided by the {methods} methods of this history" if methods > 1 else ""
    pages = f"on any of these {methods} pages" if methods > 1 else "on this page"
    sentences = [
        "The history is split in two at each commit, and the runs before and after are compared by "
        "their ranks on all benchmarks together. The split that separates them most is a step if p "
        f"is at most {level}{shared}. p comes from exchanging runs between commits, each time with "
        "the best split. Then both parts are split again (Pettitt 1979; Scott and Knott 1974).",
        f"So if no commit changes anything, the chance of a step {pages} is at most {level}. After "
        "a true step, each part is tested again at the same level.",
        "How many times as many samples follow is the ratio of the means up to the neighbouring "
        "steps, over all benchmarks.",
    ]
    if any(trend.milliseconds):
        sentences.append(
            "CPU time is information only. Its steps are found in the same way, with two "
            "differences: whole commits are exchanged, as times differ from session to session, "
            "and only those of one environment."
        )
    return sentences


def _notes(trend: Trend) -> list[str]:
    notes = []
    if repeated := sum(trend.repeated):
        notes.append(
            f"{_counted(repeated, 'commit')} of {len(trend.repeated)} made the same traces as the "
            "one before: they are the same code, and one point with it."
        )
    if trend.by_regret:
        notes.append(
            f"On {', '.join(map(printable, trend.by_regret))} most runs do not find the optimum: "
            "steps and their ratios are of regret there."
        )
    if trend.series.left_out:
        notes.append(
            f"{_counted(trend.series.left_out, 'commit')} with runs under other rules or on "
            "another table: these runs are not shown."
        )
    environments = environments_of(trend)
    if len(environments) > 1 or None in trend.environments:
        notes.append(
            "CPU times of different environments (versions of libraries, or machine) are not "
            "comparable: each environment has its own mark, and a line joins only neighbours of "
            "one. Times of commits with several environments are crosses."
        )
        notes += _differences(environments)
    return notes


def _differences(environments: Sequence[str]) -> list[str]:
    """What each environment is, in what they do not share: `Environment A: cpu x, python 3.11`."""
    every = [_flat(name) for name in environments]
    keys = sorted({key for one in every for key in one})
    different = [key for key in keys if len({one.get(key, "none") for one in every}) > 1]
    return [
        f"Environment {letter(place)}: "
        + (
            ", ".join(f"{key} {one_line(one.get(key, 'none'), 100)}" for key in different)
            or "not recorded"
        )
        + "."
        for place, one in enumerate(every)
    ]


def _flat(environment: str) -> dict[str, str]:
    """What a recorded environment says, by names: `cpu`, `python`, `numpy` and so on."""
    try:
        said = json.loads(environment)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return {"": printable(environment) or "not recorded"}
    packages = said.pop("packages", {})
    packages = packages if isinstance(packages, dict) else {}
    return {printable(str(key)): printable(str(value)) for key, value in (said | packages).items()}


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
