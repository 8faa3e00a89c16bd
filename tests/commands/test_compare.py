"""`nasarena compare`, as a user meets it."""

import json
import subprocess
from collections.abc import Callable

Command = Callable[..., subprocess.CompletedProcess[str]]

RUN = ("run", "--benchmarks", "nasbenchgraph/proteins", "--seeds", 3, "--budget", 60, "--judge")


def test_two_methods_side_by_side(nasarena: Command, refused: Callable[..., str]) -> None:
    done = nasarena(*RUN, "--methods", "gbdt-nas,random-search")
    assert done.returncode == 0, done.stderr
    assert "no predictor of random-search was judged: the method shows none" in done.stderr
    assert "gbdt-nas was judged" not in done.stderr

    done = nasarena("compare", "gbdt-nas", "random-search", "--at", "20,50")
    assert done.returncode == 0, done.stderr
    assert "labels are means: all runs of both (3 and 3), unpaired" in done.stdout
    assert "samples to the optimum" in done.stdout
    assert "tau, whole space" not in done.stdout  # random search has no predictor
    assert "Ratio of samples, gbdt-nas to random-search: " in done.stdout

    rows = json.loads(nasarena("compare", "gbdt-nas", "gbdt-nas", "--format", "json").stdout)
    assert {row["measure"] for row in rows} == {
        *("samples", "regret", "tau", "tau_top", "precision")
    }
    assert {row["labels"] for row in rows} == {50, 60}
    assert all(row["difference"] == 0 for row in rows)

    assert "hold no runs of nix" in refused("compare", "nix", "gbdt-nas")
    same = ("compare", "gbdt-nas", "gbdt-nas")
    assert "give fewer with --at" in refused(*same, "--at", 61)
    assert "--at takes whole numbers" in refused(*same, "--at", "-1")
    assert "no option --labels; it is called --at" in refused(*same, "--labels", "20")


def test_runs_that_were_there_are_kept_and_said_to_be(nasarena: Command) -> None:
    unjudged = [part for part in RUN if part != "--judge"]
    for command in (unjudged, RUN):
        done = nasarena(*command, "--methods", "gbdt-nas")
        assert done.returncode == 0, done.stderr
    assert "0 runs done (3 were done before)" in done.stderr
    assert "its runs were made without --judge" in done.stderr
