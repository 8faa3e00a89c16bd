"""Speed: the real thing, in repositories with an old and a new version of a method."""

import json
import math
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from nasarena.suite.errors import UserError
from nasarena.suite.gate.baseline_code import baseline_code
from nasarena.suite.gate.second_environment import PATHS_FILE, SecondEnvironment
from nasarena.suite.gate.speed import SAME_CODE, SpeedRow, measure_speed, too_slow
from nasarena.suite.protocol import load_protocol
from nasarena.suite.statistics.samples import Estimate

BENCHMARKS = [("nasbenchgraph/proteins", load_protocol("weaknas-paper[budget=20]"))]

OLD = """
    class Mine:
        def search(self, problem, rng):
            print("a method may print", input if rng is None else "")
            for id in rng.permutation(problem.space.size):
                sum(range(STEPS))
                problem.query(int(id))


    class Same:
        def search(self, problem, rng):
            for id in range(problem.space.size):
                sum(range(2_000))
                problem.query([id])


    STEPS = 1_000
"""

NEW = (
    OLD.replace("STEPS = 1_000", "STEPS = 50_000")
    + """
    class Added(Same):
        pass


    class Failing:
        def search(self, problem, rng):
            problem.query(3)
            raise RuntimeError("no idea")
    """
)

PROJECT = """
    [build-system]
    requires = ["setuptools"]
    build-backend = "setuptools.build_meta"

    [project]
    name = "speedy-searches"
    version = "1.0"

    [tool.setuptools]
    packages = ["speedy_searches"]
"""

Write = Callable[[str, str], None]


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def repository(tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a repository with old code, tagged v1, and new code beside it."""
    folder = tmp_path / "repository"
    write(
        folder,
        {
            ".gitignore": "__pycache__/\n",
            "pyproject.toml": PROJECT,
            "speedy_searches/__init__.py": "",
            "speedy_searches/searches.py": OLD,
            "alone/search.py": OLD.replace("Mine", "Alone"),
        },
    )
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Old")
    git(folder, "tag", "v1")
    write(
        folder,
        {"speedy_searches/searches.py": NEW, "alone/search.py": NEW.replace("Mine", "Alone")},
    )
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    return folder


def assert_nothing_is_left(repository: Path, temporary: Path) -> None:
    assert git(repository, "worktree", "list").count("\n") == 1
    assert list(temporary.iterdir()) == []


def test_a_slower_package_is_told_from_its_old_revision(repository: Path, temporary: Path) -> None:
    done: list[tuple[int, int]] = []
    slower, same = measure_speed(
        ["speedy_searches.searches:Mine", "speedy_searches.searches:Same"],
        BENCHMARKS,
        [3, 4],
        "v1",
        lambda *count: done.append(count),
    )
    assert (slower.method, slower.pairs, slower.note) == ("Mine", 2, "")
    assert slower.ratio.value > 5
    assert slower.ratio.low is not None
    assert slower.seconds_head > 5 * slower.seconds_base > 0
    assert (same.method, same.note) == ("Same", SAME_CODE)
    assert 0.2 < same.ratio.value < 5
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert git(repository, "status", "--porcelain") == (
        " M alone/search.py\n M speedy_searches/searches.py\n"
    )
    assert_nothing_is_left(repository, temporary)


def test_files_and_folders_on_the_path_are_taken_from_the_old_revision(
    repository: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "pyproject.toml").unlink()
    git(repository, "rm", "--quiet", "--cached", "pyproject.toml")
    git(repository, "commit", "--quiet", "--message", "Old, and not a package")
    monkeypatch.chdir(repository / "alone")
    given = ["search.py:Alone", "speedy_searches.searches:Mine"]
    rows = measure_speed(given, BENCHMARKS, [0, 1], "HEAD")
    assert [row.method for row in rows] == ["Alone", "Mine"]
    assert all(row.ratio.value > 5 for row in rows)
    assert_nothing_is_left(repository, temporary)


def wheel(path: Path, files: dict[str, str]) -> Path:
    """A wheel of the files, as far as pip looks."""
    about = "speedy_searches-0.9.dist-info"
    files = files | {
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: speedy-searches\nVersion: 0.9\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{about}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (files | {f"{about}/RECORD": record}).items():
            archive.writestr(name, dedent(text))
    return path


def test_a_wheel_stands_before_the_code_here(repository: Path, temporary: Path) -> None:
    files = {"speedy_searches/__init__.py": "", "speedy_searches/searches.py": OLD}
    old = wheel(repository / "speedy_searches-0.9-py3-none-any.whl", files)
    (row,) = measure_speed(["speedy_searches.searches:Mine"], BENCHMARKS, [0, 1], old)
    assert row.ratio.value > 5
    empty = wheel(old, {"speedy_searches/__init__.py": ""})
    with pytest.raises(UserError, match="there is no module speedy_searches") as refused:
        measure_speed(["speedy_searches.searches:Mine"], BENCHMARKS, [0], empty)
    assert str(refused.value).endswith("give --baseline-code a version that has it")
    assert_nothing_is_left(repository, temporary)


@pytest.mark.parametrize(
    ("method", "code", "said"),
    [
        ("alone/search.py:Alone", "v9", "there is no git revision 'v9' in this repository"),
        ("alone/search.py:Alone", "--help", "there is no git revision '--help'"),
        ("alone/search.py:Alone", "gone.whl", "there is no wheel gone.whl"),
        ("alone/search.py:Alone", "pyproject.toml", "pyproject.toml is not a wheel (.whl)"),
        ("alone/search.py:Alone", "broken-1-py3-none-any.whl", "cannot be installed: "),
        ("alone/other.py:Mine", "alone", "has no file alone/other.py with the method Mine"),
        ("alone/search.py:Added", "bare", "has no class 'Added'"),
        ("alone/search.py:Failing", "now", "Failing fails on nasbenchgraph/proteins, seed 0: Runt"),
        ("random-serch", "bare", "the candidate's code: unknown method 'random-serch'"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(
    repository: Path, temporary: Path, method: str, code: str, said: str
) -> None:
    write(repository, {"bare/alone/search.py": OLD, "now/alone/search.py": NEW})
    (repository / "broken-1-py3-none-any.whl").write_bytes(b"no archive")
    with pytest.raises(UserError) as refused:
        measure_speed([method], BENCHMARKS, [0], code)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert_nothing_is_left(repository, temporary)


def test_a_file_is_in_no_wheel(repository: Path, temporary: Path) -> None:
    old = wheel(repository / "speedy_searches-0.9-py3-none-any.whl", {"alone.py": OLD})
    with pytest.raises(UserError, match=r"is in a file, and the wheel .* holds no such file"):
        measure_speed(["alone/search.py:Alone"], BENCHMARKS, [0], old)


def test_outside_of_a_repository_there_is_no_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"no git revision can be taken .*not a git repository"):
        measure_speed(["random-search"], BENCHMARKS, [0], "v1")


def test_an_editable_installation_of_the_same_package_is_not_behind_the_old_one(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "site"
    about = "speedy_searches-1.0.dist-info"
    write(
        packages,
        {
            f"{about}/METADATA": "Metadata-Version: 2.1\nName: speedy-searches\nVersion: 1.0\n",
            f"{about}/RECORD": "_speedy_searches.pth,,\n",
            "_speedy_searches.pth": f"{repository}\nimport finder_of_speedy_searches\n",
            "another.pth": "import sys; sys.another = True\n",
        },
    )
    monkeypatch.syspath_prepend(packages)
    monkeypatch.setattr("site.getsitepackages", lambda: [str(packages)])
    old = wheel(tmp_path / "speedy_searches-0.9-py3-none-any.whl", {"speedy_searches.py": OLD})
    with baseline_code(old) as code:
        program = (
            "import sys, speedy_searches as found\n"
            f"print(found.__file__, sys.another, {str(repository)!r} in sys.path)"
        )
        said = subprocess.run(
            [code.python, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
        ).stdout.split()
        assert Path(said[0]).is_relative_to(code.python.parents[1])
        assert said[1:] == ["True", "False"]


def test_an_interrupt_leaves_nothing_behind(repository: Path, temporary: Path) -> None:
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from nasarena.suite.gate.speed import measure_speed\n"
        "from nasarena.suite.protocol import load_protocol\n"
        "from pathlib import Path\n"
        f"rules = load_protocol('{BENCHMARKS[0][1].name}')\n"
        "def progress(done, total): Path('begun').touch()\n"
        f"measure_speed(['alone/search.py:Alone'], [('{BENCHMARKS[0][0]}', rules)], range(10**6),\n"
        "              'HEAD', progress)"
    )
    git(repository, "rm", "--quiet", "--cached", "pyproject.toml")
    git(repository, "commit", "--quiet", "--message", "Not a package")
    process = subprocess.Popen(
        [sys.executable, "-c", program], start_new_session=True, stderr=subprocess.PIPE
    )
    with process:
        try:
            while not (repository / "begun").exists() and process.poll() is None:
                time.sleep(0.05)
            assert git(repository, "worktree", "list").count("\n") == 2
            os.killpg(process.pid, signal.SIGINT)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert b"KeyboardInterrupt" in said
    with pytest.raises(ProcessLookupError):  # nobody of its group is left
        os.killpg(process.pid, 0)
    (repository / "begun").unlink()
    assert_nothing_is_left(repository, temporary)


@pytest.mark.parametrize(
    ("ratio", "slow"),
    [
        (Estimate(1.6, 1.2, 2.0), True),
        (Estimate(1.6, 0.9, 2.0), False),
        (Estimate(1.4, 1.3, 1.5), False),
        (Estimate(9.0), False),
    ],
)
def test_too_slow_is_large_and_certain(ratio: Estimate, slow: bool) -> None:
    assert too_slow(SpeedRow("Mine", 1.0, ratio.value, ratio, 5), 1.5) is slow


def test_pythons_own_library_is_not_named_behind_the_old_code(tmp_path: Path) -> None:
    """Where pip builds a project, what is named there is taken off the import path."""
    environment = SecondEnvironment(tmp_path)
    (file,) = tmp_path.rglob(PATHS_FILE)
    named = {Path(line) for line in file.read_text().splitlines() if not line.startswith("import")}
    assert Path(np.__file__).parents[1] in named
    for module in (json, math):  # a file of the library, and one of its compiled modules
        assert Path(str(module.__file__)).parent not in named
        assert Path(str(module.__file__)).parents[1] not in named
    done = subprocess.run(
        [environment.python, "-c", "import json, math, numpy; print(numpy.__file__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == Path(np.__file__)
