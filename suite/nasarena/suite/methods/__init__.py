"""Methods: described, and chosen with their parameters by name, by class, or as instances."""

from nasarena.suite.methods.cards import (
    GROUP,
    KINDS,
    Method,
    MethodCard,
    class_card,
    file_card,
    load_card,
    method_card,
    method_cards,
    method_names,
    module_card,
)
from nasarena.suite.methods.choices import LONGEST_NAME, MethodChoice, choose_methods
from nasarena.suite.methods.description import describe

__all__ = [
    "GROUP",
    "KINDS",
    "LONGEST_NAME",
    "Method",
    "MethodCard",
    "MethodChoice",
    "choose_methods",
    "class_card",
    "describe",
    "file_card",
    "load_card",
    "method_card",
    "method_cards",
    "method_names",
    "module_card",
]
