"""The page of a method: what it is, where it wins and loses, its published results and ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from humanize import metric

from nasarena.leaderboard.figures.styles import Style
from nasarena.leaderboard.pages.commands import Reproduction, base_name, reproduction
from nasarena.leaderboard.pages.docstring import Docstring, read_docstring
from nasarena.leaderboard.pages.findings import Findings
from nasarena.leaderboard.pages.method_facts import card_of, descriptions_of
from nasarena.leaderboard.pages.method_tables import against_grid, results_grid
from nasarena.leaderboard.pages.other_sources import other_source_notes
from nasarena.leaderboard.pages.published_tables import best_verdicts, published_section
from nasarena.leaderboard.pages.section import Section
from nasarena.leaderboard.pages.slugs import method_page, slug, trend_page
from nasarena.suite.errors import UserError, printable
from nasarena.suite.names import Spec
from nasarena.suite.records.method_description import MethodDescription


@dataclass(frozen=True)
class Parameter:
    """A parameter with the value it has here, its default, and what is said of it."""

    name: str
    value: str
    default: str
    said: str

    @property
    def changed(self) -> bool:
        """Whether it is not the default."""
        return self.value != self.default


@dataclass(frozen=True)
class MethodPage:
    """What the page of a method shows.

    `trend` is its page over commits, empty where there is none; `variants` are the same with other
    parameters.
    """

    path: str
    method: str
    style: Style
    summary: str
    description: Docstring
    facts: dict[str, str]
    parameters: list[Parameter]
    remark: str
    trend: str
    variants: dict[str, str]
    sections: list[Section]
    reproductions: list[tuple[str, list[Reproduction]]]


def method_page_of(
    method: str,
    findings: Sequence[Findings],
    has_trend: bool = False,
) -> MethodPage:
    """The page of a method, from the comparisons it is in."""
    own = [one for one in findings if method in one.comparison.methods]
    is_installed = card_of(method) is not None
    descriptions = descriptions_of(method, findings)
    said = descriptions[0] if descriptions else None
    described = read_docstring(said.description if said else "")
    versions = sorted(
        {
            cells[method].identity.method_version
            for one in own
            for cells in one.comparison.run_sets.values()
            if method in cells
        }
    )
    sections = [section for one in own for section in _results(one, method)]
    sections.append(_published(own, method))
    others = sorted({name for one in findings for name in one.comparison.methods} - {method})
    return MethodPage(
        path=method_page(method),
        method=method,
        style=own[0].styles[method],
        summary=described.paragraphs[0].text if described.paragraphs else "",
        description=Docstring(described.paragraphs[1:], described.arguments),
        facts=_facts(said, versions),
        parameters=_parameters(said, method, described.arguments),
        remark=_remark(said, versions) if is_installed else _remark_on_stored(descriptions),
        trend=trend_page(method) if has_trend else "",
        variants={
            other: method_page(other) for other in others if base_name(other) == base_name(method)
        },
        sections=sections,
        reproductions=[
            (
                one.name,
                [
                    reproduction(cells[method])
                    for cells in one.comparison.run_sets.values()
                    if method in cells
                ],
            )
            for one in own
        ],
    )


def _facts(said: MethodDescription | None, versions: Sequence[str]) -> dict[str, str]:
    ran = {"version": ", ".join(map(printable, versions))}
    if said is None:
        return ran
    seconds = said.seconds_per_query
    return {
        "kind": said.kind,
        **ran,
        "paper": said.paper or "none stated",
        "settings chosen on": "not stated"
        if said.tuned_on is None
        else ", ".join(said.tuned_on) or "no benchmark",
        "skips isomorphic twins": "yes, unless a parameter says otherwise"
        if said.skips_twins
        else "no",
        "needs beyond the core": ", ".join(said.requires) or "nothing",
        "CPU time per query": "not stated"
        if seconds is None
        else f"about {_duration(seconds)}, stated by its author, not measured here",
    }


def _duration(seconds: float) -> str:
    """`20 μs`, `5.0 ms`, `1.5 s`, `3.2 min`."""
    return f"{seconds / 60:.2g} min" if seconds >= 120 else metric(seconds, "s", precision=2)


def _parameters(
    described: MethodDescription | None, method: str, said: Mapping[str, str]
) -> list[Parameter]:
    try:
        given = Spec.parse(method).parameters
    except UserError:
        given = {}
    defaults = described.parameters if described else {}
    return [
        Parameter(
            name=printable(name),
            value=printable(given.get(name, defaults.get(name, ""))),
            default=defaults.get(name, "not known"),
            said=said.get(name, ""),
        )
        for name in [*defaults, *(name for name in given if name not in defaults)]
    ]


def _remark(said: MethodDescription | None, versions: Sequence[str]) -> str:
    """What is to be known of an installed method that may not be the one that ran."""
    if said is None or [said.version] == list(versions):
        return ""
    return (
        f"This describes version {said.version}, which is installed; the runs were made with "
        f"version {', '.join(map(printable, versions))}."
    )


def _remark_on_stored(descriptions: Sequence[MethodDescription]) -> str:
    """What is to be known of a method that is not installed."""
    if not descriptions:
        return (
            "No description was stored for this method, and it is not registered here. Its runs "
            "are judged by the same table and rules as all others."
        )
    differ = " The descriptions with its runs differ: this is the first." * (len(descriptions) > 1)
    return (
        "The method is not registered here. This description was stored with its runs: it is what "
        f"its author says.{differ}"
    )


def _is_rejected(findings: Findings, method: str) -> bool:
    return method in findings.comparison.rejected_methods


def _results(findings: Findings, method: str) -> list[Section]:
    anchor = slug(findings.name)
    place = [row.method for row in findings.ranking.rows]
    sentences = []
    if note := other_source_notes(findings.comparison).get(method):
        sentences.append(note)
    if not findings.is_ranked(method):
        reason = "were rejected by an audit" if _is_rejected(findings, method) else "failed"
        sentences.append(f"Some of its runs {reason}, so it is shown but not ranked.")
    elif method in findings.ranking.left_out:
        sentences.append(f"Not in the ranking: {findings.ranking.left_out[method]}.")
    elif len(place) > 1:
        row = findings.ranking.rows[place.index(method)]
        samples = [other.samples.value for other in findings.ranking.rows]
        fewer = sum(value < row.samples.value for value in samples)
        shared = " (shared)" if samples.count(row.samples.value) > 1 else ""
        sentences.append(
            f"Place {fewer + 1} of {len(place)}{shared} in the ranking across benchmarks; "
            f"mean rank {row.mean_rank.value:.2f}."
        )
    against = against_grid(findings, method)
    return [
        Section(
            f"results-{anchor}",
            f"Where it wins and loses, under {printable(findings.name)}",
            sentences=sentences,
            grids=[results_grid(findings, method), *([against] if against else [])],
            notes=[]
            if against
            else ["No other ranked method was run on its benchmarks: nothing to compare with."],
        )
    ]


def _published(findings: Sequence[Findings], method: str) -> Section:
    verdicts = [verdict for verdict in best_verdicts(findings) if verdict.figure.ours == method]
    title = "Paper versus reproduced"
    if not verdicts:
        return Section("published", title, notes=["No published results for this method."])
    return published_section(verdicts, f"{slug(method)}-published", title, [])
