"""Running a study: what is kept, left out, complained of, and never lost."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.plugins import plugins
from nasarena.suite.predictor_study.measurements import EXECUTIONS, MEASUREMENTS, Task
from nasarena.suite.predictor_study.runner import Report, run_study
from nasarena.suite.predictor_study.study import choose_study, measure

SMALL = "nasbenchgraph/proteins"

PLUGIN = """
import os
import numpy as np

class Base:
    def __init__(self, space, rng):
        pass

    def fit(self, ids, targets):
        pass

    def predict(self, ids):
        return np.asarray(ids) % 97

class Lacking(Base):
    def fit(self, ids, targets):
        import no_such_package.part

class Raises(Base):
    def fit(self, ids, targets):
        if len(ids) == 40:
            raise RuntimeError("no idea\\nwhat to fit")

class SaysNaN(Base):
    def predict(self, ids):
        return np.full(ids.shape, np.nan)

class SaysLittle(Base):
    def predict(self, ids):
        return np.zeros(3)

class Dies(Base):
    def fit(self, ids, targets):
        os._exit(9)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The module of an installed package with predictors of all kinds."""
    names = ("Base", "Lacking", "Raises", "SaysNaN", "SaysLittle", "Dies", "Nothing")
    info = tmp_path / "site" / "theirs-1.0.dist-info"
    info.mkdir(parents=True)
    path = info.parent / "their_predictors.py"
    path.write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    lines = [f"their-{name} = their_predictors:{name}" for name in names]
    (info / "entry_points.txt").write_text("\n".join(["[nasarena.predictors]", *lines]) + "\n")
    monkeypatch.syspath_prepend(info.parent)  # processes started from here have it, too
    plugins.cache_clear()
    yield path
    plugins.cache_clear()


def run(results: Path, predictors: str, seeds: str = "2", workers: int = 1) -> Report:
    return run_study(choose_study(predictors, SMALL, "20,40", seeds), results, workers)


def test_what_is_there_is_not_measured_again_and_all_of_it_is_returned(tmp_path: Path) -> None:
    told: list[int] = []
    results = tmp_path / "mine"
    first = run(results, "gp", seeds="1:2")
    assert (first.done, first.kept) == (2, 0)
    study = choose_study("ridge,gp", SMALL, "20,40", "2")
    second = run_study(study, results, 2, told.append)
    assert (second.done, second.kept, second.failures, second.warnings) == (6, 2, [], [])
    assert told == [2, *[1] * 6]
    assert [one.task for one in second.measurements] == study.tasks()
    assert second.measurements == [measure(task) for task in study.tasks()]
    assert run(tmp_path / "at once", "ridge,gp").measurements == second.measurements
    files = [tmp_path / name / MEASUREMENTS for name in ("mine", "at once")]
    assert files[0].read_bytes() == files[1].read_bytes(), "whatever the workers and the order"


def test_a_pattern_leaves_out_what_is_broken_or_lacks_a_package(
    module: Path, tmp_path: Path
) -> None:
    report = run(tmp_path / "mine", "ridge,their-L*,their-No*", workers=2)
    assert sorted(report.warnings) == [
        "left out: predictor 'their-Nothing' (their_predictors:Nothing) cannot be loaded: "
        "AttributeError: module 'their_predictors' has no attribute 'Nothing'",
        "left out: predictor their-Lacking needs no_such_package, which is not installed; "
        "run: python -m pip install no_such_package",
    ]
    assert {one.predictor for one in report.measurements} == {"ridge"}
    assert (report.done, report.failures) == (4, [])
    with pytest.raises(UserError, match="no predictor can be measured: predictor their-Lacking"):
        run(tmp_path / "mine", "their-L*")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("their-Lacking", "predictor their-Lacking needs no_such_package, which is not installed"),
        ("their-Nothing", "predictor 'their-Nothing' .* cannot be loaded: AttributeError"),
    ],
)
def test_what_is_named_must_be_usable(module: Path, tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        run(tmp_path / "mine", f"ridge,{name}")
    assert run(tmp_path / "mine", "ridge").kept >= 1, "what was finished is kept"


def test_failures_are_counted_named_and_tried_again(module: Path, tmp_path: Path) -> None:
    report = run(tmp_path / "mine", "their-Raises,their-Says*,ridge")
    where = "(first on nasbenchgraph/proteins with"
    assert sorted(report.failures) == [
        f"their-Raises failed in 2 of 4 measurements {where} 40 labels, seed 0): "
        "RuntimeError: no idea what to fit",
        f"their-SaysLittle failed in 4 of 4 measurements {where} 20 labels, seed 0): "
        "ValueError: predictions have shape (3,), not (2021,)",
        f"their-SaysNaN failed in 4 of 4 measurements {where} 20 labels, seed 0): "
        "ValueError: predictions are not all finite numbers",
    ]
    assert (report.done, len(report.measurements)) == (6, 6)
    module.write_text(PLUGIN.replace("len(ids) == 40", "False"))
    again = run(tmp_path / "mine", "their-Raises")
    assert (again.done, again.kept, again.failures) == (2, 2, [])
    (warning,) = again.warnings
    assert "the source of predictor their-Raises has changed since measurements" in warning


def test_digests_from_before_they_were_by_definition_are_said_once(tmp_path: Path) -> None:
    run(tmp_path / "mine", "gp,ridge", seeds="1")
    path = tmp_path / "mine" / EXECUTIONS
    path.write_text(re.sub("definitions:[0-9a-f]{64}", "0123456789abcdef" * 4, path.read_text()))
    (warning,) = run(tmp_path / "mine", "gp,ridge", seeds="1").warnings
    assert "4 of 4 kept measurements were recorded before digests were by definition" in warning


def test_a_process_that_dies_loses_nothing_finished(module: Path, tmp_path: Path) -> None:
    run(tmp_path / "mine", "ridge")
    before = (tmp_path / "mine" / MEASUREMENTS).read_bytes()
    with pytest.raises(UserError, match="a worker process died"):
        run(tmp_path / "mine", "ridge,their-Dies")
    assert (tmp_path / "mine" / MEASUREMENTS).read_bytes() == before


def test_the_install_command_of_what_nasarena_itself_uses() -> None:
    from nasarena.suite.predictor_study.runner import _unusable

    for error in (ModuleNotFoundError("no", name="torch.nn"), ImportError("no")):
        assert _unusable("lstm", error) is None, "installed, or no package: broken otherwise"
    outer = ValueError("cannot fit")
    outer.__cause__ = ModuleNotFoundError("no", name="nasbench_pytorch_missing.part")
    assert _unusable("mine", outer) == (
        "predictor mine needs nasbench_pytorch_missing, which is not installed; "
        "run: python -m pip install nasbench_pytorch_missing"
    )


def test_a_task_is_all_that_a_measurement_depends_on() -> None:
    ridge = Task(SMALL, "ridge", 20, 0)
    assert measure(ridge) != measure(Task(SMALL, "ridge", 20, 1))
