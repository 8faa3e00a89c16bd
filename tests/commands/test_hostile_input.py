"""Input made to do harm: one sentence, exit code 2, and nothing is run."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nasarena.suite.cli import run_command

SMALL = ("--benchmarks", "nasbenchgraph/proteins", "--seeds", "1", "--budget", "5")

Refused = Callable[..., str]


@pytest.fixture
def refused_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Refused:
    """Gives arguments to the command in this process, which must refuse them in one line."""
    monkeypatch.chdir(tmp_path)

    def refused(*arguments: object) -> str:
        assert run_command([str(argument) for argument in arguments]) == 2
        said = capfd.readouterr().err.splitlines()
        assert len(said) == 1, said
        assert len(said[0]) < 1000
        assert said[0].isprintable()
        assert not list(tmp_path.glob("**/*.parquet"))
        return said[0]

    return refused


@pytest.mark.parametrize(
    ("option", "arguments"),
    [
        ("--experiment", ("run", "--methods", "random-search", *SMALL)),
        ("--protocol", ("run", "--methods", "random-search", *SMALL)),
        ("--columns", ("import", "table", "mine.csv", "--space", "choices")),
    ],
)
def test_settings_files_that_would_hang_or_crash(
    refused_here: Refused, tmp_path: Path, option: str, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "mine.toml"
    (tmp_path / "mine.csv").write_text("a,val_acc\n1,50\n2,60\n")
    os.mkfifo(file)
    assert "mine.toml cannot be read (it is not a regular file)" in refused_here(
        *arguments, option, "mine.toml"
    )
    file.unlink()
    file.symlink_to("/dev/zero")
    assert "not a regular file" in refused_here(*arguments, option, "mine.toml")
    file.unlink()
    for content in ("a = " + "[" * 9000, f"seeds = {'9' * 9000}", "\x1b[31m = 1"):
        file.write_text(content)
        refused_here(*arguments, option, "mine.toml")


@pytest.mark.parametrize("reader", ["table", "nasbench101", "natsbench"])
def test_imports_of_pipes_and_devices(refused_here: Refused, tmp_path: Path, reader: str) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    space = ("--space", "choices") if reader == "table" else ()
    for name in ("pipe.csv", "/dev/zero"):
        file = tmp_path / name
        if reader == "natsbench":
            (tmp_path / "meta.pickle.pbz2").unlink(missing_ok=True)
            (tmp_path / "meta.pickle.pbz2").symlink_to(file)
            file = tmp_path
        assert "not a regular file" in refused_here(
            "import", reader, file, *space, *(("--name", "a/b") if space else ())
        )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("version = 10000000000000000000000", "version: input should be less than or equal to"),
        ("version = 0", "version: input should be greater than 0"),
        ("budget = 10000000000000000000000", "budget: input should be less than or equal to"),
        ("patience = 2305843009213693952", "patience: input should be less than or equal to"),
        (f"name = '{'a' * 101}'", "name: string should have at most 100 characters"),
        ("budget = inf", "budget: "),
        ("budget = nan", "budget: "),
        ("budget = [[[[[[1]]]]]]", "budget: "),
    ],
)
def test_protocols_with_numbers_and_names_that_cannot_be_stored(
    refused_here: Refused, tmp_path: Path, rule: str, said: str
) -> None:
    rules = {
        "name": "name = 'mine'",
        "version": "version = 1",
        "budget": "budget = 5",
        "labels": "labels = 'mean'",
        "duplicates": "duplicates = 'by_id'",
        "stop": "stop = 'budget'",
    }
    rules[rule.partition(" ")[0]] = rule
    (tmp_path / "mine.toml").write_text("\n".join(rules.values()))
    run = ("run", "--methods", "random-search", *SMALL[:4], "--protocol", "mine.toml")
    assert f"mine.toml: {said}" in refused_here(*run)


def test_budgets_beyond_any_space(refused_here: Refused) -> None:
    for budget in (2**31, 2**63, 10**22, "9" * 5000):
        run = ("run", "--methods", "random-search", *SMALL[:4], "--budget", budget)
        assert "budget: " in refused_here(*run)


@pytest.mark.parametrize(
    "command",
    [
        ("run", "--methods", "random-search", *SMALL),
        ("predictors", "--benchmarks", "nasbenchgraph/proteins"),
        ("figures",),
        ("gate", "--baseline", "baseline", "--methods", "random-search"),
        ("train-table", "--out", "mine.parquet"),
    ],
)
def test_more_processes_than_a_machine_can_start(
    refused_here: Refused, command: tuple[str, ...]
) -> None:
    assert "10,000 processes are too many; give at most " in refused_here(
        *command, "--workers", 10000
    )


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("requires = 5", "requires = 5; it must be a list of texts"),
        ("requires = 'torch'", "requires = 'torch'; it must be a list of texts"),
        ("requires = [5]", "requires = [5]; it must be a list of texts"),
        ("tuned_on = {'a': 1}", "it must be a list of texts"),
        ("tuned_on = 'nasbench201/*'", "it must be a list of texts"),
        ("sources = 5", "sources = 5; it must be a list of texts"),
        ("seconds_per_query = 'fast'", "it must be a number of seconds"),
        ("paper = ['a']", "paper = ['a']; it must be a text"),
        ("version = 1.5", "version = 1.5; it must be a text"),
        ("version = True", "version = True; it must be a text"),
        ("version = 'a' * 10**6", "give a text of 1 to 100 printable letters"),
        ("version = '\x1b[31m'", "give a text of 1 to 100 printable letters"),
        ("skips_twins = 'no'", "it must be True or False"),
        ("kind = []", "has kind '[]'"),
        ("name = 'a' * 10**6", "is too long for a folder"),
        ("name = '类' * 30", "is too long for a folder"),
        ("name = '\x1b[31m'", "a method cannot be named"),
        ("search = 5", "is not a class with search"),
    ],
)
def test_attributes_of_methods_of_the_wrong_kind(
    refused_here: Refused, tmp_path: Path, attribute: str, said: str
) -> None:
    body = "    def search(self, problem, rng): problem.query(0)\n"
    (tmp_path / "mine.py").write_text(f"class Mine:\n{body}    {attribute}\n")
    assert said in refused_here("run", "--methods", f"{tmp_path / 'mine.py'}:Mine", *SMALL)


def test_methods_with_odd_documentation_can_be_listed_and_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nasarena.suite.methods.cards import load_card

    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "class Mine:\n    __doc__ = 5\n    version = 3\n    def search(self, problem, rng): pass\n"
    )
    card = load_card(f"{tmp_path / 'mine.py'}:Mine")
    assert (card.summary, card.version) == ("", "3")


def test_a_results_folder_that_is_removed_during_a_run(
    refused_here: Refused, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(
        "import shutil\n"
        "class Mine:\n"
        "    def search(self, problem, rng):\n"
        f"        shutil.rmtree({str(tmp_path / 'results')!r}, ignore_errors=True)\n"
    )
    run = ("run", "--methods", f"{tmp_path / 'mine.py'}:Mine", *SMALL, "--workers", 1)
    said = refused_here(*run, "--results", "results")
    assert "the results folder results was removed or moved while runs were written" in said


def test_an_error_whose_text_ends_python_is_a_failed_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "class Odd(Exception):\n"
        "    def __str__(self): raise SystemExit(0)\n"
        "class Mine:\n"
        "    def search(self, problem, rng): raise Odd\n"
    )
    run = ("run", "--methods", f"{tmp_path / 'mine.py'}:Mine", *SMALL, "--workers", "1")
    assert run_command(list(run)) == 1
    assert "Mine failed in 1 of 1 runs (on nasbenchgraph/proteins): Odd" in capfd.readouterr().err
    assert list(tmp_path.glob("**/runs.parquet"))
