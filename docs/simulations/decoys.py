"""How often honest methods fail the decoy test of `nasarena audit --decoy`.

    python docs/simulations/decoys.py "random-search,weaknas-lite" "nasbench201/*" 2

makes the test twice for each method on each benchmark, with other decoys each time, and prints
what came of it: a line for each, and the smallest probabilities of all. Without arguments it makes
what docs/audit.md reports, in about 20 minutes of CPU time.
"""

import json
import sys

from nasarena.suite.audit.decoy import DecoyRun, decoy_protocol
from nasarena.suite.audit.decoy_test import LIMIT, decoy_runs, p_of_decoy, p_of_real
from nasarena.suite.benchmarks.registry import choose_benchmarks, load_benchmark
from nasarena.suite.methods import choose_methods
from nasarena.suite.names import split_list
from nasarena.suite.runs.execute import Cell

METHODS = (
    "random-search,local-search,regularized-evolution,regularized-evolution-paper,weaknas-lite,"
    "path-gp,gbdt-nas,weaknas-gp,predictor-gcn,weaknas-gbrt"
)
BENCHMARKS = (
    "nasbench201/*,nasbenchgraph/arxiv,nasbenchgraph/cora,nasbenchgraph/proteins,nasbench101-5/*"
)


def main(methods: str = METHODS, benchmarks: str = BENCHMARKS, tests: str = "1") -> None:
    cells = [
        Cell(choice, name, decoy_protocol(load_benchmark(name)))
        for name in choose_benchmarks(split_list(benchmarks))
        for choice in choose_methods(split_list(methods))
    ]
    found: list[tuple[float, float]] = []
    counts = {"runs": 0, "real": 0, "first": 0, "decoy": 0}
    for draw in range(int(tests)):
        for cell in cells:
            runs = decoy_runs([cell], draw)[cell]
            for name, count in counted(runs).items():
                counts[name] += count
            benchmark = load_benchmark(cell.benchmark)
            found.append((p_of_real(runs, benchmark), p_of_decoy(runs, benchmark)))
            line = [draw, cell.method.name, cell.benchmark, *counted(runs).values()]
            print(*line, *(f"{p:.2g}" for p in found[-1]), flush=True)
    alarms = sum(min(pair) < LIMIT for pair in found)
    smallest = [min(p) for p in zip(*found, strict=True)]
    print(json.dumps(counts | {"tests": len(found), "alarms": alarms, "smallest p": smallest}))


def counted(runs: list[DecoyRun]) -> dict[str, int]:
    return {
        "runs": len(runs),
        "real": sum(run.real is not None for run in runs),
        "first": sum(run.real == 1 for run in runs),
        "decoy": sum(run.decoy is not None for run in runs),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
