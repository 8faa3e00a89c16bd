"""The static site: one page that reads from a file, with its figures and data beside it."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from leaderboard.drawing import Drawing
from leaderboard.figures import FIGURES, POINTS
from leaderboard.styles import Style, method_styles
from leaderboard.tables import (
    NOTHING,
    Column,
    columns,
    mean_with_interval,
    number,
    printable,
    seed_count,
    tables,
    to_csv,
    to_json,
)
from suite.benchmark import Benchmark
from suite.errors import UserError
from suite.files import write_atomically
from suite.methods import method_names
from suite.names import Spec
from suite.protocol import protocol_names
from suite.records import CellIdentity
from suite.statistics.random_search import expected_samples, expected_samples_by_isomorphism
from suite.statistics.run_set import RunSet, load_run_sets
from suite.statistics.summary import Row, summary_rows

MARKER = "nasarena-site.json"
SITE_VERSION = 1
SHOWN_OPTIMA = 5
SHOWN_SEED_RANGES = 3
PAGE_POINTS = 15_000
"""Points of all curves together: they are most of the page, which stays below 1.5 MB."""


def write_site(results: Sequence[Path], out: Path | str) -> Path:
    """Write the leaderboard of results folders into the folder `out`; returns its index.html.

    The same records give the same bytes. A site written there before is replaced. Raises
    UserError for results that cannot be read or mix rules under one name, and for an `out` that
    holds something else or cannot be written.
    """
    out = Path(out)
    _check_folder(out)
    files = _site(load_run_sets(results))
    try:
        _write(files, out)
    except OSError as error:
        raise UserError(
            f"the site cannot be written to {out} ({error.strerror}); choose another with --out"
        ) from None
    return out / "index.html"


@dataclass(frozen=True)
class Line:
    """One method in a section: its row, its cells, how it is drawn and how it is made again."""

    row: Row
    cells: list[str]
    style: Style
    commands: list[str]
    remark: str | None


@dataclass(frozen=True)
class Section:
    """One benchmark under one protocol, as the page shows it."""

    slug: str
    identity: CellIdentity
    seeds: str
    columns: list[Column]
    lines: list[Line]
    verdict: "Verdict"
    random_search: str
    facts: dict[str, str]
    figures: dict[str, Markup]


@dataclass(frozen=True)
class Verdict:
    """Who needs fewest samples, and how sure that is."""

    best: Row | None
    clear: bool
    reason: str

    @property
    def mean(self) -> str:
        """The best method's mean with its interval."""
        return mean_with_interval(self.best) if self.best else NOTHING


def judge(rows: Sequence[Row]) -> Verdict:
    """Who needs fewest samples on a benchmark: clear if its interval lies below all others.

    Methods with failed runs are left out, and so is everybody where nobody found the optimum.
    """
    ranked = [row for row in rows if not row.failed]
    if not ranked:
        return Verdict(None, False, "every method has failed runs: none is ranked")
    best, *others = sorted(ranked, key=lambda row: (row.restricted_mean_samples, row.method))
    if best.found_share == 0:
        return Verdict(None, False, "no run found the optimum")
    if not others:
        return Verdict(best, False, "the only method: nothing to compare with")
    if best.restricted_mean_high is None:
        return Verdict(best, False, "one seed: could be chance")
    close = [
        printable(row.method)
        for row in others
        if row.restricted_mean_low is None or row.restricted_mean_low <= best.restricted_mean_high
    ]
    if not close:
        return Verdict(best, True, "its interval lies below all others")
    named = ", ".join(close[:2]) + (f" and {len(close) - 2} more" if len(close) > 2 else "")
    return Verdict(best, False, f"its interval overlaps with {named}")


def _site(run_sets: Sequence[RunSet]) -> dict[str, bytes]:
    """All files of the site but the marker, by their paths in it."""
    rows = summary_rows(run_sets)
    styles = method_styles([runs.identity.method for runs in run_sets])
    cells = {
        (runs.identity.protocol, runs.identity.benchmark, runs.identity.method): runs
        for runs in run_sets
    }
    texts = {
        "data/samples-to-optimum.csv": to_csv(rows),
        "data/samples-to-optimum.json": to_json(rows),
    }
    points = min(POINTS, max(12, PAGE_POINTS // (len(FIGURES) * len(rows))))
    protocols: dict[str, list[Section]] = {}
    for group in tables(rows):
        runs = [cells[row.protocol, row.benchmark, row.method] for row in group]
        slug = _slug(group[0].protocol, group[0].benchmark)
        drawings = _drawings(runs, styles, slug, points)
        for figure, drawing in drawings.items():
            texts[f"data/{slug}-{figure}.svg"] = drawing.svg
            texts[f"data/{slug}-{figure}.csv"] = drawing.data
        protocols.setdefault(group[0].protocol, []).append(
            _section(slug, group, runs, styles, drawings)
        )
    texts["index.html"] = _page(protocols)
    return {path: text.encode() for path, text in texts.items()}


def _page(protocols: dict[str, list[Section]]) -> str:
    environment = Environment(
        loader=PackageLoader("leaderboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"printable": printable, "number": number}
    template = environment.get_template("index.html.j2")
    rules = {name: _rules(sections[0].identity) for name, sections in protocols.items()}
    return template.render(protocols=protocols, rules=rules, seed_count=seed_count)


def _drawings(
    run_sets: Sequence[RunSet], styles: dict[str, Style], slug: str, points: int
) -> dict[str, Drawing]:
    """The figures of the methods without failed runs; none where all failed."""
    sound = [runs for runs in run_sets if "failed" not in runs.stop_reasons]
    if not sound:
        return {}
    return {name: draw(sound, styles, f"{slug}-{name}", points) for name, draw in FIGURES.items()}


def _section(
    slug: str,
    rows: list[Row],
    run_sets: list[RunSet],
    styles: dict[str, Style],
    drawings: dict[str, Drawing],
) -> Section:
    shown = columns(rows)
    identity, benchmark = run_sets[0].identity, run_sets[0].benchmark
    lines = []
    for row, runs, cells in zip(
        rows, run_sets, zip(*(column.cells for column in shown), strict=True), strict=True
    ):
        commands, remark = _reproduction(runs)
        lines.append(Line(row, list(cells), styles[row.method], commands, remark))
    return Section(
        slug=slug,
        identity=identity,
        seeds=seed_count(rows),
        columns=shown,
        lines=lines,
        verdict=judge(rows),
        random_search=_random_search(benchmark, identity),
        facts=_facts(benchmark),
        figures={name: Markup(drawing.svg) for name, drawing in drawings.items()},
    )


def _facts(benchmark: Benchmark) -> dict[str, str]:
    table, space = benchmark.table, benchmark.space
    keys = [space.key(id) for id in table.optimum[:SHOWN_OPTIMA].tolist()]
    more = len(table.optimum) - len(keys)
    return {
        "architectures": f"{table.size:,}",
        "isomorphism classes": f"{space.class_count:,}",
        "optimum" if len(table.optimum) == 1 else f"optima ({len(table.optimum)} tied)": ", ".join(
            keys
        )
        + (f" and {more} more" if more else ""),
        "best validation accuracy": f"{table.best_validation:.3f} %, mean of its training runs",
        "test accuracies": "none in this source" if table.test is None else "yes",
        "source": benchmark.file.source,
        "table sha256": table.sha256,
        "licence": benchmark.licence,
        "citation": benchmark.citation,
    }


def _rules(identity: CellIdentity) -> list[str]:
    """The rules of a protocol in four lines. The budget is a section's own: spaces can be small."""
    labels = {
        "mean": "A query answers the mean validation accuracy of an architecture's training runs.",
        "one_run": "A query answers one training run's validation accuracy, drawn per seed and "
        "architecture, the same for every method; regret is judged on the mean of all runs.",
    }
    duplicates = {
        "by_id": "Every architecture is charged once; asking again is free.",
        "by_isomorphism": "Of architectures that compute the same only the first is charged; its "
        "twins answer the same, free, and any of the optimum's twins finds it.",
    }
    stop = {
        "optimum": "A run ends when it queries the optimum, the best mean validation accuracy",
        "budget": "A run goes on to the budget, also after it has queried the optimum (the best "
        "mean validation accuracy)",
    }
    return [
        f"Up to {identity.budget:,} charged queries; a run that ends without the optimum, however "
        "early, counts as not found at the full budget.",
        labels.get(identity.labels, identity.labels),
        duplicates.get(identity.duplicates, identity.duplicates),
        f"{stop.get(identity.stop, identity.stop)}, or after {identity.patience:,} proposals in a "
        "row without a new charge.",
    ]


def _random_search(benchmark: Benchmark, identity: CellIdentity) -> str:
    """Random search's exact expectation, in a sentence."""
    if identity.duplicates == "by_id":
        table = benchmark.table
        without_limit = (table.size + 1) / (len(table.optimum) + 1)
        return (
            f"Random search needs {number(expected_samples(benchmark, identity.budget))} samples "
            f"on average, counted up to the budget ({without_limit:,.0f} without a limit): exact, "
            "in closed form."
        )
    try:
        expected = expected_samples_by_isomorphism(benchmark)
    except ValueError:
        return "Random search has no closed form here: the optimum is not alone in its class."
    return (
        f"Random search needs {expected:,.0f} samples on average, without a limit: exact, in "
        "closed form."
    )


def _reproduction(runs: RunSet) -> tuple[list[str], str | None]:
    """The commands that make the runs of a row again, and what they do not say."""
    identity, remarks = runs.identity, []
    seeds = runs.seeds.tolist()
    ranges: list[list[int]] = []
    for seed in seeds:
        if ranges and seed == ranges[-1][1]:
            ranges[-1][1] += 1
        else:
            ranges.append([seed, seed + 1])
    if len(ranges) > 1:
        remarks.append("the seeds are not contiguous")
    if len(ranges) > SHOWN_SEED_RANGES:
        remarks[-1] += f": {len(seeds)} of {seeds[0]}:{seeds[-1] + 1} are shown here"
        ranges = [[seeds[0], seeds[-1] + 1]]
    if _base(identity.method) not in method_names():
        remarks.append("the method is not registered here: give its author's file.py:Class")
    if _base(identity.protocol) not in protocol_names():
        remarks.append("the protocol is not shipped here: give its .toml file")
    commands = [
        shlex.join(
            [
                *("nasarena", "run", "--methods", printable(identity.method)),
                *("--benchmarks", identity.benchmark, "--seeds", f"{start}:{stop}"),
                *("--protocol", printable(identity.protocol)),
            ]
        )
        for start, stop in ranges
    ]
    return commands, "; ".join(remarks) or None


def _base(name: str) -> str | None:
    try:
        return Spec.parse(name).name
    except UserError:
        return None


def _slug(protocol: str, benchmark: str) -> str:
    """A name for files and anchors. Different names that look alike differ by a digest."""
    name = f"{protocol}/{benchmark}"
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+/[a-z0-9-]+", name):
        return plain
    return f"{plain[:80]}-{sha256(name.encode()).hexdigest()[:6]}"


def _check_folder(out: Path) -> None:
    if not out.exists() or (out / MARKER).is_file():
        return
    if not out.is_dir() or any(out.iterdir()):
        raise UserError(
            f"{out} holds something else than a site of nasarena (it has no {MARKER}); "
            "give a new or empty folder with --out"
        )


def _write(files: dict[str, bytes], out: Path) -> None:
    (out / "data").mkdir(parents=True, exist_ok=True)
    for path in _written_before(out):
        if path not in files:
            (out / path).unlink(missing_ok=True)
    marker = {"nasarena_site_version": SITE_VERSION, "files": sorted(files)}
    # The marker comes first: what an interrupted write leaves can be written over.
    files = {MARKER: (json.dumps(marker, indent=1) + "\n").encode()} | files
    for path, content in files.items():
        write_atomically(out / path, partial(_put, content))


def _put(content: bytes, file: BinaryIO) -> None:
    file.write(content)


def _written_before(out: Path) -> list[str]:
    """The files that the marker lists, if they are such as this module writes."""
    try:
        listed = json.loads((out / MARKER).read_text(encoding="utf-8"))["files"]
        return [path for path in listed if re.fullmatch(r"data/[a-z0-9-]+\.(svg|csv|json)", path)]
    except (OSError, ValueError, KeyError, TypeError):
        return []
