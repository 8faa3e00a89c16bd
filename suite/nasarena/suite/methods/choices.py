"""Methods chosen for runs: named or given as classes, and built with their parameters."""

import inspect
import warnings
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import numpy as np

from nasarena.suite.errors import UserError, nearest, one_line
from nasarena.suite.methods.cards import (
    Method,
    MethodCard,
    check_instance,
    class_card,
    load_card,
    method_cards,
    method_names,
)
from nasarena.suite.names import Spec, expand
from nasarena.suite.parameters import fresh, opened, packed, read_value, same_value, value_text


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
            built = self.card.make(**parameters)
            check_instance(self.name, built)
        except UserError:
            raise
        except Exception as error:  # a method's __init__ can raise anything
            raise UserError(f"method {self.name} cannot be built: {one_line(str(error))}") from None
        return built


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
                where = card.address or same.card.address
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
    if ":" in spec.name:
        card = load_card(spec.name)
        return [MethodChoice(card, _typed(card, spec.parameters))]
    names = expand([spec.name], method_names(), "method")
    cards = [load_card(spec.name)] if names == [spec.name] else _usable(names, spec.name)
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
