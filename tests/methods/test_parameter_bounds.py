"""Methods refuse what they cannot search with before a run begins, and search with all the rest."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from brief_methods import BRIEFLY
from nasarena.suite.errors import UserError
from nasarena.suite.methods import choose_methods, method_card, method_names
from nasarena.suite.runs.experiment import Experiment
from nasarena.suite.runs.runner import run_cells
from scored_methods import lacking
from several_lengths import by_several_lengths

# The others search like one of these, or by what nasbenchgraph lacks.
QUICK = sorted(
    set(method_names())
    - {"brp-nas-released", "seminas-released"}
    - by_several_lengths()
    - lacking()
)
WHOLE, FRACTIONS = (-1, 0, 1), (-1.0, 0.0, 1e-9, 0.5)


def named(method: str, **changes: object) -> str:
    """A method's name with these parameters, and with those that make it quick."""
    brief = dict(part.split("=") for part in BRIEFLY.get(method, "").split(",") if part)
    given = ",".join(f"{name}={value}" for name, value in {**brief, **changes}.items())
    return f"{method}[{given}]" if given else method


def changed(method: str) -> Iterator[tuple[str, str]]:
    """Each number of a method, and the method with it at and around what could be its bounds."""
    for parameter in inspect.signature(method_card(method).make).parameters.values():
        default = parameter.default
        if isinstance(default, (bool, str)) or default is inspect.Parameter.empty:
            continue
        for value in FRACTIONS if isinstance(default, float) else WHOLE:
            yield parameter.name, named(method, **{parameter.name: value})


def refused(parameter: str, name: str) -> bool:
    """Whether a method is refused with such a parameter, in a sentence that names it."""
    try:
        choose_methods([name])
    except UserError as error:
        said = str(error)
    else:
        return False
    assert "\n" not in said
    assert parameter in said.partition(" cannot be built: ")[2]  # before it stands the whole name
    return True


def failures(names: list[str], budget: int, results: Path) -> list[str]:
    experiment = Experiment(
        methods=names, benchmarks="nasbenchgraph/proteins", budget=budget, results=results
    )
    return run_cells(experiment.cells(), [0], results, 1).failures


@pytest.mark.parametrize("method", sorted({*QUICK} - {"seminas"}))  # it takes minutes
def test_what_is_not_refused_can_be_searched_with(method: str, tmp_path: Path) -> None:
    if method_card(method).missing:
        pytest.skip(f"{method} needs {method_card(method).missing}, which is not installed")
    accepted = [name for parameter, name in changed(method) if not refused(parameter, name)]
    if accepted:
        assert failures(accepted, 12, tmp_path) == []


@pytest.mark.parametrize("budget", [1, 4])
def test_every_method_searches_with_any_budget(budget: int, tmp_path: Path) -> None:
    names = [named(method) for method in QUICK if not method_card(method).missing]
    assert failures(names, budget, tmp_path) == []
