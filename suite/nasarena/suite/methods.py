"""Methods: named or given as classes, described, and built with their parameters."""

import importlib.util
import inspect
import re
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import numpy as np

from nasarena.suite.errors import UserError, nearest, one_line
from nasarena.suite.names import Spec, expand
from nasarena.suite.packages import install_command, missing
from nasarena.suite.parameters import fresh, opened, packed, read_value, same_value, value_text
from nasarena.suite.plugins import BrokenPlugin, load_plugin, plugins
from nasarena.suite.problem import Problem

GROUP = "nasarena.methods"
KINDS = ("method", "baseline", "contender")


class Method(Protocol):
    """What the harness runs: a class with this one function, and optional class attributes.

    * `version` ("1"): counted up when the same name, parameters and seed give another trace.
    * `kind` ("method"): method, baseline or contender.
    * `paper`: where it is published.
    * `tuned_on`: the benchmarks (patterns) on which its defaults were chosen.
    * `requires`: packages that it imports beyond the core.
    * `seconds_per_query`: about what a charged query costs in CPU time, for `--dry-run`.
    * `sources`: what it loads by name and its traces depend on: `module:name`, or a `module`.
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

    `file` is set for a class in a file of one's own, as `path/to/file.py:ClassName`.
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
    file: str | None = None
    registered: bool = False

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Other processes load what has a name; a class without one is sent.
        if self.file:
            return file_card, (self.file,)
        return (method_card, (self.name,)) if self.registered else super().__reduce_ex__(protocol)

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
    return replace(_card(name, load_plugin(GROUP, name, "method")), registered=True)


def method_cards(names: Iterable[str]) -> tuple[list[MethodCard], list[str]]:
    """The cards of registered methods, and one warning for each that cannot be loaded."""
    cards, complaints = [], []
    for name in names:
        try:
            cards.append(method_card(name))
        except BrokenPlugin as error:
            complaints.append(str(error))
    return cards, complaints


class MethodChoice:
    """One method with its parameters, as asked for; small enough to send to a worker.

    `name` is how it is recorded: the parameters that differ from the defaults in brackets.
    """

    def __init__(self, card: MethodCard, parameters: dict[str, Any]) -> None:
        different = {
            key: fresh(value)  # the user's own may change later
            for key, value in parameters.items()
            if not same_value(value, card.parameters[key])
        }
        self.name = _recorded_name(card, different)
        self.version = card.version
        classes = [card.make, *(type(value) for value in different.values())]
        classes += [value for value in different.values() if isinstance(value, type)]
        self._packed = packed((card, different), classes, f"method {self.name}")
        self._parts: tuple[MethodCard, dict[str, Any]] | None = (card, different)

    def __repr__(self) -> str:
        return f"MethodChoice({self.name})"

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_parts": None}

    @property
    def card(self) -> MethodCard:
        """The method's card. Raises UserError when a worker cannot load it."""
        return self._opened[0]

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that differ from the defaults. Raises UserError as `card`."""
        return self._opened[1]

    @property
    def _opened(self) -> tuple[MethodCard, dict[str, Any]]:
        # Opened when first used: an error while a task is read would end a worker process.
        if self._parts is None:
            try:
                self._parts = opened(self._packed)
            except UserError:
                raise
            except Exception as error:  # anybody's module can raise anything
                said = one_line(f"{type(error).__name__}: {error}")
                raise UserError(
                    f"method {self.name} cannot be loaded in a worker process: {said}"
                ) from None
        return self._parts

    def build(self) -> Method:
        """The method, built with its parameters. Raises UserError when it refuses them."""
        parameters = {key: fresh(value) for key, value in self.parameters.items()}
        try:
            return self.card.make(**parameters)
        except Exception as error:  # a method's __init__ can raise anything
            raise UserError(f"method {self.name} cannot be built: {one_line(str(error))}") from None


LONGEST_NAME = 200
"""Bytes of a method's name as a folder; file systems allow 255."""


def _recorded_name(card: MethodCard, different: dict[str, Any]) -> str:
    texts = {}
    for key, value in different.items():
        try:
            texts[key] = value_text(value)
        except UserError as error:
            raise UserError(f"method {card.name}, parameter {key}: {error}") from None
    name = str(Spec(card.name, texts))
    if len(quote(name, safe="[]=,.-_")) > LONGEST_NAME:
        raise UserError(
            f"the name {one_line(name, 100)} is too long for a folder; write a class with a "
            "shorter name that has these parameters"
        )
    return name


def choose_methods(given: Iterable[Any]) -> list[MethodChoice]:
    """The methods that names, patterns, files, classes and instances stand for; each once.

    In the order given. Each is loaded, built once, and its packages looked for, so that what
    cannot run is said before anything runs. Raises UserError.
    """
    choices: dict[str, MethodChoice] = {}
    for one in given:
        for choice in _expand(one) if isinstance(one, str) else [_choice_of(one)]:
            card = choice.card
            if card.missing:
                raise UserError(
                    f"method {card.name} needs {', '.join(card.missing)}, which is not installed; "
                    f"run: {card.install}"
                )
            choice.build()
            same = choices.setdefault(choice.name, choice)
            if same.card.make is not card.make or not _same_types(same, choice):
                where = card.file or same.card.file
                raise UserError(
                    f"two different methods are named '{choice.name}'; give "
                    f"{f'the one in {where}' if where else 'one of them'} another name"
                )
    return list(choices.values())


def _same_types(one: MethodChoice, other: MethodChoice) -> bool:
    """Whether parameters written alike are of the same types: `5` can be a text."""
    return {key: type(value) for key, value in one.parameters.items()} == {
        key: type(value) for key, value in other.parameters.items()
    }


def _expand(text: str) -> list[MethodChoice]:
    spec = Spec.parse(text)
    if ".py:" in spec.name:
        card = file_card(spec.name)
        if card.name in plugins(GROUP):
            raise UserError(
                f"{spec.name} is named '{card.name}', as a registered method; "
                "give the class another `name`"
            )
        return [MethodChoice(card, _typed(card, spec.parameters))]
    names = expand([spec.name], method_names(), "method")
    cards = [method_card(spec.name)] if names == [spec.name] else _usable(names, spec.name)
    return [MethodChoice(card, _typed(card, spec.parameters)) for card in cards]


def _choice_of(given: Any) -> MethodChoice:
    """The choice that a class, or an instance with its parameters, stands for."""
    if not callable(getattr(given, "search", None)):
        raise UserError(
            f"{one_line(repr(given), 80)} is no method: give a name, a class with "
            "search(self, problem, rng), or an instance of one"
        )
    if isinstance(given, type):
        return MethodChoice(class_card(given), {})
    card = class_card(type(given))
    parameters = {name: _stored(given, name, card) for name in card.parameters}
    choice = MethodChoice(card, parameters)
    built = choice.build()
    for name, value in parameters.items():
        if not same_value(_stored(built, name, card), value):
            raise UserError(
                f"method {card.name} does not keep its parameter {name} as given, so that an "
                f"instance cannot be built again for each run; let __init__ store it unchanged "
                f"(self.{name} = {name})"
            )
    return choice


def _stored(instance: Any, name: str, card: MethodCard) -> Any:
    """The value of a parameter, from the attribute of the same name."""
    try:
        value = getattr(instance, name)
    except AttributeError:
        raise UserError(
            f"method {card.name} is given as an instance, and has no attribute '{name}' that "
            f"tells its parameter; let __init__ store it (self.{name} = {name}), or give the class"
        ) from None
    return value.item() if isinstance(value, np.generic) else value


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


def _usable(names: list[str], pattern: str) -> list[MethodCard]:
    """The cards of those that can be run; a pattern leaves out the others, with a warning each."""
    cards, complaints = method_cards(names)
    usable = [card for card in cards if not card.missing]
    complaints += [
        f"{card.name} is left out of '{pattern}': it needs {', '.join(card.missing)} "
        f"({card.install})"
        for card in cards
        if card.missing
    ]
    for complaint in complaints:
        warnings.warn(complaint, stacklevel=2)
    if not usable:
        raise UserError(f"no method that '{pattern}' matches can be run: {complaints[0]}")
    return usable


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
    name = f"nasarena_file_{sha256(str(path).encode()).hexdigest()[:8]}_{path.stem}"
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
    make = getattr(module, class_name, None)
    classes = [key for key, value in vars(module).items() if hasattr(value, "search")]
    if make is None:
        raise UserError(f"{path_text} has no class '{class_name}'; {nearest(class_name, classes)}")
    return replace(_card(str(getattr(make, "name", class_name)), make), file=text)


def _card(name: str, make: Any) -> MethodCard:
    if not re.fullmatch(r"\w[\w.+-]*", name):
        raise UserError(
            f"a method cannot be named '{name}': use letters, digits, '_', '-', '+' and '.'"
        )
    if not isinstance(make, type) or not callable(getattr(make, "search", None)):
        raise UserError(f"method '{name}' is not a class with search(self, problem, rng)")
    kind = str(getattr(make, "kind", "method"))
    if kind not in KINDS:
        raise UserError(f"method '{name}' has kind '{kind}'; {nearest(kind, KINDS)}")
    parameters = {}
    if "__init__" in {key for base in make.__mro__[:-1] for key in vars(base)}:
        for parameter in list(inspect.signature(make).parameters.values()):
            if parameter.default is parameter.empty:
                raise UserError(f"method '{name}': its parameter {parameter.name} has no default")
            parameters[parameter.name] = parameter.default
    tuned_on = getattr(make, "tuned_on", None)
    return MethodCard(
        name=name,
        make=make,
        kind=kind,
        version=str(getattr(make, "version", "1")),
        paper=getattr(make, "paper", None),
        summary=(inspect.getdoc(make) or "").split("\n\n")[0].replace("\n", " "),
        parameters=parameters,
        tuned_on=None if tuned_on is None else tuple(tuned_on),
        requires=tuple(getattr(make, "requires", ())),
        skips_twins=bool(getattr(make, "skips_twins", False)),
    )


def _typed(card: MethodCard, given: dict[str, str]) -> dict[str, Any]:
    """Texts as the types that the method's parameters are declared or default to."""
    annotations = inspect.get_annotations(card.make.__init__, eval_str=True) if given else {}
    typed = {}
    for key, text in given.items():
        if key not in card.parameters:
            raise UserError(
                f"method {card.name} has no parameter '{key}'; {nearest(key, card.parameters)}"
            )
        try:
            typed[key] = read_value(text, annotations.get(key), card.parameters[key])
        except ValueError as error:
            raise UserError(f"method {card.name}: {key}={text} is not of type {error}") from None
    return typed
