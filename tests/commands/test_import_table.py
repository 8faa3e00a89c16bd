"""`nasarena import table`: three commands from a CSV file to a first table."""

import json
import os
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
IMPORT = ("import", "table", "digits.csv", "--space", "choices")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASARENA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NASARENA_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """Two thirds of 4 x 3 x 3 combinations, two training runs each."""
    lines = ["depth,width,activation,val_acc_1,val_acc_2,test_acc,training_seconds"]
    for depth, width, activation in product((2, 4, 8, 16), (8, 16, 32), ("relu", "gelu", "tanh")):
        if (depth + width + len(activation) + ord(activation[0])) % 3:
            mean = 50 + depth + width / 8 + ord(activation[0]) % 5
            lines.append(f"{depth},{width},{activation},{mean},{mean + 1},{mean - 2},{width}")
    path = tmp_path / "digits.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_three_commands_from_a_file_to_a_table(nasarena: Command, digits: Path) -> None:
    made = nasarena(*IMPORT, "--name", "mine/digits")
    assert made.returncode == 0, made.stderr
    assert "depth (2, 4, 8, 16); width (8, 16, 32); activation (gelu, relu, tanh)" in made.stdout
    ran = nasarena(
        *("run", "--methods", "random-search,local-search,regularized-evolution"),
        *("--benchmarks", "mine/*", "--seeds", 4, "--budget", 10, "--workers", 2),
    )
    assert ran.returncode == 0, ran.stderr
    rows = json.loads(nasarena("table", "--format", "json").stdout)
    assert {row["method"] for row in rows} == {
        *("random-search", "local-search", "regularized-evolution")
    }
    assert {row["benchmark"] for row in rows} == {"mine/digits"}


def test_it_is_listed_with_what_it_has(nasarena: Command, digits: Path) -> None:
    nasarena(*IMPORT, "--licence", "CC0")
    listed = {row["name"]: row for row in json.loads(nasarena("benchmarks", "--json").stdout)}
    mine = listed["choices/digits"]
    lines = len(digits.read_text().splitlines()) - 1
    assert (mine["size"], mine["isomorphism_classes"]) == (lines, lines)
    assert mine["has_test"] is mine["has_training_seconds"] is True
    assert (mine["training_runs"], mine["licence"], mine["source"]) == (2, "CC0", "digits.csv")
    assert "nasbench201/cifar10" in listed
    assert nasarena("benchmarks").stdout.count("choices/digits") == 1


def test_again_is_no_mistake_and_another_table_needs_replace(
    nasarena: Command, refused: Callable[..., str], digits: Path, tmp_path: Path
) -> None:
    assert nasarena(*IMPORT).returncode == 0
    again = nasarena(*IMPORT)
    assert again.returncode == 0
    assert again.stdout.startswith("choices/digits was imported before: ")
    run = ("run", "--methods", "random-search", "--benchmarks", "choices/digits", "--seeds", 2)
    assert nasarena(*run).returncode == 0
    digits.write_text(digits.read_text().replace("relu", "silu"))
    assert "give --replace" in refused(*IMPORT)
    assert "give --replace" in refused(*IMPORT, "--validation", "val_acc_1")
    assert nasarena(*IMPORT, "--replace").returncode == 0
    assert len(list((tmp_path / "data").glob("**/*.arrow"))) == 1
    assert "table_sha256" in refused(*run), "runs on the old table are of another one"
    assert "are of another table of choices/digits" in (said := refused("table"))
    assert "digits.csv: import the old file again, with --replace" in said
    assert "install" not in said


def test_columns_are_named_by_flags_or_a_file(nasarena: Command, tmp_path: Path) -> None:
    (tmp_path / "digits.csv").write_text("k,noise,s1,s2\na,7,0.5,\nb,8,0.6,0.7\nc,9,0.8,0.7\n")
    (tmp_path / "my.toml").write_text(
        'validation = ["s1", "s2"]\nunit = "fraction"\n[decisions]\nk = ["c", "b", "a", "unused"]\n'
    )
    flags = ("--validation", "s1, s2", "--unit", "fraction", "--decisions", "k")
    assert nasarena(*IMPORT, "--name", "mine/one", *flags).returncode == 0
    assert nasarena(*IMPORT, "--name", "mine/two", "--columns", "my.toml").returncode == 0
    listed = {row["name"]: row for row in json.loads(nasarena("benchmarks", "--json").stdout)}
    for name in ("mine/one", "mine/two"):
        assert listed[name]["size"] == 3
        assert listed[name]["best_validation"] == pytest.approx(75)
        assert listed[name]["optimum"] == ["k=c"]
    assert listed["mine/one"]["sha256"] != listed["mine/two"]["sha256"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("gone.csv", "--space", "choices"), "gone.csv cannot be read"),
        (("digits.csv", "--space", "darts"), "'darts' is not one of"),
        (("digits.csv", "--space", "choices", "--name", "digits"), "space/dataset"),
        (("digits.csv", "--space", "choices", "--columns", "no.toml"), "no.toml cannot be read"),
        (("digits.csv", "--space", "choices", "--test", "tset"), "no column 'tset'"),
        (("digits.csv", "--space", "nasbench201"), "name it with --architecture"),
        (
            ("digits.csv", "--space", "choices", "--name", "nasbench201/cifar10"),
            "nasbench201/cifar10 is a benchmark that is installed; choose another name",
        ),
    ],
)
def test_what_cannot_be_imported_is_refused(
    refused: Callable[..., str], digits: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in refused("import", "table", *arguments)


def test_many_decisions_and_values_are_shortened_and_made_printable(
    nasarena: Command, tmp_path: Path
) -> None:
    names = ["k\x1b[2J", *(f"d{number}" for number in range(20))]
    lines = [f"\x1b]0;{row}{'x' * 200}" + f",{row % 2}" * 20 for row in range(40)]
    (tmp_path / "digits.csv").write_text(
        "\n".join(
            [",".join([*names, "val"]), *(f"{line},{row}.5" for row, line in enumerate(lines))]
        )
    )
    made = nasarena(*IMPORT, "--decisions", ",".join(names))
    assert made.returncode == 0, made.stderr
    said, *columns = made.stdout.splitlines()
    assert len(columns) == 22
    assert made.stdout.replace("\n", "").isprintable()
    assert "... 40 values in all); d0 (0, 1); " in said
    assert "d6 (0, 1); ... 21 decisions in all; one validation" in said
    assert len(said) < 1_000
    assert max(map(len, columns)) < 250


@pytest.mark.parametrize("flag", ["", "--licence", "--citation"])
def test_texts_that_are_not_utf8_are_one_sentence(
    refused: Callable[..., str], digits: Path, tmp_path: Path, flag: str
) -> None:
    latin = os.fsdecode(b"r\xe9sum\xe9")
    if flag:
        said = refused(*IMPORT, flag, latin)
    else:
        said = refused("import", "table", digits.rename(tmp_path / f"{latin}.csv"), *IMPORT[3:])
    assert "is not UTF-8 from letter 2 on; give it in UTF-8" in said
    assert not list((tmp_path / "data").glob("imports/*/*"))


@pytest.mark.parametrize("name", ["a" * 101 + "/b", "a/" + "b" * 101, "choices/" + "b" * 260])
def test_a_name_that_is_too_long_is_refused(
    refused: Callable[..., str], digits: Path, name: str
) -> None:
    said = refused(*IMPORT, "--name", name)
    assert (
        "is too long: space and dataset have 100 letters at most each; give another --name" in said
    )


def test_the_longest_name_is_a_benchmark(nasarena: Command, digits: Path) -> None:
    name = f"{'a' * 100}/{'b' * 100}"
    assert nasarena(*IMPORT, "--name", name).returncode == 0
    run = ("run", "--methods", "random-search", "--benchmarks", name, "--seeds", 1, "--budget", 5)
    assert nasarena(*run).returncode == 0


def test_the_line_is_said(refused: Callable[..., str], digits: Path) -> None:
    lines = digits.read_text().splitlines()
    digits.write_text("\n".join([*lines, "", lines[3]]))
    complaint = refused(*IMPORT)
    assert (
        f"digits.csv, line {len(lines) + 2}: this is the architecture of line 4 again" in complaint
    )


def test_a_damaged_copy_is_one_warning_in_the_list(
    nasarena: Command, refused: Callable[..., str], digits: Path, tmp_path: Path
) -> None:
    nasarena(*IMPORT)
    (copy,) = (tmp_path / "data").glob("**/*.arrow")
    copy.unlink()
    listed = nasarena("benchmarks")
    assert listed.returncode == 0
    assert listed.stderr.count("warning") == 1
    assert "import digits.csv again" in listed.stderr
    assert nasarena(*IMPORT, "--replace").returncode == 0
    assert nasarena("benchmarks").stderr == ""


def test_help_has_an_example(nasarena: Command) -> None:
    for arguments in (("import", "--help"), ("import", "table", "--help")):
        assert nasarena(*arguments).returncode == 0
    assert "nasarena import table digits.csv" in nasarena("import", "table", "--help").stdout


@pytest.mark.parametrize("damage", [Path.unlink, lambda copy: copy.write_bytes(b"ARROW1")])
def test_the_same_command_mends_a_copy_that_is_gone_or_damaged(
    nasarena: Command, digits: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    assert nasarena(*IMPORT).returncode == 0
    (copy,) = (tmp_path / "data").glob("**/*.arrow")
    whole = copy.read_bytes()
    damage(copy)
    again = nasarena(*IMPORT)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("choices/digits is now a benchmark: ")
    assert copy.read_bytes() == whole
    assert nasarena(*IMPORT).stdout.startswith("choices/digits was imported before: ")


def test_what_a_file_holds_is_nothing_for_the_terminal_to_obey(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "red.csv").write_text("depth,val_acc\n1,90\n2,\x1b[31mred\n")
    said = refused("import", "table", "red.csv", "--space", "choices", "--name", "mine/red")
    assert "\ufffd[31mred" in said
    assert "\x1b" not in said


def test_imports_are_listed_and_removed(
    nasarena: Command, refused: Callable[..., str], digits: Path, tmp_path: Path
) -> None:
    assert nasarena("import", "--list").stdout == "nothing was imported\n"
    nasarena(*IMPORT)
    listed = nasarena("import", "--list").stdout
    assert listed.startswith("choices/digits: from digits.csv, in ")
    assert "did you mean 'choices/digits'" in refused("import", "--remove", "choices/digit")
    assert nasarena("import", "--remove", "choices/digits").stdout == "removed: choices/digits\n"
    assert nasarena("import", "--list").stdout == "nothing was imported\n"
    assert not list((tmp_path / "data" / "imports").glob("*/*"))
    assert "choices/digits" not in nasarena("benchmarks").stdout
    assert "stand alone" in refused("import", "--list", *IMPORT[1:])
    assert "--remove" in nasarena("import").stdout


def test_here_keeps_a_table_in_the_folder_of_the_project(
    nasarena: Command, refused: Callable[..., str], digits: Path, tmp_path: Path
) -> None:
    assert nasarena(*IMPORT, "--here").returncode == 0
    assert not (tmp_path / "data").exists()
    assert list((tmp_path / ".nasarena" / "imports").glob("*/*.arrow"))
    run = ("run", "--methods", "random-search", "--benchmarks", "choices/digits", "--seeds", 1)
    assert nasarena(*run, "--budget", 5).returncode == 0
    assert nasarena(*IMPORT).stdout.startswith("choices/digits was imported before: ")
    assert "give --replace" in refused(*IMPORT, "--validation", "val_acc_1")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert "choices/digits" not in nasarena("import", "--list", cwd=elsewhere).stdout
    assert nasarena("import", "--remove", "choices/digits").returncode == 0
    assert not list((tmp_path / ".nasarena").glob("imports/*/*"))
    assert nasarena(*IMPORT).returncode == 0


def test_a_loss_is_minimised_and_listed_as_it_was_measured(
    nasarena: Command, refused: Callable[..., str], tmp_path: Path
) -> None:
    lines = [
        f"{depth},{act},{0.1 + depth / 8 + (act == 'y')}" for depth in range(8) for act in "xy"
    ]
    (tmp_path / "digits.csv").write_text("\n".join(["depth,act,val_loss", *lines]))
    assert "--minimize" in refused(*IMPORT)
    assert "contradict" in refused(*IMPORT, "--minimize", "--direction", "max")
    made = nasarena(*IMPORT, "--minimize", "--unit", "nats")
    assert "the lowest val_loss is best, 0.1000 nats" in made.stdout
    assert (
        "  val_loss: objective, lower is better, nats; 0.1, 1.1, 0.225 (16 values)" in made.stdout
    )
    listed = {row["name"]: row for row in json.loads(nasarena("benchmarks", "--json").stdout)}
    mine = listed["choices/digits"]
    assert mine["best_validation"] == 0.1
    assert mine["objective"] == {"name": "val_loss", "unit": "nats", "direction": "min"}
    assert mine["optimum"] == ["depth=0,act=x"]
    assert "0.1000 nats" in nasarena("benchmarks").stdout
    assert "give --replace" in refused(*IMPORT, "--objective", "val_loss", "--direction", "max")


def test_stripped_tuples_are_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    from nasarena.suite.benchmarks.registry import load_benchmark

    table = load_benchmark("nasbench201/cifar10")
    # 200 cells whose digits are those of other cells, as NASLib's order makes them.
    order, operations = [0, 1, 3, 2, 4, 5], "10324"
    lines = []
    for id in range(0, table.space.size, 78):
        digits = [operations[int(digit)] for digit in table.space.key(id)]
        lines.append(f"{''.join(digits[edge] for edge in order)},{table.table.mean_validation[id]}")
    (tmp_path / "cells.csv").write_text("\n".join(["arch,val_acc", *lines]))
    said = refused("import", "table", "cells.csv", "--space", "nasbench201")
    assert "write them as NASLib's tuples" in said
