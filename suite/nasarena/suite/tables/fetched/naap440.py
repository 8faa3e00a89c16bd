"""NAAP-440: 440 small networks on CIFAR-10, with loss and accuracy after each of 90 epochs."""

import csv
from collections.abc import Callable
from io import StringIO

import numpy as np
from numpy.typing import NDArray

from nasarena.suite.errors import UserError, one_line, wrong_columns
from nasarena.suite.tables.metric import Metric, Values
from nasarena.suite.tables.table import Table

NAME = "naap440v2.csv"
NETWORKS = 440
EPOCHS = 90
STRUCTURE = {
    "NumMACs": Metric("multiply_adds", "", "min"),
    "NumLayers": Metric("structure.layers"),
    "NumStages": Metric("structure.stages"),
    "FirstLayerWidth": Metric("structure.first_layer_width"),
    "LastLayerWidth": Metric("structure.last_layer_width"),
    "NumSkipConnections": Metric("structure.skip_connections"),
    "NumPartialRFLayers": Metric("structure.partial_receptive_field_layers"),
}
COLUMNS = (
    *("ModelId", "IsTest", "NumParams", *STRUCTURE, "MaxAccuracy"),
    *(
        f"e{n}{what}"
        for n in range(1, EPOCHS + 1)
        for what in ("LossMean", "LossMedian", "Accuracy")
    ),
)


def read(content: bytes, source_sha256: str) -> Table:
    """The table: the highest test accuracy over the epochs, percent, and parameters.

    Rows are in the order of `ModelId`, 1 to 440; `MaxAccuracy` is a fraction. Raises UserError
    when the file is laid out in another way.
    """
    columns = _columns(content)
    return Table(
        source_sha256,
        validation=100 * columns["MaxAccuracy"][:, None],
        parameters=columns["NumParams"],
    )


def read_metrics(benchmark: str, content: Callable[[str], bytes]) -> Values:
    """What is known of the structure, and test accuracy and training loss after each epoch.

    Raises UserError as `read`.
    """
    columns = _columns(content(NAME))
    found = {metric: columns[name] for name, metric in STRUCTURE.items()}
    for n in range(1, EPOCHS + 1):
        accuracy = Metric(f"validation.{n}_epochs", "%", "max", epochs=n)
        found[accuracy] = 100 * columns[f"e{n}Accuracy"]
        found[Metric(f"training_loss.{n}_epochs", "", "min", epochs=n)] = columns[f"e{n}LossMean"]
    return found


def _columns(content: bytes) -> dict[str, NDArray[np.float64]]:
    header, *rows = csv.reader(StringIO(content.decode()))
    if header != list(COLUMNS):
        raise UserError(f"{NAME}: {wrong_columns(COLUMNS, header)}")
    try:
        values = np.array(rows, dtype=np.float64)
    except ValueError as error:
        raise UserError(f"{NAME}: {one_line(str(error))}") from None
    columns = dict(zip(COLUMNS, values.T, strict=True))
    if columns["ModelId"].tolist() != list(range(1, NETWORKS + 1)):
        raise UserError(f"{NAME}: expected the networks 1 to {NETWORKS} in this order")
    return columns
