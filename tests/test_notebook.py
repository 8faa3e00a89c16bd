"""A notebook that defines a method in a cell, runs it on two processes, and plots what came out."""

from pathlib import Path

import nbformat
import pytest
from ipykernel.kernelspec import install
from nbclient import NotebookClient

CELLS = [
    "STEP = 7\n\n\ndef order(space, rng):\n    return rng.permutation(space.size)[::STEP]",
    "from nasarena.suite import Experiment, load_runs, load_trace, run",
    """class EverySeventh:
    def __init__(self, batch: int = 5):
        self.batch = batch

    def search(self, problem, rng):
        ids = order(problem.space, rng)
        for start in range(0, ids.size, self.batch):
            problem.query(ids[start : start + self.batch])""",
    """experiment = Experiment(
    methods=[EverySeventh, EverySeventh(batch=1), "random-search"],
    benchmarks="nasbenchgraph/proteins",
    seeds=range(3),
    budget=20,
    results="mine",
    workers=2,
)
report = run(experiment)
print(report.done, report.kept)""",
    "print(run(experiment).kept)",
    """import matplotlib

matplotlib.use("agg")
from nasarena.leaderboard import plot_regret

axes = plot_regret("mine", "nasbenchgraph/proteins")
axes.get_figure().savefig("regret.png")
print(sorted(load_runs("mine")["method"].unique()))
trace = load_trace("mine", "EverySeventh", "nasbenchgraph/proteins", seed=0)
print(trace["regret"].iloc[-1] >= 0)""",
    """from nasarena.suite import RunsWarning


class GivesUp:
    def search(self, problem, rng):
        problem.query(0)


gives_up = Experiment(
    methods=GivesUp, benchmarks="nasbenchgraph/proteins", seeds=1, budget=5, results="mine"
)
run(gives_up)""",
    "run(gives_up)",
]


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A kernel that is the Python which runs the tests."""
    install(kernel_name="of-the-tests", prefix=str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter" / "share" / "jupyter"))
    return "of-the-tests"


def text_of(cell: nbformat.NotebookNode, stream: str = "stdout") -> str:
    return "".join(one.text for one in cell.outputs if one.get("name") == stream)


def test_a_method_of_a_cell_is_run_and_plotted(kernel: str, tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in CELLS])
    NotebookClient(
        notebook, kernel_name=kernel, timeout=240, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    *_, ran, again, plotted, gave_up, gave_up_again = notebook.cells

    assert text_of(ran).split() == ["9", "0"]
    (bar,) = [one.data["text/plain"] for one in ran.outputs if one.output_type == "display_data"]
    assert "running" in bar
    assert "9/9" in bar
    assert text_of(ran, "stderr") == ""
    assert text_of(again).split() == ["9"]
    assert "'EverySeventh', 'EverySeventh[batch=1]', 'random-search'" in text_of(plotted)
    assert (tmp_path / "regret.png").stat().st_size > 1000
    for cell in (gave_up, gave_up_again):  # also said the second time
        assert "RunsWarning: GivesUp returned before the budget was used" in text_of(cell, "stderr")
