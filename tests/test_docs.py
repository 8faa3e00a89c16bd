"""README.md and docs/: every command in them runs, and they build into pages."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from markdown_blocks import Block, blocks
from nasarena.suite.cli import app

REPOSITORY = Path(__file__).parents[1]
TOP = typer.main.get_command(app)
PAGES = {
    str(path.relative_to(REPOSITORY)): path.read_text(encoding="utf-8")
    for path in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md")))
}
SHELL = {
    page: [block for block in blocks(text) if block.language == "sh"]
    for page, text in PAGES.items()
}


@pytest.mark.parametrize("page", [page for page, found in SHELL.items() if found])
def test_the_commands_of_a_page_run_in_order(page: str, tmp_path: Path) -> None:
    env = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NASARENA_DATA": str(tmp_path / "data"),
    }
    folder = tmp_path / "folder"
    folder.mkdir()
    for block in blocks(PAGES[page]):
        if block.file:
            (folder / block.file).write_text(block.content, encoding="utf-8")
        if block.language != "sh" or block.not_run:
            continue
        done = subprocess.run(
            ["sh", "-e", "-c", block.content],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block.content}\n{done.stdout}{done.stderr}"
        assert "nasarena: warning" not in done.stderr


def shell_blocks() -> Iterator[tuple[str, Block]]:
    for page, found in SHELL.items():
        for block in found:
            yield page, block


def test_every_shell_block_is_found() -> None:
    for page, text in PAGES.items():
        assert len(SHELL[page]) == len(re.findall(r"^ *```sh", text, re.M)), page


def test_what_is_not_run_says_why_and_is_understood() -> None:
    for page, block in shell_blocks():
        for command in block.commands:
            if command[0] != "nasarena":
                assert block.not_run, f"{page}: {' '.join(command)} needs a reason not to run"
            elif block.not_run:
                understood(command[1:])
        if block.not_run:
            assert len(block.not_run.split()) >= 2, f"{page}: {block.not_run} is no reason"
            for test in re.findall(r"tests/\S+\.py", block.not_run):
                assert (REPOSITORY / test).is_file(), f"{page}: there is no {test}"


def understood(arguments: list[str]) -> None:
    """Raises what the command line would raise for these arguments; runs nothing."""
    command, words = command_of(arguments)
    if command is not TOP:
        command.make_context("nasarena", words)
        return
    options = {option for parameter in command.params for option in parameter.opts}
    assert set(words) <= options, words


def command_of(arguments: list[str]) -> tuple[typer.core.TyperCommand, list[str]]:
    """The command that arguments name, and the arguments that are left for it."""
    command, words = TOP, list(arguments)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    return command, words


def test_there_is_an_example_of_every_command() -> None:
    shown = {
        command_of(command[1:])[0]
        for _, block in shell_blocks()
        for command in block.commands
        if command[0] == "nasarena"
    }
    groups = {one for one in TOP.commands.values() if hasattr(one, "commands")}
    inside = {command for group in groups for command in group.commands.values()}
    missing = {*TOP.commands.values(), *inside} - groups - shown
    assert not missing, sorted(command.name for command in missing)


def test_an_option_that_does_not_exist_is_noticed() -> None:
    for wrong in (
        ["run", "--frobnicate"],
        ["fetch", "--of"],
        ["tabel"],
        ["import", "table", "x.csv"],
    ):
        with pytest.raises((typer.TyperException, AssertionError)):
            understood(wrong)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, built as `tox run -e docs` builds them."""
    pytest.importorskip("material", reason="needs nasarena[docs]")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "not included in the" not in done.stderr, "a page is missing in the navigation"
    return folder


def test_the_pages_build_and_ask_no_network(site: Path) -> None:
    pages = list(site.glob("*.html"))
    assert {page.stem for page in pages} >= {Path(page).stem for page in PAGES} - {"README"}
    for page in pages:
        html = page.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|iframe)[^>]* src="?([^" >]+)', html)
        loaded += re.findall(r'<link[^>]* href="?([^" >]+)', html)
        assert loaded
        assert not [address for address in loaded if re.match(r"(https?:)?//", address)]


def test_the_recipes_and_the_run_records_are_included(site: Path) -> None:
    recipes = (site / "extending.html").read_text(encoding="utf-8")
    for recipe in ("add-a-method", "add-a-benchmark", "add-a-protocol"):
        assert f'id="{recipe}"' in recipes
    assert "House rules" not in recipes
    records = (site / "run-records.html").read_text(encoding="utf-8")
    assert 'id="plain-and-released-settings"' in records
