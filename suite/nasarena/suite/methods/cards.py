"""What is known of a method: by its registered name, its class, or where its class stands."""

import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from nasarena.suite.errors import UserError, nearest, one_line
from nasarena.suite.packages import install_command, missing
from nasarena.suite.plugins import BrokenPlugin, load_plugin, plugins
from nasarena.suite.problem import Problem

GROUP = "nasarena.methods"
KINDS = ("method", "baseline", "contender")
FILE_MODULE = "nasarena_file_"
"""What the names of modules begin with that are files given as methods."""

METHOD_NAME = re.compile(r"\w[\w.+-]*")
"""What a method can be named, without its parameters."""


class Method(Protocol):
    """What the harness runs: a class with this one function, and optional class attributes.

    * `version` ("1"): counted up when the same name, parameters and seed give another trace.
    * `kind` ("method"): method, baseline or contender.
    * `paper`: where it is published.
    * `tuned_on`: the benchmarks (patterns) on which its defaults were chosen.
    * `requires`: packages that it imports beyond the core.
    * `seconds_per_query`: about what a charged query costs in CPU time, for `--dry-run`.
    * `sources`: what it loads by name and its traces depend on: `module:name`, or a `module`.
    * `metrics`: what it asks `problem.metric` for, and cannot search without.
    * `proxies`: the zero-cost scores that it cannot search without, () for all that a benchmark
      has; a class without it asks for none.
    * `fidelities` (False): searches by trainings of several lengths, and cannot without.
    * `skips_twins` (False): never queries an isomorphic twin of what it queried.

    The parameters are the keyword arguments of its `__init__`: numbers, texts or booleans, each
    with a default. Where methods are given as instances (in Python), each is kept in an attribute
    of the same name, unchanged.
    """

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        """Query until `problem` ends the search."""


@dataclass(frozen=True)
class MethodCard:
    """What is known of a method without building it.

    `address` is what names it on a command line: a registered name, `path/to/file.py:ClassName`
    or `package.module:ClassName`. None for a class that was given as such.
    """

    name: str
    make: type[Method]
    kind: str
    version: str
    paper: str | None
    summary: str
    parameters: dict[str, Any]
    tuned_on: tuple[str, ...] | None
    requires: tuple[str, ...]
    skips_twins: bool
    address: str | None = None

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Other processes load what has an address; a class without one is sent.
        if self.address:
            return load_card, (self.address,)
        return super().__reduce_ex__(protocol)

    @property
    def missing(self) -> list[str]:
        """Packages it requires that are not installed."""
        return missing(self.requires)

    @property
    def install(self) -> str:
        """The command that installs what is missing."""
        return install_command(self.missing)


def method_names() -> list[str]:
    """The names of all registered methods; nothing is imported."""
    return list(plugins(GROUP))


@cache
def method_card(name: str) -> MethodCard:
    """The card of a registered method. Raises UserError when it cannot be loaded."""
    return replace(_card(name, load_plugin(GROUP, name, "method")), address=name)


def method_cards(names: Iterable[str]) -> tuple[list[MethodCard], list[str]]:
    """The cards of registered methods, and one warning for each that cannot be loaded."""
    cards, complaints = [], []
    for name in names:
        try:
            cards.append(method_card(name))
        except BrokenPlugin as error:
            complaints.append(str(error))
    return cards, complaints


def class_card(make: type) -> MethodCard:
    """The card of a class: a registered method's, or one of its own."""
    home = f"{make.__module__}:{make.__qualname__}"
    for registered, entry in plugins(GROUP).items():
        if entry.value == home:
            return method_card(registered)
    card = _card(str(getattr(make, "name", make.__name__)), make)
    if card.name in plugins(GROUP):
        raise UserError(
            f"the class {make.__name__} is named '{card.name}', as a registered method; "
            "give it another `name`"
        )
    return card


def load_card(address: str) -> MethodCard:
    """The card of the method that an address names (see `MethodCard`). Raises UserError."""
    if ".py:" in address:
        return file_card(address)
    return module_card(address) if ":" in address else method_card(address)


@cache
def module_card(text: str) -> MethodCard:
    """The card of a class in an installed module, from `package.module:ClassName`.

    That of a registered method, if the class is one.
    """
    module_name, _, class_name = text.rpartition(":")
    for registered, entry in plugins(GROUP).items():
        if entry.value == text:
            return method_card(registered)
    make = _attribute(_imported(module_name, class_name), class_name, module_name)
    if not isinstance(make, type):
        raise UserError(f"{text} is not a class with search(self, problem, rng)")
    card = class_card(make)
    return card if card.address else replace(card, address=text)


def _imported(module_name: str, class_name: str) -> ModuleType:
    file = f"path/to/file.py:{class_name}"
    if not all(part.isidentifier() for part in module_name.split(".")):
        raise UserError(
            f"'{module_name}' is not the name of a module to take the method {class_name} from; "
            f"write package.module:{class_name}, or give its file as {file}"
        )
    try:
        return importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # anybody's module can raise anything
        if isinstance(error, ModuleNotFoundError) and _is_within(module_name, error.name):
            raise UserError(
                f"there is no module {error.name} to take the method {class_name} from; install "
                f"the package it is in (pip install -e .), or give its file as {file}"
            ) from None
        said = one_line(f"{type(error).__name__}: {error}")
        raise UserError(
            f"the module {module_name} with the method {class_name} cannot be imported: {said}"
        ) from None


def _is_within(module: str, package: str | None) -> bool:
    """Whether `module` is `package`, or in it."""
    return f"{module}.".startswith(f"{package}.")


def _attribute(module: ModuleType, class_name: str, where: str) -> Any:
    """What a module has under a class's name. Raises UserError when it has nothing."""
    make = getattr(module, class_name, None)
    if make is None:
        classes = [key for key, value in vars(module).items() if hasattr(value, "search")]
        raise UserError(f"{where} has no class '{class_name}'; {nearest(class_name, classes)}")
    return make


@cache
def file_card(text: str) -> MethodCard:
    """The card of a class in a file, from `path/to/file.py:ClassName`.

    The file is imported under a name that no package has, so that it hides nothing. It stands
    alone: modules beside it cannot be imported (a method of several files is a package with an
    entry point).
    """
    path_text, _, class_name = text.rpartition(":")
    path = Path(path_text).resolve()
    if not path.is_file():
        raise UserError(f"there is no file {path_text} to take the method {class_name} from")
    name = f"{FILE_MODULE}{sha256(str(path).encode()).hexdigest()[:8]}_{path.stem}"
    module = sys.modules.get(name)
    if module is None:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except (Exception, SystemExit) as error:  # anybody's file can raise anything
            del sys.modules[name]
            said = one_line(f"{type(error).__name__}: {error}")
            raise UserError(f"the method file {path_text} cannot be imported: {said}") from None
    make = _attribute(module, class_name, path_text)
    card = _card(str(getattr(make, "name", class_name)), make)
    if card.name in plugins(GROUP):
        raise UserError(
            f"{text} is named '{card.name}', as a registered method; give the class another `name`"
        )
    return replace(card, address=text)


def _card(name: str, make: Any) -> MethodCard:
    if not METHOD_NAME.fullmatch(name):
        raise UserError(
            f"a method cannot be named '{one_line(name, 60)}': use letters, digits, '_', '-', '+' "
            "and '.'"
        )
    if not isinstance(make, type) or not callable(getattr(make, "search", None)):
        raise UserError(f"method '{name}' is not a class with search(self, problem, rng)")
    kind = one_line(str(getattr(make, "kind", "method")), 60)
    if kind not in KINDS:
        raise UserError(f"method '{name}' has kind '{kind}'; {nearest(kind, KINDS)}")
    parameters = {}
    if "__init__" in {key for base in make.__mro__[:-1] for key in vars(base)}:
        for parameter in list(inspect.signature(make).parameters.values()):
            if parameter.default is parameter.empty:
                raise UserError(f"method '{name}': its parameter {parameter.name} has no default")
            parameters[parameter.name] = parameter.default
    return MethodCard(
        name=name,
        make=make,
        kind=kind,
        version=_version(name, make),
        paper=_text(name, make, "paper"),
        summary=documentation(make).split("\n\n")[0].replace("\n", " "),
        parameters=parameters,
        tuned_on=_texts(name, make, "tuned_on"),
        requires=_texts(name, make, "requires") or (),
        skips_twins=_typed(name, make, "skips_twins", bool, "True or False") or False,
    )


def check_instance(name: str, built: Method) -> None:
    """Raises UserError for attributes of the wrong kind that may differ between instances."""
    _texts(name, built, "sources")
    _texts(name, built, "proxies")
    _texts(name, built, "metrics")
    _typed(name, built, "fidelities", bool, "True or False")
    _typed(name, built, "seconds_per_query", (int, float), "a number of seconds")


LONGEST_VERSION = 100


def _version(name: str, made: Any) -> str:
    version = _typed(name, made, "version", (str, int), "a text, as in '1'")
    version = "1" if version is None else str(version)
    if not version or len(version) > LONGEST_VERSION or not version.isprintable():
        raise UserError(
            f"method '{name}' has version {one_line(repr(version), 40)}; give a text of 1 to "
            f"{LONGEST_VERSION} printable letters, as in version = '1'"
        )
    return version


def _text(name: str, made: Any, attribute: str) -> str | None:
    text = _typed(name, made, attribute, str, "a text")
    return None if text is None else str(text)


def _texts(name: str, made: Any, attribute: str) -> tuple[str, ...] | None:
    """A list of texts; one text alone is not taken for a list of letters."""
    wanted = f"a list of texts, as in {attribute} = ['one', 'other']"
    values = _typed(name, made, attribute, (list, tuple), wanted)
    if values is None:
        return None
    if not all(isinstance(value, str) for value in values):
        raise _wrong_kind(name, attribute, values, wanted)
    return tuple(values)


def _typed(name: str, made: Any, attribute: str, kind: type | tuple[type, ...], wanted: str) -> Any:
    """An attribute of one kind; None where there is none. Raises UserError for another."""
    value = getattr(made, attribute, None)
    if value is not None and (
        not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
    ):
        raise _wrong_kind(name, attribute, value, wanted)
    return value


def _wrong_kind(name: str, attribute: str, value: Any, wanted: str) -> UserError:
    return UserError(
        f"method '{name}' has {attribute} = {one_line(repr(value), 60)}; it must be {wanted}"
    )


def documentation(make: type) -> str:
    """The docstring of a class, without its indentation; that of a base is not its own."""
    text = inspect.getdoc(make) if isinstance(make.__doc__, str) else None
    return text or ""
