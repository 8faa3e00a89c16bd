"""Methods: found by name or file, described, and built with the parameters in their name."""

import importlib.util
import inspect
import re
import sys
import types
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Protocol, get_args, get_origin

import numpy as np

from nasarena.suite.errors import UserError, nearest, one_line
from nasarena.suite.names import Spec, expand
from nasarena.suite.packages import install_command, missing
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
    with a default.
    """

    def search(self, problem: Problem, rng: np.random.Generator) -> None:
        """Query until `problem` ends the search."""


@dataclass(frozen=True)
class MethodCard:
    """What is known of a method without building it."""

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
    return _card(name, load_plugin(GROUP, name, "method"))


def method_cards(names: Iterable[str]) -> tuple[list[MethodCard], list[str]]:
    """The cards of registered methods, and one warning for each that cannot be loaded."""
    cards, complaints = [], []
    for name in names:
        try:
            cards.append(method_card(name))
        except BrokenPlugin as error:
            complaints.append(str(error))
    return cards, complaints


@dataclass(frozen=True)
class MethodChoice:
    """One method with its parameters, as asked for; small enough to send to a worker.

    `name` is how it is recorded: the parameters that differ from the defaults in brackets.
    `file` is set for a class in a file of one's own, as `path/to/file.py:ClassName`.
    """

    name: str
    version: str
    file: str | None = None

    def card(self) -> MethodCard:
        """The method's card. Raises UserError when it cannot be loaded."""
        return file_card(self.file) if self.file else method_card(Spec.parse(self.name).name)

    def build(self) -> Method:
        """The method, built with its parameters. Raises UserError when it refuses them."""
        card = self.card()
        parameters = _typed(card, Spec.parse(self.name).parameters)
        try:
            return card.make(**parameters)
        except Exception as error:  # a method's __init__ can raise anything
            raise UserError(f"method {self.name} cannot be built: {one_line(str(error))}") from None


def choose_methods(texts: Iterable[str]) -> list[MethodChoice]:
    """The methods that names, patterns and files stand for; each once, in order.

    Each is loaded, built once, and its packages looked for, so that what cannot run is said
    before anything runs. Raises UserError.
    """
    choices: dict[str, MethodChoice] = {}
    for text in texts:
        for choice in _expand(text):
            card = choice.card()
            if card.missing:
                raise UserError(
                    f"method {card.name} needs {', '.join(card.missing)}, which is not installed; "
                    f"run: {card.install}"
                )
            choice.build()
            same = choices.setdefault(choice.name, choice)
            if same != choice:
                raise UserError(
                    f"two different methods are named '{choice.name}'; give the one in "
                    f"{choice.file or same.file} another name"
                )
    return list(choices.values())


def _expand(text: str) -> list[MethodChoice]:
    spec = Spec.parse(text)
    if ".py:" in spec.name:
        card = file_card(spec.name)
        if card.name in plugins(GROUP):
            raise UserError(
                f"{spec.name} is named '{card.name}', as a registered method; "
                "give the class another `name`"
            )
        return [MethodChoice(_canonical(card, spec.parameters), card.version, spec.name)]
    names = expand([spec.name], method_names(), "method")
    cards = [method_card(spec.name)] if names == [spec.name] else _usable(names, spec.name)
    return [MethodChoice(_canonical(card, spec.parameters), card.version) for card in cards]


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
    return _card(str(getattr(make, "name", class_name)), make)


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


def _canonical(card: MethodCard, given: dict[str, str]) -> str:
    """The method's name with the parameters that differ from the defaults."""
    different = {
        key: str(value)
        for key, value in _typed(card, given).items()
        if value != card.parameters[key]
    }
    return str(Spec(card.name, different))


def _typed(card: MethodCard, given: dict[str, str]) -> dict[str, Any]:
    """Texts as the types that the method's parameters are declared or default to."""
    annotations = inspect.get_annotations(card.make.__init__, eval_str=True)
    typed = {}
    for key, text in given.items():
        if key not in card.parameters:
            raise UserError(
                f"method {card.name} has no parameter '{key}'; {nearest(key, card.parameters)}"
            )
        wanted = _types(annotations.get(key), card.parameters[key])
        for type_ in wanted:
            try:
                typed[key] = _convert(text, type_)
                break
            except ValueError:
                continue
        else:
            kinds = " or ".join(type_.__name__ for type_ in wanted)
            raise UserError(f"method {card.name}: {key}={text} is not of type {kinds}")
    return typed


def _types(annotation: Any, default: Any) -> list[type]:
    if annotation is None:
        return [type(default)]
    if get_origin(annotation) is Literal:
        return [str]
    return list(get_args(annotation) or (annotation,))


def _convert(text: str, type_: type) -> Any:
    if type_ is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError
        return text.lower() == "true"
    if type_ is types.NoneType:
        if text.lower() != "none":
            raise ValueError
        return None
    if type_ in (int, float, str):
        return type_(text)
    raise ValueError
