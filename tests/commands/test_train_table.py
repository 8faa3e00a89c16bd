"""`nasarena train-table`, as a user meets it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("nasbench_pytorch")
pytest.importorskip("mlxtend")

from nasarena.suite.cli import main
from nasarena.suite.training import verification
from nasarena.suite.training.recipe import EPOCHS
from nasarena.suite.training.stored_trainings import Group, load_trainings, save_trainings
from nasarena.suite.training.train_cell import Trainings

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_an_interrupted_training_keeps_what_is_finished_and_can_be_verified(
    nasarena: Command,
    started: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "mine.parquet"
    process = started("train-table", "--out", path, "--workers", 1)
    try:
        # The file is there from the start, and grows every half minute.
        start = time.monotonic()
        while not load_trainings(path) and time.monotonic() - start < 240:
            assert process.poll() is None
            time.sleep(1)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=240)
    finally:
        process.kill()
    assert process.returncode == 130
    assert said == (
        "nasarena: interrupted; finished trainings are kept, give the same command again to "
        "continue\n"
    )
    trainings = load_trainings(path)
    assert trainings
    assert {group.range for group in trainings} == {range(3)}

    verified = nasarena("train-table", "--verify", 1, "--out", path)
    assert verified.returncode == 0, verified.stderr
    assert verified.stdout.startswith("1 cell trained again: 1 equal bit for bit; 1 within")

    # A file of other accuracies is not what the recipe gives.
    moved = {
        group: Trainings(
            training.validation - 40.0, training.test, training.validation_loss, 1.0, 1, 1
        )
        for group, training in trainings.items()
    }
    save_trainings(moved, path)
    monkeypatch.setattr(
        verification, "train_groups", lambda groups, _: ((one, trainings[one]) for one in groups)
    )
    monkeypatch.setattr(
        sys, "argv", ["nasarena", "train-table", "--verify", "1", "--out", str(path)]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert "1 cell trained again: 0 equal bit for bit; 0 within" in said.out
    assert "differ from those made here" in said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--verify", 2, "--out", "none.parquet"), "there are 0 trained cells to verify, not 2"),
        (("--out", "text.parquet"), "is not a file of trainings"),
        (("--out", "text.parquet/more"), "cannot be"),
        (("--workers", 0), "--workers"),
    ],
)
def test_bad_input_gets_one_sentence(
    nasarena: Command, tmp_path: Path, arguments: tuple[object, ...], said: str
) -> None:
    (tmp_path / "text.parquet").write_text("accuracy\n93.2\n")
    run = nasarena("train-table", *arguments)
    assert run.returncode == 2
    assert said in run.stderr
    assert run.stderr.count("\n") == 1
    assert "Traceback" not in run.stderr


def test_a_cell_that_is_not_of_the_space_cannot_be_verified(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    values = np.full((3, EPOCHS), 80.0)
    foreign = Trainings(values, values, values, 1.0, 1, 1)
    save_trainings({Group("0" * 32, 0, 3): foreign}, tmp_path / "f.parquet")
    said = refused("train-table", "--verify", 1, "--out", "f.parquet")
    assert "f.parquet holds a training of '00000000000000000000000000000000'" in said
