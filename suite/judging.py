"""What methods' predictors are worth while they search: judged by the harness, told to nobody."""

from typing import TYPE_CHECKING

from suite.predictors import predict_all
from suite.tables.table import Table

if TYPE_CHECKING:
    from suite.problem import Predict

LABELS = "model_labels"
"""The note of how many charged queries there were when a predictor was shown."""

QUALITIES = ("tau", "tau_top", "precision")
"""What is noted of each beside it, as `model_tau` and so on: the fields of `RankQuality`."""


def quality_note(quality: str) -> str:
    """The name under which a quality is noted."""
    return f"model_{quality}"


NOTES = (LABELS, *map(quality_note, QUALITIES))
"""All that a judge notes in a run's diagnostics, a number for each predictor shown."""


class Judge:
    """Asks each predictor that a method shows about the whole space, and notes how it orders it.

    The notes are the harness's: a method that could read them would be told of the truth.

    Args:
        table: what predictions are held against, by mean validation accuracy.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.notes: dict[str, list[float]] = {}

    def __call__(self, charged: int, predict: "Predict") -> None:
        """Judge a predictor after so many charged queries. Raises ValueError as `predict_all`."""
        from suite.statistics.rank_quality import space_quality

        quality = space_quality(predict_all(predict, self.table.size), self.table.mean_validation)
        self.notes.setdefault(LABELS, []).append(float(charged))
        for name in QUALITIES:
            self.notes.setdefault(quality_note(name), []).append(getattr(quality, name))
