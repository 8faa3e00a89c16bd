"""What the shell completes, asked as the shells ask: through the environment."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nasarena.suite.commands import completion

Command = Callable[..., subprocess.CompletedProcess[str]]


def completed(nasarena: Command, line: str) -> list[str]:
    """What the last word of `line` can become, in bash."""
    words = line.split(" ")
    env = {
        "_NASARENA_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = nasarena(env=env)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nasarena import nasb", ["nasbench101"]),
        ("nasarena run --methods weaknas-l", ["weaknas-lite", "weaknas-lite-proxies"]),
        ("nasarena run --methods local-search,weaknas-e", ["local-search,weaknas-ei"]),
        (
            "nasarena run --benchmarks nasbench201/cifar",
            ["nasbench201/cifar10", "nasbench201/cifar100"],
        ),
        ("nasarena run --protocol one", ["one-run"]),
        ("nasarena run --duplicates ", ["by_id", "by_isomorphism"]),
        ("nasarena compare weaknas-lite random-s", ["random-search"]),
        ("nasarena predictors --predictors rid", ["ridge"]),
        ("nasarena fetch nasbench101-", ["nasbench101-full"]),
        ("nasarena figures --formats svg,", ["svg,pdf", "svg,png"]),
        ("nasarena table --format m", ["markdown"]),
    ],
)
def test_names_are_completed(nasarena: Command, line: str, words: list[str]) -> None:
    assert completed(nasarena, line) == words


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells(nasarena: Command, shell: str) -> None:
    env = {
        "_NASARENA_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "nasarena run --protocol weak",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    assert "weaknas-paper" in nasarena(env=env).stdout


def test_a_list_names_nothing_twice_and_parameters_are_left_alone() -> None:
    assert completion.methods("random-search,random-s") == []
    assert completion.methods("weaknas-lite[top_n=3,batch=5],hyper") == [
        "weaknas-lite[top_n=3,batch=5],hyperband"
    ]
    assert completion.methods("weaknas-lite[top_n=3,") == []


def test_completing_loads_none_of_what_it_names() -> None:
    program = (
        "import sys\n"
        "from nasarena.suite.commands import completion\n"
        "assert completion.methods('') and completion.predictors('')\n"
        "assert completion.benchmarks('') and completion.protocols('')\n"
        "assert completion.fetchable('')\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    loaded = set(done.stdout.decode().split())
    heavy = {"pandas", "scipy", "pyarrow", "matplotlib", "seaborn", "sklearn", "torch"}
    assert not loaded & heavy
    assert not {name for name in loaded if name.startswith(("nasarena.methods", "nasarena.base"))}


def test_the_script_for_the_shell_is_shown_and_installed(
    nasarena_program: Path, tmp_path: Path
) -> None:
    def in_bash(option: str) -> str:
        # A shell that has more to do stays the parent, which is how the shell is recognised.
        command = ["bash", "--norc", "-c", f'"$0" {option}; true', str(nasarena_program)]
        env = os.environ | {"HOME": str(tmp_path)}
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    assert "complete -o default -F _nasarena_completion nasarena" in in_bash("--show-completion")
    assert "bash completion installed" in in_bash("--install-completion")
    assert ".bash_completions/nasarena.sh" in (tmp_path / ".bashrc").read_text(encoding="utf-8")
