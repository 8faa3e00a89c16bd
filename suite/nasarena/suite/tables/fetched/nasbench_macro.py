"""NAS-Bench-Macro's file: three test accuracies, parameters and multiply-adds of every network."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.errors import UserError, wrong_columns
from nasarena.suite.spaces.nasbench_macro import NASBenchMacro
from nasarena.suite.tables.metric import Metric, Values
from nasarena.suite.tables.table import Table

NAME = "nas-bench-macro_cifar10.json"
SPACE = NASBenchMacro()
RUNS = 3
FIELDS = ("test_acc", "mean_acc", "std", "params", "flops")


def read(content: bytes, source_sha256: str) -> Table:
    """The table in the published file.

    The file maps a key of eight digits to `test_acc` (percent, one value a training run), `params`
    (a number) and `flops` (multiply-adds). There is no validation set: the test accuracies are the
    labels. Raises UserError when the file is laid out in another way.
    """
    networks = _in_order(content)
    return Table(
        source_sha256,
        validation=np.array([network["test_acc"] for network in networks], dtype=np.float64),
        parameters=_numbers(networks, "params"),
    )


def read_multiply_adds(benchmark: str, content: Callable[[str], bytes]) -> Values:
    """The multiply-adds of each network. Raises UserError as `read`."""
    return {Metric("multiply_adds", "", "min"): _numbers(_in_order(content(NAME)), "flops")}


def _numbers(networks: list[dict[str, Any]], field: str) -> NDArray[np.float64]:
    return np.array([network[field] for network in networks], dtype=np.float64)


def _in_order(content: bytes) -> list[dict[str, Any]]:
    """What the file says of the networks, in the order of the space."""
    networks = json.loads(content)
    keys = [SPACE.key(id) for id in range(SPACE.size)]
    if networks.keys() != set(keys):
        raise UserError(
            f"{NAME}: expected the {len(keys):,} networks 00000000 to 22222222, found "
            f"{len(networks):,}"
        )
    for key in keys:
        if networks[key].keys() != set(FIELDS):
            raise UserError(f"{NAME}, network {key}: {wrong_columns(FIELDS, networks[key])}")
        if len(networks[key]["test_acc"]) != RUNS:
            raise UserError(
                f"{NAME}, network {key}: expected {RUNS} accuracies, found "
                f"{len(networks[key]['test_acc'])}"
            )
    return [networks[key] for key in keys]
