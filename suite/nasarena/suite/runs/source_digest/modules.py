"""Modules read without importing them: what their names stand for."""

import ast
import copy
import importlib.util
import sys
import tokenize
from collections.abc import Iterator
from functools import cached_property, lru_cache
from importlib.machinery import ModuleSpec
from pathlib import Path

from nasarena.suite.runs.source_digest.references import Imported, bindings
from nasarena.suite.runs.source_digest.syntax import Part, bare, is_type_checking, part_of

DESCRIPTION = {"kind", "paper", "requires", "seconds_per_query", "tuned_on", "version"}
"""Attributes that describe a method's class to the harness; no search reads them."""


def module_spec(name: str) -> ModuleSpec | None:
    """Where a module is. Nothing is imported for it, not even the packages that it is in."""
    loaded = sys.modules.get(name)
    if loaded is not None:
        spec: ModuleSpec | None = getattr(loaded, "__spec__", None)
        return spec
    path = None
    if parent := name.rpartition(".")[0]:
        spec = module_spec(parent)
        if spec is None or spec.submodule_search_locations is None:
            return None
        path = spec.submodule_search_locations
    for finder in sys.meta_path:
        try:
            found = finder.find_spec(name, path)
        except Exception:  # a finder can be anybody's
            continue
        if found is not None:
            return found
    return None


def read_module(name: str) -> "SourceModule | None":
    """A module as its file is now; None where there is no file of Python source."""
    spec = module_spec(name)
    file = spec.origin if spec else getattr(sys.modules.get(name), "__file__", None)
    if not file or not file.endswith(".py"):
        return None
    try:
        return _read(file, Path(file).stat().st_mtime_ns, name)
    except (OSError, SyntaxError, ValueError):
        return None


@lru_cache(maxsize=1024)
def _read(file: str, modified: int, name: str) -> "SourceModule":
    with tokenize.open(file) as stream:
        return SourceModule(stream.read(), name, is_package=Path(file).name == "__init__.py")


class SourceModule:
    """What the names of a module stand for, by its source.

    Raises SyntaxError or ValueError when the text is not Python.
    """

    def __init__(self, text: str, name: str, is_package: bool = False) -> None:
        self._package = name if is_package else name.rpartition(".")[0]
        self._is_package = is_package
        self._imports: dict[str, list[Imported]] = {}
        self._definitions: dict[str, list[ast.stmt]] = {}
        self._effects: list[ast.stmt] = []
        self._parts: dict[tuple[str, bool], Part] = {}
        tree = ast.parse(text)
        self._lazy = dict(_lazy_imports(tree, self._package))
        statements = [line for line in bare(tree).body if not _is_for_scripts(line)]
        self._sort([_Statement(statement) for statement in statements])

    def _sort(self, statements: list["_Statement"]) -> None:
        for statement in statements:
            for node in statement.imports:
                for name, imported in bindings(node, self._package):
                    self._imports.setdefault(name, []).append(imported)
        defined = {name for statement in statements for name in statement.binds}
        for statement in statements:
            for name in statement.binds | statement.changes & defined:
                self._definitions.setdefault(name, []).append(statement.tree)
            # Another module's things are changed in `numpy.random.default_rng = mine`.
            if statement.acts or statement.changes - defined:
                self._effects.append(statement.tree)

    def names(self) -> list[str]:
        """The names that it defines, and for a package those that it passes on."""
        passed_on = self._imports if self._is_package else ()
        return sorted({*self._definitions, *passed_on} - {"*"})

    def defines(self, name: str) -> bool:
        """Whether a definition in it binds `name`."""
        return name in self._definitions

    def imported(self, name: str) -> list[Imported]:
        """What imports bind to `name`; several where one stands in for another."""
        if name in self._imports or name in self._definitions:
            return self._imports.get(name, [])
        if name in self._lazy:
            return [self._lazy[name]]
        return [Imported(star.module, name) for star in self._imports.get("*", [])]

    def part(self, name: str, described: bool = False) -> Part:
        """What a digest takes of a definition, without what describes a method if `described`."""
        key = name, described
        if key not in self._parts:
            statements = self._definitions[name]
            if described:
                statements = [_undescribed(statement) for statement in statements]
            self._parts[key] = part_of(statements, self._package)
        return self._parts[key]

    @cached_property
    def effects(self) -> Part:
        """The statements that define nothing, and run when it is imported."""
        return part_of(self._effects, self._package)


class _Statement:
    """A statement of a module: what it imports, binds, changes, and whether it does more."""

    def __init__(self, tree: ast.stmt) -> None:
        self.tree = tree
        self.imports: list[ast.Import | ast.ImportFrom] = []
        self.binds: set[str] = set()
        self.changes: set[str] = set()
        self.acts = False
        self._add(tree)

    def _add(self, tree: ast.stmt) -> None:
        match tree:
            case ast.Import() | ast.ImportFrom():
                self.imports.append(tree)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.binds.add(tree.name)
            case ast.Assign():
                for target in tree.targets:
                    self._assign(target)
            case ast.AnnAssign() | ast.AugAssign():
                self._assign(tree.target)
            case ast.If() | ast.Try() | ast.TryStar():
                self._add_all(tree)
            case ast.Pass():
                pass
            case _ if type(tree).__name__ == "TypeAlias":  # Python 3.12
                self._assign(tree.name)  # type: ignore[attr-defined]
            case _:  # a call, a loop, ...
                self.acts = True
                self.binds |= {
                    node.id
                    for node in ast.walk(tree)
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
                }
                self._add_all(tree)

    def _add_all(self, tree: ast.AST) -> None:
        """The statements inside one, wherever they are in it."""
        for child in ast.iter_child_nodes(tree):
            if isinstance(child, ast.stmt):
                self._add(child)
            elif isinstance(child, ast.ExceptHandler | ast.match_case):
                self._add_all(child)

    def _assign(self, target: ast.expr) -> None:
        while isinstance(target, ast.Attribute | ast.Subscript | ast.Starred):
            inner = target.value
            if isinstance(inner, ast.Name) and not isinstance(target, ast.Starred):
                self.changes.add(inner.id)
                return
            target = inner
        if isinstance(target, ast.Name):
            self.binds.add(target.id)
        elif isinstance(target, ast.Tuple | ast.List):
            for one in target.elts:
                self._assign(one)
        else:  # `found().value = 1`
            self.acts = True


def _lazy_imports(tree: ast.Module, package: str) -> Iterator[tuple[str, Imported]]:
    """Where a module's `__getattr__` takes names from, as far as its source tells.

    That is what it imports for type checkers, and tables from names to modules.
    """
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    if "__getattr__" not in functions:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                match key, value:
                    case ast.Constant(str(name)), ast.Constant(str(home)):
                        module, _, attribute = home.partition(":")
                        if module.startswith("."):
                            module = importlib.util.resolve_name(module, package)
                        yield name, Imported(module, attribute or name)
    for node in tree.body:
        if isinstance(node, ast.If) and is_type_checking(node):
            for statement in node.body:
                if isinstance(statement, ast.Import | ast.ImportFrom):
                    yield from bindings(statement, package)


def _is_for_scripts(statement: ast.stmt) -> bool:
    """Whether this is `if __name__ == "__main__"`, which an import does not enter."""
    return isinstance(statement, ast.If) and "__name__" in {
        node.id for node in ast.walk(statement.test) if isinstance(node, ast.Name)
    }


def _undescribed(statement: ast.stmt) -> ast.stmt:
    """A method's class without what describes it to the harness."""
    if not isinstance(statement, ast.ClassDef):
        return statement
    shorter = copy.copy(statement)
    shorter.body = [line for line in statement.body if not _describes(line)] or [ast.Pass()]
    return shorter


def _describes(line: ast.stmt) -> bool:
    match line:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name in DESCRIPTION
    return False
