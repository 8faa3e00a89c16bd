"""From a name in a module to the definitions that it stands for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from nasarena.suite.predictors import load_predictor, predictor_source
from nasarena.suite.runs.source_digest.modules import SourceModule, module_spec, read_module
from nasarena.suite.runs.source_digest.objects import LiveModule, functions_of, live_module
from nasarena.suite.runs.source_digest.references import Chain, Imported, Reference
from nasarena.suite.runs.source_digest.syntax import Part

EVERYTHING = "*"
"""As the name of a definition: all that its module defines."""
ON_IMPORT = "<on import>"
"""As the name of a definition: what runs when its module is imported, and defines nothing."""


@dataclass(frozen=True)
class Definition:
    """A function, class or assigned name of a module."""

    module: str
    name: str


@dataclass(frozen=True)
class Outside:
    """Something whose source is not followed."""

    name: str


Target: TypeAlias = Definition | Outside

# What they load is among the `sources` of the method; how they find it changes no trace.
NOT_FOLLOWED = {
    Definition(loader.__module__, loader.__name__) for loader in (load_predictor, predictor_source)
}


class Names:
    """Follows names within some packages, those that the modules of `inside` are in."""

    def __init__(self, inside: Iterable[str]) -> None:
        self._packages = {_package(module) for module in inside}
        self._modules: dict[str, SourceModule | LiveModule | None] = {}
        self._described: set[Definition] = set()
        self._made_for: set[str] = set()

    def method(self, make: type) -> Iterator[Target]:
        """The class of a method, and its bases."""
        for base in make.__mro__[:-1]:
            if _package(base.__module__) in self._packages:
                definition = self._class(base)
                self._described.add(definition)
                yield definition

    def source(self, text: str) -> list[Target]:
        """What `module:name` or `module` stands for."""
        module, _, name = text.partition(":")
        return self._of_module(module, tuple(filter(None, name.split("."))))

    def part(self, definition: Definition) -> Part:
        """What a digest takes of a definition."""
        module = self._known(definition.module)
        if definition.name == EVERYTHING:
            return Part("", tuple(Reference((name,)) for name in module.names()))
        if definition.name == ON_IMPORT:
            return module.effects
        return module.part(definition.name, definition in self._described)

    def references(self, definition: Definition, part: Part) -> Iterator[tuple[str, Target]]:
        """What a definition refers to, each with the name that it has there."""
        for reference in part.references:
            targets: list[Target] = []
            for imported in reference.imports:
                targets += self._of_import(imported, reference.chain[1:])
            if not reference.imports:
                targets = self._of_name(definition.module, reference.chain)
            for target in dict.fromkeys(targets):
                yield ".".join(reference.chain), target
        if definition.name != ON_IMPORT and self._known(definition.module).effects.text:
            yield "", Definition(definition.module, ON_IMPORT)

    def _class(self, make: type) -> Definition:
        """Where a class is defined; one that no source defines gets a module of its own."""
        name = make.__qualname__.partition(".")[0]
        module = self._module(make.__module__)
        if module is not None and module.defines(name):
            return Definition(make.__module__, name)
        home = make.__module__
        if isinstance(module, SourceModule):
            home, name = f"{home} in memory", make.__qualname__
        elif home in self._made_for:  # type(...) with a metaclass of `abc` says that it is of `abc`
            home = f"{home} in memory, {make.__qualname__}"
        self._made_for.add(home)
        beside = next((function.__globals__ for function in functions_of(make)), {})
        self._modules[home] = LiveModule(home, {**beside, name: make})
        return Definition(home, name)

    def _module(self, name: str) -> SourceModule | LiveModule | None:
        if name not in self._modules:
            self._modules[name] = read_module(name) or live_module(name)
        return self._modules[name]

    def _known(self, name: str) -> SourceModule | LiveModule:
        module = self._module(name)
        assert module is not None, name
        return module

    def _of_name(
        self, name: str, chain: Chain, seen: frozenset[Definition] = frozenset()
    ) -> list[Target]:
        """What a dotted name stands for in the module `name`; nothing for a built-in one."""
        module = self._known(name)
        definition = Definition(name, chain[0])
        targets: list[Target] = []
        if definition in NOT_FOLLOWED:
            targets.append(Outside(chain[0]))
        elif module.defines(chain[0]):
            targets.append(definition)
        for imported in module.imported(chain[0]):
            targets += self._of_import(imported, chain[1:], seen)
        return targets

    def _of_import(
        self, imported: Imported, chain: Chain, seen: frozenset[Definition] = frozenset()
    ) -> list[Target]:
        name = (imported.name,) if imported.name else ()
        return self._of_module(imported.module, (*name, *chain), seen)

    def _of_module(
        self, name: str, chain: Chain, seen: frozenset[Definition] = frozenset()
    ) -> list[Target]:
        """What a dotted name stands for that is looked up in a module from outside."""
        if _package(name) not in self._packages:
            return [Outside(".".join([name, *chain[:1]]))]
        module = self._module(name)
        if not chain:
            return [Outside("") if module is None else Definition(name, EVERYTHING)]
        looked_up = Definition(name, chain[0])
        if looked_up in seen:  # two modules that pass a name on to each other
            return []
        found = self._of_name(name, chain, seen | {looked_up}) if module is not None else []
        inner = f"{name}.{chain[0]}"
        if not found and module_spec(inner) is not None:
            found = self._of_module(inner, chain[1:], seen)
        if not found and module is not None and module.defines("__getattr__"):
            found = [Definition(name, "__getattr__")]
        return found or [Outside(chain[0])]


def _package(module: str) -> str:
    return module.partition(":")[0].partition(".")[0]
