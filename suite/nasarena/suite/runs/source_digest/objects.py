"""What is in memory and in no file: the cells of a notebook, and classes made while running."""

import inspect
import linecache
import sys
import types
from collections.abc import Iterator, Mapping
from functools import _lru_cache_wrapper, cached_property, lru_cache, partial
from typing import Any

from nasarena.suite.runs.source_digest.modules import DESCRIPTION, SourceModule
from nasarena.suite.runs.source_digest.references import Imported, Reference
from nasarena.suite.runs.source_digest.syntax import Part

_OF_EVERY_CLASS = {
    "__annotations__",
    "__dict__",
    "__doc__",
    "__firstlineno__",
    "__module__",
    "__qualname__",
    "__static_attributes__",
    "__weakref__",
}
PLAIN = (bool, bytes, complex, float, int, str, types.NoneType, types.EllipsisType)


class LiveModule:
    """What the names of a module without a file stand for, by the objects that they have now.

    Functions and classes count with the source of their cell, where the interpreter kept it, and
    otherwise with their compiled code, which differs between versions of Python. Of other values
    plain ones count, alone or in lists, tuples and dicts; of the rest, the type.
    """

    def __init__(self, name: str, namespace: Mapping[str, Any]) -> None:
        self._name = name
        self._namespace = namespace

    def names(self) -> list[str]:
        """The names that it defines."""
        return sorted(name for name in self._namespace if self.defines(name))

    def defines(self, name: str) -> bool:
        """Whether what `name` stands for is its own."""
        return name in self._namespace and not self.imported(name)

    def imported(self, name: str) -> list[Imported]:
        """The module or the definition in another module that `name` stands for."""
        value = self._namespace.get(name)
        if isinstance(value, types.ModuleType):
            return [Imported(value.__name__)]
        home, qualname = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        if not isinstance(home, str) or not isinstance(qualname, str) or home == self._name:
            return []
        return [Imported(home, qualname.partition(".")[0])]

    def part(self, name: str, described: bool = False) -> Part:
        """What a digest takes of `name`, without what describes a method if `described`."""
        value = self._namespace[name]
        functions = list(functions_of(value))
        for function in functions:
            cell = _cell("".join(linecache.getlines(function.__code__.co_filename)), self._name)
            home = function.__qualname__.partition(".")[0]
            if cell is not None and home == value.__name__ and cell.defines(home):
                return cell.part(home, described)
        globals_read = {name for function in functions for name in _names(function.__code__)}
        left_out = _OF_EVERY_CLASS | (DESCRIPTION if described else set())
        text = (
            f"{name} = {_class_text(value, left_out) if isinstance(value, type) else _text(value)}"
        )
        return Part(
            text,
            tuple(Reference((name,)) for name in sorted(globals_read)),
            compiled="code(" in text,
        )

    @property
    def effects(self) -> Part:
        """None: which cells were run is not known."""
        return Part("")


def live_module(name: str) -> LiveModule | None:
    """A loaded module that has no file; None for others."""
    loaded = sys.modules.get(name)
    if loaded is None or hasattr(loaded, "__path__") or getattr(loaded, "__file__", None):
        return None
    return LiveModule(name, vars(loaded))


@lru_cache(maxsize=256)
def _cell(text: str, module: str) -> SourceModule | None:
    try:
        return SourceModule(text, module) if text else None
    except (SyntaxError, ValueError):  # a cell may hold more than Python
        return None


def functions_of(value: Any) -> Iterator[types.FunctionType]:
    """A function, or those that a class defines, without what is wrapped around them."""
    match value:
        case type():
            for member in vars(value).values():
                if not isinstance(member, type):
                    yield from functions_of(member)
        case staticmethod() | classmethod():
            yield from functions_of(value.__func__)
        case property():
            yield from functions_of(value.fget)
        case cached_property():
            yield from functions_of(value.func)
        case types.FunctionType() | _lru_cache_wrapper():
            inner = inspect.unwrap(value)
            if isinstance(inner, types.FunctionType):
                yield inner


def _names(code: types.CodeType) -> set[str]:
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _class_text(value: type, left_out: set[str]) -> str:
    members = {name: member for name, member in vars(value).items() if name not in left_out}
    return _text([value.__bases__, sorted(members.items())])


def _text(value: Any) -> str:
    """A value as text that is the same in every process."""
    if isinstance(value, PLAIN):
        return ascii(value)
    match value:
        case list() | tuple():
            parts = [_text(one) for one in value]
        case set() | frozenset():
            parts = sorted(_text(one) for one in value)
        case dict():
            parts = [f"{_text(key)}: {_text(one)}" for key, one in value.items()]
        case type():
            parts = [value.__qualname__]
        case partial():
            parts = [_text(one) for one in (value.func, value.args, value.keywords)]
        case types.CodeType():
            parts = [
                _text(one)
                for one in (value.co_code, value.co_names, value.co_varnames, value.co_consts)
            ]
        case _:
            parts = [
                _text([function.__code__, function.__defaults__, function.__kwdefaults__])
                for function in functions_of(value)
            ]
    return f"{type(value).__name__}({', '.join(parts)})"
