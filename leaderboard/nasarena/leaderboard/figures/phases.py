"""How the runs and the phases of a search are called and coloured in the figures of its process."""

import numpy as np

from nasarena.leaderboard.figures.styles import COLOURS, Style
from nasarena.suite.statistics.process import Phases, Sampled
from nasarena.suite.statistics.run_set import RunSet

PHASES = 6
"""The most phases of a search that are told apart by colour."""

NO_QUERIES = "no queries"


def runs_of(runs: RunSet, queries: Sampled) -> str:
    """`weaknas on nasbench201/cifar10 (weaknas-paper, 100 runs)`."""
    identity, count = runs.identity, queries.seeds.size
    which = f"seed {queries.seeds[0]}" if count == 1 else f"{count} runs"
    return f"{identity.method} on {identity.benchmark} ({identity.protocol}, {which})"


def phase_names(queries: Sampled, parts: Phases) -> list[str]:
    """`rounds 2-5 (20 queries)`; where there are several runs, how many have such rounds."""
    names = []
    for phase in range(parts.count):
        inside = parts.of_query == phase
        first, last = parts.first[phase], parts.last[phase]
        rounds = f"round {first}" if first == last else f"rounds {first}-{last}"
        runs, count = np.unique(queries.run[inside]).size, int(inside.sum())
        several = queries.seeds.size > 1
        names.append(f"{rounds} ({_counted(runs, 'run') if several else _counted(count, 'query')})")
    return names


def phase_styles(count: int) -> list[Style]:
    """Styles from the first to the last: from blue to orange, with ever longer dashes.

    The colours lie between some of `COLOURS`, which can be told apart from light and dark pages.
    """
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    ramp = LinearSegmentedColormap.from_list("order", [COLOURS[place] for place in (0, 5, 3, 4)])
    return [
        Style(to_hex(ramp(place)), (1.2 + 9 * place, 1.4) if place < 1 else ())
        for place in np.linspace(1, 0, count)[::-1].tolist()
    ]


def _counted(count: int, what: str) -> str:
    plural = {"run": "runs", "query": "queries"}[what]
    return f"{count:,} {what if count == 1 else plural}"
