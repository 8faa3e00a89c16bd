"""On how many tables zero-cost scores order better than parameters: the table of docs/proxies.md.

`nasarena fetch --all`, then `python docs/simulations/zero_cost.py`.
"""

from collections import defaultdict

from nasarena.suite.benchmarks.registry import choose_benchmarks
from nasarena.suite.statistics.score_quality import ScoreRow, score_rows

TABLES = ["nasbench201/*", "transnasbench101-*", "nasbench-macro/*", "naap-440/*"]


def counted(rows: list[ScoreRow], field: str) -> str:
    """On how many tables a difference is above 0, below 0, or not clear."""
    found = [getattr(row, field) for row in rows]
    above = sum(one.low is not None and one.low > 0 for one in found)
    below = sum(one.high is not None and one.high < 0 for one in found)
    return f"{above} / {below} / {len(found) - above - below}"


if __name__ == "__main__":
    by_score: dict[str, list[ScoreRow]] = defaultdict(list)
    for name in choose_benchmarks(TABLES):
        for row in score_rows(name):
            if row.minus_params is not None:
                by_score[row.score].append(row)
    print("| score | tables | all: better / worse / not clear | top tenth |")
    print("|---|---:|---:|---:|")
    for score, rows in sorted(by_score.items()):
        overall, top = counted(rows, "minus_params"), counted(rows, "minus_params_top")
        print(f"| `{score}` | {len(rows)} | {overall} | {top} |")
