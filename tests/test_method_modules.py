"""Methods given as classes of importable modules: `package.module:ClassName`."""

import pickle
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from textwrap import dedent

import pytest

from nasarena.methods import WeakNASLite
from nasarena.suite.errors import UserError
from nasarena.suite.methods import choose_methods, method_card, module_card

Write = Callable[[str, str], None]

MINE = """
    class Mine:
        def __init__(self, top_n: int = 1) -> None:
            self.top_n = top_n

        def search(self, problem, rng):
            problem.query(self.top_n)
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Write]:
    """Writes a module of an importable package that no other test sees."""
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "their_methods"
    package.mkdir()
    (package / "__init__.py").write_text("")

    def write(name: str, text: str) -> None:
        (package / name).write_text(dedent(text))

    module_card.cache_clear()
    yield write
    module_card.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "their_methods"]:
        del sys.modules[name]


def test_a_class_of_a_module_is_chosen_with_its_parameters(write: Write) -> None:
    write("searches.py", MINE)
    (choice,) = choose_methods(["their_methods.searches:Mine[top_n=30]"])
    assert choice.name == "Mine[top_n=30]"
    assert choice.parameters == {"top_n": 30}
    assert choice.card.address == "their_methods.searches:Mine"


def test_a_package_can_pass_on_a_class_of_its_modules(write: Write) -> None:
    write("searches.py", MINE)
    write("__init__.py", "from their_methods.searches import Mine")
    given = ["their_methods:Mine", "their_methods.searches:Mine"]
    assert [choice.name for choice in choose_methods(given)] == ["Mine"]


def test_other_processes_load_it_by_its_address(write: Write) -> None:
    write("searches.py", MINE)
    card = module_card("their_methods.searches:Mine")
    content = pickle.dumps(card)
    assert b"their_methods.searches:Mine" in content
    assert b"top_n" not in content
    assert pickle.loads(content).make is card.make


@pytest.mark.parametrize(
    "address", ["nasarena.methods.weaknas_lite:WeakNASLite", "nasarena.methods:WeakNASLite"]
)
def test_a_registered_class_is_the_registered_method(address: str) -> None:
    assert module_card(address) is method_card("weaknas-lite")
    assert [choice.name for choice in choose_methods([address, WeakNASLite, "weaknas-lite"])] == [
        "weaknas-lite"
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            "not_installed.searches:Mine",
            "there is no module not_installed to take the method Mine from; install the package "
            "it is in (pip install -e .), or give its file as path/to/file.py:Mine",
        ),
        ("their_methods.gone:Mine", "there is no module their_methods.gone to take the method"),
        ("their_methods.searches:Mien", "has no class 'Mien'; did you mean 'Mine'?"),
        ("their_methods.searches:function", "is not a class with search(self, problem, rng)"),
        ("their_methods.searches:Mine[top=3]", "method Mine has no parameter 'top'"),
        ("their_methods.searches:", "has no class ''"),
        ("their_methods.broken:Mine", "cannot be imported: ZeroDivisionError: division by zero"),
        ("their_methods.ends:Mine", "cannot be imported: SystemExit: 3"),
        ("their_methods.needs:Mine", "cannot be imported: ModuleNotFoundError: No module named"),
        ("their_methods.searches:Named", "is named 'weaknas-lite', as a registered method"),
        ("folder/searches:Mine", "'folder/searches' is not the name of a module"),
        (".searches:Mine", "'.searches' is not the name of a module"),
    ],
)
def test_what_cannot_be_loaded_is_one_sentence(write: Write, given: str, said: str) -> None:
    write("searches.py", f"{MINE}\n    class Named(Mine):\n        name = 'weaknas-lite'\n")
    with (Path(sys.path[0]) / "their_methods" / "searches.py").open("a") as file:
        file.write("\ndef function(problem, rng): ...\n")
    write("broken.py", "1 / 0")
    write("ends.py", "raise SystemExit(3)")
    write("needs.py", "import not_installed_either")
    with pytest.raises(UserError) as refused:
        choose_methods([given])
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_two_classes_of_one_name_are_told_apart_by_their_modules(write: Write) -> None:
    write("searches.py", MINE)
    write("others.py", MINE)
    with pytest.raises(UserError) as refused:
        choose_methods(["their_methods.searches:Mine", "their_methods.others:Mine"])
    assert "two different methods are named 'Mine'; give the one in" in str(refused.value)
    assert "their_methods.others:Mine" in str(refused.value)
