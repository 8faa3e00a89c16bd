"""What is stored of a method's class: what it declares, and how to come by it."""

from pathlib import Path

import pytest

from nasarena.suite.methods import MethodCard, class_card, describe, load_card

SOURCE = '''
class Mine:
    """Queries in order.

    Args:
        width: How wide.
    """

    version = "2"
    paper = "A title, https://example.org/mine"
    tuned_on = ("nasbench201/*",)
    seconds_per_query = 1

    def __init__(self, width=3, name="a,b", model=object()):
        pass

    def search(self, problem, rng):
        problem.query(range(9))
'''


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MethodCard:
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "mine.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return load_card("search/mine.py:Mine")


def test_what_a_class_declares_is_in_it(mine: MethodCard) -> None:
    said = describe(mine)
    assert said.description == "Queries in order.\n\nArgs:\n    width: How wide."
    assert (said.version, said.kind, said.paper) == ("2", "method", mine.paper)
    assert (said.tuned_on, said.seconds_per_query) == (("nasbench201/*",), 1.0)
    # An object's text has its address in memory, which is another one each time.
    assert said.parameters == {"width": "3", "name": "a,b", "model": "a object"}


def test_the_path_of_a_file_is_that_below_the_current_folder(mine: MethodCard) -> None:
    assert describe(mine).reference == "search/mine.py:Mine"
    elsewhere = load_card(f"{Path.cwd()}/search/mine.py:Mine")
    assert describe(elsewhere).reference == "mine.py:Mine"
    assert describe(class_card(mine.make)).reference == "mine.py:Mine"


def test_a_class_of_an_installed_package_names_the_package() -> None:
    said = describe(load_card("local-search"))
    assert said.reference == "nasarena.baselines.local_search:LocalSearch"
    assert said.package is not None
    assert said.package.startswith("nasarena==")
    assert load_card(said.reference).name == "local-search"


def test_a_class_that_nothing_names_has_no_reference() -> None:
    class Inside:
        def search(self, problem, rng):
            pass

    assert describe(class_card(Inside)).reference is None
    assert describe(class_card(Inside)).description == ""


def test_what_is_too_long_is_cut() -> None:
    class Long:
        __doc__ = "x" * 9_000
        paper = "y" * 9_000
        tuned_on = ("z" * 9_000,) * 200

        def search(self, problem, rng):
            pass

    said = describe(class_card(Long))
    assert said.tuned_on is not None
    assert (len(said.description), len(said.paper or "")) == (5_000, 500)
    assert (len(said.tuned_on), len(said.tuned_on[0])) == (100, 200)
