"""What libraries keep for a whole process, and a method may change: put back between runs."""

import gc
import locale
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

Value = TypeVar("Value")


@dataclass(frozen=True)
class _Setting(Generic[Value]):
    """`name` is what users are told was changed.

    `first` is what it is when its library was just loaded, for those that are loaded late.
    `by_imports`: libraries change it when they are loaded, whoever loads them.
    """

    name: str
    read: Callable[[], Value]
    write: Callable[[Value], object]
    first: Callable[[], Value] | None = None
    by_imports: bool = False


def _set_environment(values: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(values)


def _set_warnings(values: tuple[list[Any], Any]) -> None:
    warnings.filters[:], warnings.showwarning = values  # type: ignore[index]  # a list at run time
    warnings._filters_mutated()  # type: ignore[attr-defined]  # the cache of what was shown


_EVERYWHERE: tuple[_Setting[Any], ...] = (
    _Setting("NumPy's error handling", np.geterr, lambda values: np.seterr(**values)),
    _Setting("NumPy's error callback", np.geterrcall, np.seterrcall),
    _Setting(
        "NumPy's print options",
        np.get_printoptions,
        lambda values: np.set_printoptions(**values),
    ),
    _Setting(
        "warning filters",
        lambda: (list(warnings.filters), warnings.showwarning),
        _set_warnings,
        by_imports=True,
    ),
    _Setting("environment variables", lambda: dict(os.environ), _set_environment, by_imports=True),
    _Setting("the working directory", os.getcwd, os.chdir),
    _Setting(
        "the locale",
        lambda: locale.setlocale(locale.LC_ALL),
        lambda value: locale.setlocale(locale.LC_ALL, value),
    ),
    _Setting("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    _Setting(
        "garbage collection", gc.isenabled, lambda value: gc.enable() if value else gc.disable()
    ),
)


def _of_torch() -> Iterator[_Setting[Any]]:
    torch = sys.modules.get("torch")
    if torch is None:
        return
    yield _Setting(
        "torch's default type",
        torch.get_default_dtype,
        torch.set_default_dtype,
        lambda: torch.float32,
    )
    yield _Setting(
        "torch's default device",
        lambda: str(torch.get_default_device()),
        lambda value: torch.set_default_device(None if value == "cpu" else value),
        lambda: "cpu",
    )
    yield _Setting("torch's threads", torch.get_num_threads, torch.set_num_threads, lambda: 1)
    yield _Setting("torch's gradients", torch.is_grad_enabled, torch.set_grad_enabled, lambda: True)
    yield _Setting(
        "torch's deterministic algorithms",
        lambda: (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        lambda value: torch.use_deterministic_algorithms(value[0], warn_only=value[1]),
        lambda: (False, False),
    )


def _settings() -> tuple[_Setting[Any], ...]:
    return (*_EVERYWHERE, *_of_torch())


UNREADABLE = object()


@dataclass(frozen=True)
class GlobalState:
    """The settings of a process at one moment, by name, and how many modules it had loaded."""

    values: dict[str, Any]
    modules: int

    @classmethod
    def now(cls) -> "GlobalState":
        """As they are now."""
        return cls({setting.name: setting.read() for setting in _settings()}, len(sys.modules))

    def restore(self) -> list[str]:
        """Put the settings back as they were; the names of those that the method changed.

        Those of a library that was not loaded then are put back to what it loads with. What a
        library changed as it was loaded is put back, too, but not the method's doing.
        """
        changed = []
        imported = len(sys.modules) > self.modules
        for setting in _settings():
            if setting.name in self.values:
                before = self.values[setting.name]
            else:
                assert setting.first is not None
                before = setting.first()
            try:
                now = setting.read()
            except OSError:  # a working directory that was removed, say
                now = UNREADABLE
            if now != before:
                setting.write(before)
                if not (imported and setting.by_imports):
                    changed.append(setting.name)
        return changed
