"""The candidate: the methods as they are now, run as the baseline was."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.errors import UserError, nearest
from nasarena.suite.files import locked, write_atomically
from nasarena.suite.gate.effect import Pair
from nasarena.suite.gate.outcomes import Outcomes, load_outcomes, require_optimum
from nasarena.suite.methods import MethodChoice
from nasarena.suite.names import Spec
from nasarena.suite.protocol import OVERRIDABLE, Protocol, load_protocol, protocol_names
from nasarena.suite.records.run_record import CellIdentity
from nasarena.suite.runs.environment import environment
from nasarena.suite.runs.execute import Cell, source_digest_of, source_of
from nasarena.suite.runs.runner import run_cells

CACHE = Path(".nasarena")
"""Where candidates' runs are kept: a folder for each source and environment."""

WAIT_SECONDS = 3600.0
"""How long to wait for another process that makes the same runs."""


def protocol_of(identity: CellIdentity) -> Protocol:
    """The protocol under which a baseline's runs were made.

    Raises UserError where one that nasarena ships has other rules by now.
    """
    name = Spec.parse(identity.protocol).name
    rules = {key: getattr(identity, key) for key in OVERRIDABLE}
    if name in protocol_names():
        now = load_protocol(identity.protocol)
        same = all(
            getattr(now, key) == rules[key]
            for key in OVERRIDABLE
            if key not in ("budget", "patience")  # bounded by what a space has to charge
        )
        if now.version != identity.protocol_version or not same:
            raise UserError(
                f"the baseline was made under version {identity.protocol_version} of "
                f"{identity.protocol}, and this nasarena has version {now.version}; write the "
                "baseline again with nasarena gate --update"
            )
    named = Protocol(name=name, version=identity.protocol_version, **rules)
    return named.model_copy(update={"name": identity.protocol})


def cell_of(choice: MethodChoice, identity: CellIdentity) -> Cell:
    """The cell of a candidate that is run as a baseline's runs were. Raises UserError."""
    table = load_benchmark(identity.benchmark, identity.limit).table
    if table.sha256 != identity.table_sha256:
        raise UserError(
            f"the baseline's runs are of another table of {identity.benchmark} (sha256 "
            f"{identity.table_sha256[:12]}...) than the one here ({table.sha256[:12]}...); write "
            "the baseline again with nasarena gate --update"
        )
    return Cell(choice, identity.benchmark, protocol_of(identity))


def run_kept(
    choice: MethodChoice,
    cells: Sequence[Cell],
    seeds: Iterable[int],
    workers: int | None = None,
    progress: Callable[[int], None] = lambda finished: None,
    cache: Path = CACHE,
    before: Iterable[int] = (),
) -> tuple[list[Outcomes], list[str]]:
    """The outcomes of a method's cells, run where they are not kept from before.

    Runs are kept in `cache` by what makes their traces: the method's source, and the environment.
    The outcomes are of `seeds` and of those run `before`. With them, a sentence where runs failed.
    Raises UserError.
    """
    chosen = list(seeds)
    for cell in cells:
        require_optimum(cell.benchmark)
    with kept_runs(choice, cache) as folder:
        report = run_cells(cells, chosen, folder, workers, progress)
        wanted = {cell.identity() for cell in cells}
        failures = [
            f"{sentence} (nasarena runs {shlex.quote(str(folder))} --failed --traceback)"
            for sentence in report.failures
        ]
        return load_outcomes(folder, wanted.__contains__, [*before, *chosen]), failures


@contextmanager
def kept_runs(choice: MethodChoice, cache: Path = CACHE) -> Iterator[Path]:
    """The results folder for a method as its source is now; other processes wait.

    Raises UserError where it cannot be written to.
    """
    folder = kept_folder(choice, cache)

    def unwritable(error: OSError) -> UserError:
        return UserError(f"the folder {cache} cannot be written to ({error.strerror})")

    busy = f"another process has been making the same runs in {folder} for an hour; end it"
    with locked(cache / f"{folder.name}.lock", busy, unwritable, WAIT_SECONDS):
        # Nothing in it belongs into a repository.
        write_atomically(cache / ".gitignore", lambda file: file.write(b"*\n"))
        yield folder


def kept_folder(choice: MethodChoice, cache: Path = CACHE) -> Path:
    """Where the runs of a method as its source is now are kept."""
    source_of.cache_clear()
    made_by = f"{choice.version}\n{source_digest_of(choice)}\n{environment()}"
    return cache / "runs" / sha256(made_by.encode()).hexdigest()[:16]


def baseline_of(base: Sequence[Outcomes], method: str, where: Path) -> list[Outcomes]:
    """The runs of one method in a baseline. Raises UserError when there is none."""
    own = [one for one in base if one.identity.method == method]
    if not own:
        known = sorted({one.identity.method for one in base})
        raise UserError(
            f"the baseline {where} has no runs of {method} ({nearest(method, known)}); add it with "
            "nasarena gate --update, or, if it was renamed, give its class the old name as the "
            "attribute `name`"
        )
    return own


def first_seeds(base: Sequence[Outcomes], count: int) -> list[int]:
    """The first seeds that all cells have stored, `count` of them. Raises UserError."""
    common = sorted(set.intersection(*(set(one.seeds.tolist()) for one in base)))
    if len(common) < count:
        least = min(base, key=lambda one: one.count)
        method, benchmark = least.key
        raise UserError(
            f"the baseline has {len(common)} seeds of {method} on {benchmark}, fewer than the "
            f"{count} asked for; give --seeds {len(common)}, or write it again with more"
        )
    return common[:count]


def paired(base: Sequence[Outcomes], head: Sequence[Outcomes], where: Path) -> list[Pair]:
    """A method's stored runs and new ones on each benchmark.

    Raises UserError where a benchmark is missing, or was run under other rules.
    """
    new = {one.identity.benchmark: one for one in head}
    pairs = []
    for one in base:
        method, benchmark = one.key
        if benchmark not in new:
            raise UserError(
                f"{where} has no runs of {method} on {benchmark}, which the baseline has; run "
                f"{method} there, or write the baseline again without it"
            )
        theirs = new[benchmark].identity
        for key, what in _SAME.items():
            if getattr(theirs, key) != getattr(one.identity, key):
                raise UserError(
                    f"{where} has runs of {method} on {benchmark} with {what} "
                    f"{getattr(theirs, key)}, the baseline with {getattr(one.identity, key)}; run "
                    "both under the same rules, or write the baseline again"
                )
        pairs.append(Pair(one, new[benchmark]))
    return pairs


_SAME = {
    "protocol": "protocol",
    "protocol_version": "protocol version",
    "table_sha256": "table sha256",
    "budget": "budget",
    "labels": "labels",
    "duplicates": "duplicates",
    "stop": "stop",
    "patience": "patience",
    "fidelities": "fidelities",
    "limit": "limit",
}
"""What runs must share to be compared, and how it is called."""
