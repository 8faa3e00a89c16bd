"""`nasarena import natsbench`: the release's layout, what becomes of it, and what is refused.

The files are made here, in the layout of the release's public reader (nats_bench/api_utils.py):
`meta.pickle.pbz2`, and for each architecture a file of `{"12": results, "200": results}`.
"""

import bz2
import os
import pickle
import re
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasarena.suite.benchmarks import imported as imports
from nasarena.suite.benchmarks.imported import MANIFEST, data_folder
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.cli import run_command
from nasarena.suite.spaces.nasbench201 import EDGES, OPERATIONS, NASBench201
from nasarena.suite.tables import natsbench_files

SPACE = NASBench201()
SEEDS = (777, 888, 999)
SETS = {
    "cifar10-valid": ("x-valid", "ori-test"),
    "cifar10": ("ori-test",),
    "cifar100": ("x-valid", "x-test", "ori-test"),
    "ImageNet16-120": ("x-valid", "x-test", "ori-test"),
}
COUNT = 12
"""Architectures of the made-up release."""

CHOSEN = np.random.default_rng(3).choice(SPACE.size, COUNT, replace=False)


def text(id: int) -> str:
    """An architecture as the release writes it."""
    nodes: dict[int, str] = {1: "|", 2: "|", 3: "|"}
    for (source, target), value in zip(EDGES, SPACE.decisions(id).tolist(), strict=True):
        nodes[target] += f"{OPERATIONS[value]}~{source}|"
    return "+".join(nodes.values())


def accuracy(row: int, trained_on: str, split: str, epochs: int, seed: int) -> float:
    place = list(SETS).index(trained_on) + 10 * len(split)
    return 20.0 + row + place / 8 + epochs / 100 + seed / 1000


def seeds_of(row: int) -> tuple[int, ...]:
    return SEEDS if row % 2 else SEEDS[:2]


def trial(row: int, trained_on: str, epochs: int, seed: int) -> dict[str, Any]:
    """The state of one training; curves that end at `accuracy`."""
    evaluations = {
        f"{split}@{epoch}": np.float64(accuracy(row, trained_on, split, epochs, seed))
        - (epochs - 1 - epoch)
        for split in SETS[trained_on]
        for epoch in range(epochs)
    }
    return {
        "name": "infer.tiny",
        "net_state_dict": None,
        "train_acc1es": OrderedDict((epoch, 50.0 + epoch) for epoch in range(epochs)),
        "train_times": OrderedDict((epoch, 1.5 + row) for epoch in range(epochs)),
        "params": 1.0 + row / 1000,
        "flop": 78.1,
        "seed": seed,
        "epochs": epochs,
        "latency": [0.01, 0.03],
        "eval_names": list(SETS[trained_on]),
        "eval_acc1es": evaluations,
        "eval_times": {},
        "eval_losses": {},
    }


def results(row: int, name: str, epochs: int) -> dict[str, Any]:
    return {
        "arch_index": row,
        "arch_str": name,
        "all_results": {
            (trained_on, seed): trial(row, trained_on, epochs, seed)
            for trained_on in SETS
            for seed in seeds_of(row)
        },
        "dataset_seed": {trained_on: list(seeds_of(row)) for trained_on in SETS},
        "clear_net_done": True,
    }


def write(path: Path, value: object) -> None:
    path.write_bytes(bz2.compress(pickle.dumps(value, protocol=4)))


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small release; the space is thought to be that small."""
    monkeypatch.setenv("NASARENA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NASARENA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(natsbench_files, "ARCHITECTURES", COUNT)
    folder = tmp_path / "NATS-tss-v1_0-3ffb9-simple"
    folder.mkdir()
    names = [text(int(id)) for id in CHOSEN]
    write(folder / "meta.pickle.pbz2", {"meta_archs": names, "total_archs": COUNT})
    for row, name in enumerate(names):
        states = {str(epochs): results(row, name, epochs) for epochs in (12, 200)}
        write(folder / f"{row:06d}.pickle.pbz2", states)
    return folder


def imported(folder: Path) -> int:
    return run_command(["import", "natsbench", str(folder)])


def test_every_run_is_kept_in_the_order_of_the_space(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(release) == 0
    names = [
        f"natsbench/{dataset}{end}"
        for end in ("", "-12-epochs")
        for dataset in ("cifar10", "cifar100", "imagenet16-120")
    ]
    assert capsys.readouterr().out == f"{', '.join(names)}: 12 architectures\n"
    places = {
        "cifar10": (("cifar10-valid", "x-valid"), ("cifar10", "ori-test")),
        "cifar100": (("cifar100", "x-valid"), ("cifar100", "x-test")),
        "imagenet16-120": (("ImageNet16-120", "x-valid"), ("ImageNet16-120", "x-test")),
    }
    rows = np.argsort(CHOSEN)
    for name in names:
        assert load_benchmark(name).space_name == "nasbench201"
        dataset, twelve, _ = name.removeprefix("natsbench/").partition("-12-epochs")
        epochs = 12 if twelve else 200
        table = load_benchmark(name).table
        of_validation, of_test = places[dataset]
        for place, row in enumerate(rows.tolist()):
            seeds = seeds_of(row)
            expected = [accuracy(row, *of_validation, epochs, seed) for seed in seeds]
            np.testing.assert_allclose(table.validation[place, : len(seeds)], expected)
            assert np.isnan(table.validation[place, len(seeds) :]).all()
            tests = [accuracy(row, *of_test, epochs, seed) for seed in seeds]
            assert table.test is not None
            assert table.test[place] == pytest.approx(np.mean(tests))
        assert table.training_seconds is not None
        np.testing.assert_allclose(table.training_seconds, epochs * (1.5 + rows))
        assert table.parameters is not None
        np.testing.assert_allclose(table.parameters, 1e6 + 1000 * rows)
        assert table.latency_seconds is not None
        np.testing.assert_allclose(table.latency_seconds, 0.02)
    assert len({load_benchmark(name).table.sha256 for name in names}) == 6


def test_the_space_is_nas_bench_201(release: Path) -> None:
    assert imported(release) == 0
    assert load_benchmark("natsbench/cifar10").space.name == "nasbench201"


def test_again_it_is_there(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(release) == 0
    capsys.readouterr()
    assert imported(release) == 0
    assert "imported before, from NATS-tss-v1_0-3ffb9-simple" in capsys.readouterr().out
    assert run_command(["import", "natsbench", str(release), "--replace"]) == 0


def copies() -> list[Path]:
    return sorted((data_folder() / "imports").glob("**/*.arrow"))


def change(release: Path) -> None:
    """Makes another release of it: its first file has other accuracies."""
    states = {str(epochs): results(0, text(int(CHOSEN[0])), epochs) for epochs in (12, 200)}
    for state in states.values():
        for one in state["all_results"].values():
            for split in one["eval_acc1es"]:
                one["eval_acc1es"][split] += 1.0
    write(release / "000000.pickle.pbz2", states)


def test_a_replacement_that_is_killed_leaves_the_old_tables(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert imported(release) == 0
    (old,) = copies()
    through = imports.write_atomically

    def killed(path: Path, write: Callable[..., object]) -> None:
        if path.name == MANIFEST:
            raise KeyboardInterrupt
        through(path, write)

    change(release)
    replace = ["import", "natsbench", str(release), "--replace"]
    with monkeypatch.context() as patched:
        patched.setattr(imports, "write_atomically", killed)
        assert run_command(replace) == 130
    before = load_benchmark("natsbench/cifar10").table  # none is in the cache yet
    row = int(np.flatnonzero(np.argsort(CHOSEN) == 0)[0])
    assert before.validation[row, 0] == pytest.approx(
        accuracy(0, "cifar10-valid", "x-valid", 200, SEEDS[0])
    )
    assert run_command(replace) == 0
    assert load_benchmark("natsbench/cifar10").table.sha256 != before.sha256
    assert len(copies()) == 1
    assert copies() != [old]


@pytest.mark.parametrize("damage", [Path.unlink, lambda copy: copy.write_bytes(b"ARROW1")])
def test_the_same_command_mends_a_copy_that_is_gone_or_damaged(
    release: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], object]
) -> None:
    assert imported(release) == 0
    (copy,) = copies()
    whole = copy.read_bytes()
    damage(copy)
    assert imported(release) == 0
    assert "imported before" not in capsys.readouterr().out
    assert copy.read_bytes() == whole
    damage(copy)
    change(release)
    assert imported(release) == 2, "another release mends nothing"
    assert "was imported before; give --replace" in capsys.readouterr().err


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert imported(folder) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert not (data_folder() / "imports").exists()
    return error


def test_nothing_in_a_file_is_executed(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, ("touch executed",)

    write(release / "000003.pickle.pbz2", {"12": Evil(), "200": Evil()})
    said = refused(release, capsys)
    assert "000003.pickle.pbz2 is not NATS-Bench's" in said
    assert "system is not allowed here" in said


def test_a_missing_file_is_named(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (release / "000007.pickle.pbz2").unlink()
    assert "there is no" in (said := refused(release, capsys))
    assert "000007.pickle.pbz2" in said


@pytest.mark.parametrize("content", [b"", b"BZh9 and no more", bz2.compress(b"not a pickle")])
def test_a_damaged_file_is_named(
    release: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (release / "000005.pickle.pbz2").write_bytes(content)
    assert "000005.pickle.pbz2 is not NATS-Bench's" in refused(release, capsys)


def test_a_file_of_another_architecture_is_refused(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (release / "000005.pickle.pbz2").write_bytes((release / "000006.pickle.pbz2").read_bytes())
    assert "it is of |" in refused(release, capsys)


def test_an_accuracy_that_is_missing_is_refused(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = text(int(CHOSEN[4]))
    states = {str(epochs): results(4, name, epochs) for epochs in (12, 200)}
    del states["200"]["all_results"]["cifar100", 777]["eval_acc1es"]["x-test@199"]
    write(release / "000004.pickle.pbz2", states)
    assert "KeyError: 'x-test@199'" in refused(release, capsys)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), 1e9, 100.5, -0.1])
@pytest.mark.parametrize("split", ["x-valid", "x-test"])
def test_an_accuracy_that_is_none_is_refused(
    release: Path, capsys: pytest.CaptureFixture[str], wrong: float, split: str
) -> None:
    name = text(int(CHOSEN[4]))
    states = {str(epochs): results(4, name, epochs) for epochs in (12, 200)}
    states["200"]["all_results"]["cifar100", 888]["eval_acc1es"][f"{split}@199"] = np.float64(wrong)
    write(release / "000004.pickle.pbz2", states)
    said = refused(release, capsys)
    assert "000004.pickle.pbz2 is not NATS-Bench's" in said
    assert f"the accuracy {split}@199 of {name} on cifar100 is {wrong}, not from 0 to 100" in said


def test_the_whole_release_in_one_file_is_refused_with_what_to_give(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = release / "NATS-tss-v1_0-3ffb9.pickle.pbz2"
    write(file, {})
    assert "give the folder NATS-tss-v1_0-3ffb9-simple" in refused(file, capsys)


def test_another_release_is_refused(
    release: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(natsbench_files, "ARCHITECTURES", 32_768)
    assert "names 12 architectures, not 32,768" in refused(release, capsys)


def collisions() -> bytes:
    """A dictionary whose keys have one hash: the time to make it is the square of their number."""
    prime = 2**61 - 1
    return pickle.dumps({prime * key: None for key in range(1, 3_000)}, 4).replace(
        b"u.", b"u" + b"".join(b"L%dL\nNs" % (prime * key) for key in range(3_000, 120_000)) + b"."
    )


HOSTILE_PICKLES = {
    "equal hashes": (collisions, "takes more than 3 seconds to read"),
    "a key that is too deep to be hashed": (
        lambda: b"}" + b")" + b"\x85" * 3_000_000 + b"Ns.",
        "crashed the process that read it|takes more than",
    ),
    "a memo of two billion places": (lambda: b"]r\xff\xff\xff\x7f.", "takes more than .* memory"),
    "a terabyte of zeros": (
        lambda: b"\x80\x05\x96" + (2**40).to_bytes(8, "little") + b"0.",
        "takes more than .* memory",
    ),
    "a text that decompresses to too much": (
        lambda: b"\x80\x04\x8e" + (2**27).to_bytes(8, "little") + bytes(2**27) + b".",
        "it holds more than 100,000,000 bytes",
    ),
    "a code": (lambda: b"cos\nsystem\n(S'touch here'\ntR.", "os.system is not allowed"),
}


@pytest.mark.parametrize("kind", HOSTILE_PICKLES)
def test_a_pickle_that_would_hang_or_crash_its_reader(
    release: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    monkeypatch.setattr(natsbench_files, "SECONDS", 3.0)
    make, said = HOSTILE_PICKLES[kind]
    (release / "000003.pickle.pbz2").write_bytes(bz2.compress(make()))
    assert imported(release) == 2
    (complaint,) = capsys.readouterr().err.splitlines()
    assert "000003.pickle.pbz2 " in complaint
    assert re.search(said, complaint), complaint
    assert complaint.endswith("get the release again")
    assert not imports.imported()
