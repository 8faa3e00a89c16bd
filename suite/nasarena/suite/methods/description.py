"""What a method's class declares, as it is stored with its runs."""

import sys
from functools import cache
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path, PurePath
from typing import Any

from nasarena.suite.errors import UserError, one_line, printable
from nasarena.suite.methods.cards import FILE_MODULE, GROUP, MethodCard, documentation
from nasarena.suite.parameters import value_text
from nasarena.suite.plugins import plugins
from nasarena.suite.records.method_description import (
    LONGEST_PAPER,
    LONGEST_TEXT,
    LONGEST_WORD,
    MOST_WORDS,
    PACKAGE,
    REFERENCE,
    MethodDescription,
)


def describe(card: MethodCard) -> MethodDescription:
    """What a card says, in the bounds that files of others are held to.

    It is the same wherever the class is installed or its file given in the same way: paths of the
    machine are not in it.
    """
    seconds: Any = getattr(card.make, "seconds_per_query", None)
    stated = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    reference, package = _home(card)
    return MethodDescription(
        method=card.name,
        version=card.version,
        kind=card.kind,  # type: ignore[arg-type]  # cards have checked it
        reference=reference,
        package=package,
        description=_cut(printable(documentation(card.make), kept="\n"), LONGEST_TEXT),
        paper=None if card.paper is None else one_line(card.paper, LONGEST_PAPER),
        tuned_on=None if card.tuned_on is None else _words(card.tuned_on),
        parameters={
            one_line(name, LONGEST_WORD): _default_text(value)
            for name, value in list(card.parameters.items())[:MOST_WORDS]
        },
        requires=_words(card.requires),
        skips_twins=card.skips_twins,
        seconds_per_query=float(seconds) if stated and 0 <= seconds < float("inf") else None,
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _words(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one_line(text, LONGEST_WORD) for text in texts[:MOST_WORDS])


def _default_text(value: Any) -> str:
    """A default as text; of an object, whose text may have its address in memory, the type."""
    if isinstance(value, str):
        return one_line(value, LONGEST_WORD)
    try:
        return one_line(value_text(value), LONGEST_WORD)
    except UserError:
        return one_line(f"a {type(value).__name__}", LONGEST_WORD)


def _home(card: MethodCard) -> tuple[str | None, str | None]:
    """What to give `--methods`, and what pip installs before; None where that is not known."""
    class_name, module_name = card.make.__qualname__, card.make.__module__
    if card.address and ".py:" in card.address:
        return _reference(_below(card.address.rpartition(":")[0]), class_name), None
    installed = None if module_name.startswith(FILE_MODULE) else _distribution(card, module_name)
    package = f"{installed.metadata['Name']}=={installed.version}" if installed else None
    if package and not PACKAGE.fullmatch(package):
        package = None
    if package is None and "." not in module_name:  # a file, imported where it lies
        file = getattr(sys.modules.get(module_name), "__file__", None)
        return _reference(Path(file).name if file else "", class_name), None
    return _reference(module_name, class_name), package


def _below(path: str) -> str:
    """A path below the current folder as it is, and of any other the file's name."""
    given = PurePath(path)
    return given.name if given.is_absolute() or ".." in given.parts else given.as_posix()


def _reference(home: str, class_name: str) -> str | None:
    text = f"{home}:{class_name}"
    usable = REFERENCE.fullmatch(text) and len(text) <= LONGEST_WORD and text.isprintable()
    return text if usable and not home.startswith("__main__") else None


def _distribution(card: MethodCard, module: str) -> Distribution | None:
    """The distribution that a class comes with: that of its entry point, or its module's."""
    entry = plugins(GROUP).get(card.name)
    if entry is not None:
        return entry.dist
    names = _distributions().get(module.partition(".")[0], [])
    return distribution(names[0]) if names else None


@cache
def _distributions() -> dict[str, list[str]]:
    return {name: sorted(set(found)) for name, found in packages_distributions().items()}
