"""The digest of the definitions that a method runs."""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from nasarena.suite.records.run_record import BY_DEFINITION, COMPILED
from nasarena.suite.runs.source_digest.names import Definition, Names, Target


class MethodSource(NamedTuple):
    """What a method runs, as far as its source tells.

    `libraries` are the modules of other packages that it names, each by its dotted name.
    """

    digest: str
    libraries: frozenset[str]


def source_digest(make: type, sources: Iterable[str] = ()) -> str:
    """The digest of what a method runs; see `method_source`."""
    return method_source(make, sources).digest


def method_source(make: type, sources: Iterable[str] = ()) -> MethodSource:
    """What a method runs.

    That is its class, its bases, what `sources` names (`module:name`, or all of a `module`), and
    every definition that these refer to, from one to the next: functions, classes and assigned
    names of its own package and of nasarena, with the statements that run when their modules are
    imported. Other packages count with the names used of them: their versions are recorded.

    Where a definition stands does not count, nor do docstrings, comments, annotations, and the
    attributes that describe a method (`DESCRIPTION`).

    What the source does not name is not seen: the problem and the space that a search is given,
    names put together while running, and modules imported for what they do.
    """
    sources = list(sources)
    names = Names({__name__, make.__module__, *sources})
    targets = [*names.method(make)]
    targets += [target for source in sources for target in names.source(source)]
    text, compiled, outside = _graph(names, targets)
    return MethodSource(
        (COMPILED if compiled else BY_DEFINITION) + sha256(text.encode()).hexdigest(),
        frozenset(name.rpartition(".")[0] or name for name in outside),
    )


def _graph(names: Names, targets: Iterable[Target]) -> tuple[str, bool, set[str]]:
    """All that is reached as one text, whether some of it is compiled code, what is outside it.

    Definitions are numbered in the order in which the names in them reach them, which is the
    same wherever they stand.
    """
    reached: dict[Definition, int] = {}
    order: list[Definition] = []
    outside: set[str] = set()

    def pointer(target: Target) -> str:
        if not isinstance(target, Definition):
            outside.add(target.name)
            return target.name
        if target not in reached:
            reached[target] = len(order)
            order.append(target)
        return str(reached[target])

    lines = [pointer(target) for target in targets]
    compiled = False
    for definition in order:  # which grows meanwhile
        part = names.part(definition)
        compiled = compiled or part.compiled
        lines.append(part.text)
        lines += [f"{name}: {pointer(to)}" for name, to in names.references(definition, part)]
    return "\n".join(lines), compiled, outside
