"""What methods' predictors are worth while they search: judged by the harness, told to nobody."""

from nasarena.suite.predictors import Predict, predict_all
from nasarena.suite.records.run_record import LABELS, QUALITIES, quality_note
from nasarena.suite.tables.table import Table


class Judge:
    """Asks each predictor that a method shows about the whole space, and notes how it orders it.

    The notes are the harness's: a method that could read them would be told of the truth.

    Args:
        table: what predictions are held against, by mean validation accuracy.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.notes: dict[str, list[float]] = {}

    def __call__(self, charged: int, predict: Predict) -> None:
        """Judge a predictor after so many charged queries. Raises ValueError as `predict_all`."""
        from nasarena.suite.statistics.rank_quality import space_quality

        quality = space_quality(predict_all(predict, self.table.size), self.table.mean_validation)
        self.notes.setdefault(LABELS, []).append(float(charged))
        for name in QUALITIES:
            self.notes.setdefault(quality_note(name), []).append(getattr(quality, name))
