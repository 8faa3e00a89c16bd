"""How well zero-cost scores order the suite's own table, from a file of scores, complete or not.

`python docs/simulations/own_scores.py FILE`; FILE as `python -m
nasarena.suite.training.score_cells FILE` writes it. Cells are scored in random order, so that what
is there is a fair sample. Scores with the first seed.
"""

import sys
from pathlib import Path

import numpy as np

from nasarena.leaderboard.tables.zero_cost import to_markdown
from nasarena.suite.benchmarks.registry import load_benchmark
from nasarena.suite.statistics.score_quality import quality_of
from nasarena.suite.tables.proxies import Proxies
from nasarena.suite.training.score_cells import SCORES, SEEDS, read_scorings
from nasarena.suite.training.train_table import cells

NAME = "nasbench101-5/rotated-mnist"

if __name__ == "__main__":
    benchmark = load_benchmark(NAME)
    scorings = read_scorings(Path(sys.argv[1]).read_bytes())
    scored = [scorings.get((SEEDS[0], cell)) for cell in cells()]
    some = np.array([one is not None for one in scored])
    scores = {
        name: np.where(some, benchmark.scores.scores[name], np.nan) for name in ("flops", "params")
    }
    seconds = {}
    for name in SCORES:
        scores[name] = np.array([one.scores[name] if one else np.nan for one in scored])
        seconds[name] = np.array([one.seconds[name] if one else np.nan for one in scored])
    rows = quality_of(Proxies(scores, seconds), benchmark.table.mean_validation, NAME)
    print(to_markdown([rows]))
