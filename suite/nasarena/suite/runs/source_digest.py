"""Which source a method's traces were made with."""

import ast
import importlib.util
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path


def source_digest(make: type, sources: Iterable[str] = ()) -> str:
    """The sha256 of a method's source, as far as it can be read.

    That is the modules of its class and of its bases, those named in its attribute `sources`
    (what it loads by name), and what these import from their own packages.
    """
    waiting = [*(base.__module__ for base in make.__mro__[:-1]), *sources]
    seen: dict[str, bytes] = {}
    while waiting:
        name = waiting.pop()
        path = _source_file(name)
        if name in seen or path is None:
            continue
        seen[name] = path.read_bytes()
        package = name.partition(".")[0]
        waiting += [
            imported
            for imported in _imports(ast.parse(seen[name]), name)
            if imported.partition(".")[0] == package
        ]
    digest = sha256()
    for name in sorted(seen):
        digest.update(name.encode() + b"\0" + seen[name] + b"\0")
    return digest.hexdigest()


def _source_file(module: str) -> Path | None:
    loaded = sys.modules.get(module)
    try:
        spec = loaded.__spec__ if loaded is not None else importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)


def _imports(tree: ast.AST, module: str) -> set[str]:
    """What a module's source imports, by full name; names in a package may be its modules."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")[: -node.level]
                base = ".".join([*parents, *filter(None, [base])])
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names
