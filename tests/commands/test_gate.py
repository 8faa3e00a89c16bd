"""`nasarena gate`, as a maintainer meets it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]

METHOD = '''
class Own:
    """Mutates the best of some of its last queries."""

    sample = 12

    def search(self, problem, rng):
        last = []
        while True:
            if len(last) < 20:
                one = int(rng.integers(problem.space.size))
            else:
                chosen = rng.choice(len(last), self.sample, replace=False)
                one = int(problem.space.mutate(max(last[i] for i in chosen)[1], rng))
            last.append((problem.query(one), one))
            last = last[-20:]
'''

WORSE = METHOD.replace("sample = 12", "sample = 1")

FAILING = METHOD.replace("last = []\n", "last = []\n        assert rng.random() < 0.9\n", 1)

GATE = ("gate", "--baseline", "base", "--methods", "own.py:Own")

UPDATE = (*GATE, "--update", "--benchmarks", "nasbenchgraph/proteins", "--budget", 300)


@pytest.fixture
def project(tmp_path: Path, nasarena: Command) -> Path:
    """A folder with a method and its baseline of 40 seeds."""
    (tmp_path / "own.py").write_text(METHOD)
    done = nasarena(*UPDATE, "--seeds", 40)
    assert done.returncode == 0, done.stderr
    assert "baseline of 1 cell written: base" in done.stderr
    return tmp_path


def test_unchanged_worse_and_failing_code(project: Path, nasarena: Command) -> None:
    done = nasarena(*GATE)
    assert done.returncode == 0, done.stderr
    assert "Own: identical" in done.stdout
    assert "Identical traces: 30 of 30; nothing to test." in done.stdout

    (project / "own.py").write_text(WORSE)
    reports = ("--markdown", "r.md", "--junit", "r.xml", "--json", "r.json")
    done = nasarena(*GATE, "--seeds", 40, *reports)
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    assert "Own: worse" in done.stdout
    assert "40 new seeds against 40 stored" in done.stdout
    assert "Its source has changed." in done.stdout
    markdown = (project / "r.md").read_text()
    assert markdown.startswith("## Search quality: 1 of 1 method is worse\n")
    assert "| nasbenchgraph/proteins | " in markdown
    suite = ElementTree.parse(project / "r.xml").getroot()
    assert suite.get("failures") == "1"
    assert suite.find("testcase[@name='Own']/failure") is not None
    samples, seconds = json.loads((project / "r.json").read_text())
    assert samples["name"] == "Own on nasbenchgraph/proteins"
    assert (samples["unit"], seconds["unit"]) == ("samples", "ms")

    # The same runs, as a folder of results.
    results = max((project / ".nasarena/runs").iterdir(), key=lambda path: path.stat().st_mtime)
    again = nasarena("gate", "--baseline", "base", "--candidate", results)
    assert again.returncode == 1, again.stderr
    assert again.stdout == done.stdout
    compared = nasarena("compare", "Own", "--base", "base", "--head", results)
    assert compared.returncode == 0, compared.stderr
    assert "Own: worse" in compared.stdout

    # Seeds are added only until it is clear.
    done = nasarena(*GATE, "--max-seeds", 200)
    assert done.returncode == 1, done.stderr
    assert "of at most 200 seeds: worse." in done.stdout

    (project / "own.py").write_text(FAILING)
    done = nasarena(*GATE)
    assert done.returncode == 1
    assert "More runs fail than before: " in done.stdout
    assert "AssertionError" in done.stdout
    done = nasarena(*UPDATE)
    assert done.returncode == 1
    assert "no baseline is written to base" in done.stderr


def test_the_baseline_is_small_holds_no_path_and_is_added_to(
    project: Path, nasarena: Command
) -> None:
    path = project / "base" / "baseline.parquet"
    before = path.read_bytes()
    assert len(before) < 20_000
    assert str(project).encode() not in before
    done = nasarena(
        *("gate", "--baseline", "base", "--update", "--methods", "random-search"),
        *("--benchmarks", "nasbenchgraph/proteins", "--budget", 50, "--seeds", 5),
    )
    assert done.returncode == 0, done.stderr
    assert "baseline of 1 cell written, 1 other kept: base" in done.stderr
    methods = pq.read_table(path)["method"].to_pylist()
    assert methods == sorted(methods)
    assert set(methods) == {"Own", "random-search"}


def test_what_cannot_be_used_is_one_sentence(
    project: Path, nasarena: Command, refused: Callable[..., str]
) -> None:
    own = ("--methods", "own.py:Own")
    said = refused("gate", "--baseline", "nowhere", *own)
    assert "nowhere does not exist" in said
    assert "nasarena gate --update --baseline nowhere" in said
    assert "has 40 seeds of Own on nasbenchgraph/proteins" in refused(*GATE, "--seeds", 41)
    assert "--seeds 40" in refused(*GATE, "--seeds", 41)
    assert "is not a number" in refused(*GATE, "--seeds", "10:20")
    assert "--budget comes from the baseline" in refused(*GATE, "--budget", 50)
    for slip in ("much", "10", "1.5", "2000%"):
        assert "write 10% or 0.1" in refused(*GATE, "--min-effect", slip)
    assert "own.py is a file; give the folder of a baseline" in refused(
        "gate", "--baseline", "own.py", *own
    )
    assert "--update needs --methods and --benchmarks" in refused(*GATE, "--update")
    assert "leave --seeds and --candidate out" in refused(*GATE, "--max-seeds", 50, "--seeds", 5)
    assert "with --methods, or runs made before" in refused("gate", "--baseline", "base")
    (project / "renamed.py").write_text(METHOD.replace("class Own", "class Owns"))
    said = refused("gate", "--baseline", "base", "--methods", "renamed.py:Owns")
    assert "the baseline base has no runs of Owns (did you mean 'Own'?); add it with" in said
    assert "give its class the old name as the attribute `name`" in said

    (project / "own.py").write_text(METHOD)
    done = nasarena(
        *("run", *own, "--benchmarks", "nasbenchgraph/proteins", "--budget", 60),
        *("--seeds", 5, "--results", "others"),
    )
    assert done.returncode == 0, done.stderr
    said = refused("gate", "--baseline", "base", "--candidate", "others")
    assert "with protocol weaknas-paper[budget=60], the baseline with" in said
    path = project / "base" / "baseline.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    assert "restore it from git" in refused(*GATE)
