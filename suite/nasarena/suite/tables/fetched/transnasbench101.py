"""TransNAS-Bench-101 as NASLib extracted it: seven tasks, with zero-cost scores."""

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.errors import UserError, listed, one_line, wrong_columns
from nasarena.suite.tables.metric import Metric, Values
from nasarena.suite.tables.objective import ACCURACY, Objective
from nasarena.suite.tables.table import Table

SSIM = Objective("SSIM", "", "max")
TASKS = {
    "class_scene": ACCURACY,
    "class_object": ACCURACY,
    "autoencoder": SSIM,
    "normal": SSIM,
    "jigsaw": ACCURACY,
    "room_layout": Objective("loss", "", "min"),
    "segmentsemantic": ACCURACY,
}
"""What is measured on the validation images, by task; the file has losses negated."""

SCORES = (
    *("flops", "params", "grasp", "fisher", "grad_norm", "l2_norm", "plain", "nwot"),
    *("epe_nas", "jacov", "snip"),
)
COSTS = ("flops", "params")
"""Scores that are costs, in millions; of the others a higher one promises more."""

NOT_COMPUTED = -1e8
"""What stands for a score that is no number."""

FILES = {part: f"zc_transbench101_{part}.json" for part in ("micro", "macro")}
MILLION = 1e6


def read(content: bytes, source_sha256: str, task: str) -> Table:
    """The table of a task: one validation value an architecture, in the order of the keys.

    The file maps a task to architectures, `(1, 0, 0, 2, 1, 0)`, and each of these to
    `val_accuracy`, whatever the task's objective is, and to scores with their seconds. Raises
    UserError when it is laid out in another way.
    """
    networks = _in_order(content, task)
    return Table(
        source_sha256,
        validation=np.array([[network["val_accuracy"]] for network in networks.values()]),
        parameters=np.round(MILLION * _column(networks, "params", "score")),
    )


def read_architectures(content: bytes, task: str) -> Values:
    """Six columns of digits: the measured architectures of a task. Raises UserError as `read`."""
    digits = np.array([*_in_order(content, task)], dtype=np.float64)
    return {Metric(f"digit {place}"): column for place, column in enumerate(digits.T)}


def read_scores(benchmark: str, content: Callable[[str], bytes]) -> Values:
    """Zero-cost scores and the seconds that each took; NaN for scores that are no numbers."""
    space, _, task = benchmark.partition("/")
    networks = _in_order(content(FILES[space.rpartition("-")[2]]), task)
    found = {}
    for score in SCORES:
        metric = Metric(f"proxy.{score}", *(("million", None) if score in COSTS else ("", "max")))
        values = _column(networks, score, "score")
        found[metric] = np.where(values == NOT_COMPUTED, np.nan, values)
        seconds = Metric(f"proxy_seconds.{score}", "s", "min")
        found[seconds] = _column(networks, score, "time")
    return found


def _column(networks: dict[tuple[int, ...], Any], score: str, what: str) -> NDArray[np.float64]:
    return np.array([network[score][what] for network in networks.values()], dtype=np.float64)


def _in_order(content: bytes, task: str) -> dict[tuple[int, ...], Any]:
    """What the file says of a task's architectures, by their digits, in the order of these."""
    tasks = json.loads(content)
    if task not in tasks:
        raise UserError(f"expected the task {task}, found {listed(tasks)}")
    networks = {}
    for name, network in tasks[task].items():
        if not re.fullmatch(r"\(\d(, \d){5}\)", name):
            raise UserError(
                f"{task}: '{one_line(name, 60)}' is no architecture: (1, 0, 0, 2, 1, 0)"
            )
        expected = {"idx", "arch", "val_accuracy", *SCORES}
        if network.keys() != expected:
            raise UserError(f"{task}, {name}: {wrong_columns(sorted(expected), network)}")
        networks[tuple(map(int, re.findall(r"\d", name)))] = network
    return dict(sorted(networks.items()))
