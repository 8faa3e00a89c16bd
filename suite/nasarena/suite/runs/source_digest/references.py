"""The names in a syntax tree that stand for something outside it."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Chain: TypeAlias = tuple[str, ...]
"""A dotted name, in parts: `np.linalg.inv` is ("np", "linalg", "inv")."""


@dataclass(frozen=True, order=True)
class Imported:
    """What an import binds: a module, or with a `name` what it takes from there."""

    module: str
    name: str = ""


@dataclass(frozen=True, order=True)
class Reference:
    """A name to look up: in the module, or in what the function around it imports."""

    chain: Chain
    imports: tuple[Imported, ...] = ()


def bindings(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, Imported]]:
    """The names that an import binds, each with what it stands for; `*` for all of a module.

    `package` is what relative imports start from.
    """
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: None if node.level < 2 else 1 - node.level]
            parts = [*(parents if node.level else []), *filter(None, [node.module])]
            yield alias.asname or alias.name, Imported(".".join(parts), alias.name)
        elif alias.asname:
            yield alias.asname, Imported(alias.name)
        else:  # `import a.b` binds a
            top = alias.name.partition(".")[0]
            yield top, Imported(top)


def references(node: Any, package: str) -> set[Reference]:
    """The names in a tree, or in a list of trees, that no scope inside it binds."""
    match node:
        case list():
            return set().union(*(references(one, package) for one in node))
        case ast.Name() | ast.Attribute() if chain := _chain(node):
            return {Reference(chain)}
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            return _of_function(node, package)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return _of_comprehension(node, package)
        case ast.ClassDef():
            inside = references([*ast.iter_child_nodes(node)], package)
            imported = _Scope(node.body, package).seen_from(inside)
            # A class body reads a name of its own from the module until it has bound it.
            return inside | {one for one in imported if one.imports}
    return references([*ast.iter_child_nodes(node)], package) if node is not None else set()


def _of_comprehension(
    node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, package: str
) -> set[Reference]:
    bound = _stored(generator.target for generator in node.generators)
    inside = references([*ast.iter_child_nodes(node)], package)
    first = references(node.generators[0].iter, package)  # which is evaluated around it
    return first | {one for one in inside if one.imports or one.chain[0] not in bound}


def _of_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, package: str
) -> set[Reference]:
    arguments = node.args
    around: list[Any] = [*arguments.defaults, *arguments.kw_defaults]
    if not isinstance(node, ast.Lambda):
        around += node.decorator_list
    scope = _Scope(node.body, package)
    scope.names |= {one.arg for one in ast.walk(arguments) if isinstance(one, ast.arg)}
    return references(around, package) | scope.seen_from(references(node.body, package))


def _chain(node: ast.expr) -> Chain:
    """The parts of a dotted name; none of an expression that is not one."""
    attributes = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    return (node.id, *reversed(attributes)) if isinstance(node, ast.Name) else ()


def _stored(nodes: Iterable[ast.AST]) -> set[str]:
    return {
        one.id
        for node in nodes
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }


class _Scope(ast.NodeVisitor):
    """What the body of a function or class binds, itself and not what is nested in it."""

    def __init__(self, body: list[ast.stmt] | ast.expr, package: str) -> None:
        self.names: set[str] = set()
        self._outer: set[str] = set()
        self._imports: dict[str, set[Imported]] = {}
        self._package = package
        for node in body if isinstance(body, list) else [body]:
            self.visit(node)

    def seen_from(self, inside: set[Reference]) -> set[Reference]:
        """What references inside are outside: those to its names are gone, or to its imports."""
        seen = set()
        for one in inside:
            name = one.chain[0]
            if one.imports or name in self._outer or name not in self.names | self._imports.keys():
                seen.add(one)
            elif name in self._imports:
                seen.add(Reference(one.chain, tuple(sorted(self._imports[name]))))
        return seen

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.names.add(node.id)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self.names.add(node.name)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _definition

    def _nested(self, node: ast.AST) -> None:
        """Of a comprehension only `name := value` binds around it."""
        if not isinstance(node, ast.Lambda):
            walruses = (one for one in ast.walk(node) if isinstance(one, ast.NamedExpr))
            self.names |= _stored(walrus.target for walrus in walruses)

    visit_Lambda = visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _nested

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name, imported in bindings(node, self._package):
            self._imports.setdefault(name, set()).add(imported)

    visit_Import = visit_ImportFrom = _import

    def _declaration(self, node: ast.Global | ast.Nonlocal) -> None:
        self._outer.update(node.names)

    visit_Global = visit_Nonlocal = _declaration

    def _named(self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar) -> None:
        if node.name:
            self.names.add(node.name)
        self.generic_visit(node)

    visit_ExceptHandler = visit_MatchAs = visit_MatchStar = _named

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.names.add(node.rest)
        self.generic_visit(node)
