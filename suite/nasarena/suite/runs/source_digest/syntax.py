"""Syntax trees without what changes no trace."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nasarena.suite.runs.source_digest.references import Reference, references

FIELD_DECORATORS = {"dataclass", "define", "frozen", "mutable", "attrs"}
FIELD_BASES = {"BaseModel", "NamedTuple", "Struct", "TypedDict"}
"""In classes with such a decorator or base, `name: type` makes a field."""


@dataclass(frozen=True)
class Part:
    """What a digest takes of a definition: its tree as text, and the names in it, in order.

    `compiled` where the text is of compiled code, because no source could be read.
    """

    text: str
    references: tuple[Reference, ...] = ()
    compiled: bool = False


def part_of(statements: list[ast.stmt], package: str) -> Part:
    """The part that bare statements make; `package` is what relative imports start from."""
    text = "\n".join(canonical(statement) for statement in statements)
    return Part(text, tuple(sorted(references(statements, package))))


def is_type_checking(node: ast.AST) -> bool:
    """Whether this is an `if TYPE_CHECKING`."""
    return isinstance(node, ast.If) and last_name(node.test) == "TYPE_CHECKING"


def last_name(node: ast.expr) -> str | None:
    """`c` of an expression `a.b.c`, `c` or a call of these."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def bare(tree: ast.Module) -> ast.Module:
    """The tree without docstrings, annotations and what is there for type checkers alone.

    It changes the tree that it is given. What is left out of a body leaves a `pass`.
    """
    bared: ast.Module = _Bare().visit(tree)
    return bared


class _Bare(ast.NodeTransformer):
    _fields = False

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        decorators = {last_name(decorator) for decorator in node.decorator_list}
        bases = {last_name(base) for base in node.bases}
        has_fields = bool(decorators & FIELD_DECORATORS or bases & FIELD_BASES)
        return self._inside(node, has_fields)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        if "overload" in {last_name(decorator) for decorator in node.decorator_list}:
            return ast.Pass()
        node.returns = None
        return self._inside(node, False)

    def _inside(self, node: ast.AST, has_fields: bool) -> ast.AST:
        around, self._fields = self._fields, has_fields
        if hasattr(node, "type_params"):  # Python 3.12
            node.type_params = []
        self.generic_visit(node)
        self._fields = around
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        is_field = self._fields and "ClassVar" not in ast.unparse(node.annotation)
        if node.value is not None:
            node.value = self.visit(node.value)
        if is_field:
            node.annotation = ast.Constant(None)
            return node
        if node.value is None:
            return ast.Pass()
        return ast.Assign([node.target], node.value)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return ast.Pass() if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> Any:
        if not is_type_checking(node):
            return self.generic_visit(node)
        return [self.visit(statement) for statement in node.orelse] or ast.Pass()


# Left out of texts: what says nothing, and what not every Python has.
_SILENT_FIELDS = {"annotation", "ctx", "kind", "returns", "simple", "type_comment", "type_params"}
_SILENT_STATEMENTS = ast.Pass | ast.Import | ast.ImportFrom


def canonical(node: Any) -> str:
    """A bare tree as text, the same in every version of Python.

    Import statements are left out, because they name modules: what is imported counts where it
    is defined.
    """
    if isinstance(node, ast.AST):
        fields = (
            (name, canonical(value))
            for name, value in ast.iter_fields(node)
            if name not in _SILENT_FIELDS and value is not None
        )
        said = " ".join(f"{name}={text}" for name, text in fields if text != "[]")
        return f"{type(node).__name__}({said})"
    if isinstance(node, list):
        return f"[{' '.join(canonical(one) for one in _heard(node))}]"
    return f"{type(node).__name__}:{node!a}"


def _heard(nodes: Iterable[Any]) -> Iterator[Any]:
    return (node for node in nodes if not isinstance(node, _SILENT_STATEMENTS))
