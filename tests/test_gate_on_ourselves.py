"""The registered methods search as well as the baseline in `results/gate` says.

Only cheap methods: the others take too long.
"""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nasarena.suite.gate.baseline import FILE, read_baseline, write_baseline
from nasarena.suite.gate.outcomes import Outcomes
from nasarena.suite.methods import method_card, method_names
from scored_methods import asked_for
from several_lengths import by_several_lengths

BASELINE = Path(__file__).parents[1] / "results" / "gate"
SEEDS = "10"

COSTLY = {
    "acenas",
    "arch2vec-bo",
    "arch2vec-rl",
    "bananas",
    "bonas",
    "botorch",
    "brp-nas",
    "brp-nas-released",
    "dngo",
    "fbnetv3-predictor",
    "flan",
    "gbdt-nas",
    "gp-onehot",
    "lanas",
    "lissnas",
    "nao",
    "nas-bowl",
    "nevergrad",
    "npenas-bo",
    "npenas-np",
    "optuna-tpe",
    "predictor-gcn",
    "predictor-gcn-released",
    "seminas",
    "smac",
    "weaknas",
    "weaknas-ei",
    "weaknas-forest",
    "weaknas-gbrt",
    "weaknas-gcn",
    "weaknas-gp",
}
UNTRAINED = {"gbdt-nas-released", "seminas-released"}
"""At the baseline's budget these have not trained their predictor: they search at random."""
BY_SCORES = {name for name in method_names() if asked_for(name) is not None}
"""The scores of these have to be fetched for the baseline's benchmarks."""

BY_LENGTHS = by_several_lengths()
"""These need trainings of several lengths, which the baseline's benchmarks lack unfetched."""


@pytest.fixture(scope="module")
def base() -> list[Outcomes]:
    return read_baseline(BASELINE)


def gate(folder: Path, baseline: Path, *methods: str) -> subprocess.CompletedProcess[str]:
    given = ["--baseline", str(baseline), "--methods", ",".join(methods), "--seeds", SEEDS]
    return subprocess.run(
        [sys.executable, "-m", "nasarena.suite", "gate", *given],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_method_is_in_the_baseline_or_too_costly(base: list[Outcomes]) -> None:
    """A new method is added with the command in results/README.md, or to one of the lists."""
    held = {one.identity.method for one in base}
    assert sorted(held | COSTLY | UNTRAINED | BY_SCORES | BY_LENGTHS) == sorted(method_names())
    assert not held & (COSTLY | UNTRAINED)
    for method in held:
        own = [one for one in base if one.identity.method == method]
        assert [one.identity.benchmark for one in own] == [
            f"nasbench201/{name}" for name in ("cifar10", "cifar100", "imagenet16-120")
        ]
        assert all(one.count == 100 and one.identity.budget == 300 for one in own)
    assert (BASELINE / FILE).stat().st_size < 200_000


def test_no_method_is_worse(base: list[Outcomes], tmp_path: Path) -> None:
    held = {one.identity.method for one in base}
    done = gate(tmp_path, BASELINE, *(name for name in sorted(held) if not missing(name)))
    assert done.returncode == 0, done.stdout + done.stderr


def missing(name: str) -> list[str]:
    return method_card(name).missing


def test_a_worse_setting_is_found(base: list[Outcomes], tmp_path: Path) -> None:
    """Half of the space is as good as none: `top_n=8000` searches almost at random."""
    worse = "weaknas-lite[top_n=8000]"
    doctored = [
        replace(one, identity=replace(one.identity, method=worse))
        for one in base
        if one.key == ("weaknas-lite", "nasbench201/cifar100")
    ]
    write_baseline(tmp_path / "doctored", doctored)
    done = gate(tmp_path, tmp_path / "doctored", worse)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{worse}: worse" in done.stdout
