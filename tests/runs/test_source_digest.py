"""The digest of what a method runs: what changes it, and what must not."""

import ast
import importlib
import linecache
import subprocess
import sys
import types
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasarena.suite.methods import file_card, method_card, method_names
from nasarena.suite.plugins import plugins
from nasarena.suite.predictors import GROUP, predictor_source
from nasarena.suite.records.run_record import is_by_module
from nasarena.suite.runs.source_digest import method_source, source_digest

Files = dict[str, str]
Digest = Callable[..., str]

FILES: Files = {
    "theirs/__init__.py": "",
    "theirs/method.py": '''
        """A method."""

        from __future__ import annotations

        import numpy as np
        from typing import TYPE_CHECKING, ClassVar

        from theirs.base import Base
        from theirs.shared import first, traced
        from . import settings

        if TYPE_CHECKING:
            from theirs.types import Ids


        class Mine(Base):
            """It searches."""

            paper = "Somebody, 2020"
            batch: ClassVar[int] = 10
            rate = 0.5

            @traced
            def search(self, problem, rng):
                from theirs.lazy import model as made

                # Ten at first.
                ids: Ids = np.array([first(id) for id in range(self.batch)])
                return made(ids) + settings.OFFSET
    ''',
    "theirs/base.py": """
        class Base:
            def __init__(self, seed: int = 3) -> None:
                self.seed = seed
    """,
    "theirs/shared.py": """
        from theirs.deeper import scaled, wrap as traced

        def first(id):
            return scaled(id) + 1

        def unused(id):
            return id
    """,
    "theirs/deeper.py": """
        SCALE = {"one": 1, "two": [2, 3]}

        def scaled(id):
            return id * SCALE["one"]

        def wrap(function):
            return function
    """,
    "theirs/settings.py": """
        OFFSET = 5
        OTHER = 6
    """,
    "theirs/lazy.py": """
        def model(ids):
            return ids.sum()
    """,
    "theirs/types.py": "Ids = list[int]",
    "theirs/registered.py": """
        from functools import partial

        def _tree(depth):
            return depth

        tree = partial(_tree, depth=3)
        forest = partial(_tree, depth=4)
    """,
}


@pytest.fixture(scope="module")
def digest(tmp_path_factory: pytest.TempPathFactory) -> Digest:
    """Gives the digest of a class in a package of these files, in a folder of their own."""
    folders = map(str, count())

    def of(files: Files, name: str = "theirs.method:Mine", sources: Iterable[str] = ()) -> str:
        root = tmp_path_factory.mktemp("package") / next(folders)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(dedent(text), encoding="utf-8")
        module, _, attribute = name.partition(":")
        before = set(sys.modules)
        sys.path.insert(0, str(root))
        try:
            return source_digest(getattr(importlib.import_module(module), attribute), sources)
        finally:
            sys.path.remove(str(root))
            for loaded in set(sys.modules) - before:
                if loaded.partition(".")[0] in {path.partition("/")[0] for path in files}:
                    del sys.modules[loaded]

    return of


@pytest.fixture(scope="module")
def original(digest: Digest) -> str:
    return digest(FILES)


def edited(path: str, *replacements: tuple[str, str]) -> Files:
    text = FILES[path]
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return FILES | {path: text}


METHOD, SHARED, DEEPER = "theirs/method.py", "theirs/shared.py", "theirs/deeper.py"

SAME = {
    "comment": edited(METHOD, ("# Ten at first.", "# As many as a batch has.")),
    "docstring": edited(METHOD, ('"""It searches."""', '"""It does."""')),
    "no docstring": edited(METHOD, ('    """It searches."""\n', "")),
    "no annotations": edited(
        METHOD, ("batch: ClassVar[int] =", "batch ="), ("ids: Ids =", "ids =")
    ),
    "annotations": edited(
        METHOD, ("(self, problem, rng)", "(self, problem: object, rng: Ids) -> Ids")
    ),
    "bare annotation": edited(METHOD, ("rate = 0.5", "rate = 0.5\n            other: int")),
    "format": edited(METHOD, ("made(ids) + settings.OFFSET", "(made(ids,) + settings . OFFSET)")),
    "description": edited(METHOD, ("Somebody, 2020", "Somebody, 2021")),
    "types": FILES | {"theirs/types.py": "Ids = tuple[int, ...]"},
    "types for checkers": edited(
        METHOD, ("if TYPE_CHECKING:", "if TYPE_CHECKING:\n            import json")
    ),
    "another order": FILES
    | {"theirs/deeper.py": "\n\n".join(reversed(dedent(FILES[DEEPER]).strip().split("\n\n")))},
    "unused import": edited(SHARED, ("from theirs", "import json\n        from theirs")),
    "unused function": edited(SHARED, ("return id\n", "return id + 1\n")),
    "unused constant": edited("theirs/settings.py", ("OTHER = 6", "OTHER = 7")),
    "unused, called as a local name is": edited(
        SHARED, ("def unused", "def ids():\n            return 3\n\n        def unused")
    ),
    "another way to import": edited(
        METHOD, ("from theirs.base import Base", "from .base import Base")
    ),
    "script": edited(
        SHARED,
        ("def unused", "if __name__ == '__main__':\n            first(3)\n\n        def unused"),
    ),
}

OTHER = {
    "class attribute": edited(METHOD, ("rate = 0.5", "rate = 0.6")),
    "type of a number": edited("theirs/settings.py", ("OFFSET = 5", "OFFSET = 5.0")),
    "method": edited(METHOD, ("range(self.batch)", "range(self.batch + 1)")),
    "default in the base": edited("theirs/base.py", ("= 3", "= 4")),
    "helper": edited(SHARED, ("+ 1", "+ 2")),
    "helper of the helper": edited(DEEPER, ("return id *", "return 2 * id *")),
    "constant that it reads": edited(DEEPER, ('"one": 1', '"one": 2')),
    "constant that is changed": edited(
        DEEPER, ("def scaled", 'SCALE["one"] = 2\n\n        def scaled')
    ),
    "what runs on import": edited(DEEPER, ("def scaled", "SCALE.clear()\n\n        def scaled")),
    "library that is changed": edited(
        DEEPER,
        ("def scaled", "import numpy\n        numpy.changed_by_a_test = 3\n\n        def scaled"),
    ),
    "decorator": edited(DEEPER, ("return function", "return lambda *given: function(*given)")),
    "no decorator": edited(METHOD, ("@traced\n", "\n")),
    "constant of a module": edited("theirs/settings.py", ("OFFSET = 5", "OFFSET = 6")),
    "lazily imported": FILES | {"theirs/lazy.py": "def model(ids):\n    return ids.mean()"},
    "lazily imported from elsewhere": edited(
        METHOD, ("theirs.lazy import model", "numpy import sum")
    ),
    "another library function": edited(
        DEEPER,
        ("def scaled", "from math import sin as f\n\n        def scaled"),
        ("return id *", "return f(id) *"),
    ),
}


@pytest.mark.parametrize("change", SAME)
def test_what_changes_no_trace_changes_no_digest(
    digest: Digest, original: str, change: str
) -> None:
    assert SAME[change] != FILES
    assert digest(SAME[change]) == original


@pytest.mark.parametrize("change", OTHER)
def test_what_may_change_a_trace_changes_the_digest(
    digest: Digest, original: str, change: str
) -> None:
    assert digest(OTHER[change]) != original


def test_every_change_gives_a_digest_of_its_own(digest: Digest) -> None:
    assert len({digest(files) for files in OTHER.values()}) == len(OTHER)


def test_where_a_definition_stands_does_not_count(digest: Digest, original: str) -> None:
    renamed = {
        path.replace("theirs/", "moved/to/"): text.replace("theirs", "moved.to")
        for path, text in FILES.items()
    }
    assert digest(renamed | {"moved/__init__.py": ""}, "moved.to.method:Mine") == original
    together = {
        METHOD: FILES[METHOD].replace("from theirs.base import Base", FILES["theirs/base.py"])
    }
    assert digest(FILES | together) == original


def test_which_of_two_definitions_with_one_name_is_meant_counts(digest: Digest) -> None:
    files = {
        "theirs/one.py": "from theirs.low import three as n\n\ndef f():\n    return n()",
        "theirs/two.py": "from theirs.high import four as n\n\ndef f():\n    return n()",
        "theirs/low.py": "def three():\n    return 3",
        "theirs/high.py": "def four():\n    return 4",
    }
    method = """
        from theirs.{} import f
        from theirs.{} import f as g

        class Mine:
            def search(self, problem, rng):
                return f() - g()
    """
    there, back = (
        digest(files | {METHOD: method.format(*order)})
        for order in (("one", "two"), ("two", "one"))
    )
    assert there != back
    changed = files | {METHOD: method.format("one", "two"), "theirs/high.py": "four = int"}
    assert digest(changed) != there


@pytest.mark.parametrize(
    "package",
    [
        "from theirs.home import thing",
        "from theirs.home import *",
        "from theirs import home\nthing = home.thing",
        "from importlib import import_module\n\nHOMES = {'thing': 'theirs.home'}\n\n"
        "def __getattr__(name):\n    return getattr(import_module(HOMES[name]), name)",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .home import thing\n\n"
        "def __getattr__(name):\n    import theirs.home\n    return theirs.home.thing",
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        "from theirs import thing\n\nclass Mine:\n    def search(self):\n        thing()",
        "import theirs\n\nclass Mine:\n    def search(self):\n        theirs.thing()",
        "import theirs as t\n\nclass Mine:\n    f = staticmethod(lambda: t.thing())",
        "class Mine:\n    def search(self):\n        import theirs as t\n"
        "        return [t.thing() for _ in ()]",
        "class Mine:\n    def search(self):\n        from theirs import thing as f\n"
        "        def inner():\n            return f\n        return inner",
    ],
)
def test_names_that_a_package_passes_on_are_followed(
    digest: Digest, package: str, use: str
) -> None:
    files = {"theirs/__init__.py": package, METHOD: use}
    home = "def thing():\n    return {}\n\ndef other():\n    return {}"
    one, same, other = (
        digest(files | {"theirs/home.py": home.format(*values)})
        for values in ((1, 2), (1, 3), (4, 2))
    )
    assert one == same
    assert one != other


def test_a_module_that_is_handed_on_counts_wholly(digest: Digest, original: str) -> None:
    files = edited(METHOD, ("settings.OFFSET", "vars(settings)['OFFSET']"))
    changed = files | {"theirs/settings.py": "OFFSET = 5\nOTHER = 7"}
    assert digest(files) != digest(changed)


@pytest.mark.parametrize(
    ("source", "counts"),
    [
        ("theirs.registered:tree", {"tree", "_tree"}),
        ("theirs.registered", {"tree", "_tree", "forest"}),
    ],
)
def test_what_is_loaded_by_name_counts(digest: Digest, source: str, counts: set[str]) -> None:
    changes = {
        "tree": edited("theirs/registered.py", ("depth=3", "depth=5")),
        "_tree": edited("theirs/registered.py", ("return depth", "return 2 * depth")),
        "forest": edited("theirs/registered.py", ("depth=4", "depth=5")),
    }
    before = digest(FILES, sources=[source])
    assert before != digest(FILES)
    after = {name: digest(files, sources=[source]) for name, files in changes.items()}
    assert {name for name in after if after[name] != before} == counts


def test_fields_count_by_name_and_not_by_type(digest: Digest) -> None:
    one, retyped, renamed = (
        digest(
            {
                "theirs/__init__.py": "from dataclasses import dataclass",
                METHOD: f"from theirs import dataclass\n\n@dataclass\nclass Mine:\n    {field}",
            }
        )
        for field in ("first: int", "first: float", "second: int")
    )
    assert one == retyped
    assert one != renamed


def test_imports_in_a_circle_end(digest: Digest) -> None:
    files = {
        "theirs/__init__.py": "",
        "theirs/a.py": """
            class Mine:
                def search(self):
                    from theirs.b import f
                    f()
        """,
        "theirs/b.py": """
            from theirs.c import *
            from theirs.c import g as f

            def h():
                return f
        """,
        "theirs/c.py": """
            import theirs.a

            def g():
                from theirs.b import h, nothing
                return h, nothing, theirs.a.Mine
        """,
    }
    changed = files | {"theirs/b.py": files["theirs/b.py"].replace("return f", "return 3")}
    assert digest(files, "theirs.a:Mine") != digest(changed, "theirs.a:Mine")


NAMES = st.sampled_from(["first", "unused", "scaled", "id", "traced", "other"])


@settings(max_examples=20, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=3), st.integers(0, 9))
def test_definitions_that_nothing_refers_to_do_not_count(
    digest: Digest, original: str, names: list[str], number: int
) -> None:
    """`id` and `traced` are local to what the method reaches here, or imported."""
    free = [f"{name}_{number}" if name in ("first", "scaled", "traced") else name for name in names]
    added = "\n".join(f"def {name}({names[0]}={number}):\n    return {name}" for name in free)
    assert digest(FILES | {SHARED: dedent(FILES[SHARED]) + added}) == original


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_text_written_anew_from_the_tree_has_the_same_digest(
    digest: Digest, original: str, data: st.DataObject
) -> None:
    again = data.draw(st.sets(st.sampled_from(sorted(FILES))))
    assert (
        digest(FILES | {path: ast.unparse(ast.parse(dedent(FILES[path]))) for path in again})
        == original
    )


# The suite's own methods and predictors.


def own_digests() -> dict[str, str]:
    cards = {name: method_card(name) for name in method_names()}
    return {
        name: source_digest(card.make, getattr(card.make(), "sources", ()))
        for name, card in cards.items()
        if card.make.__module__.startswith("nasarena.")
    }


def test_every_registered_method_has_a_digest_of_its_own() -> None:
    digests = own_digests()
    assert len(digests) > 10
    assert len(set(digests.values())) == len(digests)


def test_digests_are_had_without_importing_learning_libraries() -> None:
    program = (
        "import sys\n"
        "from nasarena.suite.methods import method_card, method_names\n"
        "from nasarena.suite.plugins import plugins\n"
        "from nasarena.suite.predictors import GROUP, predictor_source\n"
        "from nasarena.suite.runs.source_digest import source_digest\n"
        "sources = [predictor_source(name) for name in plugins(GROUP)]\n"
        "for name in method_names():\n"
        "    source_digest(method_card(name).make, sources)\n"
        "print(*sorted({'lightgbm', 'sklearn', 'torch', 'xgboost'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", plugins(GROUP))
def test_a_registered_predictor_counts_by_definition(name: str) -> None:
    source = predictor_source(name)
    assert source == plugins(GROUP)[name].value
    digests = {source_digest(object, given) for given in ([source], [source.partition(":")[0]], [])}
    assert len(digests) == 3


MINE = """
from nasarena.methods.weaknas import WeakNAS

class Mine(WeakNAS):
    batch_factor = 3
"""


def test_a_file_of_ones_own_counts_with_what_it_takes_from_nasarena(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nasarena.suite.runs.source_digest import modules

    digests = []
    for name, text in {
        "one": MINE,
        "two": "# The same in another file.\n" + MINE,
        "three": MINE.replace("= 3", "= 4"),
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
        digests.append(source_digest(file_card(f"{tmp_path}/{name}.py:Mine").make))
    assert digests[0] == digests[1] != digests[2]

    base = modules.read_module("nasarena.methods.weaknas")
    assert base is not None
    text = Path(importlib.import_module("nasarena.methods.weaknas").__file__ or "").read_text()
    changed = modules.SourceModule(text.replace('kind="stable"', ""), "nasarena.methods.weaknas")
    read = modules.read_module
    monkeypatch.setattr(
        "nasarena.suite.runs.source_digest.names.read_module",
        lambda name: changed if name == "nasarena.methods.weaknas" else read(name),
    )
    assert source_digest(file_card(f"{tmp_path}/one.py:Mine").make) != digests[0]


# Classes that are in no file.

CELLS = [
    "import numpy as np\nSTEPS = {'first': [1, 2]}\n",
    "class Base:\n    '''It counts.'''\n    def steps(self): return STEPS",
    "def helper(x):\n    return np.exp(x) # fast\n",
    "class Mine(Base):\n    def search(self, problem, rng):\n        return helper(self.steps())",
]


@pytest.fixture
def run_cells(monkeypatch: pytest.MonkeyPatch) -> Callable[..., type]:
    """Runs cells as a notebook does: in one module without a file; gives the class `Mine`."""
    numbers = count()

    def run(cells: list[str], kept: bool = True, module: str = "notebook") -> type:
        namespace = types.ModuleType(module)
        monkeypatch.setitem(sys.modules, module, namespace)
        for cell in cells:
            name = f"<cell {next(numbers)}>"
            if kept:
                monkeypatch.setitem(
                    linecache.cache, name, (len(cell), None, cell.splitlines(keepends=True), name)
                )
            exec(compile(cell, name, "exec"), vars(namespace))
        made: type = vars(namespace)["Mine"]
        return made

    return run


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("counts.", "counts on.", True),
        ("# fast", "# slow", True),
        ("[1, 2]", "[1, 3]", False),
        ("np.exp(x)", "np.log(x)", False),
        ("return STEPS", "return None", False),
        ("helper(self", "sum(self", False),
    ],
)
def test_cells_of_a_notebook(
    run_cells: Callable[..., type], kept: bool, old: str, new: str, same: bool
) -> None:
    before, again, after = (
        source_digest(run_cells(cells, kept, module))
        for module, cells in (
            ("notebook", CELLS),
            ("other_notebook", CELLS),
            ("notebook", [cell.replace(old, new) for cell in CELLS]),
        )
    )
    assert before == again
    assert before.startswith("definitions:" if kept else "compiled:")
    if kept or not same:
        assert (before == after) is same


def test_a_class_in_no_module(run_cells: Callable[..., type]) -> None:
    """Compiled code is all that there is of it."""
    digests = []
    for number in (3, 3, 4):
        namespace: dict[str, object] = {}
        exec(f"def f(): return {number}\nclass Mine:\n    def search(self): return f()", namespace)
        made = namespace["Mine"]
        assert isinstance(made, type)
        digests.append(source_digest(made))
    assert digests[0] == digests[1] != digests[2]
    assert digests[0].startswith("compiled:")


def test_a_class_made_while_running_counts_with_its_bases(digest: Digest, original: str) -> None:
    made = 'from theirs.method import Mine as Base\n\nMade = type("Made", (Base,), {"size": %d})'
    one, same, other, based = (
        digest({**files, "theirs/made.py": made % size}, "theirs.made:Made")
        for files, size in ((FILES, 1), (FILES, 1), (FILES, 2), (OTHER["helper"], 1))
    )
    assert one == same
    assert len({one, other, based, original}) == 4


def test_a_class_made_with_abstract_bases_has_a_digest(digest: Digest) -> None:
    """Python says of such a class that it is of the module `abc`, as its base `ABC` is."""
    abstract = """
        from abc import ABC


        class Base(ABC):
            def search(self, problem, rng):
                return 1
    """
    made = 'from theirs.abstract import Base\n\nMade = type("Made", (Base,), {"size": %d})'
    files = FILES | {"theirs/abstract.py": abstract}
    one, same, other = (
        digest({**files, "theirs/made.py": made % size}, "theirs.made:Made") for size in (1, 1, 2)
    )
    assert one == same != other


def test_digests_tell_whether_they_are_by_definition(original: str) -> None:
    assert original.startswith("definitions:")
    assert not is_by_module(original)
    assert is_by_module("0123456789abcdef" * 4)


def test_the_libraries_of_a_method_are_those_that_its_searches_name() -> None:
    def libraries(name: str) -> set[str]:
        return set(method_source(method_card(name).make).libraries)

    assert {"scipy.stats", "scipy.special", "numpy"} <= libraries("weaknas-lite")
    assert not any(name.startswith("scipy") for name in libraries("random-search"))
