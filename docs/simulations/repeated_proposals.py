"""How few cells `optuna-tpe[multivariate=False]` proposes on rotated-mnist: for docs/results.md.

Run from the repository's folder, a CPU minute:

    python docs/simulations/repeated_proposals.py
"""

import numpy as np

from nasarena.baselines.ask_and_tell import near
from nasarena.baselines.optuna_tpe import OptunaTPE
from nasarena.suite.benchmarks.registry import load_benchmark

BENCHMARK = "nasbench101-5/rotated-mnist"
SEEDS, PROPOSALS = range(3), 1_000


def proposed(seed: int) -> tuple[int, int, bool]:
    """Proposals, the cells among them, and whether one was the best; at most 1,000 proposals.

    As `AskAndTell` does, the nearest of 32 random cells stands for what denotes none.
    """
    benchmark = load_benchmark(BENCHMARK)
    space, labels = benchmark.space, benchmark.table.mean_validation
    rng = np.random.default_rng(seed)
    study = OptunaTPE(multivariate=False).make_optimiser(space, 300, rng)
    cells: set[int] = set()
    for number in range(1, PROPOSALS + 1):
        decisions = study.ask()
        cell = int(space.ids(np.asarray(decisions)))
        if cell < 0:
            cell = near(space, decisions, rng)
        study.tell(decisions, float(labels[cell]))
        cells.add(cell)
        if cell == labels.argmax():
            return number, len(cells), True
    return PROPOSALS, len(cells), False


if __name__ == "__main__":
    for seed in SEEDS:
        number, cells, found = proposed(seed)
        end = "the best among them" if found else "not the best"
        print(f"seed {seed}: {number} proposals of {cells} cells, {end}")
